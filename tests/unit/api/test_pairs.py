"""Pairs of items that are outliers because of one another: one card each, against pairs counted one by one."""

from __future__ import annotations

import itertools
import json

import numpy as np
import pytest
from PIL import Image
from starlette.testclient import TestClient
from tests.conftest import holder

import assay
from assay.api.app import App
from assay.api.asgi import create_api

ROUTE = "/api/projects/p"
BOXES = {
    1: [[10, 10, 40, 40], [10, 11, 40, 40], [60, 60, 20, 20]],
    2: [[5, 5, 50, 50], [5, 5, 50, 50], [5, 5, 50, 50]],
    3: [[5, 5, 30, 30], [25, 5, 30, 30]],  # they overlap, and nobody would call that a duplicate
    4: [[30, 30, 40, 40], [31, 30, 40, 40]],
}


@pytest.fixture(scope="module")
def client(tmp_path_factory):
    folder = tmp_path_factory.mktemp("pairs")
    draw = np.random.default_rng(0)
    pixels = {i: draw.integers(0, 256, (100, 100, 3), dtype=np.uint8) for i in range(1, 8)}
    same_as = {5: 1, 6: 2, 7: 2}
    for i in pixels:
        Image.fromarray(pixels[same_as.get(i, i)]).save(folder / f"{i}.png")
    boxes = [(image, box) for image, group in BOXES.items() for box in group]
    truth = {
        "images": [{"id": i, "file_name": f"{i}.png", "width": 100, "height": 100} for i in pixels],
        "annotations": [
            {"id": n, "image_id": image, "category_id": 1, "bbox": box, "area": box[2] * box[3], "iscrowd": 0}
            for n, (image, box) in enumerate(boxes)
        ],
        "categories": [{"id": 1, "name": "cat"}],
    }
    (folder / "truth.json").write_text(json.dumps(truth))
    (folder / "projects").mkdir()
    assay.import_coco(folder / "truth.json", folder, folder / "projects", name="p").close()
    app = App(folder / "projects", holder())
    yield TestClient(create_api(app), base_url="http://localhost")
    app.close()


def ask(client, route, **params):
    answer = client.get(f"{ROUTE}/{route}", params=params)
    assert answer.status_code == 200, answer.text
    return answer.json()


def test_of_a_pair_of_duplicates_the_first_is_listed_and_the_other_counted(client):
    of = {"scope": "annotation", "sort": "worst:annotation_duplicates", "metric": "annotation_duplicates"}
    whole = ask(client, "cards", **of)
    folded = ask(client, "cards", fold_pairs=True, **of)
    assert (whole["total"], whole["folded"]) == (10, 0)
    assert (folded["total"], folded["folded"]) == (7, 3)
    left = [card["row"] for card in folded["cards"]]
    assert left == [card["row"] for card in whole["cards"] if card["row"] in left]
    gone = [card for card in whole["cards"] if card["row"] not in left]
    for card in gone:  # its partner stands before it, and is shown with it
        [partner] = [other for other in folded["cards"] if other["row"] == card["partner_row"]]
        assert partner["partner_row"] == card["row"]
        assert card["value"] > 0.9
    by_image = {card["image_row"]: 0 for card in gone}
    assert len(by_image) == 3


def test_arrow_keys_go_from_pair_to_pair(client):
    of = {"scope": "annotation", "sort": "worst:annotation_duplicates", "fold_pairs": True}
    left = ask(client, "rows", **of)["rows"]
    for before, row in itertools.pairwise(left):
        place = ask(client, "position", row=row, **of)
        assert place["previous"] == before
        assert place["total"] == 7
    second = next(row for row in range(10) if row not in left)
    assert ask(client, "position", row=second, **of)["total"] == 10  # a link to it still leads somewhere


def test_images_of_the_same_pixels_are_folded_and_other_orders_are_not(client):
    of = {"scope": "image", "sort": "worst:duplicate_group_size"}
    folded = ask(client, "cards", fold_pairs=True, **of)
    names = [card["file_name"] for card in folded["cards"]]
    assert len(names) == folded["total"] == 5
    assert folded["folded"] == 2
    assert names[:3] == ["2.png", "7.png", "1.png"]  # of three the third has no partner of its own
    assert ask(client, "cards", scope="image", sort="brightness", fold_pairs=True)["folded"] == 0
    assert ask(client, "cards", scope="image", fold_pairs=True)["folded"] == 0
