"""Projects: list, look at, delete; classes and history."""

from __future__ import annotations

import os
import stat
from contextlib import suppress
from pathlib import Path
from typing import Any

import orjson
from fastapi import Query
from fastapi.responses import Response

from assay.api.app import App
from assay.api.classes import read_classes
from assay.api.depends import Actor, TheApp, TheStore
from assay.api.paths import existing_path
from assay.api.routers import api_router
from assay.api.schemas.base import ItemCount
from assay.api.schemas.places import RelocatedSource, RelocateProject, Relocation
from assay.api.schemas.projects import (
    ClassInfo,
    CoverObject,
    DoctorFinding,
    HistoryEntry,
    ProjectCard,
    ProjectInfo,
    ProjectList,
)
from assay.api.summaries import warm_up
from assay.errors import BusyError, NotFoundError, StorageError
from assay.formats.doctor import FOUND_BY, Doctor
from assay.jobs.relocate import relocate
from assay.ownfiles import read_own
from assay.project.geometry import SHAPE_NAMES
from assay.project.manifest import COVER, Manifest, is_project, now, read_manifest
from assay.project.overview import count_contents, read_free_types, read_history, read_sources
from assay.project.store import Store
from assay.project.vocabulary import status_of

router = api_router("projects")


@router.get("/projects")
def list_projects(app: TheApp) -> ProjectList:
    """Return the workspace's projects, read from their project.json."""
    cards = [_card(path) for path in app.workspace.projects()]
    return ProjectList(workspace=str(app.directory), projects=cards)


def _card(path: Path) -> ProjectCard:
    facts: dict[str, Any] = {
        "name": path.name, "path": str(path), "state": "damaged", "images": 0, "annotations": 0, "classes": 0,
        "prediction_sets": 0, "created": None, "last_opened": None, "cover_width": None, "cover_height": None,
        "cover_objects": [], "has_cover": False, "message": None,
    }  # fmt: skip
    try:
        manifest = read_manifest(path)
    except StorageError as error:
        return ProjectCard(**(facts | {"message": f"{error.message} {error.actual or ''}".strip()}))
    state = manifest.state if manifest.state in ("ready", "importing") else "damaged"
    facts |= {
        "state": state,
        "images": manifest.images,
        "annotations": manifest.annotations,
        "classes": manifest.classes,
        "prediction_sets": manifest.prediction_sets,
        "created": manifest.created,
        "last_opened": manifest.last_opened,
        "has_cover": (path / COVER).is_file() and not (path / COVER).is_symlink(),
        "message": "An import is under way or was interrupted." if state == "importing" else None,
    }
    try:
        return ProjectCard(**(facts | _cover(manifest)))
    except (ValueError, TypeError, KeyError, AttributeError):  # somebody has edited project.json
        return ProjectCard(**(facts | {"has_cover": False}))


def _cover(manifest: Manifest) -> dict[str, Any]:
    cover = manifest.cover or {}
    return {
        "cover_width": cover.get("width"),
        "cover_height": cover.get("height"),
        "cover_objects": [
            CoverObject(class_name=o["class_name"], color=o["color"], box=o["box"], rings=o["rings"])
            for o in cover.get("objects", [])
        ],
    }


@router.get("/projects/{project}")
def get_project(store: TheStore, app: TheApp) -> ProjectInfo:
    """Return one project's counts, columns, sources and the import doctor's report; it counts as opened now."""
    warm_up(store, app)
    with suppress(StorageError):  # a full disk does not keep anybody from looking at a project
        store.save_manifest(last_opened=now())
    with store.read() as cursor:
        counts = count_contents(cursor)
        sources = read_sources(cursor, store.directory)
        types = read_free_types(cursor)
    doctor = Doctor()
    for source in sources:
        doctor.merge(Doctor.load(source.report))
    return ProjectInfo(
        name=store.directory.name,
        path=str(store.directory),
        uuid=store.manifest.uuid,
        images=counts.images,
        annotations=counts.annotations,
        classes=counts.classes,
        splits=counts.splits,
        shapes={SHAPE_NAMES[shape]: count for shape, count in counts.shapes.items()},
        image_status={status_of(code): count for code, count in counts.statuses.items()},
        prediction_sets=store.manifest.prediction_sets,
        meta_columns=types["image"],
        attr_columns=types["annotation"],
        sources=[
            {
                "source": source.number,
                "kind": source.kind,
                "path": str(source.path),
                "images": str(source.image_root),
                "files": source.files,
                "split": source.split,
                "imported_at": source.imported_at.isoformat(),
            }
            for source in sources
        ],
        doctor=[
            DoctorFinding.model_validate(finding | {"items": _items_of(store, app, finding)})
            for finding in doctor.report()
        ],
        data_version=store.data_version,
        size_bytes=_size(store.directory),
        created=store.manifest.created,
    )


def _items_of(store: Store, app: App, finding: dict[str, Any]) -> ItemCount | None:
    """Return the items of one of the import doctor's findings; None where not exactly these can be found."""
    if finding["code"] not in FOUND_BY:
        return None
    scope, query = FOUND_BY[finding["code"]]
    count = len(app.results.get(store, scope, query))
    return ItemCount(scope=scope, count=count, query=query) if count == finding["count"] else None


def _size(directory: Path) -> int:
    total = 0
    for folder, _, names in os.walk(directory):
        for name in names:
            try:
                status = os.lstat(f"{folder}{os.sep}{name}")
            except OSError:
                continue  # a temporary file that has gone meanwhile
            total += status.st_size if stat.S_ISREG(status.st_mode) else 0
    return total


@router.delete("/projects/{project}", status_code=204)
def delete_project(project: str, app: TheApp) -> None:
    """Delete a project; image files outside its folder stay."""
    with app.jobs.starting:
        running = app.jobs.running(project)
        if running:
            raise BusyError(
                "A job is working on the project.",
                item=project,
                expected="no running job",
                actual=running[0].title,
                hint="Wait for it, or cancel it first.",
            )
        app.workspace.delete(project)


@router.post("/projects/{project}/relocate")
def post_relocation(request: RelocateProject, store: TheStore, actor: Actor = "unknown") -> Relocation:
    """Put down where a project's images and annotation files lie now, checked before anything is written."""
    images, annotations = (existing_path(p) if p is not None else None for p in (request.images, request.annotations))
    done = relocate(store, actor, images=images, annotations=annotations, source=request.source)
    return Relocation(project=str(store.directory), sources=[RelocatedSource(**vars(one)) for one in done])


@router.get("/projects/{project}/cover", response_class=Response, responses={200: {"content": {"image/jpeg": {}}}})
def get_cover(project: str, app: TheApp) -> Response:
    """Return the picture on the project's card."""
    file = app.workspace.path(project) / COVER
    if not is_project(file.parent) or not file.is_file():
        raise NotFoundError("The project has no cover.", item=project, expected=COVER, actual="nothing there")
    return Response(read_own(file), media_type="image/jpeg", headers={"Cache-Control": "no-cache"})


@router.get("/projects/{project}/classes")
def list_classes(store: TheStore) -> list[ClassInfo]:
    """Return the classes, the most frequent first."""
    return read_classes(store)


@router.get("/projects/{project}/history")
def list_history(store: TheStore, limit: int = Query(100, ge=1, le=10_000)) -> list[HistoryEntry]:
    """Return what has been done to the project, the latest first."""
    return [
        HistoryEntry(
            sequence=entry.sequence,
            at=entry.at.isoformat(),
            actor=entry.actor,
            action=entry.action,
            detail=orjson.loads(entry.detail),
        )
        for entry in read_history(store, limit)
    ]
