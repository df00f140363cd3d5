"""Prediction sets: import, list, rename, remove."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress
from typing import Any

from fastapi import APIRouter, Query

from assay.api.app import App
from assay.api.depends import Actor, TheApp, TheStore
from assay.api.paths import existing_path
from assay.api.routers import api_router
from assay.api.schemas.jobs import JobInfo
from assay.api.schemas.predictions import (
    ImportPredictions,
    PredictionSetOut,
    RemovePredictions,
    RenamePredictions,
    SetOperatingPoint,
    make_import_request,
    show_operating_point,
)
from assay.errors import UsageError
from assay.evaluator.request import EvaluationRequest
from assay.jobs.records import Job
from assay.project.operating_points import OF_CLASSIFICATIONS, OperatingPoint
from assay.project.predictions import PredictionSet, get_set, list_sets, list_tasks, remove_set, rename_set
from assay.project.sources import find_part
from assay.project.store import Store

router = api_router("predictions")


def make_import_router() -> APIRouter:
    """Return the route of imports in the formats that are registered now."""
    made = api_router("predictions")

    def start(project: str, request: Any, store: TheStore, app: TheApp, actor: Actor = "unknown") -> JobInfo:
        return _import(project, request, store, app, actor)

    start.__annotations__["request"] = make_import_request()
    made.post(
        "/projects/{project}/predictions/import",
        status_code=202,
        name="import_predictions",
        description="Import a file of predictions as a named set; all or nothing, unless what is invalid may be left "
        "out.",
    )(start)
    return made


def _import(project: str, request: ImportPredictions, store: Store, app: App, actor: str) -> JobInfo:
    with store.read() as cursor:
        find_part(cursor, request.source, request.split, store.directory)  # refused at once rather than by the job
    params = request.model_dump() | {"path": str(existing_path(request.path))}
    title = f"Predictions {request.name[:60]} for {store.directory.name}"
    job = Job("import-predictions", title, project, params, actor)
    return JobInfo.model_validate(app.jobs.start(store, job).describe())


@router.get("/projects/{project}/predictions")
def list_predictions(store: TheStore, app: TheApp) -> list[PredictionSetOut]:
    """Return the prediction sets in the order in which they were imported."""
    return [_show(each, _points(each, store, app)) for each in list_sets(store)]


@router.get("/projects/{project}/predictions/set")
def get_predictions(store: TheStore, app: TheApp, name: str = Query(max_length=20_000)) -> PredictionSetOut:
    """Return one prediction set."""
    known = get_set(store, name)
    return _show(known, _points(known, store, app))


@router.post("/projects/{project}/predictions/rename")
def rename_predictions(
    request: RenamePredictions, store: TheStore, app: TheApp, actor: Actor = "unknown"
) -> PredictionSetOut:
    """Give a prediction set another name."""
    rename_set(store, request.name, request.new_name, actor)
    known = get_set(store, request.new_name.strip())
    return _show(known, _points(known, store, app))


@router.post("/projects/{project}/predictions/operating-point")
def set_predictions_operating_point(request: SetOperatingPoint, store: TheStore, app: TheApp) -> PredictionSetOut:
    """Let a set's predictions count from a confidence on where nothing else is asked, in every face."""
    from assay.evaluator.operating_points import set_operating_point  # noqa: PLC0415 - numba takes half a second to load

    confidence = None if request.confidence == "best" else request.confidence
    set_operating_point(store, get_set(store, request.name), confidence, request.task)
    known = get_set(store, request.name)
    return _show(known, _points(known, store, app))


@router.post("/projects/{project}/predictions/remove")
def remove_predictions(request: RemovePredictions, store: TheStore, actor: Actor = "unknown") -> PredictionSetOut:
    """Take a prediction set out of the project; return what it was."""
    gone = remove_set(store, request.name, actor)
    return _show(gone, gone.operating_points)


def _points(known: PredictionSet, store: Store, app: App) -> dict[str, OperatingPoint]:
    """Return a set's operating points by task, those that are not kept found now."""
    if known.kind == "classification":
        return {known.kind: OF_CLASSIFICATIONS}
    points = dict(known.operating_points)
    for task in list_tasks(store, known):
        if task not in points:
            with suppress(UsageError):  # nothing can be evaluated for it
                points[task] = app.evaluator.operating_point(store, EvaluationRequest(known.name, task))
    return points


def _show(known: PredictionSet, points: Mapping[str, OperatingPoint]) -> PredictionSetOut:
    return PredictionSetOut(
        name=known.name,
        path=known.path,
        kind=known.kind,
        coverage=known.coverage,
        predictions=known.predictions,
        covered_images=known.images,
        imported_at=known.imported_at,
        skipped=known.skipped,
        matched_by=known.matching.by,
        source=known.matching.decided,
        warnings=known.matching.warnings,
        operating_points={task: show_operating_point(point) for task, point in points.items()},
        doubts=known.matching.doubts,
    )
