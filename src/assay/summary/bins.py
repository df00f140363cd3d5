"""Bins with edges that people can read, and how many values fall into each."""

from __future__ import annotations

import math
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from assay.arrays import FloatArray

Scale = Literal["linear", "log"]

_FAR = 12
"""Beyond as many times the median, the greatest value leaves next to no room for most on a linear axis."""


def suiting_scale(kind: str, least: float | None, median: float | None, greatest: float | None) -> Scale:
    """Return the axis that suits a metric's values: logarithmic where a few are far greater than most."""
    if kind not in {"positive", "signed"} or least is None or median is None or greatest is None:
        return "linear"
    return "log" if least >= 0 and median > 0 and greatest > _FAR * median else "linear"


def round_edges(low: float, high: float, bins: int, *, log: bool = False, whole: bool = False) -> FloatArray:
    """Return rising edges that enclose [low, high], rounded so that a range query can be read.

    The edges are equally far apart but for their rounding, which moves an inner edge by less than a twentieth of a
    bin; the outer ones move outwards only. Equal values get one bin.

    Args:
        low: The least value.
        high: The greatest value.
        bins: How many bins, at most.
        log: Whether the bins have equal ratios; low must be positive then.
        whole: Whether the values are whole numbers, which bins then do not cut between.

    Returns:
        float64 ``(n + 1,)``, n ≥ 1.
    """
    if whole:
        low, high = math.floor(low), math.floor(high) + 1
        step = max(1, math.ceil((high - low) / bins))
        return np.arange(low, high + step, step, dtype=np.float64)[: math.ceil((high - low) / step) + 1]
    if high - low <= 1e-9 * max(abs(low), abs(high)):  # equal but for rounding
        return np.array([low, high])
    if log:
        return _round_ratios(low, high, bins)
    width = (high - low) / bins
    digits = 1 - math.floor(math.log10(width)) if width > 0 else 0
    edges = np.array([_round(float(edge), digits) for edge in np.linspace(low, high, bins + 1)])
    unit = 10.0**-digits
    if unit == 0:  # next to the least number there is
        return np.unique(np.linspace(low, high, bins + 1))
    edges[0] = min(low, _round(math.floor(low / unit) * unit, digits))
    edges[-1] = max(high, _round(math.ceil(high / unit) * unit, digits))
    return np.unique(edges)


def _round(number: float, digits: int) -> float:
    return round(number, digits) if abs(digits) < 300 else number


def _round_ratios(low: float, high: float, bins: int) -> FloatArray:
    edges = np.geomspace(low, high, bins + 1)
    rounded = np.array([float(f"{edge:.4g}") for edge in edges])
    rounded[0], rounded[-1] = min(low, _towards(low, -1)), max(high, _towards(high, 1))
    return np.unique(rounded)


def _towards(number: float, side: int) -> float:
    """Return the nearest number of four digits that is not greater, or not less."""
    unit = 10.0 ** (math.floor(math.log10(number)) - 3)
    if unit == 0 or not math.isfinite(unit):
        return number
    steps = math.floor(number / unit) if side < 0 else math.ceil(number / unit)
    return float(f"{steps * unit:.4g}")


def place(values: FloatArray, edges: FloatArray) -> NDArray[np.int64]:
    """Return the bin of each value: half-open ones, the last closed.

    Args:
        values: float64 ``(n,)``, none outside the edges.
        edges: float64 ``(m + 1,)``, rising.

    Returns:
        int64 ``(n,)`` of 0..m-1.
    """
    count = len(edges) - 1
    width = (edges[-1] - edges[0]) / count
    if count > 1 and np.allclose(np.diff(edges), width, rtol=0.2, atol=0.0):
        # a guess from the width, mended where the rounded edge lies on the other side: faster than a search
        guess: NDArray[np.int64] = np.clip(((values - edges[0]) / width).astype(np.int64), 0, count - 1)
        guess -= values < edges[guess]
        guess += (values >= edges[guess + 1]) & (guess < count - 1)
        return guess
    found: NDArray[np.int64] = np.clip(np.searchsorted(edges, values, side="right") - 1, 0, count - 1)
    return found


def count_values(values: FloatArray, edges: FloatArray) -> NDArray[np.int64]:
    """Return how many values fall into each bin: int64 ``(m,)``."""
    counts: NDArray[np.int64] = np.bincount(place(values, edges), minlength=len(edges) - 1)
    return counts
