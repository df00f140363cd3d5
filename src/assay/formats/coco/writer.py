"""Write a project's COCO sources back: records in their order, fields as they were, rejected records included."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from io import TextIOWrapper
from pathlib import Path
from typing import Any

import numpy as np

from assay.formats.fields import ANNOTATION_FIELDS, CATEGORY_FIELDS, IMAGE_FIELDS, present_fields
from assay.formats.json_text import load, verbatim
from assay.outputs import writing
from assay.ownfiles import refuse_links, replacing
from assay.project.coordinates import GeometryReader
from assay.project.source_ids import read_id
from assay.project.store import Connection, Store
from assay.project.vocabulary import Segmentation

_BATCH = 20_000


def write_coco(
    store: Store, number: int, path: Path, progress: Callable[[int, int], None] = lambda _done, _total: None
) -> dict[str, int]:
    """Write one source of a project as a COCO file equal to the one it came from, but for formatting.

    Args:
        number: The source's number.
        path: Written whole and renamed into place.
        progress: Called with records done and records in all; what it raises leaves the path as it was.

    Returns:
        How many records of each section were written.

    Raises:
        StorageError: It lies in the project, behind a symbolic link.
    """
    counts: dict[str, int] = {}
    is_own = path.is_relative_to(store.directory)
    if is_own:
        refuse_links(store.directory, path.parent)
    with (
        store.read() as cursor,
        replacing(path) if is_own else writing(path) as binary,
        TextIOWrapper(binary, encoding="utf-8", newline="") as file,
    ):
        header, present = cursor.execute("SELECT header, present FROM source WHERE source = ?", [number]).fetchall()[0]
        total = _count(cursor, number)
        file.write("{")
        first = True
        for key, value in load(header).items():
            file.write(("" if first else ",\n") + f"{verbatim(key)}: {verbatim(value)}")
            first = False
        makers = {"images": _images, "annotations": _annotations, "categories": _categories}
        for section in load(present):
            file.write(("" if first else ",\n") + f'"{section}": [')
            first = False
            counts[section] = 0
            rejected = _rejected(cursor, number, section)
            for position, text in _merge(makers[section](cursor, store, number), rejected):
                file.write((",\n" if position else "") + text)
                counts[section] += 1
                if not counts[section] % _BATCH:
                    progress(sum(counts.values()), total)
            file.write("]")
            progress(sum(counts.values()), total)
        file.write("}\n")
    return counts


def _count(cursor: Connection, number: int) -> int:
    tables = ("image", "annotation", "class_source", "rejected")
    counts = " + ".join(f"(SELECT count(*) FROM {table} WHERE source = $source)" for table in tables)
    return int(cursor.execute(f"SELECT {counts}", {"source": number}).fetchall()[0][0])


def _merge(records: Iterator[tuple[int, str]], rejected: list[tuple[int, str]]) -> Iterator[tuple[int, str]]:
    """Put two sorted streams of (position, record) into one; hand out running numbers."""
    waiting = iter([*rejected, (2**62, "")])
    next_rejected = next(waiting)
    written = 0
    for position, text in records:
        while next_rejected[0] < position:
            yield written, next_rejected[1]
            written += 1
            next_rejected = next(waiting)
        yield written, text
        written += 1
    while next_rejected[0] < 2**62:
        yield written, next_rejected[1]
        written += 1
        next_rejected = next(waiting)


def _rejected(cursor: Connection, number: int, section: str) -> list[tuple[int, str]]:
    return cursor.execute(
        "SELECT position, record FROM rejected WHERE source = ? AND section = ? ORDER BY position",
        [number, section],
    ).fetchall()


def _finish(record: dict[str, Any], extra: str | None) -> str:
    if extra:
        record |= load(extra)
    return verbatim(record)


def _images(cursor: Connection, _store: Store, number: int) -> Iterator[tuple[int, str]]:
    rows = cursor.execute(
        "SELECT position, source_id, source_key, file_name, width, height, present, extra FROM image "
        "WHERE source = ? ORDER BY position",
        [number],
    ).fetchall()
    for position, source_id, key, file_name, width, height, present, extra in rows:
        values = {"id": read_id(source_id, key), "file_name": file_name, "width": width, "height": height}
        yield position, _finish({name: values[name] for name in present_fields(present, IMAGE_FIELDS)}, extra)


def _categories(cursor: Connection, _store: Store, number: int) -> Iterator[tuple[int, str]]:
    rows = cursor.execute(
        "SELECT position, source_id, source_key, name, supercategory, present, extra FROM class_source "
        "WHERE source = ? ORDER BY position",
        [number],
    ).fetchall()
    for position, source_id, key, name, supercategory, present, extra in rows:
        values = {"id": read_id(source_id, key), "name": name, "supercategory": supercategory}
        fields = present_fields(present, CATEGORY_FIELDS)
        yield position, _finish({field: values[field] for field in fields}, extra)


_ANNOTATION_SQL = """
SELECT a.position, a.source_id, a.source_key, i.source_id, i.source_key, c.source_id, c.source_key,
       a.x, a.y, a.w, a.h, a.area, a.crowd, a.num_keypoints, a.segmentation, a.ring_count,
       a.rle_height, a.rle_width, a.rle_bytes, a.word_start, a.word_count, a.keypoint_start, a.keypoint_count,
       a.present, a.extra
FROM annotation a JOIN image i ON i.row = a.image
JOIN class_source c ON c.class = a.class AND c.source = a.source
WHERE a.source = ? ORDER BY a.position
"""


def _annotations(cursor: Connection, store: Store, number: int) -> Iterator[tuple[int, str]]:
    coordinates = store.coordinates
    result = cursor.execute(_ANNOTATION_SQL, [number])
    while rows := result.fetchmany(_BATCH):
        for row in rows:
            yield row[0], _annotation(coordinates, row)


def _annotation(coordinates: GeometryReader, row: tuple[Any, ...]) -> str:
    (_, own_id, own_key, image_id, image_key, class_id, class_key, x, y, w, h, area, crowd, num_keypoints,
     kind, ring_count, rle_height, rle_width, rle_bytes, word_start, word_count, keypoint_start, keypoint_count,
     present, extra) = row  # fmt: skip
    values = {
        "id": read_id(own_id, own_key),
        "image_id": read_id(image_id, image_key),
        "category_id": read_id(class_id, class_key),
        "bbox": None if x is None else [x, y, w, h],
        "area": area,
        "iscrowd": int(crowd),
        "segmentation": _segmentation(
            coordinates,
            kind,
            ring_count,
            (rle_height, rle_width),
            slice(word_start, word_start + word_count),
            rle_bytes,
        ),
        "keypoints": coordinates.numbers(keypoint_start, keypoint_count).tolist(),
        "num_keypoints": num_keypoints,
    }
    fields = present_fields(present, ANNOTATION_FIELDS)
    return _finish({name: values[name] for name in fields if name == "id" or values[name] is not None}, extra)


def _segmentation(
    coordinates: GeometryReader, kind: int, ring_count: int, size: tuple[int, int], place: slice, text_bytes: int
) -> Any:
    """Return a segmentation as it was read, or None where the verbatim rest has it."""
    if kind == Segmentation.EMPTY:
        return []
    if kind == Segmentation.COMPRESSED:
        return {"size": list(size), "counts": coordinates.text(place.start, text_bytes).decode()}
    numbers = coordinates.values[place]
    if kind == Segmentation.COUNTS:
        return {"size": list(size), "counts": numbers.astype(np.int64).tolist()}
    return split_rings(numbers, ring_count) if kind == Segmentation.POLYGON else None


def split_rings(numbers: Any, ring_count: int) -> list[list[float]]:
    """Return the rings that a polygon's words hold: ring lengths first, then the coordinates."""
    lengths = numbers[:ring_count].astype(np.int64)
    ends = np.cumsum(lengths) + ring_count
    return [numbers[end - length : end].tolist() for length, end in zip(lengths, ends, strict=True)]
