"""Tags under another name, and tags as a CSV file and back: tag, scope, the image's file name, the item's id."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import TypedDict

import numpy as np

from assay.errors import InputError
from assay.formats.identify import told_source
from assay.formats.json_text import load, verbatim
from assay.formats.table import Table
from assay.jobs.belonging import Items, find_items
from assay.project.paths import absolute
from assay.project.sources import find_part, list_sources
from assay.project.store import Store
from assay.project.tags import TABLES, Scope, add_tag, check_name, rename_tag
from assay.project.views import change_query, list_views
from assay.query.parse import parse
from assay.query.tree import Term, Value, replace_terms
from assay.text import escape_json, read_cell, write_cell, write_csv

_HEADER = ("tag", "scope", "file_name", "id")
_SOURCE = "source"
_EXAMPLES = 5
_JSON = ('"', "[", "{")  # what an id may begin with that is no number


class Imported(TypedDict):
    """The result of an import of tags."""

    tags: list[str]
    changed: int
    skipped: int
    examples: list[str]
    warnings: list[str]


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
    """Return all tags as CSV that no spreadsheet runs; an id that is no number is written as JSON.

    Where the project has several sources, a column tells to which one an item belongs.
    """
    rows: list[tuple[object, ...]] = []
    with store.read() as cursor:
        labels = {source.number: source.label for source in list_sources(cursor)}
        several = len(labels) > 1
        for scope, table in TABLES.items():
            image = "i.row = x.row" if scope == "image" else "i.row = o.image"
            tagged = cursor.execute(
                f"SELECT t.name, i.file_name, coalesce(o.source_id::VARCHAR, o.source_key), o.source "
                f"FROM {table} x JOIN tag t USING (tag) JOIN {scope} o ON o.row = x.row JOIN image i ON {image} "
                "ORDER BY t.name, x.row"
            ).fetchall()
            for name, file, key, number in tagged:
                line = (write_cell(name), scope, write_cell(file), _write_id(key))
                rows.append((*line, write_cell(labels[number])) if several else line)
    return write_csv((*_HEADER, _SOURCE) if several else _HEADER, rows)


def _write_id(key: str | None) -> object:
    return escape_json(key) if key and key[0] in _JSON else write_cell(key)


def _read_id(text: str) -> str:
    if text and text[0] in _JSON:
        try:
            return verbatim(load(text))
        except (ValueError, RecursionError, InputError):
            return text
    return read_cell(text)


def import_tags(
    store: Store, path: str, actor: str, *, source: int | str | None = None, split: str | None = None
) -> Imported:
    """Mark the items that a CSV file names with its tags; what is marked already stays.

    Args:
        store: The project.
        path: A file such as :func:`export_tags` writes. Images are known by their file name, or by their id where
            that is empty; annotations by their id, within the image where one is named. Of equal ones, that of the
            line's source is meant.
        actor: Who asks.
        source: The source whose items are meant: its number, or its file.
        split: The split whose items are meant.

    Raises:
        InputError: the file cannot be read, has other columns, or may be about several sources; nothing has changed.
        NotFoundError: there is no such source or split.
    """
    with store.read() as cursor:
        part = find_part(cursor, source, split, store.directory)
        items = {scope: find_items(cursor, scope, part, store.directory) for scope in TABLES}
    lines: dict[Scope, list[tuple[str, str, list[int]]]] = {scope: [] for scope in TABLES}
    for number, record in _read(path):
        scope = record["scope"]
        if scope not in TABLES:
            raise InputError(
                "The file of tags has an unknown scope.",
                item=f"line {number}",
                expected="image or annotation",
                actual=scope,
            )
        label = record["id"] or record["file_name"]
        lines[scope].append((check_name(read_cell(record["tag"])), label, _find(items[scope], scope, record)))
    rows_of: dict[tuple[str, Scope], list[int]] = {}
    skipped, warnings = [], []
    for scope, entries in lines.items():
        groups, common_source = items[scope].settle(
            [rows for *_, rows in entries], [label for _, label, _ in entries], item=path
        )
        if common_source is not None:
            warnings.append(told_source(common_source, f"lines about {scope}s"))
        for (name, label, _), rows in zip(entries, groups, strict=True):
            if rows:
                rows_of.setdefault((name, scope), []).extend(rows)
            else:
                skipped.append(label)
    changed = 0
    with store.write(changes_data=False, changes_tags=True):  # all or nothing
        for (name, scope), rows in rows_of.items():
            changed += add_tag(store, scope, name, np.array(rows, dtype=np.int32), actor).changed
    names = sorted({name for name, _ in rows_of})
    return {
        "tags": names,
        "changed": changed,
        "skipped": len(skipped),
        "examples": skipped[:_EXAMPLES],
        "warnings": warnings,
    }


def _read(path: str) -> Iterator[tuple[int, dict[str, str]]]:
    """Yield the file's lines by number, each as a record by column."""
    table = Table(absolute(path), raw=True)  # ids may be JSON
    missing = [name for name in _HEADER if name not in table.header]
    if missing:
        raise InputError(
            "The file of tags lacks columns.",
            item=path[:200],
            expected=", ".join(_HEADER),
            actual=", ".join(table.header),
        )
    place = {name: table.header.index(name) for name in (*_HEADER, _SOURCE) if name in table.header}
    return (
        (row.line, {_SOURCE: ""} | {name: row.cells[at] for name, at in place.items()}) for row in table.sound_rows()
    )


def _find(items: Items, scope: Scope, record: dict[str, str]) -> list[int]:
    """Return the rows of the item that a line names, several where a source gives one id or file twice."""
    name, key, label = read_cell(record["file_name"]), _plain(_read_id(record["id"])), read_cell(record[_SOURCE])
    if scope == "annotation":
        return items.within(items.with_id(key), name=name or None, label=label) if key else []
    if not name:
        return items.within(items.with_id(key), label=label) if key else []
    by_name = items.within(items.with_name(name), label=label)
    by_id = items.with_id(key) if key else []
    return [row for row in by_name if row in by_id] or by_name


def _plain(key: str) -> str:
    """Return an id that is text without the quotes of JSON."""
    if key.startswith('"'):
        try:
            value = json.loads(key)
        except json.JSONDecodeError:
            return key
        return value if isinstance(value, str) else key
    return key
