"""Of many weak slices the few that each tell something new, with bounds that people read."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from dataclasses import replace
from statistics import NormalDist

import numpy as np

from assay.arrays import BoolArray, FloatArray, IndexArray
from assay.evaluation.slices import COARSE_BINS, FINE_BINS, LEAST_SIZE, Slice
from assay.evaluation.statistics import ratio

MOST_SHOWN = 5
LEAST_NEW = 0.3
"""The least share of a slice's errors that no slice before it holds."""
LEAST_IMAGES = 10  # that a slice lies in, and the rest
INTERVAL_QUANTILE = 2.576
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
    slices: list[Slice],
    error: BoolArray,
    class_: IndexArray,
    image: IndexArray,
    metrics: Mapping[str, FloatArray],
    most: int = MOST_SHOWN,
) -> list[Slice]:
    """Choose slices greedily, the worst first, each with 30 % or more errors that none before it holds.

    Their bounds are rounded (:func:`round_ranges`) and their numbers are those of the rounded ranges. Of metrics that
    are correlated, one is chosen. Seeking what is new finds what is there by chance as well, so a slice has to be worse
    than the rest by a standard error over images, times the quantile that all slices of its kind together ask for
    (Bonferroni), and to lie in 10 images or more. Its interval is 2.58 standard errors to each side: chosen slices look
    worse than they are, and 1.96 held too few (``docs/decisions.md``).

    Args:
        slices: The worst first.
        error: bool ``(n,)``, as of :func:`assay.evaluation.slices.find_weak_slices`.
        class_: int32 ``(n,)``.
        image: int32 ``(n,)``: objects of an image are right or wrong together.
        metrics: float64 ``(n,)`` by key, NaN for NULL.
        most: How many are chosen at most.
    """
    alike = correlated_metrics(metrics)
    chosen: list[Slice] = []
    covered = np.zeros(len(error), dtype=np.bool_)
    for candidate in slices:
        if len(chosen) == most:
            break
        shown = {key for slice_ in chosen for key in slice_.ranges}
        if any(frozenset((key, other)) in alike for key in candidate.ranges for other in shown | {*candidate.ranges}):
            continue
        if not _tells_new(candidate.members(class_, metrics) & error, covered):
            continue  # before its bounds are rounded, which takes longer
        rounded = round_ranges(candidate, metrics)
        inside = rounded.members(class_, metrics)
        caught = inside & error
        if not _tells_new(caught, covered):
            continue
        slice_ = _measure(rounded, inside, error, image, _quantile(len(candidate.ranges), len(metrics), class_))
        if slice_ is not None:
            chosen.append(slice_)
            covered |= caught
    return chosen


def _tells_new(caught: BoolArray, covered: BoolArray) -> bool:
    """Tell whether enough of the errors that a slice holds, bool ``(n,)``, are in none before it."""
    return bool(np.count_nonzero(caught & ~covered) >= LEAST_NEW * np.count_nonzero(caught))


def _measure(slice_: Slice, inside: BoolArray, error: BoolArray, image: IndexArray, quantile: float) -> Slice | None:
    """Return a slice with the numbers of the objects inside, None where it is too small or not surely worse.

    Args:
        slice_: Its ranges.
        inside: bool ``(n,)``.
        error: bool ``(n,)``.
        image: int32 ``(n,)``.
        quantile: How many standard errors worse it is at least.
    """
    total, wrong = len(error), int(np.count_nonzero(error))
    size, errors = int(np.count_nonzero(inside)), int(np.count_nonzero(inside & error))
    rest, rest_errors = total - size, wrong - errors
    if min(size, rest) < LEAST_SIZE:
        return None
    sizes, faults = (_count_by_image(part, inside, image) for part in (np.ones_like(error), error))
    if (sizes > 0).sum(axis=1).min() < LEAST_IMAGES:
        return None
    difference, deviation = _difference(sizes, faults)
    if difference <= quantile * deviation:
        return None
    low, high = difference - INTERVAL_QUANTILE * deviation, difference + INTERVAL_QUANTILE * deviation
    return replace(
        slice_,
        size=size,
        errors=errors,
        rate=errors / size,
        rest_rate=rest_errors / rest,
        low=max(low, -1.0),
        high=min(high, 1.0),
        excess=size * (1 - size / total) * low,
    )


def _count_by_image(part: BoolArray, inside: BoolArray, image: IndexArray) -> FloatArray:
    """Return float64 ``(2, images)``: how many of some objects lie inside and outside in each image that has any."""
    occurs = np.bincount(image) > 0
    counts = [np.bincount(image[part & side], minlength=len(occurs))[occurs] for side in (inside, ~inside)]
    return np.stack(counts).astype(np.float64)


def _difference(sizes: FloatArray, faults: FloatArray) -> tuple[float, float]:
    """Return the difference of two shares of errors and its standard error.

    A hit and a miss are added to each (Agresti and Caffo 2000). The error is that of leaving out one image after
    another (jackknife), but at least that of independent objects.

    Args:
        sizes: float64 ``(2, images)``, objects inside and outside.
        faults: float64 ``(2, images)``, errors among them.
    """
    images = sizes.shape[1]
    without = (faults.sum(axis=1, keepdims=True) - faults + 1) / (sizes.sum(axis=1, keepdims=True) - sizes + 2)
    jackknife = (images - 1) * float(np.var(without[0] - without[1]))
    total = sizes.sum(axis=1) + 2
    share = (faults.sum(axis=1) + 1) / total
    independent = float((share * (1 - share) / total).sum())
    return float(share[0] - share[1]), math.sqrt(max(jackknife, independent))


def _quantile(ranges: int, metrics: int, class_: IndexArray) -> float:
    """Return by how many standard errors one of all slices of a kind exceeds 0 by chance in 2.5 % of all cases.

    Args:
        ranges: How many a slice of the kind has; a class has none.
        metrics: How many there are.
        class_: int32 ``(n,)``.
    """
    tried = (
        len(np.unique(class_)),
        metrics * _count_spans(FINE_BINS),
        math.comb(metrics, 2) * _count_spans(COARSE_BINS) ** 2,
    )[ranges]
    return NormalDist().inv_cdf(1 - 0.025 / max(1, tried))


def _count_spans(bins: int) -> int:
    """Return how many runs of neighbouring bins there are, without all at once."""
    return bins * (bins + 1) // 2 - 1


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
