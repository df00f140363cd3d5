"""Metrics: the catalogue with this project's statistics, and histograms."""

from __future__ import annotations

import numpy as np
from fastapi import APIRouter, Query

from assay.api.depends import TheDoor, TheStore, check_metric
from assay.api.schemas.metrics import Histogram, HistogramBin, MetricSummary, OutlierLimits
from assay.errors import NotFoundError
from assay.metrics.definition import Metric
from assay.metrics.registry import all_metrics, get_metric
from assay.project.store import Store, quote
from assay.project.values import metric_table, read_statistics
from assay.query.fields import Scope

router = APIRouter(tags=["metrics"])


@router.get("/projects/{project}/metrics")
def list_metrics(store: TheStore, scope: Scope | None = None) -> list[MetricSummary]:
    """Return the measured metrics of one scope or all, in the catalogue's order."""
    found = []
    scopes: tuple[Scope, ...] = ("image", "annotation")
    for one in scopes:
        if scope in (None, one):
            statistics = read_statistics(store, one)
            found += [
                _summary(m, one, statistics[m.key]) for m in all_metrics() if one in m.scopes and m.key in statistics
            ]
    return found


@router.get("/projects/{project}/metrics/{key}")
def get_project_metric(key: str, store: TheStore, scope: Scope | None = None) -> MetricSummary:
    """Return one metric with its statistics; the scope may be left out where the key tells it."""
    metric = get_metric(key)
    chosen: Scope = scope or ("image" if "image" in metric.scopes else "annotation")
    check_metric(key, chosen)
    statistics = read_statistics(store, chosen)
    if key not in statistics:
        raise _not_computed(store, chosen, key)
    return _summary(metric, chosen, statistics[key])


def _not_computed(store: Store, scope: Scope, key: str) -> NotFoundError:
    return NotFoundError(
        "The metric has not been computed.",
        item=key,
        expected=", ".join(read_statistics(store, scope)) or "a project with metrics",
        actual="no values",
    )


def _summary(metric: Metric, scope: Scope, statistics: dict[str, object]) -> MetricSummary:
    return MetricSummary.model_validate(
        {
            "key": metric.key,
            "title": metric.title,
            "scope": scope,
            "kind": metric.kind,
            "unit": metric.unit,
            "suspicious": metric.suspicious,
            "needs": metric.needs,
            "summary": metric.summary,
            "description": metric.description,
            **statistics,
            "limits": OutlierLimits.model_validate(statistics["limits"]),
        }
    )


@router.get("/projects/{project}/metrics/{key}/histogram")
def get_histogram(
    key: str,
    store: TheStore,
    door: TheDoor,
    scope: Scope,
    query: str = Query("", max_length=10_000),
    bins: int = Query(50, ge=1, le=1_000),
    scale: str = Query("linear", pattern="^(linear|log)$"),
) -> Histogram:
    """Count a metric's values in bins of equal width, of equal ratio on a logarithmic scale."""
    check_metric(key, scope)
    rows = door.results.get(store, scope, query, None)
    if key not in read_statistics(store, scope):
        raise _not_computed(store, scope, key)
    values = _read_values(store, scope, key)[rows]
    present = values[~np.isnan(values)]
    below = int((present <= 0).sum()) if scale == "log" else 0
    if scale == "log":
        present = present[present > 0]
    made: list[HistogramBin] = []
    if len(present):
        edges = _edges(float(present.min()), float(present.max()), bins, log=scale == "log")
        counts = np.bincount(
            np.clip(np.searchsorted(edges, present, side="right") - 1, 0, len(edges) - 2),
            minlength=len(edges) - 1,
        )
        made = [
            HistogramBin(low=float(low), high=float(high), count=int(count))
            for low, high, count in zip(edges[:-1], edges[1:], counts, strict=True)
        ]
    return Histogram(
        key=key,
        scope=scope,
        scale="log" if scale == "log" else "linear",
        bins=made,
        nulls=int(np.isnan(values).sum()),
        below=below,
    )


def _edges(low: float, high: float, bins: int, *, log: bool) -> np.ndarray[tuple[int], np.dtype[np.float64]]:
    """Return strictly rising bin edges; one bin where all values are equal."""
    if low == high:
        return np.array([low, high])
    edges = np.geomspace(low, high, bins + 1) if log else np.linspace(low, high, bins + 1)
    edges[0], edges[-1] = low, high
    return np.unique(edges)


def _read_values(store: Store, scope: Scope, key: str) -> np.ndarray[tuple[int], np.dtype[np.float64]]:
    """Return a value for each row of the scope, NaN for items that came after the last measurement."""
    with store.read() as cursor:
        found = cursor.execute(
            f"SELECT m.{quote(key)} AS value FROM {scope} i LEFT JOIN {metric_table(scope)} m USING (row) ORDER BY row"
        ).fetchnumpy()
    return np.ma.filled(np.ma.asarray(found["value"], dtype=np.float64), np.nan)
