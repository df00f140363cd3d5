"""VIA's shapes as boxes, polygons, lines and points."""

from __future__ import annotations

from math import degrees
from typing import Any

from assay.formats.fields import is_finite_number
from assay.formats.gathering import Drawn, RecordFault, as_triples, box_round, ellipse_ring

_LEAST = {"polygon": 3, "polyline": 2}


def draw(shape: Any) -> Drawn:
    """Return what an annotation has of a region's ``shape_attributes``.

    Raises:
        RecordFault: they are none.
    """
    if not isinstance(shape, dict):
        raise RecordFault("via_shape", "expected shape_attributes as an object")
    name = str(shape.get("name"))
    if name == "rect":
        return Drawn(_numbers(shape, "x", "y", "width", "height"))
    if name in ("circle", "ellipse"):
        told = _numbers(shape, "cx", "cy", *(("r", "r") if name == "circle" else ("rx", "ry")))
        x, y, rx, ry = told
        theta = shape.get("theta") or 0.0
        turn = degrees(float(theta)) if is_finite_number(theta) else 0.0  # VIA has it in radians
        ring = ellipse_ring(x, y, rx, ry, turn)
        return Drawn(box_round(ring), [ring], extra={"shape_type": name, "ellipse": [x, y, rx, ry, turn]})
    if name in _LEAST:
        xs, ys = shape.get("all_points_x"), shape.get("all_points_y")
        pairs = list(zip(xs, ys, strict=False)) if isinstance(xs, list) and isinstance(ys, list) else []
        numbers = [value for pair in pairs for value in pair]
        if not all(map(is_finite_number, numbers)) or len(pairs) < _LEAST[name] or len(xs or ()) != len(ys or ()):
            raise RecordFault(
                "via_points", f"expected at least {_LEAST[name]} numbers in all_points_x and all_points_y"
            )
        ring = [float(value) for value in numbers]
        return Drawn(box_round(ring), [ring], extra={"shape_type": name} if name == "polyline" else {})
    if name == "point":
        return Drawn(keypoints=as_triples(_numbers(shape, "cx", "cy")))
    raise RecordFault("via_shape", f"expected rect, circle, ellipse, polygon, polyline or point, found {name[:40]!r}")


def _numbers(shape: dict[str, Any], *names: str) -> list[float]:
    values = [shape.get(name) for name in names]
    if not all(map(is_finite_number, values)):
        raise RecordFault("via_points", f"expected {', '.join(names)} as numbers")
    return [float(value) for value in values if value is not None]
