"""Small statistics that several modules share: intervals of shares, and many tests at once."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from assay.arrays import BoolArray, FloatArray
from assay.evaluation.types import check_mask

RESAMPLES = 1000
SEED = 20_177
WEIGHTS_PER_STEP = 16_000_000  # bounds the memory of the resamples that are drawn at a time
Z95 = 1.959963984540054
"""The 97.5 % point of the standard normal distribution."""
LEAST_OBJECTS = 10
"""With fewer objects intervals do not hold: of AP with 5 to 9 annotations .91 did, with 3 or 4 .80, with 1 or 2 .40."""
_BIAS_OF_HALVES = 1.5
"""Measured: 1.2 to 2.3 for mAP of 100 to 500 images (``benchmarks/interval_coverage.py``)."""
_ROUNDING = 1e-12


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


def ratio(part: NDArray[np.generic], whole: NDArray[np.generic]) -> FloatArray:
    """Return ``part / whole``, NaN where ``whole`` is 0."""
    part, whole = np.asarray(part, dtype=np.float64), np.asarray(whole, dtype=np.float64)
    result: FloatArray = np.divide(part, whole, out=np.full(np.shape(whole), np.nan), where=whole != 0)
    return result


def mean_of_defined(values: FloatArray, classes: BoolArray | None = None) -> float:
    """Return the mean of what is not NaN among the chosen classes, NaN if there is nothing."""
    chosen = values[check_mask("classes", classes, len(values))]
    chosen = chosen[~np.isnan(chosen)]
    return float(chosen.mean()) if len(chosen) else float("nan")


def percentile_interval(samples: FloatArray, level: float = 0.95) -> tuple[float, float]:
    """Return the central interval of samples, NaNs left out; NaN, NaN if nothing is left.

    Args:
        samples: float64 ``(resamples,)``.
        level: Share of the samples inside.
    """
    present = samples[~np.isnan(samples)]
    if len(present) == 0:
        return float("nan"), float("nan")
    low, high = np.quantile(present, [(1 - level) / 2, (1 + level) / 2])
    return float(low), float(high)


def half_of(images: int) -> int:
    """Return how many of so many images make a half-sample."""
    return images // 2


def half_sample_intervals(
    values: FloatArray, images: int, bounds: tuple[float, float] = (-math.inf, math.inf)
) -> FloatArray:
    """Return 95 % intervals of ``k`` numbers from their values in halves of the images: float64 ``(k, 2)``.

    Halves are drawn without replacement (Wu 1990, the delete-d jackknife with d = n/2). A number of n/2 images is
    spread about that of n images as that of n about that of all images there are: its spread is the standard error. Its
    mean difference is the bias where that falls as 1/n; that of mAP, with its rare classes, falls more slowly, so 1.5
    times the difference is taken off.
    Resamples with replacement hold each image several times, which raises AP: their percentiles missed it in half of
    the cases.

    NaN, NaN where the number is undefined, or where the bias is beyond the interval's half width: then there are too
    few objects for it.

    Args:
        values: float64 ``(1 + r, k)``, the number itself and its values in ``r`` halves; NaN where undefined.
        images: n, of which :func:`half_of` are in a half.
        bounds: Between which all values of such a number lie.
    """
    kept = half_of(images)
    number, halves = values[0], values[1:]
    defined = ~np.isnan(halves)
    count = defined.sum(axis=0)
    if kept == 0 or not count.any():
        return np.full((len(number), 2), np.nan)
    mean = ratio(np.where(defined, halves, 0.0).sum(axis=0), count)
    squares = np.where(defined, (halves - mean) ** 2, 0.0).sum(axis=0)
    share = kept / (images - kept)  # 1 but for odd numbers of images
    bias, error = _BIAS_OF_HALVES * share * (mean - number), np.sqrt(share * ratio(squares, count - 1))
    half_width = Z95 * error
    enough = (2 * count > len(halves)) & (np.abs(bias) <= half_width + _ROUNDING * np.abs(number))
    low, high = number - bias - half_width, number - bias + half_width
    return np.where(enough[:, None], np.clip(np.stack([low, high], axis=1), *bounds), np.nan)


def half_sample_interval(
    values: FloatArray, images: int, bounds: tuple[float, float] = (-math.inf, math.inf)
) -> tuple[float, float]:
    """Return the interval of one number: see :func:`half_sample_intervals`.

    Args:
        values: float64 ``(1 + r,)``.
        images: n.
        bounds: Between which all values of such a number lie.
    """
    low, high = half_sample_intervals(values[:, None], images, bounds)[0].tolist()
    return low, high
