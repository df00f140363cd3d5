"""Whether scores are what they promise: reliability diagram and expected calibration error."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from assay.evaluation.curves import ratio
from assay.evaluation.kernels import BoolArray, FloatArray

BINS = 15


@dataclass(frozen=True)
class Calibration:
    """Score against precision in 15 bins of equal width over 0..1 (Guo et al. 2017).

    Attributes:
        edges: float64 ``(16,)``; bins are half-open, the last is closed.
        count: int64 ``(15,)``, predictions in each bin.
        score: float64 ``(15,)``, their mean score, NaN in empty bins.
        precision: float64 ``(15,)``, share of them that is right, NaN in empty bins.
        error: Expected calibration error: the mean of |precision - score| weighted by count, NaN without predictions.
    """

    edges: FloatArray
    count: NDArray[np.int64]
    score: FloatArray
    precision: FloatArray
    error: float


def calibrate(score: FloatArray, right: BoolArray) -> Calibration:
    """Compare scores with how often they are right.

    Args:
        score: float64 ``(n,)``, of predictions that are TP or FP (or of classifications), in 0..1.
        right: bool ``(n,)``.
    """
    edges = np.linspace(0.0, 1.0, BINS + 1)
    which = np.clip(np.searchsorted(edges, score, side="right") - 1, 0, BINS - 1)
    count = np.bincount(which, minlength=BINS)
    mean = ratio(np.bincount(which, weights=score, minlength=BINS), count)
    precision = ratio(np.bincount(which, weights=right, minlength=BINS), count)
    gap = np.where(count > 0, np.abs(precision - mean), 0.0)
    error = float((gap * count).sum() / count.sum()) if len(score) else float("nan")
    return Calibration(edges, count, mean, precision, error)
