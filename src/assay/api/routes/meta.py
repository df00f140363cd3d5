"""Columns of the user's own beside those of the source."""

from __future__ import annotations

from assay.api.depends import Actor, TheDoor, TheStore
from assay.api.routers import api_router
from assay.api.schemas.meta import AddColumns, AddedColumns, FreeColumn
from assay.jobs.meta import add_columns
from assay.project.store import quote
from assay.query.compose import present
from assay.query.fields import FREE_TYPES, Scope

router = api_router("meta")
_TABLES: tuple[tuple[Scope, str, str], ...] = (
    ("image", "meta", "image_meta"),
    ("annotation", "attr", "annotation_attr"),
)


@router.get("/projects/{project}/meta")
def list_columns(store: TheStore, door: TheDoor) -> list[FreeColumn]:
    """Return the free fields of images and annotations, and how many items have a value."""
    return door.memo.get(store, ("meta",), lambda: [c for table in _TABLES for c in _describe(store, *table)])


def _describe(store: TheStore, scope: Scope, prefix: str, table: str) -> list[FreeColumn]:
    with store.read() as cursor:
        columns = cursor.execute(
            "SELECT name, type, added FROM typed_column WHERE scope = ? ORDER BY lower(name)", [scope]
        ).fetchall()
        if not columns:
            return []
        counts = ", ".join(f"count({quote(name)})" for name, _, _ in columns)
        numbers = cursor.execute(f"SELECT {counts} FROM {table} WHERE row IN (SELECT row FROM {scope})").fetchall()[0]
    return [
        FreeColumn(
            scope=scope,
            name=f"{prefix}.{name}",
            type=FREE_TYPES[kind],
            added=bool(added),
            count=count,
            query=str(present(f"{prefix}.{name}")),
        )
        for (name, kind, added), count in zip(columns, numbers, strict=True)
    ]


@router.post("/projects/{project}/meta")
def post_columns(request: AddColumns, store: TheStore, actor: Actor = "unknown") -> AddedColumns:
    """Add the columns of a CSV file of the machine that serves the project."""
    found = add_columns(
        store, request.path, request.key, request.scope, actor, source=request.source, split=request.split
    )
    return AddedColumns(
        columns=found.columns,
        matched=found.matched,
        unmatched=found.unmatched,
        examples=found.examples,
        warnings=found.warnings,
    )
