"""Write a project as LabelMe's files: one beside each picture."""

from __future__ import annotations

import base64
import os
from collections import Counter
from pathlib import PurePosixPath
from typing import Any

import cv2
import numpy as np
import orjson

from assay.errors import UntrustedError
from assay.formats.format import Writing
from assay.formats.masks import decode_mask, mask_box
from assay.formats.writing.contents import Batch, Image
from assay.formats.writing.covered import labelled_points, read_rle
from assay.formats.writing.fields import plain_fields
from assay.formats.writing.outlines import box_corners, rectangle_corners
from assay.project.geometry import Shape

_VERSION = "5.5.0"  # of the files' form
_Part = tuple[str, list[list[float]], dict[str, Any]]
"""A shape's type, its points, and further fields."""

_OWN = frozenset({"label", "points", "group_id", "shape_type", "flags", "mask", "circle", "parts", "rotation"})


def write_labelme(writing: Writing) -> dict[str, Any]:
    """Write a JSON file an image, and the picture beside it, unless it is only named."""
    contents = writing.contents(by_stem=True)
    contents.count_supercategories()
    total = len(contents.images)
    with writing.open_folder() as output:
        for batch in contents.batches():
            for done, image, places in batch.per_image():
                shapes = _Shapes(batch, contents.class_names, contents.lost, image)
                for at in places:
                    shapes.add(at)
                contents.lost["annotation_ids"] += sum(batch.details.ids[at] is not None for at in places)
                contents.annotations += len(places)
                path = PurePosixPath(image.name).name
                if writing.placement == "reference":
                    path = _reference(writing, image, path)
                else:
                    contents.place_picture(output, image, image.name, writing.placement)
                output.write(str(PurePosixPath(image.name).with_suffix(".json")), shapes.dump(path))
                writing.progress(done, total)
    return contents.result()


def _reference(writing: Writing, image: Image, name: str) -> str:
    """Return the path from a label file to a picture that stays where it is."""
    if image.path is None:
        return name
    try:
        place = writing.store.trust.locate(image.path)
    except UntrustedError:
        return name
    folder = (writing.path / image.name).parent
    return os.path.relpath(place, folder).replace(os.sep, "/")


class _Shapes:
    """The shapes of one image."""

    def __init__(self, batch: Batch, names: list[str], lost: Counter[str], image: Image) -> None:
        self._batch, self._names, self._lost, self._image = batch, names, lost, image
        self._shapes: list[dict[str, Any]] = []
        self._flags: dict[str, bool] = {}
        groups = [extra.get("group_id") for extra in batch.details.extra]
        self._next_group = max((each for each in groups if type(each) is int), default=0) + 1

    def add(self, at: int) -> None:
        """Add an object."""
        objects, extra = self._batch.objects, self._batch.details.extra[at]
        label, shape = self._names[int(objects.class_[at])], int(objects.shape[at])
        points = labelled_points(objects, at)
        if shape == Shape.LABEL:
            self._flags[label] = True
            self._lost["image_labels_as_flags"] += 1
            return
        parts = _mask(read_rle(objects, at)) if shape == Shape.MASK else self._parts(at, shape, extra)
        if len(points):
            parts += [("point", [point[:2].tolist()], {}) for point in points]
            self._lost["keypoints_as_points"] += len(points) > 1 or shape != Shape.KEYPOINTS
        if not parts:
            self._lost["objects_without_shape"] += 1
        group = extra.get("group_id")
        if group is None and len(parts) > 1:
            group, self._next_group = self._next_group, self._next_group + 1
        fields, nested = plain_fields(extra, _OWN)
        self._lost["nested_fields"] += nested
        flags = {name: value for name, value in fields.items() if isinstance(value, bool)}
        if objects.crowd[at]:
            flags["iscrowd"] = True
            self._lost["crowds_as_flags"] += 1
        others = {name: value for name, value in fields.items() if not isinstance(value, bool)}
        score = float(self._batch.details.score[at])
        if not np.isnan(score):
            others.setdefault("score", score)
        for kind, numbers, more in parts:
            told = {"label": label, "points": numbers, "group_id": group, "shape_type": kind, "flags": flags}
            self._shapes.append({**others, "description": others.get("description", ""), **told, **more})

    def _parts(self, at: int, shape: int, extra: dict[str, Any]) -> list[_Part]:
        """Return what LabelMe draws of an object: type, points, and further fields."""
        objects = self._batch.objects
        box = objects.xywh[at]
        if shape in (Shape.BOX, Shape.KEYPOINTS):
            if np.isnan(box).any():
                return []
            corners = box_corners(box)
            return [("rectangle", [corners[0].tolist(), corners[2].tolist()], {})]
        if shape == Shape.ROTATED_BOX:
            self._lost["turned_boxes_as_polygons"] += 1
            return [("polygon", rectangle_corners(box[None], objects.rotation[at : at + 1])[0].tolist(), {})]
        rings = [ring.tolist() for ring in objects.rings(at)]
        if shape == Shape.POLYLINE:
            kind = "line" if len(rings[0]) == 2 else "linestrip"
            return [(kind, ring, {}) for ring in rings]
        circle = extra.get("circle")
        if isinstance(circle, list) and len(circle) == 4 and len(rings) == 1:
            return [("circle", [circle[:2], circle[2:]], {})]
        short = sum(len(ring) < 3 for ring in rings)
        self._lost["rings_of_less_than_three_points"] += short
        return [("polygon", ring, {}) for ring in rings if len(ring) > 2]

    def dump(self, path: str) -> bytes:
        """Return the file's content.

        Args:
            path: Of the picture, from the file on.
        """
        fields, nested = plain_fields(self._image.extra, {"label_file"})
        flags = {name: value for name, value in fields.items() if isinstance(value, bool)}
        self._lost["image_fields"] += len(fields) - len(flags) + nested
        content = {
            "version": _VERSION,
            "flags": {**flags, **self._flags},
            "shapes": self._shapes,
            "imagePath": path,
            "imageData": None,
            "imageHeight": self._image.height,
            "imageWidth": self._image.width,
        }
        return orjson.dumps(content, option=orjson.OPT_INDENT_2) + b"\n"


def _mask(rle: dict[str, Any]) -> list[_Part]:
    left, top, width, height = map(int, mask_box(rle))
    if not width or not height:
        return []
    pixels = decode_mask(rle)[top : top + height, left : left + width]
    _, png = cv2.imencode(".png", pixels * np.uint8(255))
    corners = [[float(left), float(top)], [float(left + width - 1), float(top + height - 1)]]
    return [("mask", corners, {"mask": base64.b64encode(png.tobytes()).decode()})]
