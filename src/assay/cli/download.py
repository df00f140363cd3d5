"""``assay download``: choose a sandbox project, get it, say what comes next."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated, Any

import typer

from assay.cli.output import follow_jobs, print_json, print_table
from assay.cli.target import Json, Target, find_workspace
from assay.client.routes import segment
from assay.errors import UsageError
from assay.project.manifest import is_project, make_workspace, read_manifest

_COUNTS = ("project", "images", "annotations", "classes")


def download(
    target: Target = Path(),
    name: Annotated[
        str | None, typer.Option("--project-name", help="The sandbox to get, instead of choosing it from the list.")
    ] = None,
    list_only: Annotated[bool, typer.Option("--list", help="Only list the sandboxes.")] = False,
    images: Annotated[
        int | None, typer.Option("--images", help="How many images to generate.", show_default="the sandbox's", min=1)
    ] = None,
    seed: Annotated[
        int | None, typer.Option("--seed", help="What the generated images begin from.", show_default="the sandbox's")
    ] = None,
    as_json: Json = False,
) -> None:
    """Get a sandbox project: generated on this machine with known label errors, or downloaded.

    Example: assay download --project-name tabletop -t ~/datasets
    """
    from assay.client.connection import connect

    workspace = make_workspace(find_workspace(target))
    with connect(workspace, actor="cli") as connection:
        sandboxes: list[dict[str, Any]] = connection.get("/api/sandboxes")
        if list_only:
            _print_list(sandboxes, as_json=as_json)
            return
        chosen = name or _choose(sandboxes)
        project = workspace / chosen
        known = {sandbox["name"] for sandbox in sandboxes}
        if chosen in known and images is None and seed is None and _is_ready(project):
            result = _read_counts(project)
            note = f"{chosen} is here already."
        else:
            with follow_jobs(quiet=as_json) as follow:
                body = {"images": images, "seed": seed}
                result = connection.run_job(f"/api/sandboxes/{segment(chosen)}", body, follow)
            note = (
                f"{chosen}: {result['images']:,} images, {result['annotations']:,} annotations, "
                f"{result['classes']:,} classes."
            )
    if as_json:
        print_json({key: result[key] for key in _COUNTS})
        return
    typer.echo(f"{note}\n\nNext:\n  cd {_shown(project)}\n  assay start")


def _choose(sandboxes: list[dict[str, Any]]) -> str:
    names = ", ".join(sandbox["name"] for sandbox in sandboxes)
    if not (sys.stdin.isatty() and sys.stdout.isatty()):
        raise UsageError(
            "Which sandbox? Nobody can be asked here.",
            item="download",
            expected=f"--project-name with one of {names}",
            actual="no name",
        )
    import questionary

    width = max(len(sandbox["name"]) for sandbox in sandboxes)
    choices = [
        questionary.Choice(f"{s['name']:<{width}}  {_facts(s):<34}  {s['teaches']}", value=s["name"]) for s in sandboxes
    ]
    chosen = questionary.select("Which sandbox project?", choices=choices).ask()
    if chosen is None:  # Ctrl-C
        raise typer.Exit(1)
    return str(chosen)


def _facts(sandbox: dict[str, Any]) -> str:
    where = "download" if sandbox["needs_network"] else "generated"
    present = ", present" if sandbox["present"] else ""
    return f"{sandbox['images']:,} images, {sandbox['size_mb']:,.0f} MB {where}{present}"


def _print_list(sandboxes: list[dict[str, Any]], *, as_json: bool) -> None:
    if as_json:
        print_json(sandboxes)
        return
    rows = [
        [
            s["name"],
            f"{s['images']:,}",
            f"{s['size_mb']:,.0f}",
            "download" if s["needs_network"] else "generated",
            "yes" if s["present"] else "",
            s["teaches"],
        ]
        for s in sandboxes
    ]
    print_table(["name", "images", "MB", "how", "present", "what it teaches"], rows, right=frozenset({1, 2}))


def _is_ready(project: Path) -> bool:
    return is_project(project) and read_manifest(project).state == "ready"


def _read_counts(project: Path) -> dict[str, Any]:
    manifest = read_manifest(project)
    return {
        "project": str(project),
        "images": manifest.images,
        "annotations": manifest.annotations,
        "classes": manifest.classes,
    }


def _shown(path: Path) -> str:
    text = str(path)
    return f'"{text}"' if " " in text else text


def register(app: typer.Typer) -> None:
    """Add the command to the application."""
    app.command("download")(download)
