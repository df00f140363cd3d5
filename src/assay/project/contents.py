"""What a project's database may hold: tables of data, and nothing that is computed or read when a table is asked for.

A view, a macro, a trigger, a default or a generated column in the database of a stranger would be SQL of theirs that
runs with Assay's statements.
"""

from __future__ import annotations

import re
import stat
from contextlib import closing
from pathlib import Path

from assay.errors import StorageError
from assay.project.database import Database

_TYPES = re.compile(
    r"BOOLEAN|U?(TINYINT|SMALLINT|INTEGER|BIGINT|HUGEINT)|FLOAT|DOUBLE|DECIMAL\(\d+,\s?\d+\)|VARCHAR|BLOB|DATE|TIME|"
    r"TIMESTAMP(_S|_MS|_NS| WITH TIME ZONE)?"
)
_TEXT = "'(?:[^']|'')*'"
_CONSTANT = re.compile(rf"NULL|true|false|-?\d+(\.\d+)?|{_TEXT}|CAST\((NULL|{_TEXT}) AS [A-Z]+\)", re.IGNORECASE)

_FOREIGN = """
SELECT 'view', view_name FROM duckdb_views() WHERE database_name = $alias AND NOT internal
UNION ALL SELECT function_type, function_name FROM duckdb_functions() WHERE database_name = $alias AND NOT internal
UNION ALL SELECT 'type', type_name FROM duckdb_types() WHERE database_name = $alias AND NOT internal
UNION ALL SELECT 'sequence', sequence_name FROM duckdb_sequences() WHERE database_name = $alias
UNION ALL SELECT 'trigger', trigger_name FROM duckdb_triggers() WHERE database_name = $alias
UNION ALL SELECT 'index', index_name FROM duckdb_indexes() WHERE database_name = $alias
UNION ALL SELECT 'schema', schema_name FROM duckdb_schemas() WHERE database_name = $alias AND schema_name <> 'main'
UNION ALL SELECT lower(constraint_type) || ' constraint of table', table_name FROM duckdb_constraints()
    WHERE database_name = $alias AND constraint_type <> 'NOT NULL'
LIMIT 1
"""
_COLUMNS = """
SELECT table_name, column_name, data_type, column_default, is_generated FROM duckdb_columns()
WHERE database_name = $alias AND NOT internal
"""


def refuse_odd_files(database: Path) -> None:
    """Refuse a database, or a log beside it, that is no regular file: it would be opened wherever it leads.

    Raises:
        StorageError: It is a link, a pipe or a device.
    """
    for place in (database, *database.parent.glob(f"{database.name}.*")):
        try:
            mode = place.lstat().st_mode
        except FileNotFoundError:
            continue
        if not stat.S_ISREG(mode):
            actual = "a symbolic link" if stat.S_ISLNK(mode) else "a folder, device or pipe"
            raise _refuse(place, "a regular file", actual)


def check_contents(database: Database, alias: str, file: Path) -> None:
    """Check that an attached database holds tables of plain columns only.

    The catalogue is read from outside: a macro in the database could else replace the functions that list its content.

    Raises:
        StorageError: The database holds something else, which is named.
        duckdb.Error: The catalogue cannot be read.
    """
    with closing(database.root.cursor()) as cursor:
        odd = cursor.execute(_FOREIGN, {"alias": alias}).fetchone()
        columns = cursor.execute(_COLUMNS, {"alias": alias}).fetchall()
    if odd is not None:
        raise _refuse(file, "a database that holds nothing but tables", f"the {odd[0]} {odd[1]!r:.200}")
    for table, column, kind, default, is_computed in columns:
        if not _TYPES.fullmatch(kind):
            raise _refuse(file, "columns of numbers, text and times", f"{table}.{column} of type {kind:.100}")
        if is_computed or (default is not None and not _CONSTANT.fullmatch(default)):
            raise _refuse(file, "columns without expressions", f"{table}.{column}, computed as {default!s:.100}")


def _refuse(place: Path, expected: str, actual: str) -> StorageError:
    return StorageError(
        "The project's database holds what Assay has not put there, and is not opened.",
        item=str(place),
        expected=expected,
        actual=actual,
        hint="Ask whoever made it what this is for; a project of your own can be restored from a copy.",
    )
