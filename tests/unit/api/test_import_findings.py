"""What the import doctor has found opens the items that it is about."""

from __future__ import annotations

import json

import pytest
from PIL import Image
from starlette.testclient import TestClient
from tests.conftest import holder

import assay
from assay.api.app import App
from assay.api.asgi import create_api

POLYGON = [[10, 10, 40, 10, 40, 40]]
ANNOTATIONS = [
    {"bbox": [10, 10, 20, 20]},
    {"bbox": [90, 20, 30, 10]},
    {"bbox": [-5, 20, 30, 10]},
    {"bbox": [50, 50, -10, 20]},
    {"bbox": ["a", 1, 2, 3], "segmentation": POLYGON},
    {"bbox": [10, 10, 30, 30], "segmentation": [[1, 2, "x", 4, 5, 6]]},
    {"bbox": ["10", 10, 20, 20]},
]
EXPECTED = {
    "box_outside": ("annotation", {1, 2}),
    "bbox_negative_size": ("annotation", {3}),
    "faulty_bbox": ("annotation", {4}),
    "faulty_segmentation": ("annotation", {5}),
    "odd_numbers": ("annotation", {6}),
    "missing_file": ("image", {2}),
    "damaged_file": ("image", {3}),
}


@pytest.fixture(scope="module")
def client(tmp_path_factory):
    folder = tmp_path_factory.mktemp("found")
    Image.new("RGB", (100, 100), "green").save(folder / "1.png")
    Image.effect_noise((100, 100), 90).convert("RGB").save(folder / "3.jpg")
    (folder / "3.jpg").write_bytes((folder / "3.jpg").read_bytes()[:-1500])
    images = [{"id": i, "file_name": name, "width": 100, "height": 100}
              for i, name in ((1, "1.png"), (2, "2.png"), (3, "3.jpg"))]  # fmt: skip
    annotations = [{"id": i, "image_id": 1, "category_id": 1} | each for i, each in enumerate(ANNOTATIONS)]
    content = {"images": images, "annotations": annotations, "categories": [{"id": 1, "name": "cat"}]}
    (folder / "truth.json").write_text(json.dumps(content))
    (folder / "projects").mkdir()
    assay.import_coco(folder / "truth.json", folder, folder / "projects", name="p").close()
    app = App(folder / "projects", holder())
    yield TestClient(create_api(app), base_url="http://localhost")
    app.close()


def test_each_finding_leads_to_its_items(client):
    found = {each["code"]: each for each in client.get("/api/projects/p").json()["doctor"]}
    assert EXPECTED.keys() <= found.keys()
    for code, (scope, ids) in EXPECTED.items():
        items = found[code]["items"]
        assert (items["scope"], items["count"]) == (scope, found[code]["count"]), code
        body = {"scope": scope, "query": items["query"]}
        listed = client.post("/api/projects/p/query", json=body).json()["items"]
        assert {each["id"] for each in listed} == ids, code


def test_what_no_query_finds_has_no_items(client):
    found = {each["code"]: each for each in client.get("/api/projects/p").json()["doctor"]}
    assert found["annotation_id_zero"]["items"] is None
