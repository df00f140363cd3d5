"""Jobs: start, follow, cancel, resume."""

from __future__ import annotations

import os
from typing import Any

from fastapi import APIRouter

from assay.api.depends import Actor, TheDoor, TheStore
from assay.api.door import Door
from assay.api.paths import existing_path
from assay.api.schemas.jobs import (
    ExportCoco,
    FolderPreview,
    ImportCoco,
    ImportCsv,
    ImportFolder,
    InitPreview,
    InitProject,
    JobInfo,
    JobList,
)
from assay.errors import BusyError, ExistsError, UsageError
from assay.jobs.create import prepare_target
from assay.jobs.labelled import preview_class_folder
from assay.jobs.manager import Job
from assay.media.files import list_images
from assay.project.naming import check_project_name, suggest_project_name

router = APIRouter(tags=["jobs"])


@router.get("/jobs")
def list_jobs(door: TheDoor) -> JobList:
    """Return all jobs, newest first."""
    return JobList(jobs=[_info(job) for job in door.jobs.all()])


@router.get("/jobs/{job_id}")
def get_job(job_id: str, door: TheDoor) -> JobInfo:
    """Return one job."""
    return _info(door.jobs.get(job_id))


@router.post("/jobs/{job_id}/cancel")
def cancel_job(job_id: str, door: TheDoor) -> JobInfo:
    """Ask a job to stop."""
    return _info(door.jobs.cancel(job_id))


@router.post("/jobs/{job_id}/resume")
def resume_job(job_id: str, door: TheDoor, actor: Actor = "unknown") -> JobInfo:
    """Start a job again from where it stopped."""
    return _info(door.jobs.resume(job_id, actor))


@router.post("/projects/import/coco", status_code=202)
def import_coco(request: ImportCoco, door: TheDoor, actor: Actor = "unknown") -> JobInfo:
    """Import a COCO dataset as a new project, or add it to one."""
    images, annotations = existing_path(request.images), existing_path(request.annotations)
    name = request.name or suggest_project_name(images)
    params = request.model_dump(exclude={"name"}) | {"images": str(images), "annotations": str(annotations)}
    return start_making(door, "import-coco", _title(name, add=request.add), name, params, actor)


@router.post("/projects/import/folder", status_code=202)
def import_folder(request: ImportFolder, door: TheDoor, actor: Actor = "unknown") -> JobInfo:
    """Import images labelled by the folders that they lie in as a new project, or add them to one."""
    root = existing_path(request.root)
    name = request.name or suggest_project_name(root)
    params = request.model_dump(exclude={"name"}) | {"root": str(root)}
    return start_making(door, "import-folder", _title(name, add=request.add), name, params, actor)


@router.post("/projects/import/folder/preview")
def preview_folder(request: ImportFolder) -> FolderPreview:
    """Tell what the folders of an import would stand for; write nothing."""
    return FolderPreview(**preview_class_folder(existing_path(request.root), request.splits))


@router.post("/projects/import/csv", status_code=202)
def import_csv(request: ImportCsv, door: TheDoor, actor: Actor = "unknown") -> JobInfo:
    """Import images labelled by the rows of a CSV file as a new project, or add them to one."""
    images, table = existing_path(request.images), existing_path(request.table)
    name = request.name or suggest_project_name(images)
    params = request.model_dump(exclude={"name"}) | {"images": str(images), "table": str(table)}
    return start_making(door, "import-csv", _title(name, add=request.add), name, params, actor)


def _title(name: str, *, add: bool) -> str:
    return f"{'Adding to' if add else 'Importing'} {name}"


@router.post("/projects/init/preview")
def preview_init(request: InitProject) -> InitPreview:
    """List the images that a project of a folder would take in; write nothing."""
    root = existing_path(request.root)
    names = list_images(root, request.patterns or None)
    return InitPreview(root=str(root), images=[name.encode(errors="replace").decode() for name in names])


@router.post("/projects/init", status_code=202)
def init_project(request: InitProject, door: TheDoor, actor: Actor = "unknown") -> JobInfo:
    """Make a project of a folder of images."""
    root = existing_path(request.root)
    name = request.name or suggest_project_name(root)
    params = request.model_dump(exclude={"name"}) | {"root": str(root)}
    return start_making(door, "init", f"Taking in {name}", name, params, actor)


@router.post("/projects/{project}/refresh", status_code=202)
def refresh_project(project: str, store: TheStore, door: TheDoor, actor: Actor = "unknown") -> JobInfo:
    """Take in what changed in the annotation files and on disk, and compute no more than that touches."""
    return _info(door.jobs.start(store, Job("refresh", f"Refreshing {project}", project, {}, actor), once=True))


@router.post("/projects/{project}/export/coco", status_code=202)
def export_coco(project: str, request: ExportCoco, store: TheStore, door: TheDoor, actor: Actor = "unknown") -> JobInfo:
    """Write one of the project's sources as a COCO file."""
    if not os.path.isabs(request.path) or "\x00" in request.path:  # noqa: PTH117 - of a text, not of a Path
        raise UsageError(
            "The file to write must be named from the root on.",
            item=request.path[:500],
            expected="an absolute path of the machine that serves the project",
            actual="a relative path",
        )
    if os.path.lexists(request.path) and not request.overwrite:
        raise ExistsError(
            "The file to write is there already.",
            item=request.path[:500],
            expected="a path where nothing is",
            actual="a file or folder",
            hint="Replace it with --force.",
        )
    params = request.model_dump(exclude={"overwrite"})
    return _info(door.jobs.start(store, Job("export-coco", f"Exporting {project}", project, params, actor)))


def start_making(door: Door, kind: str, title: str, name: str, params: dict[str, Any], actor: str) -> JobInfo:
    """Start a job that makes a project, or go on with one that was interrupted."""
    check_project_name(name)
    with door.jobs.starting:
        for job in door.jobs.running(name):
            if job.kind == kind and job.params == params:
                return _info(job)  # it has been asked for already and is under way
            if not params.get("add"):
                raise BusyError(
                    "Another job is making this project.",
                    item=name,
                    expected="a name that no running job works on",
                    actual=job.title,
                    hint="Wait for it, or cancel it.",
                )
        continued = prepare_target(door.workspace, name, kind, params)
        job = Job(kind, title, name, params, actor)
        if continued:
            job.id = continued
        return _info(door.jobs.submit(job))


def _info(job: Job) -> JobInfo:
    return JobInfo.model_validate(job.describe())
