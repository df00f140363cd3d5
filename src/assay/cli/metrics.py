"""``assay metric``: what is measured, and how the values are spread."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any
from urllib.parse import quote

import typer

from assay.cli.output import format_number, print_json, print_table
from assay.cli.queries import ScopeOption
from assay.cli.target import Json, Target, find_project

app = typer.Typer(help="Metrics: list them, look at one.", no_args_is_help=True, rich_markup_mode=None)

_LISTED = ("key", "title", "scope", "kind", "suspicious", "description")
_SHOWN = (*_LISTED, "count", "nulls", "min", "q1", "median", "q3", "max", "mean", "moderate", "severe")


@app.command("list")
def list_metrics(target: Target = Path(), as_json: Json = False) -> None:
    """List the project's metrics.

    Example: assay metric list -t street
    """
    metrics = _ask(target, "metrics")
    if as_json:
        print_json([{key: metric[key] for key in _LISTED} for metric in metrics])
        return
    rows = [[m["key"], m["title"], m["scope"], f"{m['severe']:,}", f"{m['moderate']:,}", m["summary"]] for m in metrics]
    print_table(["key", "title", "scope", "severe", "moderate", "what"], rows, right=frozenset({3, 4}))


@app.command("show")
def show_metric(
    key: Annotated[str, typer.Argument(help="The metric's key.")],
    target: Target = Path(),
    scope: Annotated[ScopeOption | None, typer.Option("--scope", help="Where a key serves several.")] = None,
    as_json: Json = False,
) -> None:
    """Show what a metric means and how its values are spread.

    Example: assay metric show -t street annotation_duplicates
    """
    metric = _ask(target, f"metrics/{quote(key, safe='')}", scope=None if scope is None else scope.value)
    if as_json:
        print_json({name: metric[name] for name in _SHOWN})
        return
    typer.echo(f"{metric['title']} ({metric['key']}, {metric['scope']})\n")
    typer.echo(metric["description"].strip() + "\n")
    unit = f" {metric['unit']}" if metric["unit"] else ""
    names = ("min", "q1", "median", "q3", "max", "mean")
    rows = [[name, format_number(metric[name]) + (unit if metric[name] is not None else "")] for name in names]
    rows += [[name, f"{metric[name]:,}"] for name in ("count", "nulls", "moderate", "severe")]
    print_table(["", ""], rows, right=frozenset({1}))


def _ask(target: Path, path: str, **params: Any) -> Any:
    from assay.client.connection import connect, project_route

    project = find_project(target)
    with connect(project.parent, project=project.name, actor="cli") as connection:
        return connection.get(f"{project_route(project.name)}/{path}", **params)
