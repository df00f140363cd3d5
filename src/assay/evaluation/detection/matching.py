"""Matching of predictions with annotations at a threshold and area range, as COCOeval's ``evaluateImg`` does it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from assay.arrays import BoolArray, CodeArray, FloatArray, IndexArray, OffsetArray
from assay.errors import UsageError
from assay.evaluation.detection.pairs import Overlaps, Pairing
from assay.evaluation.kernels import kernel, run_in_threads, split_by_work
from assay.evaluation.types import EVERYTHING, Outcome, Selection, check_mask

ALL_AREAS = (0.0, 1e10)
"""pycocotools' area range ``all``, px²."""

IGNORED, TP, FP, FN, LEFT_OUT = (np.uint8(outcome) for outcome in Outcome)


@dataclass(frozen=True)
class Conditions:
    """A selection in the order of the sorted objects, as kernels take it.

    Attributes:
        annotation_evaluated: bool ``(g,)``, in an evaluated image.
        annotation_counts: bool ``(g,)``, evaluated, not ignored by the task, fulfilling the object condition.
        prediction_evaluated: bool ``(n,)``, in an evaluated image and among the first of its image and class.
        prediction_fulfils: bool ``(n,)``, fulfils the object condition.
    """

    annotation_evaluated: BoolArray
    annotation_counts: BoolArray
    prediction_evaluated: BoolArray
    prediction_fulfils: BoolArray


class MatchingArrays(NamedTuple):
    """What kernels match: ``n`` predictions and ``g`` annotations, sorted as in :class:`Pairing`.

    Attributes:
        pairs: Overlaps with annotations of the same class.
        prediction_offsets: int64 ``(classes + 1,)``.
        prediction_area: float64 ``(n,)``, px².
        prediction_evaluated: bool ``(n,)``, as in :class:`Conditions`.
        prediction_fulfils: bool ``(n,)``, as there.
        annotation_offsets: int64 ``(classes + 1,)``.
        annotation_area: float64 ``(g,)``, px².
        annotation_counts: bool ``(g,)``, as in :class:`Conditions`: whatever its area.
        crowd: bool ``(g,)``.
    """

    pairs: Overlaps
    prediction_offsets: OffsetArray
    prediction_area: FloatArray
    prediction_evaluated: BoolArray
    prediction_fulfils: BoolArray
    annotation_offsets: OffsetArray
    annotation_area: FloatArray
    annotation_counts: BoolArray
    crowd: BoolArray


def matching_arrays(pairing: Pairing, conditions: Conditions) -> MatchingArrays:
    """Return what kernels match under a selection."""
    return MatchingArrays(
        pairs=pairing.own,
        prediction_offsets=pairing.prediction_offsets,
        prediction_area=pairing.prediction_area,
        prediction_evaluated=conditions.prediction_evaluated,
        prediction_fulfils=conditions.prediction_fulfils,
        annotation_offsets=pairing.annotation_offsets,
        annotation_area=pairing.annotation_area,
        annotation_counts=conditions.annotation_counts,
        crowd=pairing.crowd,
    )


@dataclass(frozen=True)
class Matches:
    """The matching at one threshold and area range, in file order.

    Attributes:
        iou_threshold: The threshold t.
        prediction_outcome: uint8 ``(n,)``, an :class:`~assay.evaluation.types.Outcome`.
        annotation_of: int32 ``(n,)``, the annotation that each prediction is matched with, -1 for none.
        annotation_outcome: uint8 ``(g,)``, ``TP`` where matched.
        prediction_of: int32 ``(g,)``, the prediction that each annotation that counts is matched with, -1 for none.
        annotation_counts: bool ``(g,)``: evaluated and not ignored.
    """

    iou_threshold: float
    prediction_outcome: CodeArray
    annotation_of: IndexArray
    annotation_outcome: CodeArray
    prediction_of: IndexArray
    annotation_counts: BoolArray


def effective_threshold(iou_threshold: float) -> float:
    """Return the least IoU of a match: COCOeval lets 1 - 1e-10 pass as 1.

    Raises:
        UsageError: The threshold is not above 0 and at most 1.
    """
    if not 0 < iou_threshold <= 1:
        raise UsageError(
            "An IoU threshold lies above 0 and at most at 1.",
            item="iou_threshold",
            expected="0 < t <= 1",
            actual=f"{iou_threshold}",
        )
    return min(iou_threshold, 1 - 1e-10)


def apply_selection(pairing: Pairing, selection: Selection = EVERYTHING) -> Conditions:
    """Return a selection in the order of the sorted objects.

    Raises:
        UsageError: A mask has the wrong length or type.
    """
    images = check_mask("selection.images", selection.images, pairing.images)
    annotations = check_mask("selection.annotations", selection.annotations, len(pairing.counts))
    predictions = check_mask("selection.predictions", selection.predictions, len(pairing.score))
    evaluated = images[pairing.annotation_image]
    return Conditions(
        annotation_evaluated=evaluated,
        annotation_counts=evaluated & pairing.counts & annotations[pairing.annotation_order],
        prediction_evaluated=images[pairing.prediction_image] & (pairing.rank < pairing.max_detections),
        prediction_fulfils=predictions[pairing.prediction_order],
    )


def match(
    pairing: Pairing,
    iou_threshold: float,
    selection: Selection = EVERYTHING,
    area_range: tuple[float, float] = ALL_AREAS,
) -> Matches:
    """Match predictions with annotations.

    Args:
        pairing: From :func:`assay.evaluation.detection.pairs.find_pairs`.
        iou_threshold: t, above 0 and at most 1.
        selection: What a filter leaves.
        area_range: Least and greatest area in px², both inclusive.

    Raises:
        UsageError: The threshold or a mask is wrong.
    """
    conditions = apply_selection(pairing, selection)
    thresholds = np.array([effective_threshold(iou_threshold)])
    outcome = np.empty((len(pairing.score), 1), dtype=np.uint8)
    matched = np.empty((len(pairing.score), 1), dtype=np.int32)
    counts = np.empty(len(pairing.counts), dtype=np.bool_)

    arrays = matching_arrays(pairing, conditions)

    def match_classes(classes: IndexArray) -> None:
        match_range(classes, thresholds, area_range[0], area_range[1], arrays, outcome, matched, counts)

    run_in_threads(match_classes, split_by_work(np.diff(pairing.prediction_offsets) + pairing.pairs_per_class))
    return _in_file_order(pairing, iou_threshold, conditions, outcome[:, 0], matched[:, 0], counts, selection)


def _in_file_order(
    pairing: Pairing,
    iou_threshold: float,
    conditions: Conditions,
    outcome: CodeArray,
    matched: IndexArray,
    counts: BoolArray,
    selection: Selection,
) -> Matches:
    if selection.images is not None:
        outcome[~selection.images[pairing.prediction_image]] = LEFT_OUT
    hit = np.flatnonzero(outcome == TP)
    prediction_of = np.full(len(counts), -1, dtype=np.int32)
    prediction_of[matched[hit]] = pairing.prediction_order[hit]
    annotation_outcome = np.where(counts, np.where(prediction_of >= 0, TP, FN), IGNORED)
    annotation_outcome[~conditions.annotation_evaluated] = LEFT_OUT
    found = np.flatnonzero(matched >= 0)
    matched[found] = pairing.annotation_order[matched[found]]
    return Matches(
        iou_threshold=iou_threshold,
        prediction_outcome=pairing.predictions_in_file_order(outcome),
        annotation_of=pairing.predictions_in_file_order(matched),
        annotation_outcome=pairing.annotations_in_file_order(annotation_outcome),
        prediction_of=pairing.annotations_in_file_order(prediction_of),
        annotation_counts=pairing.annotations_in_file_order(counts),
    )


@kernel
def match_range(
    classes: IndexArray,
    thresholds: FloatArray,
    least_area: float,
    greatest_area: float,
    arrays: MatchingArrays,
    outcome: CodeArray,
    matched: IndexArray,
    counts: BoolArray,
) -> None:
    """Match the predictions of some classes at several thresholds and one area range.

    Args:
        classes: int32, which classes.
        thresholds: float64 ``(t,)``, least IoU of a match.
        least_area: px².
        greatest_area: px².
        arrays: Predictions, annotations and their pairs.
        outcome: uint8 ``(n, t)``, written: TP, FP or ignored.
        matched: int32 ``(n, t)``, written: the annotation, -1 for none.
        counts: bool ``(g,)``, written: which annotations count in this area range.
    """
    for class_ in classes:
        match_class(class_, 0, thresholds, least_area, greatest_area, arrays, outcome, matched, counts)


@kernel
def match_class(
    class_: int,
    origin: int,
    thresholds: FloatArray,
    least_area: float,
    greatest_area: float,
    arrays: MatchingArrays,
    outcome: CodeArray,
    matched: IndexArray,
    counts: BoolArray,
) -> None:
    """Match the predictions of one class with its annotations.

    What is written about prediction ``i`` goes to row ``i - origin``; the other arguments are those of
    :func:`match_range`.
    """
    start, stop = arrays.prediction_offsets[class_], arrays.prediction_offsets[class_ + 1]
    first, last = arrays.annotation_offsets[class_], arrays.annotation_offsets[class_ + 1]
    # by names of their own: numba counts a reference each time that an array is taken out of a tuple
    pair_offsets, pair_annotation, pair_iou = arrays.pairs.offsets, arrays.pairs.annotation, arrays.pairs.iou
    prediction_area, annotation_area, crowd = arrays.prediction_area, arrays.annotation_area, arrays.crowd
    evaluated, fulfils, counting = arrays.prediction_evaluated, arrays.prediction_fulfils, arrays.annotation_counts
    for annotation in range(first, last):
        area = annotation_area[annotation]
        counts[annotation] = counting[annotation] and least_area <= area <= greatest_area
    taken = np.zeros((last - first, len(thresholds)), dtype=np.bool_)
    for prediction in range(start, stop):
        row = prediction - origin
        if not evaluated[prediction]:
            outcome[row] = IGNORED
            matched[row] = -1
            continue
        area = prediction_area[prediction]
        within = fulfils[prediction] and least_area <= area <= greatest_area
        begin, end = pair_offsets[prediction], pair_offsets[prediction + 1]
        outcome[row] = FP if within else IGNORED
        matched[row] = -1
        if begin == end:
            continue
        for t in range(len(thresholds)):
            best, ignored = _choose(
                begin, end, thresholds[t], first, taken[:, t], pair_annotation, pair_iou, crowd, counts
            )
            if best >= 0:
                taken[best - first, t] = True
                outcome[row, t] = TP
                matched[row, t] = best
            elif ignored >= 0:
                taken[ignored - first, t] = True
                outcome[row, t] = IGNORED
                matched[row, t] = ignored


@kernel
def _choose(
    begin: int,
    end: int,
    threshold: float,
    first: int,
    taken: BoolArray,
    pair_annotation: IndexArray,
    pair_iou: FloatArray,
    crowd: BoolArray,
    counts: BoolArray,
) -> tuple[int, int]:
    """Return the free annotation of greatest IoU among those that count, and among the ignored; -1 for none.

    Among equals the later annotation wins, as in COCOeval.
    """
    best, best_iou, ignored, ignored_iou = -1, threshold, -1, threshold
    for pair in range(begin, end):
        iou = pair_iou[pair]
        annotation = pair_annotation[pair]
        if counts[annotation]:
            if iou >= best_iou and not taken[annotation - first]:
                best, best_iou = annotation, iou
        elif iou >= ignored_iou and (crowd[annotation] or not taken[annotation - first]):
            ignored, ignored_iou = annotation, iou
    return best, ignored
