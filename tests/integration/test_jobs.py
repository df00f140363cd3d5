"""Jobs over the life of processes: seen by everybody, cancelled, killed, resumed."""

from __future__ import annotations

import json
import os
import random
import signal
import time
from pathlib import Path

import pytest

from assay.client.connection import Connection
from assay.errors import AssayError


@pytest.fixture(scope="module")
def big(make_shared_dataset):
    """Enough images for an import to be caught at work."""
    return make_shared_dataset(images=400, per_image=3)


@pytest.fixture(scope="module")
def finished(big, tmp_path_factory, contents):
    """What an import tells that nobody has interrupted, and what it leaves."""
    workspace = tmp_path_factory.mktemp("reference")
    with Connection(workspace) as connection:
        told = connection.run_job("/api/projects/import/coco", big.body(name="big", files="copy"))
    del told["report"]
    return told, contents(workspace / "big")


def state_of(project: Path) -> str:
    """Return `absent`, or the state that project.json tells."""
    file = project / "project.json"
    return json.loads(file.read_text())["state"] if file.is_file() else "absent"


LATER_STAGES = (
    "Looking at image files", "Measuring annotations", "Writing metrics", "Making the cover", "Measuring pixels"
)  # fmt: skip


def same(told, expected) -> None:
    assert {k: v for k, v in told.items() if k != "project"} == {k: v for k, v in expected.items() if k != "project"}


def test_the_same_command_finishes_an_import_that_was_killed_again_and_again(assay, big, finished, contents, tmp_path):
    project = tmp_path / "workspace" / "big"
    command = (*big.options(), "-t", project.parent, "--name", "big", "--copy", "--json")
    dice = random.Random(1)
    for _ in range(2):
        process = assay.begin(*command)
        time.sleep(dice.uniform(0.5, 2.2))
        process.kill()
        process.communicate()
        assert state_of(project) in ("absent", "importing", "ready")
    run = assay(*command)
    if run.code == 0:
        same(run.json, finished[0])
    else:  # the project was complete before it was killed
        assert "There is something of that name already" in run.err
    assert contents(project) == finished[1]


def test_a_killed_app_takes_its_job_up_again_when_it_is_started_next(assay, big, finished, contents, tmp_path, until):
    workspace = tmp_path / "workspace"
    workspace.mkdir()
    app = assay.start(workspace)
    importing = assay.begin(*big.options(), "-t", workspace, "--name", "big", "--copy", "--json")
    until(lambda: [job for job in app.jobs() if job["stage"]])
    app.kill()
    run = assay.end(importing)
    assert run.code == 1
    assert "stopped answering" in run.err
    assert "Traceback" not in run.err
    app = assay.start(workspace)
    job = until(lambda: [job for job in app.jobs() if job["status"] == "done"])[0]
    assert job["started_by"] == "cli"
    app.stop()
    assert contents(workspace / "big") == finished[1]


def test_an_app_that_is_stopped_at_work_goes_on_at_the_next_start(assay, big, finished, contents, tmp_path, until):
    workspace = tmp_path / "workspace"
    workspace.mkdir()
    app = assay.start(workspace)
    with Connection(workspace, actor="tests") as connection:
        connection.post("/api/projects/import/coco", big.body(name="big", files="copy"))
    until(lambda: [job for job in app.jobs() if job["stage"]])
    run = app.stop(signal.SIGINT)
    assert (run.code, run.err) == (0, "")
    manifest = json.loads((workspace / "big" / "project.json").read_text())
    assert len(manifest["unfinished_jobs"]) == 1
    app = assay.start(workspace)
    until(lambda: [job for job in app.jobs() if job["status"] == "done"])
    app.stop()
    assert contents(workspace / "big") == finished[1]


def test_a_cancelled_import_leaves_nothing_or_what_can_be_resumed(assay, big, finished, contents, tmp_path, until):
    workspace = tmp_path / "workspace"
    workspace.mkdir()
    app = assay.start(workspace)
    with Connection(workspace, actor="tests") as connection:
        for stages in (("Copying images",), LATER_STAGES):
            job = connection.post("/api/projects/import/coco", big.body(name="big", files="copy"))
            until(lambda job=job, stages=stages: app.get(f"/api/jobs/{job['id']}")["stage"] in stages)
            connection.post(f"/api/jobs/{job['id']}/cancel", {})
            job = until(lambda job=job: (j := app.get(f"/api/jobs/{job['id']}"))["finished"] and j)
            assert (job["status"], job["resumable"], job["started_by"]) == ("cancelled", True, "tests")
            left = state_of(workspace / "big")
            assert left in (("importing", "ready") if stages == LATER_STAGES else ("absent",))
            assert [p.name for p in workspace.iterdir() if p.name.startswith(".assay-deleted")] == []
        connection.post(f"/api/jobs/{job['id']}/resume", {})
        until(lambda: app.get(f"/api/jobs/{job['id']}")["status"] == "done")
    app.stop()
    assert contents(workspace / "big") == finished[1]


def test_ctrl_c_at_the_terminal_stops_a_job_soon_with_exit_code_1_and_a_sound_project(assay, tmp_path, until):
    project = tmp_path / "quickstart"
    process = assay.begin("quickstart", "-t", tmp_path, "--no-start")
    until(lambda: list(project.glob("images/*.jpg")))
    begun = time.monotonic()
    os.killpg(process.pid, signal.SIGINT)  # a terminal sends it to the worker processes too
    run = assay.end(process)
    assert run.code == 1
    assert time.monotonic() - begun < 6  # two seconds, on a machine that does other things too
    assert "Traceback" not in run.err
    assert state_of(project) in ("absent", "importing")


@pytest.mark.slow
def test_a_sandbox_that_was_killed_is_the_same_in_the_end(assay, contents, tmp_path, until):
    body = {"project_name": "scenes", "images": 3}

    def make(workspace: Path) -> None:
        with Connection(workspace, actor="tests") as connection:
            connection.run_job("/api/sandboxes/quickstart", body)

    (tmp_path / "reference").mkdir()
    make(tmp_path / "reference")
    workspace = tmp_path / "workspace"
    workspace.mkdir()
    app = assay.start(workspace)
    with Connection(workspace, actor="tests") as connection:
        connection.post("/api/sandboxes/quickstart", body)
        until(lambda: list((workspace / "scenes" / "images").glob("*.jpg")))
    app.kill()
    app = assay.start(workspace)
    until(lambda: [job for job in app.jobs() if job["status"] == "done"])
    app.stop()
    assert contents(workspace / "scenes") == contents(tmp_path / "reference" / "scenes")
    name = "known_errors.json"
    assert (workspace / "scenes" / name).read_bytes() == (tmp_path / "reference" / "scenes" / name).read_bytes()


def test_a_job_whose_project_cannot_be_written_says_so(workspace, dataset, monkeypatch):
    def full(*_: object, **__: object) -> None:
        raise OSError(28, "No space left on device", "geometry.bin")

    monkeypatch.setattr("assay.jobs.create.ingest", full)
    with Connection(workspace) as connection, pytest.raises(AssayError) as caught:
        connection.run_job("/api/projects/import/coco", dataset.body(name="colors", add=True))
    assert (caught.value.code, caught.value.actual) == ("storage", "No space left on device")
    with Connection(workspace) as connection:
        assert connection.get("/api/projects/colors")["images"] == 6
