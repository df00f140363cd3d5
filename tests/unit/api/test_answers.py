"""Answers of the API: pages, positions, histograms, pictures, and requests that come at the wrong moment."""

from __future__ import annotations

import shutil
import threading

import pytest

from assay.client.connection import Connection

QUERY = "/api/projects/colors/query"


def test_pages_are_stretches_of_the_whole_result(client):
    body = {"scope": "annotation", "sort": "-object_area", "fields": ["object_area"]}
    whole = client.post(QUERY, json=body).json()["items"]
    pages = [client.post(QUERY, json=body | {"offset": o, "limit": 5}).json() for o in range(0, 25, 5)]
    assert [item for page in pages for item in page["items"]] == whole
    assert {page["total"] for page in pages} == {18}
    areas = [item["object_area"] for item in whole]
    assert areas == sorted(areas, reverse=True)


def test_cards_and_positions_agree(client):
    order = {"scope": "annotation", "sort": "-object_area"}
    shown = {"metric": "object_area", "limit": 500}
    cards = client.get("/api/projects/colors/cards", params=order | shown).json()["cards"]
    rows = [card["row"] for card in cards]
    for at, row in enumerate(rows):
        found = client.get("/api/projects/colors/position", params=order | {"row": row}).json()
        before, after = (rows[at - 1] if at else None), (rows[at + 1] if at + 1 < len(rows) else None)
        assert found == {"total": 18, "position": at, "previous": before, "next": after}


def test_a_histogram_counts_every_item_once(client):
    for key, scope, total in (
        ("object_area", "annotation", 18),
        ("width", "image", 6),
        ("confidence", "annotation", 18),
    ):
        found = client.get(f"/api/projects/colors/metrics/{key}/histogram", params={"scope": scope}).json()
        assert sum(b["count"] for b in found["bins"]) + found["nulls"]["count"] == total


def test_pictures_come_as_jpeg_and_are_not_sent_twice(client):
    for path in ("images/0/thumbnail", "images/0/view", "annotations/0/crop"):
        answer = client.get(f"/api/projects/colors/{path}")
        assert (answer.status_code, answer.headers["content-type"]) == (200, "image/jpeg")
        assert answer.content[:2] == b"\xff\xd8"
        again = client.get(f"/api/projects/colors/{path}", headers={"if-none-match": answer.headers["etag"]})
        assert (again.status_code, again.content) == (304, b"")


def test_a_picture_that_has_gone_is_named(client, workspace):
    (workspace / "colors" / "images" / "00000.jpg").unlink()
    for path in ("images/0/thumbnail", "images/0/view", "annotations/0/crop"):
        answer = client.get(f"/api/projects/colors/{path}")
        assert (answer.status_code, answer.json()["item"]) == (404, "00000.jpg")


def test_metrics_that_were_not_computed_are_said_to_be_missing(client, dataset):
    body = {"root": str(dataset.images), "name": "bare", "metrics": False}
    assert client.post("/api/projects/init", json=body).status_code == 202
    while client.get("/api/jobs").json()["jobs"][0]["status"] != "done":
        pass
    assert client.get("/api/projects/bare/metrics").json() == []
    for path in ("metrics/width", "metrics/width/histogram?scope=image"):
        answer = client.get(f"/api/projects/bare/{path}")
        assert (answer.status_code, answer.json()["title"]) == (404, "The metric has not been computed.")
    assert client.get("/api/projects/bare/cards?scope=image&sort=width").status_code == 422


def test_items_that_came_after_the_last_measurement_have_no_value_yet(client, app):
    with app.workspace.get("colors").write() as cursor:
        cursor.execute("INSERT INTO image(row, source, file_name, random_key) VALUES (6, 0, 'new.jpg', 1)")
    found = client.get("/api/projects/colors/metrics/width/histogram?scope=image").json()
    assert (sum(b["count"] for b in found["bins"]), found["nulls"]["count"]) == (6, 1)
    item = client.post(QUERY, json={"sort": "-width", "fields": ["width"]}).json()["items"][-1]
    assert (item["file_name"], item["id"], item["width"]) == ("new.jpg", None, None)


def test_the_same_request_twice_at_once_is_one_job(client, app, dataset):
    body = dataset.body(name="twice")
    answers = []
    threads = [
        threading.Thread(target=lambda: answers.append(client.post("/api/projects/import/coco", json=body)))
        for _ in range(6)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    accepted = {a.json()["id"] for a in answers if a.status_code == 202}
    assert len(accepted) == 1
    assert {a.status_code for a in answers} <= {202, 409}
    while any(not job.ended for job in app.jobs.all()):
        pass
    assert client.get("/api/projects/twice").json()["images"] == 6


def test_text_of_any_kind_comes_back_as_it_was(client, make_dataset):
    name = "🦊 ' OR 1=1; --"
    dataset = make_dataset(images=2)
    body = dataset.body(name=name, split="\"; DROP TABLE image; -- 'ü")
    job = client.post("/api/projects/import/coco", json=body, headers={"x-assay-client": "x'; --"}).json()
    while (job := client.get(f"/api/jobs/{job['id']}").json())["status"] in ("queued", "running"):
        pass
    assert job["status"] == "done", job
    info = client.get(f"/api/projects/{name}").json()
    assert info["splits"] == {body["split"]: 2}
    history = client.get(f"/api/projects/{name}/history").json()
    assert [(h["action"], h["actor"]) for h in history] == [("import", "x'; --")]


def test_a_deleted_project_is_gone_for_readers_without_an_error_of_the_server(client, workspace, app):
    stop = threading.Event()
    codes: set[int] = set()

    def read() -> None:
        while not stop.is_set():
            codes.add(client.post(QUERY, json={"scope": "annotation", "sort": "-object_area"}).status_code)
            codes.add(client.get("/api/projects/colors/images/1/thumbnail").status_code)

    readers = [threading.Thread(target=read) for _ in range(3)]
    for reader in readers:
        reader.start()
    try:
        assert client.get("/api/projects/colors").status_code == 200
        assert client.delete("/api/projects/colors").status_code == 204
    finally:
        stop.set()
        for reader in readers:
            reader.join()
    assert codes <= {200, 404}
    assert not (workspace / "colors").exists()


def test_a_project_whose_folder_was_moved_away_is_not_found_and_found_again(client, workspace):
    assert client.get("/api/projects/colors").status_code == 200
    shutil.move(workspace / "colors", workspace / "moved")
    assert client.get("/api/projects/colors").status_code == 404
    assert client.get("/api/projects/moved").json()["images"] == 6
    assert client.get("/api/projects/moved/images/0/thumbnail").status_code == 200


def test_an_error_that_nobody_thought_of_is_a_problem_too(client, workspace, monkeypatch):
    def broken(*_: object) -> None:
        raise ZeroDivisionError("surprise \ud800")

    monkeypatch.setattr("assay.api.routes.projects.read_classes", broken)
    answer = client.get("/api/projects/colors/classes")
    assert (answer.status_code, answer.json()["code"]) == (500, "error")
    with Connection(workspace / "elsewhere") as connection, pytest.raises(Exception, match="no such project"):
        connection.get("/api/projects/colors/classes")


def test_names_on_disk_that_are_no_text_do_not_hide_the_others(client, workspace):
    import os

    odd = os.fsencode(workspace) + b"/caf\xe9"
    shutil.copytree(workspace / "colors", os.fsdecode(odd))
    names = [project["name"] for project in client.get("/api/projects").json()["projects"]]
    assert "colors" in names
    assert client.get("/api/files", params={"path": str(workspace)}).status_code == 200
