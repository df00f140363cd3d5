"""Metrics: the catalogue with this project's statistics, and histograms."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import Annotated, Any

import numpy as np
import orjson
from fastapi import Query, Request
from fastapi.concurrency import run_in_threadpool

from assay.api.app import App
from assay.api.depends import Actor, TheApp, TheStore, check_metric
from assay.api.evaluated_items import find_evaluated
from assay.api.routers import api_router
from assay.api.schemas.base import ItemCount
from assay.api.schemas.jobs import JobInfo
from assay.api.schemas.metrics import (
    AddMetrics,
    Histogram,
    HistogramBin,
    MetricQueries,
    MetricSummary,
    OutlierLimits,
    RunMetrics,
)
from assay.api.schemas.requests import HistogramQuery, MetricsQuery
from assay.api.transfer import decode_columns
from assay.api.turns import PAGE_TURN
from assay.errors import InputError, NotFoundError
from assay.jobs.catalogue import Catalogue
from assay.jobs.engine.aggregate import describe
from assay.jobs.engine.custom import add_metrics, remove_metric, store_column
from assay.jobs.engine.prediction_pixels import check_keys
from assay.jobs.records import Job
from assay.metrics.acquisition import ACQUISITION
from assay.metrics.definition import Metric
from assay.metrics.outcome_counts import OUTCOME_COUNTS
from assay.metrics.outliers import OutlierLimits as MetricLimits
from assay.metrics.outliers import summarise
from assay.metrics.score import IOU
from assay.project.overview import count_items
from assay.project.predictions import get_set
from assay.project.store import Store
from assay.project.values import read_statistics, stored_keys
from assay.project.vocabulary import OutcomeCountKey
from assay.query.compose import absent, moderate, narrow, present, severe
from assay.query.fields import SCOPES, Scope
from assay.query.joins import QueryScope
from assay.query.outcomes import EvaluatedItems
from assay.summary.bins import Scale, suiting_scale
from assay.summary.histogram import spread, statistics_of

router = api_router("metrics")


@router.get("/projects/{project}/metrics")
def list_metrics(asked: Annotated[MetricsQuery, Query()], store: TheStore, app: TheApp) -> list[MetricSummary]:
    """Return the measured metrics of one scope or all, in the catalogue's order, then those that the user has added.

    With a query, the numbers are those of the items that it finds; the limits stay those of the whole project. Metrics
    of predictions, and what the set or its evaluation tells of images (acquisition functions, numbers of errors), are
    those of the set that is named, and have no limits.
    """
    scope, query = asked.scope, asked.query
    catalogue = Catalogue(store)
    evaluated = find_evaluated(store, app, asked, scope or "image")
    if scope == "prediction" and evaluated is not None:
        return _of_set(store, app, scope, query, _stored_of_predictions(store, catalogue), evaluated)
    found = [summary for one in SCOPES if scope in (None, one) for summary in _summaries(store, catalogue, one, None)]
    if query.strip():
        found = [_filtered(store, app, catalogue, summary, query, evaluated) for summary in found]
    if evaluated is None or scope == "annotation":
        return found
    return found + _of_set(store, app, "image", query, _of_images(evaluated), evaluated)


@router.get("/projects/{project}/metrics/{key}")
def get_project_metric(
    key: str, asked: Annotated[MetricsQuery, Query()], store: TheStore, app: TheApp
) -> MetricSummary:
    """Return one metric with its statistics, of a query's items where there is one.

    The scope may be left out where the key tells it. Beside a prediction set the metrics of its predictions, and its
    acquisition functions, are known as well.
    """
    scope, query = asked.scope, asked.query
    catalogue = Catalogue(store)
    evaluated = find_evaluated(store, app, asked, scope or "image")
    of_set = None if evaluated is None else _find_of_set(store, catalogue, scope or "image", key, evaluated)
    if of_set is not None and evaluated is not None:
        return _of_set(store, app, scope or "image", query, [of_set], evaluated)[0]
    metric = catalogue.get(key)
    chosen: QueryScope = scope or ("image" if "image" in metric.scopes else "annotation")
    check_metric(store, key, chosen)
    found = [] if chosen == "prediction" else _summaries(store, catalogue, chosen, key)
    if not found:
        raise _not_computed(store, chosen, key)
    return _filtered(store, app, catalogue, found[0], query, evaluated) if query.strip() else found[0]


def _find_of_set(
    store: Store, catalogue: Catalogue, scope: QueryScope, key: str, evaluated: EvaluatedItems
) -> Metric | None:
    """Return the metric of a key that belongs to a prediction set."""
    if scope == "prediction":
        known = _stored_of_predictions(store, catalogue)
    else:
        known = _of_images(evaluated) if scope == "image" else []
    return next((metric for metric in known if metric.key == key), None)


def _of_images(evaluated: EvaluatedItems) -> list[Metric]:
    """Return the metrics of images that a set or its evaluation has."""
    return [metric for metric in (*OUTCOME_COUNTS, *ACQUISITION) if metric.key in evaluated.image_metrics]


@router.post("/projects/{project}/metrics/run", status_code=202)
def run_metrics(project: str, request: RunMetrics, store: TheStore, app: TheApp, actor: Actor = "unknown") -> JobInfo:
    """Compute metrics wherever they are missing or out of date, as a job."""
    catalogue = Catalogue(store)
    keys = None if request.metrics is None else sorted({catalogue.find(name).key for name in request.metrics})
    params: dict[str, Any] = {"keys": keys, "again": request.again, "workers": request.workers}
    if request.predictions is not None:
        check_keys(catalogue, request.metrics or [])
        params["predictions"] = get_set(store, request.predictions).name
    title = f"Measuring {project}"
    return JobInfo.model_validate(app.jobs.start(store, Job("metrics", title, project, params, actor)).describe())


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
        count = count_items(store, scope)
        for metric in chosen:
            if metric.key in missing and metric.key in catalogue.custom:
                statistics[metric.key] = describe(summarise(metric, np.full(count, np.nan)))
    return [
        _summary(m, scope, statistics[m.key], catalogue, computed=m.key not in missing)
        for m in chosen
        if m.key in statistics
    ]


_NO_LIMITS = MetricLimits(None, None, None, None, inclusive=False)


def _of_set(
    store: Store, app: App, scope: QueryScope, query: str, metrics: list[Metric], evaluated: EvaluatedItems
) -> list[MetricSummary]:
    """Return metrics that belong to a prediction set, over the items that a query finds; they have no limits."""

    def measure(metric: Metric) -> dict[str, object]:
        return describe(statistics_of(store, app.results, scope, query, metric.key, _NO_LIMITS, evaluated))

    catalogue = Catalogue(store)
    found = []
    for metric in metrics:
        question = ("statistics", scope, query, metric.key, evaluated.key)
        numbers = app.memo.get(store, question, partial(measure, metric))
        summary = _summary(metric, scope, numbers, catalogue, computed=True)
        found.append(summary.model_copy(update={"queries": _queries(metric.key, query)}))
    return found


def _stored_of_predictions(store: Store, catalogue: Catalogue) -> list[Metric]:
    """Return the metrics that predictions have, the overlap with an annotation first."""
    with store.read() as cursor:
        stored = stored_keys(cursor, "prediction")
    return [IOU, *(m for m in catalogue.all() if "prediction" in m.scopes and m.key in stored)]


def _filtered(
    store: Store,
    app: App,
    catalogue: Catalogue,
    summary: MetricSummary,
    query: str,
    evaluated: EvaluatedItems | None = None,
) -> MetricSummary:
    """Return a metric's summary over the items of a query."""
    if not summary.computed:
        return summary
    metric, scope = catalogue.get(summary.key), summary.scope
    limits = MetricLimits(**summary.limits.model_dump())
    numbers = app.memo.get(
        store,
        ("statistics", scope, query, summary.key, None if evaluated is None else evaluated.key),
        lambda: describe(statistics_of(store, app.results, scope, query, metric.key, limits, evaluated)),
    )
    changes = {key: value for key, value in numbers.items() if key != "limits"}
    return summary.model_copy(update=changes | {"queries": _queries(metric.key, query)})


def _queries(key: str, query: str) -> MetricQueries:
    return MetricQueries(
        count=narrow(query, present(key)),
        nulls=narrow(query, absent(key)),
        moderate=narrow(query, *moderate(key)),
        severe=narrow(query, severe(key)),
    )


def _scale(metric: Metric, statistics: dict[str, object]) -> Scale:
    least, median, greatest = (statistics[name] for name in ("min", "median", "max"))
    return suiting_scale(metric.kind, _number(least), _number(median), _number(greatest))


def _number(value: object) -> float | None:
    return value if isinstance(value, int | float) else None


def _summary(
    metric: Metric, scope: QueryScope, statistics: dict[str, object], catalogue: Catalogue, *, computed: bool
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
            "scopes": list(metric.scopes),
            "explains": metric.explains,
            "pairs": metric.pairs,
            "group": metric.group,
            "summary": metric.summary,
            "description": metric.description,
            "queries": _queries(metric.key, ""),
            "computed": computed,
            "custom": custom is not None,
            "source": None if custom is None else custom.path or custom.module,
            "problem": catalogue.problems.get(metric.key),
            **statistics,
            "limits": OutlierLimits.model_validate(statistics["limits"]),
            "scale": _scale(metric, statistics),
        }
    )


@router.get("/projects/{project}/metrics/{key}/histogram", dependencies=[PAGE_TURN])
def get_histogram(key: str, asked: Annotated[HistogramQuery, Query()], store: TheStore, app: TheApp) -> Histogram:
    """Count a metric's values in bins of equal width, of equal ratio on a logarithmic scale.

    The edges are round numbers and those of the whole project, so that results under different filters compare. In
    annotation scope the metric may be one of images.
    """
    scope, query, bins, scale = asked.scope, asked.query, asked.bins, asked.scale
    evaluated = find_evaluated(store, app, asked, scope)
    whole = is_whole(store, key, scope)
    question = ("histogram", scope, query, key, bins, scale, None if evaluated is None else evaluated.key)
    found = app.memo.get(
        store,
        question,
        lambda: spread(
            store, app.results, scope, query, key, bins=bins, log=scale == "log", whole=whole, evaluated=evaluated
        ),
    )
    return Histogram(
        key=key,
        scope=scope,
        query=query,
        scale=scale,
        bins=[HistogramBin(low=b.low, high=b.high, count=b.count, query=b.query) for b in found.bins],
        nulls=ItemCount(scope=scope, count=found.nulls, query=found.nulls_query),
        below=ItemCount(scope=scope, count=found.below, query=found.below_query),
    )


def is_whole(store: Store, key: str, scope: QueryScope) -> bool:
    """Return whether a numeric field's values are whole numbers.

    Raises:
        NotFoundError: it is a metric that has not been computed.
        QueryError: there is no such field, or it is no number.
    """
    metric = Catalogue(store).try_get(key)
    if metric is None:
        return key in tuple(OutcomeCountKey)
    level: QueryScope = "image" if "image" in metric.scopes else scope
    if level != "image":
        check_metric(store, key, scope)
    with store.read() as cursor:
        if key not in stored_keys(cursor, level):
            raise _not_computed(store, level, key)
    return metric.kind == "count"


def _not_computed(store: Store, scope: QueryScope, key: str) -> NotFoundError:
    known = "" if scope == "prediction" else ", ".join(read_statistics(store, scope))
    return NotFoundError(
        "The metric has not been computed.",
        item=key,
        expected=known or "a project with metrics",
        actual="no values",
        hint=f"Compute it with: assay metric run {key}",
    )
