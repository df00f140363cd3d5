"""Runs jobs in threads of the process that holds the projects, one at a time for each project.

A job's record lies in its project's database, so that a killed one is found, and can be resumed, by whoever
opens the project next.
"""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from typing import Any

import duckdb

from assay.errors import AssayError, CancelledError, NotFoundError, StorageError, UsageError
from assay.interrupt import record_stuck
from assay.jobs.engine.executors import Engine
from assay.jobs.records import Job, find_interrupted, find_unfinished, record_job
from assay.project.database import NO_ROOM, no_room
from assay.project.lock import beat_all
from assay.project.manifest import is_project, now, read_manifest
from assay.project.store import Store
from assay.project.workspace import Workspace
from assay.stopping import stopped_by

logger = logging.getLogger(__name__)

JobFunction = Callable[["JobContext"], dict[str, Any]]
_KEPT = 200
_AT_ONCE = 4  # jobs of different projects
_MOST_WAITING = 64
_POLL_S = 0.2
STOP_S = 5.0
"""So long jobs have to come to their next step when the app stops."""
_STOP_POLL_S = 0.02


class JobContext:
    """The project, the engine and the progress of a running job.

    Attributes:
        engine: The executors of its batches.
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
            with stopped_by(context.check):
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
            text = f"{type(error).__name__}: {error}"
            return "failed", None, AssayError("Something went wrong inside Assay.", actual=text).to_problem()

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
        store = self._workspace.find_open(job.project)
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
            running = self.running_ids(project)
            jobs = find_interrupted(self._workspace.get(project), running)
            return [self.submit(job) for job in jobs if job.id not in running]

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
            record_stuck()
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
