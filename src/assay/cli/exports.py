"""``assay export``: write a dataset back to files."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from assay.cli.output import follow_jobs, print_json, say
from assay.cli.target import Json, SourceOption, Target, find_project
from assay.client.paths import name_source
from assay.project.paths import absolute

app = typer.Typer(help="Write a dataset back to files.", no_args_is_help=True, rich_markup_mode=None)


@app.callback()
def _group() -> None:
    """Write a dataset back to files."""


@app.command("coco")
def export_coco(
    output: Annotated[Path, typer.Option("-o", "--output", help="The file to write.")],
    target: Target = Path(),
    source: SourceOption = None,
    force: Annotated[bool, typer.Option("--force", help="Replace a file that is there.")] = False,
    as_json: Json = False,
) -> None:
    """Write a source as a COCO file equal to the one that was imported, but for formatting.

    Example: assay export coco -t street -o instances.json
    """
    from assay.client.connection import connect
    from assay.client.routes import project_route

    project = find_project(target)
    body = {"path": str(absolute(output)), "source": 0 if source is None else name_source(source), "overwrite": force}
    with (
        connect(project.parent, project=project.name, actor="cli") as connection,
        follow_jobs(quiet=as_json) as follow,
    ):
        result = connection.run_job(f"{project_route(project.name)}/export/coco", body, follow)
    if as_json:
        print_json(result)
    else:
        say(f"{result['path']}: " + ", ".join(f"{count:,} {name}" for name, count in result["records"].items()))
