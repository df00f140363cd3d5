"""One app: with the app open every process goes through it over HTTP; without it, the same answers in-process."""

from __future__ import annotations

import fcntl
import json
import os
import time
from typing import Any

PYTHON_API = """
import json, sys
import assay
with assay.open(sys.argv[1]) as project:
    print(json.dumps({
        "url": project.connection.url,
        "duckdb": "duckdb" in sys.modules,
        "images": len(project.images),
        "worst": project.annotations.sort("-object_area").head(3, ["object_area"]),
        "columns": {k: v.tolist() for k, v in project.annotations.columns("object_area", "class").items()},
    }))
"""
HOLDING = """
import sys, time
import assay
with assay.open(sys.argv[1]):
    print("held", flush=True)
    time.sleep(float(sys.argv[2]))
"""


def ask_from_three_processes(assay, workspace, dataset, more) -> dict[str, Any]:
    """Query, import two datasets and use the Python API at the same time; return what each told."""
    project = workspace / "colors"
    query = ("query", "-t", project, "--scope", "annotation", "--fields", "object_area,meta.gain", "--json")
    processes = {
        "query": assay.begin(*query, "--sort", "-object_area", "--limit", 5),
        "add": assay.begin(*more.options(), "-t", workspace, "--name", "colors", "--add", "--split", "val", "--json"),
        "new": assay.begin(*dataset.options(), "-t", workspace, "--name", "second", "--json"),
        "python": assay.begin_python(PYTHON_API, project),
    }
    runs = {name: assay.end(process) for name, process in processes.items()}
    assert [(name, run.err) for name, run in runs.items() if run.code] == []
    return {name: run.json for name, run in runs.items()}


def test_with_the_app_open_three_processes_work_at_once_and_get_the_in_process_answers(
    assay, workspace, dataset, make_dataset, contents, tmp_path
):
    more = make_dataset(images=4, first_id=500)
    app = assay.start(workspace)
    told = ask_from_three_processes(assay, workspace, dataset, more)
    assert told["python"]["url"] == app.url
    assert told["python"]["duckdb"] is False
    assert {job["kind"] for job in app.jobs()} == {"import"}
    assert {job["started_by"] for job in app.jobs()} == {"cli"}
    assert told["add"]["images"] == 4
    assert told["new"] == {
        "project": str(workspace / "second"),
        "images": 6,
        "annotations": 18,
        "classes": 3,
        "skipped": {},
        "warnings": told["new"]["warnings"],
    }
    over_http = contents(workspace / "colors")
    assert app.stop().code == 0
    assert contents(workspace / "colors") == over_http
    assert over_http["splits"] == {"train": 6, "val": 4}
    in_process = assay("query", "-t", workspace / "second", "--scope", "annotation", "--sort", "-object_area", "--json")
    assert in_process.json["total"] == 18


def test_with_the_app_closed_three_processes_take_turns(assay, workspace, dataset, make_dataset, contents):
    told = ask_from_three_processes(assay, workspace, dataset, make_dataset(images=4, first_id=500))
    assert told["python"]["url"] is None
    found = contents(workspace / "colors")
    assert (found["images"], found["annotations"]) == (10, 30)
    assert contents(workspace / "second")["images"] == 6


def test_a_lock_file_of_a_killed_app_is_ignored(assay, workspace):
    app = assay.start(workspace)
    assert app.get("/api/projects/colors")["images"] == 6
    app.kill()
    left = json.loads((workspace / ".assay-server.lock").read_text())
    assert left["url"] == app.url
    processes = [assay.begin("query", "-t", workspace / "colors", "--json") for _ in range(3)]
    runs = [assay.end(process) for process in processes]
    assert [run.code for run in runs] == [0, 0, 0], [run.err for run in runs]


def test_a_process_that_holds_a_project_is_waited_for(assay, workspace):
    holding = assay.begin_python(HOLDING, workspace / "colors", 2)
    assert holding.stdout.readline() == "held\n"
    begun = time.monotonic()
    run = assay("query", "-t", workspace / "colors", "--json")
    assert (run.code, run.json["total"]) == (0, 6)
    assert time.monotonic() - begun > 1


def test_a_process_that_does_not_let_go_is_named_after_five_seconds(assay, workspace):
    holding = assay.begin_python(HOLDING, workspace / "colors", 60)
    assert holding.stdout.readline() == "held\n"
    run = assay("query", "-t", workspace / "colors", "--json")
    assert run.code == 1
    assert run.out == ""
    assert f"held by process {holding.pid}" in run.err
    assert "Traceback" not in run.err


def test_an_app_that_is_just_going_is_waited_for(assay, workspace, tmp_path):
    """Its lock file is still held, but nobody listens any more."""
    lock = workspace / ".assay-server.lock"
    lock.write_text(json.dumps({"pid": os.getpid(), "url": "http://127.0.0.1:9", "secret": None}))
    with lock.open("r+") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        process = assay.begin("query", "-t", workspace / "colors", "--json")
        time.sleep(1.5)
        assert process.poll() is None
    run = assay.end(process)
    assert (run.code, run.json["total"]) == (0, 6), run.err


def test_a_project_may_have_any_legal_name(assay, workspace):
    name = "100% #1; ü 'a' b&c=d+e"
    (workspace / "colors").rename(workspace / name)
    assert assay("query", "-t", workspace / name, "--json").json["total"] == 6
    app = assay.start(workspace)
    assert assay("project", "info", "-t", workspace / name, "--json").json["name"] == name
    assert assay("metric", "show", "-t", workspace / name, "object_area", "--json").json["count"] == 18
    assert assay("project", "delete", "-t", workspace / name, "--yes").code == 0
    assert app.get("/api/projects")["projects"] == []
