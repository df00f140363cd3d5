"""Results as a whole: outliers, distributions, two metrics against each other, label statistics."""

from __future__ import annotations

from dataclasses import asdict
from typing import Annotated, Literal

from fastapi import Query

from assay.api.classes import UNKNOWN_COLOR, read_classes
from assay.api.depends import TheApp, TheStore
from assay.api.evaluated_items import find_evaluated
from assay.api.routers import api_router
from assay.api.routes.metrics import is_whole
from assay.api.schemas.base import CountOf, ItemCount, QueryParam
from assay.api.schemas.requests import DistributionQuery
from assay.api.schemas.summary import (
    AnnotatorLabels,
    ClassLabels,
    ClassName,
    CoOccurrence,
    CoOccurrenceCell,
    Density,
    DensityAxis,
    DensityCell,
    DensityTrend,
    Distribution,
    DistributionValue,
    ImageSizeCount,
    LabelStatistics,
    Property,
    SplitLabels,
    Summary,
)
from assay.api.summaries import summarise
from assay.api.turns import SUMMARY_TURN
from assay.jobs.catalogue import Catalogue
from assay.project.store import Store
from assay.project.tags import list_tags
from assay.query.fields import Scope
from assay.summary.bins import Scale
from assay.summary.density import Axis, measure_density
from assay.summary.distribution import list_properties, measure_distribution
from assay.summary.labels import Count, measure_labels

router = api_router("summary", [SUMMARY_TURN])


@router.get("/projects/{project}/summary")
def get_summary(store: TheStore, app: TheApp, scope: Scope, query: QueryParam = "") -> Summary:
    """Return the numbers of a result, and its outliers by metric, the metric with most severe ones first."""
    return summarise(store, app, scope, query)


@router.get("/projects/{project}/properties")
def get_properties(store: TheStore, app: TheApp, scope: Scope) -> list[Property]:
    """Return the properties that have values here."""
    found = app.memo.get(store, ("properties", scope), lambda: list_properties(store, scope))
    return [Property(property=each.key, title=each.title, values=each.values) for each in found]


@router.get("/projects/{project}/distribution")
def get_distribution(asked: Annotated[DistributionQuery, Query()], store: TheStore, app: TheApp) -> Distribution:
    """Count a result's items by the value of a property, the most frequent value first."""
    scope, query, key, limit = asked.scope, asked.query, asked.property, asked.limit
    evaluated = find_evaluated(store, app, asked, scope)
    found = app.memo.get(
        store,
        ("distribution", scope, query, key, limit, None if evaluated is None else evaluated.key),
        lambda: measure_distribution(store, app.results, scope, query, key, limit, evaluated),
    )
    colors: dict[str, str] = {}
    if key == "class":
        colors = {each.name: each.color for each in reversed(read_classes(store))}
    elif key == "tag":
        colors = {tag.name: tag.color for tag in list_tags(store)}
    values = [
        DistributionValue(
            label=value.label,
            count=value.count,
            share=value.count / max(found.items, 1),
            query=value.query,
            color=colors.get(value.label),
            rare=value.rare,
        )
        for value in found.values
    ]
    return Distribution(
        scope=scope,
        query=query,
        property=key,
        items=found.items,
        values=values,
        other=found.other,
        none=ItemCount(scope=scope, count=found.none, query=found.none_query),
    )


@router.get("/projects/{project}/density")
def get_density(
    store: TheStore,
    app: TheApp,
    scope: Scope,
    x: str = Query(max_length=200),
    y: str = Query(max_length=200),
    query: QueryParam = "",
    bins: int = Query(40, ge=1, le=200),
    x_scale: Literal["linear", "log"] = "linear",
    y_scale: Literal["linear", "log"] = "linear",
) -> Density:
    """Count a result's items in a grid over two numeric fields, with the trend line of all points."""
    axes = [_axis(store, scope, x, x_scale), _axis(store, scope, y, y_scale)]
    found = app.memo.get(
        store,
        ("density", scope, query, *axes, bins),
        lambda: measure_density(store, app.results, scope, query, axes[0], axes[1], bins),
    )
    catalogue = Catalogue(store)

    def show(axis: Axis, edges: list[float]) -> DensityAxis:
        metric = catalogue.try_get(axis.key)
        return DensityAxis(
            key=axis.key,
            title=metric.title if metric else axis.key,
            unit=metric.unit if metric else "",
            kind=metric.kind if metric else "signed",
            scale=axis.scale,
            edges=edges,
        )

    return Density(
        scope=scope,
        query=query,
        x=show(axes[0], found.x_edges.tolist()),
        y=show(axes[1], found.y_edges.tolist()),
        cells=[DensityCell(x=cell.x, y=cell.y, count=cell.count, query=cell.query) for cell in found.cells],
        none=CountOf(scope=scope, count=found.none, query=found.none_query),
        trend=DensityTrend(**asdict(found.trend)) if found.trend else None,
    )


def _axis(store: Store, scope: Scope, key: str, scale: Scale) -> Axis:
    return Axis(key, scale, is_whole(store, key, scope))


@router.get("/projects/{project}/labels")
def get_labels(store: TheStore, app: TheApp, query: QueryParam = "") -> LabelStatistics:
    """Return the statistics of a result's annotations as labels."""
    found = app.memo.get(store, ("labels", query), lambda: measure_labels(store, app.results, query))
    colors = {each.row: each.color for each in read_classes(store)}

    def count(of: Count) -> CountOf:
        return CountOf(count=of.count, scope=of.scope, query=of.query)

    return LabelStatistics(
        scope="annotation",
        query=query,
        classes=[
            ClassLabels(
                class_row=each.row,
                name=each.name,
                color=colors.get(each.row, UNKNOWN_COLOR),
                annotations=count(each.annotations),
                images=count(each.images) if each.images else None,
                share=each.share,
                median_area=each.median_area,
                mean_area=each.mean_area,
                rare=each.rare,
            )
            for each in found.classes
        ],
        cooccurrence=CoOccurrence(
            classes=[
                ClassName(class_row=each.row, name=each.name, color=colors.get(each.row, UNKNOWN_COLOR))
                for each in found.frequent
            ],
            cells=[CoOccurrenceCell(a=each.a, b=each.b, **count(each.images).model_dump()) for each in found.together],
        ),
        annotators=[
            AnnotatorLabels(
                name=each.name or "",
                annotations=count(each.annotations),
                share=each.share,
                classes=each.classes,
                means=each.means,
            )
            for each in found.annotators
        ],
        splits=[
            SplitLabels(
                name=each.name,
                images=count(each.images) if each.images else None,
                annotations=count(each.annotations),
                share=each.share,
                classes=each.classes,
                means=each.means,
            )
            for each in found.splits
        ],
        image_sizes=[
            ImageSizeCount(width=each.width, height=each.height, share=each.share, **count(each.images).model_dump())
            for each in found.sizes
        ],
        other_sizes=found.other_sizes,
    )
