"""LabelMe's shapes as boxes, polygons, masks, lines and keypoints."""

from __future__ import annotations

import base64
import binascii
from dataclasses import dataclass, field
from math import acos, ceil, cos, hypot, pi, sin
from typing import Any

import numpy as np

from assay.errors import InputError
from assay.formats.fields import ANNOTATION_FIELDS
from assay.formats.gathering import RecordFault, as_triples, box_round, free_fields, read_points
from assay.formats.masks import MOST_PIXELS, mask_box, place_mask, read_png, rings_to_mask, unite_masks
from assay.formats.yolo.rows import fit_rectangles
from assay.stopping import stoppable

_KNOWN = frozenset({"label", "points", "group_id", "shape_type", "flags", "mask"})
_LEAST_POINTS = {"polygon": 3, "rectangle": 2, "circle": 2, "line": 2, "linestrip": 2, "point": 1, "points": 1}
_LEAST_POINTS |= {"mask": 2, "oriented_rectangle": 4, "rotation": 4}
_AREAS = ("polygon", "rectangle", "circle", "mask")
_SAGITTA = 0.1  # pixels by which a circle's polygon may lie inside it
_LEAST_CORNERS, _MOST_CORNERS = 32, 720
_MOST_RADIUS = 1e12


@dataclass
class Shape:
    """A shape that can be used.

    Attributes:
        label: Its class.
        kind: LabelMe's ``shape_type``.
        group: Its ``group_id``: shapes of one label and group are one object.
        numbers: Its points, ``[x, y, …]``, as they were written.
        box: Left, top, width, height; None where there is none.
        rings: Its outline.
        mask: Its pixels as RLE.
        keypoints: Its points, where that is all it is.
        extra: Further fields.
    """

    label: str
    kind: str
    group: Any
    numbers: list[float]
    box: list[float] | None = None
    rings: list[list[float]] = field(default_factory=list)
    mask: dict[str, Any] | None = None
    keypoints: list[float] = field(default_factory=list)
    extra: dict[str, Any] = field(default_factory=dict)


def read_shape(record: Any, width: int | None, height: int | None) -> Shape:
    """Return an entry of ``shapes``.

    Args:
        record: The entry.
        width, height: Of the picture, where they are known.

    Raises:
        RecordFault: it cannot be used.
    """
    if not isinstance(record, dict):
        raise RecordFault("labelme_not_a_shape", "expected an object")
    label = record.get("label")
    if type(label) in (int, float):
        label = str(label)
    if not isinstance(label, str) or not label.strip():
        raise RecordFault("labelme_without_label", "expected a label as text")
    kind = record.get("shape_type") or "polygon"
    if not isinstance(kind, str) or kind not in _LEAST_POINTS:
        raise RecordFault("labelme_shape_type", f"expected one of {', '.join(_LEAST_POINTS)}")
    numbers = read_points(record.get("points"))
    if numbers is None or len(numbers) < 2 * _LEAST_POINTS[kind]:
        raise RecordFault("labelme_points", f"expected at least {_LEAST_POINTS[kind]} points [x, y]")
    shape = Shape(label, kind, record.get("group_id"), numbers, extra=_extra_of(record, kind))
    if kind == "mask":
        shape.mask = _read_mask(record.get("mask"), numbers, width, height)
        shape.box = mask_box(shape.mask)
    elif kind in ("point", "points"):
        shape.keypoints = as_triples(numbers)
    elif kind == "circle":
        _fill_circle(shape)
    elif kind == "rectangle":
        shape.box = box_round(numbers)
    elif kind in ("oriented_rectangle", "rotation"):
        _fill_turned(shape)
    else:
        shape.rings, shape.box = [numbers], box_round(numbers)
    return shape


def _extra_of(record: dict[str, Any], kind: str) -> dict[str, Any]:
    extra = free_fields(record, _KNOWN, ANNOTATION_FIELDS)
    extra["shape_type"] = kind
    if record.get("group_id") is not None:
        extra["group_id"] = record["group_id"]
    flags = record.get("flags")
    if isinstance(flags, dict) and flags:
        extra["attributes"] = flags
    elif flags:
        extra["flags"] = flags
    return extra


def _fill_circle(shape: Shape) -> None:
    """Draw a circle as the polygon that it keeps within a tenth of a pixel: LabelMe gives centre and a point of it."""
    x, y, at_x, at_y = shape.numbers[:4]
    radius = hypot(at_x - x, at_y - y)
    if not 0 < radius <= _MOST_RADIUS:
        raise RecordFault("labelme_points", "expected a circle's centre and another point on its rim")
    corners = ceil(pi / acos(max(-1.0, 1 - _SAGITTA / radius)) / 4) * 4  # extremes are corners
    corners = min(max(corners, _LEAST_CORNERS), _MOST_CORNERS)
    turns = [2 * pi * each / corners for each in range(corners)]
    shape.rings = [[value for turn in turns for value in (x + radius * cos(turn), y + radius * sin(turn))]]
    shape.box = [x - radius, y - radius, 2 * radius, 2 * radius]
    shape.extra["circle"] = [x, y, at_x, at_y]


def _fill_turned(shape: Shape) -> None:
    corners = np.array(shape.numbers[:8]).reshape(1, 4, 2)
    boxes, rotation, askew = fit_rectangles(corners)
    if len(shape.numbers) > 8 or not np.isnan(askew[0, 0]):
        shape.rings, shape.box = [shape.numbers], box_round(shape.numbers)
        return
    shape.box = boxes[0].tolist()
    shape.extra["rotation"] = float(rotation[0])


def _read_mask(text: Any, numbers: list[float], width: int | None, height: int | None) -> dict[str, Any]:
    if width is None or height is None:
        raise RecordFault("labelme_mask_without_size", "expected imageHeight and imageWidth, or the picture")
    if not isinstance(text, str) or width * height > MOST_PIXELS:
        raise RecordFault("labelme_mask", "expected a PNG in base64")
    try:
        pixels = read_png(base64.b64decode(text), width * height)
        flat = pixels if pixels.ndim == 2 else np.asarray(pixels[..., :3].any(axis=2))
        left, top = int(min(numbers[::2])), int(min(numbers[1::2]))
        mask = place_mask(flat, left, top, height, width)
    except (InputError, binascii.Error, ValueError) as error:
        raise RecordFault("labelme_mask", f"expected a PNG in base64: {error}") from error
    if mask is None or not mask_box(mask)[2]:
        raise RecordFault("labelme_mask", f"expected pixels within {width} x {height}")
    return mask


def unite(shapes: list[Shape], width: int | None, height: int | None) -> list[list[Shape]]:
    """Return shapes as objects, each a list: areas of one label and group are one, all others alone.

    A group with a mask is one only where the size of the picture is known.
    """
    objects: list[list[Shape]] = []
    places: dict[tuple[str, str], int] = {}
    masked = {(s.label, repr(s.group)) for s in shapes if s.mask is not None} if width is None or height is None else {}
    for shape in stoppable(shapes):
        key = (shape.label, repr(shape.group))
        if shape.group is None or shape.kind not in _AREAS or key in masked:
            objects.append([shape])
        elif key in places:
            objects[places[key]].append(shape)
        else:
            places[key] = len(objects)
            objects.append([shape])
    return objects


def merge(parts: list[Shape], width: int | None, height: int | None) -> Shape:
    """Return the shapes of one object as one; what each was stays as the field ``parts``."""
    first = parts[0]
    if len(parts) == 1:
        return first
    whole = Shape(first.label, "polygon", first.group, [], extra=dict(first.extra))
    whole.extra["parts"] = [{**part.extra, "points": part.numbers} for part in parts]
    rings = [ring for part in parts for ring in (part.rings or _corners(part))]
    masks = [part.mask for part in parts if part.mask is not None]
    if masks and width is not None and height is not None:
        if rings:
            masks.append(rings_to_mask(rings, height, width))
        whole.kind, whole.mask = "mask", unite_masks(masks)
        whole.box = mask_box(whole.mask)
    else:
        whole.rings, whole.box = rings, box_round([value for ring in rings for value in ring])
    whole.extra["shape_type"] = whole.kind
    whole.extra.pop("circle", None)
    return whole


def _corners(shape: Shape) -> list[list[float]]:
    if shape.mask is not None or shape.box is None:
        return []
    x, y, w, h = shape.box
    return [[x, y, x + w, y, x + w, y + h, x, y + h]]
