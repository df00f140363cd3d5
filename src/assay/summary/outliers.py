"""The outliers of a result: by metric, and how many distinct items they are."""

from __future__ import annotations

from dataclasses import asdict, dataclass

import numpy as np
from numpy.typing import NDArray

from assay.metrics.definition import Group, Metric
from assay.metrics.outliers import OutlierLimits
from assay.project.details import find_partners
from assay.project.store import Store
from assay.project.values import read_statistics
from assay.project.vocabulary import Severity
from assay.query.compose import moderate, narrow, outlier, severe
from assay.query.fields import Scope
from assay.query.outlier_order import PREFIX, score_outliers
from assay.query.results import ResultSets

_WORST = 8
_LOOKED_AT = 4 * _WORST  # of which some may be the other half of a pair
_TITLES: dict[Scope, dict[Group, str]] = {
    "annotation": {
        "label_errors": "Likely label errors",
        "unusual": "Unusual objects",
        "colours_and_sizes": "Colours and sizes",
    },
    "image": {
        "label_errors": "Likely errors in the data",
        "unusual": "Unusual images",
        "colours_and_sizes": "Colours and sizes",
    },
}
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
        query: What finds both.
        sort: The order that has the worst first.
        worst: The most severe ones, of a pair one.
        reach: How far the worst lies beyond the limits, see :func:`assay.query.outlier_order.score_outliers`.
    """

    metric: Metric
    severe: int
    severe_query: str
    moderate: int
    moderate_query: str
    query: str
    sort: str
    worst: list[WorstItem]
    reach: float


@dataclass(frozen=True)
class OutlierGroup:
    """Metrics whose outliers point at the same thing.

    Attributes:
        key, title: What that is.
        metrics: Those with outliers, first those whose worst lie farthest beyond their limits.
        none: Those that were looked at and have none; a metric without limits, or without values, is not among them.
    """

    key: Group
    title: str
    metrics: list[MetricOutliers]
    none: list[Metric]


@dataclass(frozen=True)
class Outliers:
    """The outliers of all metrics, the metrics with most severe ones first, and the distinct items.

    Attributes:
        metrics: Those with outliers.
        groups: The same by what they point at, likely label errors first; groups that nothing was looked at for are
            left out.
        severe, moderate: Distinct items.
        severe_query, moderate_query: What finds them.
    """

    metrics: list[MetricOutliers]
    groups: list[OutlierGroup]
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
    found: list[MetricOutliers] = []
    none: list[Metric] = []
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
        if not (counts[1] or counts[2]):
            if not np.isnan(values).all():
                none.append(metric)
        else:
            worst_items, reach = _pick_worst(store, metric, limits, rows, values, severity)
            found.append(
                MetricOutliers(
                    metric,
                    int(counts[2]),
                    narrow(query, severe(metric.key)),
                    int(counts[1]),
                    narrow(query, *moderate(metric.key)),
                    narrow(query, outlier(metric.key)),
                    worst_first(metric),
                    worst_items,
                    reach,
                )
            )
    totals = np.bincount(worst, minlength=3)
    return Outliers(
        sorted(found, key=lambda each: (-each.severe, -each.moderate)),
        _group(scope, found, none),
        int(totals[2]),
        narrow(query, severe("any")),
        int(totals[1]),
        narrow(query, *moderate("any")),
    )


def _group(scope: Scope, found: list[MetricOutliers], none: list[Metric]) -> list[OutlierGroup]:
    groups = []
    for key, title in _TITLES[scope].items():
        within = sorted((each for each in found if each.metric.group == key), key=lambda each: -each.reach)
        without = [metric for metric in none if metric.group == key]
        if within or without:
            groups.append(OutlierGroup(key, title, within, without))
    return groups


def _pick_worst(
    store: Store,
    metric: Metric,
    limits: OutlierLimits,
    rows: NDArray[np.int32],
    values: NDArray[np.float64],
    severity: NDArray[np.int8],
) -> tuple[list[WorstItem], float]:
    """Return the outliers that lie farthest beyond the limits, of a pair the one that is listed first; how far."""
    among = np.flatnonzero(severity)
    score = score_outliers(values[among], asdict(limits))
    order = np.lexsort((rows[among], -score))
    first = among[order[:_LOOKED_AT]]
    partners = {} if "annotation" not in metric.scopes else find_partners(store, rows[first], metric.key)
    chosen: list[WorstItem] = []
    shown: set[int] = set()
    for at in first:
        row = int(rows[at])
        if partners.get(row) not in shown and len(chosen) < _WORST:
            chosen.append(WorstItem(row, float(values[at]), _SEVERITIES[severity[at]]))
            shown.add(row)
    return chosen, float(score[order[0]])
