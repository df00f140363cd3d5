"""Evaluation of prediction sets: what follows the sliders, what comes when they rest, outcomes by a metric.

Sets of detections and of classifications are asked for alike; ``task`` tells their answers apart. What evaluates is
loaded when it is first asked for: compiled kernels take half a second, which no other command needs.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Annotated, Any

from fastapi import Query
from fastapi.responses import Response
from pydantic import Discriminator

from assay.api.depends import TheApp, TheStore
from assay.api.evaluation.classification_schemas import (
    AccuracyByMetricOut,
    ClassificationComparisonOut,
    ClassificationOut,
    SlowClassification,
)
from assay.api.evaluation.schemas import (
    ClassThreshold,
    ComparisonOut,
    EvaluationOut,
    OperatingPoint,
    PerformanceOut,
    SlowEvaluation,
    ThresholdsOut,
)
from assay.api.routers import api_router
from assay.api.schemas.requests import (
    AnyTaskName,
    ComparisonQuery,
    EvaluationQuery,
    PerformanceQuery,
    SetQuery,
    TableQuery,
    ThresholdsQuery,
)
from assay.api.transfer import send
from assay.project.predictions import get_set, list_tasks

router = api_router("evaluation")
_BY_TASK = Discriminator("task")
_OR_CSV: dict[int | str, Any] = {200: {"content": {"text/csv": {}}}}


@router.get("/projects/{project}/evaluation", response_model=Annotated[EvaluationOut | ClassificationOut, _BY_TASK])
def get_evaluation(asked: Annotated[EvaluationQuery, Query()], store: TheStore, app: TheApp) -> Response:
    """Return what follows the sliders: numbers, classes, confusion, calibration; of detections curves and reasons."""
    from assay.api.evaluation.views import show_evaluation  # noqa: PLC0415 - see above

    return send(show_evaluation(store, app, app.evaluator.evaluate(store, asked.request())))


@router.get("/projects/{project}/evaluation/slow")
def get_slow_evaluation(
    asked: Annotated[EvaluationQuery, Query()], store: TheStore, app: TheApp
) -> Annotated[SlowEvaluation | SlowClassification, _BY_TASK]:
    """Return intervals, what drives the errors, and where they gather; of detections the cost of errors as well."""
    from assay.api.evaluation.views import show_slow  # noqa: PLC0415 - see above

    request = asked.request()
    return app.memo.get(store, ("slow", request), lambda: show_slow(store, app, app.evaluator.evaluate(store, request)))


@router.get("/projects/{project}/evaluation/compare")
def compare_predictions(
    asked: Annotated[ComparisonQuery, Query()], store: TheStore, app: TheApp
) -> Annotated[ComparisonOut | ClassificationComparisonOut, _BY_TASK]:
    """Return two sets' numbers side by side, with paired intervals of their differences, and images that changed."""
    from assay.api.evaluation.views import show_comparison  # noqa: PLC0415 - see above

    request = asked.request()
    return app.memo.get(
        store,
        ("compare", request, asked.other, asked.compared_confidence),
        lambda: show_comparison(store, app.evaluator.compare(store, request, asked.other, asked.compared_confidence)),
    )


@router.get("/projects/{project}/evaluation/performance")
def get_performance(
    asked: Annotated[PerformanceQuery, Query()], store: TheStore, app: TheApp
) -> Annotated[PerformanceOut | AccuracyByMetricOut, _BY_TASK]:
    """Return precision and false-negative rate, or accuracy, by a metric's value, if asked for of each class, too."""
    from assay.api.evaluation.views import show_performance  # noqa: PLC0415 - see above

    return show_performance(store, app, app.evaluator.evaluate(store, asked.request()), asked)


@router.get("/projects/{project}/evaluation/operating-points", response_model=list[OperatingPoint], responses=_OR_CSV)
def get_operating_points(asked: Annotated[TableQuery, Query()], store: TheStore, app: TheApp) -> Any:
    """Return counts at every distinct score of each class that is evaluated, the highest score first."""
    from assay.api.evaluation.thresholds import send_table  # noqa: PLC0415 - see above
    from assay.api.evaluation.views import show_points  # noqa: PLC0415

    points = show_points(app.evaluator.evaluate(store, asked.request()))
    return send_table(points, OperatingPoint, "operating-points") if asked.format == "csv" else points


@router.get("/projects/{project}/evaluation/thresholds", response_model=ThresholdsOut, responses=_OR_CSV)
def get_thresholds(asked: Annotated[ThresholdsQuery, Query()], store: TheStore, app: TheApp) -> Any:
    """Return a confidence for each class, by F1, precision or recall, and what it gives."""
    from assay.api.evaluation.thresholds import send_table  # noqa: PLC0415 - see above
    from assay.api.evaluation.views import show_thresholds_of  # noqa: PLC0415

    found = show_thresholds_of(app.evaluator.evaluate(store, asked.request()), asked)
    return send_table(found.per_class, ClassThreshold, "thresholds") if asked.format == "csv" else found


@router.get("/projects/{project}/evaluation/tasks")
def get_tasks(asked: Annotated[SetQuery, Query()], store: TheStore) -> list[AnyTaskName]:
    """Return what a prediction set can be evaluated for."""
    known = get_set(store, asked.predictions)
    if known.kind == "classification":
        return ["classification"]
    return list(list_tasks(store, known))


_FORMER: dict[str, Callable[..., Any]] = {  # where classifications were asked for before
    "": get_evaluation,
    "/slow": get_slow_evaluation,
    "/compare": compare_predictions,
    "/performance": get_performance,
}
for _path, _endpoint in _FORMER.items():
    router.add_api_route(f"/projects/{{project}}/evaluation/classification{_path}", _endpoint, include_in_schema=False)
