"""Columns of the user's own: a CSV file whose lines are matched with images or annotations."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from assay.errors import ExistsError, InputError, UsageError
from assay.formats.identify import told_source
from assay.formats.table import Table, convert_column
from assay.jobs.belonging import find_items
from assay.project.paths import absolute
from assay.project.sources import find_part
from assay.project.store import Store
from assay.project.typed import infer_columns, write_columns
from assay.query.fields import Scope

_EXAMPLES = 5
_KEYS: dict[Scope, tuple[str, ...]] = {"image": ("file_name", "id"), "annotation": ("id",)}
_PREFIX: dict[Scope, str] = {"image": "meta", "annotation": "attr"}


@dataclass(frozen=True)
class Added:
    """The result of adding a table: columns under the names that queries use, and lines without an item."""

    columns: list[str]
    matched: int
    unmatched: int
    examples: list[str]
    warnings: list[str]


def add_columns(
    store: Store,
    path: str,
    key: str,
    scope: Scope,
    actor: str,
    *,
    source: int | str | None = None,
    split: str | None = None,
) -> Added:
    """Add the columns of a CSV file to images or annotations.

    A column becomes numbers, truth values, dates or text, whichever fits all of its values; empty cells have no value.
    Adding a column again replaces its values where the file has new ones. A refresh of the source leaves them.

    Args:
        store: The project.
        path: A CSV file in UTF-8 with a header.
        key: The column that tells the item: ``file_name`` or ``id`` of images, ``id`` of annotations.
        scope: What the lines are about.
        actor: Who asks.
        source: The source whose items are meant: its number, or its file.
        split: The split whose items are meant.

    Raises:
        UsageError: the key is none of these.
        InputError: the file cannot be read, no line has an item, or lines may belong to several sources; nothing has
            changed.
        NotFoundError: there is no such source or split.
        ExistsError: a column has the name of a field of the source.
    """
    if key not in _KEYS[scope]:
        raise UsageError(
            "The key cannot tell items.", item=key[:100], expected=" or ".join(_KEYS[scope]), actual=key[:100]
        )
    header, lines = _read(path, key)
    names = [name for name in header if name != key]
    converted = {name: convert_column([line[name] for line in lines]) for name in names}
    prefix = _PREFIX[scope]
    with store.write() as cursor:
        own = dict(cursor.execute("SELECT lower(name), added FROM typed_column WHERE scope = ?", [scope]).fetchall())
        for name in names:
            if own.get(_plain(name, prefix).lower()) is False:
                raise ExistsError(
                    "The source has a field of that name.",
                    item=name,
                    expected="another name for the column",
                    actual=f"{prefix}.{_plain(name, prefix)}, read from the source",
                    hint="Rename the column in the file.",
                )
        owned = find_items(cursor, scope, find_part(cursor, source, split, store.directory), store.directory)
        rows_of, common_source = owned.match([line[key] for line in lines], by_id=key == "id", item=path)
        records: dict[int, dict[str, Any]] = {}
        unmatched = []
        for at, (line, rows) in enumerate(zip(lines, rows_of, strict=True)):
            if not rows:
                unmatched.append(line[key])
            values = {_plain(n, prefix): converted[n][at] for n in names if converted[n][at] is not None}
            for row in rows:
                records.setdefault(row, {}).update(values)
        if not records:
            raise InputError(
                "No line of the table has an item.",
                item=path[:200],
                expected=f"{key} such as {owned.example(by_id=key == 'id')}",
                actual=f"for example {unmatched[0]}" if unmatched else "a table without lines",
            )
        columns, left_out = infer_columns(records.items())
        if left_out:
            raise InputError("A column's name cannot be used.", item=left_out[0][:100], actual="too long or empty")
        [(count,)] = cursor.execute(f"SELECT max(row) + 1 FROM {scope}").fetchall()
        write_columns(cursor, scope, columns, count)
        column_names = [column.name for column in columns]
        cursor.execute(
            "UPDATE typed_column SET added = true WHERE scope = ? AND list_contains(?, name)", [scope, column_names]
        )
        Store.record(cursor, actor, "add columns", {"columns": column_names, "file": path, "items": len(records)})
    return Added(
        [f"{prefix}.{name}" for name in column_names],
        len(lines) - len(unmatched),
        len(unmatched),
        unmatched[:_EXAMPLES],
        [] if common_source is None else [told_source(common_source, "lines")],
    )


def _plain(name: str, prefix: str) -> str:
    return name.removeprefix(f"{prefix}.")


def _read(path: str, key: str) -> tuple[list[str], list[dict[str, str]]]:
    table = Table(absolute(path))
    header = [name for name in table.header if name]
    if key not in header:
        raise InputError(
            "The table lacks the key.",
            item=path[:200],
            expected=f"a column named {key}",
            actual=", ".join(header)[:200],
        )
    if len(header) < 2:
        raise InputError(
            "The table has no columns to add.",
            item=path[:200],
            expected=f"{key} and other columns",
            actual=", ".join(header)[:200],
        )
    return header, [{n: c for n, c in zip(table.header, row.cells, strict=True) if n} for row in table.sound_rows()]
