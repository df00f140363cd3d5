"""One annotation record that does not fit the columns as it is: what of it can be used, or why nothing can."""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from typing import Any

from assay.formats.coco.fields import is_finite_number, is_id
from assay.formats.coco.json_text import shorten
from assay.formats.coco.segmentations import NUMBERS, rle_problem

_MISSING = object()
_MOST_KEYPOINTS = 2**31 - 1
_YES = ("1", "1.0", "true", "yes")


@dataclass
class Usable:
    """A record with what the columns take of it, its verbatim rest, and notes for the doctor."""

    clean: dict[str, Any]
    odd: dict[str, Any] = field(default_factory=dict)
    notes: list[str] = field(default_factory=list)

    def set_aside(self, key: str) -> None:
        """Move a field to the verbatim rest."""
        self.odd[key] = self.clean.pop(key)


@dataclass(frozen=True)
class Fault:
    """Why a record cannot be used."""

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
    usable = Usable(dict(record))
    fault = _check_box(usable) or _check_segmentation(usable)
    if fault:
        return Fault(fault.reason, f"{name}: {fault.detail}")
    _check_scalars(usable)
    _check_keypoints(usable)
    return usable


def _check_box(usable: Usable) -> Fault | None:
    box = usable.clean.get("bbox", _MISSING)
    if box is _MISSING:
        return None
    if box is None or box == []:
        usable.set_aside("bbox")
        return None
    if not isinstance(box, list) or not _all_numbers(box) or len(box) != 4:
        return Fault("bbox_malformed", f"expected bbox as 4 numbers [x, y, width, height], found {shorten(box)}")
    if not all(map(is_finite_number, box)):
        return Fault("bbox_not_finite", f"expected finite numbers below 2^53 in bbox, found {shorten(box)}")
    if box[2] < 0 or box[3] < 0:
        return Fault("bbox_negative_size", f"expected width and height ≥ 0 in bbox, found {shorten(box)}")
    return None


def _check_segmentation(usable: Usable) -> Fault | None:
    value = usable.clean.get("segmentation", _MISSING)
    if value is _MISSING:
        return None
    if value is None:
        usable.set_aside("segmentation")
        return None
    if isinstance(value, dict):
        problem = rle_problem(value)
        if problem:
            return Fault("segmentation_malformed", problem)
        if len(value) > 2:
            usable.odd["segmentation"] = value
            usable.clean["segmentation"] = {"size": value["size"], "counts": value["counts"]}
        return None
    if not isinstance(value, list):
        return Fault("segmentation_malformed", f"expected polygons or RLE, found {shorten(value)}")
    rings = value
    if value and _all_numbers(value):  # one ring without its outer list: a frequent slip
        rings = [value]
        usable.notes.append("flat_polygon")
    fault = next((found for ring in rings if (found := _ring_fault(ring))), None)
    rings = [ring for ring in rings if ring]
    if fault is None and rings != value:
        usable.odd["segmentation"] = value
        usable.clean["segmentation"] = rings
    return fault


def _ring_fault(ring: Any) -> Fault | None:
    if not isinstance(ring, list) or not _all_numbers(ring):
        return Fault("segmentation_malformed", f"expected polygons as lists of numbers, found {shorten(ring)}")
    if len(ring) % 2:
        return Fault("segmentation_malformed", f"expected an even count of coordinates, found {len(ring)}")
    if not all(map(is_finite_number, ring)):
        return Fault("segmentation_not_finite", f"expected finite coordinates below 2^53, found {shorten(ring)}")
    return None


def _check_scalars(usable: Usable) -> None:
    """Set aside fields of the wrong type; the record itself is usable without them."""
    clean = usable.clean
    if "area" in clean and not is_finite_number(clean["area"]):
        if clean["area"] is not None:
            usable.notes.append("odd_area")
        usable.set_aside("area")
    crowd = clean.get("iscrowd", 0)
    if type(crowd) is not int or crowd not in {0, 1}:
        usable.odd["iscrowd"] = crowd
        clean["iscrowd"] = int(_is_crowd(crowd))
        if crowd not in (None, 0, 1):  # 1.0 and true are as good as 1
            usable.notes.append("odd_iscrowd")
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
        usable.notes.append("odd_keypoints")


def _all_numbers(values: list[Any]) -> bool:
    return set(map(type, values)) <= NUMBERS
