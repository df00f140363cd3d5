"""Metric values, statistics and evidence: wide tables with a column per metric beside the item tables."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any, Literal

import numpy as np
import orjson
from numpy.typing import NDArray

from assay.project.geometry import Evidence
from assay.project.store import Connection, Store, insert_columns, quote

Scope = Literal["image", "annotation"]
MeasuredScope = Literal["image", "annotation", "prediction"]
OUTDATED = -1  # values that are to be computed again
NEW = -2  # values whose statistics are still to be computed
_COLUMNS_READ = 8  # at once: 72 MB of a million items


def metric_table(scope: MeasuredScope) -> str:
    """Return the table that holds a scope's values."""
    return f"{scope}_metric"


def stored_keys(cursor: Connection, scope: MeasuredScope) -> list[str]:
    """Return the metrics that have a column."""
    described = cursor.execute(f"SELECT * FROM {metric_table(scope)} LIMIT 0").description or []
    return [column[0] for column in described if column[0] != "row"]


def write_values(
    cursor: Connection, scope: Scope, rows: NDArray[np.int32], values: dict[str, NDArray[np.float64]]
) -> None:
    """Store metrics of items; other items and other metrics keep their values.

    Args:
        rows: int32 ``(n,)``.
        values: Per key float64 ``(n,)``, NaN for NULL.
    """
    definitions = ", ".join(f"{quote(key)} DOUBLE" for key in values)
    cursor.execute(f"CREATE TEMP TABLE measured (row INTEGER, {definitions})")
    columns = {key: np.ma.masked_array(column, mask=np.isnan(column)) for key, column in values.items()}
    insert_columns(cursor, "measured", {"row": rows, **columns})
    merge_values(cursor, scope, "measured", list(values))
    cursor.execute("DROP TABLE measured")


def merge_values(cursor: Connection, scope: Scope, source: str, keys: list[str]) -> None:
    """Take columns of a table with a ``row`` column over into the scope's metrics, for the rows that it has.

    The wide table is written anew, in row order, with exactly the items that the scope has now. Of these columns, and
    of all if there are other items than before, the statistics are due.
    """
    table = metric_table(scope)
    stored = stored_keys(cursor, scope)
    new_columns = [
        f"CASE WHEN m.row IS NULL THEN old.{quote(key)} ELSE m.{quote(key)} END AS {quote(key)}"
        if key in stored
        else f"m.{quote(key)}"
        for key in keys
    ]
    old_columns = [f"old.{quote(key)}" for key in stored if key not in keys]
    before = cursor.execute(f"SELECT count(*) FROM {table}").fetchall()
    cursor.execute(
        f"CREATE TABLE metric_next AS SELECT {', '.join(['i.row', *old_columns, *new_columns])} FROM {scope} i "
        f"LEFT JOIN {table} old ON old.row = i.row LEFT JOIN {source} m ON m.row = i.row ORDER BY i.row"
    )
    cursor.execute(f"DROP TABLE {table}")
    cursor.execute(f"ALTER TABLE metric_next RENAME TO {table}")
    forget_severity(cursor, scope)
    if before != cursor.execute(f"SELECT count(*) FROM {table}").fetchall():
        mark_statistics_due(cursor)
    cursor.execute("UPDATE metric_state SET version = ? WHERE scope = ? AND list_contains(?, key)", [NEW, scope, keys])
    versions = current_versions(cursor).get(scope, {})
    for key in (key for key in keys if key not in versions):
        cursor.execute("INSERT INTO metric_state (key, scope, version) VALUES (?, ?, ?)", [key, scope, NEW])


def add_empty_columns(cursor: Connection, scope: Scope, keys: Iterable[str]) -> None:
    """Give metrics that have none a column without values, so that queries know them."""
    table = metric_table(scope)
    stored = set(stored_keys(cursor, scope))
    for key in keys:
        if key not in stored:
            cursor.execute(f"ALTER TABLE {table} ADD COLUMN {quote(key)} DOUBLE")
            cursor.execute("INSERT INTO metric_state (key, scope, version) VALUES (?, ?, ?)", [key, scope, NEW])


def mark_outdated(cursor: Connection, keys: Iterable[str]) -> None:
    """Write down that metrics are to be computed again."""
    cursor.execute("UPDATE metric_state SET version = ? WHERE list_contains(?, key)", [OUTDATED, list(keys)])


def mark_statistics_due(cursor: Connection) -> None:
    """Write down that there are other items than before, so that all statistics are to be computed again."""
    cursor.execute("UPDATE metric_state SET version = ? WHERE version >= 0", [NEW])
    forget_severity(cursor, "image")
    forget_severity(cursor, "annotation")


def current_versions(cursor: Connection) -> dict[str, dict[str, int]]:
    """Return the version of each metric's values by scope and key, or ``OUTDATED`` or ``NEW``."""
    versions: dict[str, dict[str, int]] = {}
    for scope, key, version in cursor.execute("SELECT scope, key, version FROM metric_state").fetchall():
        versions.setdefault(scope, {})[key] = version
    return versions


def forget_severity(cursor: Connection, scope: Scope) -> None:
    """Write down that values have changed since it was told which items are outliers of any metric."""
    cursor.execute("DELETE FROM state WHERE key = ?", [f"{scope}_severity"])


def has_severity(cursor: Connection, scope: Scope) -> bool:
    """Tell whether the severity of outliers is stored for the scope."""
    return cursor.execute("SELECT 1 FROM state WHERE key = ?", [f"{scope}_severity"]).fetchone() is not None


def write_severity(cursor: Connection, scope: Scope, rows: NDArray[np.int32], worst: NDArray[np.int8]) -> None:
    """Write down which items are outliers of any metric.

    Args:
        rows: int32 ``(n,)``, every item.
        worst: int8 ``(n,)``, 0 of none, 1 moderate, 2 severe.
    """
    cursor.execute(f"DELETE FROM {scope}_severity")
    insert_columns(cursor, f"{scope}_severity", {"row": rows, "worst": worst.astype(np.uint8)})
    forget_severity(cursor, scope)
    cursor.execute("INSERT INTO state VALUES (?, 1)", [f"{scope}_severity"])


def drop_values(cursor: Connection, scope: Scope, key: str) -> None:
    """Remove a metric's values, statistics and evidence."""
    if key in stored_keys(cursor, scope):
        cursor.execute(f"ALTER TABLE {metric_table(scope)} DROP COLUMN {quote(key)}")
    cursor.execute("DELETE FROM metric_state WHERE key = ? AND scope = ?", [key, scope])
    cursor.execute("DELETE FROM evidence WHERE metric = ?", [key])
    forget_severity(cursor, scope)


def read_values(cursor: Connection, scope: Scope, keys: list[str]) -> Iterator[tuple[str, NDArray[np.float64]]]:
    """Yield each metric's values of all items of a scope by row: float64 ``(n,)``, NaN for NULL.

    Some are read at once, as every query looks through the table; never all, for the sake of memory.
    """
    for start in range(0, len(keys), _COLUMNS_READ):
        together = keys[start : start + _COLUMNS_READ]
        columns = ", ".join(f"m.{quote(key)} AS c{number}" for number, key in enumerate(together))
        table = cursor.execute(
            f"SELECT {columns} FROM {scope} i LEFT JOIN {metric_table(scope)} m USING (row) ORDER BY i.row"
        ).fetchnumpy()
        for number, key in enumerate(together):
            column = np.ma.asarray(table.pop(f"c{number}"), dtype=np.float64)
            yield key, np.ma.filled(column, np.nan)


def insert_evidence(cursor: Connection, table: str, evidence: list[Evidence]) -> None:
    """Append evidence to a table of that kind."""
    for record in evidence:
        count = len(record.row)
        if not count:
            continue
        detail = list(record.detail) if len(record.detail) else [""] * count
        columns = {"metric": [record.metric] * count, "row": record.row, "partner": record.partner}
        insert_columns(cursor, table, {**columns, "value": record.value, "detail": detail})


def write_statistics(
    cursor: Connection, scope: Scope, version_of: dict[str, int], statistics: dict[str, dict[str, Any]]
) -> None:
    """Store each metric's statistics beside the version of its definition."""
    keys = list(statistics)
    cursor.execute("DELETE FROM metric_state WHERE scope = ? AND list_contains(?, key)", [scope, keys])
    texts = [orjson.dumps(numbers).decode() for numbers in statistics.values()]
    cursor.execute(
        "INSERT INTO metric_state SELECT new.key, ?, new.version, s.value, new.statistics, now()::TIMESTAMP "
        "FROM (SELECT unnest(?::VARCHAR[]) AS key, unnest(?::BIGINT[]) AS version, unnest(?::VARCHAR[]) AS statistics)"
        " AS new, state s WHERE s.key = 'data_version'",
        [scope, keys, [version_of[key] for key in keys], texts],
    )


def read_statistics(store: Store, scope: MeasuredScope) -> dict[str, dict[str, Any]]:
    """Return the stored statistics of every measured metric of a scope."""
    with store.read() as cursor:
        rows = cursor.execute(
            "SELECT key, statistics FROM metric_state WHERE scope = ? AND statistics IS NOT NULL", [scope]
        ).fetchall()
    return {key: orjson.loads(text) for key, text in rows}
