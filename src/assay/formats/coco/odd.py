"""One annotation record that does not fit the columns as it is: what of it can be used, or why nothing can.

A fault of the box leaves the segmentation, one of the segmentation the box, one of the keypoints both. What can be
read in one way only is read: numbers as text, polygons as lists of points, a polygon without its outer list. What is
not taken as it is goes, verbatim, into the rest that is written back.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from typing import Any

from assay.formats.fields import MAX_EXACT, is_finite_number, is_id
from assay.formats.json_text import shorten
from assay.formats.segmentations import NUMBERS, rle_problem
from assay.project.geometry import Faults

_MOST_KEYPOINTS = 2**31 - 1
_YES = ("1", "1.0", "true", "yes")


@dataclass
class Usable:
    """A record with what the columns take of it, its verbatim rest, and notes for the doctor."""

    clean: dict[str, Any]
    name: str
    odd: dict[str, Any] = field(default_factory=dict)
    notes: list[tuple[str, str]] = field(default_factory=list)
    faults: int = 0

    def set_aside(self, key: str) -> None:
        """Move a field to the verbatim rest."""
        self.odd[key] = self.clean.pop(key)

    def replace(self, key: str, value: Any) -> None:
        """Take another value in a field's place, which goes to the verbatim rest."""
        self.odd[key], self.clean[key] = self.clean[key], value

    def note(self, code: str, detail: str = "", fault: int = 0) -> None:
        """Tell the doctor, and the metric ``validity`` where a fault is named."""
        self.notes.append((code, f"{self.name}: {detail}" if detail else self.name))
        self.faults |= fault


@dataclass(frozen=True)
class Fault:
    """Why a record, or a part of it, cannot be used."""

    reason: str
    detail: str


def examine(record: Any, place: str) -> Usable | Fault:
    """Look at one record closely.

    Args:
        place: What messages call a record that has no id.
    """
    if not isinstance(record, dict):
        return Fault("not_an_object", f"{place}: expected an object, found {shorten(record)}")
    name = f"annotation {shorten(record['id'])}" if record.get("id") is not None else place
    for key in ("image_id", "category_id"):
        if not is_id(record.get(key)):
            found = shorten(record[key]) if key in record else "no such field"
            return Fault(f"missing_{key}", f"{name}: expected {key} as a number or text, found {found}")
    usable = Usable(dict(record), name)
    box, segmentation = _check_box(usable), _check_segmentation(usable)
    _check_scalars(usable)
    _check_keypoints(usable)
    first = box or segmentation
    if first and not any(usable.clean.get(key) for key in ("bbox", "segmentation", "keypoints")):
        return Fault(first.reason, f"{name}: {first.detail}")
    if box:
        usable.note("faulty_bbox", box.detail, Faults.BOX)
    if segmentation:
        usable.note("faulty_segmentation", segmentation.detail, Faults.SEGMENTATION)
    return usable


def _check_box(usable: Usable) -> Fault | None:
    if "bbox" not in usable.clean:
        return None
    box = usable.clean["bbox"]
    if box is None or box == []:
        usable.set_aside("bbox")
        return None
    numbers = [_read_number(value) for value in box] if isinstance(box, list) else []
    good = [number for number in numbers if number is not None]
    if len(good) != 4 or len(numbers) != 4:
        usable.set_aside("bbox")
        return Fault("bbox_malformed", f"expected bbox as 4 numbers [x, y, width, height], found {shorten(box)}")
    if any(math.isnan(number) for number in good):
        usable.set_aside("bbox")
        return Fault("bbox_not_finite", f"expected finite numbers in bbox, found {shorten(box)}")
    if not all(map(is_finite_number, box)):
        usable.replace("bbox", [_bounded(number) for number in good])
        usable.note("odd_numbers", f"bbox {shorten(box)}", Faults.NUMBERS)
    return None


def _check_segmentation(usable: Usable) -> Fault | None:
    if "segmentation" not in usable.clean:
        return None
    value = usable.clean["segmentation"]
    if value is None:
        usable.set_aside("segmentation")
        return None
    if isinstance(value, dict):
        problem = rle_problem(value)
        if problem:
            usable.set_aside("segmentation")
            return Fault("segmentation_malformed", problem)
        if len(value) > 2:
            usable.replace("segmentation", {"size": value["size"], "counts": value["counts"]})
        return None
    if not isinstance(value, list):
        usable.set_aside("segmentation")
        return Fault("segmentation_malformed", f"expected polygons or RLE, found {shorten(value)}")
    return _check_rings(usable, value)


def _check_rings(usable: Usable, value: list[Any]) -> Fault | None:
    """Take the rings that can be used; pycocotools, too, passes over the last of an odd count of coordinates."""
    rings: list[list[float]] = []
    faults: list[Fault] = []
    for ring in _lay_out(usable, value):
        numbers = [_read_number(v) for v in ring] if isinstance(ring, list) else [None]
        good = [number for number in numbers if number is not None]
        if len(good) < len(numbers):
            detail = f"expected polygons as lists of numbers, found {shorten(ring)}"
            faults.append(Fault("segmentation_malformed", detail))
        elif not all(map(math.isfinite, good)):
            faults.append(Fault("segmentation_not_finite", f"expected finite coordinates, found {shorten(ring)}"))
        elif len(good) % 2 and len(good) < 7:
            detail = f"expected an even count of coordinates, found {len(good)}"
            faults.append(Fault("segmentation_malformed", detail))
        else:
            if len(good) % 2:
                usable.note(
                    "part_of_segmentation",
                    f"expected an even count of coordinates, found {len(good)}; the last one is left out",
                    Faults.PART_OF_SEGMENTATION,
                )
            if not all(map(is_finite_number, ring)):
                usable.note("odd_numbers", f"segmentation {shorten(ring)}", Faults.NUMBERS)
            rings.append([_bounded(number) for number in good[: len(good) // 2 * 2]])
    if faults and not any(rings):
        usable.set_aside("segmentation")
        return faults[0]
    if faults:
        usable.note("part_of_segmentation", f"{faults[0].detail}; left out", Faults.PART_OF_SEGMENTATION)
    rings = [ring for ring in rings if ring]
    if rings != value or usable.faults & Faults.NUMBERS:
        usable.replace("segmentation", rings)
    return None


def _lay_out(usable: Usable, value: list[Any]) -> list[Any]:
    """Return what is meant by rings: a ring without its outer list, or rings as lists of points, are frequent slips."""
    if value and _all_numbers(value):
        usable.note("flat_polygon", "", Faults.LAYOUT)
        return [value]
    nested = [value] if len(value) >= 3 and all(map(_is_point, value)) else value
    if not any(isinstance(ring, list) and ring and all(map(_is_point, ring)) for ring in nested):
        return value
    usable.note("nested_polygon", shorten(value), Faults.LAYOUT)
    return [
        [number for point in ring for number in point]
        if isinstance(ring, list) and ring and all(map(_is_point, ring))
        else ring
        for ring in nested
    ]


def _is_point(value: Any) -> bool:
    return isinstance(value, list) and len(value) == 2 and _all_numbers(value)


def _read_number(value: Any) -> float | None:
    """Return a number, also one that is told by text or by true and false, as numpy reads it; None for anything else.

    Integers stay integers where a double holds them, so that they are written back as they came.
    """
    if type(value) is int and is_finite_number(value):
        return value
    if not isinstance(value, int | float | str):
        return None
    try:
        return float(value)
    except ValueError:
        return None
    except OverflowError:
        return math.inf if isinstance(value, int) and value > 0 else -math.inf


def _bounded(number: float) -> float:
    return min(max(number, -MAX_EXACT), MAX_EXACT)


def _check_scalars(usable: Usable) -> None:
    """Set aside fields of the wrong type; the record itself is usable without them."""
    clean = usable.clean
    if "area" in clean and not is_finite_number(clean["area"]):
        if clean["area"] is not None:
            usable.note("odd_area", f"area {shorten(clean['area'])}")
        usable.set_aside("area")
    crowd = clean.get("iscrowd", 0)
    if type(crowd) is not int or crowd not in {0, 1}:
        usable.odd["iscrowd"] = crowd
        clean["iscrowd"] = int(_is_crowd(crowd))
        if crowd not in (None, 0, 1):  # 1.0 and true are as good as 1
            usable.note("odd_iscrowd", f"iscrowd {shorten(crowd)}")
    count = clean.get("num_keypoints", 0)
    if type(count) is not int or not 0 <= count <= _MOST_KEYPOINTS:
        usable.set_aside("num_keypoints")


def _is_crowd(value: Any) -> bool:
    """Tell what an odd iscrowd stands for: any number but 0, as pycocotools takes it, and texts that mean yes."""
    if isinstance(value, str):
        return value.strip().lower() in _YES
    return isinstance(value, int | float) and value != 0 and not math.isnan(value)


def _check_keypoints(usable: Usable) -> None:
    points = usable.clean.get("keypoints", [])
    if isinstance(points, list) and all(map(is_finite_number, points)) and len(points) % 3 == 0:
        return
    usable.set_aside("keypoints")
    if points is not None:
        usable.note("odd_keypoints", f"keypoints {shorten(points)}", Faults.KEYPOINTS)


def _all_numbers(values: list[Any]) -> bool:
    return set(map(type, values)) <= NUMBERS
