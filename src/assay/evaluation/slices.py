"""Weak slices: ranges of one or two metrics, and classes, where errors are more frequent than elsewhere."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from itertools import combinations

import numpy as np
from numpy.typing import NDArray

from assay.evaluation.importance import equal_frequency_bins
from assay.evaluation.kernels import BoolArray, FloatArray, IndexArray, kernel
from assay.evaluation.statistics import Z95, reject_by_false_discovery_rate

FINE_BINS, COARSE_BINS = 8, 4  # of one metric, and of each of two
LEAST_SIZE = 30  # objects, inside and outside
FALSE_DISCOVERY_RATE = 0.05


@dataclass(frozen=True)
class Slice:
    """Objects whose metrics lie in ranges, or that are of one class.

    Attributes:
        ranges: Lowest and highest value, both inclusive, by metric; empty for a class.
        class_: The class, None for ranges.
        size: Objects inside.
        errors: Wrong ones among them.
        rate: Their share.
        rest_rate: Share of errors among all other objects.
        low, high: 95 % interval of ``rate - rest_rate``.
        excess: Lower bound of the errors beyond those at the overall rate: ``size · (1 - size / all) · low``. Slices are
            ranked by it; against the rate of the rest, neighbours without excess would cost a slice nothing.
        p_value: One-sided, of the two shares being equal.
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


@dataclass
class _Candidates:
    """Slices that are tested: what each is, its size and errors."""

    ranges: list[dict[str, tuple[float, float]]] = field(default_factory=list)
    classes: list[int | None] = field(default_factory=list)
    size: list[NDArray[np.int64]] = field(default_factory=list)
    errors: list[NDArray[np.int64]] = field(default_factory=list)

    def add(self, ranges: list[dict[str, tuple[float, float]]], classes: list[int | None],
            size: NDArray[np.int64], errors: NDArray[np.int64]) -> None:  # fmt: skip
        self.ranges += ranges
        self.classes += classes
        self.size.append(size)
        self.errors.append(errors)


def find_weak_slices(
    error: BoolArray,
    class_: IndexArray,
    metrics: Mapping[str, FloatArray],
    *,
    classes: int,
    limit: int = 20,
) -> list[Slice]:
    """Find slices of one side (predictions: FP; annotations: FN) with more errors than the rest, the worst first.

    Candidates: each class, every range of the octiles of each metric, every rectangle of the quartiles of each two
    metrics. All are tested together at a false discovery rate of 5 %. Of each metric and each two metrics only the
    worst slice is told, and of two metrics only if it has more excess errors than either metric's own.

    Args:
        error: bool ``(n,)``, of the objects that are judged.
        class_: int32 ``(n,)``.
        metrics: float64 ``(n,)`` by key, NaN for NULL, image metrics joined.
        classes: Number of classes.
        limit: How many to return at most.
    """
    if not error.any() or error.all():
        return []
    candidates = _Candidates()
    candidates.add(
        [{}] * classes,
        list(range(classes)),
        np.bincount(class_, minlength=classes),
        np.bincount(class_[error], minlength=classes),
    )
    fine = {key: _Binned.of(values, error, FINE_BINS) for key, values in metrics.items()}
    for key, binned in fine.items():
        spans = list(_spans(len(binned.low)))
        candidates.add(
            [{key: binned.range(*span)} for span in spans],
            [None] * len(spans),
            np.array([binned.size[a:b].sum() for a, b in spans], dtype=np.int64),
            np.array([binned.errors[a:b].sum() for a, b in spans], dtype=np.int64),
        )
    coarse = {key: _Binned.of(values, error, COARSE_BINS) for key, values in metrics.items()}
    for (first, one), (second, other) in combinations(coarse.items(), 2):
        _add_rectangles(candidates, (first, one), (second, other), error)
    return _judge(candidates, len(error), int(error.sum()))[:limit]


@dataclass(frozen=True)
class _Binned:
    """A metric in bins of about equal counts.

    Attributes:
        bins: int8 ``(n,)``, -1 for NULL.
        low, high: Lowest and highest value in each bin.
        size, errors: Objects and errors in each bin.
    """

    bins: NDArray[np.int8]
    low: FloatArray
    high: FloatArray
    size: NDArray[np.int64]
    errors: NDArray[np.int64]

    @classmethod
    def of(cls, values: FloatArray, error: BoolArray, count: int) -> _Binned:
        null = np.isnan(values)
        present = values[~null]
        bins = np.full(len(values), -1, dtype=np.int8)
        if len(present) == 0:
            return cls(bins, np.zeros(0), np.zeros(0), np.zeros(0, dtype=np.int64), np.zeros(0, dtype=np.int64))
        found, number = equal_frequency_bins(present, count)
        bins[~null] = found
        low, high = np.full(number, np.inf), np.full(number, -np.inf)
        np.minimum.at(low, found, present)
        np.maximum.at(high, found, present)
        return cls(
            bins, low, high, np.bincount(found, minlength=number), np.bincount(found[error[~null]], minlength=number)
        )

    def range(self, start: int, stop: int) -> tuple[float, float]:
        """Return lowest and highest value of the bins ``start`` to ``stop``."""
        return float(self.low[start]), float(self.high[stop - 1])


def _spans(count: int) -> Iterator[tuple[int, int]]:
    """Yield the runs of neighbouring bins, but not all bins at once."""
    for start in range(count):
        for stop in range(start + 1, count + 1):
            if stop - start < count:
                yield start, stop


def _add_rectangles(
    candidates: _Candidates, first: tuple[str, _Binned], second: tuple[str, _Binned], error: BoolArray
) -> None:
    (key, one), (other_key, other) = first, second
    rows, columns = list(_spans(len(one.low))), list(_spans(len(other.low)))
    if not rows or not columns:
        return
    size, errors = _count_grid(one.bins, other.bins, error, len(one.low), len(other.low))
    sums = []
    for grid in (size, errors):
        total = np.zeros((grid.shape[0] + 1, grid.shape[1] + 1), dtype=np.int64)
        total[1:, 1:] = grid.cumsum(axis=0).cumsum(axis=1)
        (a, b), (c, d) = np.array(rows).T, np.array(columns).T
        sums.append(total[b][:, d] - total[a][:, d] - total[b][:, c] + total[a][:, c])
    candidates.add(
        [{key: one.range(*row), other_key: other.range(*column)} for row in rows for column in columns],
        [None] * (len(rows) * len(columns)),
        sums[0].ravel(),
        sums[1].ravel(),
    )


@kernel
def _count_grid(
    one: NDArray[np.int8], other: NDArray[np.int8], error: BoolArray, rows: int, columns: int
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    size = np.zeros((rows, columns), dtype=np.int64)
    errors = np.zeros((rows, columns), dtype=np.int64)
    for i in range(len(one)):
        if one[i] >= 0 and other[i] >= 0:
            size[one[i], other[i]] += 1
            errors[one[i], other[i]] += error[i]
    return size, errors


def _judge(candidates: _Candidates, total: int, wrong: int) -> list[Slice]:
    """Test all candidates and return the significant ones that tell something new, the worst first."""
    size, errors = np.concatenate(candidates.size), np.concatenate(candidates.errors)
    tested = np.flatnonzero((size >= LEAST_SIZE) & (total - size >= LEAST_SIZE))
    size, errors = size[tested], errors[tested]
    rest, rest_errors = total - size, wrong - errors
    rate, rest_rate = errors / size, rest_errors / rest
    low, high = difference_interval(errors, size, rest_errors, rest)
    p_values = _one_sided_p_values(errors, size, rest_errors, rest)
    significant = reject_by_false_discovery_rate(p_values, FALSE_DISCOVERY_RATE) & (low > 0)
    excess = size * (1 - size / total) * low
    best: dict[tuple[str | int, ...], float] = {}
    found = []
    chosen = np.flatnonzero(significant)
    for i in chosen[np.argsort(-excess[chosen], kind="stable")].tolist():
        ranges, class_ = candidates.ranges[tested[i]], candidates.classes[tested[i]]
        name: tuple[str | int, ...] = tuple(ranges) if class_ is None else (class_,)
        # the worst comes first, so whatever is known of these metrics already has more excess errors
        if name in best or any((key,) in best for key in ranges):
            continue
        best[name] = float(excess[i])
        numbers = (rate[i], rest_rate[i], low[i], high[i], excess[i], p_values[i])
        found.append(Slice(ranges, class_, int(size[i]), int(errors[i]), *map(float, numbers)))
    return found


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


def _one_sided_p_values(
    hits: NDArray[np.int64], total: NDArray[np.int64], other_hits: NDArray[np.int64], other_total: NDArray[np.int64]
) -> FloatArray:
    """Return p-values of the pooled z-test that the first share is not the greater one."""
    pooled = (hits + other_hits) / (total + other_total)
    deviation = np.sqrt(pooled * (1 - pooled) * (1 / total + 1 / other_total))
    z = (hits / total - other_hits / other_total) / np.maximum(deviation, np.finfo(float).tiny)
    return _normal_tail(z)


def _normal_tail(z: FloatArray) -> FloatArray:
    """Return the upper tail of the standard normal distribution."""
    return np.array([0.5 * math.erfc(value / math.sqrt(2.0)) for value in z.tolist()])
