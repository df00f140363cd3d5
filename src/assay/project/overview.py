"""What a project holds, counted: items, classes, shapes, sources, columns of the user's own, and its history."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any, Literal, NamedTuple

from assay.project.places import resolve_path
from assay.project.store import Connection, Store, quote

Scope = Literal["image", "annotation"]

_FREE_TABLES: dict[Scope, str] = {"image": "image_meta", "annotation": "annotation_attr"}
_CLASSES_SQL = """
SELECT c.row, c.source_id, c.source_key, c.name, c.supercategory, c.extra, count(a.row) AS annotations
FROM class c LEFT JOIN annotation a ON a.class = c.row
GROUP BY ALL ORDER BY annotations DESC, c.row
"""


@dataclass(frozen=True)
class Counts:
    """Counts of a project.

    Attributes:
        images, annotations, classes: How many there are.
        splits: Images by the name of their split.
        shapes: Annotations by the code of their :class:`~assay.project.geometry.Shape`, the most frequent first.
        statuses: Images by the code of their file's status.
    """

    images: int
    annotations: int
    classes: int
    splits: dict[str, int]
    shapes: dict[int, int]
    statuses: dict[int, int]


class SourceRecord(NamedTuple):
    """Where some of the images and annotations come from; ``report`` is the import doctor's."""

    number: int
    kind: str
    path: Path
    image_root: Path
    files: int
    split: str | None
    report: str
    imported_at: datetime


class ClassRecord(NamedTuple):
    """A class; ``extra`` holds the source's other fields as JSON."""

    row: int
    number: int | None
    key: str | None
    name: str
    supercategory: str | None
    extra: str | None
    annotations: int


@dataclass(frozen=True)
class FreeColumnRecord:
    """A column of the source's or the user's own, and how many items have a value in it."""

    name: str
    type: str
    added: bool
    count: int


class HistoryRecord(NamedTuple):
    """Something that was done to the project; ``detail`` is JSON."""

    sequence: int
    at: datetime
    actor: str
    action: str
    detail: str


def count_contents(cursor: Connection) -> Counts:
    """Count what a project holds."""
    [(images, annotations, classes)] = cursor.execute(
        "SELECT (SELECT count(*) FROM image), (SELECT count(*) FROM annotation), (SELECT count(*) FROM class)"
    ).fetchall()
    splits = cursor.execute(
        "SELECT split, count(*) FROM image WHERE split IS NOT NULL GROUP BY 1 ORDER BY 1"
    ).fetchall()
    shapes = cursor.execute("SELECT shape, count(*) FROM annotation GROUP BY 1 ORDER BY 2 DESC, 1").fetchall()
    statuses = cursor.execute("SELECT status, count(*) FROM image_file GROUP BY 1 ORDER BY 1").fetchall()
    return Counts(images, annotations, classes, dict(splits), dict(shapes), dict(statuses))


def count_items(store: Store, scope: Scope) -> int:
    """Return the number of images or annotations."""
    with store.read() as cursor:
        [(count,)] = cursor.execute(f"SELECT count(*) FROM {scope}").fetchall()
    return int(count)


def count_used_classes(store: Store) -> int:
    """Return the number of classes that have an annotation."""
    with store.read() as cursor:
        [(count,)] = cursor.execute("SELECT count(DISTINCT class) FROM annotation").fetchall()
    return int(count)


def read_sources(cursor: Connection, directory: Path) -> list[SourceRecord]:
    """Return the sources of a project in a directory, by number."""
    rows = cursor.execute(
        "SELECT source, kind, path, image_root, files, split, report, imported_at FROM source ORDER BY source"
    ).fetchall()
    return [
        SourceRecord(number, kind, resolve_path(directory, path), resolve_path(directory, root), *rest)
        for number, kind, path, root, *rest in rows
    ]


def read_class_records(store: Store) -> list[ClassRecord]:
    """Return the classes, the most frequent first."""
    with store.read() as cursor:
        return [ClassRecord(*row) for row in cursor.execute(_CLASSES_SQL).fetchall()]


def read_free_types(cursor: Connection) -> dict[Scope, dict[str, str]]:
    """Return the types of the free columns by their names, of images and of annotations."""
    types: dict[Scope, dict[str, str]] = {"image": {}, "annotation": {}}
    for scope, name, kind in cursor.execute("SELECT scope, name, type FROM typed_column").fetchall():
        types[scope][name] = kind
    return types


def count_free_columns(store: Store, scope: Scope) -> list[FreeColumnRecord]:
    """Return the free columns of images or annotations in the order of their names, and how many items have a value."""
    with store.read() as cursor:
        columns = cursor.execute(
            "SELECT name, type, added FROM typed_column WHERE scope = ? ORDER BY lower(name)", [scope]
        ).fetchall()
        if not columns:
            return []
        counts = ", ".join(f"count({quote(name)})" for name, _, _ in columns)
        [numbers] = cursor.execute(
            f"SELECT {counts} FROM {_FREE_TABLES[scope]} WHERE row IN (SELECT row FROM {scope})"
        ).fetchall()
    return [
        FreeColumnRecord(name, kind, bool(added), count)
        for (name, kind, added), count in zip(columns, numbers, strict=True)
    ]


def read_history(store: Store, limit: int) -> list[HistoryRecord]:
    """Return the history of the project, the latest entry first.

    Args:
        store: The project.
        limit: The most that are returned.
    """
    with store.read() as cursor:
        rows: list[tuple[Any, ...]] = cursor.execute(
            "SELECT sequence, recorded_at, actor, action, detail FROM history ORDER BY sequence DESC LIMIT ?", [limit]
        ).fetchall()
    return [HistoryRecord(*row) for row in rows]
