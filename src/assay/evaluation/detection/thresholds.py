"""The confidence that each class would best be cut at: by F1, by a precision or by a recall that is asked for."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from assay.arrays import BoolArray, FloatArray
from assay.evaluation.detection.curves import Counts, OperatingPoints, count_positives, operating_points
from assay.evaluation.detection.matching import Matches
from assay.evaluation.detection.pairs import Pairing
from assay.evaluation.types import check_mask


@dataclass(frozen=True)
class Thresholds:
    """A confidence for each class, and what it gives.

    Attributes:
        confidence: float64 ``(classes,)``, a score of the class; NaN where none does what is asked for: then none of
            its predictions is kept.
        counts: Of the predictions kept, int64 ``(classes,)`` each.
    """

    confidence: FloatArray
    counts: Counts


def choose_thresholds(
    pairing: Pairing,
    matches: Matches,
    *,
    precision: float | None = None,
    recall: float | None = None,
    classes: BoolArray | None = None,
) -> Thresholds:
    """Choose a confidence for each class; without a precision or recall the one of its greatest F1.

    Args:
        pairing: The pairs.
        matches: Their matching at t.
        precision: Least precision: of the confidences that have it the lowest, which finds most.
        recall: Least recall: of the confidences that have it the highest, which errs least.
        classes: bool ``(classes,)``, the class filter; others get NaN and no counts.
    """
    positives = count_positives(pairing, matches)
    chosen = check_mask("classes", classes, pairing.classes)
    confidence = np.full(pairing.classes, np.nan)
    tp, fp = np.zeros_like(positives), np.zeros_like(positives)
    for class_ in np.flatnonzero(chosen).tolist():
        points = operating_points(pairing, matches, class_)
        at = _choose(points, precision, recall)
        if at is not None:
            confidence[class_] = points.confidence[at]
            tp[class_], fp[class_] = points.counts.tp[at], points.counts.fp[at]
    return Thresholds(confidence, Counts(tp, fp, np.where(chosen, positives - tp, 0)))


def _choose(points: OperatingPoints, precision: float | None, recall: float | None) -> int | None:
    if precision is not None:
        able = np.flatnonzero(points.counts.precision >= precision)
        return int(able[-1]) if len(able) else None
    if recall is not None:
        able = np.flatnonzero(points.counts.recall >= recall)
        return int(able[0]) if len(able) else None
    return points.best
