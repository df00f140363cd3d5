"""The schema of a project's database: numbered migrations, and what they make."""

from __future__ import annotations

import re
from contextlib import closing
from functools import lru_cache
from importlib import resources
from pathlib import Path

from assay.errors import StorageError
from assay.project.database import Connection, Database

_NUMBERED = re.compile(r"(\d{4})_\w+\.sql$")
_COLUMNS = "SELECT table_name, column_name, data_type FROM duckdb_columns() WHERE database_name = ? AND NOT internal"


@lru_cache(maxsize=1)
def migrations() -> tuple[tuple[int, str], ...]:
    """Return the numbered migrations, in order: number and SQL."""
    folder = resources.files("assay.project.migrations")
    scripts = [(m, entry) for entry in folder.iterdir() if (m := _NUMBERED.match(entry.name))]
    return tuple(sorted((int(match[1]), entry.read_text(encoding="utf-8")) for match, entry in scripts))


SCHEMA_VERSION = migrations()[-1][0]


def read_version(cursor: Connection, alias: str) -> int:
    """Return the number of the last migration that a database has seen, 0 where it has seen none."""
    has_state = cursor.execute(
        "SELECT count(*) FROM duckdb_tables() WHERE database_name = ? AND table_name = 'state'", [alias]
    ).fetchone()
    if not (has_state and has_state[0]):
        return 0
    row = cursor.execute("SELECT value FROM state WHERE key = 'schema'").fetchone()
    return int(row[0]) if row else 0


def check_version(directory: Path, version: int, *, read_only: bool) -> None:
    """Check that a project of some version can be worked with.

    Raises:
        StorageError: It is of a newer Assay, or of an older one and cannot be brought up to date.
    """
    if version > SCHEMA_VERSION:
        raise StorageError(
            "The project was made by a newer Assay.",
            item=str(directory),
            expected=f"schema {SCHEMA_VERSION} or older",
            actual=f"schema {version}",
            hint="Upgrade with: pip install -U assay",
        )
    if read_only and version < SCHEMA_VERSION:
        raise StorageError(
            "The project was made by an older Assay, and is read-only, so that it cannot be brought up to date.",
            item=str(directory),
            expected=f"schema {SCHEMA_VERSION}, or a folder that may be written",
            actual=f"schema {version}, no write permission",
            hint="Copy it to where you may write and open the copy, or have its owner open it once.",
        )


def migrate(cursor: Connection, version: int) -> None:
    """Bring a database up to date: one transaction for each migration, or for all of them where it is empty."""
    due = [(number, sql) for number, sql in migrations() if number > version]
    for steps in [due] if version == 0 and due else [[step] for step in due]:
        cursor.execute("BEGIN")
        for _, sql in steps:
            cursor.execute(sql)
        cursor.execute("DELETE FROM state WHERE key = 'schema'")
        cursor.execute("INSERT INTO state VALUES ('schema', ?)", [steps[-1][0]])
        cursor.execute("COMMIT")


def read_columns(database: Database, alias: str) -> dict[tuple[str, str], str]:
    """Return the type of every column of an attached database, by table and name."""
    with closing(database.root.cursor()) as cursor:
        return {(table, column): kind for table, column, kind in cursor.execute(_COLUMNS, [alias]).fetchall()}


def expected_columns(database: Database) -> dict[tuple[str, str], str]:
    """Return the type of every column that the migrations make, by table and name."""
    alias = database.attach_model()
    try:
        with closing(database.cursor(alias)) as cursor:
            migrate(cursor, 0)
        return read_columns(database, alias)
    finally:
        database.detach(alias)
