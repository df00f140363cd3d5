"""Jobs: start, follow, cancel, resume."""

from __future__ import annotations

from typing import Any

from assay.api.app import App
from assay.api.depends import Actor, TheApp, TheStore
from assay.api.routers import api_router
from assay.api.schemas.jobs import JobInfo, JobList
from assay.errors import BusyError
from assay.jobs.create import prepare_target
from assay.jobs.records import Job
from assay.project.naming import check_project_name

router = api_router("jobs")


@router.get("/jobs")
def list_jobs(app: TheApp) -> JobList:
    """Return all jobs, newest first."""
    return JobList(jobs=[describe(job) for job in app.jobs.all()])


@router.get("/jobs/{job_id}")
def get_job(job_id: str, app: TheApp) -> JobInfo:
    """Return one job."""
    return describe(app.jobs.get(job_id))


@router.post("/jobs/{job_id}/cancel")
def cancel_job(job_id: str, app: TheApp) -> JobInfo:
    """Ask a job to stop."""
    return describe(app.jobs.cancel(job_id))


@router.post("/jobs/{job_id}/resume")
def resume_job(job_id: str, app: TheApp, actor: Actor = "unknown") -> JobInfo:
    """Start a job again from where it stopped."""
    return describe(app.jobs.resume(job_id, actor))


@router.post("/projects/{project}/refresh", status_code=202)
def refresh_project(project: str, store: TheStore, app: TheApp, actor: Actor = "unknown") -> JobInfo:
    """Take in what changed in the annotation files and on disk, and compute no more than that touches."""
    return describe(app.jobs.start(store, Job("refresh", f"Refreshing {project}", project, {}, actor), once=True))


def start_making(app: App, kind: str, title: str, name: str, params: dict[str, Any], actor: str) -> JobInfo:
    """Start a job that makes a project, or go on with one that was interrupted."""
    check_project_name(name)
    with app.jobs.starting:
        for job in app.jobs.running(name):
            if job.kind == kind and job.params == params:
                return describe(job)  # it has been asked for already and is under way
            if not params.get("add"):
                raise BusyError(
                    "Another job is making this project.",
                    item=name,
                    expected="a name that no running job works on",
                    actual=job.title,
                    hint="Wait for it, or cancel it.",
                )
        continued = prepare_target(app.workspace, name, kind, params)
        job = Job(kind, title, name, params, actor)
        if continued:
            job.id = continued
        return describe(app.jobs.submit(job))


def describe(job: Job) -> JobInfo:
    """Return a job as it is shown."""
    return JobInfo.model_validate(job.describe())
