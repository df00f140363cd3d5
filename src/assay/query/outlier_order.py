"""How far values lie beyond a metric's outlier limits: what "worst first" means, whichever side is suspicious."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from assay.arrays import FloatArray

PREFIX = "worst:"

_LEAST = float(np.nextafter(0.0, 1.0))
_LESS_THAN_1 = float(np.nextafter(1.0, 0.0))


def score_outliers(values: FloatArray, limits: Mapping[str, Any]) -> FloatArray:
    """Return scores of outliers: 0 at the moderate limit, 1 at the severe one, more beyond, negative inside.

    A side's scale is the distance between its two limits; of two sides the worse one counts. Severe outliers score at
    least 1 and all others less, so that every severe one comes before every moderate one.

    Args:
        values: float64 ``(n,)``, NaN for NULL.
        limits: ``moderate_low``, ``severe_low``, ``moderate_high``, ``severe_high``, None where a side has none,
            ``inclusive``: whether a value on a limit is beyond it; ``common``: values that are no outliers.

    Returns:
        float64 ``(n,)``, NaN for NULL; NaN everywhere if there is no limit.
    """
    inclusive = bool(limits["inclusive"])
    sides = [
        _beyond(values, limits["moderate_high"], limits["severe_high"], inclusive=inclusive),
        _beyond(-values, _negative(limits["moderate_low"]), _negative(limits["severe_low"]), inclusive=inclusive),
    ]
    scores = [side for side in sides if side is not None]
    if not scores:
        return np.full(len(values), np.nan)
    score: FloatArray = np.maximum.reduce(scores)
    is_common = np.isin(values, limits.get("common", ()))
    return np.where(is_common, np.minimum(score, -_LEAST), score)


def has_limits(limits: Mapping[str, Any]) -> bool:
    """Tell whether any side has a limit."""
    return any(limits[f"{level}_{side}"] is not None for level in ("moderate", "severe") for side in ("low", "high"))


def _negative(limit: float | None) -> float | None:
    return None if limit is None else -limit


def _beyond(values: FloatArray, moderate: float | None, severe: float | None, *, inclusive: bool) -> FloatArray | None:
    """Return the score of the high side, None where it has no limit."""
    if severe is None:
        return None if moderate is None else np.minimum((values - moderate) / max(abs(moderate), 1e-9), _LESS_THAN_1)
    start = severe if moderate is None else moderate
    span = severe - start
    with np.errstate(over="ignore"):
        score = (values - start) / (span if span > 0 else max(abs(severe), 1e-9)) + (0.0 if span > 0 else 1.0)
    is_severe = values >= severe if inclusive else values > severe
    bounded: FloatArray = np.where(is_severe, np.maximum(score, 1.0), np.minimum(score, _LESS_THAN_1))
    return bounded
