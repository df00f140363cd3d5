"""Columns of the user's own beside those of the source."""

from __future__ import annotations

from assay.api.depends import Actor, TheApp, TheStore
from assay.api.routers import api_router
from assay.api.schemas.meta import AddColumns, AddedColumns, FreeColumn
from assay.jobs.meta import add_columns
from assay.project.overview import count_free_columns
from assay.query.compose import present
from assay.query.fields import FREE_TYPES, Scope

router = api_router("meta")
_PREFIXES: dict[Scope, str] = {"image": "meta", "annotation": "attr"}


@router.get("/projects/{project}/meta")
def list_columns(store: TheStore, app: TheApp) -> list[FreeColumn]:
    """Return the free fields of images and annotations, and how many items have a value."""
    return app.memo.get(
        store, ("meta",), lambda: [c for scope, prefix in _PREFIXES.items() for c in _describe(store, scope, prefix)]
    )


def _describe(store: TheStore, scope: Scope, prefix: str) -> list[FreeColumn]:
    return [
        FreeColumn(
            scope=scope,
            name=f"{prefix}.{column.name}",
            type=FREE_TYPES[column.type],
            added=column.added,
            count=column.count,
            query=str(present(f"{prefix}.{column.name}")),
        )
        for column in count_free_columns(store, scope)
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
