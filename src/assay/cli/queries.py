"""``assay query``: items and their values on the terminal."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from assay.cli.ask import ask, marking
from assay.cli.evaluate import TaskOption, read_sigmas
from assay.cli.output import Z_SCORE, format_measured, print_json, print_table, say
from assay.cli.target import Json, Target
from assay.errors import UsageError


class ScopeOption(StrEnum):
    """What a query is about."""

    IMAGE = "image"
    ANNOTATION = "annotation"


class QueryScopeOption(StrEnum):
    """What a query lists."""

    IMAGE = "image"
    ANNOTATION = "annotation"
    PREDICTION = "prediction"


def query(
    text: Annotated[str, typer.Argument(metavar="QUERY", help="What to look for; empty for everything.")] = "",
    target: Target = Path(),
    option: Annotated[str | None, typer.Option("-q", "--query", help="The query, as an option.")] = None,
    scope: Annotated[QueryScopeOption, typer.Option("--scope", help="What to list.")] = QueryScopeOption.IMAGE,
    predictions: Annotated[
        str | None, typer.Option("--predictions", help="A prediction set: for outcome:, reason: and iou.")
    ] = None,
    iou: Annotated[float, typer.Option("--iou", help="IoU threshold of outcomes.", min=0.01, max=1)] = 0.5,
    confidence: Annotated[
        float | None,
        typer.Option(
            "--confidence", help="Least score that counts.", min=0, max=1, show_default="the set's operating point"
        ),
    ] = None,
    task: Annotated[
        TaskOption | None,
        typer.Option("--task", help="What an overlap is.", show_default="bbox, or classification if the set is that"),
    ] = None,
    within: Annotated[str, typer.Option("--within", help="Evaluate only this part of the data.")] = "",
    covered: Annotated[
        bool, typer.Option("--covered", help="Evaluate only the images that the set was run on.")
    ] = False,
    sigmas: Annotated[str | None, typer.Option("--sigmas", help="Of keypoints, as of assay evaluate.")] = None,
    compare: Annotated[str | None, typer.Option("--compare", help="Another set: for compared: of images.")] = None,
    compared_confidence: Annotated[
        float | None,
        typer.Option(
            "--compared-confidence",
            help="Least score that counts of --compare.",
            min=0,
            max=1,
            show_default="as --confidence, else the set's operating point",
        ),
    ] = None,
    fields: Annotated[str, typer.Option("--fields", help="Keys to show, separated by commas.")] = "",
    sort: Annotated[str | None, typer.Option("--sort", help="KEY, or -KEY for descending.")] = None,
    limit: Annotated[int | None, typer.Option("--limit", help="At most so many items.", min=0)] = None,
    as_json: Json = False,
) -> None:
    """List images, annotations or predictions with their values.

    Conditions stand side by side, joined by `or`, or after `not`: class:person brightness<0.2 not tag:done

    Example: assay query -t street 'class:person object_area<400' --scope annotation --sort -annotation_duplicates
    """
    if option is not None and text:
        raise UsageError("Two queries were given.", item=option[:100], expected="one", actual=f"also {text[:100]}")
    text = text if option is None else option
    chosen = [key.strip() for key in fields.split(",") if key.strip()]
    if sort is not None and not chosen and not as_json:
        chosen = [sort.removeprefix("-").removeprefix("worst:")]  # a table in an order shows what orders it
    evaluated = {
        "predictions": predictions,
        "iou": iou,
        "confidence": confidence,
        "task": None if task is None else task.value,
        "within": within,
        "covered_only": covered,
        "sigmas": None if sigmas is None else read_sigmas(sigmas),
        "other": compare,
        "compared_confidence": compared_confidence,
    }
    body = {
        "query": text,
        "scope": scope.value,
        **evaluated,
        "fields": chosen,
        "sort": sort,
        "limit": limit if limit is not None or as_json else 50,
    }
    with marking(text):
        result = ask("POST", target, "query", body)
    if as_json:
        print_json(result)
        return
    if text.strip():
        for hint in ask("POST", target, "query/parse", {"text": text, "scope": scope.value, **evaluated})["hints"]:
            say(hint, err=True)
    identity = ["id", "file_name", *(["class"] if scope is not QueryScopeOption.IMAGE else [])]
    identity += ["confidence"] if scope is QueryScopeOption.PREDICTION else []
    header = list(dict.fromkeys([*identity, *chosen]))
    rows = [[_cell(item.get(key), key) for key in header] for item in result["items"]]
    if rows:
        numeric = {
            i for i, key in enumerate(header) if any(isinstance(item.get(key), int | float) for item in result["items"])
        }
        print_table(header, rows, right=frozenset(numeric))
    say(f"{len(rows):,} of {result['total']:,} {scope.value}s", err=True)


def _cell(value: object, key: str) -> str:
    from assay.metrics.classwise import SHAPE, SIZE

    if isinstance(value, float):
        return format_measured(value, Z_SCORE if key in (SIZE.key, SHAPE.key) else None)
    return "–" if value is None else str(value)


def register(app: typer.Typer) -> None:
    """Add the command to the application."""
    app.command("query")(query)
