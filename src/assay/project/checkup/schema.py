"""Whether the database has the tables and columns that its version has."""

from __future__ import annotations

from collections.abc import Iterator

from assay.project.checkup.subject import Finding, Subject
from assay.project.manifest import DATABASE
from assay.project.schema import SCHEMA_VERSION, expected_columns

_TABLES_SQL = "SELECT table_name FROM duckdb_tables() WHERE database_name = current_database() AND NOT temporary"
_WHOLE = (
    *tuple(f"{sign}{width}INT" for sign in ("", "U") for width in ("TINY", "SMALL", "BIG")),
    "INTEGER",
    "UINTEGER",
)
_REAL = ("FLOAT", "DOUBLE")
_RESTORE = "Restore the file from a copy."


def check_schema(subject: Subject) -> Iterator[Finding]:
    """Compare the version and the tables with what this Assay expects."""
    file = str(subject.directory / DATABASE)
    tables = {name for (name,) in subject.numbers(_TABLES_SQL)}
    version = (subject.state("schema") or 0) if "state" in tables else 0
    if version != SCHEMA_VERSION:
        newer = version > SCHEMA_VERSION
        yield Finding(
            "error",
            "The database has another schema than this Assay works with.",
            item=file,
            expected=f"schema {SCHEMA_VERSION}",
            actual=f"schema {version}" if version else "none",
            hint="Upgrade with: pip install -U assay" if newer else "Open the project where it may be written.",
        )
        return
    expected, actual = expected_columns(subject.database), subject.columns()
    missing = sorted({table for table, _ in expected} - tables)
    if missing:
        yield Finding(
            "error",
            "Tables are missing from the database.",
            item=file,
            expected=", ".join(missing[:10]),
            actual=f"{len(missing)} are not there",
            hint=_RESTORE,
            count=len(missing),
        )
    others = [p for p, kind in expected.items() if p[0] not in missing and not _serves(actual.get(p), kind)]
    if others:
        first = others[0]
        yield Finding(
            "error",
            "Columns are missing from the database, or are of another type.",
            item=file,
            expected=f"{'.'.join(first)} of type {expected[first]}",
            actual=actual.get(first, "nothing"),
            hint=_RESTORE,
            count=len(others),
        )


def _serves(actual: str | None, expected: str) -> bool:
    """Tell whether a column is of the expected type, or of one for numbers of another width, as a rebuilt table has."""
    return actual == expected or any(actual in kinds and expected in kinds for kinds in (_WHOLE, _REAL))
