"""Weak slices: ranges of one or two metrics, and classes, where errors are more frequent than elsewhere."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import chain, combinations

import numpy as np
from numpy.typing import NDArray

from assay.arrays import BoolArray, FloatArray, IndexArray
from assay.evaluation.importance import equal_frequency_bins
from assay.evaluation.kernels import kernel, run_in_threads, split_evenly
from assay.evaluation.statistics import Z95, reject_by_false_discovery_rate

FINE_BINS, COARSE_BINS = 8, 4  # of one metric, and of each of two
LEAST_SIZE = 30  # objects, inside and outside
FALSE_DISCOVERY_RATE = 0.05
LEAST_GAIN = 1.25
"""How many times the excess errors of one metric's range those of a rectangle have to be."""
MOST_CONSIDERED = 200


@dataclass(frozen=True)
class Slice:
    """Objects whose metrics lie in ranges, or that are of one class.

    Attributes:
        ranges: Half-open, by metric, -inf and inf where they have no end; empty for a class.
        class_: The class, None for ranges.
        size: Objects inside.
        errors: Wrong ones among them.
        rate: Their share.
        rest_rate: Share of errors among all other objects.
        low, high: Interval of ``rate - rest_rate``: of a range that was not chosen by its errors it would hold 95 %.
        excess: Lower bound of the errors beyond those at the overall rate: ``size · (1 - size / all) · low``. Slices
            are ranked by it; against the rate of the rest, neighbours without excess would cost a slice nothing.
        p_value: One-sided, of the two shares being equal, times the number of ranges among which this was the worst.
    """

    ranges: dict[str, tuple[float, float]]
    class_: int | None
    size: int
    errors: int
    rate: float
    rest_rate: float
    low: float
    high: float
    excess: float
    p_value: float

    @property
    def effect(self) -> float:
        """How much higher the share of errors is than elsewhere."""
        return self.rate - self.rest_rate

    def members(self, class_: IndexArray, metrics: Mapping[str, FloatArray]) -> BoolArray:
        """Return bool ``(n,)``: which objects lie inside.

        Args:
            class_: int32 ``(n,)``.
            metrics: float64 ``(n,)`` by key, NaN for NULL, which lies in no range.
        """
        inside = np.ones(len(class_), dtype=np.bool_) if self.class_ is None else class_ == self.class_
        for key, (low, high) in self.ranges.items():
            inside = inside & (metrics[key] >= low) & (metrics[key] < high)
        return inside


@dataclass(frozen=True)
class _Candidates:
    """Slices of the same metrics, ``m`` of them, of which the worst is a representative.

    Attributes:
        keys: The metrics.
        ranges: For each slice the range of each metric.
        class_: The class, None for ranges.
        size, errors: int64 ``(m,)``.
    """

    keys: tuple[str, ...]
    ranges: list[tuple[tuple[float, float], ...]]
    class_: int | None
    size: NDArray[np.int64]
    errors: NDArray[np.int64]


def find_weak_slices(
    error: BoolArray,
    class_: IndexArray,
    metrics: Mapping[str, FloatArray],
    *,
    classes: int,
    limit: int = MOST_CONSIDERED,
) -> list[Slice]:
    """Find slices of one side (predictions: FP; annotations: FN) with more errors than the rest, the worst first.

    Candidates: each class, every range of the octiles of each metric, every rectangle of the quartiles of each two
    metrics. Each metric and each two metrics are represented by their worst range, its p-value multiplied by the
    number of ranges (Bonferroni). A rectangle is considered only if it has 1.25 times the excess errors of either
    metric's own range. All that are considered are tested together at a false discovery rate of 5 %.

    Args:
        error: bool ``(n,)``, of the objects that are evaluated.
        class_: int32 ``(n,)``.
        metrics: float64 ``(n,)`` by key, NaN for NULL, image metrics joined.
        classes: Number of classes.
        limit: How many to return at most.
    """
    if not error.any() or error.all():
        return []
    total, wrong = len(error), int(error.sum())
    candidates = chain(
        _class_candidates(error, class_, classes),
        _range_candidates(error, metrics),
        _rectangle_candidates(error, metrics),
    )
    worst = _without_weaker_rectangles(
        [slice_ for each in candidates if (slice_ := _worst(each, total, wrong)) is not None]
    )
    significant = reject_by_false_discovery_rate(np.array([s.p_value for s in worst]), FALSE_DISCOVERY_RATE)
    return [slice_ for slice_, told in zip(worst, significant, strict=True) if told and slice_.low > 0][:limit]


def _class_candidates(error: BoolArray, class_: IndexArray, classes: int) -> Iterator[_Candidates]:
    size, errors = np.bincount(class_, minlength=classes), np.bincount(class_[error], minlength=classes)
    for k in range(classes):
        yield _Candidates((), [()], k, size[k : k + 1], errors[k : k + 1])


def _range_candidates(error: BoolArray, metrics: Mapping[str, FloatArray]) -> Iterator[_Candidates]:
    for key, values in metrics.items():
        binned = _Binned.of(values, error, FINE_BINS)
        spans = list(_spans(len(binned.low)))
        yield _Candidates(
            (key,),
            [(binned.range(*span),) for span in spans],
            None,
            np.array([binned.size[start:stop].sum() for start, stop in spans], dtype=np.int64),
            np.array([binned.errors[start:stop].sum() for start, stop in spans], dtype=np.int64),
        )


def _rectangle_candidates(error: BoolArray, metrics: Mapping[str, FloatArray]) -> Iterator[_Candidates]:
    coarse = {key: _Binned.of(values, error, COARSE_BINS) for key, values in metrics.items()}
    pairs = list(combinations(coarse, 2))
    numbers = list(coarse.values())
    which = np.array(list(combinations(range(len(numbers)), 2)), dtype=np.int32).reshape(-1, 2)
    bins = np.stack([binned.bins for binned in numbers]) if numbers else np.zeros((0, len(error)), dtype=np.int8)

    def count(share: tuple[int, int]) -> NDArray[np.int64]:
        return _count_grids(bins, error, which[slice(*share)], COARSE_BINS)

    grids = np.concatenate(run_in_threads(count, split_evenly(len(pairs), 8)))
    sums = np.zeros((2, len(pairs), COARSE_BINS + 1, COARSE_BINS + 1), dtype=np.int64)
    sums[:, :, 1:, 1:] = grids.transpose(3, 0, 1, 2).cumsum(axis=2).cumsum(axis=3)
    for (first, second), total in zip(pairs, sums.transpose(1, 0, 2, 3), strict=True):
        one, other = coarse[first], coarse[second]
        rows, columns = list(_spans(len(one.low))), list(_spans(len(other.low)))
        if not rows or not columns:
            continue
        (a, b), (c, d) = np.array(rows).T, np.array(columns).T
        size, errors = ((grid[b][:, d] - grid[a][:, d] - grid[b][:, c] + grid[a][:, c]).ravel() for grid in total)
        sides = [other.range(*column) for column in columns]
        yield _Candidates(
            (first, second), [(one.range(*row), side) for row in rows for side in sides], None, size, errors
        )


@dataclass(frozen=True)
class _Binned:
    """A metric in bins of about equal counts.

    Attributes:
        bins: int8 ``(n,)``, -1 for NULL.
        low: Lowest value in each bin.
        size, errors: Objects and errors in each bin.
    """

    bins: NDArray[np.int8]
    low: FloatArray
    size: NDArray[np.int64]
    errors: NDArray[np.int64]

    @classmethod
    def of(cls, values: FloatArray, error: BoolArray, count: int) -> _Binned:
        found, number = equal_frequency_bins(values, count)
        null = np.isnan(values)
        bins = np.where(null, -1, found).astype(np.int8)
        return cls(bins, *_summarise_bins(values, bins, error, number - int(null.any())))

    def range(self, start: int, stop: int) -> tuple[float, float]:
        """Return the half-open range of the bins ``start`` to ``stop``."""
        low = float(self.low[start]) if start else -math.inf
        return low, float(self.low[stop]) if stop < len(self.low) else math.inf


def _spans(count: int) -> Iterator[tuple[int, int]]:
    """Yield the runs of neighbouring bins, but not all bins at once."""
    for start in range(count):
        for stop in range(start + 1, count + 1):
            if stop - start < count:
                yield start, stop


@kernel
def _count_grids(bins: NDArray[np.int8], error: BoolArray, pairs: IndexArray, size: int) -> NDArray[np.int64]:
    """Return int64 ``(pairs, size, size, 2)``: objects and errors by the bins of two metrics."""
    grids = np.zeros((len(pairs), size, size, 2), dtype=np.int64)
    for pair in range(len(pairs)):
        one, other = bins[pairs[pair, 0]], bins[pairs[pair, 1]]
        # a row and a column of their own take the NULLs: one increment an object and no branch
        cells = np.zeros((size + 1, size + 1, 2), dtype=np.int64)
        for i in range(len(error)):
            cells[one[i] + 1, other[i] + 1, np.int64(error[i])] += 1
        grids[pair, :, :, 0] = cells[1:, 1:, 0] + cells[1:, 1:, 1]
        grids[pair, :, :, 1] = cells[1:, 1:, 1]
    return grids


@kernel
def _summarise_bins(
    values: FloatArray, bins: NDArray[np.int8], error: BoolArray, count: int
) -> tuple[FloatArray, NDArray[np.int64], NDArray[np.int64]]:
    """Return lowest value, objects and errors of each bin."""
    low = np.full(count, np.inf)
    size, errors = np.zeros(count, dtype=np.int64), np.zeros(count, dtype=np.int64)
    for i in range(len(values)):
        found = bins[i]
        if found >= 0:
            low[found] = min(low[found], values[i])
            size[found] += 1
            errors[found] += error[i]
    return low, size, errors


def _worst(candidates: _Candidates, total: int, wrong: int) -> Slice | None:
    """Return the slice with the most excess errors, None where all are too small or too large."""
    tested = np.flatnonzero((candidates.size >= LEAST_SIZE) & (total - candidates.size >= LEAST_SIZE))
    if len(tested) == 0:
        return None
    size, errors = candidates.size[tested], candidates.errors[tested]
    rest, rest_errors = total - size, wrong - errors
    low, high = difference_interval(errors, size, rest_errors, rest)
    excess = size * (1 - size / total) * low
    i = int(np.argmax(excess))
    p_value = _one_sided_p_value(int(errors[i]), int(size[i]), int(rest_errors[i]), int(rest[i]))
    return Slice(
        ranges=dict(zip(candidates.keys, candidates.ranges[tested[i]], strict=True)),
        class_=candidates.class_,
        size=int(size[i]),
        errors=int(errors[i]),
        rate=float(errors[i] / size[i]),
        rest_rate=float(rest_errors[i] / rest[i]),
        low=float(low[i]),
        high=float(high[i]),
        excess=float(excess[i]),
        p_value=min(1.0, p_value * len(tested)),
    )


def _without_weaker_rectangles(slices: list[Slice]) -> list[Slice]:
    """Return slices, the worst first, without rectangles that come after the range of one of their metrics.

    The excess of a rectangle counts 1 / 1.25, as one condition is easier to read and to act on than two.
    """
    kept: list[Slice] = []
    known: set[str] = set()
    for slice_ in sorted(slices, key=lambda each: -each.excess / (LEAST_GAIN if len(each.ranges) > 1 else 1)):
        if len(slice_.ranges) < 2 or known.isdisjoint(slice_.ranges):
            kept.append(slice_)
        if len(slice_.ranges) == 1:
            known.update(slice_.ranges)
    return kept


def difference_interval(
    hits: NDArray[np.int64], total: NDArray[np.int64], other_hits: NDArray[np.int64], other_total: NDArray[np.int64]
) -> tuple[FloatArray, FloatArray]:
    """Return the 95 % interval of the difference of two shares (Agresti and Caffo 2000).

    One hit and one miss are added to each.

    Args:
        hits: int64, any shape, as all.
        total: int64.
        other_hits: int64.
        other_total: int64.
    """
    n, m = total + 2.0, other_total + 2.0
    p, q = (hits + 1.0) / n, (other_hits + 1.0) / m
    half = Z95 * np.sqrt(p * (1 - p) / n + q * (1 - q) / m)
    return p - q - half, p - q + half


def _one_sided_p_value(hits: int, total: int, other_hits: int, other_total: int) -> float:
    """Return the p-value of the pooled z-test that the first share is not the greater one."""
    pooled = (hits + other_hits) / (total + other_total)
    deviation = math.sqrt(pooled * (1 - pooled) * (1 / total + 1 / other_total))
    return 0.5 * math.erfc((hits / total - other_hits / other_total) / deviation / math.sqrt(2.0))
