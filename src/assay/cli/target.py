"""Which project or workspace a command is about."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import Annotated

import typer

from assay.errors import InputError, NotFoundError, UsageError
from assay.project.manifest import DATABASE, is_project, list_projects
from assay.project.paths import absolute
from assay.text import printable

Target = Annotated[
    Path,
    typer.Option("-t", "--target", help="A project or a folder of projects.", show_default="this folder"),
]
SourceOption = Annotated[
    str | None,
    typer.Option("--source", help="A source, where there are several: its number, or its file.", show_default=False),
]
SplitOption = Annotated[
    str | None, typer.Option("--split", help="The split whose images are meant.", show_default=False)
]
Json = Annotated[bool, typer.Option("--json", help="Print JSON for machines.")]


def locate(target: Path) -> Path:
    """Return a target from the root on.

    Raises:
        NotFoundError: no file can have the path, so that no project is there either.
    """
    try:
        return absolute(target)
    except InputError as error:
        raise NotFoundError(
            f"There is no project here. {error.message}",
            item=error.item,
            expected=error.expected,
            actual=error.actual,
            hint=error.hint,
        ) from error


def find_workspace(target: Path) -> Path:
    """Return the folder of projects that a target is or lies in."""
    full = locate(target)
    return full.parent if is_project(full) else full


def find_project(target: Path) -> Path:
    """Return the one project that a target names; ask on a terminal when there are several.

    Raises:
        NotFoundError: there is none.
        UsageError: there are several and nobody can be asked.
    """
    full = locate(target)
    if is_project(full):
        return full
    projects = list_projects(full)
    if not projects:
        raise NotFoundError(
            "There is no project here.",
            item=str(full),
            expected="a project, or a folder that holds one",
            actual=_describe(full),
            hint="Name one with -t, or make one with `assay quickstart`.",
        )
    if len(projects) == 1:
        return projects[0]
    if sys.stdin.isatty() and sys.stdout.isatty():
        return _pick(projects)
    raise UsageError(
        "There are several projects here.",
        item=str(full),
        expected="one of them, with -t",
        actual=", ".join(p.name for p in projects),
    )


def is_damaged_project(path: Path) -> bool:
    """Tell whether a folder holds the database of a project whose project.json is gone."""
    return not is_project(path) and os.path.isfile(path / DATABASE)  # noqa: PTH113 - false for any impossible path


def _describe(path: Path) -> str:
    if os.path.isdir(path):  # noqa: PTH112 - false, not an error, for a path no system can have
        return "a folder without projects"
    return "a file" if os.path.exists(path) else "nothing there"  # noqa: PTH110 - as above


def _pick(projects: list[Path]) -> Path:
    import questionary

    choices = [questionary.Choice(printable(p.name), value=p) for p in projects]
    chosen: Path | None = questionary.select("Which project?", choices=choices).ask()
    if chosen is None:
        raise typer.Exit(1)
    return chosen
