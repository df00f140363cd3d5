"""The job manager: one job at a time in a project, several projects at once, ends that are recorded before seen."""

from __future__ import annotations

import itertools
import os
import threading
import time

import pytest

from assay.errors import NotFoundError, UsageError
from assay.jobs.manager import JobManager
from assay.jobs.records import Job
from assay.project.lock import Holder
from assay.project.manifest import read_manifest
from assay.project.workspace import Workspace
from assay.stopping import stoppable


class Work:
    """A kind of job that works until it is let go."""

    def __init__(self) -> None:
        self.go = threading.Event()
        self.running: list[str] = []
        self.most = 0

    def __call__(self, context):
        context.register(context.store)
        self.running.append(context.job.project)
        self.most = max(self.most, self.running.count(context.job.project))
        context.stage("Working", 100)
        try:
            while not self.go.wait(0.01):
                context.progress(context.job.done + 1)
        finally:
            self.running.remove(context.job.project)
        return {"worked": True}


@pytest.fixture
def place(tmp_path):
    """A workspace of six projects."""
    opened = Workspace(tmp_path, Holder(pid=os.getpid()))
    for name in "abcdef":
        opened.create(name)
    yield opened
    opened.close()


@pytest.fixture
def work():
    return Work()


@pytest.fixture
def manager(place, work):
    def broken(_context):
        raise ZeroDivisionError("oh")

    jobs = JobManager(place, {"work": work, "broken": broken})
    yield jobs
    work.go.set()
    jobs.close()


def submit(manager, project="a", kind="work") -> Job:
    return manager.submit(Job(kind, f"{kind} on {project}", project, {}, "tests"))


def recorded(place, job) -> list[str]:
    with place.get(job.project).read() as cursor:
        return [s for (s,) in cursor.execute("SELECT status FROM job WHERE id = ?", [job.id]).fetchall()]


def test_progress_is_seen_while_a_job_works(manager, work, until):
    job = submit(manager)
    seen = until(lambda: (told := manager.get(job.id).describe())["done"] > 2 and told)
    assert (seen["status"], seen["stage"], seen["total"], seen["started_by"]) == ("running", "Working", 100, "tests")
    work.go.set()
    until(lambda: job.ended)
    assert (job.status, job.result) == ("done", {"worked": True})


def test_one_job_at_a_time_in_a_project_and_others_are_not_held_up(manager, work, until):
    crowd = [submit(manager) for _ in range(8)]
    other = submit(manager, "b")
    until(lambda: other.status == "running")
    assert [job.status for job in crowd].count("running") == 1
    work.go.set()
    until(lambda: all(job.ended for job in [*crowd, other]))
    assert work.most == 1
    assert {job.status for job in crowd} == {"done"}


def test_a_job_that_waits_is_cancelled_at_once(manager, work, place, until):
    first = submit(manager)
    until(lambda: first.status == "running")
    second = submit(manager)
    manager.cancel(second.id)
    until(lambda: second.ended, 3)
    assert (second.status, first.status) == ("cancelled", "running")


def test_a_cancelled_job_is_recorded_so_and_can_be_resumed(manager, work, place, until):
    job = submit(manager)
    until(lambda: job.status == "running")
    with pytest.raises(UsageError):
        manager.resume(job.id, "tests")
    manager.cancel(job.id)
    until(lambda: job.ended)
    assert (job.status, recorded(place, job)) == ("cancelled", ["cancelled"])
    assert read_manifest(place.path("a")).unfinished_jobs == []
    work.go.set()
    again = manager.resume(job.id, "somebody")
    until(lambda: again.ended)
    assert (again.id, again.status, recorded(place, job)) == (job.id, "done", ["done"])


def test_an_end_is_recorded_before_it_is_seen(manager, work, place, until):
    work.go.set()
    for _ in range(20):
        job = submit(manager)
        until(lambda job=job: job.ended)
        assert recorded(place, job) == ["done"]


def test_jobs_that_run_or_wait_when_the_app_stops_go_on_at_the_next_start(manager, work, place, until):
    running, waiting = submit(manager), submit(manager)
    until(lambda: work.running)
    manager.close()
    assert (running.status, waiting.status) == ("interrupted", "interrupted")
    assert set(read_manifest(place.path("a")).unfinished_jobs) == {running.id, waiting.id}
    work.go.set()
    later = JobManager(place, {"work": work})
    resumed = later.find_interrupted()
    assert {job.id for job in resumed} == {running.id, waiting.id}
    until(lambda: all(job.status == "done" for job in resumed))
    assert later.find_interrupted() == []
    assert read_manifest(place.path("a")).unfinished_jobs == []
    later.close()


def test_what_a_person_cancelled_is_not_taken_up_again(manager, work, place, until):
    job = submit(manager)
    until(lambda: job.status == "running")
    manager.cancel(job.id)
    manager.close()
    assert recorded(place, job) == ["cancelled"]
    assert JobManager(place, {"work": work}).find_interrupted() == []


def test_a_job_that_breaks_says_how_and_the_next_one_runs(manager, work, until):
    job = submit(manager, kind="broken")
    unknown = submit(manager, kind="nonsense")
    until(lambda: job.ended and unknown.ended)
    assert (job.status, job.error["actual"]) == ("failed", "ZeroDivisionError: oh")
    assert unknown.status == "failed"
    work.go.set()
    after = submit(manager)
    until(lambda: after.status == "done")


def test_a_job_whose_project_is_gone_still_ends(manager, work, place, until):
    job = submit(manager)
    until(lambda: work.running)
    place.delete("a")
    work.go.set()
    until(lambda: job.ended)
    assert job.status == "done"


def test_unknown_jobs_are_not_found(manager):
    with pytest.raises(NotFoundError):
        manager.get("nothing")
    with pytest.raises(NotFoundError):
        manager.cancel("nothing")


def test_ended_jobs_are_forgotten_after_a_while_but_never_running_ones(manager, work, until):
    held = submit(manager, "b")
    until(lambda: held.status == "running")
    for _ in range(230):
        job = submit(manager, "c", kind="broken")
        time.sleep(0)
    until(lambda: job.ended)
    submit(manager, "c", kind="broken")
    assert len(manager.all()) <= 202
    assert manager.get(held.id) is held


def test_a_cancelled_job_stops_in_loops_that_know_nothing_of_it(place, until):
    begun = threading.Event()

    def count(_context):
        for number in stoppable(itertools.count()):
            if number == 10_000:
                begun.set()

    jobs = JobManager(place, {"count": count})
    job = submit(jobs, kind="count")
    assert begun.wait(60)
    jobs.cancel(job.id)
    until(lambda: jobs.get(job.id).ended)
    assert jobs.get(job.id).status == "cancelled"
    jobs.close()
