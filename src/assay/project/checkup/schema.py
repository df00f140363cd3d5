"""Whether the database has the tables and columns that its version has."""

from __future__ import annotations

from collections.abc import Iterator

from assay.project.checkup.subject import Finding, Subject
from assay.project.manifest import DATABASE
from assay.project.store import SCHEMA_VERSION, migrations

_TABLES_SQL = "SELECT table_name FROM duckdb_tables() WHERE database_name = current_database() AND NOT temporary"


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
    missing = sorted(_expected_tables() - tables)
    if missing:
        yield Finding(
            "error",
            "Tables are missing from the database.",
            item=file,
            expected=", ".join(missing[:10]),
            actual=f"{len(missing)} of {len(_expected_tables())} are not there",
            hint="Restore the file from a copy.",
            count=len(missing),
        )


def _expected_tables() -> set[str]:
    found = set()
    for _, sql in migrations():
        for statement in sql.split(";"):
            words = "\n".join(line for line in statement.splitlines() if not line.startswith("--")).split()
            if words[:2] == ["CREATE", "TABLE"]:
                found.add(words[2])
    return found
