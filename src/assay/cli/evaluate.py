"""``assay evaluate``: how well a prediction set does."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any

import typer

from assay.cli.ask import ask, marking
from assay.cli.classification import evaluate_classification
from assay.cli.output import print_json, print_table
from assay.cli.target import Json, Target, absolute
from assay.errors import StorageError, UsageError


class TaskOption(StrEnum):
    """What an overlap is; the last one has none."""

    BBOX = "bbox"
    SEGM = "segm"
    KEYPOINTS = "keypoints"
    OBB = "obb"
    CLASSIFICATION = "classification"


class BinningOption(StrEnum):
    """How values are put in bins."""

    WIDTH = "width"
    COUNT = "count"


def evaluate(
    predictions: Annotated[str, typer.Option("--predictions", help="The prediction set's name.")],
    target: Target = Path(),
    iou: Annotated[float, typer.Option("--iou", help="IoU threshold, .01 to 1.", min=0.01, max=1)] = 0.5,
    confidence: Annotated[
        float, typer.Option("--confidence", help="Count only predictions of at least this score.", min=0, max=1)
    ] = 0.0,
    task: Annotated[
        TaskOption | None,
        typer.Option("--task", help="What an overlap is.", show_default="bbox, or classification if the set is that"),
    ] = None,
    query: Annotated[str, typer.Option("-q", "--query", help="Evaluate only this part of the data.")] = "",
    covered: Annotated[bool, typer.Option("--covered", help="Only the images that the set was run on.")] = False,
    importance: Annotated[bool, typer.Option("--importance", help="Tell what drives the errors.")] = False,
    by: Annotated[str | None, typer.Option("--by", help="A metric: outcomes by its value.")] = None,
    bins: Annotated[int, typer.Option("--bins", help="Bins of --by.", min=1, max=1_000)] = 20,
    binning: Annotated[BinningOption, typer.Option("--binning", help="Bins of --by.")] = BinningOption.WIDTH,
    operating_points: Annotated[
        Path | None, typer.Option("--operating-points", help="Write counts at every confidence to this CSV file.")
    ] = None,
    as_json: Json = False,
) -> None:
    """Evaluate a prediction set against the annotations: pycocotools' numbers, errors and their reasons.

    A set of classifications is compared with the images' labels: scikit-learn's numbers.

    Example: assay evaluate -t street --predictions yolo --iou 0.5 --query 'split:val class:person'
    """
    if task is None:
        task = TaskOption(ask("GET", target, "evaluation/tasks", predictions=predictions)[0])
    if task == TaskOption.CLASSIFICATION:
        if operating_points is not None:
            raise UsageError(
                "A set of classifications has no operating points.",
                item="--operating-points",
                expected="a set of detections",
                actual=predictions,
            )
        spread = (by, bins, binning.value) if by else None
        evaluate_classification(
            target, predictions, query, confidence, spread, covered=covered, importance=importance, as_json=as_json
        )
        return
    asked: dict[str, Any] = {
        "predictions": predictions,
        "task": task.value,
        "iou": iou,
        "confidence": confidence,
        "query": query,
        "covered_only": covered,
    }
    with marking(query):
        fast = ask("GET", target, "evaluation", **asked)
        slow = ask("GET", target, "evaluation/slow", **asked)
        performance = (
            ask("GET", target, "evaluation/performance", metric=by, bins=bins, binning=binning.value, **asked)
            if by
            else None
        )
        if operating_points is not None:
            _write(operating_points, ask("GET", target, "evaluation/operating-points", **asked))
    result = _shape(fast, slow, performance, importance=importance)
    if as_json:
        print_json(result)
    else:
        _print(fast, result)


def _shape(fast: dict[str, Any], slow: dict[str, Any], spread: dict[str, Any] | None, *, importance: bool) -> Any:
    result = {
        key: fast[key] for key in ("iou", "confidence", "mAP", "mAR", "tp", "fp", "fn", "precision", "recall", "f1")
    }
    result |= {"annotations": fast["annotations"], "coverage": fast["coverage"], "interval": slow["intervals"]["mAP"]}
    result["coco"] = fast["coco"]
    keys = ("class_id", "class", "ap", "ar", "tp", "fp", "fn")
    result["per_class"] = [{key: each[key] for key in keys} for each in fast["per_class"]]
    result["errors"] = {
        reason: {"count": each["count"], "dap": slow["costs"].get(reason)} for reason, each in fast["errors"].items()
    }
    if importance:
        told = ("metric", "scope", "side", "importance", "significant", "correlation")
        result["importance"] = [{key: each[key] for key in told} for each in slow["importance"]]
    if spread is not None:
        shown = ("low", "high", "predictions", "precision", "annotations", "fnr")
        result["by_metric"] = [{key: each[key] for key in shown} for each in spread["bins"]]
    return result


def _write(path: Path, points: list[dict[str, Any]]) -> None:
    import csv

    try:
        with absolute(path).open("w", newline="", encoding="utf-8") as file:
            writer = csv.DictWriter(file, ["class", "confidence", "tp", "fp", "fn", "precision", "recall", "f1"])
            writer.writeheader()
            writer.writerows(points)
    except OSError as error:
        raise StorageError(
            "The file could not be written.", item=str(path), expected="a writable place", actual=str(error)
        ) from error


def _three(value: float | None) -> str:
    return "–" if value is None or value < 0 else f"{value:.3f}"


def _print(fast: dict[str, Any], result: dict[str, Any]) -> None:
    low, high = result["interval"]
    at = f"IoU {fast['iou']:g}, confidence ≥ {fast['confidence']:g}"
    typer.echo(f"{fast['predictions']} · {fast['task']} · {at} · {fast['images']:,} images\n")
    print_table(
        ["mAP", "95 %", "mAR", "TP", "FP", "FN", "precision", "recall", "F1", "annotations"],
        [
            [
                _three(fast["mAP"]), f"{_three(low)}–{_three(high)}", _three(fast["mAR"]), f"{fast['tp']:,}",
                f"{fast['fp']:,}", f"{fast['fn']:,}", _three(fast["precision"]), _three(fast["recall"]),
                _three(fast["f1"]), f"{fast['annotations']:,}",
            ]
        ],
        right=frozenset(range(10)),
    )  # fmt: skip
    if fast["coverage"] < 1:
        typer.echo(f"The set covers {fast['coverage']:.1%} of these images; --covered leaves the others out.", err=True)
    typer.echo("")
    print_table(list(fast["coco"]), [[_three(v) for v in fast["coco"].values()]], right=frozenset(range(12)))
    typer.echo("")
    errors = [[r, f"{e['count']:,}", _three(e["dap"])] for r, e in result["errors"].items()]
    print_table(["error", "count", "cost in AP"], errors, right=frozenset({1, 2}))
    typer.echo("")
    rows = [
        [c["class"], _three(c["ap"]), _three(c["ar"]), f"{c['tp']:,}", f"{c['fp']:,}", f"{c['fn']:,}"]
        for c in result["per_class"]
    ]
    print_table(["class", "AP", "AR", "TP", "FP", "FN"], rows, right=frozenset(range(1, 6)))
    if "importance" in result:
        typer.echo("")
        told = sorted(result["importance"], key=lambda each: -(each["importance"] or 0))
        print_table(
            ["metric", "of", "tells about", "importance", "correlation", ""],
            [
                [
                    each["metric"], each["scope"], each["side"] + "s", _three(each["importance"]),
                    "–" if each["correlation"] is None else f"{each['correlation']:+.3f}",
                    "significant" if each["significant"] else "",
                ]
                for each in told
            ],
            right=frozenset({3, 4}),
        )  # fmt: skip
    if "by_metric" in result:
        typer.echo("")
        print_table(
            ["from", "to", "predictions", "precision", "annotations", "FN rate"],
            [
                [
                    f"{each['low']:.4g}", f"{each['high']:.4g}", _count(each["predictions"]), _three(each["precision"]),
                    _count(each["annotations"]), _three(each["fnr"]),
                ]
                for each in result["by_metric"]
            ],
            right=frozenset(range(6)),
        )  # fmt: skip


def _count(value: int | None) -> str:
    return "–" if value is None else f"{value:,}"


def register(app: typer.Typer) -> None:
    """Add the command to the application."""
    app.command("evaluate")(evaluate)
