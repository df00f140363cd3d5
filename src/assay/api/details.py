"""Everything known of one item: values with percentiles, evidence, tags, free fields."""

from __future__ import annotations

from typing import Any

import numpy as np
import orjson

from assay.api.judging import side_of, tell
from assay.api.schemas.base import ItemScope, Scope
from assay.api.schemas.items import AnnotationDetail, EvidenceOut, ImageDetail, MetricValue, PredictionDetail, Side
from assay.api.shapes import read_shapes
from assay.errors import NotFoundError
from assay.jobs.catalogue import Catalogue
from assay.jobs.engine.aggregate import DUPLICATES
from assay.metrics.definition import Metric
from assay.metrics.outliers import OutlierLimits
from assay.project.geometry import SHAPE_NAMES
from assay.project.source_ids import read_source_id
from assay.project.store import Store, quote
from assay.project.values import metric_table, read_statistics, stored_keys
from assay.query.fields import fields_of
from assay.query.judged import Judgement

_SEVERITY = ("none", "moderate", "severe")
_STATUS = ("ok", "missing", "unreadable")


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
    return _rank(store, scope, row, known, metric_table(scope))


def _rank(store: Store, scope: ItemScope, row: int, known: list[Metric], members: str) -> list[MetricValue]:
    """Return an item's values, and where each stands among those of the members of a table."""
    if not known:
        return []
    limits = {} if scope == "prediction" else fields_of(store, scope).limits(scope)
    own = ", ".join(f"o.{quote(m.key)}" for m in known)
    shares = ", ".join(
        f"(count(*) FILTER (t.{quote(m.key)} < o.{quote(m.key)}) + count(*) FILTER (t.{quote(m.key)} <= "
        f"o.{quote(m.key)})) * 50.0 / nullif(count(t.{quote(m.key)}), 0)"
        for m in known
    )
    with store.read() as cursor:
        found = cursor.execute(
            f"SELECT {own}, {shares} FROM (SELECT * FROM {members}) t, "
            f"(SELECT * FROM {metric_table(scope)} WHERE row = ?) o GROUP BY {own}",
            [row],
        ).fetchone()
    if found is None:
        return []
    values, percentiles = found[: len(known)], found[len(known) :]
    return [
        MetricValue.model_validate(
            {
                "key": metric.key,
                "title": metric.title,
                "scope": scope,
                "unit": metric.unit,
                "kind": metric.kind,
                "value": value,
                "percentile": None if value is None else percentile,
                "severity": severity_of(limits.get(metric.key), [value])[0],
            }
        )
        for metric, value, percentile in zip(known, values, percentiles, strict=True)
    ]


_IMAGE_SQL = """
SELECT i.row, i.source_id, i.source_key, i.file_name, i.path, i.split, i.sequence, i.frame, i.width, i.height, i.extra,
       f.width, f.height, f.status, f.detail, f.apply_orientation AND f.exif_orientation >= 5,
       c.used_bits
FROM image i LEFT JOIN image_file f USING (row) LEFT JOIN image_content c USING (row) WHERE i.row = ?
"""


def read_image(store: Store, row: int, judged: Judgement | None = None) -> ImageDetail:
    """Return everything known of an image, under an evaluation with the predictions for it.

    Raises:
        NotFoundError: there is no such row.
    """
    with store.read() as cursor:
        found = cursor.execute(_IMAGE_SQL, [row]).fetchone()
        if found is None:
            raise NotFoundError("There is no such image.", item=f"row {row}", expected="an image's row", actual="none")
        tags = cursor.execute(
            "SELECT t.name FROM image_tag x JOIN tag t USING (tag) WHERE x.row = ? ORDER BY 1", [row]
        ).fetchall()
    (_, source_id, source_key, name, path, split, sequence, frame, width, height, extra,
     file_width, file_height, status, detail, turned, used_bits) = found  # fmt: skip
    if turned:
        file_width, file_height = file_height, file_width
    metrics = read_metric_values(store, "image", row)
    return ImageDetail(
        row=row,
        id=read_source_id(source_id, source_key),
        file_name=name,
        path=str((store.directory / path).resolve()) if path else name,
        split=split,
        sequence=sequence,
        frame=frame,
        width=width,
        height=height,
        file_width=file_width,
        file_height=file_height,
        status="unknown" if status is None else _STATUS[status],  # type: ignore[arg-type]
        status_detail=detail,
        used_bits=used_bits,
        meta=_loads(extra),
        tags=[t[0] for t in tags],
        metrics=metrics,
        shapes=read_shapes(store, np.array([row], dtype=np.int32), judged).get(row, []),
        evidence=_read_image_evidence(store, row, metrics),
    )


_ANNOTATION_SQL = """
SELECT a.source_id, a.source_key, a.image, a.class, c.name, a.crowd, a.x, a.y, a.w, a.h, a.area, a.extra
FROM annotation a LEFT JOIN class c ON c.row = a.class WHERE a.row = ?
"""


def read_annotation(store: Store, row: int, judged: Judgement | None = None) -> AnnotationDetail:
    """Return everything known of an annotation and its image.

    Raises:
        NotFoundError: there is no such row.
    """
    with store.read() as cursor:
        found = cursor.execute(_ANNOTATION_SQL, [row]).fetchone()
        if found is None:
            raise NotFoundError(
                "There is no such annotation.",
                item=f"row {row}",
                expected="an annotation's row",
                actual="none",
            )
        tags = cursor.execute(
            "SELECT t.name FROM annotation_tag x JOIN tag t USING (tag) WHERE x.row = ? ORDER BY 1", [row]
        ).fetchall()
    source_id, source_key, image_row, class_row, class_name, crowd, x, y, w, h, area, extra = found
    image = read_image(store, image_row, judged)
    metrics = read_metric_values(store, "annotation", row)
    return AnnotationDetail(
        row=row,
        id=read_source_id(source_id, source_key),
        class_row=class_row,
        class_name=class_name,
        kind=_kind(image, "annotation", row),
        crowd=crowd,
        file_box=None if x is None else [x, y, w, h],
        file_area=area,
        attributes=_loads(extra),
        tags=[t[0] for t in tags],
        metrics=metrics,
        evidence=_read_evidence(store, row, class_name, metrics),
        **_judged(judged, "annotation", row, ["outcome", "reason"]),
        image=image,
    )


def _kind(image: ImageDetail, of: Side, row: int) -> str:
    return next((s.kind for s in image.shapes if (s.of, s.row) == (of, row)), "label")


def _judged(judged: Judgement | None, of: Side, row: int, keys: list[str]) -> dict[str, Any]:
    """Return what an evaluation says of one object, and the row of the object on the other side."""
    found: dict[str, Any] = dict.fromkeys([*keys, "partner_row"])
    if judged is None:
        return found
    rows = np.array([row], dtype=np.int32)
    side = side_of(judged, of)
    [place] = side.places(rows).tolist()
    if place >= 0 and side.partner[place] >= 0:
        found["partner_row"] = int(side.partner[place])
    return found | {key: values[0] for key, values in tell(judged, of, rows, keys).items()}


_PREDICTION_SQL = """
SELECT p.position, p.image, p.class, c.name, p.shape, p.score, p."set", s.name
FROM prediction p JOIN class c ON c.row = p.class JOIN prediction_set s USING ("set") WHERE p.row = ?
"""


def read_prediction(store: Store, row: int, judged: Judgement | None = None) -> PredictionDetail:
    """Return everything known of a prediction and its image; percentiles are those within its set.

    Raises:
        NotFoundError: there is no such row.
    """
    with store.read() as cursor:
        found = cursor.execute(_PREDICTION_SQL, [row]).fetchone()
    if found is None:
        raise NotFoundError(
            "There is no such prediction.", item=f"row {row}", expected="a prediction's row", actual="none"
        )
    position, image_row, class_row, class_name, shape, score, number, name = found
    return PredictionDetail(
        row=row,
        id=position,
        prediction_set=name,
        class_row=class_row,
        class_name=class_name,
        kind=SHAPE_NAMES[shape],
        confidence=score,
        metrics=_read_prediction_values(store, row, number),
        **_judged(judged, "prediction", row, ["outcome", "reason", "iou"]),
        image=read_image(store, image_row, judged),
    )


def _read_prediction_values(store: Store, row: int, number: int) -> list[MetricValue]:
    with store.read() as cursor:
        stored = stored_keys(cursor, "prediction")
    known = [m for m in Catalogue(store).all() if "prediction" in m.scopes and m.key in stored]
    members = f'prediction_metric SEMI JOIN (SELECT row FROM prediction WHERE "set" = {int(number)}) USING (row)'
    values = _rank(store, "prediction", row, known, members)
    return [value for value in values if value.value is not None]


def _loads(text: str | None) -> dict[str, Any]:
    if not text:
        return {}
    try:
        content: dict[str, Any] = orjson.loads(text)
    except orjson.JSONDecodeError:  # NaN or infinity among the fields: JSON for a browser has neither
        return {"raw": text}
    return content


_EVIDENCE_SQL = """
SELECT e.metric, e.row, e.partner, e.value, e.detail, p.source_id, p.source_key, c.name
FROM evidence e LEFT JOIN annotation p ON p.row = CASE WHEN e.row = $row THEN e.partner ELSE e.row END
LEFT JOIN class c ON c.row = p.class
WHERE e.row = $row OR e.partner = $row ORDER BY e.value DESC
"""


def _evidence_rows(store: Store, row: int) -> list[tuple[Any, ...]]:
    with store.read() as cursor:
        return cursor.execute(_EVIDENCE_SQL, {"row": row}).fetchall()


def _read_evidence(store: Store, row: int, class_name: str | None, metrics: list[MetricValue]) -> list[EvidenceOut]:
    """Return one piece of evidence for each metric in which the annotation stands out, worst first."""
    by_metric: dict[str, tuple[Any, ...]] = {}
    for stored in _evidence_rows(store, row):
        by_metric.setdefault(stored[0], stored)
    found = []
    for metric in metrics:
        record = by_metric.get(metric.key)
        if record is None and metric.severity == "none":
            continue
        partner_row = partner_id = None
        if record and record[2] >= 0:
            partner_row = record[2] if record[1] == row else record[1]
            partner_id = read_source_id(record[5], record[6])
        found.append(
            EvidenceOut(
                metric=metric.key,
                title=metric.title,
                severity=metric.severity,
                value=metric.value,
                partner_row=partner_row,
                partner_id=partner_id,
                message=_message(metric, record, partner_id, class_name),
            )
        )
    return sorted(found, key=lambda e: -_SEVERITY.index(e.severity))


def _read_image_evidence(store: Store, row: int, metrics: list[MetricValue]) -> list[EvidenceOut]:
    """Return one piece of evidence for each metric in which the image stands out, worst first."""
    found = []
    for metric in metrics:
        if metric.severity == "none":
            continue
        message = _message(metric, None, None, None)
        if metric.key == DUPLICATES:
            message = _describe_duplicates(store, row)
        found.append(
            EvidenceOut(
                metric=metric.key,
                title=metric.title,
                severity=metric.severity,
                value=metric.value,
                partner_row=None,
                partner_id=None,
                message=message,
            )
        )
    return sorted(found, key=lambda e: -_SEVERITY.index(e.severity))


def _describe_duplicates(store: Store, row: int) -> str:
    with store.read() as cursor:
        names = cursor.execute(
            "SELECT i.file_name FROM image_content c JOIN image_content own ON own.pixel_hash = c.pixel_hash "
            "JOIN image i ON i.row = c.row WHERE own.row = ? AND c.row <> own.row ORDER BY c.row LIMIT 4",
            [row],
        ).fetchall()
    listed = ", ".join(name for (name,) in names[:3]) + (" and others" if len(names) > 3 else "")
    return f"Has exactly the pixels of {listed}."


def _message(metric: MetricValue, record: tuple[Any, ...] | None, partner_id: Any, class_name: str | None) -> str:
    """Say in a sentence why a value is what it is."""
    if record and metric.key == "annotation_duplicates":
        return f"Overlaps annotation {partner_id} of the same class ({class_name}) with IoU {metric.value:.2f}."
    if record and metric.key == "class_overlap":
        return f"Overlaps annotation {partner_id} of class {record[7]} with IoU {metric.value:.2f}."
    if record and record[4]:
        detail = str(record[4])
        return detail[0].upper() + detail[1:] + "."
    share = metric.percentile or 0.0
    side = f"above {_share(share)}" if share >= 50 else f"below {_share(100 - share)}"
    return f"{metric.title} is {side} of all items."


def _share(percent: float) -> str:
    return f"{min(percent, 99.9):.1f} %"
