"""The outliers of a result: by metric, and how many distinct items they are."""

from __future__ import annotations

from dataclasses import asdict, dataclass

import numpy as np
from numpy.typing import NDArray

from assay.metrics.definition import Metric
from assay.metrics.outliers import OutlierLimits
from assay.project.store import Store
from assay.project.values import read_statistics
from assay.project.vocabulary import Severity
from assay.query.compose import moderate, narrow, severe
from assay.query.fields import Scope
from assay.query.outlier_order import PREFIX, score_worst
from assay.query.results import ResultSets

_WORST = 8
_SEVERITIES = tuple(Severity)


@dataclass(frozen=True)
class WorstItem:
    """An outlier and its value."""

    row: int
    value: float
    severity: Severity


@dataclass(frozen=True)
class MetricOutliers:
    """The outliers of one metric.

    Attributes:
        metric: The declaration.
        severe, moderate: How many items; the severe ones are not among the moderate ones.
        severe_query, moderate_query: What finds them.
        sort: The order that has the worst first.
        worst: The most severe ones.
    """

    metric: Metric
    severe: int
    severe_query: str
    moderate: int
    moderate_query: str
    sort: str
    worst: list[WorstItem]


@dataclass(frozen=True)
class Outliers:
    """The outliers of all metrics, the metrics with most severe ones first, and the distinct items."""

    metrics: list[MetricOutliers]
    severe: int
    severe_query: str
    moderate: int
    moderate_query: str


def worst_first(metric: Metric) -> str:
    """Return the sort key that has a metric's suspicious values first."""
    if metric.suspicious == "both":
        return f"{PREFIX}{metric.key}"
    return metric.key if metric.suspicious == "low" else f"-{metric.key}"


def find_outliers(store: Store, results: ResultSets, scope: Scope, query: str, metrics: list[Metric]) -> Outliers:
    """Count the outliers among a result's items; the limits are those of the whole project.

    Args:
        store: The project.
        results: Result sets and columns.
        scope: What the items are.
        query: Which items are looked at.
        metrics: The project's metrics of this scope, in order.
    """
    rows = results.get(store, scope, query)
    statistics = read_statistics(store, scope)
    worst = np.zeros(len(rows), dtype=np.int8)
    found = []
    for metric in metrics:
        if metric.key not in statistics:
            continue
        limits = OutlierLimits(**statistics[metric.key]["limits"])
        if not limits.any_side:
            continue
        values = results.columns.numbers(store, scope, metric.key)[rows]
        severity = limits.classify(values)
        np.maximum(worst, severity, out=worst)
        counts = np.bincount(severity, minlength=3)
        if counts[1] or counts[2]:
            found.append(
                MetricOutliers(
                    metric,
                    int(counts[2]),
                    narrow(query, severe(metric.key)),
                    int(counts[1]),
                    narrow(query, *moderate(metric.key)),
                    worst_first(metric),
                    _pick_worst(limits, rows, values, severity),
                )
            )
    totals = np.bincount(worst, minlength=3)
    return Outliers(
        sorted(found, key=lambda each: (-each.severe, -each.moderate)),
        int(totals[2]),
        narrow(query, severe("any")),
        int(totals[1]),
        narrow(query, *moderate("any")),
    )


def _pick_worst(
    limits: OutlierLimits, rows: NDArray[np.int32], values: NDArray[np.float64], severity: NDArray[np.int8]
) -> list[WorstItem]:
    """Return the outliers that lie farthest beyond the limits."""
    among = np.flatnonzero(severity)
    score = score_worst(values[among], asdict(limits))
    chosen = among[np.lexsort((rows[among], -score))][:_WORST]
    return [WorstItem(int(rows[at]), float(values[at]), _SEVERITIES[severity[at]]) for at in chosen]
