"""Tags under another name, and tags as a CSV file and back: tag, scope, the image's file name, the item's id."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, TypedDict

import numpy as np

from assay.errors import InputError
from assay.formats.coco.json_text import load, verbatim
from assay.formats.table import Table
from assay.project.paths import absolute
from assay.project.store import Store
from assay.project.tags import TABLES, Scope, add_tag, check_name, rename_tag
from assay.project.views import change_query, list_views
from assay.query.parse import parse
from assay.query.tree import Term, Value, replace_terms
from assay.text import escape_json, read_cell, write_cell, write_csv

_HEADER = ("tag", "scope", "file_name", "id")
_EXAMPLES = 5
_JSON = ('"', "[", "{")  # what an id may begin with that is no number


class Imported(TypedDict):
    """What a file of tags has brought."""

    tags: list[str]
    changed: int
    skipped: int
    examples: list[str]


def rename_everywhere(store: Store, name: str, new_name: str, actor: str, *, merge: bool) -> None:
    """Give a tag another name, or make one of two, and let the views that speak of it follow.

    Raises:
        NotFoundError: there is no such tag.
        ExistsError: another tag has the name, and they are not to be merged.
        UsageError: the name cannot be used.
    """
    plain = check_name(new_name)

    def follow(term: Term) -> Term:
        speaks = term.key == "tag" and term.value == Value.quoted(name)
        return Term("tag", ":", Value.quoted(plain)) if speaks else term

    with store.write(changes_data=False, changes_tags=True):
        rename_tag(store, name, new_name, actor, merge=merge)
        for view in list_views(store):
            query = str(replace_terms(parse(view.query), follow))
            if query != view.query:
                change_query(store, view.name, query, actor)


def export_tags(store: Store) -> str:
    """Return all tags as CSV that no spreadsheet runs; an id that is no number is written as JSON."""
    rows: list[tuple[object, ...]] = []
    with store.read() as cursor:
        for scope, table in TABLES.items():
            image = "i.row = x.row" if scope == "image" else "i.row = o.image"
            found = cursor.execute(
                f"SELECT t.name, i.file_name, coalesce(o.source_id::VARCHAR, o.source_key) "
                f"FROM {table} x JOIN tag t USING (tag) JOIN {scope} o ON o.row = x.row JOIN image i ON {image} "
                "ORDER BY t.name, x.row"
            ).fetchall()
            rows.extend((write_cell(name), scope, write_cell(file), _write_id(key)) for name, file, key in found)
    return write_csv(_HEADER, rows)


def _write_id(key: str | None) -> object:
    return escape_json(key) if key and key[0] in _JSON else write_cell(key)


def _read_id(text: str) -> str:
    if text and text[0] in _JSON:
        try:
            return verbatim(load(text))
        except (ValueError, RecursionError, InputError):
            return text
    return read_cell(text)


def import_tags(store: Store, path: str, actor: str) -> Imported:
    """Mark the items that a CSV file names with its tags; what is marked already stays.

    Args:
        store: The project.
        path: A file such as :func:`export_tags` writes. Images are known by their file name, or by their id where
            that is empty; annotations by their id, within the image where one is named.
        actor: Who asks.

    Raises:
        InputError: the file cannot be read or has other columns; nothing has changed.
    """
    rows_of: dict[tuple[str, Scope], list[int]] = {}
    skipped: list[str] = []
    places = _Places(store)
    for line, record in _read(path):
        scope = record["scope"]
        if scope not in TABLES:
            raise InputError(
                "The file of tags has an unknown scope.",
                item=f"line {line}",
                expected="image or annotation",
                actual=scope,
            )
        name = check_name(read_cell(record["tag"]))
        found = places.find(scope, read_cell(record["file_name"]), _read_id(record["id"]))
        if found:
            rows_of.setdefault((name, scope), []).extend(found)
        else:
            skipped.append(record["id"] or record["file_name"])
    changed = 0
    with store.write(changes_data=False, changes_tags=True):  # all or nothing
        for (name, scope), rows in rows_of.items():
            changed += add_tag(store, scope, name, np.array(rows, dtype=np.int32), actor).changed
    names = sorted({name for name, _ in rows_of})
    return {"tags": names, "changed": changed, "skipped": len(skipped), "examples": skipped[:_EXAMPLES]}


def _read(path: str) -> Iterator[tuple[int, dict[str, str]]]:
    """Yield lines of the file and what stands on them."""
    table = Table(absolute(path))
    missing = [name for name in _HEADER if name not in table.header]
    if missing:
        raise InputError(
            "The file of tags lacks columns.",
            item=path[:200],
            expected=", ".join(_HEADER),
            actual=", ".join(table.header),
        )
    place = {name: table.header.index(name) for name in _HEADER}
    return ((row.line, {name: row.cells[at] for name, at in place.items()}) for row in table.sound_rows())


class _Places:
    """Finds rows by file name and id."""

    def __init__(self, store: Store) -> None:
        with store.read() as cursor:
            images = cursor.execute(
                "SELECT row, file_name, coalesce(source_id::VARCHAR, source_key) FROM image"
            ).fetchall()
            annotations = cursor.execute(
                "SELECT a.row, i.file_name, coalesce(a.source_id::VARCHAR, a.source_key) "
                "FROM annotation a JOIN image i ON i.row = a.image"
            ).fetchall()
        self._images_by_name = _index((name, row) for row, name, _ in images)
        self._images_by_id = _index((key, row) for row, _, key in images)
        self._annotations = _index(((name, key), row) for row, name, key in annotations)
        self._annotations_by_id = _index((key, row) for row, _, key in annotations)

    def find(self, scope: Scope, file_name: str, key: str) -> list[int]:
        """Return the rows of an item, several where the source gives one id twice."""
        if scope == "image":
            return self._images_by_name.get(file_name, []) if file_name else self._images_by_id.get(key, [])
        if not key:
            return []
        return self._annotations.get((file_name, key), []) if file_name else self._annotations_by_id.get(key, [])


def _index(pairs: Any) -> dict[Any, list[int]]:
    found: dict[Any, list[int]] = {}
    for key, row in pairs:
        found.setdefault(key, []).append(row)
    return found
