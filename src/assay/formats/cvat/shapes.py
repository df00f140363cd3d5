"""CVAT's shapes: what their attributes and points say."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import Any
from xml.etree.ElementTree import Element

import cv2
import numpy as np

from assay.errors import InputError
from assay.formats.cvat.interpolation import mix_angles, mix_numbers, mix_outlines
from assay.formats.cvat.meta import Meta
from assay.formats.fields import ANNOTATION_FIELDS, is_finite_number
from assay.formats.gathering import TAKEN, Drawn, RecordFault, as_triples, box_round, ellipse_ring
from assay.formats.masks import MOST_PIXELS, mask_box, place_runs

KINDS = ("box", "polygon", "polyline", "points", "ellipse", "cuboid", "mask", "skeleton", "tag")
_NUMBERS = {
    "box": ("xtl", "ytl", "xbr", "ybr"),
    "ellipse": ("cx", "cy", "rx", "ry"),
    "mask": ("left", "top", "width", "height"),
    "cuboid": (
        "xtl1", "ytl1", "xbl1", "ybl1", "xtr1", "ytr1", "xbr1", "ybr1",
        "xtl2", "ytl2", "xbl2", "ybl2", "xtr2", "ytr2", "xbr2", "ybr2",
    ),
}  # fmt: skip
_MOST_DIGITS = 15
_LEAST = {"polygon": 6, "polyline": 4, "points": 2}
_READ = frozenset({"label", "points", "rle", "rotation", "frame", "outside", "keyframe", "occluded", "z_order"})


@dataclass(frozen=True)
class Shape:
    """A shape of an image, or of a track at one of its frames.

    Attributes:
        kind: One of :data:`KINDS`.
        label: Its class.
        numbers: What it is drawn by: corners of a box, points of an outline, the place of a mask.
        runs: Of a mask the lengths of its runs, the first of background, row by row.
        rotation: Degrees clockwise about its centre.
        frame: Of a track, else -1.
        outside: Whether it is not to be seen at this frame of its track.
        occluded: Whether it is hidden in part.
        parts: The points of a skeleton by name, each ``x, y`` and whether it is outside and occluded.
        extra: Further fields.
    """

    kind: str
    label: str
    numbers: list[float]
    runs: list[int] = field(default_factory=list)
    rotation: float = 0.0
    frame: int = -1
    outside: bool = False
    occluded: bool = False
    parts: dict[str, tuple[float, float, bool, bool]] = field(default_factory=dict)
    extra: dict[str, Any] = field(default_factory=dict)


def read_shape(element: Element, label: str, meta: Meta) -> Shape:
    """Return a shape.

    Args:
        element: The shape's.
        label: Its class: its own, or its track's.
        meta: What the file says of classes.

    Raises:
        RecordFault: it cannot be used.
    """
    kind = element.tag
    if kind not in KINDS:
        raise RecordFault("cvat_shape", f"expected one of {', '.join(KINDS)}")
    if not label:
        raise RecordFault("cvat_without_label", "expected a label")
    names, runs = _NUMBERS.get(kind, ()), list[int]()
    numbers = [_number(element.get(name), name) for name in names]
    if kind in _LEAST:
        numbers = _read_points(element.get("points", ""))
        if len(numbers) < _LEAST[kind]:
            raise RecordFault("cvat_points", f"expected at least {_LEAST[kind] // 2} points")
    if kind == "mask":
        runs = _read_runs(element.get("rle", ""), numbers)
    frame = element.get("frame", "-1").strip()
    if not frame.removeprefix("-").isdecimal() or len(frame) > _MOST_DIGITS:
        raise RecordFault("cvat_number", f"expected frame as a whole number, found {frame[:40]!r}")
    return Shape(
        kind,
        label,
        numbers,
        runs,
        _number(element.get("rotation") or "0", "rotation"),
        int(frame),
        element.get("outside") == "1",
        element.get("occluded") == "1",
        {} if kind != "skeleton" else _read_parts(element),
        _read_extra(element, label, meta),
    )


def _number(text: str | None, name: str) -> float:
    try:
        value = float(text or "")
    except ValueError:
        value = float("nan")
    if not is_finite_number(value):
        raise RecordFault("cvat_number", f"expected {name} as a number, found {(text or 'nothing')[:40]!r}")
    return value


def _read_points(text: str) -> list[float]:
    try:
        pairs = [tuple(map(float, point.split(","))) for point in text.split(";") if point.strip()]
    except ValueError:
        pairs = [()]
    if not all(len(pair) == 2 and all(map(is_finite_number, pair)) for pair in pairs):
        raise RecordFault("cvat_points", f"expected points x,y;x,y, found {text[:60]!r}")
    return [value for pair in pairs for value in pair]


def _read_runs(text: str, place: list[float]) -> list[int]:
    try:
        runs = [int(each) for each in text.split(",") if each.strip()]
    except ValueError:
        runs = [-1]
    size = int(place[2]) * int(place[3])
    if min(runs, default=0) < 0 or not 0 < sum(runs) <= size <= MOST_PIXELS or min(place[2:]) < 1:
        raise RecordFault("cvat_mask", f"expected runs of {place[2]:g} x {place[3]:g} pixels, found {text[:60]!r}")
    return runs


def _read_parts(element: Element) -> dict[str, tuple[float, float, bool, bool]]:
    parts: dict[str, tuple[float, float, bool, bool]] = {}
    for point in element.iter("points"):
        numbers = _read_points(point.get("points", ""))
        if len(numbers) < 2:
            raise RecordFault("cvat_points", f"expected a point of {point.get('label', '')[:40]!r}")
        seen = point.get("outside") == "1", point.get("occluded") == "1"
        parts[point.get("label", "")] = (numbers[0], numbers[1], *seen)
    if not parts:
        raise RecordFault("cvat_points", "expected the points of a skeleton")
    return parts


def _read_extra(element: Element, label: str, meta: Meta) -> dict[str, Any]:
    attributes = {
        name: meta.value(label, name, each.text or "")
        for each in element.findall("attribute")
        if (name := each.get("name", ""))
    }
    known = _READ | set(_NUMBERS.get(element.tag, ()))
    extra: dict[str, Any] = {
        name + TAKEN if name in ANNOTATION_FIELDS else name: value
        for name, value in element.attrib.items()
        if name not in known
    }
    depth = element.get("z_order", "")
    if depth.removeprefix("-").isdecimal() and len(depth) <= _MOST_DIGITS:
        extra["z_order"] = int(depth)
    if element.get("occluded") is not None:
        extra["occluded"] = element.get("occluded") == "1"
    if element.get("keyframe") is not None:
        extra["keyframe"] = element.get("keyframe") == "1"
    return extra | ({"attributes": attributes} if attributes else {})


def draw(shape: Shape, points: list[str], width: int | None, height: int | None) -> Drawn:
    """Return what an annotation has of a shape.

    Args:
        shape: The shape.
        points: The names of a skeleton's points, in their order.
        width, height: Of the image, where they are known.

    Raises:
        RecordFault: it cannot be drawn.
    """
    numbers, drawn = shape.numbers, Drawn(extra=dict(shape.extra))
    if shape.kind in ("polyline", "points", "ellipse", "cuboid"):
        drawn.extra["shape_type"] = shape.kind
    if shape.rotation and shape.kind != "ellipse":
        drawn.extra["rotation"] = shape.rotation
    if shape.kind == "box":
        drawn.box = box_round(numbers)
    elif shape.kind in ("polygon", "polyline"):
        drawn.segmentation, drawn.box = [numbers], box_round(numbers)
    elif shape.kind == "points":
        drawn.keypoints = as_triples(numbers, [1 if shape.occluded else 2] * (len(numbers) // 2))
    elif shape.kind == "ellipse":
        x, y, rx, ry = numbers
        ring = ellipse_ring(x, y, rx, ry, shape.rotation)
        drawn.segmentation, drawn.box = [ring], box_round(ring)
        drawn.extra["ellipse"] = [*numbers, shape.rotation]
    elif shape.kind == "cuboid":
        hull = cv2.convexHull(np.array(numbers, dtype=np.float32).reshape(-1, 2)).ravel().astype(float).tolist()
        drawn.segmentation, drawn.box = [hull], box_round(numbers)
        drawn.extra["cuboid"] = numbers
    elif shape.kind == "mask":
        drawn.segmentation = _draw_mask(shape, width, height)
        drawn.box = mask_box(drawn.segmentation)
    elif shape.kind == "skeleton":
        drawn.keypoints = [value for name in points for value in _point(shape, name)]
    return drawn


def _point(shape: Shape, name: str) -> tuple[float, float, float]:
    """Return a skeleton's point; one that is outside, or not there, is not labelled."""
    x, y, outside, occluded = shape.parts.get(name, (0.0, 0.0, True, False))
    return (0.0, 0.0, 0.0) if outside else (x, y, 1.0 if occluded else 2.0)


def _draw_mask(shape: Shape, width: int | None, height: int | None) -> dict[str, Any]:
    if width is None or height is None or width * height > MOST_PIXELS:
        raise RecordFault("cvat_mask", "expected the size of its image")
    left, top, own_width, _ = map(int, shape.numbers)
    ends = np.cumsum(np.array(shape.runs, dtype=np.int64))[: len(shape.runs) // 2 * 2]
    bounds = ends.reshape(-1, 2)
    try:
        mask = place_runs(bounds[bounds[:, 0] < bounds[:, 1]].ravel(), own_width, left, top, height, width)
    except InputError as error:
        raise RecordFault("cvat_mask", f"{error.message} Expected {error.expected}") from error
    if mask is None:
        raise RecordFault("cvat_mask", f"expected pixels within {width} x {height}")
    return mask


def between(left: Shape, right: Shape, frame: int) -> Shape:
    """Return a track's shape at a frame between two of its keyframes, as CVAT's server has it.

    All but where it lies is as at the keyframe before it. Masks, sets of points and shapes whose kind changes stay
    where they are.
    """
    share = (frame - left.frame) / (right.frame - left.frame)
    numbers, rotation, parts = left.numbers, left.rotation, left.parts
    if left.kind == right.kind:
        if left.kind in ("polygon", "polyline"):
            numbers = mix_outlines(numbers, right.numbers, share, closed=left.kind == "polygon")
        elif left.kind in _NUMBERS and left.kind != "mask":
            numbers = mix_numbers(numbers, right.numbers, share)
            rotation = mix_angles(rotation, right.rotation, share)
        elif left.kind == "points" and len(numbers) == len(right.numbers) == 2:
            numbers = mix_numbers(numbers, right.numbers, share)
        elif left.kind == "skeleton":
            parts = {name: _mix_part(part, right.parts.get(name), share) for name, part in parts.items()}
    extra = left.extra | ({"keyframe": False} if "keyframe" in left.extra else {})
    return replace(left, numbers=numbers, rotation=rotation, parts=parts, frame=frame, extra=extra)


def _mix_part(
    left: tuple[float, float, bool, bool], right: tuple[float, float, bool, bool] | None, share: float
) -> tuple[float, float, bool, bool]:
    x, y = left[:2] if right is None else mix_numbers(list(left[:2]), list(right[:2]), share)
    return (x, y, *left[2:])
