"""``assay export``: write a dataset back to files."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Annotated, Any

import typer

from assay.cli.formats import add_flags, read_given
from assay.cli.output import follow_jobs, print_json, say
from assay.cli.target import Json, Target, find_project
from assay.formats.flags import ExportCommand, Flag, all_commands


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
        force: Annotated[bool, typer.Option("--force", help="Replace a file that is there.")] = False,
        as_json: Json = False,
        **given: Any,
    ) -> None:
        body = {"overwrite": force, **read_given([output, *known.flags], given)}
        _export(key, find_project(target), body, as_json=as_json)

    return add_flags(add_flags(export, known.flags, after="target"), [output])


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
        counts = result.get("records") or {name: count for name, count in result.items() if isinstance(count, int)}
        say(f"{result['path']}: " + ", ".join(f"{count:,} {name}" for name, count in counts.items()))
