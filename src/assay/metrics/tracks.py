"""Objects whose class or track changes from frame to frame."""

from __future__ import annotations

import numpy as np

from assay.arrays import BoolArray, FloatArray, OffsetArray
from assay.metrics.definition import Metric, OutlierRule
from assay.metrics.family import Family, Measured
from assay.metrics.frame_pairs import FramePairs
from assay.metrics.sequence_batch import SequenceBatch
from assay.project.geometry import Evidence

SAME_PLACE_IOU = 0.8
INCONSISTENT = Metric(
    key="inconsistent_track",
    title="Inconsistent Class or Track",
    scopes=("annotation",),
    kind="fraction",
    unit="",
    suspicious="low",
    needs="sequence",
    group="label_errors",
    summary="Below 0.2 where an object changes its class or its track although it stays in its place.",
    description=(
        "**0** for a member of a track whose class is not that of the track's majority; of equally frequent "
        "classes the one that appears first in time is the majority. Otherwise the object is compared with the "
        "object of the previous frame that overlaps it most:\n\n"
        "$$v = 1 - \\mathrm{IoU} \\quad\\text{if } \\mathrm{IoU} > 0.8 \\text{ and the two differ in class or "
        "in track, else } 1.$$\n\n"
        "Tracks differ only where both objects have one. If several objects overlap equally, one that agrees is "
        "enough. In the first frame of a sequence there is nothing to compare with, so an object has no value "
        "there unless its track already gives it a 0. Overlap is measured as for Annotation Duplicates; crowd "
        "regions and shapes without area are judged by their track alone. Image-level labels and images outside "
        "a sequence have no value.\n\n"
        "A thing that hardly moves keeps its class and its identity. Low values are a slip in one frame: a wrong "
        "class, or a second identity for the same object, which teaches a tracker to switch. Below 0.2 it is a "
        "moderate outlier, below 0.1 a severe one. Step through the frames around it and give it the class and "
        "the track of its neighbours."
    ),
    rule=OutlierRule("at_most", moderate=0.2, severe=0.1, inclusive=False),
)


def measure(batch: SequenceBatch) -> Measured:
    """Return the consistency of each object with its track and with the previous frame, and the evidence against it."""
    values = np.where(batch.first, np.nan, 1.0)
    pairs = _find_contradictions(batch)
    values[pairs.later] = 1.0 - pairs.iou
    minority = _find_minority(batch)
    values[minority] = 0.0
    others = pairs.at(~minority[pairs.later])
    outvoted = np.flatnonzero(minority)
    evidence = Evidence(
        metric=INCONSISTENT.key,
        row=batch.row[np.concatenate([outvoted, others.later])],
        partner=np.concatenate([np.full(len(outvoted), -1, dtype=np.int32), batch.row[others.earlier]]),
        value=values[np.concatenate([outvoted, others.later])],
        detail=np.concatenate(
            [np.full(len(outvoted), "class differs from the majority of its track", dtype=object), _name(batch, others)]
        ),
    )
    return Measured({INCONSISTENT.key: values}, [evidence])


def _find_contradictions(batch: SequenceBatch) -> FramePairs:
    """Return one pair for each object that contradicts every object of the previous frame in its place."""
    pairs = batch.next_frame.at(batch.next_frame.iou > SAME_PLACE_IOU)
    greatest: FloatArray = np.zeros(len(batch))
    np.maximum.at(greatest, pairs.later, pairs.iou)
    pairs = pairs.at(pairs.iou == greatest[pairs.later])
    differs = _differs_in_class(batch, pairs) | batch.differ_in_track(pairs)
    agrees = np.zeros(len(batch), dtype=np.bool_)
    agrees[pairs.later[~differs]] = True
    contradicting = pairs.at(~agrees[pairs.later])
    first: OffsetArray = np.unique(contradicting.later, return_index=True)[1]
    return FramePairs(contradicting.earlier[first], contradicting.later[first], contradicting.iou[first])


def _find_minority(batch: SequenceBatch) -> BoolArray:
    """Return bool ``(n,)``: members of a track whose class is not the one that most of its members have."""
    member = np.flatnonzero(batch.tracked)
    classes, class_ = np.unique(batch.class_[member], return_inverse=True)
    # The objects are in the order of time, so the first of each track and class is its earliest.
    groups, first, counts = np.unique(
        batch.track[member] * len(classes) + class_, return_index=True, return_counts=True
    )
    track = groups // max(len(classes), 1)
    order = np.lexsort((groups, batch.slot[member[first]], -counts, track))
    leads = np.diff(track[order], prepend=-1) != 0
    majority = batch.class_[member[first[order[leads]]]]  # per track
    minority = np.zeros(len(batch), dtype=np.bool_)
    minority[member] = batch.class_[member] != majority[batch.track[member]]
    return minority


def _differs_in_class(batch: SequenceBatch, pairs: FramePairs) -> BoolArray:
    differs: BoolArray = batch.class_[pairs.earlier] != batch.class_[pairs.later]
    return differs


def _name(batch: SequenceBatch, pairs: FramePairs) -> np.ndarray[tuple[int], np.dtype[np.object_]]:
    names = np.array(["", "another class", "another track", "another class and track"], dtype=object)
    kind = _differs_in_class(batch, pairs) + 2 * batch.differ_in_track(pairs)
    return np.asarray(names[kind] + " in the same place one frame apart", dtype=object)


FAMILY = Family(metrics=(INCONSISTENT,), measure_sequences=measure)
