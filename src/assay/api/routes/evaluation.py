"""Evaluation of prediction sets: what follows the sliders, what comes when they rest, outcomes by a metric.

What evaluates is loaded when it is first asked for: compiled kernels take half a second, which no other command needs.
"""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Query
from fastapi.responses import Response

from assay.api.depends import TheDoor, TheStore
from assay.api.schemas.evaluation import (
    AnyTaskName,
    ComparisonOut,
    EvaluationOut,
    OperatingPoint,
    PerformanceOut,
    SlowEvaluation,
)
from assay.api.schemas.requests import ComparisonQuery, EvaluationQuery, PerformanceQuery, SetQuery
from assay.api.transfer import send
from assay.project.predictions import get_set

router = APIRouter(tags=["evaluation"])


@router.get("/projects/{project}/evaluation", response_model=EvaluationOut)
def get_evaluation(asked: Annotated[EvaluationQuery, Query()], store: TheStore, door: TheDoor) -> Response:
    """Return what follows the sliders: numbers, COCO table, classes, curves, reasons, confusion, calibration."""
    from assay.api.evaluations import show_evaluation  # noqa: PLC0415 - see above

    return send(show_evaluation(store, door.evaluator.evaluate(store, asked.question())))


@router.get("/projects/{project}/evaluation/slow")
def get_slow_evaluation(asked: Annotated[EvaluationQuery, Query()], store: TheStore, door: TheDoor) -> SlowEvaluation:
    """Return intervals, the cost of errors, and what drives them."""
    from assay.api.evaluations import show_slow  # noqa: PLC0415 - see above

    question = asked.question()
    return door.memo.get(
        store, ("slow", question), lambda: show_slow(store, door, door.evaluator.evaluate(store, question))
    )


@router.get("/projects/{project}/evaluation/compare")
def compare_predictions(asked: Annotated[ComparisonQuery, Query()], store: TheStore, door: TheDoor) -> ComparisonOut:
    """Return two sets' numbers side by side, with paired intervals of their differences, and images that changed."""
    from assay.api.comparisons import show_comparison  # noqa: PLC0415 - see above
    from assay.evaluator.comparison import compare  # noqa: PLC0415 - see above

    question = asked.question()
    return door.memo.get(
        store,
        ("compare", question, asked.other),
        lambda: show_comparison(store, compare(door.evaluator, store, question, asked.other)),
    )


@router.get("/projects/{project}/evaluation/performance")
def get_performance(asked: Annotated[PerformanceQuery, Query()], store: TheStore, door: TheDoor) -> PerformanceOut:
    """Return precision and false-negative rate by a metric's value, on average and, if asked for, of each class."""
    from assay.api.evaluations import show_performance  # noqa: PLC0415 - see above

    evaluation = door.evaluator.evaluate(store, asked.question())
    return show_performance(store, door, evaluation, asked.metric, asked.bins, asked.binning, by_class=asked.by_class)


@router.get("/projects/{project}/evaluation/operating-points")
def get_operating_points(
    asked: Annotated[EvaluationQuery, Query()], store: TheStore, door: TheDoor
) -> list[OperatingPoint]:
    """Return counts at every distinct score of each class that is evaluated, the highest score first."""
    from assay.api.evaluations import show_operating_points  # noqa: PLC0415 - see above

    return show_operating_points(door.evaluator.evaluate(store, asked.question()))


@router.get("/projects/{project}/evaluation/tasks")
def get_tasks(asked: Annotated[SetQuery, Query()], store: TheStore) -> list[AnyTaskName]:
    """Return what a prediction set can be evaluated for; that of classifications has routes of its own."""
    known = get_set(store, asked.predictions)
    if known.kind == "classification":
        return ["classification"]
    from assay.evaluator.load import list_tasks  # noqa: PLC0415 - see above

    return list(list_tasks(store, known))
