"""The COCO table: precision and recall at every threshold, class, area range and limit, and the 12 (10) numbers."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from assay.arrays import BoolArray, CodeArray, FloatArray, IndexArray
from assay.evaluation.detection.matching import (
    FP,
    TP,
    MatchingArrays,
    apply_selection,
    effective_threshold,
    match_class,
    matching_arrays,
)
from assay.evaluation.detection.pairs import Pairing
from assay.evaluation.kernels import kernel, run_in_threads, split_by_work
from assay.evaluation.types import EVERYTHING, Selection, check_mask

# pycocotools' parameters, by the very expressions it uses: another way to write .55 may differ in the last bit.
IOU_THRESHOLDS: FloatArray = np.linspace(0.5, 0.95, 10)
RECALL_THRESHOLDS: FloatArray = np.linspace(0.0, 1.0, 101)
EPSILON = float(np.spacing(1))
_CLASSES_AT_ONCE = 1_000  # 97 KB each


@dataclass(frozen=True)
class Protocol:
    """What a table is made of.

    Attributes:
        area_ranges: Least and greatest area in px², both inclusive, by name.
        limits: Greatest numbers of predictions of an image and class, ascending.
        numbers: Name of each number, whether it is a precision, its threshold (None: mean over all), its area
            range, and the index of its limit.
    """

    area_ranges: dict[str, tuple[float, float]]
    limits: tuple[int, ...]
    numbers: tuple[tuple[str, bool, float | None, str, int], ...]


_SMALL, _MEDIUM, _LARGE = (0.0, 32.0**2), (32.0**2, 96.0**2), (96.0**2, 1e10)
DETECTION = Protocol(
    area_ranges={"all": (0.0, 1e10), "small": _SMALL, "medium": _MEDIUM, "large": _LARGE},
    limits=(1, 10, 100),
    numbers=(
        ("AP", True, None, "all", 2),
        ("AP50", True, 0.5, "all", 2),
        ("AP75", True, 0.75, "all", 2),
        ("APs", True, None, "small", 2),
        ("APm", True, None, "medium", 2),
        ("APl", True, None, "large", 2),
        ("AR1", False, None, "all", 0),
        ("AR10", False, None, "all", 1),
        ("AR100", False, None, "all", 2),
        ("ARs", False, None, "small", 2),
        ("ARm", False, None, "medium", 2),
        ("ARl", False, None, "large", 2),
    ),
)
KEYPOINTS = Protocol(
    area_ranges={"all": (0.0, 1e10), "medium": _MEDIUM, "large": _LARGE},
    limits=(20,),
    numbers=(
        ("AP", True, None, "all", 0),
        ("AP50", True, 0.5, "all", 0),
        ("AP75", True, 0.75, "all", 0),
        ("APm", True, None, "medium", 0),
        ("APl", True, None, "large", 0),
        ("AR", False, None, "all", 0),
        ("AR50", False, 0.5, "all", 0),
        ("AR75", False, 0.75, "all", 0),
        ("ARm", False, None, "medium", 0),
        ("ARl", False, None, "large", 0),
    ),
)


@dataclass(frozen=True)
class CocoTable:
    """Precision and recall as ``COCOeval.eval`` has them; -1 where a class has no annotation that counts.

    Attributes:
        protocol: Area ranges, limits and numbers.
        precision: float64 ``(thresholds, recalls, classes, areas, limits)``.
        recall: float64 ``(thresholds, classes, areas, limits)``.
    """

    protocol: Protocol
    precision: FloatArray
    recall: FloatArray

    def numbers(self, classes: BoolArray | None = None) -> dict[str, float]:
        """Return the 12 numbers (10 for keypoints), -1 where undefined.

        Args:
            classes: bool ``(classes,)``, the class filter.
        """
        chosen = check_mask("classes", classes, self.recall.shape[1])
        return {name: _mean([values]) for name, values in self.values(chosen).items()}

    def values(self, chosen: BoolArray) -> dict[str, FloatArray]:
        """Return what each number is the mean of, float64 ``(k,)`` by name.

        Args:
            chosen: bool ``(classes,)``, the class filter.
        """
        areas = list(self.protocol.area_ranges)
        found = {}
        for name, is_precision, threshold, area, limit in self.protocol.numbers:
            values = self.precision if is_precision else self.recall[:, None]
            if threshold is not None:
                values = values[threshold == IOU_THRESHOLDS]
            values = values[:, :, chosen, areas.index(area), limit]
            found[name] = values[values > -1]
        return found

    def per_class(self) -> tuple[FloatArray, FloatArray]:
        """Return AP and AR of each class over all thresholds, float64 ``(classes,)`` each, -1 where undefined."""
        precision, recall = self.precision[:, :, :, 0, -1], self.recall[:, :, 0, -1]
        average: FloatArray = precision.mean(axis=(0, 1))
        greatest: FloatArray = recall.mean(axis=0)
        return average, greatest


def coco_numbers(
    pairing: Pairing,
    selection: Selection = EVERYTHING,
    protocol: Protocol = DETECTION,
    classes: BoolArray | None = None,
) -> dict[str, float]:
    """Return the 12 numbers (10 for keypoints), -1 where undefined; a table of many classes is made in parts.

    Args:
        pairing: From :func:`assay.evaluation.detection.pairs.find_pairs`.
        selection: What a filter leaves.
        protocol: ``DETECTION``, or ``KEYPOINTS``.
        classes: bool ``(classes,)``, the class filter.
    """
    chosen = check_mask("classes", classes, pairing.classes)
    parts = [
        make_coco_table(pairing, selection, protocol, (first, last)).values(chosen[first:last])
        for first in range(0, max(1, pairing.classes), _CLASSES_AT_ONCE)
        for last in [min(pairing.classes, first + _CLASSES_AT_ONCE)]
    ]
    return {name: _mean([part[name] for part in parts]) for name in parts[0]}


def make_coco_table(
    pairing: Pairing,
    selection: Selection = EVERYTHING,
    protocol: Protocol = DETECTION,
    part: tuple[int, int] | None = None,
) -> CocoTable:
    """Match at the ten thresholds and all area ranges, and accumulate.

    Args:
        pairing: From :func:`assay.evaluation.detection.pairs.find_pairs`.
        selection: What a filter leaves; a class filter is applied to the table.
        protocol: ``DETECTION``, or ``KEYPOINTS``.
        part: First class of the table, and the one after its last; None for all.
    """
    first_class, stop_class = (0, pairing.classes) if part is None else part
    arrays = matching_arrays(pairing, apply_selection(pairing, selection))
    thresholds = np.array([effective_threshold(float(t)) for t in IOU_THRESHOLDS])
    ranges = np.array(list(protocol.area_ranges.values()))
    limits = np.array(protocol.limits, dtype=np.int64)
    shape = (stop_class - first_class, len(ranges), len(limits), len(thresholds))
    precision = np.full((*shape, len(RECALL_THRESHOLDS)), -1.0)
    recall = np.full(shape, -1.0)
    work = (np.diff(pairing.prediction_offsets) + 2 * pairing.pairs_per_class)[first_class:stop_class]

    def evaluate(tasks: IndexArray) -> None:
        _evaluate_tasks(
            tasks,
            first_class,
            thresholds,
            ranges,
            limits,
            RECALL_THRESHOLDS,
            arrays,
            pairing.rank,
            pairing.ranking,
            precision,
            recall,
        )

    # A task is a class and an area range: even a set with one class keeps two threads busy.
    run_in_threads(evaluate, split_by_work(np.repeat(work, len(ranges))))
    return CocoTable(protocol, precision.transpose(3, 4, 0, 1, 2), recall.transpose(3, 0, 1, 2))


@kernel
def _evaluate_tasks(
    tasks: IndexArray,
    first_class: int,
    thresholds: FloatArray,
    ranges: FloatArray,
    limits: NDArray[np.int64],
    recall_thresholds: FloatArray,
    arrays: MatchingArrays,
    rank: IndexArray,
    ranking: IndexArray,
    precision: FloatArray,
    recall: FloatArray,
) -> None:
    counts = np.zeros(len(arrays.crowd), dtype=np.bool_)
    for task in tasks:
        place, area = task // len(ranges), task % len(ranges)
        class_ = first_class + place
        start, stop = arrays.prediction_offsets[class_], arrays.prediction_offsets[class_ + 1]
        first, last = arrays.annotation_offsets[class_], arrays.annotation_offsets[class_ + 1]
        outcome = np.empty((stop - start, len(thresholds)), dtype=np.uint8)
        matched = np.empty((stop - start, len(thresholds)), dtype=np.int32)
        match_class(class_, start, thresholds, ranges[area, 0], ranges[area, 1], arrays, outcome, matched, counts)
        positives = counts[first:last].sum()
        if positives == 0:
            continue
        greatest_rank = 0
        for prediction in range(start, stop):
            if arrays.prediction_evaluated[prediction]:
                greatest_rank = max(greatest_rank, rank[prediction])
        for m in range(len(limits) - 1, -1, -1):
            if m + 1 < len(limits) and greatest_rank < limits[m]:
                precision[place, area, m] = precision[place, area, m + 1]
                recall[place, area, m] = recall[place, area, m + 1]
            else:
                accumulate_class(
                    outcome,
                    ranking[start:stop],
                    start,
                    rank,
                    limits[m],
                    positives,
                    recall_thresholds,
                    precision[place, area, m],
                    recall[place, area, m],
                )


@kernel
def accumulate_class(
    outcome: CodeArray,
    ranking: IndexArray,
    origin: int,
    rank: IndexArray,
    limit: int,
    positives: int,
    recall_thresholds: FloatArray,
    precision: FloatArray,
    recall: FloatArray,
) -> None:
    """Go down the ranking of one class and write interpolated precision and greatest recall.

    Precision can only rise where a prediction is a TP, and COCOeval reads it only where recall rises. So it is kept
    for the TPs alone, with COCOeval's arithmetic: tp / (fp + tp + spacing(1)).

    Args:
        outcome: uint8 ``(predictions of the class, t)``.
        ranking: int32, sorted positions of the class's predictions in descending score.
        origin: Position of the first row of ``outcome``.
        rank: int32 ``(n,)``, position of each prediction within its image and class.
        limit: Predictions of that rank and beyond are left out.
        positives: Annotations that count, at least one.
        recall_thresholds: float64 ``(r,)``, ascending.
        precision: float64 ``(t, r)``, written.
        recall: float64 ``(t,)``, written.
    """
    thresholds = outcome.shape[1]
    at_hit = np.empty((positives, thresholds), dtype=np.float64)
    hits = np.zeros(thresholds, dtype=np.int64)
    evaluated = np.zeros(thresholds, dtype=np.int64)
    for prediction in ranking:
        if rank[prediction] >= limit:
            continue
        row = outcome[prediction - origin]
        for t in range(thresholds):
            if row[t] == TP:
                evaluated[t] += 1
                at_hit[hits[t], t] = (hits[t] + 1) / (evaluated[t] + EPSILON)
                hits[t] += 1
            elif row[t] == FP:
                evaluated[t] += 1
    for t in range(thresholds):
        recall[t] = hits[t] / positives
        for hit in range(hits[t] - 2, -1, -1):
            at_hit[hit, t] = max(at_hit[hit, t], at_hit[hit + 1, t])
    needed = 1
    for r in range(len(recall_thresholds)):
        while needed / positives < recall_thresholds[r]:
            needed += 1
        for t in range(thresholds):
            precision[t, r] = at_hit[needed - 1, t] if needed <= hits[t] else 0.0


def _mean(parts: list[FloatArray]) -> float:
    size = sum(part.size for part in parts)
    return float(sum(part.sum() for part in parts) / size) if size else -1.0
