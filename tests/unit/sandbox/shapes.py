"""Measures annotations for tests, with pycocotools and shapely and nothing of the sandboxes."""

from __future__ import annotations

from typing import Any

import numpy as np
import shapely
from pycocotools import mask as coco_mask

Box = list[float]
Record = dict[str, Any]


def encode(annotation: Record, size: tuple[int, int]) -> Record:
    """Return the run lengths of an annotation: of its mask, its polygons, or its box."""
    height, width = size
    shape = annotation.get("segmentation")
    if isinstance(shape, dict):
        return shape
    if shape is None:
        x, y, w, h = annotation["bbox"]
        shape = [[x, y, x + w, y, x + w, y + h, x, y + h]]
    return coco_mask.merge(coco_mask.frPyObjects(shape, height, width))


def decode(annotation: Record, size: tuple[int, int]) -> np.ndarray:
    """Return the pixels of an annotation as 0 and 1."""
    return coco_mask.decode(encode(annotation, size))


def overlap(one: Record, other: Record, size: tuple[int, int]) -> float:
    """Return the IoU of two annotations: exact, unless one of them is a mask."""
    if any(isinstance(annotation.get("segmentation"), dict) for annotation in (one, other)):
        return float(coco_mask.iou([encode(one, size)], [encode(other, size)], [0])[0, 0])
    a, b = outline(one), outline(other)
    return float(a.intersection(b).area / a.union(b).area)


def outline(annotation: Record) -> shapely.Geometry:
    """Return the area of an annotation that has polygons or a box."""
    if "segmentation" not in annotation:
        x, y, w, h = annotation["bbox"]
        return shapely.box(x, y, x + w, y + h)
    return shapely.union_all([shapely.Polygon(np.reshape(ring, (-1, 2))) for ring in annotation["segmentation"]])


def box_overlap(one: Box, other: Box) -> float:
    """Return the IoU of two boxes ``[x, y, width, height]``."""
    return float(coco_mask.iou(np.array([one], float), np.array([other], float), [0])[0, 0])


def is_invalid(annotation: Record, size: tuple[int, int]) -> bool:
    """Tell whether an annotation has no area, crosses itself, or does not lie in its picture."""
    height, width = size
    x, y, w, h = annotation["bbox"]
    if w <= 0 or h <= 0 or x < 0 or y < 0 or x + w > width or y + h > height:
        return True
    shape = annotation.get("segmentation", [])
    if isinstance(shape, dict):
        return not coco_mask.area(shape)
    return any(len(ring) < 6 or not shapely.Polygon(np.reshape(ring, (-1, 2))).is_valid for ring in shape)


def seen_box(mask: np.ndarray, x: int, y: int) -> Box:
    """Return the box of the pixels that are set in a part of a picture that begins at ``x``, ``y``."""
    rows, columns = np.nonzero(mask)
    left, top = columns.min(), rows.min()
    return [int(left + x), int(top + y), int(columns.max() - left + 1), int(rows.max() - top + 1)]


def full_mask(mask: np.ndarray, x: int, y: int, size: tuple[int, int]) -> np.ndarray:
    """Return a mask of the size of the picture."""
    full = np.zeros(size, np.uint8)
    full[y : y + mask.shape[0], x : x + mask.shape[1]] = mask
    return full
