"""Whether scores are what they promise: reliability diagram and expected calibration error."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from assay.arrays import BoolArray, FloatArray
from assay.evaluation.kernels import kernel
from assay.evaluation.statistics import ratio

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
    count, hits, total = _sum_bins(score, right, edges)
    mean, precision = ratio(total, count), ratio(hits, count)
    gap = np.where(count > 0, np.abs(precision - mean), 0.0)
    error = float((gap * count).sum() / count.sum()) if len(score) else float("nan")
    return Calibration(edges, count, mean, precision, error)


@kernel
def _sum_bins(
    score: FloatArray, right: BoolArray, edges: FloatArray
) -> tuple[NDArray[np.int64], NDArray[np.int64], FloatArray]:
    """Return number, right ones, and sum of scores of each bin."""
    bins = len(edges) - 1
    count, hits = np.zeros(bins, dtype=np.int64), np.zeros(bins, dtype=np.int64)
    total = np.zeros(bins)
    for i in range(len(score)):
        found = min(max(int(score[i] * bins), 0), bins - 1)
        # the product may be rounded across an edge
        if score[i] < edges[found] and found > 0:
            found -= 1
        elif found + 1 < bins and score[i] >= edges[found + 1]:
            found += 1
        count[found] += 1
        hits[found] += right[i]
        total[found] += score[i]
    return count, hits, total
