"""``assay project``: list, look at, delete."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated

import typer

from assay.cli.output import print_json, print_table
from assay.cli.target import Json, Target, find_project, find_workspace
from assay.errors import NotFoundError, UsageError

app = typer.Typer(help="Projects: list them, look at one, delete one.", no_args_is_help=True, rich_markup_mode=None)

_LISTED = (
    "name",
    "path",
    "state",
    "images",
    "annotations",
    "classes",
    "prediction_sets",
    "created",
    "last_opened",
)


@app.command("list")
def list_projects(target: Target = Path(), as_json: Json = False) -> None:
    """List the projects of a folder.

    Example: assay project list -t ~/datasets
    """
    from assay.client.connection import connect

    workspace = find_workspace(target)
    if not workspace.is_dir():
        raise NotFoundError(
            "The folder does not exist.",
            item=str(workspace),
            expected="a folder of projects",
            actual="a file" if workspace.exists() else "nothing there",
        )
    with connect(workspace, actor="cli") as connection:
        projects = connection.get("/api/projects")["projects"]
    if as_json:
        print_json([{key: project[key] for key in _LISTED} for project in projects])
        return
    if not projects:
        typer.echo("No projects here. `assay quickstart` makes one.", err=True)
        return
    rows = [[p["name"], p["state"], f"{p['images']:,}", f"{p['annotations']:,}", f"{p['classes']:,}"] for p in projects]
    print_table(["name", "state", "images", "annotations", "classes"], rows, right=frozenset({2, 3, 4}))


@app.command("info")
def show_info(target: Target = Path(), as_json: Json = False) -> None:
    """Show a project's counts, sources and the import doctor's report.

    Example: assay project info -t street
    """
    from assay.client.connection import connect, project_route

    project = find_project(target)
    with connect(project.parent, project=project.name, actor="cli") as connection:
        info = connection.get(project_route(project.name))
    if as_json:
        print_json(info)
        return
    typer.echo(f"{info['name']}  {info['path']}")
    typer.echo(
        f"{info['images']:,} images, {info['annotations']:,} annotations, {info['classes']:,} classes, "
        f"{info['size_bytes'] / 1e6:,.1f} MB"
    )
    for title, counts in (
        ("Shapes", info["shapes"]),
        ("Splits", info["splits"]),
        ("Image files", info["image_status"]),
    ):
        if counts:
            typer.echo(f"{title}: " + ", ".join(f"{name} {count:,}" for name, count in counts.items()))
    for source in info["sources"]:
        typer.echo(f"Source {source['source']}: {source['kind']} {source['path']}, images in {source['images']}")
    for finding in info["doctor"]:
        typer.echo(f"{finding['severity']}: {finding['count']:,} {finding['code']}: {finding['message']}")


@app.command("delete")
def delete_project(
    target: Target = Path(),
    yes: Annotated[bool, typer.Option("--yes", "-y", help="Do not ask.")] = False,
) -> None:
    """Delete a project. Images outside its folder stay.

    Example: assay project delete -t street --yes
    """
    from assay.client.connection import connect, project_route

    project = find_project(target)
    if not yes:
        if not sys.stdin.isatty():
            raise UsageError(
                "Deleting needs a confirmation.",
                item=str(project),
                expected="--yes",
                actual="no terminal to ask at",
            )
        typer.confirm(f"Delete {project} and everything in it?", abort=True)
    with connect(project.parent, project=project.name, actor="cli") as connection:
        connection.request("DELETE", project_route(project.name))
    typer.echo(f"Deleted {project}.")
