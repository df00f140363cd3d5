"""The summary of a result, and its making ahead of the first question."""

from __future__ import annotations

import logging
import threading

import duckdb
import numpy as np

from assay.api.app import App
from assay.api.schemas.base import CountOf
from assay.api.schemas.summary import CheckedMetric, MetricOutliers, OutlierGroup, Summary, WorstItem
from assay.errors import AssayError
from assay.jobs.catalogue import Catalogue
from assay.project.overview import count_items, count_used_classes
from assay.project.store import Store
from assay.query.compose import narrow, present
from assay.query.fields import SCOPES, Scope, fields_of
from assay.query.tree import Not
from assay.summary.distribution import measure_distribution
from assay.summary.outliers import find_outliers, worst_first

logger = logging.getLogger(__name__)
_PATIENCE_S = 2.0  # so that the first page does not wait for a processor


def warm_up(store: Store, app: App) -> None:
    """Make the summaries of a project that has just been opened, and compile what evaluates, after a moment."""
    if app.is_served and app.mark_seen(store):
        timer = threading.Timer(_PATIENCE_S, _warm_up, (store, app))
        timer.daemon = True
        timer.start()


def _warm_up(store: Store, app: App) -> None:
    try:
        for scope in reversed(SCOPES):
            summarise(store, app, scope, "")
        if store.manifest.prediction_sets:
            from assay.evaluation.warmup import warm_up as warm_up_kernels  # noqa: PLC0415 - loads numba

            warm_up_kernels()
    except (AssayError, duckdb.Error) as error:  # closed or deleted meanwhile: who asks will be told
        logger.info("%s: not summarised ahead: %s", store.directory.name, error)


def summarise(store: Store, app: App, scope: Scope, query: str) -> Summary:
    """Return the numbers of a result and its outliers; remembered until the data changes.

    Raises:
        QueryError: the query cannot be understood.
    """
    return app.memo.get(store, ("summary", scope, query), lambda: _make(store, app, scope, query), tags="tag" in query)


def _make(store: Store, app: App, scope: Scope, query: str) -> Summary:
    rows = app.results.get(store, scope, query)
    metrics = [metric for metric in Catalogue(store).all() if scope in metric.scopes]
    found = find_outliers(store, app.results, scope, query, metrics)
    images = app.results.columns.image_of(store) if scope == "annotation" else None
    everything = not query.strip()
    of_images = everything or scope == "image"

    def count(scope_: Scope, number: int, text: str) -> CountOf:
        return CountOf(scope=scope_, count=number, query=text)

    classes = count_used_classes(store) if everything else _count_classes(store, app, scope, query)
    annotations = len(rows) if scope == "annotation" else count_items(store, "annotation")
    without = narrow(query if scope == "image" else "", Not(present("shape")))
    sized = rows if scope == "image" else app.results.get(store, "image", "")
    return Summary(
        scope=scope,
        query=query,
        items=count(scope, len(rows), query),
        severe=count(scope, found.severe, found.severe_query),
        moderate=count(scope, found.moderate, found.moderate_query),
        severe_sum=sum(each.severe for each in found.metrics),
        moderate_sum=sum(each.moderate for each in found.metrics),
        images=count("image", len(sized), query if scope == "image" else "") if of_images else None,
        annotations=count("annotation", annotations, query) if everything or scope == "annotation" else None,
        classes=classes,
        without_annotations=count("image", len(app.results.get(store, "image", without)), without)
        if of_images
        else None,
        median_width=_median(store, app, "width", sized),
        median_height=_median(store, app, "height", sized),
        metrics=[
            MetricOutliers(
                key=each.metric.key,
                title=each.metric.title,
                scope=scope,
                severe=count(scope, each.severe, each.severe_query),
                moderate=count(scope, each.moderate, each.moderate_query),
                outliers=count(scope, each.severe + each.moderate, each.query),
                sort=each.sort,
                reach=each.reach,
                worst=[
                    WorstItem(
                        row=item.row,
                        image_row=item.row if images is None else int(images[item.row]),
                        value=item.value,
                        severity=item.severity,
                    )
                    for item in each.worst
                ],
            )
            for each in found.metrics
        ],
        groups=[
            OutlierGroup(
                key=group.key,
                title=group.title,
                metrics=[each.metric.key for each in group.metrics],
                none=[
                    CheckedMetric(key=metric.key, title=metric.title, sort=worst_first(metric)) for metric in group.none
                ],
            )
            for group in found.groups
        ],
    )


def _count_classes(store: Store, app: App, scope: Scope, query: str) -> int:
    spread = measure_distribution(store, app.results, scope, query, "class", 0)
    return len(spread.values) + spread.other


def _median(store: Store, app: App, key: str, images: np.ndarray[tuple[int], np.dtype[np.int32]]) -> float | None:
    if key not in fields_of(store, "image").metrics("image") or not len(images):
        return None
    values = app.results.columns.numbers(store, "image", key)[images]
    return None if np.isnan(values).all() else float(np.nanmedian(values))
