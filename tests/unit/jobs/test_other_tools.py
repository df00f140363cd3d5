"""Datasets as other tools and other computers write them, through the jobs: import, export, refresh."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest

import assay


def write(tmp_path: Path, **sections: Any) -> Path:
    """Write a COCO file and return its path."""
    file = tmp_path / "labels.json"
    file.write_text(json.dumps(sections))
    return file


def picture(file: Path, shade: int) -> None:
    file.parent.mkdir(parents=True, exist_ok=True)
    assert cv2.imwrite(str(file), np.full((48, 64, 3), shade, dtype=np.uint8))


def images(*names: str) -> list[dict[str, Any]]:
    return [{"id": n, "file_name": name, "width": 64, "height": 48} for n, name in enumerate(names, start=1)]


def boxes(*image_ids: Any, **fields: Any) -> list[dict[str, Any]]:
    return [
        {"id": n, "image_id": i, "category_id": 1, "bbox": [5, 5, 20, 20], "area": 400, "iscrowd": 0} | fields
        for n, i in enumerate(image_ids, start=1)
    ]


CATS = [{"id": 1, "name": "cat"}]


def told(project: assay.Project) -> dict[str, int]:
    return {finding["code"]: finding["count"] for finding in project.info()["doctor"]}


def brightness(project: assay.Project) -> dict[str, float | None]:
    items = project.connection.post(f"{project.route}/query", {"fields": ["brightness"]})["items"]
    return {item["file_name"]: None if item["brightness"] is None else round(item["brightness"], 2) for item in items}


@pytest.mark.parametrize("files", ["in-place", "copy", "symlinks"])
def test_two_names_that_end_alike_never_get_one_picture_and_refresh_keeps_it_so(tmp_path, files):
    picture(tmp_path / "img" / "train" / "1.png", 255)
    picture(tmp_path / "img" / "val" / "1.png", 0)
    content = {"images": images("train/1.png", "C:\\d\\val\\1.png"), "annotations": boxes(1, 2), "categories": CATS}
    file = write(tmp_path, **content)
    with assay.import_coco(file, tmp_path / "img" / "train", tmp_path / "work", name="p", files=files) as project:
        assert told(project) == {"ambiguous_file": 1, "missing_file": 1}
        assert brightness(project) == {"train/1.png": 1.0, "C:\\d\\val\\1.png": None}
        for _ in range(2):
            assert project.refresh()["images"]["missing"] == 1
            assert brightness(project) == {"train/1.png": 1.0, "C:\\d\\val\\1.png": None}
            write(tmp_path, **content | {"info": {"year": 2026}})  # the file is read anew
    with assay.import_coco(file, tmp_path / "img", tmp_path / "work", name="q", files=files) as project:
        assert told(project) == {"file_found_elsewhere": 1}  # d is not there
        assert brightness(project) == {"train/1.png": 1.0, "C:\\d\\val\\1.png": 0.0}
