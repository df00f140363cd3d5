"""Of many weak slices the few that each tell something new, with bounds that people read."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from dataclasses import replace

import numpy as np

from assay.arrays import BoolArray, FloatArray, IndexArray
from assay.evaluation.slices import LEAST_SIZE, Slice
from assay.evaluation.statistics import ratio

MOST_SHOWN = 5
LEAST_NEW = 0.3
"""The least share of a slice's errors that no slice before it holds."""
LEAST_CORRELATION = 0.7
"""From which absolute correlation of ranks on two metrics tell the same."""
SAMPLE = 20_000  # objects whose ranks are correlated
MOST_DIGITS = 3
MOST_MOVED = 0.02
"""How much of a slice a bound may move in or out for the sake of fewer digits."""
_LEAST_MAGNITUDE = 1e-3
"""Of a bound, in shares of the metric's great values: what is smaller is rounded as this is, which makes noise 0."""
_NOISE = 1e-9
"""Differences of values below this, or below this share of the great ones, come from arithmetic."""


def cover_errors(
    slices: list[Slice], error: BoolArray, class_: IndexArray, metrics: Mapping[str, FloatArray], most: int = MOST_SHOWN
) -> list[Slice]:
    """Choose slices greedily, the worst first, each with 30 % or more errors that none before it holds.

    Their bounds are rounded (:func:`round_ranges`) and their numbers are those of the rounded ranges; what is not weak
    any more is left out. Of metrics that are correlated, one is chosen.

    Args:
        slices: The worst first.
        error: bool ``(n,)``, as of :func:`assay.evaluation.slices.find_weak_slices`.
        class_: int32 ``(n,)``.
        metrics: float64 ``(n,)`` by key, NaN for NULL.
        most: How many are chosen at most.
    """
    alike = correlated_metrics(metrics)
    chosen: list[Slice] = []
    covered = np.zeros(len(error), dtype=np.bool_)
    wrong = int(np.count_nonzero(error))
    for candidate in slices:
        if len(chosen) == most:
            break
        shown = {key for slice_ in chosen for key in slice_.ranges}
        if any(frozenset((key, other)) in alike for key in candidate.ranges for other in shown | {*candidate.ranges}):
            continue
        slice_ = round_ranges(candidate, metrics)
        inside = slice_.members(class_, metrics)
        size, caught = int(np.count_nonzero(inside)), inside & error
        if not LEAST_SIZE <= size <= len(error) - LEAST_SIZE:
            continue
        slice_ = slice_.counted(size, int(np.count_nonzero(caught)), len(error), wrong)
        if slice_.low > 0 and np.count_nonzero(caught & ~covered) >= LEAST_NEW * slice_.errors:
            chosen.append(slice_)
            covered |= caught
    return chosen


def correlated_metrics(metrics: Mapping[str, FloatArray]) -> set[frozenset[str]]:
    """Return the pairs of metrics whose ranks are correlated by .7 or more (Spearman); a NULL has the middle rank.

    Args:
        metrics: float64 ``(n,)`` by key, NaN for NULL. Of many objects 20,000 are looked at.
    """
    if not metrics:
        return set()
    keys = list(metrics)
    step = max(1, len(metrics[keys[0]]) // SAMPLE)
    ranks = np.stack([_centred_ranks(values[::step]) for values in metrics.values()])
    scale = np.sqrt((ranks**2).sum(axis=1))
    correlation = np.abs(ratio(ranks @ ranks.T, np.outer(scale, scale)))
    pairs = np.argwhere(np.triu(correlation >= LEAST_CORRELATION, k=1))
    return {frozenset((keys[i], keys[j])) for i, j in pairs}


def _centred_ranks(values: FloatArray) -> FloatArray:
    """Return float64 ``(n,)``: ranks about their mean, equal values with the mean of theirs, NaNs with 0."""
    ranks = np.zeros(len(values))
    present = ~np.isnan(values)
    _, place, count = np.unique(values[present], return_inverse=True, return_counts=True)
    mean_rank = count.cumsum() - count / 2
    ranks[present] = mean_rank[place] - present.sum() / 2
    return ranks


def round_ranges(slice_: Slice, metrics: Mapping[str, FloatArray]) -> Slice:
    """Return a slice with bounds of three significant digits or fewer; its numbers are those of before.

    A bound has the fewest digits with which 2 % of the slice or less come in or go out, three where none do. It has
    more only where the values' quartiles differ by so little that three digits would not tell them apart.

    Args:
        slice_: Of ranges or of a class.
        metrics: float64 ``(n,)`` by key, NaN for NULL.
    """
    moved = MOST_MOVED * slice_.size
    return replace(
        slice_,
        ranges={
            key: (_round_bound(low, metrics[key], moved), _round_bound(high, metrics[key], moved))
            for key, (low, high) in slice_.ranges.items()
        },
    )


def _round_bound(bound: float, values: FloatArray, moved: float) -> float:
    """Return a round number near a bound, with at most so many values between them where one has few enough digits."""
    if math.isinf(bound):
        return bound

    def between(rounded: float) -> int:
        low, high = sorted((bound, rounded))
        return int(np.count_nonzero((values >= low) & (values < high)))

    nearest = bound
    for decimals in _decimals(bound, values):
        scale = 10.0**decimals
        sides = (round(side(bound * scale) / scale, decimals) for side in (math.floor, math.ceil))
        nearest = min(sides, key=lambda rounded: (between(rounded), abs(rounded - bound)))
        if between(nearest) <= moved:
            break
    return nearest


def _decimals(bound: float, values: FloatArray) -> Iterator[int]:
    """Yield to how many decimals a bound is rounded, negative for tens and hundreds, the coarsest first."""
    present = values[~np.isnan(values)]
    great = float(np.quantile(np.abs(present), 0.9))
    magnitude = math.floor(math.log10(max(abs(bound), _LEAST_MAGNITUDE * great, _NOISE)))
    finest = MOST_DIGITS - 1 - magnitude
    q1, q3 = np.quantile(present, [0.25, 0.75]).tolist()
    if q3 - q1 > _NOISE * max(great, 1.0):
        finest = max(finest, 1 - math.floor(math.log10(q3 - q1)))
    yield from range(-magnitude, finest + 1)
