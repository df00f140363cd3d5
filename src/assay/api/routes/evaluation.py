"""Evaluation of prediction sets: what follows the sliders, what comes when they rest, outcomes by a metric.

What evaluates is loaded when it is first asked for: compiled kernels take half a second, which no other command needs.
"""

from __future__ import annotations

from typing import Annotated, Literal

from fastapi import APIRouter, Depends, Query
from fastapi.responses import Response

from assay.api.depends import QueryParam, TheDoor, TheStore
from assay.api.schemas.evaluation import (
    AnyTaskName,
    ComparisonOut,
    EvaluationOut,
    OperatingPoint,
    PerformanceOut,
    SlowEvaluation,
    TaskName,
)
from assay.api.transfer import send
from assay.evaluator.question import LEAST_IOU, Question
from assay.project.predictions import get_set

router = APIRouter(tags=["evaluation"])


async def _question(
    predictions: Annotated[str, Query(max_length=20_000, description="name of the prediction set")],
    task: TaskName = "bbox",
    iou: Annotated[float, Query(ge=LEAST_IOU, le=1)] = 0.5,
    confidence: Annotated[float, Query(ge=0, le=1)] = 0.0,
    query: QueryParam = "",
    covered_only: bool = False,
    sigmas: Annotated[
        list[float] | None,
        Query(max_length=10_000, description="of keypoints; by default the categories', else COCO's"),
    ] = None,
) -> Question:
    given = None if sigmas is None else tuple(sigmas)
    return Question(predictions, task, iou, confidence, query.strip(), covered_only, sigmas=given)


TheQuestion = Annotated[Question, Depends(_question)]


@router.get("/projects/{project}/evaluation", response_model=EvaluationOut)
def get_evaluation(question: TheQuestion, store: TheStore, door: TheDoor) -> Response:
    """Return what follows the sliders: numbers, COCO table, classes, curves, reasons, confusion, calibration."""
    from assay.api.evaluations import show_evaluation  # noqa: PLC0415 - see above

    return send(show_evaluation(store, door.evaluator.evaluate(store, question)))


@router.get("/projects/{project}/evaluation/slow")
def get_slow_evaluation(question: TheQuestion, store: TheStore, door: TheDoor) -> SlowEvaluation:
    """Return intervals, the cost of errors, and what drives them."""
    from assay.api.evaluations import show_slow  # noqa: PLC0415 - see above

    return door.memo.get(
        store, ("slow", question), lambda: show_slow(store, door, door.evaluator.evaluate(store, question))
    )


@router.get("/projects/{project}/evaluation/compare")
def compare_predictions(
    question: TheQuestion,
    store: TheStore,
    door: TheDoor,
    other: Annotated[str, Query(max_length=20_000, description="name of the prediction set to compare with")],
) -> ComparisonOut:
    """Return two sets' numbers side by side, with paired intervals of their differences, and images that changed."""
    from assay.api.comparisons import show_comparison  # noqa: PLC0415 - see above
    from assay.evaluator.comparison import compare  # noqa: PLC0415 - see above

    return door.memo.get(
        store,
        ("compare", question, other),
        lambda: show_comparison(store, compare(door.evaluator, store, question, other)),
    )


@router.get("/projects/{project}/evaluation/performance")
def get_performance(
    question: TheQuestion,
    store: TheStore,
    door: TheDoor,
    metric: Annotated[str, Query(max_length=200)],
    bins: Annotated[int, Query(ge=1, le=1_000)] = 20,
    binning: Literal["width", "count"] = "width",
    by_class: bool = False,
) -> PerformanceOut:
    """Return precision and false-negative rate by a metric's value, on average and, if asked for, of each class."""
    from assay.api.evaluations import show_performance  # noqa: PLC0415 - see above

    evaluation = door.evaluator.evaluate(store, question)
    return show_performance(store, door, evaluation, metric, bins, binning, by_class=by_class)


@router.get("/projects/{project}/evaluation/operating-points")
def get_operating_points(question: TheQuestion, store: TheStore, door: TheDoor) -> list[OperatingPoint]:
    """Return counts at every distinct score of each class that is evaluated, the highest score first."""
    from assay.api.evaluations import show_operating_points  # noqa: PLC0415 - see above

    return show_operating_points(door.evaluator.evaluate(store, question))


@router.get("/projects/{project}/evaluation/tasks")
def get_tasks(store: TheStore, predictions: Annotated[str, Query(max_length=20_000)]) -> list[AnyTaskName]:
    """Return what a prediction set can be evaluated for; that of classifications has routes of its own."""
    known = get_set(store, predictions)
    if known.kind == "classification":
        return ["classification"]
    from assay.evaluator.load import list_tasks  # noqa: PLC0415 - see above

    return list(list_tasks(store, known))
