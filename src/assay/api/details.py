"""Everything known of one item: values with percentiles, evidence, tags, free fields."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

import numpy as np
import orjson

from assay.api.evaluated_items import read_outcomes, side_of
from assay.api.schemas.base import ItemScope, Scope
from assay.api.schemas.items import AnnotationDetail, EvidenceOut, ImageDetail, MetricValue, PredictionDetail, Side
from assay.api.shapes import read_shapes
from assay.jobs.catalogue import Catalogue
from assay.metrics.definition import Metric
from assay.metrics.explain import explain
from assay.metrics.family import Cause
from assay.metrics.outliers import OutlierLimits
from assay.project.details import (
    EvidenceRecord,
    find_annotation,
    find_evidence,
    find_image,
    find_prediction,
    rank_values,
    same_pixels,
)
from assay.project.geometry import SHAPE_NAMES
from assay.project.store import Store
from assay.project.values import read_statistics, stored_keys
from assay.project.vocabulary import Severity, status_of
from assay.query.fields import fields_of
from assay.query.outcomes import EvaluatedItems

_SEVERITY = tuple(Severity)


def severity_of(limits: dict[str, Any] | None, values: list[float | None]) -> list[str]:
    """Return ``none``, ``moderate`` or ``severe`` for each value, by a metric's stored limits."""
    if limits is None:
        return ["none"] * len(values)
    numbers = np.array([np.nan if v is None else v for v in values], dtype=np.float64)
    return [_SEVERITY[code] for code in OutlierLimits(**limits).classify(numbers)]


def read_metric_values(store: Store, scope: Scope, row: int) -> list[MetricValue]:
    """Return all metrics of one item with its percentile rank in each: equal values count half."""
    statistics = read_statistics(store, scope)
    measured = {key for key, numbers in statistics.items() if numbers["count"]}  # of what no item has, none is told
    known = [m for m in Catalogue(store).all() if scope in m.scopes and m.key in measured]
    return _tell_values(store, scope, row, known)


def _tell_values(
    store: Store, scope: ItemScope, row: int, known: list[Metric], prediction_set: int | None = None
) -> list[MetricValue]:
    limits = {} if scope == "prediction" else fields_of(store, scope).limits(scope)
    ranks = rank_values(store, scope, row, [metric.key for metric in known], prediction_set)
    return [
        MetricValue.model_validate(
            {
                "key": metric.key,
                "title": metric.title,
                "scope": scope,
                "unit": metric.unit,
                "kind": metric.kind,
                "value": rank.value,
                "percentile": rank.percentile,
                "severity": severity_of(limits.get(metric.key), [rank.value])[0],
                "explains": metric.explains,
            }
        )
        for metric, rank in zip(known, ranks, strict=bool(ranks))
    ]


def read_image(store: Store, row: int, evaluated: EvaluatedItems | None = None) -> ImageDetail:
    """Return everything known of an image, under an evaluation with the predictions for it.

    Raises:
        NotFoundError: there is no such row.
    """
    image = find_image(store, row)
    metrics = read_metric_values(store, "image", row)
    return ImageDetail(
        row=row,
        id=image.id,
        file_name=image.file_name,
        path=str((store.directory / image.path).resolve()) if image.path else image.file_name,
        split=image.split,
        sequence=image.sequence,
        frame=image.frame,
        width=image.width,
        height=image.height,
        file_width=image.file_width,
        file_height=image.file_height,
        status=status_of(image.status),
        status_detail=image.status_detail,
        used_bits=image.used_bits,
        meta=_loads(image.extra),
        tags=image.tags,
        metrics=metrics,
        shapes=read_shapes(store, np.array([row], dtype=np.int32), evaluated).get(row, []),
        evidence=_tell_evidence(metrics, {}, lambda value: Cause(value, same_pixels=partial(same_pixels, store, row))),
    )


def read_annotation(store: Store, row: int, evaluated: EvaluatedItems | None = None) -> AnnotationDetail:
    """Return everything known of an annotation and its image.

    Raises:
        NotFoundError: there is no such row.
    """
    annotation = find_annotation(store, row)
    image = read_image(store, annotation.image, evaluated)
    metrics = read_metric_values(store, "annotation", row)
    return AnnotationDetail(
        row=row,
        id=annotation.id,
        class_row=annotation.class_row,
        class_name=annotation.class_name,
        kind=_kind(image, "annotation", row),
        crowd=annotation.crowd,
        file_box=annotation.box,
        file_area=annotation.area,
        attributes=_loads(annotation.extra),
        tags=annotation.tags,
        metrics=metrics,
        evidence=_tell_evidence(metrics, find_evidence(store, row), None, annotation.class_name),
        **_evaluated(evaluated, "annotation", row, ["outcome", "reason"]),
        image=image,
    )


def _kind(image: ImageDetail, of: Side, row: int) -> str:
    return next((s.kind for s in image.shapes if (s.of, s.row) == (of, row)), "label")


def _evaluated(evaluated: EvaluatedItems | None, of: Side, row: int, keys: list[str]) -> dict[str, Any]:
    """Return what an evaluation says of one object, and the row of the object on the other side."""
    found: dict[str, Any] = dict.fromkeys([*keys, "partner_row"])
    if evaluated is None:
        return found
    rows = np.array([row], dtype=np.int32)
    side = side_of(evaluated, of)
    [place] = side.places(rows).tolist()
    if place >= 0 and side.partner[place] >= 0:
        found["partner_row"] = int(side.partner[place])
    return found | {key: values[0] for key, values in read_outcomes(evaluated, of, rows, keys).items()}


def read_prediction(store: Store, row: int, evaluated: EvaluatedItems | None = None) -> PredictionDetail:
    """Return everything known of a prediction and its image; percentiles are those within its set.

    Raises:
        NotFoundError: there is no such row.
    """
    prediction = find_prediction(store, row)
    return PredictionDetail(
        row=row,
        id=prediction.id,
        prediction_set=prediction.set_name,
        class_row=prediction.class_row,
        class_name=prediction.class_name,
        kind=SHAPE_NAMES[prediction.shape],
        confidence=prediction.score,
        metrics=_read_prediction_values(store, row, prediction.set_number),
        **_evaluated(evaluated, "prediction", row, ["outcome", "reason", "iou"]),
        image=read_image(store, prediction.image, evaluated),
    )


def _read_prediction_values(store: Store, row: int, number: int) -> list[MetricValue]:
    with store.read() as cursor:
        stored = stored_keys(cursor, "prediction")
    known = [m for m in Catalogue(store).all() if "prediction" in m.scopes and m.key in stored]
    return [value for value in _tell_values(store, "prediction", row, known, number) if value.value is not None]


def _loads(text: str | None) -> dict[str, Any]:
    if not text:
        return {}
    try:
        content: dict[str, Any] = orjson.loads(text)
    except orjson.JSONDecodeError:  # NaN or infinity among the fields: JSON for a browser has neither
        return {"raw": text}
    return content


def _tell_evidence(
    metrics: list[MetricValue],
    records: dict[str, EvidenceRecord],
    cause_of: Callable[[float | None], Cause] | None,
    class_name: str | None = None,
) -> list[EvidenceOut]:
    """Return one piece of evidence for each metric in which an item stands out, worst first.

    Args:
        metrics: The item's values.
        records: What evidence is stored of it, by metric.
        cause_of: What is known of a value without a record; None for nothing.
        class_name: The item's class.
    """
    found = []
    for metric in metrics:
        record = records.get(metric.key)
        if record is None and metric.severity == "none":
            continue
        cause = None if cause_of is None else cause_of(metric.value)
        if record is not None:
            cause = Cause(metric.value, class_name, record.partner_id, record.partner_class, record.detail)
        found.append(
            EvidenceOut(
                metric=metric.key,
                title=metric.title,
                severity=metric.severity,
                value=metric.value,
                partner_row=None if record is None else record.partner_row,
                partner_id=None if record is None else record.partner_id,
                message=explain(metric.key, metric.title, metric.percentile, cause),
            )
        )
    return sorted(found, key=lambda e: -_SEVERITY.index(e.severity))
