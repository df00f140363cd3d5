"""``assay print``: facts for people and bug reports."""

from __future__ import annotations

import tempfile
from pathlib import Path

import typer

from assay.cli.output import print_json
from assay.cli.target import Json

app = typer.Typer(help="Print facts for people and bug reports.", no_args_is_help=True, rich_markup_mode=None)


@app.callback()
def _group() -> None:
    """Print facts for people and bug reports."""


@app.command("system-info")
def print_system_info(as_json: Json = False) -> None:
    """Print versions and machine facts for a bug report.

    Example: assay print system-info
    """
    from assay.client.connection import connect

    with tempfile.TemporaryDirectory() as folder, connect(Path(folder), actor="cli") as connection:
        info = connection.get("/api/system-info")
    if as_json:
        print_json(info)
        return
    packages = info.pop("packages")
    for key, value in info.items():
        typer.echo(f"{key.replace('_', ' ')}: {value}")
    for name, version in packages.items():
        typer.echo(f"{name}: {version}")
