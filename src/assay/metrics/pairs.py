"""Pairs of objects that share an area: candidates by their boxes, and the exact IoU of each."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, fields
from typing import TYPE_CHECKING

import numpy as np

from assay.arrays import BoolArray, FloatArray, OffsetArray
from assay.metrics.polygons import intersection_areas
from assay.metrics.rasters import Rasters
from assay.project.geometry import Shape

if TYPE_CHECKING:
    from assay.metrics.batch import ObjectBatch

PAIRS_PER_STEP = 500_000  # bounds the memory of one crowded image's candidates
CROWDED_PAIRS = 500_000  # candidates of an image from which on its pairs are never held together
RASTER_MARGIN = 1.0  # px; a rasterised polygon may reach this far beyond its box


@dataclass(frozen=True)
class Pairs:
    """Unordered pairs within images, ``m`` of them.

    Attributes:
        left, right: int64 ``(m,)``, positions in the batch, left < right.
        iou: float64 ``(m,)``, intersection over union of the shapes.
        shared: float64 ``(m,)``, area of the intersection in px², NaN where the pair was rasterised.
    """

    left: OffsetArray
    right: OffsetArray
    iou: FloatArray
    shared: FloatArray

    def at(self, selection: BoolArray | OffsetArray) -> Pairs:
        """Return the pairs at a boolean mask or at positions."""
        return Pairs(self.left[selection], self.right[selection], self.iou[selection], self.shared[selection])


def join_pairs(pieces: list[Pairs]) -> Pairs:
    """Return the pairs of one piece or more together, by their left member, then by their right one."""
    joined = Pairs(*(np.concatenate([getattr(p, field.name) for p in pieces]) for field in fields(Pairs)))
    return joined.at(np.lexsort((joined.right, joined.left)))


def overlapping_boxes(boxes: FloatArray, group: OffsetArray) -> tuple[OffsetArray, OffsetArray]:
    """Return the pairs of boxes that share an area, within groups.

    A sweep over x: within its group a box can only meet those that start before it ends.

    Args:
        boxes: float64 ``(n, 4)``, x_min, y_min, x_max, y_max.
        group: int64 ``(n,)``.

    Returns:
        int64 ``(m,)`` twice, positions with left < right.
    """
    pieces = list(_overlaps_in_pieces(boxes, group))
    nothing = np.zeros(0, dtype=np.int64)
    left = np.concatenate([nothing, *(pair[0] for pair in pieces)])
    right = np.concatenate([nothing, *(pair[1] for pair in pieces)])
    sort = np.lexsort((right, left))
    return left[sort], right[sort]


def find_crowded(batch: ObjectBatch) -> BoolArray:
    """Return bool ``(n,)``: objects of images whose pairs are too many to be held together.

    That depends on the image alone, whatever else is in the batch.
    """
    objects = _comparable(batch)
    images, group = np.unique(batch.objects.image[objects], return_inverse=True)
    order, stop = _order_sweep(reach_boxes(batch, objects), group)
    candidates = np.bincount(group[order], weights=_candidates(stop), minlength=len(images))
    return np.isin(batch.objects.image, images[candidates > CROWDED_PAIRS])


def _overlaps_in_pieces(boxes: FloatArray, group: OffsetArray) -> Iterator[tuple[OffsetArray, OffsetArray]]:
    """Yield the pairs of :func:`overlapping_boxes` some at a time, in no order."""
    order, stop = _order_sweep(boxes, group)
    for one, other in _sweep(boxes[order], stop):
        first, second = order[one], order[other]
        yield np.minimum(first, second), np.maximum(first, second)


def _order_sweep(boxes: FloatArray, group: OffsetArray) -> tuple[OffsetArray, OffsetArray]:
    """Return int64 ``(n,)`` twice: the order of a sweep, and the place in it at which each box's candidates stop."""
    count = len(boxes)
    order = np.lexsort((boxes[:, 0], group))
    # Merge starts and ends; at equal x an end comes first, since touching boxes share no area.
    edges = np.concatenate([boxes[order, 0], boxes[order, 2]])
    is_start = np.repeat([True, False], count)
    merged = np.lexsort((is_start, edges, np.tile(group[order], 2)))
    started = np.cumsum(is_start[merged])
    stop = np.empty(2 * count, dtype=np.int64)
    stop[merged] = started
    return order, stop[count:]


def _candidates(stop: OffsetArray) -> OffsetArray:
    """Return the number of boxes that start after each box of a sweep and before it ends."""
    counts: OffsetArray = np.maximum(stop - np.arange(len(stop)) - 1, 0)
    return counts


def _sweep(boxes: FloatArray, stop: OffsetArray) -> Iterator[tuple[OffsetArray, OffsetArray]]:
    lengths = _candidates(stop)
    total = np.cumsum(lengths)
    begin = 0
    while begin < len(boxes):
        start = total[begin - 1] if begin else 0
        end = max(int(np.searchsorted(total, start + PAIRS_PER_STEP, side="right")), begin + 1)
        step = lengths[begin:end]
        first = np.repeat(np.arange(begin, end), step)
        within = np.arange(len(first)) - np.repeat(np.cumsum(step) - step, step)
        second = first + 1 + within
        meets = (boxes[first, 1] < boxes[second, 3]) & (boxes[second, 1] < boxes[first, 3])
        yield first[meets], second[meets]
        begin = end


def find_pairs(batch: ObjectBatch) -> Pairs:
    """Return every pair of areal objects of one image that shares an area, with its IoU; crowded images are left out.

    Boxes and polygons meet by exact area. Where either is a mask, both are rasterised as pycocotools does.
    Crowd masks are left out: no metric compares them, and they are costly.
    """
    sparse = _comparable(batch)
    sparse = sparse[~batch.in_crowded_image[sparse]]
    first, second = overlapping_boxes(reach_boxes(batch, sparse), batch.objects.image[sparse].astype(np.int64))
    left, right = sparse[first], sparse[second]
    iou, shared = measure_overlaps(batch, left, right)
    return Pairs(left, right, iou, shared).at(iou > 0)


def find_crowded_pairs(batch: ObjectBatch) -> Iterator[Pairs]:
    """Yield the pairs of crowded images some at a time, as :func:`find_pairs` finds those of all others."""
    crowded = _comparable(batch)
    crowded = crowded[batch.in_crowded_image[crowded]]
    rasters = Rasters(batch)
    for first, second in _overlaps_in_pieces(
        reach_boxes(batch, crowded), batch.objects.image[crowded].astype(np.int64)
    ):
        sort = np.lexsort((second, first))
        left, right = crowded[first[sort]], crowded[second[sort]]
        iou, shared = measure_overlaps(batch, left, right, rasters)
        yield Pairs(left, right, iou, shared).at(iou > 0)


def _comparable(batch: ObjectBatch) -> OffsetArray:
    crowd_mask = batch.of_shape(Shape.MASK) & batch.objects.crowd
    return np.flatnonzero((batch.areas > 0) & ~crowd_mask)


def reach_boxes(batch: ObjectBatch, objects: OffsetArray) -> FloatArray:
    """Return float64 ``(m, 4)``: the boxes that the chosen objects can fill, rasterised beside a mask or not."""
    boxes = batch.boxes[objects]
    image = batch.objects.image[objects]
    masked = batch.of_shape(Shape.MASK)[objects]
    beside_masks = np.isin(image, image[masked]) & ~masked
    boxes[beside_masks] += RASTER_MARGIN * np.array([-1.0, -1.0, 1.0, 1.0])
    return boxes


def measure_overlaps(
    batch: ObjectBatch, left: OffsetArray, right: OffsetArray, rasters: Rasters | None = None
) -> tuple[FloatArray, FloatArray]:
    """Return the IoU of pairs of objects of positive area, and the px² they share, NaN where rasterised.

    Args:
        batch: The objects.
        left: int64 ``(m,)``, positions in the batch, in rising order.
        right: int64 ``(m,)``, the others, of the same images.
        rasters: The masks of the objects, where they have been made already.
    """
    masked = batch.of_shape(Shape.MASK)
    rastered = masked[left] | masked[right]
    iou, shared = np.zeros(len(left)), np.full(len(left), np.nan)
    exact = ~rastered
    shared[exact] = _shared_areas(batch, left[exact], right[exact])
    union = batch.areas[left[exact]] + batch.areas[right[exact]] - shared[exact]
    iou[exact] = np.minimum(shared[exact] / union, 1.0)
    if rastered.any():
        iou[rastered] = (rasters or Rasters(batch)).iou(left[rastered], right[rastered])
    return iou, shared


def _shared_areas(batch: ObjectBatch, left: OffsetArray, right: OffsetArray) -> FloatArray:
    is_box = batch.of_shape(Shape.BOX)
    plain = is_box[left] & is_box[right]
    shared = np.zeros(len(left))
    one, other = batch.boxes[left[plain]], batch.boxes[right[plain]]
    sides = np.minimum(one[:, 2:], other[:, 2:]) - np.maximum(one[:, :2], other[:, :2])
    shared[plain] = np.maximum(sides, 0.0).prod(axis=1)
    shared[~plain] = intersection_areas(batch.geometries[left[~plain]], batch.geometries[right[~plain]])
    return shared
