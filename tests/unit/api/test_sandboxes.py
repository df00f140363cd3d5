"""The API's list of ready-made projects, and what it makes of a request for one."""

from __future__ import annotations

import hashlib
import io
import json
import zipfile

import cv2
import numpy as np
import pytest
from starlette.testclient import TestClient
from tests.conftest import holder
from tests.unit.sandbox.publisher import Publisher, refuse

from assay.api.app import App
from assay.api.asgi import create_api
from assay.errors import StorageError
from assay.sandbox import remote
from assay.sandbox.remote import REMOTE_SANDBOXES, RemoteFile, RemoteSandbox


@pytest.fixture
def client(tmp_path):
    """A client of an empty workspace."""
    opened = App(tmp_path, holder())
    yield TestClient(create_api(opened), base_url="http://localhost", raise_server_exceptions=False)
    opened.close()


@pytest.fixture
def make(client, until):
    """`make(name, **body)` asks for a sandbox and returns the job as it ends."""

    def run(name, **body):
        answer = client.post(f"/api/sandboxes/{name}", json=body)
        assert answer.status_code == 202, answer.json()
        address = f"/api/jobs/{answer.json()['id']}"
        until(lambda: client.get(address).json()["status"] not in ("queued", "running"))
        return client.get(address).json()

    return run


def present(client):
    return [sandbox["name"] for sandbox in client.get("/api/sandboxes").json() if sandbox["present"]]


def test_those_that_need_no_network_come_first(client):
    needs = [sandbox["needs_network"] for sandbox in client.get("/api/sandboxes").json()]
    assert needs == sorted(needs)
    assert needs == [False] * 4 + [True]


def test_a_classification_sandbox_comes_with_what_its_classifiers_say(client, make):
    assert make("tabletop-classification", images=12, project_name="fruit")["status"] == "done"
    sets = client.get("/api/projects/fruit/predictions").json()
    assert [(each["name"], each["kind"], each["predictions"]) for each in sets] == [
        ("baseline", "classification", 12),
        ("improved", "classification", 12),
    ]
    route = "/api/projects/fruit/evaluation"
    found = client.get(route, params={"predictions": "improved"}).json()
    assert found["correct"] + found["misclassified"] == found["images"] == 12
    assert found["top_k"]["1"] == pytest.approx(found["accuracy"])


def test_a_sandbox_is_made_and_then_present(client, make, tmp_path):
    assert present(client) == []
    job = make("tabletop", images=4)
    assert (job["status"], job["result"]["images"], job["result"]["classes"]) == ("done", 4, 80)
    assert present(client) == ["tabletop"]
    content = json.loads((tmp_path / "tabletop" / "annotations.json").read_bytes())
    assert job["result"]["annotations"] == len(content["annotations"])
    splits = client.get("/api/projects/tabletop").json()["splits"]
    assert splits.keys() <= {"train", "val"}
    assert sum(splits.values()) == 4


def test_a_project_may_have_another_name(client, make, tmp_path):
    assert make("tabletop-classification", images=3, project_name="fruit")["status"] == "done"
    assert client.get("/api/projects/fruit").json()["images"] == 3
    assert present(client) == []
    assert (tmp_path / "fruit" / "known_errors.json").is_file()


def test_every_kind_of_sandbox_is_taken_in_whole(make, tmp_path):
    for name, images in (("tabletop-classification", 6), ("tabletop-video", 12)):
        job = make(name, images=images, seed=1)
        assert job["status"] == "done", job["error"]
        content = json.loads((tmp_path / name / "annotations.json").read_bytes())
        assert job["result"]["images"] == images
        assert job["result"]["annotations"] == len(content["annotations"])
        assert job["result"]["skipped"] == {}


def test_an_unknown_sandbox_is_not_found_and_the_names_are_told(client):
    answer = client.post("/api/sandboxes/nonesuch", json={})
    assert (answer.status_code, answer.json()["code"], answer.json()["item"]) == (404, "not-found", "nonesuch")
    assert "quickstart, tabletop, tabletop-classification, tabletop-video, coco-val2017" in answer.json()["title"]


@pytest.mark.parametrize(
    "body", [{"images": 0}, {"images": 1_000_001}, {"seed": -1}, {"seed": 2**32}, {"images": "many"}, {"colour": "red"}]
)
def test_a_request_that_makes_no_sense_is_refused(client, body, tmp_path):
    answer = client.post("/api/sandboxes/quickstart", json=body)
    assert answer.status_code == 422
    assert present(client) == []
    assert not (tmp_path / "quickstart").exists()


@pytest.mark.parametrize("key", ["images", "seed"])
def test_a_downloaded_sandbox_takes_neither_images_nor_seed(client, key):
    answer = client.post("/api/sandboxes/coco-val2017", json={key: 5})
    assert (answer.status_code, answer.json()["code"], answer.json()["actual"]) == (422, "usage", key)


def test_a_name_that_is_taken_is_a_conflict(client, make):
    make("quickstart", images=2)
    answer = client.post("/api/sandboxes/quickstart", json={"images": 3})
    assert (answer.status_code, answer.json()["code"]) == (409, "exists")


# ------------------------------------------------------------ from a publisher


@pytest.fixture
def publisher(monkeypatch):
    """Serves a sandbox, `little`, of two pictures in one archive and their labels in another."""
    for name in ("http_proxy", "HTTP_PROXY", "all_proxy", "ALL_PROXY"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setattr(remote, "_wait", lambda seconds, cancelled: None)
    picture = cv2.imencode(".jpg", np.full((48, 64, 3), 90, np.uint8))[1].tobytes()
    images = [{"id": i, "file_name": f"{i}.jpg", "width": 64, "height": 48} for i in (1, 2)]
    box = {"id": 1, "image_id": 2, "category_id": 3, "bbox": [5, 6, 20, 10], "area": 200, "iscrowd": 0}
    labels = {"images": images, "annotations": [box], "categories": [{"id": 3, "name": "cup"}]}
    opened = Publisher()
    opened.files["/labels.zip"] = pack({"annotations/val.json": json.dumps(labels)})
    opened.files["/val.zip"] = pack({"val/1.jpg": picture, "val/2.jpg": picture})
    members = {"/labels.zip": (("annotations/val.json",), ""), "/val.zip": (("val/",), "images")}
    files = tuple(
        RemoteFile(opened.url(path), len(content), hashlib.md5(content).hexdigest(), *members[path])
        for path, content in opened.files.items()
    )
    little = RemoteSandbox("little", "Little", "Testing.", "none", "here", 2, 1, 1, files, "val.json", split="val")
    monkeypatch.setitem(REMOTE_SANDBOXES, "little", little)
    yield opened
    opened.close()


def pack(members):
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        for name, content in members.items():
            archive.writestr(name, content)
    return buffer.getvalue()


def test_a_published_sandbox_is_fetched_and_taken_in(client, make, publisher, tmp_path):
    job = make("little")
    assert job["status"] == "done", job["error"]
    assert [job["result"][key] for key in ("images", "annotations", "classes")] == [2, 1, 1]
    assert client.get("/api/projects/little").json()["splits"] == {"val": 2}
    assert present(client) == ["little"]
    assert not (tmp_path / "little" / "downloads").exists()
    assert client.get("/api/projects/little/images/0/view").headers["content-type"] == "image/jpeg"


def test_the_same_request_tries_a_failed_download_again(client, make, publisher):
    publisher.following.append(refuse(404))
    failed = make("little")
    assert (failed["status"], failed["error"]["code"]) == ("failed", "download")
    assert "HTTP 404" in failed["error"]["actual"]
    publisher.asked.clear()
    assert make("little")["status"] == "done"
    assert [path for path, _ in publisher.asked] == ["/labels.zip", "/val.zip"]


def test_what_has_been_fetched_before_a_failure_is_kept_for_the_next_request(client, make, publisher):
    images = publisher.files.pop("/val.zip")
    assert make("little")["status"] == "failed"
    publisher.asked.clear()
    publisher.files["/val.zip"] = images
    assert make("little")["status"] == "done"
    assert [path for path, _ in publisher.asked] == ["/val.zip"]


def test_an_import_that_fails_after_the_download_fetches_nothing_again(client, make, publisher, monkeypatch):
    def fail(*_):
        raise StorageError("The disk is full.")

    with monkeypatch.context() as full:
        full.setattr("assay.jobs.fetch_sandbox.read_coco", fail)
        assert make("little")["error"]["code"] == "storage"
    publisher.asked.clear()
    assert make("little")["status"] == "done"
    assert publisher.asked == []
