"""Metric values, statistics and evidence: wide tables with a column per metric beside the item tables."""

from __future__ import annotations

from typing import Any, Literal

import numpy as np
import orjson
from numpy.typing import NDArray

from assay.project.geometry import Evidence
from assay.project.store import Connection, Store, insert_columns, quote

Scope = Literal["image", "annotation"]


def metric_table(scope: Scope) -> str:
    """Return the table that holds a scope's values."""
    return f"{scope}_metric"


def stored_keys(cursor: Connection, scope: Scope) -> list[str]:
    """Return the metrics that have a column."""
    described = cursor.execute(f"SELECT * FROM {metric_table(scope)} LIMIT 0").description or []
    return [column[0] for column in described if column[0] != "row"]


def write_values(
    cursor: Connection, scope: Scope, rows: NDArray[np.int32], values: dict[str, NDArray[np.float64]]
) -> None:
    """Store metrics of all items of a scope; other metrics keep their values.

    Args:
        rows: int32 ``(n,)``.
        values: Per key float64 ``(n,)``, NaN for NULL.
    """
    table = metric_table(scope)
    kept = [key for key in stored_keys(cursor, scope) if key not in values]
    definitions = ", ".join(f"{quote(key)} DOUBLE" for key in values)
    cursor.execute(f"CREATE TEMP TABLE measured (row INTEGER, {definitions})")
    columns = {key: np.ma.masked_array(column, mask=np.isnan(column)) for key, column in values.items()}
    insert_columns(cursor, "measured", {"row": rows, **columns})
    others = "".join(f", old.{quote(key)}" for key in kept)
    cursor.execute(
        f"CREATE TABLE metric_next AS SELECT m.*{others} "
        f"FROM measured m LEFT JOIN {table} old USING (row) ORDER BY m.row"
    )
    cursor.execute(f"DROP TABLE {table}")
    cursor.execute(f"ALTER TABLE metric_next RENAME TO {table}")
    cursor.execute("DROP TABLE measured")


def write_evidence(cursor: Connection, evidence: list[Evidence]) -> None:
    """Replace the evidence of the metrics that occur."""
    for key in {e.metric for e in evidence}:
        cursor.execute("DELETE FROM evidence WHERE metric = ?", [key])
    for record in evidence:
        count = len(record.row)
        if not count:
            continue
        detail = list(record.detail) if len(record.detail) else [""] * count
        insert_columns(
            cursor,
            "evidence",
            {
                "metric": [record.metric] * count,
                "row": record.row,
                "partner": record.partner,
                "value": record.value,
                "detail": detail,
            },
        )


def write_statistics(
    cursor: Connection, scope: Scope, version_of: dict[str, int], statistics: dict[str, dict[str, Any]]
) -> None:
    """Store each metric's statistics beside the version of its definition."""
    for key, numbers in statistics.items():
        cursor.execute("DELETE FROM metric_state WHERE key = ? AND scope = ?", [key, scope])
        cursor.execute(
            "INSERT INTO metric_state SELECT ?, ?, ?, value, ?, now()::TIMESTAMP FROM state WHERE key = 'data_version'",
            [key, scope, version_of[key], orjson.dumps(numbers).decode()],
        )


def read_statistics(store: Store, scope: Scope) -> dict[str, dict[str, Any]]:
    """Return the stored statistics of every measured metric of a scope."""
    with store.read() as cursor:
        rows = cursor.execute("SELECT key, statistics FROM metric_state WHERE scope = ?", [scope]).fetchall()
    return {key: orjson.loads(text) for key, text in rows}
