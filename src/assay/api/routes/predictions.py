"""Prediction sets: import, list, rename, remove."""

from __future__ import annotations

from typing import Any

from fastapi import APIRouter, Query

from assay.api.depends import Actor, TheDoor, TheStore
from assay.api.door import Door
from assay.api.paths import existing_path
from assay.api.routers import api_router
from assay.api.schemas.jobs import JobInfo
from assay.api.schemas.predictions import (
    ImportPredictions,
    PredictionSetOut,
    RemovePredictions,
    RenamePredictions,
    make_import_request,
)
from assay.jobs.manager import Job
from assay.project.predictions import PredictionSet, get_set, list_sets, remove_set, rename_set
from assay.project.sources import find_part
from assay.project.store import Store

router = api_router("predictions")


def make_import_router() -> APIRouter:
    """Return the route of imports in the formats that are registered now."""
    made = api_router("predictions")

    def start(project: str, request: Any, store: TheStore, door: TheDoor, actor: Actor = "unknown") -> JobInfo:
        return _import(project, request, store, door, actor)

    start.__annotations__["request"] = make_import_request()
    made.post(
        "/projects/{project}/predictions/import",
        status_code=202,
        name="import_predictions",
        description="Import a file of predictions as a named set; all or nothing, unless what is invalid may be left "
        "out.",
    )(start)
    return made


def _import(project: str, request: ImportPredictions, store: Store, door: Door, actor: str) -> JobInfo:
    with store.read() as cursor:
        find_part(cursor, request.source, request.split, store.directory)  # refused at once rather than by the job
    params = request.model_dump() | {"path": str(existing_path(request.path))}
    title = f"Predictions {request.name[:60]} for {store.directory.name}"
    job = Job("import-predictions", title, project, params, actor)
    return JobInfo.model_validate(door.jobs.start(store, job).describe())


@router.get("/projects/{project}/predictions")
def list_predictions(store: TheStore) -> list[PredictionSetOut]:
    """Return the prediction sets in the order in which they were imported."""
    return [_show(each) for each in list_sets(store)]


@router.get("/projects/{project}/predictions/set")
def get_predictions(store: TheStore, name: str = Query(max_length=20_000)) -> PredictionSetOut:
    """Return one prediction set."""
    return _show(get_set(store, name))


@router.post("/projects/{project}/predictions/rename")
def rename_predictions(request: RenamePredictions, store: TheStore, actor: Actor = "unknown") -> PredictionSetOut:
    """Give a prediction set another name."""
    rename_set(store, request.name, request.new_name, actor)
    return _show(get_set(store, request.new_name.strip()))


@router.post("/projects/{project}/predictions/remove")
def remove_predictions(request: RemovePredictions, store: TheStore, actor: Actor = "unknown") -> PredictionSetOut:
    """Take a prediction set out of the project; return what it was."""
    return _show(remove_set(store, request.name, actor))


def _show(known: PredictionSet) -> PredictionSetOut:
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
        doubts=known.matching.doubts,
    )
