"""Evaluation of classifications: what follows the slider, what comes when it rests, accuracy by a metric.

What evaluates is loaded when it is first asked for: compiled kernels take half a second, which no other command needs.
"""

from __future__ import annotations

from typing import Annotated, Literal

from fastapi import APIRouter, Depends, Query
from fastapi.responses import Response

from assay.api.depends import QueryParam, TheDoor, TheStore
from assay.api.schemas.classification import (
    AccuracyByMetricOut,
    ClassificationComparisonOut,
    ClassificationOut,
    SlowClassification,
)
from assay.api.transfer import send
from assay.evaluator.question import ClassificationQuestion

router = APIRouter(tags=["evaluation"])


async def _question(
    predictions: Annotated[str, Query(max_length=20_000, description="name of the prediction set")],
    confidence: Annotated[float, Query(ge=0, le=1)] = 0.0,
    query: QueryParam = "",
    covered_only: bool = False,
) -> ClassificationQuestion:
    return ClassificationQuestion(predictions, confidence, query.strip(), covered_only)


TheQuestion = Annotated[ClassificationQuestion, Depends(_question)]


@router.get("/projects/{project}/evaluation/classification", response_model=ClassificationOut)
def get_classification(question: TheQuestion, store: TheStore, door: TheDoor) -> Response:
    """Return what follows the slider: accuracy, averages, classes, confusion, calibration, counts."""
    from assay.api.classifications import show_classification  # noqa: PLC0415 - see above

    return send(show_classification(store, door.classification.evaluate(store, question)))


@router.get("/projects/{project}/evaluation/classification/slow")
def get_slow_classification(question: TheQuestion, store: TheStore, door: TheDoor) -> SlowClassification:
    """Return intervals, and what drives the errors."""
    from assay.api.classifications import show_slow_classification  # noqa: PLC0415 - see above

    return door.memo.get(
        store,
        ("slow", question),
        lambda: show_slow_classification(store, door, door.classification.evaluate(store, question)),
    )


@router.get("/projects/{project}/evaluation/classification/performance")
def get_accuracy_by_metric(
    question: TheQuestion,
    store: TheStore,
    door: TheDoor,
    metric: Annotated[str, Query(max_length=200)],
    bins: Annotated[int, Query(ge=1, le=1_000)] = 20,
    binning: Literal["width", "count"] = "width",
) -> AccuracyByMetricOut:
    """Return accuracy by a metric's value."""
    from assay.api.classifications import show_accuracy_by_metric  # noqa: PLC0415 - see above

    evaluation = door.classification.evaluate(store, question)
    return show_accuracy_by_metric(store, door, evaluation, metric, bins, binning)


@router.get("/projects/{project}/evaluation/classification/compare")
def get_classification_comparison(
    question: TheQuestion,
    store: TheStore,
    door: TheDoor,
    other: Annotated[str, Query(max_length=20_000, description="name of the second set")],
) -> ClassificationComparisonOut:
    """Return two sets side by side: differences with paired intervals, images fixed and broken."""
    from assay.api.classifications import show_classification_comparison  # noqa: PLC0415 - see above
    from assay.evaluator.classification_comparison import compare_classifications  # noqa: PLC0415

    return door.memo.get(
        store,
        ("compare", question, other),
        lambda: show_classification_comparison(
            store, compare_classifications(door.classification, store, question, other)
        ),
    )
