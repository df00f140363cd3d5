"""Plant label errors whose truth is known: near copies of annotations."""

from __future__ import annotations

from typing import Any

import cv2
import numpy as np
import shapely
from numpy.typing import NDArray
from pycocotools import mask as coco_mask

from assay.sandbox.labels import encode, mask_box

Affine = NDArray[np.float64]

LEAST_AREA_PX2 = 400
MODERATE_IOU = (0.64, 0.83)
SEVERE_IOU = (0.87, 0.95)
ACCEPTED_IOU = (0.62, 0.97)


def plant_duplicates(
    rng: np.random.Generator, annotations: list[dict[str, Any]], size: tuple[int, int], share: float
) -> list[tuple[dict[str, Any], int]]:
    """Copy some annotations of one image with a little jitter.

    Args:
        rng: Decides which and how.
        annotations: COCO annotations without ids.
        size: Height and width of the image.
        share: Chance of each annotation to be copied.

    Returns:
        The copies, each with the index of its original.
    """
    planted = []
    for index, original in enumerate(annotations):
        if rng.random() >= share or original["area"] < LEAST_AREA_PX2:
            continue
        copy = jittered_copy(rng, original, size)
        if copy is not None:
            planted.append((copy, index))
    return planted


def jittered_copy(rng: np.random.Generator, original: dict[str, Any], size: tuple[int, int]) -> dict[str, Any] | None:
    """Return a copy moved, scaled and turned to an IoU that is drawn, or None where that leaves the image."""
    wanted = float(rng.uniform(*(SEVERE_IOU if rng.random() < 0.5 else MODERATE_IOU)))
    direction = rng.normal(0, 1, 4)
    direction[:2] /= np.hypot(*direction[:2])
    low, high = 0.0, 0.6
    for _ in range(9):
        strength = (low + high) / 2
        copy = _moved(original, direction * strength, size)
        if annotation_iou(original, copy) > wanted:
            low = strength
        else:
            high = strength
    copy = _moved(original, direction * low, size)
    left, top, width, height = copy["bbox"]
    inside = left >= 0 and top >= 0 and left + width <= size[1] and top + height <= size[0]
    fits = ACCEPTED_IOU[0] <= annotation_iou(original, copy) <= ACCEPTED_IOU[1]
    return copy if inside and fits else None


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
