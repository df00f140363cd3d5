"""``assay query``: items and their values on the terminal."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from assay.cli.output import format_number, print_json, print_table
from assay.cli.target import Json, Target, find_project


class ScopeOption(StrEnum):
    """What a query is about."""

    IMAGE = "image"
    ANNOTATION = "annotation"


def query(
    text: Annotated[str, typer.Argument(metavar="QUERY", help="What to look for; empty for everything.")] = "",
    target: Target = Path(),
    scope: Annotated[ScopeOption, typer.Option("--scope", help="What to list.")] = ScopeOption.IMAGE,
    fields: Annotated[str, typer.Option("--fields", help="Keys to show, separated by commas.")] = "",
    sort: Annotated[str | None, typer.Option("--sort", help="KEY, or -KEY for descending.")] = None,
    limit: Annotated[int | None, typer.Option("--limit", help="At most so many items.", min=0)] = None,
    as_json: Json = False,
) -> None:
    """List images or annotations with their values.

    Example: assay query -t street --scope annotation --fields object_area --sort -annotation_duplicates --limit 10
    """
    from assay.client.connection import connect, project_route

    project = find_project(target)
    chosen = [key.strip() for key in fields.split(",") if key.strip()]
    body = {
        "query": text,
        "scope": scope.value,
        "fields": chosen,
        "sort": sort,
        "limit": limit if limit is not None or as_json else 50,
    }
    with connect(project.parent, project=project.name, actor="cli") as connection:
        result = connection.post(f"{project_route(project.name)}/query", body)
    if as_json:
        print_json(result)
        return
    identity = ["id", "file_name", *(["class"] if scope is ScopeOption.ANNOTATION else [])]
    header = list(dict.fromkeys([*identity, *chosen]))
    rows = [[_cell(item.get(key)) for key in header] for item in result["items"]]
    if rows:
        numeric = {
            i for i, key in enumerate(header) if any(isinstance(item.get(key), int | float) for item in result["items"])
        }
        print_table(header, rows, right=frozenset(numeric))
    typer.echo(f"{len(rows):,} of {result['total']:,} {scope.value}s", err=True)


def _cell(value: object) -> str:
    if isinstance(value, float):
        return format_number(value)
    return "–" if value is None else str(value)


def register(app: typer.Typer) -> None:
    """Add the command to the application."""
    app.command("query")(query)
