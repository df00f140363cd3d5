"""Metrics: the catalogue with this project's statistics, and histograms."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import orjson
from fastapi import APIRouter, Query, Request
from fastapi.concurrency import run_in_threadpool

from assay.api.depends import Actor, TheDoor, TheStore, check_metric
from assay.api.schemas.jobs import JobInfo
from assay.api.schemas.metrics import (
    AddMetrics,
    Histogram,
    HistogramBin,
    MetricSummary,
    OutlierLimits,
    RunMetrics,
)
from assay.api.transfer import decode_columns
from assay.errors import InputError, NotFoundError
from assay.jobs.catalogue import Catalogue
from assay.jobs.engine.custom import add_metrics, remove_metric, store_column
from assay.jobs.engine.whole import describe
from assay.jobs.manager import Job
from assay.metrics.definition import Metric
from assay.metrics.outliers import summarise
from assay.project.store import Store
from assay.project.values import read_statistics, read_values, stored_keys
from assay.query.fields import Scope

router = APIRouter(tags=["metrics"])


@router.get("/projects/{project}/metrics")
def list_metrics(store: TheStore, scope: Scope | None = None) -> list[MetricSummary]:
    """Return the measured metrics of one scope or all, in the catalogue's order, then those that the user has added."""
    catalogue = Catalogue(store)
    scopes: tuple[Scope, ...] = ("image", "annotation")
    return [summary for one in scopes if scope in (None, one) for summary in _summaries(store, catalogue, one, None)]


@router.get("/projects/{project}/metrics/{key}")
def get_project_metric(key: str, store: TheStore, scope: Scope | None = None) -> MetricSummary:
    """Return one metric with its statistics; the scope may be left out where the key tells it."""
    catalogue = Catalogue(store)
    metric = catalogue.get(key)
    chosen: Scope = scope or ("image" if "image" in metric.scopes else "annotation")
    check_metric(store, key, chosen)
    found = _summaries(store, catalogue, chosen, key)
    if not found:
        raise _not_computed(store, chosen, key)
    return found[0]


@router.post("/projects/{project}/metrics/run", status_code=202)
def run_metrics(project: str, request: RunMetrics, store: TheStore, door: TheDoor, actor: Actor = "unknown") -> JobInfo:
    """Compute metrics wherever they are missing or out of date, as a job."""
    catalogue = Catalogue(store)
    keys = None if request.metrics is None else sorted({catalogue.find(name).key for name in request.metrics})
    params = {"keys": keys, "again": request.again, "workers": request.workers}
    title = f"Measuring {project}"
    return JobInfo.model_validate(door.jobs.submit(Job("metrics", title, project, params, actor)).describe())


@router.post("/projects/{project}/metrics/custom", status_code=201)
def add_custom_metrics(request: AddMetrics, store: TheStore, actor: Actor = "unknown") -> list[MetricSummary]:
    """Add the metrics that a Python file defines to the project; a run computes them."""
    added = add_metrics(store, Path(request.path), actor)
    catalogue = Catalogue(store)
    return [_summaries(store, catalogue, custom.scope, custom.key)[0] for custom in added]


@router.delete("/projects/{project}/metrics/custom/{key}", status_code=204)
def remove_custom_metric(key: str, store: TheStore, actor: Actor = "unknown") -> None:
    """Take a metric that the user has added out of the project, with its values."""
    remove_metric(store, key, actor)


@router.put("/projects/{project}/metrics/custom/{key}/values")
async def upload_values(key: str, store: TheStore, request: Request, actor: Actor = "unknown") -> MetricSummary:
    """Store a column that was computed elsewhere, a notebook for instance, as a metric.

    The body is as of ``/columns``: ``row`` and ``value``, and the metric's declaration as one text.
    """
    body = await request.body()
    return await run_in_threadpool(_store_column, store, key, body, actor)


def _store_column(store: Store, key: str, body: bytes, actor: str) -> MetricSummary:
    try:
        columns = decode_columns(body)
        declaration = orjson.loads(columns["declaration"][0])
        rows, values = columns["row"], columns["value"]
    except Exception as error:
        raise InputError(
            "The uploaded column cannot be read.",
            item=key,
            expected="columns row, value and declaration",
            actual=str(error),
        ) from error
    custom = store_column(store, key, declaration, rows, values, actor)
    return _summaries(store, Catalogue(store), custom.scope, custom.key)[0]


def _summaries(store: Store, catalogue: Catalogue, scope: Scope, key: str | None) -> list[MetricSummary]:
    """Return what is known of a scope's measured metrics and those that the user has added, or of one of them."""
    statistics = read_statistics(store, scope)
    chosen = [m for m in catalogue.all() if scope in m.scopes and key in (None, m.key)]
    missing = {m.key for m in chosen if m.key not in statistics}
    if missing & set(catalogue.custom):
        with store.read() as cursor:
            [(count,)] = cursor.execute(f"SELECT count(*) FROM {scope}").fetchall()
        for metric in chosen:
            if metric.key in missing and metric.key in catalogue.custom:
                statistics[metric.key] = describe(summarise(metric, np.full(count, np.nan)))
    return [
        _summary(m, scope, statistics[m.key], catalogue, computed=m.key not in missing)
        for m in chosen
        if m.key in statistics
    ]


def _summary(
    metric: Metric, scope: Scope, statistics: dict[str, object], catalogue: Catalogue, *, computed: bool
) -> MetricSummary:
    custom = catalogue.custom.get(metric.key)
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
            "computed": computed,
            "custom": custom is not None,
            "source": None if custom is None else custom.path or custom.module,
            "problem": catalogue.problems.get(metric.key),
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
    check_metric(store, key, scope)
    rows = door.results.get(store, scope, query, None)
    with store.read() as cursor:
        if key not in stored_keys(cursor, scope):
            raise _not_computed(store, scope, key)
        values = read_values(cursor, scope, key, rows)
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


def _not_computed(store: Store, scope: Scope, key: str) -> NotFoundError:
    return NotFoundError(
        "The metric has not been computed.",
        item=key,
        expected=", ".join(read_statistics(store, scope)) or "a project with metrics",
        actual="no values",
        hint=f"Compute it with: assay metric run {key}",
    )
