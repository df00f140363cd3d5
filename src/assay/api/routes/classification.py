"""Evaluation of classifications: what follows the slider, what comes when it rests, accuracy by a metric.

What evaluates is loaded when it is first asked for: compiled kernels take half a second, which no other command needs.
"""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Query
from fastapi.responses import Response

from assay.api.depends import TheDoor, TheStore
from assay.api.schemas.classification import (
    AccuracyByMetricOut,
    ClassificationComparisonOut,
    ClassificationOut,
    SlowClassification,
)
from assay.api.schemas.requests import AccuracyQuery, ClassificationComparisonQuery, ClassificationQuery
from assay.api.transfer import send

router = APIRouter(tags=["evaluation"])


@router.get("/projects/{project}/evaluation/classification", response_model=ClassificationOut)
def get_classification(asked: Annotated[ClassificationQuery, Query()], store: TheStore, door: TheDoor) -> Response:
    """Return what follows the slider: accuracy, averages, classes, confusion, calibration, counts."""
    from assay.api.classifications import show_classification  # noqa: PLC0415 - see above

    return send(show_classification(store, door.classification.evaluate(store, asked.question_of_classes())))


@router.get("/projects/{project}/evaluation/classification/slow")
def get_slow_classification(
    asked: Annotated[ClassificationQuery, Query()], store: TheStore, door: TheDoor
) -> SlowClassification:
    """Return intervals, and what drives the errors."""
    from assay.api.classifications import show_slow_classification  # noqa: PLC0415 - see above

    question = asked.question_of_classes()
    return door.memo.get(
        store,
        ("slow", question),
        lambda: show_slow_classification(store, door, door.classification.evaluate(store, question)),
    )


@router.get("/projects/{project}/evaluation/classification/performance")
def get_accuracy_by_metric(
    asked: Annotated[AccuracyQuery, Query()], store: TheStore, door: TheDoor
) -> AccuracyByMetricOut:
    """Return accuracy by a metric's value."""
    from assay.api.classifications import show_accuracy_by_metric  # noqa: PLC0415 - see above

    evaluation = door.classification.evaluate(store, asked.question_of_classes())
    return show_accuracy_by_metric(store, door, evaluation, asked.metric, asked.bins, asked.binning)


@router.get("/projects/{project}/evaluation/classification/compare")
def get_classification_comparison(
    asked: Annotated[ClassificationComparisonQuery, Query()], store: TheStore, door: TheDoor
) -> ClassificationComparisonOut:
    """Return two sets side by side: differences with paired intervals, images fixed and broken."""
    from assay.api.classifications import show_classification_comparison  # noqa: PLC0415 - see above
    from assay.evaluator.classification_comparison import compare_classifications  # noqa: PLC0415

    question = asked.question_of_classes()
    return door.memo.get(
        store,
        ("compare", question, asked.other),
        lambda: show_classification_comparison(
            store, compare_classifications(door.classification, store, question, asked.other)
        ),
    )
