"""How far values lie beyond a metric's outlier limits: what "worst first" means, whichever side is suspicious."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

PREFIX = "worst:"

FloatArray = NDArray[np.float64]


def score_worst(values: FloatArray, limits: Mapping[str, Any]) -> FloatArray:
    """Return how suspicious values are: 0 at the moderate limit, 1 at the severe one, more beyond, negative inside.

    A side's scale is the distance between its two limits; of two sides the worse one counts. So every severe outlier
    comes before every moderate one, and those before all others.

    Args:
        values: float64 ``(n,)``, NaN for NULL.
        limits: ``moderate_low``, ``severe_low``, ``moderate_high``, ``severe_high``, None where a side has none.

    Returns:
        float64 ``(n,)``, NaN for NULL; NaN everywhere if there is no limit.
    """
    sides = [_beyond(values, limits["moderate_high"], limits["severe_high"])]
    sides.append(_beyond(-values, _negative(limits["moderate_low"]), _negative(limits["severe_low"])))
    found = [side for side in sides if side is not None]
    return np.maximum.reduce(found) if found else np.full(len(values), np.nan)


def has_limits(limits: Mapping[str, Any]) -> bool:
    """Return whether any side has a limit."""
    return any(limits[f"{level}_{side}"] is not None for level in ("moderate", "severe") for side in ("low", "high"))


def _negative(limit: float | None) -> float | None:
    return None if limit is None else -limit


def _beyond(values: FloatArray, moderate: float | None, severe: float | None) -> FloatArray | None:
    if severe is None and moderate is None:
        return None
    if severe is None or moderate is None:
        only = severe if moderate is None else moderate
        assert only is not None  # noqa: S101 - one of the two is
        return (values - only) / max(abs(only), 1e-9) + (1.0 if moderate is None else 0.0)
    span = severe - moderate
    return (values - moderate) / (span if span > 0 else max(abs(severe), 1e-9))
