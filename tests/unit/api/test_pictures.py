"""Pictures of a share that hangs, of things that are no files, and of large images."""

from __future__ import annotations

import os
import threading
from concurrent.futures import ThreadPoolExecutor

import cv2
import numpy as np
import pytest

from assay.api.routes import images
from assay.media import display
from assay.patience import PatientThreads


@pytest.fixture
def gate():
    event = threading.Event()
    yield event
    event.set()


def test_a_share_that_hangs_keeps_nothing_else_from_answering(client, app, monkeypatch, gate):
    app.picture_threads = PatientThreads("t", 4, 3.0)
    monkeypatch.setattr(images, "read_image", lambda *_: gate.wait())
    with ThreadPoolExecutor(60) as pool:
        asked = [pool.submit(client.get, f"/api/projects/colors/images/{n % 6}/view") for n in range(60)]
        assert client.get("/api/health").status_code == 200
        assert client.post("/api/projects/colors/query", json={"scope": "image"}).json()["total"] == 6
        assert not any(answer.done() for answer in asked)
        answers = [answer.result(60) for answer in asked]
    assert {answer.status_code for answer in answers} == {503}
    problem = answers[0].json()
    assert (problem["code"], problem["actual"].endswith("does not answer")) == ("unavailable", True)
    gate.set()


def test_a_share_that_answers_again_shows_its_pictures(client, app, monkeypatch, gate, until):
    app.picture_threads = PatientThreads("t", 1, 0.2, most_stuck=1)
    with monkeypatch.context() as patched:
        patched.setattr(images, "read_image", lambda *_: gate.wait())
        assert client.get("/api/projects/colors/images/0/view").status_code == 503
    gate.set()
    until(lambda: client.get("/api/projects/colors/images/0/view").status_code == 200)


def test_a_pipe_in_an_images_place_is_named(client, app):
    store = app.workspace.get("colors")
    with store.read() as cursor:
        path = store.directory / cursor.execute("SELECT path FROM image WHERE row = 0").fetchall()[0][0]
    path.unlink()
    os.mkfifo(path)
    for part in ("images/0/thumbnail", "images/0/view", "annotations/0/crop"):
        answer = client.get(f"/api/projects/colors/{part}")
        assert (answer.status_code, answer.json()["actual"]) == (422, "a pipe"), part


def test_a_crop_of_a_large_photograph_is_cut_from_a_reduced_one_at_the_same_place(client, app, monkeypatch):
    store = app.workspace.get("colors")
    with store.read() as cursor:
        path = store.directory / cursor.execute("SELECT path FROM image WHERE row = 0").fetchall()[0][0]
        width, height = cursor.execute("SELECT width, height FROM image WHERE row = 0").fetchall()[0]
    photograph = np.zeros((height * 20, width * 20, 3), np.uint8)
    photograph[:, width * 10 :] = 255
    path.write_bytes(cv2.imencode(".jpg", photograph)[1].tobytes())
    url = "/api/projects/colors/annotations/0/crop"
    plain = client.get(url)
    monkeypatch.setattr(display, "_LARGE_BYTES", 0)
    reduced = client.get(url)
    first, second = (cv2.imdecode(np.frombuffer(a.content, np.uint8), cv2.IMREAD_COLOR) for a in (plain, reduced))
    regions = [[float(v) for v in a.headers["x-assay-region"].split(",")] for a in (plain, reduced)]
    assert regions[1] == pytest.approx(regions[0], abs=0.5)
    assert first.shape == pytest.approx(second.shape, abs=2)
    same = [cv2.resize(part, (64, 48), interpolation=cv2.INTER_AREA).astype(int) for part in (first, second)]
    assert np.abs(same[0] - same[1]).mean() < 6


def test_large_pictures_wait_for_one_another_and_keep_no_other_waiting(client, app, monkeypatch, gate):
    """One thread reads large files; a picture that waits for its turn has all of its time still before it."""
    app.large_picture_threads = PatientThreads("t", 1, 3.0)
    store = app.workspace.get("colors")
    with store.read() as cursor:
        paths = [store.directory / path for (path,) in cursor.execute("SELECT path FROM image ORDER BY row").fetchall()]
    paths[0].write_bytes(paths[0].read_bytes() + bytes(20_000))
    monkeypatch.setattr(display, "_LARGE_FILE_BYTES", 20_000)
    assert max(path.stat().st_size for path in paths[1:]) < 20_000
    begun, read_image = threading.Event(), images.read_image

    def read(path, item):
        if path.name == paths[0].name:
            begun.set()
            gate.wait(2)
        return read_image(path, item)

    monkeypatch.setattr(images, "read_image", read)
    with ThreadPoolExecutor(3) as pool:
        asked = [pool.submit(client.get, "/api/projects/colors/images/0/view") for _ in range(3)]
        assert begun.wait(20)
        for row in range(1, 6):
            assert client.get(f"/api/projects/colors/images/{row}/view").status_code == 200
        assert [answer.result(60).status_code for answer in asked] == [200] * 3
