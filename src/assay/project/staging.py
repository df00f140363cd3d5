"""What a running measurement has found so far: appended batch by batch, merged into the wide tables at its end.

Staging tables are ordinary tables of the project, so what is committed survives a crash and is not computed again.
"""

from __future__ import annotations

from typing import Any, Literal

import numpy as np
import orjson
from numpy.typing import NDArray

from assay.project.geometry import Evidence
from assay.project.metric_versions import MissingMetrics
from assay.project.store import Connection, Store, insert_columns, quote
from assay.project.values import insert_evidence

Part = Literal["image", "annotation", "evidence"]
Columns = dict[str, Any]


class Staging:
    """The staging tables of one stage.

    Args:
        store: The project.
        stage: Key of the stage, or ``predictions``: the pixels of a set's predictions.
        missing: What the run computes; what an interrupted run of the same has left is kept, anything else dropped.
    """

    def __init__(self, store: Store, stage: str, missing: MissingMetrics) -> None:
        self._store = store
        self._stage = stage
        self._plan = orjson.dumps([missing.versions, missing.present], option=orjson.OPT_SORT_KEYS).decode()
        if self._left_plan() != self._plan:
            with store.write(changes_data=False) as cursor:
                self.drop(cursor)
                cursor.execute(f"CREATE TABLE {self._name('plan')} AS SELECT ? AS plan", [self._plan])

    def table(self, part: Part) -> str | None:
        """Return the name of a staging table; None where nothing has been staged."""
        return self._name(part) if self._exists(self._name(part)) else None

    def staged_rows(self) -> NDArray[np.int32]:
        """Return int32 rows of the images that are staged."""
        table = self.table("image")
        if table is None:
            return np.empty(0, dtype=np.int32)
        with self._store.read() as cursor:
            rows = cursor.execute(f"SELECT row FROM {table}").fetchnumpy()["row"]
        return np.ma.getdata(rows).astype(np.int32)

    def append(self, images: Columns, annotations: Columns, evidence: list[Evidence]) -> None:
        """Commit a batch: columns of images and of annotations, each with ``row``, and evidence."""
        with self._store.write(changes_data=False) as cursor:
            self._insert(cursor, "image", images)
            if len(annotations["row"]):
                self._insert(cursor, "annotation", annotations)
            if evidence:
                table = self._name("evidence")
                cursor.execute(f"CREATE TABLE IF NOT EXISTS {table} AS SELECT * FROM evidence LIMIT 0")
                insert_evidence(cursor, table, evidence)

    def drop(self, cursor: Connection) -> None:
        """Remove the staging tables in the running transaction."""
        drop_staged(cursor, self._stage)

    def _insert(self, cursor: Connection, part: Part, columns: Columns) -> None:
        table = self._name(part)
        definitions = ", ".join(f"{quote(name)} {_sql_type(values)}" for name, values in columns.items())
        cursor.execute(f"CREATE TABLE IF NOT EXISTS {table} ({definitions})")
        insert_columns(cursor, table, {name: _nullable(values) for name, values in columns.items()})

    def _left_plan(self) -> str | None:
        table = self._name("plan")
        if not self._exists(table):
            return None
        with self._store.read() as cursor:
            return str(cursor.execute(f"SELECT plan FROM {table}").fetchall()[0][0])

    def _exists(self, table: str) -> bool:
        with self._store.read() as cursor:
            row = cursor.execute(
                "SELECT count(*) FROM duckdb_tables() WHERE database_name = current_database() AND table_name = ?",
                [table],
            ).fetchall()
        return bool(row[0][0])

    def _name(self, part: str) -> str:
        return f"staged_{self._stage}_{part}"


def drop_staged(cursor: Connection, stage: str) -> None:
    """Remove what an interrupted run has left of a stage, in the running transaction."""
    for part in ("image", "annotation", "evidence", "plan"):
        cursor.execute(f"DROP TABLE IF EXISTS staged_{stage}_{part}")


def _sql_type(values: Any) -> str:
    if isinstance(values, list):
        return "VARCHAR"
    return {"f": "DOUBLE", "i": "BIGINT", "b": "BOOLEAN"}[np.asarray(values).dtype.kind]


def _nullable(values: Any) -> Any:
    if isinstance(values, np.ndarray) and values.dtype.kind == "f":
        return np.ma.masked_array(values, mask=np.isnan(values))
    return values
