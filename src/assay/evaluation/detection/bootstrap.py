"""Percentile intervals by resampling images (Efron 1979), with every resample evaluated exactly."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from assay.arrays import BoolArray, FloatArray, IndexArray, OffsetArray
from assay.evaluation.detection.accumulate import EPSILON, RECALL_THRESHOLDS
from assay.evaluation.detection.curves import Counts
from assay.evaluation.detection.matching import FP, TP, Matches
from assay.evaluation.detection.pairs import Pairing
from assay.evaluation.kernels import kernel, run_in_threads, split_evenly
from assay.evaluation.statistics import RESAMPLES, SEED, WEIGHTS_PER_STEP, ratio
from assay.evaluation.types import EVERYTHING, Selection, check_mask

LANES = 16


@dataclass(frozen=True)
class Samples:
    """Each class in each resample of the images.

    Attributes:
        average_precision: float64 ``(resamples, classes)``, NaN where no annotation counts.
        greatest_recall: float64 ``(resamples, classes)``, likewise.
        counts: At the confidence, int64 ``(resamples, classes)`` each.
    """

    average_precision: FloatArray
    greatest_recall: FloatArray
    counts: Counts

    def numbers(self, classes: BoolArray | None = None) -> dict[str, FloatArray]:
        """Return float64 ``(resamples,)`` of mAP, mAR, tp, fp, fn, precision, recall and f1.

        Args:
            classes: bool ``(classes,)``, the class filter.
        """
        chosen = check_mask("classes", classes, self.average_precision.shape[1])
        tp, fp, fn = (part[:, chosen].sum(axis=1) for part in (self.counts.tp, self.counts.fp, self.counts.fn))
        total = Counts(tp, fp, fn)
        return {
            "mAP": _row_means(self.average_precision[:, chosen]),
            "mAR": _row_means(self.greatest_recall[:, chosen]),
            "tp": tp.astype(np.float64),
            "fp": fp.astype(np.float64),
            "fn": fn.astype(np.float64),
            "precision": total.precision,
            "recall": total.recall,
            "f1": total.f1,
        }


def bootstrap(
    pairing: Pairing,
    matches: Matches,
    selection: Selection = EVERYTHING,
    confidence: float = 0.0,
    resamples: int = RESAMPLES,
    seed: int = SEED,
) -> Samples:
    """Evaluate resamples of the images, drawn with replacement.

    An image that is drawn twice counts twice. Two sets with the same images, selection and seed get the same
    resamples, so that differences of their samples are paired.

    Args:
        pairing: The pairs.
        matches: Their matching at t; it holds within images, so a resample needs none of its own.
        selection: What the matching was made for; its images are resampled.
        confidence: c of the counts.
        resamples: How many.
        seed: Of the draws.
    """
    ranked = matches.prediction_outcome[pairing.ranked]
    judged = (ranked == TP) | (ranked == FP)
    places = pairing.ranking[judged]
    offsets = np.append(0, np.cumsum(judged))[pairing.prediction_offsets]
    counting = matches.annotation_counts[pairing.annotation_order]
    annotation_offsets = np.append(0, np.cumsum(counting))[pairing.annotation_offsets]
    evaluated = np.flatnonzero(check_mask("selection.images", selection.images, pairing.images)).astype(np.int32)
    shape = (resamples, pairing.classes)
    precision, recall = np.full(shape, np.nan), np.full(shape, np.nan)
    tp, fp, fn = (np.zeros(shape, dtype=np.int64) for _ in range(3))
    random = np.random.default_rng(seed)
    images, annotated = pairing.prediction_image[places], pairing.annotation_image[counting]
    right, kept = ranked[judged] == TP, pairing.score[places] >= confidence
    step = max(1, WEIGHTS_PER_STEP // max(1, pairing.images))
    for start in range(0, resamples, step):
        weights = _draw(random, evaluated, pairing.images, min(step, resamples - start))

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
    return Samples(precision, recall, Counts(tp, fp, fn))


def _draw(random: np.random.Generator, evaluated: IndexArray, images: int, resamples: int) -> NDArray[np.int32]:
    """Return int32 ``(resamples, images)``: how often each image is drawn."""
    weights = np.zeros((resamples, images), dtype=np.int32)
    if len(evaluated):
        _count_draws(
            random.integers(0, len(evaluated), (resamples, len(evaluated)), dtype=np.int32), evaluated, weights
        )
    return weights


@kernel
def _count_draws(drawn: IndexArray, evaluated: IndexArray, weights: NDArray[np.int32]) -> None:
    for resample in range(len(drawn)):
        for place in drawn[resample]:
            weights[resample, evaluated[place]] += 1


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
            recorded, tp, kept_tp, kept_judged = _go_down(first, stop, lane_weights, images, right, kept, at_hit, hits)
            average = _integrate(at_hit, hits, recorded, tp, positives, recall_thresholds)
            for lane in range(lanes):
                resample = start + lane
                tp_count[resample, class_] = kept_tp[lane]
                fp_count[resample, class_] = kept_judged[lane] - kept_tp[lane]
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
    tp, judged = np.zeros(LANES, dtype=np.int32), np.zeros(LANES, dtype=np.int32)
    kept_tp, kept_judged = np.zeros(LANES, dtype=np.int32), np.zeros(LANES, dtype=np.int32)
    recorded = 0
    counting = True
    for place in range(first, stop):
        if counting and not kept[place]:
            kept_tp[:], kept_judged[:] = tp, judged
            counting = False
        row = lane_weights[images[place]]
        for lane in range(LANES):
            judged[lane] += row[lane]
        if right[place]:
            for lane in range(LANES):
                tp[lane] += row[lane]
                hits[recorded, lane] = tp[lane]
                at_hit[recorded, lane] = tp[lane] / (judged[lane] + EPSILON)
            recorded += 1
    if counting:
        kept_tp[:], kept_judged[:] = tp, judged
    return recorded, tp, kept_tp, kept_judged


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
