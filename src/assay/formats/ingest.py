"""Put what a format's reader gave into a project, in the caller's transaction."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from assay.formats.fields import (
    ANNOTATION_FIELDS,
    IMAGE_FIELDS,
    describe_fields,
    id_columns,
    is_finite_number,
    random_keys,
)
from assay.formats.json_text import verbatim
from assay.formats.rejected import NOT_KEPT
from assay.formats.segmentations import is_line, object_shapes, read_rotation
from assay.formats.source import CategoryColumns, ImageColumns, Source
from assay.project.operating_points import forget_computed_points
from assay.project.store import Connection, insert_columns
from assay.project.typed import infer_columns, storable, write_columns
from assay.project.vocabulary import Segmentation
from assay.stopping import poll, stoppable

_BATCH = 100_000  # rows of one statement, which cannot be stopped
_SEQUENCE_KEYS = ("video_id", "sequence")
_FRAME_KEYS = ("frame_id", "frame_index")
_TRACK_KEYS = ("track_id", "instance_id")


def ingest(
    cursor: Connection,
    source: Source,
    *,
    kind: str,
    path: Path,
    image_root: Path,
    files: str,
    split: str | None,
    image_paths: list[str | None],
) -> int:
    """Insert a source's images, classes, annotations, rejected records and typed columns.

    Args:
        cursor: Inside a transaction of the project.
        kind: What the project calls sources of its format.
        path: The annotation file, table or folder.
        image_root: The folder that file names are relative to.
        files: ``in-place``, ``copy`` or ``symlinks``.
        split: The split that all of its images belong to, or None: then an image's own field `split` counts.
        image_paths: For each image where its file is, as the project records it; None where there is none.

    Returns:
        The source's number in the project.
    """
    number = _next(cursor, "source", "source")
    first_image = _next(cursor, "image", "row")
    first_annotation = _next(cursor, "annotation", "row")
    _insert_images(cursor, source, number, first_image, split, image_paths)
    classes = _insert_classes(cursor, source, number)
    _insert_annotations(cursor, source, number, first_image, first_annotation, classes)
    _insert_rejected(cursor, source, number)
    _insert_typed(cursor, source, first_image, first_annotation)
    forget_computed_points(cursor)
    cursor.execute(
        "INSERT INTO source (source, kind, path, image_root, files, split, header, present, report, imported_at) "
        "VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, now()::TIMESTAMP)",
        [
            number,
            kind,
            str(path),
            str(image_root),
            files,
            split,
            verbatim(source.header),
            verbatim(source.sections),
            source.doctor.dump(),
        ],
    )
    return number


def _insert_rejected(cursor: Connection, source: Source, number: int) -> None:
    """Insert the records that cannot be used, as far as they are kept; tell the doctor of the others."""
    for batch in source.rejected.batches():
        poll()
        columns: dict[str, Any] = {
            "source": np.full(len(batch), number, dtype=np.int16),
            "section": [r.section for r in batch],
            "position": np.array([r.position for r in batch], dtype=np.int32),
            "reason": [r.reason for r in batch],
            "detail": [r.detail for r in batch],
            "record": [r.record for r in batch],
        }
        insert_columns(cursor, "rejected", columns)
    if source.rejected.not_kept:
        total = f"{len(source.rejected):,} of {source.rejected.total:,} are kept"
        source.doctor.note(NOT_KEPT, total, source.rejected.not_kept)


def _insert(cursor: Connection, table: str, columns: dict[str, Any]) -> None:
    """Insert columns but for lists that hold nothing: NULL is what a column left out gets, and at once."""
    given = {name: v for name, v in columns.items() if not isinstance(v, list) or v.count(None) < len(v)}
    count = len(next(iter(given.values())))
    for first in range(0, count, _BATCH):
        poll()
        insert_columns(cursor, table, {name: values[first : first + _BATCH] for name, values in given.items()})


def _next(cursor: Connection, table: str, column: str) -> int:
    return int(cursor.execute(f"SELECT coalesce(max({column}), -1) + 1 FROM {table}").fetchall()[0][0])


def _insert_images(
    cursor: Connection,
    source: Source,
    number: int,
    first: int,
    split: str | None,
    paths: list[str | None],
) -> None:
    images = source.images
    count = len(images.position)
    ids, texts = id_columns(images.ids)
    extras = [images.extras.get(i) for i in range(count)]
    _insert(
        cursor,
        "image",
        {
            "row": np.arange(first, first + count, dtype=np.int32),
            "source": np.full(count, number, dtype=np.int16),
            "position": np.array(images.position, dtype=np.int32),
            "source_id": ids,
            "source_key": texts or [None] * count,
            "file_name": images.file_name,
            "path": paths,
            "width": _masked(images.width),
            "height": _masked(images.height),
            "split": [split or _first_text(e, ("split",)) for e in extras],
            "sequence": [_first_text(e, _SEQUENCE_KEYS) for e in extras],
            "frame": _masked([_first_int(e, _FRAME_KEYS) for e in extras]),
            "random_key": random_keys(
                ids, texts and [t or verbatim(n) for t, n in zip(texts, images.file_name, strict=True)]
            ),
            "present": np.array(images.present or _image_fields(images), dtype=np.uint8),
            "extra": [None if e is None else verbatim(e) for e in extras],
        },
    )


def _insert_classes(cursor: Connection, source: Source, number: int) -> NDArray[np.int32]:
    """Insert the categories; return the class row of each."""
    categories = source.categories
    known: dict[str, list[int]] = {}
    for row, name in cursor.execute("SELECT row, name FROM class ORDER BY row").fetchall():
        known.setdefault(name, []).append(row)
    next_row = _next(cursor, "class", "row")
    ids, texts = id_columns(categories.ids)
    rows: list[int] = []
    new: list[int] = []
    for index, name in enumerate(categories.name):
        if known.get(name):
            rows.append(known[name].pop(0))
        else:
            rows.append(next_row + len(new))
            new.append(index)
    count = len(rows)
    columns = {
        "source_id": ids,
        "source_key": texts or [None] * count,
        "name": categories.name,
        "supercategory": categories.supercategory,
        "extra": [verbatim(categories.extras[i]) if i in categories.extras else None for i in range(count)],
    }
    if new:
        own = {key: [v[i] for i in new] if isinstance(v, list) else v[new] for key, v in columns.items()}
        insert_columns(cursor, "class", {"row": np.array([rows[i] for i in new], dtype=np.int32), **own})
    if count:
        per_source = {
            "class": np.array(rows, dtype=np.int32),
            "source": np.full(count, number, dtype=np.int16),
            "position": np.array(categories.position, dtype=np.int32),
            "present": np.array(categories.present or _category_fields(categories), dtype=np.uint8),
        }
        insert_columns(cursor, "class_source", per_source | columns)
    aliases = [(own_id, row) for own_id, row in categories.repeated_as if own_id not in (None, categories.ids[row])]
    if aliases:
        ids, texts = id_columns([own_id for own_id, _ in aliases])
        insert_columns(
            cursor,
            "category_alias",
            {
                "class": np.array([rows[row] for _, row in aliases], dtype=np.int32),
                "source": np.full(len(aliases), number, dtype=np.int16),
                "source_id": ids,
                "source_key": texts or [None] * len(aliases),
            },
        )
    return np.array(rows, dtype=np.int32)


def _insert_annotations(
    cursor: Connection,
    source: Source,
    number: int,
    first_image: int,
    first: int,
    classes: NDArray[np.int32],
) -> None:
    columns = source.annotations
    count = len(columns["position"])
    if not count:
        return
    ids, texts = id_columns(source.annotation_ids)
    rotation = np.full(count, np.nan)
    confidence = np.full(count, np.nan)
    tracks: list[str | None] = [None] * count
    extra_texts: list[str | None] = [None] * count
    for row, extra in stoppable(source.annotation_extras.items()):
        attributes = extra.get("attributes")
        attributes = attributes if isinstance(attributes, dict) else {}
        angle = read_rotation(extra)
        if angle is not None:
            rotation[row] = angle
        score = extra.get("score", extra.get("confidence"))
        if is_finite_number(score):
            confidence[row] = score
        tracks[row] = _first_text(extra, _TRACK_KEYS) or _first_text(attributes, _TRACK_KEYS)
        extra_texts[row] = verbatim(extra)
    lines = [row for row, extra in stoppable(source.annotation_extras.items()) if is_line(extra)]
    xywh = columns["xywh"]
    present = columns["present"] if "present" in columns else _annotation_fields(source)
    _insert(
        cursor,
        "annotation",
        {
            "row": np.arange(first, first + count, dtype=np.int32),
            "source": np.full(count, number, dtype=np.int16),
            "position": columns["position"].astype(np.int32),
            "source_id": ids,
            "source_key": texts or [None] * count,
            "image": source.annotation_image + np.int32(first_image),
            "class": classes[source.annotation_category],
            "shape": object_shapes(columns, rotation, lines).astype(np.uint8),
            "x": _nan_masked(xywh[:, 0]),
            "y": _nan_masked(xywh[:, 1]),
            "w": _nan_masked(xywh[:, 2]),
            "h": _nan_masked(xywh[:, 3]),
            "rotation": _nan_masked(rotation),
            "area": _nan_masked(columns["area"]),
            "crowd": columns["crowd"],
            "num_keypoints": np.ma.masked_less(columns["num_keypoints"].astype(np.int32), 0),
            "track": tracks,
            "confidence": _nan_masked(confidence),
            "random_key": random_keys(
                ids,
                texts and [t or str(p) for t, p in zip(texts, columns["position"].tolist(), strict=True)],
            ),
            "segmentation": columns["segmentation"],
            "ring_count": columns["ring_count"],
            "rle_height": columns["rle_size"][:, 0],
            "rle_width": columns["rle_size"][:, 1],
            "rle_bytes": columns["rle_bytes"],
            "word_start": columns["word_start"],
            "word_count": columns["word_count"],
            "keypoint_start": columns["keypoint_start"],
            "keypoint_count": columns["keypoint_count"],
            "present": present,
            "faults": columns["faults"],
            "extra": extra_texts,
        },
    )


def _insert_typed(cursor: Connection, source: Source, first_image: int, first_annotation: int) -> None:
    for scope, known, extras, first, count in (
        ("image", IMAGE_FIELDS, source.images.extras, first_image, len(source.images.position)),
        ("annotation", ANNOTATION_FIELDS, source.annotation_extras, first_annotation, len(source.annotation_ids)),
    ):
        free = (
            (first + i, {k: v for k, v in extra.items() if k not in known}) for i, extra in stoppable(extras.items())
        )
        columns, left_out = infer_columns(free)
        for name in left_out:
            source.doctor.note("fields_left_out", f"{scope} field {name[:60]!r}")
        write_columns(cursor, scope, columns, first + count)


def _image_fields(images: ImageColumns) -> list[int]:
    """Return the bits of the fields that have a value, for each image; its size may yet come from its file."""
    sized = describe_fields(("width", "height"), IMAGE_FIELDS)[0]
    columns = zip(images.ids, images.file_name, strict=True)
    return [_filled(values) | sized for values in columns]  # in the order of IMAGE_FIELDS


def _category_fields(categories: CategoryColumns) -> list[int]:
    """Return the bits of the fields that have a value, for each class."""
    columns = zip(categories.ids, categories.name, categories.supercategory, strict=True)
    return [_filled(values) for values in columns]  # in the order of CATEGORY_FIELDS


def _filled(values: tuple[Any, ...]) -> int:
    return sum(1 << bit for bit, value in enumerate(values) if value is not None)


def _annotation_fields(source: Source) -> NDArray[np.uint16]:
    """Return the bits of the fields that have a value, for each annotation."""
    columns = source.annotations
    has = {
        "id": np.array([each is not None for each in source.annotation_ids], dtype=np.bool_),
        "image_id": np.bool_(True),
        "category_id": np.bool_(True),
        "bbox": ~np.isnan(columns["xywh"][:, 0]),
        "area": ~np.isnan(columns["area"]),
        "iscrowd": columns["crowd"],
        "segmentation": columns["segmentation"] != Segmentation.NONE,
        "keypoints": columns["keypoint_count"] > 0,
        "num_keypoints": columns["num_keypoints"] >= 0,
    }
    bits = np.zeros(len(source.annotation_ids), dtype=np.uint16)
    for bit, name in enumerate(ANNOTATION_FIELDS):
        bits |= has[name].astype(np.uint16) << np.uint16(bit)
    return bits


def _masked(values: list[int | None]) -> Any:
    return np.ma.masked_array(np.array([v or 0 for v in values], dtype=np.int64), mask=[v is None for v in values])


def _nan_masked(values: NDArray[np.float64]) -> Any:
    return np.ma.masked_array(values, mask=np.isnan(values))


def _first_text(record: dict[str, Any] | None, keys: tuple[str, ...]) -> str | None:
    for key in keys:
        value = (record or {}).get(key)
        if isinstance(value, str | int | float) and not isinstance(value, bool):
            return storable(str(value))
    return None


def _first_int(record: dict[str, Any] | None, keys: tuple[str, ...]) -> int | None:
    for key in keys:
        value = (record or {}).get(key)
        if type(value) is int and abs(value) < 2**63:
            return value
    return None
