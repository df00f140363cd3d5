"""A share that hangs in any call, not only in reading: other pages answer, jobs can be cancelled, the app ends."""

from __future__ import annotations

import os
import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from assay.patience import PatientThreads
from assay.project.trust import is_below

CALLS = ("stat", "lstat", "open", "readlink")


@pytest.fixture
def share(tmp_path, make_dataset, client):
    """A folder of images and labels whose project `p` has them in place."""
    data = make_dataset(images=4)
    client.app.state.app.folder_threads = PatientThreads("t", 4, 1.0)
    client.app.state.app.checkup_threads = PatientThreads("t", 2, 1.0)
    client.app.state.app.picture_threads = PatientThreads("t", 4, 1.0)
    return data


@pytest.fixture
def hang(monkeypatch):
    """`hang(folder)` lets every call for a folder and what is in it wait until the test ends; what it returns is set
    once there is one."""
    answers, asked = threading.Event(), threading.Event()

    def begin(folder):
        place = os.fspath(folder)

        def wrap(call):
            def waiting(path=".", *args, **named):
                if isinstance(path, str | os.PathLike) and is_below(os.path.normpath(path), place):
                    asked.set()
                    answers.wait()
                return call(path, *args, **named)

            return waiting

        for name in (*CALLS, "scandir", "listdir"):
            monkeypatch.setattr(os, name, wrap(getattr(os, name)))
        opened = Path.open
        monkeypatch.setattr(
            Path, "open", lambda self, *args, **named: (wrap(lambda _: None)(self), opened(self, *args, **named))[1]
        )
        return asked

    yield begin
    answers.set()


def import_in_place(client, data, until, **more):
    job = client.post("/api/projects/import/coco", json=data.body(name="p", **more)).raise_for_status().json()
    return until(lambda: (told := client.get(f"/api/jobs/{job['id']}").json())["finished"] and told)


def answers(client):
    assert client.get("/api/health").status_code == 200
    assert client.post("/api/projects/colors/query", json={"scope": "image"}).json()["total"] == 6


@pytest.mark.parametrize("path", ["images/0/view", "images/0/thumbnail", "annotations/0/crop", "trust", "doctor"])
def test_what_needs_the_share_is_given_up_and_all_else_answers(client, share, hang, until, path):
    assert import_in_place(client, share, until)["status"] == "done"
    client.app.state.app.workspace.get("p").trust._find_roots()  # as after a start: nothing is known of any folder
    hang(share.images.parent)
    with ThreadPoolExecutor(60) as pool:
        asked = [pool.submit(client.get, f"/api/projects/p/{path}") for _ in range(60)]
        answers(client)
        assert {answer.result(60).status_code for answer in asked} == {503}
    answers(client)


def test_a_folder_that_hangs_is_not_listed_and_all_else_answers(client, app, hang):
    folder = app.directory / "share"
    folder.mkdir()
    hang(folder)
    with ThreadPoolExecutor(60) as pool:
        asked = [pool.submit(client.get, "/api/files", params={"path": str(folder)}) for _ in range(60)]
        answers(client)
        assert {answer.result(60).status_code for answer in asked} == {503}


NAMED = [
    "import/coco",
    "import/folder",
    "import/csv",
    "import/yolo",
    "import/recognise",
    "init",
    "init/preview",
    "relocate",
]


@pytest.mark.parametrize("path", NAMED)
def test_a_named_place_that_hangs_is_refused_in_time_and_all_else_answers(client, share, hang, path, monkeypatch):
    monkeypatch.setattr("assay.api.paths._threads", PatientThreads("t", 4, 0.5))
    hang(share.images.parent)
    places = {
        "path": str(share.images),
        "dataset": str(share.images),
        "root": str(share.images),
        "table": str(share.annotations),
        "annotations": str(share.annotations),
    }
    columns = {"path_column": "file", "label_column": "class"} if path == "import/csv" else {}
    wanted = {"import/folder": ("root",), "init": ("root",), "init/preview": ("root",), "import/coco": ("annotations",),
              "import/csv": ("table",), "import/yolo": ("dataset",), "import/recognise": ("path",),
              "relocate": ()}[path]  # fmt: skip
    body = (
        {key: places[key] for key in wanted}
        | ({} if {"root", "path"} & {*wanted} else {"images": str(share.images)})
        | columns
    )
    address = f"/api/projects/{'colors/' if path == 'relocate' else ''}{path}"
    with ThreadPoolExecutor(60) as pool:
        asked = [pool.submit(client.post, address, json=body) for _ in range(60)]
        answers(client)
        assert {answer.result(60).status_code for answer in asked} == {503}


@pytest.mark.parametrize("path", ["import/yolo", "import/recognise"])
def test_a_dataset_that_cannot_be_listed_is_refused_in_time_and_all_else_answers(client, app, share, hang, path):
    app.listing_threads = PatientThreads("t", 4, 0.5)
    hang(share.images)
    body = {"dataset" if path == "import/yolo" else "path": str(share.images.parent)}
    with ThreadPoolExecutor(60) as pool:
        asked = [pool.submit(client.post, f"/api/projects/{path}", json=body) for _ in range(60)]
        answers(client)
        assert {answer.result(60).status_code for answer in asked} == {503}


@pytest.mark.parametrize("files", ["in-place", "copy"])
def test_an_import_that_hangs_is_cancelled_and_others_go_on(client, share, hang, until, files, monkeypatch):
    monkeypatch.setattr("assay.jobs.manager.STOP_S", 0.5)
    seen = hang(share.images / "00002.jpg")
    job = client.post("/api/projects/import/coco", json=share.body(name="p", files=files)).raise_for_status().json()
    assert seen.wait(60)
    answers(client)
    client.post(f"/api/jobs/{job['id']}/cancel").raise_for_status()
    ended = until(lambda: (told := client.get(f"/api/jobs/{job['id']}").json())["finished"] and told, 60)
    assert ended["status"] == "cancelled"
    answers(client)


def test_a_refresh_whose_folder_hangs_is_cancelled_and_goes_no_further(client, share, hang, until, monkeypatch):
    monkeypatch.setattr("assay.jobs.manager.STOP_S", 0.5)
    assert import_in_place(client, share, until)["status"] == "done"
    seen = hang(share.images)
    job = client.post("/api/projects/p/refresh", json={}).raise_for_status().json()
    assert seen.wait(60)
    client.post(f"/api/jobs/{job['id']}/cancel").raise_for_status()
    ended = until(lambda: (told := client.get(f"/api/jobs/{job['id']}").json())["finished"] and told, 60)
    assert (ended["status"], "does not end" in str(ended["error"])) == ("cancelled", True)
    assert client.get("/api/projects/p").json()["images"] == 4
    answers(client)


def test_a_moved_project_is_opened_though_its_old_place_hangs(client, share, hang, until, monkeypatch):
    app = client.app.state.app
    assert import_in_place(client, share, until)["status"] == "done"
    app.workspace.get("p").save_manifest(home=os.fspath(share.images.parent / "home"))
    app.workspace.release("p")
    monkeypatch.setattr(app, "_move_threads", PatientThreads("t", 1, 0.5))
    hang(share.images.parent)
    assert client.get("/api/projects/p").json()["images"] == 4
