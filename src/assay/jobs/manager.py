"""Runs jobs in threads of the process that holds the projects, one at a time for each project.

A job's record lies in its project's database, so that a killed one is found, and can be resumed, by whoever
opens the project next.
"""

from __future__ import annotations

import logging
import threading
import time
import uuid
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from typing import Any

import duckdb
import orjson

from assay.errors import AssayError, CancelledError, NotFoundError, StorageError, UsageError
from assay.interrupt import note_stuck
from assay.jobs.engine.executors import Engine
from assay.project import trust
from assay.project.database import NO_ROOM, no_room
from assay.project.lock import beat_all
from assay.project.manifest import is_project, now, read_manifest
from assay.project.store import Store
from assay.project.workspace import Workspace

logger = logging.getLogger(__name__)

JobFunction = Callable[["JobContext"], dict[str, Any]]
_ENDED = ("done", "failed", "cancelled", "interrupted")
_UNFINISHED = ("queued", "running", "interrupted")
_KEPT = 200
_FINAL = ("input", "usage", "exists", "not-found", "query")  # trying again would fail again
_AT_ONCE = 4  # jobs of different projects
_MOST_WAITING = 64
_POLL_S = 0.2
STOP_S = 5.0
"""So long jobs have to come to their next step when the app stops."""
_STOP_POLL_S = 0.02


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
        """Whether it will not change any more."""
        return self.status in _ENDED

    def describe(self) -> dict[str, Any]:
        """Return the job as the door shows it."""
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


class JobContext:
    """What a running job works with.

    Attributes:
        engine: What runs its batches.
    """

    def __init__(self, workspace: Workspace, job: Job) -> None:
        self.workspace = workspace
        self.job = job
        self.params = job.params
        self.engine = Engine(self.check, job.params.get("workers"))

    @property
    def store(self) -> Store:
        """The job's project, open."""
        return self.workspace.get(self.job.project)

    def stage(self, name: str, total: int | None = None) -> None:
        """Begin a stage of so many units of work."""
        self.check()
        self.job.stage, self.job.done, self.job.total = name, 0, total
        self.job.stage_started = time.monotonic()

    def progress(self, done: int, total: int | None = None) -> None:
        """Report how far the stage is; raises when the job has been cancelled."""
        self.check()
        beat_all()
        self.job.done = done
        if total is not None:
            self.job.total = total

    def check(self) -> None:
        """Raise CancelledError when the job has been cancelled."""
        if self.job.cancel.is_set():
            raise CancelledError("The job was cancelled.", item=self.job.title)

    @property
    def goes_on_later(self) -> bool:
        """Whether the job stops only since the app does."""
        return self.job.stopping

    def register(self, store: Store, **changes: Any) -> None:
        """Write the job into its project, from where it can be resumed after a crash.

        A read-only project cannot take it in; whatever only reads works there all the same.

        Args:
            changes: Parameters that whoever resumes it must take in the place of what was asked for.
        """
        self.check()
        self.params = self.job.params = self.job.params | changes
        if not store.read_only:
            record_job(store, self.job)


class JobManager:
    """Starts, lists, cancels and resumes the jobs of a workspace."""

    def __init__(self, workspace: Workspace, kinds: Mapping[str, JobFunction]) -> None:
        self._workspace = workspace
        self._kinds = kinds
        self._jobs: dict[str, Job] = {}
        self.starting = threading.Lock()
        """To be held from the check that a job may start to its submission."""
        self._mutex = threading.Lock()
        self._project_mutexes: dict[str, threading.Lock] = {}
        self._slots = threading.Semaphore(_AT_ONCE)
        self._pool = ThreadPoolExecutor(max_workers=_MOST_WAITING, thread_name_prefix="assay-job")
        self._closing = threading.Event()

    def submit(self, job: Job) -> Job:
        """Queue a job; it runs as soon as no other job of its project does."""
        with self._mutex:
            if self._closing.is_set():
                raise StorageError("Assay is being stopped.", item=job.title, expected="a running app")
            self._jobs[job.id] = job
            ended = [j.id for j in self._jobs.values() if j.ended]
            for old in ended[: max(0, len(self._jobs) - _KEPT)]:
                del self._jobs[old]
            project_mutex = self._project_mutexes.setdefault(job.project, threading.Lock())
        self._pool.submit(self._run, job, project_mutex)
        return job

    def start(self, store: Store, job: Job, *, once: bool = False) -> Job:
        """Queue a job of an open project; it goes on with an interrupted one of the same request, if there is one.

        Args:
            once: Whether one of its kind that has not ended yet serves as well, and is returned.
        """
        with self.starting:
            if once:
                for other in self.running(job.project):
                    if other.kind == job.kind:
                        return other
            unfinished = find_unfinished(store, job.kind, job.params)
            if unfinished is not None and unfinished not in {other.id for other in self.running(job.project)}:
                job.id = unfinished
            return self.submit(job)

    def _run(self, job: Job, project_mutex: threading.Lock) -> None:
        while not project_mutex.acquire(timeout=_POLL_S):
            if job.cancel.is_set():
                self._end(job, *_outcome_of_stop(job))
                return
        job.at_work = True
        try:
            with self._slots:
                self._end(job, *self._work(job))
        finally:
            job.at_work = False
            project_mutex.release()

    def _work(self, job: Job) -> tuple[str, dict[str, Any] | None, dict[str, Any] | None]:
        """Do the job; return its status, result and error."""
        context = JobContext(self._workspace, job)
        try:
            context.check()
            job.status = "running"
            return "done", self._kinds[job.kind](context), None
        except CancelledError:
            return _outcome_of_stop(job)
        except AssayError as error:
            return "failed", None, error.to_problem()
        except OSError as error:
            return "failed", None, _describe_os_error(job, error).to_problem()
        except NO_ROOM as error:
            return "failed", None, no_room(job.title, error).to_problem()
        except Exception as error:  # a job's thread must report whatever goes wrong
            logger.exception("job %s failed", job.kind)
            found = f"{type(error).__name__}: {error}"
            return "failed", None, AssayError("Something went wrong inside Assay.", actual=found).to_problem()

    def _end(self, job: Job, status: str, result: dict[str, Any] | None, error: dict[str, Any] | None) -> None:
        """Record how a job ended, and only then let it be seen: who sees the end may delete the project."""
        finished = now()
        outcome = replace(job, status=status, result=result, error=error, finished=finished)
        try:
            if is_project(self._workspace.path(job.project)):
                store = self._workspace.get(job.project)
                if not store.read_only:
                    record_job(store, outcome)
                    store.checkpoint()
        except Exception as problem:  # noqa: BLE001 - the job itself has ended, whatever becomes of its record
            logger.warning("%s: its end could not be recorded: %s", job.title, problem)
        job.result, job.error, job.finished = result, error, finished
        job.status = status

    def get(self, job_id: str) -> Job:
        """Return a job.

        Raises:
            NotFoundError: there is no such job.
        """
        with self._mutex:
            if job_id in self._jobs:
                return self._jobs[job_id]
        raise NotFoundError("There is no such job.", item=job_id, expected="the id of a job", actual="unknown")

    def all(self) -> list[Job]:
        """Return all jobs, newest first."""
        with self._mutex:
            return list(reversed(self._jobs.values()))

    def running(self, project: str) -> list[Job]:
        """Return the jobs of a project that have not ended."""
        return [j for j in self.all() if j.project == project and not j.ended]

    def cancel(self, job_id: str) -> Job:
        """Ask a job to stop; it does at its next step, leaving the project sound.

        It is written down at once, so that a job whose process is killed before that step is not resumed.
        """
        job = self.get(job_id)
        job.cancel.set()
        store = self._workspace.opened(job.project)
        if store is not None and job.id in store.manifest.unfinished_jobs:
            try:
                store.save_manifest(stopped_jobs=sorted({*store.manifest.stopped_jobs, job.id}))
            except StorageError as problem:  # the job stops all the same
                logger.warning("%s: its cancellation could not be recorded: %s", job.title, problem)
        threading.Thread(target=self._leave, args=(job,), name="assay-leave", daemon=True).start()
        return job

    def _leave(self, job: Job) -> None:
        """Let a cancelled job count as ended that is in a step which does not end, such as reading from a hung share.

        Its thread goes no further than that step; until then no other job of the project begins.
        """
        deadline = time.monotonic() + STOP_S
        while not job.ended and time.monotonic() < deadline:
            time.sleep(_STOP_POLL_S)
        if not job.ended and job.at_work:
            job.error = CancelledError(
                "The job was cancelled, but the step that it is at does not end.",
                item=job.title,
                expected="an answer from the disk or network share",
                actual=f"none in {STOP_S:g} s: {job.stage}",
                hint="Other jobs of the project wait until it does.",
            ).to_problem()
            job.finished, job.status = now(), "cancelled"

    def resume(self, job_id: str, started_by: str) -> Job:
        """Start an ended job again from where it stopped.

        Raises:
            UsageError: the job is still running or has succeeded.
        """
        with self.starting:
            job = self.get(job_id)
            if not job.ended or job.status == "done":
                raise UsageError(
                    "The job cannot be resumed.",
                    item=job.title,
                    expected="a failed, cancelled or interrupted job",
                    actual=job.status,
                )
            with self._mutex:
                self._jobs.pop(job_id, None)
            return self.submit(Job(job.kind, job.title, job.project, job.params, started_by, id=job.id))

    def find_interrupted(self) -> list[Job]:
        """Resume what a crash or stop left unfinished in any project that nobody holds.

        Jobs that this user has not approved came with the project: they are named and left as they are.
        """
        resumed: list[Job] = []
        for directory in self._workspace.projects():
            try:
                manifest = read_manifest(directory)
                if manifest.unfinished_jobs or manifest.stopped_jobs:
                    resumed += self.take_up(directory.name)
            except (AssayError, duckdb.Error) as error:
                logger.warning("%s: %s", directory.name, error)
        return resumed

    def take_up(self, project: str) -> list[Job]:
        """Resume the interrupted jobs of a project that this user has approved."""
        with self.starting:
            known = self.running_ids(project)
            found = interrupted_jobs(self._workspace.get(project), known)
            return [self.submit(job) for job in found if job.id not in known]

    def running_ids(self, project: str) -> set[str]:
        """Return the ids of the jobs of a project that have not ended."""
        return {job.id for job in self.running(project)}

    def close(self) -> set[str]:
        """Stop what runs, so that it can go on at the next start, and wait until it has stopped, but not for ever.

        Returns:
            The projects of jobs that are in the middle of a step that cannot be interrupted.
        """
        with self._mutex:
            self._closing.set()
            jobs = list(self._jobs.values())
        for job in jobs:
            if not job.ended and not job.cancel.is_set():
                job.stopping = True
                job.cancel.set()
        self._pool.shutdown(wait=False)
        deadline = time.monotonic() + STOP_S
        while (stuck := {j.project for j in jobs if j.at_work or not j.ended}) and time.monotonic() < deadline:
            time.sleep(_STOP_POLL_S)
        for project in sorted(stuck):
            logger.warning("%s: a job is in the middle of a step that cannot be interrupted", project)
            note_stuck()
        return stuck


def _outcome_of_stop(job: Job) -> tuple[str, None, dict[str, Any]]:
    if job.stopping:
        return "interrupted", None, CancelledError("The job goes on at the next start.", item=job.title).to_problem()
    return "cancelled", None, CancelledError("The job was cancelled.", item=job.title).to_problem()


def _describe_os_error(job: Job, error: OSError) -> AssayError:
    return StorageError(
        "A file could not be read or written.",
        item=str(error.filename or job.title),
        expected="a readable file, a writable folder with free space",
        actual=error.strerror or str(error),
    )


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


def interrupted_jobs(store: Store, running: set[str]) -> list[Job]:
    """Return the approved jobs that are to go on, those that run among them.

    Those that were stopped by hand are written down as that.
    """
    stopped = store.manifest.stopped_jobs
    if stopped and not store.read_only:
        with store.write(changes_data=False) as cursor:
            cursor.execute(
                f"UPDATE job SET status = 'cancelled' WHERE list_contains(?, id) AND status IN {_UNFINISHED}", [stopped]
            )
    found = recorded_jobs(store)
    store.save_manifest(unfinished_jobs=[job.id for job in found], stopped_jobs=[])
    approved = [
        job for job in found if job.id in running or store.trust.is_approved(trust.job(job.id, job.kind, job.params))
    ]
    if len(approved) < len(found):
        logger.warning(
            "%s: %d jobs that came with the project are left alone. Look at them with: assay project trust -t %s",
            store.directory.name, len(found) - len(approved), store.directory,
        )  # fmt: skip
    return approved


def recorded_jobs(store: Store) -> list[Job]:
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
