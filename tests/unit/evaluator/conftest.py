"""A small project with a prediction set, whose outcomes can be worked out one by one."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from starlette.testclient import TestClient
from tests.conftest import holder
from tests.unit.evaluator.asking import ROUTE, finish

from assay.api.app import App
from assay.api.asgi import create_api


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A COCO file of 24 images without pictures, of boxes, polygons and crowds, and jittered detections of them."""
    folder = tmp_path_factory.mktemp("made")
    (folder / "images").mkdir()
    draw = np.random.default_rng(5)
    images = [{"id": 100 - i, "file_name": f"{i}.jpg", "width": 200, "height": 160} for i in range(24)]
    categories = [{"id": i, "name": name} for i, name in ((3, "cat"), (7, "dog"), (9, "never"))]
    annotations, results = [], []
    for k in range(90):
        x, y, w, h = (float(v) for v in (draw.integers(0, 120), draw.integers(0, 90), *draw.integers(4, 70, 2)))
        annotation: dict[str, Any] = {
            "id": k + 1, "image_id": int(draw.integers(77, 98)), "category_id": int(draw.choice([3, 7])),
            "bbox": [x, y, w, h], "area": w * h * 0.9, "iscrowd": 0,
            "segmentation": [[x, y, x + w, y, x + w, y + h, x, y + h]],
        }  # fmt: skip
        annotations.append(annotation)
        for _ in range(int(draw.integers(0, 4))):
            jitter = draw.normal(0, 4, 4)
            box = [x + jitter[0], y + jitter[1], max(1, w + jitter[2]), max(1, h + jitter[3])]
            results.append(
                {
                    "image_id": annotation["image_id"], "category_id": int(draw.choice([annotation["category_id"], 3])),
                    "bbox": [round(float(v), 1) for v in box], "score": round(float(draw.random()), 1),
                }
            )  # fmt: skip
    for k in (3, 40, 77):
        annotations[k]["iscrowd"] = 1
    (folder / "truth.json").write_text(
        json.dumps({"images": images, "annotations": annotations, "categories": categories})
    )
    (folder / "results.json").write_text(json.dumps(results))
    return folder


@pytest.fixture(scope="module")
def client(tmp_path_factory: pytest.TempPathFactory, made: Path) -> Iterator[TestClient]:
    folder = tmp_path_factory.mktemp("evaluated")
    app = App(folder, holder())
    client = TestClient(create_api(app), base_url="http://localhost")
    body = {"annotations": str(made / "truth.json"), "images": str(made / "images"), "name": "known"}
    finish(client, client.post("/api/projects/import/coco", json=body))
    body = {"path": str(made / "results.json"), "name": "jittered"}
    finish(client, client.post(f"{ROUTE}/predictions/import", json=body))
    yield client
    app.close()
