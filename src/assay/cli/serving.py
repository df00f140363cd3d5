"""Run the web app: ``assay start``, ``assay quickstart``."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated
from urllib.parse import quote

import typer

from assay.cli.output import follow_jobs, say
from assay.cli.target import Target, find_workspace, locate
from assay.project.manifest import is_project, make_workspace
from assay.settings import setting

Port = Annotated[
    int | None, typer.Option("--port", help="The port to listen at.", show_default="8000", min=1, max=65_535)
]
Host = Annotated[
    str | None,
    typer.Option(
        "--host",
        help="The address to listen at; at any but this machine's own, everybody needs the link with the token.",
        show_default="127.0.0.1",
    ),
]
NoBrowser = Annotated[bool, typer.Option("--no-browser", help="Do not open the browser.")]
AllowedHost = Annotated[
    list[str] | None,
    typer.Option("--allowed-host", help="A further host name to answer to, behind a proxy; repeatable."),
]
RootPath = Annotated[str, typer.Option("--root-path", help="The path that a proxy serves Assay under.")]
NoToken = Annotated[
    bool, typer.Option("--no-token", help="Ask nobody for the token: whoever reaches the port may do what you may.")
]


def start(
    target: Target = Path(),
    port: Port = None,
    host: Host = None,
    no_browser: NoBrowser = False,
    allowed_host: AllowedHost = None,
    root_path: RootPath = "",
    no_token: NoToken = False,
) -> None:
    """Open the web app on a project or a folder of projects.

    Example: assay start -t ~/datasets --port 8001 --no-browser
    """
    from assay.api.serve import serve

    full = locate(target)
    serve(
        find_workspace(target),
        page=f"/p/{quote(full.name)}/explorer" if is_project(full) else "/",
        host=host or str(setting("host")),
        port=port or int(str(setting("port"))),
        open_browser=not no_browser and bool(setting("browser")),
        allowed_hosts=allowed_host or [],
        root_path=root_path,
        ask_token=not no_token,
        memory_limit=None if setting("memory_limit") is None else str(setting("memory_limit")),
        tell=say,
    )


def quickstart(
    target: Annotated[
        Path | None,
        typer.Option("-t", "--target", help="The folder to make the project in.", show_default="this folder"),
    ] = None,
    port: Port = None,
    no_browser: NoBrowser = False,
    no_token: NoToken = False,
    no_start: Annotated[bool, typer.Option("--no-start", help="Only make the project.")] = False,
) -> None:
    """Make the quickstart project, 200 scenes with known label errors, and open the web app.

    Example: assay quickstart
    """
    from assay.client.connection import connect

    workspace = make_workspace(find_workspace(target or Path()))
    project = workspace / "quickstart"
    if not is_project(project) or _is_unfinished(project):
        with (
            connect(workspace, project=project.name, actor="cli") as connection,
            follow_jobs(quiet=False) as follow,
        ):
            result = connection.run_job("/api/sandboxes/quickstart", {}, follow)
        say(f"{project}: {result['images']:,} images, {result['annotations']:,} annotations.")
    if no_start:
        say(f"Next: assay start -t {project}")
    else:
        start(target=project, port=port, no_browser=no_browser, no_token=no_token)


def _is_unfinished(project: Path) -> bool:
    from assay.project.manifest import read_manifest

    return read_manifest(project).state != "ready"


def register(app: typer.Typer) -> None:
    """Add the commands to the application."""
    app.command("quickstart")(quickstart)
    app.command("start")(start)
