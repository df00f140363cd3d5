"""Typed columns from the free fields of records: ``meta.*`` of images, ``attr.*`` of annotations.

A field becomes a column of the narrowest type that all of its values fit: BOOLEAN, DOUBLE, TIMESTAMP, else
VARCHAR. Lists and nested objects have no column; they stay in the record's verbatim rest.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from math import isnan
from typing import Any

import numpy as np
from numpy.typing import NDArray

from assay.project.store import Connection, insert_columns, quote
from assay.stopping import poll

_MAX_COLUMNS = 500
_MAX_NAME = 120
_SCALARS = frozenset((bool, int, float, str))
_MAX_DOUBLE = 2**1023


@dataclass(frozen=True)
class TypedColumn:
    """One column: its name without prefix, its SQL type, the rows that have a value, and the values."""

    name: str
    type: str
    rows: NDArray[np.int32]
    values: list[Any]


def infer_columns(records: Iterable[tuple[int, dict[str, Any]]]) -> tuple[list[TypedColumn], list[str]]:
    """Gather the scalar fields of records into typed columns.

    Args:
        records: Row and free fields of each record that has any; a field ``attributes`` that is an object
            is opened up one level.

    Returns:
        The columns, and the names of fields left out: beyond the first 500, without a name, or with a very
        long one.
    """
    gathered: dict[str, tuple[list[int], list[Any]]] = {}
    left_out: set[str] = set()
    for row, record in records:
        for name, value in _scalars(record):
            if name not in gathered:
                if len(gathered) >= _MAX_COLUMNS or not 0 < len(name) <= _MAX_NAME:
                    left_out.add(name)
                    continue
                gathered[name] = ([], [])
            rows, values = gathered[name]
            rows.append(row)
            values.append(value)
    return [_to_column(name, rows, values) for name, (rows, values) in gathered.items()], sorted(left_out)


def _scalars(record: dict[str, Any]) -> Iterable[tuple[str, Any]]:
    """Yield the fields that a column can hold; NaN counts as no value."""
    for name, value in record.items():
        if name == "attributes" and isinstance(value, dict):
            yield from ((n, v) for n, v in value.items() if _has_column(v))
        elif _has_column(value):
            yield name, value


def _has_column(value: Any) -> bool:
    return type(value) in _SCALARS and not (type(value) is float and isnan(value))


def _to_column(name: str, rows: list[int], values: list[Any]) -> TypedColumn:
    kinds = set(map(type, values))
    index = np.array(rows, dtype=np.int32)
    if kinds == {bool}:
        return TypedColumn(name, "BOOLEAN", index, values)
    if kinds <= {int, float} and (int not in kinds or max(abs(v) for v in values if type(v) is int) <= _MAX_DOUBLE):
        return TypedColumn(name, "DOUBLE", index, [float(v) for v in values])
    if kinds == {str}:
        dates = _to_dates(values)
        if dates is not None:
            return TypedColumn(name, "TIMESTAMP", index, dates)
    return TypedColumn(name, "VARCHAR", index, [storable(str(v)) for v in values])


def _to_dates(values: list[str]) -> list[datetime] | None:
    dates = []
    for value in values:
        if not 8 <= len(value) <= 35 or not value[:4].isdigit():
            return None
        try:
            date = datetime.fromisoformat(value.replace("/", "-"))
            dates.append(date if date.tzinfo is None else date.astimezone(UTC).replace(tzinfo=None))
        except (ValueError, OverflowError):  # no date, or one that is out of range in UTC
            return None
    return dates


def storable(text: str) -> str:
    """Return text that UTF-8 can hold: half surrogates, which JSON allows, as escapes."""
    return text if text.isascii() else text.encode("utf-8", "backslashreplace").decode()


def write_columns(cursor: Connection, scope: str, columns: list[TypedColumn], row_count: int) -> None:
    """Merge typed columns into the wide table of a scope; a column's type widens where it must.

    Args:
        scope: ``image`` or ``annotation``.
        row_count: Items of the scope; the table gets a row for each.
    """
    table = "image_meta" if scope == "image" else "annotation_attr"
    types = dict(cursor.execute("SELECT name, type FROM typed_column WHERE scope = ?", [scope]).fetchall())
    cursor.execute(
        f"INSERT INTO {table}(row) SELECT range FROM range(?) WHERE range NOT IN (SELECT row FROM {table})",
        [row_count],
    )
    for column in columns:
        poll()
        name = _stored_name(storable(column.name), types)
        if name not in types:
            cursor.execute(f"ALTER TABLE {table} ADD COLUMN {quote(name)} {column.type}")
            cursor.execute("INSERT INTO typed_column (scope, name, type) VALUES (?, ?, ?)", [scope, name, column.type])
            types[name] = column.type
        elif types[name] != column.type and types[name] != "VARCHAR":
            cursor.execute(f"ALTER TABLE {table} ALTER COLUMN {quote(name)} TYPE VARCHAR")
            cursor.execute("UPDATE typed_column SET type = 'VARCHAR' WHERE scope = ? AND name = ?", [scope, name])
            types[name] = "VARCHAR"
        values = column.values if types[name] == column.type else [str(v) for v in column.values]
        cursor.execute(f"CREATE TEMP TABLE incoming (row INTEGER, value {types[name]})")
        insert_columns(cursor, "incoming", {"row": column.rows, "value": _pack(values, types[name])})
        cursor.execute(
            f"UPDATE {table} SET {quote(name)} = incoming.value FROM incoming WHERE incoming.row = {table}.row"
        )
        cursor.execute("DROP TABLE incoming")


def _stored_name(name: str, types: dict[str, str]) -> str:
    """Return the column's name, told apart from one that differs in case only: SQL does not see case."""
    candidate, number = name, 2
    while candidate.lower() == "row" or any(k.lower() == candidate.lower() and k != candidate for k in types):
        candidate = f"{name}_{number}"
        number += 1
    return candidate


def _pack(values: list[Any], sql_type: str) -> Any:
    if sql_type == "TIMESTAMP":
        return np.array(values, dtype="datetime64[us]")
    if sql_type == "VARCHAR":
        return values
    return np.array(values, dtype=np.float64 if sql_type == "DOUBLE" else bool)
