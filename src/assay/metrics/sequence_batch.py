"""Objects of whole sequences in the order of time: their frames, their tracks, and what overlaps across frames."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from assay.arrays import BoolArray, OffsetArray
from assay.errors import UsageError
from assay.metrics.batch import ObjectBatch
from assay.metrics.frame_pairs import FramePairs, find_candidates, measure_pairs
from assay.project.geometry import Objects, Shape

NEXT_FRAME_IOU = 0.5  # the least with which an object counts as the same in the next frame
FRAME_AFTER_IOU = 0.25  # and in the one after that


@dataclass(frozen=True)
class Frames:
    """Images as frames of sequences, ``m`` of them.

    Attributes:
        image: int32 ``(m,)``, the images' rows.
        sequence: int32 ``(m,)``, a number for each sequence, negative for images that belong to none or whose
            place in it is unknown.
        frame: int64 ``(m,)``, orders the images of a sequence; gaps in the numbers mean nothing.
    """

    image: NDArray[np.int32]
    sequence: NDArray[np.int32]
    frame: NDArray[np.int64]


class SequenceBatch:
    """The ``n`` objects of whole sequences, ordered by sequence, frame and row.

    Objects of images without a sequence and image-level labels are left out.

    Args:
        objects: All objects of each sequence that occurs.
        frames: All images of these sequences, those without objects too, and the image of each other object.
        track: int32, one number per object, the same for objects of one track of a sequence, -1 for none.

    Attributes:
        index: int64 ``(n,)``, where in ``objects`` each one is.
        slot: int64 ``(n,)``, the frame of each one: consecutive frames of a sequence have consecutive numbers,
            between those of two sequences at least two are free.
        first: Bool ``(n,)``, objects in the first frame of their sequence.
        track: int64 ``(n,)``, 0, 1, ... over the tracks of all sequences, -1 for objects without one.
        shapes: The objects as a batch whose images are the sequences, so that frames can be compared.

    Raises:
        UsageError: ``track`` has another length than ``objects``, or the image of an object is missing.
    """

    def __init__(self, objects: Objects, frames: Frames, track: NDArray[np.int32]) -> None:
        if len(track) != len(objects):
            raise UsageError(
                "There must be one track per object, -1 for none.",
                item="track",
                expected=f"shape ({len(objects)},)",
                actual=f"shape {np.shape(track)}",
            )
        position = _find_images(objects, frames)
        sequence, slot, first = _order_frames(frames)
        index = np.flatnonzero((sequence[position] >= 0) & (objects.shape != Shape.LABEL))
        self.index: OffsetArray = index[np.lexsort((objects.row[index], slot[position[index]]))]
        own_frame = position[self.index]
        self.slot: OffsetArray = slot[own_frame]
        self.first: BoolArray = first[own_frame]
        self.track: OffsetArray = _number_tracks(sequence[own_frame], track[self.index].astype(np.int64))
        self.shapes = ObjectBatch(replace(objects.take(self.index), image=sequence[own_frame].astype(np.int32)))

    def __len__(self) -> int:
        return len(self.index)

    @property
    def row(self) -> NDArray[np.int32]:
        """int32 ``(n,)``, the objects' rows."""
        return self.shapes.objects.row

    @property
    def class_(self) -> NDArray[np.int32]:
        """int32 ``(n,)``, the row of each one's class."""
        return self.shapes.objects.class_

    @property
    def tracked(self) -> BoolArray:
        """Bool ``(n,)``: objects with a track."""
        return self.track >= 0

    @cached_property
    def next_frame(self) -> FramePairs:
        """Pairs in consecutive frames with an IoU of at least 0.5, of the same class or not.

        Left out are pairs that cannot tell anything: those of one track at a place where no other object is.
        """
        earlier, later = self._candidates_near
        unsettled = self._contested[later] | ~self.tracked[later]
        return measure_pairs(self.shapes, earlier[unsettled], later[unsettled], least_iou=NEXT_FRAME_IOU)

    @cached_property
    def frame_after(self) -> FramePairs:
        """Pairs of the same class, two frames apart, with an IoU of at least 0.25.

        Left out are pairs of one track at a place where no other object is, and those of objects without tracks of
        which one is seen to be in the frame between.
        """
        earlier, later = self._candidates_far
        followed, preceded = np.zeros(len(self), dtype=np.bool_), np.zeros(len(self), dtype=np.bool_)
        near = self.next_frame.at(self.class_[self.next_frame.earlier] == self.class_[self.next_frame.later])
        followed[near.earlier] = True
        preceded[near.later] = True
        unlinked = ~self.tracked[later] & ~followed[earlier] & ~preceded[later]
        unsettled = self._contested[later] | unlinked
        return measure_pairs(self.shapes, earlier[unsettled], later[unsettled], least_iou=FRAME_AFTER_IOU)

    def differ_in_track(self, pairs: FramePairs) -> BoolArray:
        """Return bool ``(m,)``: pairs of which both have a track, and not the same."""
        one, other = self.track[pairs.earlier], self.track[pairs.later]
        differs: BoolArray = (one >= 0) & (other >= 0) & (one != other)
        return differs

    @cached_property
    def _candidates_near(self) -> tuple[OffsetArray, OffsetArray]:
        return find_candidates(self.shapes, self.slot, distance=1, least_iou=NEXT_FRAME_IOU)

    @cached_property
    def _candidates_far(self) -> tuple[OffsetArray, OffsetArray]:
        earlier, later = find_candidates(self.shapes, self.slot, distance=2, least_iou=FRAME_AFTER_IOU)
        same = self.class_[earlier] == self.class_[later]
        return earlier[same], later[same]

    @cached_property
    def _contested(self) -> BoolArray:
        """Bool ``(n,)``: objects that may overlap one of another class or track in a frame before theirs.

        Only these can be inconsistent or broken, so what the others overlap need not be measured for that.
        """
        contested = np.zeros(len(self), dtype=np.bool_)
        for earlier, later in (self._candidates_near, self._candidates_far):
            differs = (self.class_[earlier] != self.class_[later]) | (self.track[earlier] != self.track[later])
            contested[later[differs]] = True
        return contested


def _find_images(objects: Objects, frames: Frames) -> OffsetArray:
    """Return int64 ``(n,)``: where in ``frames`` the image of each object is."""
    order = np.argsort(frames.image, kind="stable")
    place = np.searchsorted(frames.image, objects.image, sorter=order)
    present = place < len(order)
    present[present] = frames.image[order[place[present]]] == objects.image[present]
    if not present.all():
        raise UsageError(
            "The frames must hold the image of each object.",
            item=f"object row {objects.row[~present][0]}",
            actual=f"image row {objects.image[~present][0]} is missing",
        )
    position: OffsetArray = order[place]
    return position


def _order_frames(frames: Frames) -> tuple[OffsetArray, OffsetArray, BoolArray]:
    """Return the sequence of each image, 0, 1, ... or -1, its slot, and whether that is its sequence's first."""
    sequence, slot = np.full(len(frames.image), -1), np.full(len(frames.image), -1)
    first = np.zeros(len(frames.image), dtype=np.bool_)
    member = np.flatnonzero(frames.sequence >= 0)
    order = member[np.lexsort((frames.frame[member], frames.sequence[member]))]
    new_sequence = np.diff(frames.sequence[order].astype(np.int64), prepend=-1) != 0
    new_frame = new_sequence.copy()
    new_frame[1:] |= frames.frame[order][1:] != frames.frame[order][:-1]
    sequence[order] = np.cumsum(new_sequence) - 1
    slot[order] = np.cumsum(new_frame) + 2 * sequence[order]
    first[order] = slot[order] == slot[order[new_sequence]][sequence[order]]
    return sequence, slot, first


def _number_tracks(sequence: OffsetArray, track: OffsetArray) -> OffsetArray:
    """Return 0, 1, ... over the tracks of all sequences, -1 for objects without one."""
    numbers = np.full(len(track), -1)
    has_track = track >= 0
    combined = sequence[has_track] * (int(track.max(initial=0)) + 1) + track[has_track]
    numbers[has_track] = np.unique(combined, return_inverse=True)[1]
    return numbers
