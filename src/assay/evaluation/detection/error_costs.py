"""The cost of each kind of error: mAP once it alone is put right, minus mAP (after TIDE, Bolya et al. 2020)."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from assay.arrays import BoolArray, CodeArray, IndexArray
from assay.errors import UsageError
from assay.evaluation.detection.accumulate import RECALL_THRESHOLDS
from assay.evaluation.detection.curves import average_precisions, count_positives
from assay.evaluation.detection.matching import IGNORED, TP, Matches
from assay.evaluation.detection.pairs import Pairing
from assay.evaluation.detection.reasons import REASON_NAMES, Reason, Reasons
from assay.evaluation.kernels import kernel
from assay.evaluation.sorting import order_by_bucket, order_by_descending_score
from assay.evaluation.statistics import mean_of_defined


@dataclass(frozen=True)
class _Ranking:
    """All predictions by descending score, then image.

    Attributes:
        class_: int32 ``(n,)``, the class for which each prediction counts.
        outcome: uint8 ``(n,)``.
        positives: int64 ``(classes,)``.
    """

    class_: IndexArray
    outcome: CodeArray
    positives: NDArray[np.int64]


def cost_of_errors(
    pairing: Pairing, matches: Matches, reasons: Reasons, classes: BoolArray | None = None
) -> dict[str, float]:
    """Return dAP of each reason, NaN where mAP is undefined before or after.

    Localisation and class errors become TPs of the annotation that they point at, a class error in the annotation's
    class, the best-scoring one if several point at it; they are removed if the annotation is taken. Duplicates,
    background and class+localisation are removed. Missed annotations leave the denominator. The costs do not add up.

    Args:
        pairing: The pairs.
        matches: The matching at t.
        reasons: At confidence 0, since mAP knows no other.
        classes: bool ``(classes,)``, the class filter.

    Raises:
        UsageError: The reasons are those of another confidence.
    """
    if reasons.confidence > 0:
        raise UsageError(
            "The cost of errors is that of the whole ranking.",
            item="reasons.confidence",
            expected="0",
            actual=f"{reasons.confidence}",
        )
    file_order, _ = order_by_bucket(
        pairing.predictions_in_file_order(pairing.prediction_image),
        np.arange(len(pairing.score), dtype=np.int32),
        pairing.images,
    )
    order = order_by_descending_score(pairing.file_score, file_order)
    plain = _Ranking(
        pairing.predictions_in_file_order(pairing.prediction_class)[order],
        matches.prediction_outcome[order],
        count_positives(pairing, matches),
    )
    annotation_class = pairing.annotations_in_file_order(pairing.annotation_class)
    reason, target = reasons.prediction_reason[order], reasons.target[order]
    before = _mean_average_precision(pairing, plain, classes)
    costs = {}
    for kind in Reason:
        if kind == Reason.NONE:
            continue
        if kind == Reason.MISSED:
            missed = annotation_class[reasons.annotation_reason == Reason.MISSED]
            left = plain.positives - np.bincount(missed, minlength=pairing.classes)
            fixed = _Ranking(plain.class_, plain.outcome, left)
        elif kind in {Reason.LOCALISATION, Reason.CLASS}:
            outcome, class_ = _put_right(
                reason == kind, target, matches.prediction_of >= 0, annotation_class, plain.outcome, plain.class_
            )
            fixed = _Ranking(class_, outcome, plain.positives)
        else:
            outcome = np.where(reason == kind, IGNORED, plain.outcome)
            fixed = _Ranking(plain.class_, outcome, plain.positives)
        costs[REASON_NAMES[kind]] = _mean_average_precision(pairing, fixed, classes) - before
    return costs


def _mean_average_precision(pairing: Pairing, ranking: _Ranking, classes: BoolArray | None) -> float:
    order, offsets = order_by_bucket(ranking.class_, np.arange(len(ranking.class_), dtype=np.int32), pairing.classes)
    precision, _ = average_precisions(ranking.outcome[order], offsets, ranking.positives, RECALL_THRESHOLDS)
    return mean_of_defined(precision.mean(axis=1), classes)


@kernel
def _put_right(
    chosen: BoolArray,
    target: IndexArray,
    matched: BoolArray,
    annotation_class: IndexArray,
    outcome: CodeArray,
    class_: IndexArray,
) -> tuple[CodeArray, IndexArray]:
    taken = matched.copy()
    outcome, class_ = outcome.copy(), class_.copy()
    for prediction in np.flatnonzero(chosen):
        annotation = target[prediction]
        if taken[annotation]:
            outcome[prediction] = IGNORED
        else:
            taken[annotation] = True
            outcome[prediction] = TP
            class_[prediction] = annotation_class[annotation]
    return outcome, class_
