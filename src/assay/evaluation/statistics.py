"""Small statistics that several modules share: intervals of shares, and many tests at once."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from assay.evaluation.kernels import BoolArray, FloatArray

Z95 = 1.959963984540054
"""The 97.5 % point of the standard normal distribution."""


def wilson_interval(hits: NDArray[np.int64], total: NDArray[np.int64], z: float = Z95) -> tuple[FloatArray, FloatArray]:
    """Return the Wilson score interval of shares, NaN where the total is 0 (Wilson 1927).

    Args:
        hits: int64, any shape.
        total: int64, the same shape.
        z: Normal quantile of the level.
    """
    n = np.asarray(total, dtype=np.float64)
    empty = n == 0
    n = np.where(empty, 1.0, n)
    share = hits / n
    centre = (share + z * z / (2 * n)) / (1 + z * z / n)
    half = z * np.sqrt(share * (1 - share) / n + z * z / (4 * n * n)) / (1 + z * z / n)
    low, high = np.maximum(centre - half, 0.0), np.minimum(centre + half, 1.0)
    return np.where(empty, np.nan, low), np.where(empty, np.nan, high)


def reject_by_false_discovery_rate(p_values: FloatArray, rate: float = 0.05) -> BoolArray:
    """Return which hypotheses are rejected (Benjamini–Hochberg 1995); NaNs are no hypotheses.

    Args:
        p_values: float64 ``(m,)``.
        rate: Expected share of false rejections.
    """
    tested = np.flatnonzero(~np.isnan(p_values))
    rejected = np.zeros(len(p_values), dtype=np.bool_)
    order = tested[np.argsort(p_values[tested], kind="stable")]
    passes = np.flatnonzero(p_values[order] <= rate * np.arange(1, len(order) + 1) / max(1, len(order)))
    if len(passes):
        rejected[order[: passes[-1] + 1]] = True
    return rejected
