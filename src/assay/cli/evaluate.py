"""``assay evaluate``: how well a prediction set does."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any

import typer

from assay.cli.ask import ask, ask_for_text, marking
from assay.cli.classification import shape_classification, show_classification
from assay.cli.evaluation_tables import print_evaluation
from assay.cli.output import print_json, say
from assay.cli.target import Json, Target
from assay.errors import UsageError
from assay.outputs import write_text
from assay.project.paths import absolute


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
        float | None,
        typer.Option(
            "--confidence",
            help="Count only predictions of at least this score.",
            min=0,
            max=1,
            show_default="the set's operating point, of --compare each set's own",
        ),
    ] = None,
    task: Annotated[
        TaskOption | None,
        typer.Option("--task", help="What an overlap is.", show_default="bbox, or classification if the set is that"),
    ] = None,
    query: Annotated[str, typer.Option("-q", "--query", help="Evaluate only this part of the data.")] = "",
    covered: Annotated[bool, typer.Option("--covered", help="Only the images that the set was run on.")] = False,
    sigmas: Annotated[
        str | None,
        typer.Option("--sigmas", help="Of keypoints, as .026,.025,…; by default those of the categories, else COCO's."),
    ] = None,
    compare: Annotated[
        str | None, typer.Option("--compare", help="Another prediction set: differences, images fixed and broken.")
    ] = None,
    compared_confidence: Annotated[
        float | None,
        typer.Option(
            "--compared-confidence",
            help="Of --compare, count only predictions of at least this score.",
            min=0,
            max=1,
            show_default="as --confidence, else the set's operating point",
        ),
    ] = None,
    slices: Annotated[
        bool, typer.Option("--slices", help="Tell where errors are more frequent than elsewhere.")
    ] = False,
    importance: Annotated[bool, typer.Option("--importance", help="Tell what drives the errors.")] = False,
    by: Annotated[str | None, typer.Option("--by", help="A metric: outcomes by its value.")] = None,
    bins: Annotated[int, typer.Option("--bins", help="Bins of --by.", min=1, max=1_000)] = 20,
    binning: Annotated[BinningOption, typer.Option("--binning", help="Bins of --by.")] = BinningOption.WIDTH,
    by_class: Annotated[bool, typer.Option("--by-class", help="With --by: of each class as well.")] = False,
    operating_points: Annotated[
        Path | None, typer.Option("--operating-points", help="Write counts at every confidence to this CSV file.")
    ] = None,
    thresholds: Annotated[
        Path | None,
        typer.Option(
            "--thresholds",
            help="Write a confidence for each class, by default that of its greatest F1, to this .csv or .json file.",
        ),
    ] = None,
    least_precision: Annotated[
        float | None,
        typer.Option("--min-precision", help="With --thresholds: the lowest with this precision.", min=0, max=1),
    ] = None,
    least_recall: Annotated[
        float | None,
        typer.Option("--min-recall", help="With --thresholds: the highest with this recall.", min=0, max=1),
    ] = None,
    as_json: Json = False,
) -> None:
    """Evaluate a prediction set against the annotations: pycocotools' numbers, errors and their reasons.

    A set of classifications is compared with the images' labels: scikit-learn's numbers.

    Example: assay evaluate -t street --predictions yolo --iou 0.5 --query 'split:val class:person'
    """
    asked: dict[str, Any] = {
        "predictions": predictions,
        "task": None if task is None else task.value,
        "iou": iou,
        "confidence": confidence,
        "query": query,
        "covered_only": covered,
        "sigmas": None if sigmas is None or task != TaskOption.KEYPOINTS else read_sigmas(sigmas),
    }
    rule = {"precision": least_precision, "recall": least_recall}
    if thresholds is None and any(least is not None for least in rule.values()):
        raise UsageError(
            "A precision or recall chooses thresholds, which are written to a file.",
            item="--min-precision, --min-recall",
            expected="--thresholds FILE beside it",
            actual="no file",
        )
    cut = {"metric": by, "bins": bins, "binning": binning.value}
    with marking(query):
        fast = ask("GET", target, "evaluation", **asked)
        of_classes = fast["task"] == TaskOption.CLASSIFICATION
        if of_classes:
            tables = {"--operating-points": operating_points, "--thresholds": thresholds}
            _check_of_classes(predictions, tables | {"--sigmas": sigmas})
        elif sigmas is not None and task != TaskOption.KEYPOINTS:
            raise UsageError(
                "Sigmas are of keypoints only.",
                item="--sigmas",
                expected="--task keypoints",
                actual=f"--task {fast['task']}",
            )
        slow = ask("GET", target, "evaluation/slow", **asked)
        performance = None
        if by:
            cut |= {} if of_classes else {"by_class": by_class}
            performance = ask("GET", target, "evaluation/performance", **cut, **asked)
        compared = _compare(target, compare, compared_confidence, asked)
        if operating_points is not None:
            _write_table(operating_points, target, "evaluation/operating-points", asked, otherwise="csv")
        if thresholds is not None:
            _write_table(thresholds, target, "evaluation/thresholds", asked | rule)
    if of_classes:
        told = shape_classification(fast, slow, performance, importance=importance, slices=slices)
        show_classification(told | ({} if compared is None else {"compare": compared}), as_json=as_json)
        return
    result = _shape(fast, slow, performance, importance=importance, slices=slices)
    if compared is not None:
        result["compare"] = compared
    for warning in dict.fromkeys([*result["warnings"], *([] if compared is None else compared["warnings"])]):
        say(f"Warning: {warning}", err=True)
    if as_json:
        print_json(result)
    else:
        print_evaluation(fast, result)


def _compare(target: Path, other: str | None, confidence: float | None, asked: dict[str, Any]) -> dict[str, Any] | None:
    """Return the comparison with another set, None where there is none.

    Raises:
        UsageError: a confidence is given of no set.
    """
    if other is not None:
        told: dict[str, Any] = ask(
            "GET", target, "evaluation/compare", other=other, compared_confidence=confidence, **asked
        )
        return told
    if confidence is None:
        return None
    raise UsageError(
        "A confidence is given of a set to compare with, but no such set.",
        item="--compared-confidence",
        expected="--compare NAME beside it",
        actual="no other set",
    )


def _check_of_classes(predictions: str, given: dict[str, object]) -> None:
    """Check that nothing is asked for that sets of classifications have not.

    Raises:
        UsageError: something is.
    """
    for option, value in given.items():
        if value is not None:
            raise UsageError(
                "This cannot be told of a set of classifications.",
                item=option,
                expected="a set of detections",
                actual=predictions,
            )


def read_sigmas(text: str) -> list[float]:
    """Return keypoint sigmas from numbers with commas between them.

    Raises:
        UsageError: they are no such numbers.
    """
    try:
        return [float(part) for part in text.split(",")]
    except ValueError as error:
        raise UsageError(
            "Keypoint sigmas are positive numbers with commas between them.",
            item="--sigmas",
            expected="for example .026,.025,.025",
            actual=text[:100],
        ) from error


def _shape(
    fast: dict[str, Any],
    slow: dict[str, Any],
    spread: dict[str, Any] | None,
    *,
    importance: bool,
    slices: bool,
) -> dict[str, Any]:
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
    result["warnings"] = fast["warnings"] + slow["warnings"]
    result["operating_point"] = fast["operating_point"]
    if slow["acquisition"]:
        result["acquisition"] = slow["acquisition"]
    if slices:
        result["slices"] = slow["slices"]
    if importance:
        told = ("metric", "scope", "side", "importance", "significant", "correlation")
        result["importance"] = [{key: each[key] for key in told} for each in slow["importance"]]
    if spread is not None:
        shown = ("low", "high", "predictions", "precision", "annotations", "fnr")
        result["by_metric"] = [{key: each[key] for key in shown} for each in spread["bins"]]
        if spread["classes"]:
            rates = shown[2:]
            result["by_metric_and_class"] = {
                of_class["class"]: [
                    {"low": each["low"], "high": each["high"], **{key: of_class[key][at] for key in rates}}
                    for at, each in enumerate(spread["bins"])
                ]
                for of_class in spread["classes"]
            }
    return result


def _write_table(path: Path, target: Path, route: str, asked: dict[str, Any], otherwise: str | None = None) -> None:
    """Write a table of the API's to a file, as CSV or JSON by the file's ending.

    Args:
        path: The file.
        target: The project.
        route: Where the table is asked for.
        asked: The evaluation.
        otherwise: The format of files of other endings; None where there is none.

    Raises:
        UsageError: the ending tells no format.
    """
    ending = path.suffix.lower().removeprefix(".")
    form = ending if ending in ("csv", "json") else otherwise
    if form is None:
        raise UsageError(
            "The ending of the file does not tell the format.", item=str(path), expected=".csv or .json", actual=ending
        )
    write_text(absolute(path), ask_for_text("GET", target, route, format=form, **asked))


def register(app: typer.Typer) -> None:
    """Add the command to the application."""
    app.command("evaluate")(evaluate)
