"""Write images and their objects as a CSV table: a row an object, and one for each image without any."""

from __future__ import annotations

import csv
import math
from collections.abc import Iterator
from dataclasses import dataclass
from io import TextIOWrapper
from typing import Any

import numpy as np

from assay.formats.format import Writing
from assay.formats.json_text import load, verbatim
from assay.formats.writing.contents import Batch, Contents, Image
from assay.project.geometry import Shape
from assay.project.store import Connection
from assay.text import escape_json, write_cell

_IMAGE = ("image_id", "file_name", "split", "image_width", "image_height", "image_tags")
_OBJECT = (
    "annotation_id", "label", "x", "y", "width", "height", "rotation", "area", "crowd", "score", "segmentation",
    "keypoints", "tags",
)  # fmt: skip
_ELSEWHERE = frozenset(("split", "rotation", "score", "confidence"))


@dataclass(frozen=True)
class Rows:
    """What a table of images and their objects has.

    Attributes:
        contents: The images and their objects.
        image_fields, object_fields: Names of the columns ``meta.*`` and ``attr.*``, without that.
    """

    contents: Contents
    image_fields: list[str]
    object_fields: list[str]

    @classmethod
    def of(cls, writing: Writing) -> Rows:
        """Return the rows of what is written."""
        contents = writing.contents()
        with writing.store.read() as cursor:
            objects = [] if writing.selection.prediction_set is not None else _list_attributes(cursor, writing)
        images = list(dict.fromkeys(key for image in contents.images for key in image.extra if key not in _ELSEWHERE))
        return cls(contents, images, objects)

    @property
    def header(self) -> list[str]:
        """The columns' names."""
        own = [*(f"meta.{key}" for key in self.image_fields), *(f"attr.{key}" for key in self.object_fields)]
        return [*_IMAGE, *_OBJECT, *own]

    def each(self, writing: Writing) -> Iterator[dict[str, Any]]:
        """Yield a row an object, and one for each image without any: values by column, those left out are missing."""
        contents = self.contents
        with writing.store.read() as cursor:
            tags = {scope: _read_tags(cursor, scope) for scope in ("image", "annotation")}
        writing.stage("Writing the table", len(contents.images))
        for batch in contents.batches():
            for _, image, places in batch.per_image():
                told = _image_values(image, tags["image"])
                if not places:
                    yield told
                for at in places:
                    yield told | _object_values(contents, batch, at, tags["annotation"])
                    contents.annotations += 1
            writing.progress(batch.first + len(batch.images), None)

    def result(self) -> dict[str, Any]:
        """Return what the job tells, when all rows are written."""
        self.contents.count_supercategories()
        self.contents.lost.pop("file_names_changed", None)  # they stand in the table as they are
        return self.contents.result()


def write_table(writing: Writing) -> dict[str, Any]:
    """Write a table whose columns are those above, then ``meta.*`` of images and ``attr.*`` of annotations.

    Coordinates are pixels, as many digits as they have; outlines are COCO's, in JSON.
    """
    rows = Rows.of(writing)
    header = rows.header
    with writing.open_file() as binary, TextIOWrapper(binary, encoding="utf-8", newline="") as file:
        table = csv.DictWriter(file, header, lineterminator="\n")
        table.writerow({name: write_cell(name) for name in header})
        for row in rows.each(writing):
            table.writerow({key: _cell(value) for key, value in row.items()})
    return rows.result()


def _image_values(image: Image, tags: dict[int, list[str]]) -> dict[str, Any]:
    cells = {
        "image_id": image.id,
        "file_name": image.file_name,
        "split": image.split,
        "image_width": image.width,
        "image_height": image.height,
        "image_tags": tags.get(image.row),
    }
    return cells | {f"meta.{key}": value for key, value in image.extra.items() if key not in _ELSEWHERE}


def _object_values(contents: Contents, batch: Batch, at: int, tags: dict[int, list[str]]) -> dict[str, Any]:
    objects, details = batch.objects, batch.details
    x, y, width, height = objects.xywh[at].tolist()
    outline: Any = None
    if objects.shape[at] in (Shape.POLYGON, Shape.POLYLINE):
        outline = [ring.ravel().tolist() for ring in objects.rings(at)]
    elif objects.shape[at] == Shape.MASK:
        rle = objects.masks[at]
        outline = {"size": list(rle["size"]), "counts": bytes(rle["counts"]).decode()}
    first, last = objects.keypoint_offsets[at : at + 2]
    cells = {
        "annotation_id": details.ids[at],
        "label": contents.class_names[objects.class_[at]],
        "x": x,
        "y": y,
        "width": width,
        "height": height,
        "rotation": float(objects.rotation[at]),
        "area": float(details.area[at]),
        "crowd": True if objects.crowd[at] else None,
        "score": float(details.score[at]),
        "segmentation": outline,
        "keypoints": np.ravel(objects.keypoints[first:last]).tolist() or None,
        "tags": None if contents.selection.prediction_set is not None else tags.get(int(objects.row[at])),
    }
    return cells | {f"attr.{key}": value for key, value in _flatten(details.extra[at])}


def _cell(value: Any) -> Any:
    """Return a value as a cell: numbers without needless digits, truth values in lower case, what is nested as JSON."""
    if value is None or (isinstance(value, float) and math.isnan(value)):
        return ""
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, float) and value.is_integer() and abs(value) < 1e15:
        return int(value)
    return escape_json(verbatim(value)) if isinstance(value, list | dict) else write_cell(value)


def _flatten(extra: dict[str, Any]) -> Iterator[tuple[str, Any]]:
    """Yield further fields, those of ``attributes`` under their own names where no other field has them."""
    for key, value in extra.items():
        if key == "attributes" and isinstance(value, dict):
            yield from ((name, each) for name, each in value.items() if name not in extra and name not in _ELSEWHERE)
        elif key not in _ELSEWHERE:
            yield key, value


def _list_attributes(cursor: Connection, writing: Writing) -> list[str]:
    cursor.register("chosen", {"row": writing.selection.images})
    rows = cursor.execute(
        "SELECT DISTINCT extra FROM annotation JOIN chosen ON chosen.row = image WHERE extra IS NOT NULL ORDER BY 1"
    ).fetchall()
    cursor.unregister("chosen")
    return list(dict.fromkeys(key for (extra,) in rows for key, _ in _flatten(load(extra))))


def _read_tags(cursor: Connection, scope: str) -> dict[int, list[str]]:
    """Return the names of the tags of each item that has any."""
    table = {"image": "image_tag", "annotation": "annotation_tag"}[scope]
    rows = cursor.execute(
        f"SELECT row, list(name ORDER BY name) FROM {table} JOIN tag USING (tag) GROUP BY row"
    ).fetchall()
    return dict(rows)
