"""The records of single items: an image, an annotation, a prediction, its values and its evidence."""

from __future__ import annotations

from typing import Any, Literal, NamedTuple

import numpy as np
from numpy.typing import NDArray

from assay.errors import InputError, NotFoundError
from assay.project.source_ids import read_source_id
from assay.project.store import Store, quote
from assay.project.values import MeasuredScope, Scope, metric_table


class ImageRecord(NamedTuple):
    """An image; its file's width and height as they are shown."""

    id: Any
    file_name: str
    path: str | None
    split: str | None
    sequence: str | None
    frame: int | None
    width: int | None
    height: int | None
    file_width: int | None
    file_height: int | None
    status: int | None
    status_detail: str | None
    used_bits: int | None
    extra: str | None
    tags: list[str]


class AnnotationRecord(NamedTuple):
    """An annotation; box and area as its file has them."""

    id: Any
    image: int
    class_row: int | None
    class_name: str | None
    crowd: bool
    box: list[float] | None
    area: float | None
    extra: str | None
    tags: list[str]


class PredictionRecord(NamedTuple):
    """A prediction; its id is its place in its file."""

    id: int
    image: int
    class_row: int
    class_name: str
    shape: int
    score: float
    set_number: int
    set_name: str


class EvidenceRecord(NamedTuple):
    """The evidence for an annotation's value of a metric, and the partner of the pair, if there is one."""

    partner_row: int | None
    partner_id: Any
    partner_class: str | None
    detail: str


class Rank(NamedTuple):
    """An item's value of a metric, and the share of values below it in percent; equal ones count half."""

    value: float | None
    percentile: float | None


_IMAGE_SQL = """
SELECT i.source_id, i.source_key, i.file_name, i.path, i.split, i.sequence, i.frame, i.width, i.height,
       f.width, f.height, f.status, f.detail, c.used_bits, i.extra, f.apply_orientation AND f.exif_orientation >= 5
FROM image i LEFT JOIN image_file f USING (row) LEFT JOIN image_content c USING (row) WHERE i.row = ?
"""
_ANNOTATION_SQL = """
SELECT a.source_id, a.source_key, a.image, a.class, c.name, a.crowd, a.x, a.y, a.w, a.h, a.area, a.extra
FROM annotation a LEFT JOIN class c ON c.row = a.class WHERE a.row = ?
"""
_PREDICTION_SQL = """
SELECT p.position, p.image, p.class, c.name, p.shape, p.score, p."set", s.name
FROM prediction p JOIN class c ON c.row = p.class JOIN prediction_set s USING ("set") WHERE p.row = ?
"""
_EVIDENCE_SQL = """
SELECT e.metric, e.row, e.partner, e.detail, p.source_id, p.source_key, c.name
FROM evidence e LEFT JOIN annotation p ON p.row = CASE WHEN e.row = $row THEN e.partner ELSE e.row END
LEFT JOIN class c ON c.row = p.class
WHERE e.row = $row OR e.partner = $row ORDER BY e.value DESC
"""


def find_image(store: Store, row: int) -> ImageRecord:
    """Return the record of an image.

    Raises:
        NotFoundError: There is no such row.
    """
    record = _find(store, "image", _IMAGE_SQL, row)
    (source_id, source_key, name, path, split, sequence, frame, width, height,
     file_width, file_height, status, detail, used_bits, extra, turned) = record  # fmt: skip
    if turned:
        file_width, file_height = file_height, file_width
    return ImageRecord(
        id=read_source_id(source_id, source_key),
        file_name=name,
        path=path,
        split=split,
        sequence=sequence,
        frame=frame,
        width=width,
        height=height,
        file_width=file_width,
        file_height=file_height,
        status=status,
        status_detail=detail,
        used_bits=used_bits,
        extra=extra,
        tags=_tags(store, "image", row),
    )


def find_annotation(store: Store, row: int) -> AnnotationRecord:
    """Return the record of an annotation.

    Raises:
        NotFoundError: There is no such row.
    """
    record = _find(store, "annotation", _ANNOTATION_SQL, row)
    source_id, source_key, image, class_row, class_name, crowd, x, y, w, h, area, extra = record
    return AnnotationRecord(
        id=read_source_id(source_id, source_key),
        image=image,
        class_row=class_row,
        class_name=class_name,
        crowd=crowd,
        box=None if x is None else [x, y, w, h],
        area=area,
        extra=extra,
        tags=_tags(store, "annotation", row),
    )


def find_prediction(store: Store, row: int) -> PredictionRecord:
    """Return the record of a prediction.

    Raises:
        NotFoundError: There is no such row.
    """
    return PredictionRecord(*_find(store, "prediction", _PREDICTION_SQL, row))


def _find(store: Store, scope: MeasuredScope, sql: str, row: int) -> tuple[Any, ...]:
    with store.read() as cursor:
        record = cursor.execute(sql, [row]).fetchone()
    if record is None:
        article = "an" if scope[0] in "aeiou" else "a"
        raise NotFoundError(
            f"There is no such {scope}.", item=f"row {row}", expected=f"{article} {scope}'s row", actual="none"
        )
    return record


def _tags(store: Store, scope: Scope, row: int) -> list[str]:
    with store.read() as cursor:
        names = cursor.execute(
            f"SELECT t.name FROM {scope}_tag x JOIN tag t USING (tag) WHERE x.row = ? ORDER BY 1", [row]
        ).fetchall()
    return [name for (name,) in names]


def find_evidence(store: Store, row: int) -> dict[str, EvidenceRecord]:
    """Return, for each metric that has some, the evidence of an annotation with the greatest value."""
    with store.read() as cursor:
        rows = cursor.execute(_EVIDENCE_SQL, {"row": row}).fetchall()
    evidence: dict[str, EvidenceRecord] = {}
    for metric, one, other, detail, source_id, source_key, class_name in rows:
        partner = None if other < 0 else other if one == row else one
        partner_id = None if partner is None else read_source_id(source_id, source_key)
        evidence.setdefault(metric, EvidenceRecord(partner, partner_id, class_name, str(detail or "")))
    return evidence


def same_pixels(store: Store, row: int, most: int) -> list[str]:
    """Return the names of other images, so many at most, that have exactly an image's pixels."""
    with store.read() as cursor:
        names = cursor.execute(
            "SELECT i.file_name FROM image_content c JOIN image_content own ON own.pixel_hash = c.pixel_hash "
            "JOIN image i ON i.row = c.row WHERE own.row = ? AND c.row <> own.row ORDER BY c.row LIMIT ?",
            [row, most],
        ).fetchall()
    return [name for (name,) in names]


def rank_values(
    store: Store, scope: MeasuredScope, row: int, keys: list[str], prediction_set: int | None = None
) -> list[Rank]:
    """Return an item's values, and where each stands among those of all items, or of those of its prediction set.

    Args:
        store: The project.
        scope: What the item is.
        row: Its row.
        keys: Stored metrics.
        prediction_set: The number of a set.
    """
    if not keys:
        return []
    members = metric_table(scope)
    if prediction_set is not None:
        own_set = f'SELECT row FROM prediction WHERE "set" = {int(prediction_set)}'
        members = f"{members} SEMI JOIN ({own_set}) USING (row)"
    own = ", ".join(f"o.{quote(key)}" for key in keys)
    shares = ", ".join(
        f"(count(*) FILTER (t.{quote(key)} < o.{quote(key)}) + count(*) FILTER (t.{quote(key)} <= o.{quote(key)})) "
        f"* 50.0 / nullif(count(t.{quote(key)}), 0)"
        for key in keys
    )
    with store.read() as cursor:
        values = cursor.execute(
            f"SELECT {own}, {shares} FROM (SELECT * FROM {members}) t, "
            f"(SELECT * FROM {metric_table(scope)} WHERE row = ?) o GROUP BY {own}",
            [row],
        ).fetchone()
    if values is None:
        return []
    return [
        Rank(value, None if value is None else percentile)
        for value, percentile in zip(values[: len(keys)], values[len(keys) :], strict=True)
    ]


def find_partners(store: Store, rows: NDArray[np.int32], metric: str) -> dict[int, int | None]:
    """Return, for each row of an annotation, the partner with the greatest value in a metric's evidence, or None.

    Of equal values it is that of the lowest row.
    """
    with store.read() as cursor:
        ids = cursor.execute(
            "SELECT item, partner FROM ("
            "  SELECT row AS item, partner, value FROM evidence WHERE metric = $key AND row = ANY($rows)"
            "  UNION ALL"
            "  SELECT partner AS item, row, value FROM evidence WHERE metric = $key AND partner = ANY($rows)"
            ") WHERE partner >= 0 ORDER BY value, partner DESC",
            {"key": metric, "rows": rows.tolist()},
        ).fetchall()
    return {**dict.fromkeys(rows.tolist()), **dict(ids)}


class ImageFileRecord(NamedTuple):
    """Where an image's file is, as it was recorded, and how it is drawn; width and height as they are declared."""

    path: str | None
    name: str
    oriented: bool
    width: int | None
    height: int | None


def find_image_file(store: Store, row: int) -> ImageFileRecord:
    """Return place, size and drawing of an image's file.

    Raises:
        NotFoundError: there is no such row.
    """
    with store.read() as cursor:
        record = cursor.execute(
            "SELECT i.path, i.file_name, coalesce(f.apply_orientation, TRUE), i.width, i.height "
            "FROM image i LEFT JOIN image_file f USING (row) WHERE i.row = ?",
            [row],
        ).fetchone()
    if record is None:
        raise NotFoundError("There is no such image.", item=f"row {row}", expected="an image's row", actual="none")
    return ImageFileRecord(*record)


def find_box(
    store: Store, of: Literal["annotation", "prediction"], row: int
) -> tuple[int, tuple[float, float, float, float]]:
    """Return the row of an object's image, and its box: x, y, width and height in px.

    Raises:
        NotFoundError: there is no such row.
        InputError: It has no box.
    """
    with store.read() as cursor:
        record = cursor.execute(f"SELECT image, x, y, w, h FROM {of} WHERE row = ?", [row]).fetchone()
    if record is None:
        raise NotFoundError(f"There is no such {of}.", item=f"row {row}", expected=f"row of a {of}", actual="none")
    image, x, y, w, h = record
    if x is None:
        raise InputError(f"The {of} has no box to cut out.", item=f"row {row}", expected="a box", actual="none")
    return image, (x, y, w, h)
