"""How the values of one metric are spread, and the metric's numbers over a filtered result."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from assay.arrays import FloatArray
from assay.metrics.outliers import MetricStatistics, OutlierLimits, summarise_within
from assay.project.store import Store
from assay.query.columns import extent_of
from assay.query.compose import absent, compare, interval, narrow
from assay.query.joins import QueryScope
from assay.query.outcomes import EvaluatedItems
from assay.query.results import ResultSets
from assay.summary.bins import count_values, round_edges


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


def values_of(
    store: Store, results: ResultSets, scope: QueryScope, query: str, key: str, evaluated: EvaluatedItems | None = None
) -> FloatArray:
    """Return the values of a result's items: float64 ``(n,)``, NaN for NULL."""
    values = results.numbers(store, scope, key, evaluated)
    return values[results.get(store, scope, query, evaluated=evaluated)]


def _extent(
    store: Store, results: ResultSets, scope: QueryScope, key: str, evaluated: EvaluatedItems | None
) -> tuple[float, float, float]:
    """Return the least, the least positive and the greatest value of the whole project; IoUs lie in 0..1."""
    if key == "iou" and evaluated is not None:
        positive = evaluated.predictions.iou[evaluated.predictions.iou > 0]
        return 0.0, float(positive.min(initial=1.0)), 1.0
    if evaluated is not None and key in evaluated.image_metrics:
        least, least_positive, greatest = extent_of(evaluated.image_metrics[key]).tolist()
        return least, least_positive, greatest
    least, least_positive, greatest = results.columns.extent(store, scope, key).tolist()
    return least, least_positive, greatest


def spread(
    store: Store,
    results: ResultSets,
    scope: QueryScope,
    query: str,
    key: str,
    *,
    bins: int,
    log: bool,
    whole: bool,
    evaluated: EvaluatedItems | None = None,
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
        evaluated: The evaluation that items are evaluated by, or None.
    """
    values = values_of(store, results, scope, query, key, evaluated)
    least, least_positive, greatest = _extent(store, results, scope, key, evaluated)
    low = least_positive if log else least
    present = values[~np.isnan(values)]
    nulls = len(values) - len(present)
    inside = present[present > 0] if log else present
    made: list[Bin] = []
    if not np.isnan(low):
        edges = round_edges(low, greatest, bins, log=log, whole=whole and not log)
        counts = count_values(inside, edges)
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
        nulls,
        narrow(query, absent(key)),
        len(present) - len(inside),
        narrow(query, compare(key, "<=", 0), *(() if log else (absent(key),))),  # nothing lies below a linear scale
    )


def statistics_of(
    store: Store,
    results: ResultSets,
    scope: QueryScope,
    query: str,
    key: str,
    limits: OutlierLimits,
    evaluated: EvaluatedItems | None = None,
) -> MetricStatistics:
    """Return a metric's statistics over a result; the limits stay those of the whole project."""
    return summarise_within(values_of(store, results, scope, query, key, evaluated), limits)
