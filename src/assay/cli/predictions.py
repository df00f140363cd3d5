"""``assay predictions`` and ``assay import predictions``: what models say of a project's images."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer

from assay.cli.ask import ask
from assay.cli.evaluate import TaskOption
from assay.cli.formats import add_flags
from assay.cli.output import follow_jobs, print_json, print_table, say
from assay.cli.target import Json, SourceOption, SplitOption, Target, find_project
from assay.client.paths import name_source
from assay.errors import InputError, UsageError
from assay.formats.flags import all_commands
from assay.project.paths import absolute

app = typer.Typer(help="Prediction sets: list, show, set, rename, remove.", no_args_is_help=True, rich_markup_mode=None)

_WAYS = {"id": "id", "text": "id as text", "file_name": "file name", "stem": "file name without ending"}

Name = Annotated[str, typer.Argument(help="The prediction set's name.")]


def import_predictions(
    *,
    name: Annotated[str, typer.Option("--name", help="What the prediction set is called.")],
    target: Target = Path(),
    images: Annotated[
        str | None,
        typer.Option(
            "--images",
            help="Which images the model was run on: all (of --split, --source), or a file with a name or id a line.",
            show_default="those with predictions",
        ),
    ] = None,
    split: SplitOption = None,
    source: SourceOption = None,
    skip_invalid: Annotated[
        bool, typer.Option("--skip-invalid", help="Leave out records that cannot be used, and tell how many.")
    ] = False,
    as_json: Json = False,
    **given: Any,
) -> None:
    """Import predictions as a named set.

    Example: assay import predictions -t street --coco yolo.json --name yolo

    Example: assay import predictions -t flowers --csv resnet.csv --name resnet --split val
    """
    flags = {command.key: command.predictions for command in all_commands() if command.predictions}
    chosen = [key for key, flag in flags.items() if given[flag.parameter] is not None]
    if len(chosen) != 1:
        raise UsageError(
            "Choose one of the formats." if chosen else "The format of the predictions is missing.",
            item="import predictions",
            expected=" or ".join(f"{flag.label} FILE" for flag in flags.values()),
            actual=" and ".join(flags[key].label for key in chosen) or "no format option",
        )
    [key] = chosen
    from assay.client.connection import connect
    from assay.client.routes import project_route

    project = find_project(target)
    coverage: Any = "with" if images is None else "all" if images == "all" else _read_list(absolute(Path(images)))
    body = {
        "path": str(absolute(given[flags[key].parameter])),
        "name": name,
        "format": key,
        "coverage": coverage,
        "skip_invalid": skip_invalid,
        "split": split,
        "source": name_source(source),
    }
    with (
        connect(project.parent, project=project.name, actor="cli") as connection,
        follow_jobs(quiet=as_json) as follow,
    ):
        done = connection.run_job(f"{project_route(project.name)}/predictions/import", body, follow)
    if as_json:
        keys = ("prediction_set", "predictions", "skipped", "faults", "matched_by", "source", "warnings")
        print_json({key: done[key] for key in keys})
        return
    ways = ", ".join(f"{count:,} by {_WAYS[way]}" for way, count in done["matched_by"].items())
    say(f"{done['prediction_set']}: {done['predictions']:,} predictions" + (f", matched {ways}" if ways else ""))
    for warning in done["warnings"]:
        say(f"  {warning}", err=True)
    for reason, count in done["skipped"].items():
        say(f"  left out: {count:,} × {reason}, for example {done['examples'][reason][0]}", err=True)
    for code, fault in done["faults"].items():
        say(f"  kept in part: {fault['count']:,} × {code}, for example {fault['examples'][0]}", err=True)


def register_import(app: typer.Typer) -> None:
    """Add ``import predictions`` with the flags of the formats that are listed now."""
    flags = [command.predictions for command in all_commands() if command.predictions]
    app.command("predictions")(add_flags(import_predictions, flags, after="name"))


def _read_list(file: Path) -> list[str]:
    try:
        lines = file.read_text(encoding="utf-8-sig").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise InputError(
            "The list of images cannot be read.",
            item=str(file),
            expected="all, or a text file with a file name or id a line",
            actual=str(error),
        ) from error
    return [line.strip() for line in lines if line.strip()]


@app.command("list")
def list_predictions(target: Target = Path(), as_json: Json = False) -> None:
    """List the prediction sets.

    Example: assay predictions list -t street
    """
    sets = ask("GET", target, "predictions")
    if as_json:
        print_json(sets)
    elif sets:
        rows = [
            [s["name"], f"{s['predictions']:,}", f"{s['covered_images']:,}", _show_points(s), s["path"]] for s in sets
        ]
        print_table(["set", "predictions", "images", "operating point", "file"], rows, right=frozenset({1, 2}))
    else:
        say("No predictions yet. Import some with: assay import predictions --coco FILE --name NAME", err=True)


@app.command("show")
def show_predictions(name: Name, target: Target = Path(), as_json: Json = False) -> None:
    """Show one prediction set.

    Example: assay predictions show -t street yolo
    """
    found = ask("GET", target, "predictions/set", name=name)
    if as_json:
        print_json(found)
        return
    told = found | {"operating_points": _show_points(found)}
    rows = [[key.replace("_", " "), _show(value)] for key, value in told.items() if value not in (None, [], {}, "")]
    print_table(["", ""], rows)


def _show(value: Any) -> str:
    if isinstance(value, dict):
        return ", ".join(f"{key}: {count:,}" for key, count in value.items())
    return " ".join(value) if isinstance(value, list) else f"{value:,}" if isinstance(value, int) else str(value)


def _show_points(known: dict[str, Any]) -> str:
    """Return a set's operating points; the task is named where there are several."""
    points = known["operating_points"]
    shown = {
        task: f"{point['confidence']:g}" + (" (by hand)" if point["by_hand"] else "") for task, point in points.items()
    }
    return ", ".join(f"{task} {text}" if len(shown) > 1 else text for task, text in shown.items())


@app.command("set")
def set_predictions(
    name: Name,
    confidence: Annotated[
        str,
        typer.Option(
            "--confidence",
            metavar="C|best",
            help="From where on its predictions count, 0 to 1; best: that of the greatest F1 at IoU .5.",
        ),
    ],
    target: Target = Path(),
    task: Annotated[
        TaskOption | None,
        typer.Option("--task", help="For which task.", show_default="all that the set can be evaluated for"),
    ] = None,
    as_json: Json = False,
) -> None:
    """Set the operating point: from which confidence on a set's predictions count where nothing else is asked.

    Example: assay predictions set -t street yolo --confidence 0.4

    Example: assay predictions set -t street yolo --confidence best
    """
    body = {"name": name, "confidence": _read_confidence(confidence), "task": None if task is None else task.value}
    known = ask("POST", target, "predictions/operating-point", body)
    if as_json:
        print_json(known)
    else:
        say(f"“{known['name']}” counts from {_show_points(known)} on.")


def _read_confidence(text: str) -> float | str:
    """Return a confidence, or ``best``.

    Raises:
        UsageError: it is neither.
    """
    if text == "best":
        return text
    try:
        value = float(text)
    except ValueError:
        value = -1.0
    if 0 <= value <= 1:
        return value
    raise UsageError(
        "This is no confidence.", item="--confidence", expected="a number from 0 to 1, or best", actual=text[:100]
    )


@app.command("rename")
def rename_predictions(
    name: Name, new_name: Annotated[str, typer.Argument(help="Its new name.")], target: Target = Path()
) -> None:
    """Give a prediction set another name.

    Example: assay predictions rename -t street yolo "YOLO nano"
    """
    ask("POST", target, "predictions/rename", {"name": name, "new_name": new_name})
    say(f"Renamed “{name}” to “{new_name}”.")


@app.command("remove")
def remove_predictions(name: Name, target: Target = Path()) -> None:
    """Take a prediction set out of the project; other sets and tags stay as they are.

    Example: assay predictions remove -t street yolo
    """
    gone = ask("POST", target, "predictions/remove", {"name": name})
    say(f"Removed “{name}” with {gone['predictions']:,} predictions.")
