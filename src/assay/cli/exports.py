"""``assay export``: write a dataset back to files."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Annotated, Any

import typer

from assay.cli.formats import add_flags, read_given
from assay.cli.output import follow_jobs, print_json, say
from assay.cli.target import Json, Target, find_project
from assay.formats.flags import EXPORT_FLAGS, ExportCommand, Flag, all_commands


def make_app() -> typer.Typer:
    """Return the group with a command for each listed format that can be written."""
    app = typer.Typer(help="Write a dataset back to files.", no_args_is_help=True, rich_markup_mode=None)
    app.callback()(_group)
    for known in all_commands():
        if known.export is not None:
            text = f"{known.export.help}\n\nExample: assay export {known.key} {known.export.example}"
            app.command(known.key, help=text)(_make_command(known.key, known.export))
    return app


def _group() -> None:
    """Write a dataset back to files."""


def _make_command(key: str, known: ExportCommand) -> Callable[..., None]:
    output = Flag("path", ("-o", "--output"), known.output, "output", required=True)

    def export(
        *,
        target: Target = Path(),
        dryrun: Annotated[
            bool, typer.Option("--dryrun", help="Write nothing; only tell what would be written and what be lost.")
        ] = False,
        force: Annotated[bool, typer.Option("--force", help="Replace a file or folder that is there.")] = False,
        as_json: Json = False,
        **given: Any,
    ) -> None:
        body = {"overwrite": force, "dry_run": dryrun, **read_given([output, *known.flags, *EXPORT_FLAGS], given)}
        _export(key, find_project(target), body, as_json=as_json)

    return add_flags(add_flags(export, [*known.flags, *EXPORT_FLAGS], after="target"), [output])


def _export(key: str, project: Path, body: dict[str, Any], *, as_json: bool) -> None:
    from assay.client.connection import connect
    from assay.client.routes import project_route

    with (
        connect(project.parent, project=project.name, actor="cli") as connection,
        follow_jobs(quiet=as_json) as follow,
    ):
        result = connection.run_job(f"{project_route(project.name)}/export/{key}", body, follow)
    if as_json:
        print_json(result)
    else:
        counts = result.get("records") or {name: result[name] for name in ("images", "annotations") if name in result}
        would = "nothing is written yet; there would be " if result.get("dry_run") else ""
        say(f"{result['path']}: {would}" + ", ".join(f"{count:,} {name}" for name, count in counts.items()))
        if "task" in result:
            say(f"  task: {result['task']}", err=True)
        for reason, count in result.get("lost", {}).items():
            say(f"  not in it: {count:,} × {reason.replace('_', ' ')}", err=True)
