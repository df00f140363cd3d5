"""What the folders of ``assay import project --folder`` stand for: a question where it is not plain."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import typer

from assay.cli.output import say
from assay.text import printable

_RECOGNISED, _NONE, _SOME = "recognised", "none", "some"


def can_ask(*, as_json: bool) -> bool:
    """Tell whether somebody is there to answer."""
    return not as_json and sys.stdin.isatty() and sys.stdout.isatty()


def ask_splits(workspace: Path, root: Path) -> list[str] | None:
    """Ask which folders are splits where that is not plain.

    Returns:
        The folders that are splits, none where every folder is a class; None where what is recognised holds.
    """
    from assay.client.connection import connect

    with connect(workspace, actor="cli") as connection:
        preview = connection.post("/api/projects/import/folder/preview", {"root": str(root)})
    if not preview["ambiguous"]:
        return None
    import questionary

    where = f"{preview['wrapping']}/" if preview["wrapping"] else "the folder"
    choices = [
        questionary.Choice(printable(_describe(preview)), value=_RECOGNISED),
        questionary.Choice("No splits: every folder directly in the one given is a class", value=_NONE),
        questionary.Choice(printable(f"Choose which folders in {where} are splits"), value=_SOME),
    ]
    answer = questionary.select("The folders can be read in several ways. Which is meant?", choices=choices).ask()
    if answer == _RECOGNISED:
        return None
    if answer == _NONE:
        return []
    chosen = None
    if answer == _SOME:
        boxes = [
            questionary.Choice(printable(name), value=name, checked=name in preview["splits"])
            for name in preview["folders"]
        ]
        chosen = questionary.checkbox("Which folders are splits?", choices=boxes, validate=_is_some).ask()
    if chosen is None:  # Ctrl-C
        raise typer.Exit(1)
    return list(chosen)


def tell_choice(report: list[dict[str, Any]]) -> None:
    """Say how to choose otherwise where the folders could be meant otherwise and nobody was asked."""
    from assay.formats.classification.folder import AMBIGUOUS

    if any(finding["code"] in AMBIGUOUS for finding in report):
        say(
            "The folders can be read in several ways; what was recognised was taken. To choose otherwise: "
            "--splits FOLDER,… names those that are splits, with --no-splits every folder is a class.",
            err=True,
        )


def _describe(preview: dict[str, Any]) -> str:
    splits, classes = (_few(preview[key]) for key in ("splits", "classes"))
    parts = [f"Splits {splits}" if splits else "No splits", f"classes {classes}"]
    if preview["wrapping"]:
        parts.append(f"{preview['wrapping']} passed over")
    if preview["unlabelled"]:
        parts.append(f"{preview['unlabelled']:,} of {preview['images']:,} images without a label")
    return "; ".join(parts)


def _is_some(chosen: list[str]) -> bool | str:
    return bool(chosen) or "Mark at least one with the space bar."


def _few(names: list[str]) -> str:
    return ", ".join(names[:5]) + (f" and {len(names) - 5:,} more" if len(names) > 5 else "")
