"""How the values of one metric are spread, and the metric's numbers over a filtered result."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from assay.metrics.outliers import MetricStatistics, OutlierLimits, summarise_within
from assay.project.store import Store
from assay.query.compose import absent, compare, interval, narrow
from assay.query.fields import Scope
from assay.query.results import ResultSets
from assay.summary.bins import FloatArray, count_values, round_edges


@dataclass(frozen=True)
class Bin:
    """Half-open [low, high), the last one closed; ``query`` finds its items."""

    low: float
    high: float
    count: int
    query: str


@dataclass(frozen=True)
class Spread:
    """A histogram; ``nulls`` have no value, ``below`` none that a logarithmic scale has a place for."""

    bins: list[Bin]
    nulls: int
    nulls_query: str
    below: int
    below_query: str


def values_of(store: Store, results: ResultSets, scope: Scope, query: str, key: str) -> FloatArray:
    """Return the values of a result's items: float64 ``(n,)``, NaN for NULL."""
    return results.columns.numbers(store, scope, key)[results.get(store, scope, query)]


def spread(
    store: Store,
    results: ResultSets,
    scope: Scope,
    query: str,
    key: str,
    *,
    bins: int,
    log: bool,
    whole: bool,
) -> Spread:
    """Count the values of a result in bins whose edges the whole project's values give, so that filters compare.

    Args:
        store: The project.
        results: Result sets and columns.
        scope: What the items are.
        query: Which items are counted.
        key: The metric, or another numeric field.
        bins: How many bins, at most.
        log: Whether the bins have equal ratios.
        whole: Whether the values are whole numbers.
    """
    values = values_of(store, results, scope, query, key)
    nulls = np.isnan(values)
    everything = results.columns.numbers(store, scope, key)
    usable = everything[everything > 0] if log else everything[~np.isnan(everything)]
    below = values <= 0 if log else np.zeros(len(values), dtype=np.bool_)
    made: list[Bin] = []
    if len(usable):
        edges = round_edges(float(usable.min()), float(usable.max()), bins, log=log, whole=whole and not log)
        counts = count_values(values[~nulls & ~below], edges)
        last = len(counts) - 1
        made = [
            Bin(
                float(edges[at]),
                float(edges[at + 1]),
                int(count),
                narrow(query, interval(key, float(edges[at]), float(edges[at + 1]), closed=at == last)),
            )
            for at, count in enumerate(counts)
        ]
    return Spread(
        made,
        int(nulls.sum()),
        narrow(query, absent(key)),
        int(below.sum()),
        narrow(query, compare(key, "<=", 0), *(() if log else (absent(key),))),  # nothing lies below a linear scale
    )


def statistics_of(
    store: Store, results: ResultSets, scope: Scope, query: str, key: str, limits: OutlierLimits
) -> MetricStatistics:
    """Return a metric's statistics over a result; the limits stay those of the whole project."""
    return summarise_within(values_of(store, results, scope, query, key), limits)
