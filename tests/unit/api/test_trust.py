"""What comes with a project is data: a stranger's jobs, code and paths do nothing until this user approves them."""

import json
import os
import shutil
import time
from pathlib import Path

import cv2
import numpy as np
import pytest
from fastapi.testclient import TestClient
from tests.strangers import CODE, forge, forge_job, forge_metric

from assay.api.app import App
from assay.api.asgi import create_api
from assay.jobs.records import Job, record_job
from assay.project.lock import Holder


@pytest.fixture
def make_app(tmp_path):
    """Open the app of the workspace `ws`, after closing the one before; closed at the end."""
    opened = []

    def make():
        for earlier in opened:
            earlier.close()
        app = App(tmp_path / "ws", Holder(os.getpid()))
        opened.append(app)
        return app

    yield make
    for app in opened:
        app.close()


@pytest.fixture
def project(tmp_path, make_dataset, make_app):
    """A project `p` in `ws`, imported in place and closed; its images lie in another folder."""
    (tmp_path / "ws").mkdir()
    app = make_app()
    client = TestClient(create_api(app), base_url="http://localhost")
    run(client, "/api/projects/import/coco", make_dataset(images=3).body(name="p"))
    app.close()
    return tmp_path / "ws" / "p"


def run(client, path, body=None):
    job = client.post(path, json=body or {}).raise_for_status().json()
    deadline = time.monotonic() + 120
    while job["status"] in ("queued", "running") and time.monotonic() < deadline:
        time.sleep(0.02)
        job = client.get(f"/api/jobs/{job['id']}").json()
    return job


def client_of(app):
    return TestClient(create_api(app), base_url="http://localhost")


def forget_approvals(project):
    (project / "approvals.json").unlink()


def trust_of(client):
    return client.get("/api/projects/p/trust").raise_for_status().json()


def test_an_own_project_has_nothing_left_to_approve_and_its_copy_neither(project, make_app):
    assert trust_of(client_of(make_app()))["unapproved"] == 0
    shutil.copytree(project, project.with_name("copy"))
    client = client_of(make_app())
    report = client.get("/api/projects/copy/trust").json()
    assert [r["kind"] for r in report["requests"]] == ["images", "file"]
    assert all(r["approved"] for r in report["requests"])
    assert client.get("/api/projects/copy/images/0/thumbnail").status_code == 200


def test_a_strangers_queued_jobs_stay_where_they_are(project, make_app, tmp_path):
    mark, target = tmp_path / "mark", tmp_path / "precious.json"
    target.write_text("precious")
    code = project / "evil.py"
    code.write_text(CODE.format(mark=str(mark)))
    forge_metric(project, code)
    forge_job(project, "export-coco", {"path": str(target), "source": 0})
    forget_approvals(project)
    app = make_app()
    assert app.jobs.find_interrupted() == []
    assert target.read_text() == "precious"
    job = run(client_of(app), "/api/projects/p/metrics/run", {"metrics": ["evil"]})
    assert (job["status"], job["result"]["metrics"], mark.exists()) == ("done", [], False)
    assert str(code) in job["result"]["skipped"][0]
    report = trust_of(client_of(app))
    assert {r["kind"]: r["approved"] for r in report["requests"]} == dict.fromkeys(
        ("job", "code", "images", "file"), False
    )
    assert str(target) in report["requests"][0]["text"]


def test_what_is_approved_goes_on_and_runs(project, make_app, tmp_path):
    mark = tmp_path / "mark"
    code = project / "evil.py"
    code.write_text(CODE.format(mark=str(mark)))
    forge_metric(project, code)
    forge_job(project, "export-coco", {"path": str(tmp_path / "out.json"), "source": 0})
    app = make_app()
    client = client_of(app)
    asked = [r["id"] for r in trust_of(client)["requests"] if not r["approved"]]
    assert client.post("/api/projects/p/trust", json={"ids": asked}).json()["unapproved"] == 0
    assert [job.kind for job in app.jobs.take_up("p")] == ["export-coco"]
    job = run(client, "/api/projects/p/metrics/run", {"metrics": ["evil"]})
    assert (job["result"]["metrics"], mark.exists()) == (["evil"], True)
    assert (tmp_path / "out.json").is_file()


@pytest.mark.parametrize("change", ["path", "kind", "id"])
def test_a_signature_does_not_fit_another_job(project, make_app, tmp_path, change):
    params = {"path": str(tmp_path / "mine.json"), "source": 0}
    job = Job("export-coco", "mine", "p", params, "me", id="aaaabbbbcccc")
    app = make_app()
    record_job(app.workspace.get("p"), job)
    app.close()
    app = make_app()
    assert [j.id for j in app.jobs.find_interrupted()] == ["aaaabbbbcccc"]
    app.close()
    forge(project, "DELETE FROM job")
    app = make_app()
    record_job(app.workspace.get("p"), job)
    app.close()
    forge(project, "DELETE FROM job WHERE id = 'aaaabbbbcccc'")
    forged = {"path": str(tmp_path / "other.json"), "source": 0} if change == "path" else params
    forge_job(
        project,
        "refresh" if change == "kind" else "export-coco",
        forged,
        "ddddeeeeffff" if change == "id" else "aaaabbbbcccc",
    )
    assert make_app().jobs.find_interrupted() == []


def test_signatures_of_another_project_or_another_user_count_for_nothing(project, make_app, monkeypatch, tmp_path):
    signed = (project / "approvals.json").read_bytes()
    manifest = json.loads((project / "project.json").read_text())
    (project / "project.json").write_text(json.dumps(manifest | {"uuid": "0" * 32}))
    assert trust_of(client_of(make_app()))["unapproved"] == 2
    (project / "project.json").write_text(json.dumps(manifest))
    (project / "approvals.json").write_bytes(signed)
    assert trust_of(client_of(make_app()))["unapproved"] == 0
    monkeypatch.setenv("ASSAY_CONFIG", str(tmp_path / "stranger" / "config.json"))
    assert trust_of(client_of(make_app()))["unapproved"] == 2


def test_images_outside_are_served_once_approved_and_those_inside_always(project, make_app, tmp_path):
    forget_approvals(project)
    inside = project / "images" / "in.jpg"
    inside.parent.mkdir()
    inside.write_bytes(cv2.imencode(".jpg", np.zeros((8, 8, 3), np.uint8))[1].tobytes())
    forge(project, "UPDATE image SET path = 'images/in.jpg' WHERE row = 1")
    client = client_of(make_app())
    answer = client.get("/api/projects/p/images/0/thumbnail")
    assert (answer.status_code, answer.json()["code"]) == (403, "untrusted")
    assert client.get("/api/projects/p/images/0/view").status_code == 403
    assert client.get("/api/projects/p/annotations/0/crop").status_code == 403
    assert client.get("/api/projects/p/images/1/thumbnail").status_code == 200
    assert client.get("/api/projects/p").json()["images"] == 3
    asked = [r for r in trust_of(client)["requests"] if r["kind"] == "images"]
    assert [r["images"] for r in asked] == [2]
    client.post("/api/projects/p/trust", json={"ids": [asked[0]["id"]]}).raise_for_status()
    assert client.get("/api/projects/p/images/0/thumbnail").status_code == 200


@pytest.mark.parametrize("how", ["absolute", "dots", "file link", "folder link"])
def test_no_path_of_a_stranger_leads_out_of_the_project(project, make_app, tmp_path, how):
    secret = tmp_path / "home" / "secret.jpg"
    secret.parent.mkdir()
    secret.write_bytes(cv2.imencode(".jpg", np.zeros((8, 8, 3), np.uint8))[1].tobytes())
    (project / "images").mkdir()
    if how == "file link":
        (project / "images" / "a.jpg").symlink_to(secret)
    elif how == "folder link":
        (project / "images" / "sub").symlink_to(secret.parent)
    path = {
        "absolute": str(secret),
        "dots": "images/../../../home/secret.jpg",
        "file link": "images/a.jpg",
        "folder link": "images/sub/secret.jpg",
    }[how]
    forge(project, "UPDATE image SET path = ?", [path])
    client = client_of(make_app())
    for row in range(3):
        assert client.get(f"/api/projects/p/images/{row}/view").status_code == 403
    job = run(client, "/api/projects/p/metrics/run", {"metrics": ["brightness"], "again": True})
    assert (job["result"]["measured"], job["result"]["metrics"]) == (0, [])
    assert "3 images" in job["result"]["skipped"][0]


def test_a_strangers_sources_are_not_read_by_a_refresh(project, make_app, tmp_path):
    forge(project, "UPDATE source SET path = ?, image_root = ?", [str(tmp_path / "x.json"), str(tmp_path)])
    job = run(client_of(make_app()), "/api/projects/p/refresh")
    assert (job["status"], job["error"]["code"]) == ("failed", "untrusted")


def test_dataset_and_project_that_are_moved_together_stay_approved(tmp_path, make_dataset, make_app):
    (tmp_path / "ws").mkdir()
    app = make_app()
    run(client_of(app), "/api/projects/import/coco", make_dataset(images=3).body(name="p"))
    app.close()
    (tmp_path / "other").mkdir()
    shutil.move(tmp_path / "ws", tmp_path / "other" / "ws")
    shutil.move(tmp_path / "data", tmp_path / "other" / "data")
    app = App(tmp_path / "other" / "ws", Holder(os.getpid()))
    assert client_of(app).get("/api/projects/p/images/0/thumbnail").status_code == 200
    app.close()


def test_an_edited_file_of_ones_own_runs_when_asked_for_but_not_by_itself(project, make_app, tmp_path):
    code = tmp_path / "mine.py"
    code.write_text(CODE.format(mark=str(tmp_path / "first")))
    client = client_of(make_app())
    client.post("/api/projects/p/metrics/custom", json={"path": str(code)}).raise_for_status()
    code.write_text(CODE.format(mark=str(tmp_path / "second")))
    app = make_app()
    store = app.workspace.get("p")
    assert not store.trust.may_run(code, code.read_bytes(), edited=False)
    assert not (tmp_path / "second").exists()
    assert run(client_of(app), "/api/projects/p/metrics/run", {"metrics": ["evil"]})["result"]["metrics"] == ["evil"]
    assert (tmp_path / "second").exists()


def test_code_inside_a_project_is_approved_as_it_was_and_compiled_files_beside_it_are_not_run(
    project, make_app, tmp_path
):
    import py_compile

    code = project / "own.py"
    code.write_text(CODE.format(mark=str(tmp_path / "good")))
    app = make_app()
    client_of(app).post("/api/projects/p/metrics/custom", json={"path": str(code)}).raise_for_status()
    (tmp_path / "good").unlink()
    evil = tmp_path / "evil.py"
    evil.write_text(CODE.format(mark=str(tmp_path / "bad")))
    (project / "__pycache__").mkdir(exist_ok=True)
    cached = py_compile.compile(
        str(evil), cfile=str(tmp_path / "c.pyc"), invalidation_mode=py_compile.PycInvalidationMode.UNCHECKED_HASH
    )
    import importlib.util

    shutil.copy(str(cached), importlib.util.cache_from_source(str(code)))
    run(client_of(app), "/api/projects/p/metrics/run", {"metrics": ["evil"], "again": True})
    assert not (tmp_path / "bad").exists()
    code.write_text(evil.read_text())
    job = run(client_of(app), "/api/projects/p/metrics/run", {"metrics": ["evil"], "again": True})
    assert (job["result"]["metrics"], (tmp_path / "bad").exists()) == ([], False)


def test_a_request_is_approved_only_as_it_was_shown(project, make_app, tmp_path):
    forge_job(project, "export-coco", {"path": str(tmp_path / "a.json"), "source": 0})
    app = make_app()
    shown = trust_of(client_of(app))["requests"][0]["id"]
    app.close()
    forge(project, "DELETE FROM job")
    forge_job(project, "export-coco", {"path": str(tmp_path / "b.json"), "source": 0})
    answer = client_of(make_app()).post("/api/projects/p/trust", json={"ids": [shown]})
    assert answer.status_code == 404


def test_a_copy_in_the_project_is_never_written_outside_it(project, make_app, tmp_path):
    victim = tmp_path / "victim.jpg"
    victim.write_text("precious")
    forge(project, "UPDATE source SET files = 'copy'")
    forge(project, "UPDATE image SET path = ?", [str(victim)])
    run(client_of(make_app()), "/api/projects/p/refresh")
    assert victim.read_text() == "precious"


def test_the_key_is_readable_by_its_user_only(project):
    key = Path(os.environ["XDG_CONFIG_HOME"]) / "assay" / "approval.key"
    assert (key.stat().st_mode & 0o777, key.stat().st_size) == (0o600, 32)


def test_without_a_place_for_the_key_approvals_hold_for_the_process(tmp_path, monkeypatch):
    from assay.project import userkey

    (tmp_path / "file").write_text("")
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "file"))
    key = userkey.user_key()
    assert key.problem is not None
    assert str(tmp_path / "file" / "assay" / "approval.key") in key.problem
    assert userkey.user_key().secret == key.secret
