"""Jobs and their records in the project's database, by which an interrupted one is found and resumed."""

from __future__ import annotations

import logging
import threading
import time
import uuid
from dataclasses import dataclass, field
from typing import Any

import orjson

from assay.project import trust
from assay.project.manifest import now
from assay.project.store import Store

logger = logging.getLogger(__name__)

_ENDED = ("done", "failed", "cancelled", "interrupted")
_UNFINISHED = ("queued", "running", "interrupted")
_FINAL = ("input", "usage", "exists", "not-found", "query")  # trying again would fail again


@dataclass
class Job:
    """One piece of long work and how far it is."""

    kind: str
    title: str
    project: str
    params: dict[str, Any]
    started_by: str
    id: str = field(default_factory=lambda: uuid.uuid4().hex[:12])
    status: str = "queued"
    stage: str = ""
    done: int = 0
    total: int | None = None
    created: str = field(default_factory=now)
    finished: str | None = None
    result: dict[str, Any] | None = None
    error: dict[str, Any] | None = None
    stage_started: float = field(default_factory=time.monotonic)
    cancel: threading.Event = field(default_factory=threading.Event)
    taken_up: bool = False  # at the start of an app, without anybody's asking
    stopping: bool = False  # the app stops, and the job with it, to be taken up again at the next start
    at_work: bool = False  # a thread is at it, maybe in a step that does not end though it has been cancelled

    @property
    def ended(self) -> bool:
        """Whether the job will not change any more."""
        return self.status in _ENDED

    def describe(self) -> dict[str, Any]:
        """Return the job as the HTTP API shows it."""
        elapsed_s = time.monotonic() - self.stage_started
        rate = self.done / elapsed_s if self.done and elapsed_s > 0.2 and self.status == "running" else None
        left = (self.total - self.done) / rate if rate and self.total else None
        return {
            "id": self.id,
            "kind": self.kind,
            "title": self.title,
            "project": self.project,
            "status": self.status,
            "stage": self.stage,
            "done": self.done,
            "total": self.total,
            "rate": rate,
            "seconds_left": left,
            "started_by": self.started_by,
            "created": self.created,
            "finished": self.finished,
            "resumable": self.status in ("cancelled", "interrupted")
            or (self.status == "failed" and (self.error or {}).get("code") not in _FINAL),
            "result": self.result,
            "error": self.error,
        }


def record_job(store: Store, job: Job) -> None:
    """Write a job's present state into its project, approved for as long as it may be gone on with."""
    thing = trust.job(job.id, job.kind, job.params)
    if job.status in _UNFINISHED:  # first: a job that is written down and not approved would be asked about
        store.trust.approve([thing])
    with store.write(changes_data=False) as cursor:
        cursor.execute("DELETE FROM job WHERE id = ?", [job.id])
        cursor.execute(
            "INSERT INTO job VALUES (?, ?, ?, ?, ?, ?, ?, ?::TIMESTAMPTZ::TIMESTAMP, ?::TIMESTAMPTZ::TIMESTAMP, ?, ?)",
            [
                job.id,
                job.kind,
                job.title,
                orjson.dumps(job.params).decode(),
                job.status,
                job.stage,
                job.started_by,
                job.created,
                job.finished,
                None if job.result is None else orjson.dumps(job.result).decode(),
                None if job.error is None else orjson.dumps(job.error).decode(),
            ],
        )
    if job.status == "done":
        store.trust.forget([thing])
    unfinished = [i for i in store.manifest.unfinished_jobs if i != job.id]
    stopped = [i for i in store.manifest.stopped_jobs if i != job.id]
    if job.status in _UNFINISHED:
        unfinished.append(job.id)
    if job.cancel.is_set() and not job.stopping and not job.ended:
        stopped.append(job.id)
    if (unfinished, stopped) != (store.manifest.unfinished_jobs, store.manifest.stopped_jobs):
        store.save_manifest(unfinished_jobs=unfinished, stopped_jobs=stopped)


def find_unfinished(store: Store, kind: str, params: dict[str, Any]) -> str | None:
    """Return the id of the approved job of the same request that has begun and not ended well."""
    with store.read() as cursor:
        row = cursor.execute(
            "SELECT id FROM job WHERE kind = ? AND params = ? AND status <> 'done' ORDER BY created DESC LIMIT 1",
            [kind, orjson.dumps(params).decode()],
        ).fetchone()
    if row is None or not store.trust.is_approved(trust.job(str(row[0]), kind, params)):
        return None
    return str(row[0])


def find_interrupted(store: Store, running: set[str]) -> list[Job]:
    """Return the approved jobs that are to go on, those that run among them.

    Those that were stopped by hand are written down as that.
    """
    stopped = store.manifest.stopped_jobs
    if stopped and not store.read_only:
        with store.write(changes_data=False) as cursor:
            cursor.execute(
                f"UPDATE job SET status = 'cancelled' WHERE list_contains(?, id) AND status IN {_UNFINISHED}", [stopped]
            )
    jobs = read_unfinished(store)
    store.save_manifest(unfinished_jobs=[job.id for job in jobs], stopped_jobs=[])
    approved = [
        job for job in jobs if job.id in running or store.trust.is_approved(trust.job(job.id, job.kind, job.params))
    ]
    if len(approved) < len(jobs):
        logger.warning(
            "%s: %d jobs that came with the project are left alone. Look at them with: assay project trust -t %s",
            store.directory.name, len(jobs) - len(approved), store.directory,
        )  # fmt: skip
    return approved


def read_unfinished(store: Store) -> list[Job]:
    """Return the jobs that a project's database calls unfinished, whoever wrote them there."""
    with store.read() as cursor:
        rows = cursor.execute(
            f"SELECT id, kind, title, params, started_by FROM job WHERE status IN {_UNFINISHED}"
        ).fetchall()
    jobs = []
    for job_id, kind, title, text, started_by in rows:
        try:
            params = orjson.loads(text)
        except (ValueError, TypeError):
            continue  # of nobody's making: it could not be gone on with
        if isinstance(params, dict):
            jobs.append(
                Job(str(kind), str(title), store.directory.name, params, str(started_by), id=str(job_id), taken_up=True)
            )
    return jobs
