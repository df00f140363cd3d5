"""``assay project``: list, look at, check, delete."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated, Any

import typer

from assay.cli.ask import ask
from assay.cli.output import print_json, print_table, say
from assay.cli.target import Json, Target, find_project, find_workspace, is_damaged_project, locate
from assay.cli.trust import trust_project
from assay.errors import NotFoundError, UsageError
from assay.project.paths import absolute
from assay.text import printable

app = typer.Typer(
    help="Projects: list them, look at one, check one, delete one.", no_args_is_help=True, rich_markup_mode=None
)

_FACTS = (("Item", "item"), ("Expected", "expected"), ("Found", "actual"), ("Not healed", "problem"))
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
        say("No projects here. `assay quickstart` makes one.", err=True)
        return
    rows = [[p["name"], p["state"], f"{p['images']:,}", f"{p['annotations']:,}", f"{p['classes']:,}"] for p in projects]
    print_table(["name", "state", "images", "annotations", "classes"], rows, right=frozenset({2, 3, 4}))


@app.command("info")
def show_info(target: Target = Path(), as_json: Json = False) -> None:
    """Show a project's counts, sources and the import doctor's report.

    Example: assay project info -t street
    """
    from assay.client.connection import connect
    from assay.client.routes import project_route

    project = find_project(target)
    with connect(project.parent, project=project.name, actor="cli") as connection:
        info = connection.get(project_route(project.name))
    if as_json:
        print_json(info)
        return
    say(f"{info['name']}  {info['path']}")
    say(
        f"{info['images']:,} images, {info['annotations']:,} annotations, {info['classes']:,} classes, "
        f"{info['size_bytes'] / 1e6:,.1f} MB"
    )
    for title, counts in (
        ("Shapes", info["shapes"]),
        ("Splits", info["splits"]),
        ("Image files", info["image_status"]),
    ):
        if counts:
            say(f"{title}: " + ", ".join(f"{name} {count:,}" for name, count in counts.items()))
    for source in info["sources"]:
        say(f"Source {source['source']}: {source['kind']} {source['path']}, images in {source['images']}")
    for finding in info["doctor"]:
        say(f"{finding['severity']}: {finding['count']:,} {finding['code']}: {finding['message']}")


@app.command("doctor")
def check_project(
    target: Target = Path(),
    heal: Annotated[bool, typer.Option("--heal", help="Mend what can be mended without any risk.")] = False,
    as_json: Json = False,
) -> None:
    """Check a project, whether it can be opened or not; heal what is safe, say what to do about the rest.

    Leaves with 1 when an error is left.

    Example: assay project doctor -t street --heal
    """
    from assay.client.project import check_project

    full = locate(target)
    project = full if is_damaged_project(full) else find_project(target)
    checkup = check_project(project, heal=heal)
    if as_json:
        print_json(checkup)
    else:
        _print_checkup(checkup)
    if not checkup["sound"]:
        raise typer.Exit(1)


def _print_checkup(checkup: dict[str, Any]) -> None:
    for check in checkup["checks"]:
        say(f"{check['state']:<8} {check['title']}" + (f": {check['skipped']}" if check["skipped"] else ""))
        for finding in check["findings"]:
            say(f"  {'healed' if finding['healed'] else finding['severity']}: {finding['message']}")
            for label, key in (
                ("Item", "item"),
                ("Expected", "expected"),
                ("Found", "actual"),
                ("Not healed", "problem"),
            ):
                if finding[key]:
                    say(f"    {label + ':':<10}{finding[key]}")
            if finding["hint"] and not finding["healed"]:
                say(f"    {finding['hint']}")
    counts = [f"{checkup[key]} {key}" for key in ("errors", "warnings", "healed") if checkup[key]]
    say(f"{checkup['project']}: " + (", ".join(counts) or "sound"))


app.command("trust")(trust_project)


@app.command("relocate")
def relocate_project(
    target: Target = Path(),
    images: Annotated[Path | None, typer.Option("--images", "-i", help="The images folder.")] = None,
    annotations: Annotated[Path | None, typer.Option("--annotations", "-a", help="The annotation file.")] = None,
    source: Annotated[
        int | None, typer.Option("--source", min=0, help="The source's number, where there are several.")
    ] = None,
    as_json: Json = False,
) -> None:
    """Say where a project's data lie now; without a path they are looked for. Checked before anything is written.

    Example: assay project relocate -t street --images /mnt/photos
    """
    body = {
        "images": None if images is None else str(absolute(images)),
        "annotations": None if annotations is None else str(absolute(annotations)),
        "source": source,
    }
    done = ask("POST", target, "relocate", body)
    if as_json:
        print_json(done)
        return
    for one in done["sources"]:
        labels = f", annotations in {one['annotations']}" if one["annotations"] else ""
        say(f"Source {one['source']}: {one['found']:,} of {one['total']:,} images in {one['images']}{labels}")


@app.command("delete")
def delete_project(
    target: Target = Path(),
    yes: Annotated[bool, typer.Option("--yes", "-y", help="Do not ask.")] = False,
) -> None:
    """Delete a project. Images outside its folder stay.

    Example: assay project delete -t street --yes
    """
    from assay.client.connection import connect
    from assay.client.routes import project_route

    project = find_project(target)
    if not yes:
        if not sys.stdin.isatty():
            raise UsageError(
                "Deleting needs a confirmation.",
                item=str(project),
                expected="--yes",
                actual="no terminal to ask at",
            )
        typer.confirm(f"Delete {printable(str(project))} and everything in it?", abort=True)
    with connect(project.parent, project=project.name, actor="cli") as connection:
        connection.request("DELETE", project_route(project.name))
    say(f"Deleted {project}.")
