"""Numbers and curves of each class at the slider's threshold and at a confidence."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from assay.arrays import BoolArray, CodeArray, FloatArray, IndexArray, OffsetArray
from assay.evaluation.detection.accumulate import RECALL_THRESHOLDS, accumulate_class
from assay.evaluation.detection.matching import FP, TP, Matches
from assay.evaluation.detection.pairs import Pairing
from assay.evaluation.kernels import kernel
from assay.evaluation.statistics import mean_of_defined, ratio
from assay.evaluation.types import check_mask


@dataclass(frozen=True)
class Counts:
    """Counts at a confidence and the ratios of them, scalars or an array each; NaN where undefined.

    Attributes:
        tp, fp, fn: Counts.
        precision: tp / (tp + fp).
        recall: tp / (tp + fn).
        f1: 2·tp / (2·tp + fp + fn).
    """

    tp: NDArray[np.int64]
    fp: NDArray[np.int64]
    fn: NDArray[np.int64]

    @property
    def precision(self) -> FloatArray:
        """Share of predictions that are right."""
        return ratio(self.tp, self.tp + self.fp)

    @property
    def recall(self) -> FloatArray:
        """Share of annotations that are found."""
        return ratio(self.tp, self.tp + self.fn)

    @property
    def f1(self) -> FloatArray:
        """Harmonic mean of precision and recall."""
        return ratio(2 * self.tp, 2 * self.tp + self.fp + self.fn)

    def total(self, classes: BoolArray | None = None) -> Counts:
        """Return the sums over the chosen classes, all by default.

        Args:
            classes: bool ``(classes,)``.
        """
        chosen = check_mask("classes", classes, len(self.tp))
        return Counts(*(np.asarray(part[chosen].sum(), dtype=np.int64) for part in (self.tp, self.fp, self.fn)))


@dataclass(frozen=True)
class ClassEvaluation:
    """Each class at one threshold, whatever the confidence slider says.

    Attributes:
        precision: float64 ``(classes, 101)``, interpolated at the recalls 0, .01 … 1; NaN without annotations.
        average_precision: float64 ``(classes,)``, AP at 101 points, NaN where no annotation counts.
        greatest_recall: float64 ``(classes,)``, AR: the recall of the whole ranking, NaN where no annotation counts.
        annotations: int64 ``(classes,)``, annotations that count.
    """

    precision: FloatArray
    average_precision: FloatArray
    greatest_recall: FloatArray
    annotations: NDArray[np.int64]

    def mean_average_precision(self, classes: BoolArray | None = None) -> float:
        """Return mAP: the mean over the chosen classes with an annotation that counts, NaN if there is none."""
        return mean_of_defined(self.average_precision, classes)

    def mean_precision(self, classes: BoolArray | None = None) -> FloatArray:
        """Return float64 ``(101,)``: the mean curve of the classes that have a part in mAP, NaN if there is none."""
        chosen = self.precision[check_mask("classes", classes, len(self.precision)) & (self.annotations > 0)]
        return chosen.mean(axis=0) if len(chosen) else np.full(self.precision.shape[1], np.nan)

    def mean_average_recall(self, classes: BoolArray | None = None) -> float:
        """Return mAR, likewise."""
        return mean_of_defined(self.greatest_recall, classes)


@dataclass(frozen=True)
class OperatingPoints:
    """What each confidence gives: one point per distinct score of a class, descending.

    Attributes:
        confidence: float64 ``(p,)``; predictions of at least this score are kept.
        counts: Counts of ``p`` points each.
    """

    confidence: FloatArray
    counts: Counts

    @property
    def best(self) -> int | None:
        """Index of the point with the greatest F1, of equals that of the least score; None where no point has a TP."""
        f1 = np.nan_to_num(self.counts.f1)
        return int(np.flatnonzero(f1 == f1.max())[-1]) if f1.any() else None


def evaluate_classes(pairing: Pairing, matches: Matches) -> ClassEvaluation:
    """Return AP, AR and the interpolated precision–recall curve of each class.

    Args:
        pairing: The pairs.
        matches: Their matching at t.
    """
    positives = count_positives(pairing, matches)
    outcome = matches.prediction_outcome[pairing.ranked]
    precision, recall = average_precisions(outcome, pairing.prediction_offsets, positives, RECALL_THRESHOLDS)
    return ClassEvaluation(precision, precision.mean(axis=1), recall, positives)


def count_positives(pairing: Pairing, matches: Matches) -> NDArray[np.int64]:
    """Return int64 ``(classes,)``: annotations that count."""
    class_ = pairing.annotations_in_file_order(pairing.annotation_class)
    return np.bincount(class_[matches.annotation_counts], minlength=pairing.classes)


def count_at_confidence(pairing: Pairing, matches: Matches, confidence: float = 0.0) -> Counts:
    """Return TP, FP and FN of each class when predictions below a confidence are dropped.

    Args:
        pairing: The pairs.
        matches: Their matching at t; dropping the end of the ranking leaves it as it is.
        confidence: c; predictions of at least this score are kept.
    """
    tp, fp = _count_outcomes(
        matches.prediction_outcome,
        pairing.prediction_order,
        pairing.score,
        pairing.prediction_class,
        confidence,
        pairing.classes,
    )
    return Counts(tp, fp, count_positives(pairing, matches) - tp)


def operating_points(pairing: Pairing, matches: Matches, class_: int | None = None) -> OperatingPoints:
    """Return counts at every distinct score of one class, or of all predictions together.

    Args:
        pairing: The pairs.
        matches: Their matching at t.
        class_: Which class; None for all together.
    """
    positives = count_positives(pairing, matches)
    if class_ is None:
        ranked = pairing.by_score
        total = int(positives.sum())
    else:
        ranked = pairing.ranking[pairing.prediction_offsets[class_] : pairing.prediction_offsets[class_ + 1]]
        total = int(positives[class_])
    score = pairing.score[ranked]
    outcome = matches.prediction_outcome[pairing.prediction_order[ranked]]
    evaluated = (outcome == TP) | (outcome == FP)
    score, outcome = score[evaluated], outcome[evaluated]
    last = np.flatnonzero(np.append(score[1:] != score[:-1], True)) if len(score) else np.zeros(0, dtype=np.int64)
    tp = np.cumsum(outcome == TP)[last]
    return OperatingPoints(score[last], Counts(tp, last + 1 - tp, total - tp))


def best_f1_confidences(pairing: Pairing, matches: Matches) -> FloatArray:
    """Return float64 ``(classes,)``: the least score of each class with the greatest F1, NaN where there is none."""
    outcome = matches.prediction_outcome[pairing.ranked]
    score = pairing.score[pairing.ranking]
    return _best_f1(outcome, score, pairing.prediction_offsets, count_positives(pairing, matches))


@kernel
def average_precisions(
    outcome: CodeArray, offsets: OffsetArray, positives: NDArray[np.int64], recall_thresholds: FloatArray
) -> tuple[FloatArray, FloatArray]:
    """Return interpolated precision ``(classes, r)`` and greatest recall ``(classes,)``, NaN without annotations.

    Args:
        outcome: uint8 ``(n,)``, by class and descending score.
        offsets: int64 ``(classes + 1,)``.
        positives: int64 ``(classes,)``, annotations that count.
        recall_thresholds: float64 ``(r,)``, ascending.
    """
    precision = np.full((len(positives), len(recall_thresholds)), np.nan)
    recall = np.full(len(positives), np.nan)
    for class_ in range(len(positives)):
        if positives[class_] == 0:
            continue
        count = offsets[class_ + 1] - offsets[class_]
        accumulate_class(
            outcome[offsets[class_] : offsets[class_ + 1]].reshape(-1, 1),
            np.arange(count).astype(np.int32),
            0,
            np.zeros(count, dtype=np.int32),
            1,
            positives[class_],
            recall_thresholds,
            precision[class_].reshape(1, -1),
            recall[class_ : class_ + 1],
        )
    return precision, recall


@kernel
def _count_outcomes(
    outcome: CodeArray, order: IndexArray, score: FloatArray, class_: IndexArray, confidence: float, classes: int
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    tp, fp = np.zeros(classes, dtype=np.int64), np.zeros(classes, dtype=np.int64)
    for i in range(len(order)):
        if score[i] >= confidence:
            tp[class_[i]] += outcome[order[i]] == TP
            fp[class_[i]] += outcome[order[i]] == FP
    return tp, fp


@kernel
def _best_f1(outcome: CodeArray, score: FloatArray, offsets: OffsetArray, positives: NDArray[np.int64]) -> FloatArray:
    best = np.full(len(positives), np.nan)
    for class_ in range(len(positives)):
        tp, fp, greatest, counted = 0, 0, 0.0, 0
        stop = offsets[class_ + 1]
        for i in range(offsets[class_], stop):
            tp += outcome[i] == TP
            fp += outcome[i] == FP
            # a confidence keeps all predictions of that score or none
            if i + 1 < stop and score[i + 1] == score[i]:
                continue
            if tp > 0 and tp + fp > counted:  # of equals the least wins, yet no score that only ignored ones have
                counted = tp + fp
                f1 = 2 * tp / (counted + positives[class_])
                if f1 >= greatest:
                    greatest, best[class_] = f1, score[i]
    return best
