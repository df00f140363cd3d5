"""Label Studio's results as regions: boxes turned about their upper left corner, polygons, points, strokes, choices."""

from __future__ import annotations

import base64
import binascii
from dataclasses import dataclass, field
from math import cos, radians, sin
from typing import Any

from assay.errors import InputError
from assay.formats.fields import ANNOTATION_FIELDS, is_finite_number
from assay.formats.gathering import (
    Drawn,
    RecordFault,
    as_triples,
    box_round,
    ellipse_ring,
    free_fields,
    read_size,
)
from assay.formats.labelstudio.brush import decode_brush
from assay.formats.masks import MOST_PIXELS, encode_mask, mask_box, place_runs, read_png
from assay.stopping import stoppable

SHAPES = ("rectangle", "polygon", "keypoint", "ellipse", "brush", "bitmask")
FACTS = ("textarea", "rating", "number", "datetime", "taxonomy")
_KNOWN = frozenset({"id", "type", "value", "to_name", "from_name", "original_width", "original_height", "item_index",
                    "image_rotation", "origin"})  # fmt: skip
_DIGITS = 9  # of pixels: what came as a decimal number of pixels is one again, whatever percent make of its last bits


@dataclass
class Region:
    """The results of one id, which are about one place of an image.

    Attributes:
        id: Label Studio's.
        kind: One of :data:`SHAPES`; None where the results are about the whole image.
        value: What its shape says, in percent.
        labels: Its classes.
        size: Width and height that its results tell, or None.
        extra: Further fields.
        page: Which of a task's images it is about.
        records: The results.
    """

    id: Any
    kind: str | None = None
    value: dict[str, Any] = field(default_factory=dict)
    labels: list[str] = field(default_factory=list)
    size: tuple[int, int] | None = None
    extra: dict[str, Any] = field(default_factory=dict)
    page: tuple[str, int] = ("", 0)
    records: list[dict[str, Any]] = field(default_factory=list)


def kind_of(result: dict[str, Any]) -> str:
    """Return what a result is: one of :data:`SHAPES` or :data:`FACTS`, ``labels``, ``choices``, or its own type."""
    told = str(result.get("type") or "").lower()
    bare = told.removesuffix("labels")
    if told == "labels" or bare in SHAPES:
        return bare or "labels"
    value = result["value"]
    if not told:  # of the short export, which tells no types
        named = [name.removesuffix("labels") for name in value if name.endswith("labels")]
        return next((name for name in named if name in SHAPES), _guess(value))
    return told


def _guess(value: dict[str, Any]) -> str:
    for kind, fields in (
        ("rectangle", {"x", "y", "width", "height"}),
        ("ellipse", {"x", "y", "radiusX", "radiusY"}),
        ("polygon", {"points"}),
        ("brush", {"rle"}),
        ("keypoint", {"x", "y"}),
        ("choices", {"choices"}),
    ):
        if fields <= set(value):
            return kind
    return "unknown"


def gather(results: list[Any]) -> tuple[list[Region], list[tuple[Any, str, str]]]:
    """Return regions in their order, and results that can be no part of one with the doctor's code and the reason."""
    regions: dict[str, Region] = {}
    lost: list[tuple[Any, str, str]] = []
    for at, result in enumerate(stoppable(results)):
        if not isinstance(result, dict) or not isinstance(result.get("value"), dict):
            code = "labelstudio_relation" if _is_relation(result) else "labelstudio_result"
            lost.append((result, code, "expected an object with a value"))
            continue
        kind = kind_of(result)
        if kind not in (*SHAPES, *FACTS, "labels", "choices"):
            lost.append((result, "labelstudio_kind", f"type {str(result.get('type'))[:40]}"))
            continue
        region = regions.setdefault(repr(result.get("id", ("none", at))), Region(result.get("id")))
        _add(region, kind, result)
    return list(regions.values()), lost


def _is_relation(result: Any) -> bool:
    return isinstance(result, dict) and result.get("type") == "relation"


def _add(region: Region, kind: str, result: dict[str, Any]) -> None:
    value = result["value"]
    region.records.append(result)
    if kind in SHAPES and region.kind is None:
        region.kind = kind
        region.value = value
    width, height = read_size(result.get("original_width")), read_size(result.get("original_height"))
    if width and height:
        region.size = (width, height)
    index = result.get("item_index")
    region.page = (str(result.get("to_name") or ""), index if type(index) is int and index >= 0 else 0)
    for name, given in value.items():
        if name.endswith("labels") and isinstance(given, list):
            region.labels += [str(each) for each in given if str(each) not in region.labels]
    if kind in ("choices", *FACTS):
        told = value.get(kind, value.get("text"))
        name = str(result.get("from_name") or kind)
        region.extra.setdefault("attributes", {})[name] = _plain(told)
    region.extra |= free_fields(result, _KNOWN, ANNOTATION_FIELDS)
    if result.get("image_rotation"):
        region.extra["image_rotation"] = result["image_rotation"]


def _plain(told: Any) -> Any:
    """Return what was chosen or written: a list of one as that one, others as text with commas."""
    if not isinstance(told, list):
        return told
    parts = [" / ".join(map(str, each)) if isinstance(each, list) else each for each in told]
    return parts[0] if len(parts) == 1 else ", ".join(map(str, parts))


def draw(region: Region, width: int, height: int) -> Drawn:
    """Return what an annotation has of a region.

    Args:
        region: One that has a shape.
        width, height: Of its image in pixels.

    Raises:
        RecordFault: its numbers are none.
    """
    value, drawn = region.value, Drawn()
    unit_x, unit_y = width / 100, height / 100
    if region.kind == "polygon":
        points = value.get("points")
        pairs = points if isinstance(points, list) else []
        numbers = [_check(each, "points") for pair in pairs for each in (pair if isinstance(pair, list) else [pair])]
        least = 2 if value.get("closed") is False else 3
        if len(numbers) < 2 * least or len(numbers) != 2 * len(pairs):
            raise RecordFault("labelstudio_points", f"expected at least {least} points [x, y]")
        ring = [round(each * (unit_y if at % 2 else unit_x), _DIGITS) for at, each in enumerate(numbers)]
        drawn.segmentation, drawn.box = [ring], box_round(ring)
        if value.get("closed") is False:
            drawn.extra["shape_type"] = "polyline"
    elif region.kind == "keypoint":
        x, y = (_check(value.get(name), name) for name in ("x", "y"))
        drawn.keypoints = as_triples([round(x * unit_x, _DIGITS), round(y * unit_y, _DIGITS)])
    elif region.kind in ("brush", "bitmask"):
        drawn.segmentation = _draw_mask(region.kind, value, width, height)
        drawn.box = mask_box(drawn.segmentation)
    elif region.kind == "ellipse":
        x, y, rx, ry = (_check(value.get(name), name) for name in ("x", "y", "radiusX", "radiusY"))
        told = [x * unit_x, y * unit_y, rx * unit_x, ry * unit_y, _check(value.get("rotation") or 0, "rotation")]
        ring = ellipse_ring(*told)
        drawn.segmentation, drawn.box = [ring], box_round(ring)
        drawn.extra |= {"shape_type": "ellipse", "ellipse": told}
    else:
        x, y, w, h = (_check(value.get(name), name) for name in ("x", "y", "width", "height"))
        rotation = _check(value.get("rotation") or 0, "rotation")
        box = turn_box(x * unit_x, y * unit_y, w * unit_x, h * unit_y, rotation)
        drawn.box = [round(each, _DIGITS) for each in box]
        if rotation:
            drawn.extra["rotation"] = rotation
    return drawn


def turn_box(left: float, top: float, width: float, height: float, rotation: float) -> list[float]:
    """Return the box that, turned about its centre, is the given one turned about its upper left corner.

    Args:
        left, top, width, height: In pixels.
        rotation: Degrees clockwise.
    """
    if not rotation:
        return [left, top, width, height]
    turn = radians(rotation)
    x = left + (width * cos(turn) - height * sin(turn)) / 2
    y = top + (width * sin(turn) + height * cos(turn)) / 2
    return [x - width / 2, y - height / 2, width, height]


def _check(value: Any, name: str) -> float:
    if not is_finite_number(value):
        raise RecordFault("labelstudio_number", f"expected {name} as a number, found {str(value)[:40]}")
    return float(value)


def _draw_mask(kind: str, value: dict[str, Any], width: int, height: int) -> dict[str, Any]:
    if width * height > MOST_PIXELS:
        raise RecordFault("labelstudio_mask", f"expected at most {MOST_PIXELS:,} pixels")
    try:
        if kind == "brush":
            mask = place_runs(decode_brush(value.get("rle"), height, width), width, 0, 0, height, width)
        else:
            mask = _read_bitmask(value, height, width)
    except (InputError, binascii.Error, ValueError) as error:
        raise RecordFault("labelstudio_mask", str(error)[:150]) from error
    if mask is None or not mask_box(mask)[2]:
        raise RecordFault("labelstudio_mask", "no pixel is covered")
    return mask


def _read_bitmask(value: dict[str, Any], height: int, width: int) -> dict[str, Any]:
    text = str(value.get("imageDataURL") or "")
    samples = read_png(base64.b64decode(text.partition(",")[2] or text), width * height)
    if samples.shape[:2] != (height, width):
        raise ValueError(f"expected {width} x {height} pixels, found {samples.shape[1]} x {samples.shape[0]}")
    if samples.ndim == 3:
        samples = samples[..., -1 if samples.shape[2] == 4 else 0]
    return encode_mask(samples)
