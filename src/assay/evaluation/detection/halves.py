"""Intervals from halves of the images, with every half evaluated exactly."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from assay.arrays import BoolArray, FloatArray, IndexArray, OffsetArray
from assay.evaluation.detection.accumulate import EPSILON, RECALL_THRESHOLDS
from assay.evaluation.detection.curves import Counts
from assay.evaluation.detection.matching import FP, TP, Matches
from assay.evaluation.detection.pairs import Pairing
from assay.evaluation.kernels import kernel, run_in_threads, split_evenly
from assay.evaluation.statistics import (
    LEAST_OBJECTS,
    RESAMPLES,
    SEED,
    WEIGHTS_PER_STEP,
    half_of,
    half_sample_interval,
    half_sample_intervals,
    ratio,
)
from assay.evaluation.types import EVERYTHING, Selection, check_mask

LANES = 16
COUNTS = ("tp", "fp", "fn")
_OF_PREDICTIONS = ("fp", "precision")
"""Numbers that predictions have, whether or not there are annotations."""


@dataclass(frozen=True)
class Samples:
    """Each class in all the images, then in each half of them that was drawn.

    Attributes:
        average_precision: float64 ``(1 + resamples, classes)``, NaN where no annotation counts.
        greatest_recall: float64 ``(1 + resamples, classes)``, likewise.
        counts: At the confidence, int64 ``(1 + resamples, classes)`` each.
        images: How many images there are.
    """

    average_precision: FloatArray
    greatest_recall: FloatArray
    counts: Counts
    images: int

    def numbers(self, classes: BoolArray | None = None) -> dict[str, FloatArray]:
        """Return float64 ``(1 + resamples,)`` of mAP, mAR, tp, fp, fn, precision, recall and f1.

        Counts of halves are extrapolated to all images.

        Args:
            classes: bool ``(classes,)``, the class filter.
        """
        chosen = check_mask("classes", classes, self.average_precision.shape[1])
        tp, fp, fn = (part[:, chosen].sum(axis=1) for part in (self.counts.tp, self.counts.fp, self.counts.fn))
        total = Counts(tp, fp, fn)
        return {
            "mAP": _row_means(self.average_precision[:, chosen]),
            "mAR": _row_means(self.greatest_recall[:, chosen]),
            "tp": self.extrapolate(tp),
            "fp": self.extrapolate(fp),
            "fn": self.extrapolate(fn),
            "precision": total.precision,
            "recall": total.recall,
            "f1": total.f1,
        }

    def extrapolate(self, counts: NDArray[np.int64]) -> FloatArray:
        """Return counts, those of halves as if they were of all images: float64, rows as in :attr:`counts`."""
        found = counts.astype(np.float64)
        found[1:] *= self.images / max(1, half_of(self.images))
        return found

    def enough(self, classes: BoolArray | None = None) -> dict[str, bool]:
        """Return for each of :meth:`numbers` whether there are objects enough for an interval.

        Args:
            classes: bool ``(classes,)``, the class filter.
        """
        chosen = check_mask("classes", classes, self.average_precision.shape[1])
        tp, fp, fn = (int(part[0, chosen].sum()) for part in (self.counts.tp, self.counts.fp, self.counts.fn))
        annotations, predictions = tp + fn >= LEAST_OBJECTS, tp + fp >= LEAST_OBJECTS
        return {
            name: self.images >= LEAST_OBJECTS and (predictions if name in _OF_PREDICTIONS else annotations)
            for name in self.numbers(classes)
        }

    def intervals(self, classes: BoolArray | None = None) -> dict[str, tuple[float, float]]:
        """Return 95 % intervals of :meth:`numbers`: low and high, NaN where there are too few objects.

        Args:
            classes: bool ``(classes,)``, the class filter.
        """
        enough = self.enough(classes)
        return {
            name: half_sample_interval(values, self.images, (0.0, math.inf if name in COUNTS else 1.0))
            if enough[name]
            else (math.nan, math.nan)
            for name, values in self.numbers(classes).items()
        }

    def intervals_by_class(self) -> dict[str, FloatArray]:
        """Return 95 % intervals of ``ap``, ``ar``, ``precision``, ``recall`` and ``f1``: float64 ``(classes, 2)``.

        NaN of classes with too few annotations, of precision with too few predictions.
        """
        annotations = (self.counts.tp + self.counts.fn)[0] >= LEAST_OBJECTS
        predictions = (self.counts.tp + self.counts.fp)[0] >= LEAST_OBJECTS
        numbers = {
            "ap": (self.average_precision, annotations),
            "ar": (self.greatest_recall, annotations),
            "precision": (self.counts.precision, predictions),
            "recall": (self.counts.recall, annotations),
            "f1": (self.counts.f1, annotations),
        }
        return {
            name: class_intervals(values, self.images, enough, (0.0, 1.0)) for name, (values, enough) in numbers.items()
        }


def evaluate_halves(
    pairing: Pairing,
    matches: Matches,
    selection: Selection = EVERYTHING,
    confidence: float = 0.0,
    resamples: int = RESAMPLES,
    seed: int = SEED,
) -> Samples:
    """Evaluate halves of the images, drawn without replacement.

    Two sets with the same images, selection and seed get the same halves, so that differences of their samples are
    paired.

    Args:
        pairing: The pairs.
        matches: Their matching at t; it holds within images, so a half needs none of its own.
        selection: What the matching was made for; its images are drawn from.
        confidence: c of the counts.
        resamples: How many.
        seed: Of the draws.
    """
    ranked = matches.prediction_outcome[pairing.ranked]
    counted = (ranked == TP) | (ranked == FP)
    places = pairing.ranking[counted]
    offsets = np.append(0, np.cumsum(counted))[pairing.prediction_offsets]
    counting = matches.annotation_counts[pairing.annotation_order]
    annotation_offsets = np.append(0, np.cumsum(counting))[pairing.annotation_offsets]
    evaluated = np.flatnonzero(check_mask("selection.images", selection.images, pairing.images)).astype(np.int32)
    shape = (1 + resamples, pairing.classes)
    precision, recall = np.full(shape, np.nan), np.full(shape, np.nan)
    tp, fp, fn = (np.zeros(shape, dtype=np.int64) for _ in range(3))
    random = np.random.default_rng(seed)
    images, annotated = pairing.prediction_image[places], pairing.annotation_image[counting]
    right, kept = ranked[counted] == TP, pairing.score[places] >= confidence
    step = max(1, WEIGHTS_PER_STEP // max(1, pairing.images))
    for start in range(0, len(precision), step):
        weights = _draw(random, evaluated, pairing.images, min(step, len(precision) - start), whole=start == 0)

        def evaluate(share: tuple[int, int], start: int = start, weights: NDArray[np.int32] = weights) -> None:
            _evaluate_resamples(
                weights[share[0] : share[1]],
                images,
                right,
                kept,
                offsets,
                annotated,
                annotation_offsets,
                RECALL_THRESHOLDS,
                precision[start + share[0] : start + share[1]],
                recall[start + share[0] : start + share[1]],
                tp[start + share[0] : start + share[1]],
                fp[start + share[0] : start + share[1]],
                fn[start + share[0] : start + share[1]],
            )

        run_in_threads(evaluate, split_evenly(len(weights), 1))
    return Samples(precision, recall, Counts(tp, fp, fn), len(evaluated))


def class_intervals(
    samples: FloatArray, images: int, enough: BoolArray, bounds: tuple[float, float] = (-math.inf, math.inf)
) -> FloatArray:
    """Return float64 ``(classes, 2)``: intervals of a number of each class, NaN of those with too few objects.

    Args:
        samples: float64 ``(1 + resamples, classes)``.
        images: How many images there are.
        enough: bool ``(classes,)``.
        bounds: Between which all values of such a number lie.
    """
    return np.where(enough[:, None], half_sample_intervals(samples, images, bounds), np.nan)


def _draw(
    random: np.random.Generator, evaluated: IndexArray, images: int, resamples: int, *, whole: bool
) -> NDArray[np.int32]:
    """Return int32 ``(resamples, images)``: 1 for each image that is drawn, in the first row for all if it is whole."""
    weights = np.zeros((resamples, images), dtype=np.int32)
    if whole:
        weights[0, evaluated] = 1
    half = half_of(len(evaluated))
    if half:
        _mark_draws(random.random((resamples - whole, half)), evaluated, weights[int(whole) :])
    return weights


@kernel
def _mark_draws(drawn: FloatArray, evaluated: IndexArray, weights: NDArray[np.int32]) -> None:
    """Shuffle as far as the half goes (Fisher and Yates): a number in 0..1 tells with which place one is swapped."""
    order = np.empty_like(evaluated)
    for resample in range(len(drawn)):
        order[:] = evaluated
        for place in range(drawn.shape[1]):
            other = place + int(drawn[resample, place] * (len(order) - place))
            order[place], order[other] = order[other], order[place]
            weights[resample, order[place]] = 1


def _row_means(values: FloatArray) -> FloatArray:
    """Return the mean of each row over what is not NaN, NaN for rows without anything."""
    present = ~np.isnan(values)
    count = present.sum(axis=1)
    total = np.where(present, values, 0.0).sum(axis=1)
    return ratio(total, count)


@kernel
def _evaluate_resamples(
    weights: NDArray[np.int32],
    images: IndexArray,
    right: BoolArray,
    kept: BoolArray,
    offsets: OffsetArray,
    annotated: IndexArray,
    annotation_offsets: OffsetArray,
    recall_thresholds: FloatArray,
    precision: FloatArray,
    recall: FloatArray,
    tp_count: NDArray[np.int64],
    fp_count: NDArray[np.int64],
    fn_count: NDArray[np.int64],
) -> None:
    """Go down each class's ranking once for several resamples side by side, which processors do at one stroke."""
    lane_weights = np.empty((weights.shape[1], LANES), dtype=np.int32)
    at_hit = np.empty((len(images) + 1, LANES), dtype=np.float64)
    hits = np.empty((len(images) + 1, LANES), dtype=np.int32)
    for start in range(0, len(weights), LANES):
        lanes = min(LANES, len(weights) - start)
        lane_weights[:] = 0
        for lane in range(lanes):
            lane_weights[:, lane] = weights[start + lane]
        for class_ in range(len(offsets) - 1):
            first, stop = offsets[class_], offsets[class_ + 1]
            positives = np.zeros(LANES, dtype=np.int32)
            for place in range(annotation_offsets[class_], annotation_offsets[class_ + 1]):
                row = lane_weights[annotated[place]]
                for lane in range(LANES):
                    positives[lane] += row[lane]
            recorded, tp, kept_tp, kept_evaluated = _go_down(
                first, stop, lane_weights, images, right, kept, at_hit, hits
            )
            average = _integrate(at_hit, hits, recorded, tp, positives, recall_thresholds)
            for lane in range(lanes):
                resample = start + lane
                tp_count[resample, class_] = kept_tp[lane]
                fp_count[resample, class_] = kept_evaluated[lane] - kept_tp[lane]
                fn_count[resample, class_] = positives[lane] - kept_tp[lane]
                if positives[lane]:
                    recall[resample, class_] = tp[lane] / positives[lane]
                    precision[resample, class_] = average[lane]


@kernel
def _go_down(
    first: int,
    stop: int,
    lane_weights: IndexArray,
    images: IndexArray,
    right: BoolArray,
    kept: BoolArray,
    at_hit: FloatArray,
    hits: IndexArray,
) -> tuple[int, IndexArray, IndexArray, IndexArray]:
    """Write TPs and precision at each TP; return how many, all TPs, and TPs and all predictions kept."""
    tp, evaluated = np.zeros(LANES, dtype=np.int32), np.zeros(LANES, dtype=np.int32)
    kept_tp, kept_evaluated = np.zeros(LANES, dtype=np.int32), np.zeros(LANES, dtype=np.int32)
    recorded = 0
    counting = True
    for place in range(first, stop):
        if counting and not kept[place]:
            kept_tp[:], kept_evaluated[:] = tp, evaluated
            counting = False
        row = lane_weights[images[place]]
        for lane in range(LANES):
            evaluated[lane] += row[lane]
        if right[place]:
            for lane in range(LANES):
                tp[lane] += row[lane]
                hits[recorded, lane] = tp[lane]
                at_hit[recorded, lane] = tp[lane] / (evaluated[lane] + EPSILON)
            recorded += 1
    if counting:
        kept_tp[:], kept_evaluated[:] = tp, evaluated
    return recorded, tp, kept_tp, kept_evaluated


@kernel
def _integrate(
    at_hit: FloatArray,
    hits: IndexArray,
    recorded: int,
    tp: IndexArray,
    positives: IndexArray,
    recall_thresholds: FloatArray,
) -> FloatArray:
    """Return AP of each lane, going up the ranking: the mean of the envelope of precision at the recall thresholds."""
    total, envelope = np.zeros(LANES), np.zeros(LANES)
    r = np.full(LANES, len(recall_thresholds) - 1)
    needed = np.zeros(LANES, dtype=np.int64)  # TPs at which the next recall threshold is reached, 0 when all are
    for lane in range(LANES):
        while r[lane] >= 0 and positives[lane]:
            needed[lane] = _hits_needed(recall_thresholds[r[lane]], positives[lane])
            if needed[lane] <= tp[lane]:
                break
            r[lane] -= 1
            needed[lane] = 0
    for record in range(recorded - 1, -1, -1):
        for lane in range(LANES):
            # Where the image was not drawn this is no TP, but then its precision is below that of the TP before it.
            envelope[lane] = max(envelope[lane], at_hit[record, lane])
            before = hits[record - 1, lane] if record else 0
            while needed[lane] > before:
                total[lane] += envelope[lane]
                r[lane] -= 1
                needed[lane] = _hits_needed(recall_thresholds[r[lane]], positives[lane]) if r[lane] >= 0 else 0
    return total / len(recall_thresholds)


@kernel
def _hits_needed(recall: float, positives: int) -> int:
    """Return the least number of TPs, at least one, whose recall is not below a threshold."""
    hits = max(1, int(recall * positives))
    while hits / positives < recall:
        hits += 1
    while hits > 1 and (hits - 1) / positives >= recall:
        hits -= 1
    return hits
