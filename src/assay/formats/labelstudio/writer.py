"""Write a project as Label Studio's tasks."""

from __future__ import annotations

from collections import Counter
from math import cos, radians, sin
from typing import Any
from urllib.parse import quote

import numpy as np
import orjson

from assay.formats.format import Writing
from assay.formats.labelstudio.brush import encode_brush
from assay.formats.masks import decode_mask
from assay.formats.writing.contents import Batch, Image
from assay.formats.writing.covered import labelled_points, read_rle, unite_rings
from assay.formats.writing.fields import plain_fields
from assay.project.geometry import Shape

_OWN = frozenset(
    {
        "rotation", "shape_type", "ellipse", "circle", "annotation_id", "completed_by", "from_name", "id", "type",
        "value", "to_name", "original_width", "original_height", "image_rotation",
    }
)  # fmt: skip
_TASK_OWN = frozenset({"url", "split"})
_Value = tuple[str, dict[str, Any]]


def write_labelstudio(writing: Writing) -> dict[str, Any]:
    """Write one JSON file of tasks; predictions go where Label Studio has them."""
    contents = writing.contents()
    contents.count_supercategories()
    total = len(contents.images)
    with writing.open_file() as file:
        file.write(b"[")
        for batch in contents.batches():
            for done, image, places in batch.per_image():
                task = _Task(batch, contents.class_names, contents.lost, image, done + 1)
                for at in places:
                    contents.annotations += task.add(at)
                file.write((b",\n" if done else b"\n") + task.dump(of_predictions=_is_predicted(writing)))
                writing.progress(done, total)
        file.write(b"\n]\n")
    return contents.result()


def _is_predicted(writing: Writing) -> bool:
    return writing.selection.prediction_set is not None


class _Task:
    def __init__(self, batch: Batch, names: list[str], lost: Counter[str], image: Image, number: int) -> None:
        self._batch, self._names, self._lost, self._image = batch, names, lost, image
        self._id = image.id if type(image.id) is int and image.id >= 0 else number
        lost["image_ids"] += self._id != image.id
        self._results: list[dict[str, Any]] = []

    def add(self, at: int) -> bool:
        """Add an object; tell whether it could be."""
        objects, extra = self._batch.objects, self._batch.details.extra[at]
        shape, label = int(objects.shape[at]), self._names[int(objects.class_[at])]
        width, height = self._image.width, self._image.height
        if shape == Shape.LABEL:
            self._put(at, "choices", {"choices": [label]}, extra)
            return True
        if not width or not height:
            self._lost["objects_of_images_of_unknown_size"] += 1
            return False
        values = self._draw(at, shape, extra, width, height)
        points = labelled_points(objects, at)
        for x, y, _ in points.tolist():
            values.append(("keypoint", {"x": 100 * x / width, "y": 100 * y / height, "width": 0.5}))
        self._lost["keypoints_as_regions"] += len(points) > 1 or bool(len(points) and shape != Shape.KEYPOINTS)
        self._lost["objects_without_shape"] += not values
        first = None
        for kind, value in values:
            told = {**value, f"{kind}labels": [label]}
            first = self._put(at, f"{kind}labels", told, extra, parent=first)
        return bool(values)

    def _put(self, at: int, kind: str, value: dict[str, Any], extra: dict[str, Any], parent: Any = None) -> str:
        fields, nested = plain_fields(extra, _OWN)
        meta = extra.get("meta")
        self._lost["nested_fields"] += nested - isinstance(meta, dict | list)
        if self._batch.objects.crowd[at]:
            fields["iscrowd"] = True
            self._lost["crowds_as_fields"] += 1
        own = self._batch.details.ids[at]
        own = f"{self._id}-{len(self._results)}" if own is None or parent is not None else str(own)
        result = {
            **fields,
            **({} if meta is None else {"meta": meta}),
            "id": own,
            "type": kind,
            "from_name": "choice" if kind == "choices" else "label",
            "to_name": "image",
            "image_rotation": 0,
            "value": value,
        }
        if self._image.width and self._image.height:
            result |= {"original_width": self._image.width, "original_height": self._image.height}
        if parent is not None:
            result["parentID"] = parent
        score = float(self._batch.details.score[at])
        if not np.isnan(score):
            result["score"] = score
        self._results.append(result)
        return own

    def _draw(self, at: int, shape: int, extra: dict[str, Any], width: int, height: int) -> list[_Value]:
        """Return an object's regions: what they are, and their numbers in percent."""
        objects, unit = self._batch.objects, np.array([100 / width, 100 / height])
        if shape == Shape.MASK:
            return [("brush", {"format": "rle", "rle": encode_brush(decode_mask(read_rle(objects, at)))})]
        if shape in (Shape.BOX, Shape.ROTATED_BOX):
            return [("rectangle", _rectangle(objects.xywh[at].tolist(), float(objects.rotation[at]), unit))]
        if shape == Shape.KEYPOINTS:
            return []
        rings, ellipse = objects.rings(at), extra.get("ellipse")
        if isinstance(ellipse, list) and len(ellipse) == 5 and len(rings) == 1:
            x, y, rx, ry, turn = ellipse
            told = {"x": x * unit[0], "y": y * unit[1], "radiusX": rx * unit[0], "radiusY": ry * unit[1]}
            return [("ellipse", {**{k: float(v) for k, v in told.items()}, "rotation": turn})]
        if shape == Shape.POLYGON and len(rings) > 1:
            united = unite_rings(objects, at, width, height)
            if united is not None:
                self._lost["polygons_of_several_rings_as_strokes"] += 1
                return [("brush", {"format": "rle", "rle": encode_brush(decode_mask(united))})]
        closed = shape == Shape.POLYGON
        least = 3 if closed else 2
        self._lost["rings_of_too_few_points"] += sum(len(ring) < least for ring in rings)
        return [("polygon", {"points": (r * unit).tolist(), "closed": closed}) for r in rings if len(r) >= least]

    def dump(self, *, of_predictions: bool) -> bytes:
        """Return the task as JSON."""
        url = self._image.extra.get("url")
        url = url if isinstance(url, str) else f"/data/local-files/?d={quote(self._image.name)}"
        fields, nested = plain_fields(self._image.extra, _TASK_OWN)
        self._lost["image_fields"] += nested
        data = {**{name: value for name, value in fields.items() if name != "image"}, "image": url}
        if self._image.split is not None:
            data["split"] = self._image.split
        told = [{"result": self._results}]
        task: dict[str, Any] = {"id": self._id, "data": data, "annotations": [], "predictions": []}
        if of_predictions:
            task["predictions"] = told if self._results else []
        else:
            task["annotations"] = [{"was_cancelled": False, "ground_truth": False, **told[0]}]
        return orjson.dumps(task)


def _rectangle(box: list[float], rotation: float, unit: Any) -> dict[str, Any]:
    """Return a box as Label Studio has it, turned about its upper left corner, in percent."""
    left, top, width, height = box
    turn = 0.0 if np.isnan(rotation) else rotation
    if turn:
        a = radians(turn)
        x, y = left + width / 2, top + height / 2
        left = x - (width * cos(a) - height * sin(a)) / 2
        top = y - (width * sin(a) + height * cos(a)) / 2
    across, down = float(unit[0]), float(unit[1])
    return {"x": left * across, "y": top * down, "width": width * across, "height": height * down, "rotation": turn}
