"""``assay project trust``, and the question that other commands ask before they do what a project asks for."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from assay.cli.output import print_json
from assay.cli.target import Json, Target, find_project
from assay.errors import UntrustedError

if TYPE_CHECKING:
    from assay.client.connection import Connection


def trust_project(
    target: Target = Path(),
    list_only: Annotated[bool, typer.Option("--list", help="Only list what the project asks for.")] = False,
    yes: Annotated[bool, typer.Option("--yes", "-y", help="Approve all of it without asking.")] = False,
    as_json: Json = False,
) -> None:
    """Show what a project asks for: jobs, code, places outside it. Approve it if you trust its maker.

    Until then it is left alone: looking at tables and at images inside the project needs no approval.

    Example: assay project trust -t street
    """
    from assay.client.connection import connect
    from assay.client.routes import project_route

    project = find_project(target)
    with connect(project.parent, project=project.name, actor="cli") as connection:
        route = f"{project_route(project.name)}/trust"
        report = connection.get(route)
        asked = [request for request in report["requests"] if not request["approved"]]
        if not as_json:
            _print(report)
        agreed = bool(asked) and not list_only and (yes or (not as_json and _can_ask() and _agree(len(asked))))
        if agreed:
            report = connection.post(route, {"ids": [request["id"] for request in asked]})
    if as_json:
        print_json(report)
    if agreed:
        typer.echo(f"Approved {len(asked)} of what {project.name} asks for.", err=True)
    elif asked and not list_only and not as_json:
        typer.echo("Nothing was approved. Approve with --yes.", err=True)
    if report["unapproved"] and not list_only:
        raise typer.Exit(UntrustedError.exit_code)


def ask_for_approval(connection: Connection, project: Path) -> None:
    """Show on a terminal what a project asks for, and ask; without one it will be skipped and named."""
    if not _can_ask():
        return
    from assay.client.routes import project_route

    route = f"{project_route(project.name)}/trust"
    report = connection.get(route)
    asked = [request for request in report["requests"] if not request["approved"] and request["kind"] != "job"]
    if not asked:
        return
    _print(report | {"requests": asked})
    if _agree(len(asked)):
        connection.post(route, {"ids": [request["id"] for request in asked]})


def tell_skipped(skipped: list[str], project: Path) -> None:
    """Name what was left out since it is not approved."""
    for text in skipped:
        typer.echo(f"Skipped: {text}", err=True)
    if skipped:
        typer.echo(f"Look at what the project asks for: assay project trust -t {project}", err=True)


def _can_ask() -> bool:
    return sys.stdin.isatty() and sys.stdout.isatty()


def _agree(count: int) -> bool:
    return typer.confirm(
        f"Approve {'this' if count == 1 else f'these {count}'}? Only if you trust who made the project"
    )


def _print(report: dict[str, Any]) -> None:
    if not report["requests"]:
        typer.echo(f"{report['project']} asks for nothing.")
        return
    typer.echo(f"{report['project']} asks to:")
    for request in report["requests"]:
        state = "approved" if request["approved"] else "not approved"
        images = f" ({request['images']:,} images)" if request["images"] is not None else ""
        typer.echo(f"  {state:<12}  {request['text']}{images}")
        if request["detail"] and not request["approved"]:
            typer.echo(f"                {request['detail'][:500]}")
    if report["problem"]:
        typer.echo(f"Approvals are forgotten when the process ends: {report['problem']}", err=True)
