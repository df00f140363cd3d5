"""Images of 2³¹ pixels and more, real or only declared, do not stop a project."""

import json
import struct
import zlib

import cv2
import numpy as np
import pytest
from tests.conftest import holder
from tests.unit.evaluator.projects import ROUTE, Judged

from assay.api.app import App

SMALL = {"id": 1, "file_name": "small.png", "width": 64, "height": 48}


def png_header(width, height):
    """A PNG file that only says how large it is."""

    def chunk(name, data):
        return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))

    head = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", zlib.compress(b"")) + chunk(b"IEND", b"")


@pytest.fixture
def project(tmp_path):
    (tmp_path / "images").mkdir()
    cv2.imwrite(str(tmp_path / "images" / "small.png"), np.full((48, 64, 3), 90, dtype=np.uint8))
    app = App(tmp_path / "projects", holder())
    yield Judged(tmp_path, app)
    app.close()


def take_in(project, image):
    square = {"image_id": 1, "category_id": 1, "bbox": [5, 5, 20, 20], "area": 400, "iscrowd": 0}
    records = [{"id": 1, **square}, {"id": 2, **square, "image_id": 2}]
    truth = {"images": [SMALL, image], "annotations": records, "categories": [{"id": 1, "name": "cat"}]}
    (project.folder / "truth.json").write_text(json.dumps(truth))
    body = {
        "annotations": str(project.folder / "truth.json"),
        "images": str(project.folder / "images"),
        "name": "known",
    }
    return project.finish("/api/projects/import/coco", body)


def read_images(project):
    body = {"scope": "image", "query": "", "fields": ["width", "height", "area", "brightness", "object_density"]}
    answer = project.client.post(f"{ROUTE}/query", json=body)
    assert answer.status_code == 200, answer.text
    return answer.json()["items"]


@pytest.mark.parametrize("real", [True, False])
@pytest.mark.parametrize(
    ("width", "height"), [(60_000, 50_000), (2**31 - 1, 1), (2**31 - 1, 2**31 - 1), (1, 2**31 - 1)]
)
def test_an_image_of_billions_of_pixels_leaves_the_others_measured(project, width, height, real):
    (project.folder / "images" / "slide.png").write_bytes(png_header(*((width, height) if real else (64, 48))))
    take_in(project, {"id": 2, "file_name": "slide.png", "width": width, "height": height})
    small, slide = read_images(project)
    assert small["brightness"] == pytest.approx(90 / 255)
    assert (slide["width"], slide["height"], slide["area"]) == (width, height, float(width * height))
    assert project.client.get(f"{ROUTE}/summary", params={"scope": "image"}).status_code == 200


@pytest.mark.parametrize("side", [2**31, 2**40, 2**70, -5, 0, 64.5, "64", True, None])
def test_a_size_that_no_image_has_is_left_to_the_file(project, side):
    (project.folder / "images" / "slide.png").write_bytes(png_header(32, 16))
    take_in(project, {"id": 2, "file_name": "slide.png", "width": side, "height": side})
    assert [(each["width"], each["height"]) for each in read_images(project)] == [(64, 48), (32, 16)]


def test_a_file_that_says_it_is_wider_than_any_image_is_unreadable(project):
    (project.folder / "images" / "slide.png").write_bytes(png_header(2**32 - 1, 8))
    take_in(project, {"id": 2, "file_name": "slide.png"})
    small, slide = read_images(project)
    assert small["brightness"] is not None
    assert slide["width"] is None
