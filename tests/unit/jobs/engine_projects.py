"""Small noisy datasets, and projects of them that are measured in this thread, job by job."""

from __future__ import annotations

import json
import math
import os
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray
from tests.conftest import Dataset

from assay.api.app import App
from assay.jobs.create import import_dataset
from assay.jobs.engine import picture_work
from assay.jobs.engine.executors import SIZES, Unit
from assay.jobs.engine.run import measure_project
from assay.jobs.manager import JobContext
from assay.jobs.records import Job
from assay.project.store import Store
from assay.project.values import Scope, metric_table, read_statistics

KINDS = (".png", ".jpg", ".bmp")
CLASSES = ("cat", "dog")


def noisy_pixels(seed: int) -> NDArray[np.uint8]:
    """Return noise, of another size, lightness and tint for each seed."""
    rng = np.random.default_rng(seed)
    height, width = int(rng.integers(24, 60)), int(rng.integers(24, 60))
    low = rng.integers(0, 120, 3)
    return rng.integers(low, low + rng.integers(2, 130, 3), (height, width, 3)).astype(np.uint8)


def write_picture(file: Path, rgb: NDArray[np.uint8]) -> None:
    """Write pixels in the format that the name tells."""
    assert cv2.imwrite(str(file), cv2.cvtColor(rgb, cv2.COLOR_RGB2BGR))


def write_noisy(
    folder: Path, images: int = 12, first: int = 1, film: bool = False, kinds: tuple[str, ...] = KINDS
) -> Dataset:
    """Write noisy pictures with three annotations each: a box, a triangle, a mask.

    Args:
        first: Id of the first image; the others follow, and pixels depend on nothing else.
        film: Whether the pictures are frames of one sequence, in which the box is the same tracked object.
    """
    pictures = folder / "images"
    pictures.mkdir(parents=True)
    content: dict[str, Any] = {
        "images": [],
        "annotations": [],
        "categories": [{"id": i + 1, "name": name} for i, name in enumerate(CLASSES)],
    }
    for i in range(images):
        number = first + i
        rgb = noisy_pixels(number)
        name = f"{number:04d}{kinds[number % len(kinds)]}"
        write_picture(pictures / name, rgb)
        height, width = rgb.shape[:2]
        image: dict[str, Any] = {"id": number, "file_name": name, "width": width, "height": height, "place": f"p{i}"}
        rng = np.random.default_rng(1000 + number)
        x, y = (round(float(v), 2) for v in rng.uniform(0, 12, 2))
        box: dict[str, Any] = {"bbox": [x, y, round(float(rng.uniform(3, 16)), 2), round(float(rng.uniform(3, 16)), 2)]}
        if film:
            image |= {"video_id": 7, "frame_id": number}
            box = {"bbox": [4.0, 5.0, 10.0, 12.0], "track_id": 3}
        right, bottom = (round(float(v), 2) for v in rng.uniform(12, 22, 2))
        triangle = {"segmentation": [[2, 2, right, 4, 9, bottom]], "bbox": [2, 2, right - 2, bottom - 2]}
        counts = [height * 3 + 2, 11, height * width - (height * 3 + 2) - 11]  # eleven pixels of the fourth column
        mask = {"segmentation": {"size": [height, width], "counts": counts}, "bbox": [3, 2, 1, 11]}
        content["images"].append(image)
        for k, shape in enumerate((box, triangle, mask)):
            content["annotations"].append(
                {
                    "id": 10 * number + k,
                    "image_id": number,
                    "category_id": 1 + k % 2,
                    "area": 1.0,
                    "iscrowd": 0,
                    **shape,
                }
            )
    file = folder / "labels.json"
    file.write_text(json.dumps(content))
    return Dataset(pictures, file, content)


@dataclass
class Measurer:
    """The project `p` of an open workspace, measured without the workspace's threads."""

    app: App

    @property
    def store(self) -> Store:
        """The project."""
        return self.app.workspace.get("p")

    def context(self, **params: Any) -> JobContext:
        """Return what a job of the project works with."""
        return JobContext(self.app.workspace, Job("tests", "a test", "p", params, "tests"))

    def take_in(self, dataset: Dataset, **params: Any) -> dict[str, Any]:
        """Import a dataset, with ``add=True`` another one; ``metrics=False`` leaves it unmeasured."""
        paths = {"annotations": str(dataset.annotations), "images": str(dataset.images)}
        return import_dataset(self.context(format="coco", files="in-place", **paths, **params))

    def measure(self, *keys: str, workers: int | None = None, again: bool = False) -> dict[str, Any]:
        """Compute what is missing of some metrics, or of all."""
        return measure_project(self.context(workers=workers), keys or None, again=again)

    def values(self, scope: Scope) -> dict[str, NDArray[np.float64]]:
        """Return all stored values of a scope, NaN for NULL."""
        with self.store.read() as cursor:
            found = cursor.execute(
                f"SELECT m.* EXCLUDE (row), i.row FROM {scope} i LEFT JOIN {metric_table(scope)} m USING (row) "
                "ORDER BY i.row"
            ).fetchnumpy()
        del found["row"]
        return {key: np.ma.filled(np.ma.asarray(column, dtype=np.float64), np.nan) for key, column in found.items()}

    def bits(self) -> dict[str, bytes]:
        """Return the bits of all stored values, NULLs among them."""
        return {
            f"{scope} {key}": column.tobytes()
            for scope in ("image", "annotation")
            for key, column in sorted(self.values(scope).items())
        }

    def statistics(self) -> dict[str, Any]:
        """Return the stored statistics of both scopes."""
        return {scope: read_statistics(self.store, scope) for scope in ("image", "annotation")}

    def evidence(self) -> list[tuple[Any, ...]]:
        """Return all evidence, in an order of its own."""
        with self.store.read() as cursor:
            return cursor.execute("SELECT metric, row, partner, value, detail FROM evidence ORDER BY ALL").fetchall()

    def query(self, sql: str) -> list[tuple[Any, ...]]:
        """Return the rows of a statement."""
        with self.store.read() as cursor:
            return cursor.execute(sql).fetchall()

    def all(self) -> tuple[Any, ...]:
        """Return everything that measuring finds."""
        return self.bits(), self.statistics(), self.evidence()


def resize(patch: pytest.MonkeyPatch, unit: Unit, **changes: int) -> None:
    """Let batches of a unit be larger or smaller, or little work be more or less."""
    patch.setitem(SIZES, unit, replace(SIZES[unit], **changes))


def deadly_pictures(options: Any, tasks: list[Any]) -> Any:
    """Measure pictures, and die over that of row 4, as a decoder that crashes would."""
    if any(task.row == 4 for task in tasks):
        os._exit(1)
    return picture_work.measure_pictures(options, tasks)


def present(values: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the values that are not NULL."""
    return values[~np.isnan(values)]


def equal(left: Any, right: Any) -> bool:
    """Compare numbers that may be NULL."""
    return (left is None or math.isnan(left)) if right is None or math.isnan(right) else left == right
