"""Whatever a job is at, it can be stopped: an outline of endless crossings, a function of the user without an end."""

from __future__ import annotations

import json
import os
import signal
import threading
import time
from contextlib import contextmanager

import cv2
import numpy as np
import pytest

from assay.client.connection import Connection
from assay.project.lock import PROJECT_LOCK, Holder, Lock
from assay.project.waiting import tickets
from tests.conftest import Dataset

SOON_S = 30  # a stop takes a second or two; a loaded machine takes its time
NEVER_DONE = {
    "table": '@metric(scope="image", title="Endless", table=True)\ndef endless(columns):\n',
    "image": '@metric(scope="image", title="Endless")\ndef endless(image):\n',
    "annotation": '@metric(scope="annotation", title="Endless")\ndef endless(crop, annotation, image):\n',
}
ENDLESS = "    open({sign!r}, 'w').close()\n    while True:\n        pass\n"


@pytest.fixture(scope="module")
def tangled(tmp_path_factory) -> Dataset:
    """Two images, one with an outline of 300,000 random vertices, which crosses itself some ten billion times."""
    folder = tmp_path_factory.mktemp("tangled")
    (folder / "images").mkdir()
    for name in ("1.png", "2.png"):
        cv2.imwrite(str(folder / "images" / name), np.full((1000, 1000, 3), 90, dtype=np.uint8))
    ring = np.random.default_rng(3).uniform(0, 1000, (300_000, 2)).round(2).ravel().tolist()
    content = {
        "images": [{"id": i, "file_name": f"{i}.png", "width": 1000, "height": 1000} for i in (1, 2)],
        "annotations": [
            {"id": 1, "image_id": 1, "category_id": 1, "bbox": [0, 0, 1000, 1000], "segmentation": [ring],
             "area": 500_000, "iscrowd": 0},
            {"id": 2, "image_id": 2, "category_id": 1, "bbox": [10, 20, 30, 40], "area": 1_200, "iscrowd": 0},
        ],
        "categories": [{"id": 1, "name": "tangle"}],
    }  # fmt: skip
    file = folder / "tangled.json"
    file.write_text(json.dumps(content))
    return Dataset(folder / "images", file, content)


@pytest.fixture
def endless(tmp_path, workspace, cli):
    """`endless("table")` adds a metric without an end to `colors`; the file that is returned is there once it runs."""

    def add(kind):
        sign, file = tmp_path / "runs", tmp_path / "endless.py"
        file.write_text("from assay import metric\n\n\n" + NEVER_DONE[kind] + ENDLESS.format(sign=str(sign)))
        run = cli("metric", "add", file, "-t", workspace / "colors")
        assert run.code == 0, run.err
        return sign

    return add


def measured(assay, project):
    """Return the number of images that `project` tells of, which opens and answers."""
    run = assay("project", "info", "-t", project, "--json")
    assert run.code == 0, run.err
    return run.json["images"]


def test_an_import_of_a_tangle_comes_to_its_end(assay, tangled, tmp_path):
    run = assay.end(assay.begin(*tangled.options(), "-t", tmp_path, "--name", "p", "--json"), timeout=300)
    assert run.code == 0, run.err
    items = assay("query", "--scope", "annotation", "--fields", "object_area", "-t", tmp_path / "p", "--json")
    assert items.code == 0, items.err
    first, second = sorted(items.json["items"], key=lambda item: item["id"])
    assert first["object_area"] == pytest.approx(
        500_000, rel=0.05
    )  # half of the points are inside, by the even-odd rule
    assert second["object_area"] == 1_200


def test_an_import_of_a_tangle_is_stopped_soon_and_can_be_made_again(assay, tangled, tmp_path, until):
    project = tmp_path / "p"
    command = (*tangled.options(), "-t", tmp_path, "--name", "p", "--json")
    process = assay.begin(*command)
    until((project / "project.json").is_file, 60)
    process.send_signal(signal.SIGTERM)
    run = assay.end(process, timeout=SOON_S)
    assert run.code == 1
    assert "Traceback" not in run.err
    run = assay.end(assay.begin(*command), timeout=300)
    assert run.code == 0 or "There is something of that name already" in run.err
    assert measured(assay, project) == 2


@pytest.mark.parametrize(
    ("kind", "how"), [("table", signal.SIGINT), ("image", signal.SIGTERM), ("annotation", signal.SIGINT)]
)
def test_a_metric_without_an_end_is_stopped_soon(assay, workspace, endless, until, kind, how):
    sign = endless(kind)
    process = assay.begin("metric", "run", "endless", "-t", workspace / "colors")
    until(sign.exists, 60)
    process.send_signal(how)
    run = assay.end(process, timeout=SOON_S)
    assert run.code == 1
    assert "Traceback" not in run.err
    assert measured(assay, workspace / "colors") == 6


def test_a_second_ctrl_c_ends_at_once(assay, workspace, endless, until):
    sign = endless("table")
    process = assay.begin("metric", "run", "endless", "-t", workspace / "colors")
    until(sign.exists, 60)
    for _ in range(2):
        os.kill(process.pid, signal.SIGINT)
        time.sleep(0.001)  # so close together they may be one to the system
    run = assay.end(process, timeout=SOON_S)
    assert run.code == 1
    assert "Traceback" not in run.err
    assert measured(assay, workspace / "colors") == 6


def test_a_file_of_metrics_whose_import_does_not_end_is_stopped_soon(assay, workspace, tmp_path, until):
    sign, file = tmp_path / "runs", tmp_path / "endless.py"
    file.write_text(f"open({str(sign)!r}, 'w').close()\nwhile True:\n    pass\n")
    process = assay.begin("metric", "add", file, "-t", workspace / "colors")
    until(sign.exists, 60)
    process.send_signal(signal.SIGINT)
    run = assay.end(process, timeout=SOON_S)
    assert run.code == 1
    assert "Traceback" not in run.err
    assert measured(assay, workspace / "colors") == 6


@contextmanager
def held(project):
    """Hold a project, and show all the time that its holder gets on."""
    lock = Lock(project / PROJECT_LOCK).acquire(Holder(os.getpid()))
    ended = threading.Event()

    def beat():
        while not ended.wait(0.1):
            lock.beat()

    thread = threading.Thread(target=beat)
    thread.start()
    yield
    ended.set()
    thread.join()
    lock.release()


def begin_job(app, workspace, sign, until):
    """Let a running app begin to measure without an end; return the job."""
    with Connection(workspace, actor="tests") as connection:
        job = connection.post("/api/projects/colors/metrics/run", {"metrics": ["endless"]})
    until(sign.exists, 60)
    assert app.get(f"/api/jobs/{job['id']}")["status"] == "running"
    return job


def cancel(app, workspace, job, until):
    """Cancel a job and return how it ended."""
    with Connection(workspace, actor="tests") as connection:
        connection.post(f"/api/jobs/{job['id']}/cancel", {})
    return until(lambda: (found := app.get(f"/api/jobs/{job['id']}"))["finished"] and found, SOON_S)


def test_a_job_without_an_end_is_cancelled_in_the_app_and_not_taken_up_again(assay, workspace, endless, until):
    sign = endless("annotation")
    app = assay.start(workspace)
    job = begin_job(app, workspace, sign, until)
    assert app.get("/api/projects/colors")["images"] == 6  # it answers while the job runs
    assert cancel(app, workspace, job, until)["status"] == "cancelled"
    assert app.get("/api/projects/colors")["images"] == 6
    assert app.stop().code == 0
    sign.unlink()
    app = assay.start(workspace)
    assert app.get("/api/projects/colors")["images"] == 6
    assert [j for j in app.jobs() if not j["finished"]] == []
    assert app.stop().code == 0
    assert not sign.exists()


@pytest.mark.parametrize(
    ("kind", "how"), [("image", signal.SIGINT), ("table", signal.SIGTERM), ("image", signal.SIGKILL)]
)
def test_an_app_with_a_job_without_an_end_is_stopped_and_takes_it_up_again(assay, workspace, endless, until, kind, how):
    sign = endless(kind)
    app = assay.start(workspace)
    job = begin_job(app, workspace, sign, until)
    app.process.send_signal(how)
    run = assay.end(app.process, timeout=SOON_S)
    assert run.code == (-signal.SIGKILL if how == signal.SIGKILL else 0)
    assert "Traceback" not in run.err
    sign.unlink()
    app = assay.start(workspace)
    until(sign.exists, 60)
    [again] = [j for j in app.jobs() if not j["finished"]]
    assert (again["id"], again["kind"]) == (job["id"], "metrics")
    assert cancel(app, workspace, again, until)["status"] == "cancelled"
    assert app.stop().code == 0


def test_an_import_of_a_tangle_is_cancelled_in_the_app(assay, tangled, tmp_path, until):
    app = assay.start(tmp_path)
    with Connection(tmp_path, actor="tests") as connection:
        job = connection.post("/api/projects/import/coco", tangled.body(name="p"))
    until(lambda: app.get(f"/api/jobs/{job['id']}")["stage"], 60)
    ended = cancel(app, tmp_path, job, until)
    assert ended["status"] in ("cancelled", "done")
    assert app.get("/api/health")
    assert app.stop().code == 0


def test_a_server_is_stopped_while_a_file_of_metrics_is_imported_without_an_end(assay, workspace, tmp_path, until):
    sign, file = tmp_path / "runs", tmp_path / "endless.py"
    file.write_text(f"open({str(sign)!r}, 'w').close()\nwhile True:\n    pass\n")
    app = assay.start(workspace)
    adding = assay.begin("metric", "add", file, "-t", workspace / "colors")
    until(sign.exists, 60)
    assert app.get("/api/projects/colors")["images"] == 6
    app.process.send_signal(signal.SIGTERM)
    assert assay.end(app.process, timeout=SOON_S).code == 0
    run = assay.end(adding)
    assert run.code == 1
    assert "Traceback" not in run.err


def test_a_command_that_waits_for_a_project_is_stopped_soon(assay, workspace, until):
    project = workspace / "colors"
    with held(project):
        process = assay.begin("query", "-t", project)
        until(lambda: tickets(project / PROJECT_LOCK), 60)
        process.send_signal(signal.SIGINT)
        assert assay.end(process, timeout=SOON_S).code == 1
    assert measured(assay, project) == 6


HANGS = """
import threading
from assay import interrupt

interrupt._PATIENCE_S = 0.5
interrupt.listen()
try:
    print("ready", flush=True)
    threading.Event().wait()
except KeyboardInterrupt:
    threading.Event().wait()
"""


@pytest.mark.parametrize("how", [signal.SIGINT, signal.SIGTERM])
def test_a_program_that_hangs_when_it_is_told_to_end_is_ended(assay, how):
    process = assay.begin_python(HANGS)
    assert process.stdout.readline() == "ready\n"
    process.send_signal(how)
    run = assay.end(process, timeout=SOON_S)
    assert (run.code, "did not come to its end" in run.err) == (1, True)
