"""Make errors of place and shape whose truth is known: near copies, displaced and broken annotations."""

from __future__ import annotations

from typing import Any

import cv2
import numpy as np
import shapely
from numpy.typing import NDArray
from pycocotools import mask as coco_mask

from assay.sandbox.labels import encode, mask_box

Affine = NDArray[np.float64]

MODERATE_IOU = (0.64, 0.83)
SEVERE_IOU = (0.87, 0.95)
ACCEPTED_IOU = (0.62, 0.97)
DISPLACED_IOU = (0.30, 0.65)
_STEPS, _TRIES = 7, 3


def jittered_copy(rng: np.random.Generator, original: dict[str, Any], size: tuple[int, int]) -> dict[str, Any] | None:
    """Return a copy moved, scaled and turned to an IoU that is drawn, or None where that leaves the image."""
    iou = float(rng.uniform(*(SEVERE_IOU if rng.random() < 0.5 else MODERATE_IOU)))
    return _moved_to_iou(rng, original, size, iou, ACCEPTED_IOU)


def displaced(rng: np.random.Generator, original: dict[str, Any], size: tuple[int, int]) -> dict[str, Any] | None:
    """Return the annotation in a wrong place: IoU 0.3 to 0.65 with the true one; None where that does not fit."""
    iou = float(rng.uniform(DISPLACED_IOU[0] + 0.03, DISPLACED_IOU[1] - 0.03))
    return _moved_to_iou(rng, original, size, iou, DISPLACED_IOU)


def invalidated(
    rng: np.random.Generator, original: dict[str, Any], size: tuple[int, int]
) -> tuple[dict[str, Any], str]:
    """Return an annotation with a broken geometry, and which: it is no area, or it does not fit its picture."""
    x, y, width, height = original["bbox"]
    kind = ("zero_area", "two_points", "self_crossing", "beyond_border", "outside")[int(rng.integers(5))]
    record = {key: value for key, value in original.items() if key != "segmentation"}
    match kind:
        case "zero_area":
            record |= {"bbox": [x, y, 0, height], "area": 0}
        case "two_points":
            record |= {"segmentation": [[x, y, x + width, y + height]], "area": 0}
        case "self_crossing":  # a bow tie
            ring = [x, y, x + width, y + height, x + width, y, x, y + height]
            record |= {"segmentation": [ring], "area": round(width * height / 2, 1)}
        case "beyond_border":
            record |= {"bbox": [x, y, round(size[1] - x + width / 2 + 3, 1), height]}
            record["area"] = round(record["bbox"][2] * height, 1)
        case _:
            record |= {"bbox": [size[1] + 8, y, width, height], "area": round(width * height, 1)}
    return record, kind


def _moved_to_iou(
    rng: np.random.Generator,
    original: dict[str, Any],
    size: tuple[int, int],
    target_iou: float,
    accepted: tuple[float, float],
) -> dict[str, Any] | None:
    """Move an annotation until its box has the wanted IoU; keep that where the shape's IoU is an accepted one."""
    box = {"bbox": original["bbox"]}
    for _ in range(_TRIES):
        direction = rng.normal(0, 1, 4)
        direction[:2] /= np.hypot(*direction[:2])
        low, high = 0.0, 0.9
        for _ in range(_STEPS):
            strength = (low + high) / 2
            if annotation_iou(box, _moved(box, direction * strength, size)) > target_iou:
                low = strength
            else:
                high = strength
        copy = _moved(original, direction * low, size)
        left, top, width, height = copy["bbox"]
        inside = left >= 0 and top >= 0 and left + width <= size[1] and top + height <= size[0]
        if inside and accepted[0] <= annotation_iou(original, copy) <= accepted[1]:
            return copy
    return None


def annotation_iou(one: dict[str, Any], other: dict[str, Any]) -> float:
    """Return the IoU of two annotations: exact for boxes and polygons, rasterised if either is a mask."""
    masks = [annotation["segmentation"] for annotation in (one, other) if _is_mask(annotation)]
    if len(masks) == 2:
        return float(coco_mask.iou([masks[0]], [masks[1]], [0])[0, 0])
    if masks:
        raise ValueError("a mask is compared with a mask only: copies keep the kind of their original")
    a, b = areal_shape(one), areal_shape(other)
    union = a.union(b).area
    return float(a.intersection(b).area / union) if union else 0.0


def areal_shape(annotation: dict[str, Any]) -> shapely.Geometry:
    """Return the union of an annotation's polygons, or its box."""
    if "segmentation" not in annotation:
        x, y, width, height = annotation["bbox"]
        return shapely.box(x, y, x + width, y + height)
    rings = [np.asarray(ring).reshape(-1, 2) for ring in annotation["segmentation"]]
    return shapely.union_all([shapely.make_valid(shapely.Polygon(ring)) for ring in rings])


def _is_mask(annotation: dict[str, Any]) -> bool:
    return isinstance(annotation.get("segmentation"), dict)


def _transform(bbox: list[float], jitter: NDArray[np.float64]) -> Affine:
    """Return the 2 x 3 matrix that moves by a share of the box, scales and turns about its centre."""
    x, y, width, height = bbox
    centre = np.array([x + width / 2, y + height / 2])
    scale = 1 + 0.35 * jitter[2]
    angle = 0.15 * jitter[3]
    turn = scale * np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])
    shift = centre - turn @ centre + jitter[:2] * (width, height)
    return np.column_stack([turn, shift])


def _moved(original: dict[str, Any], jitter: NDArray[np.float64], size: tuple[int, int]) -> dict[str, Any]:
    affine = _transform(original["bbox"], jitter)
    copy = dict(original)
    if "segmentation" not in original:
        x, y, width, height = original["bbox"]
        left, top = affine[:, :2] @ (x + width / 2, y + height / 2) + affine[:, 2] - np.array([width, height]) / 2
        stretch = 1 + 0.35 * jitter[2]
        copy["bbox"] = [round(float(value), 1) for value in (left, top, width * stretch, height * stretch)]
        copy["area"] = round(copy["bbox"][2] * copy["bbox"][3], 1)
    elif _is_mask(original):
        mask = _moved_mask(coco_mask.decode(original["segmentation"]), affine, size)
        copy["segmentation"] = encode(mask)
        copy["area"] = int(np.count_nonzero(mask))
        copy["bbox"] = list(mask_box(mask)) if copy["area"] else [0, 0, 0, 0]
    else:
        rings = [np.asarray(ring).reshape(-1, 2) @ affine[:, :2].T + affine[:, 2] for ring in original["segmentation"]]
        copy["segmentation"] = [ring.round(1).ravel().tolist() for ring in rings]
        points = np.concatenate(rings).round(1)
        low, high = points.min(axis=0), points.max(axis=0)
        copy["bbox"] = [round(float(value), 1) for value in (*low, *(high - low))]
        copy["area"] = round(float(areal_shape(copy).area), 1)
    return copy


def _moved_mask(mask: NDArray[np.uint8], affine: Affine, size: tuple[int, int]) -> NDArray[np.uint8]:
    """Move a mask by nearest neighbour; what leaves the image is lost."""
    centres = affine.copy()  # of pixels, which cv2 has at whole numbers
    centres[:, 2] += affine[:, :2] @ (0.5, 0.5) - 0.5
    return np.asarray(cv2.warpAffine(mask, centres, size[::-1], flags=cv2.INTER_NEAREST), np.uint8)
