"""From what is seen of an object to its annotation: mask, box, polygons, compressed RLE.

Coordinates are continuous: pixel ``(x, y)`` covers ``[x, x + 1] x [y, y + 1]``, as pycocotools has it.
"""

from __future__ import annotations

from typing import Any

import cv2
import numpy as np
import shapely
from numpy.typing import NDArray
from pycocotools import mask as coco_mask

from assay.project.rle import encode_part

Mask = NDArray[np.uint8]
Ring = NDArray[np.float64]

LEAST_POLYGON_IOU = 0.97
_TOLERANCES_PX = (0.75, 0.5, 0.0)


def without_specks(mask: Mask) -> Mask:
    """Drop the parts of a mask that are smaller than 4 pixels and 1 % of it, as an annotator would."""
    count, labels, stats, _ = cv2.connectedComponentsWithStats(mask, connectivity=4)
    if count <= 2:
        return mask
    areas = stats[:, cv2.CC_STAT_AREA]
    keep = areas >= max(4, 0.01 * areas[1:].sum())
    keep[0] = False
    return np.asarray(keep[labels], np.uint8)


def mask_box(mask: Mask) -> tuple[int, int, int, int]:
    """Return left, top, width, height of the pixels that are set."""
    rows, columns = np.flatnonzero(mask.any(axis=1)), np.flatnonzero(mask.any(axis=0))
    return int(columns[0]), int(rows[0]), int(columns[-1] - columns[0] + 1), int(rows[-1] - rows[0] + 1)


def rasterise(rings: list[Ring], height: int, width: int) -> Mask:
    """Fill polygons as pycocotools does."""
    pieces = coco_mask.frPyObjects([ring.ravel().tolist() for ring in rings], height, width)
    return np.asarray(coco_mask.decode(coco_mask.merge(pieces)), np.uint8)


def mask_iou(one: Mask, other: Mask) -> float:
    """Return the intersection over union of two masks of one shape; 0 if both are empty."""
    union = int(np.count_nonzero(one | other))
    return int(np.count_nonzero(one & other)) / union if union else 0.0


def trace(mask: Mask) -> list[Ring] | None:
    """Return valid polygons along the pixels' edges whose raster is the mask, or None where none will do.

    One ring per part. Masks with holes, which COCO polygons cannot have, are the usual reason for None.

    Args:
        mask: uint8 ``(h, w)`` of 0 and 1.
    """
    height, width = mask.shape
    # On a lattice of half pixels a pixel is a 3 x 3 block: contours run along its edges.
    lattice = np.zeros((2 * height + 3, 2 * width + 3), np.uint8)
    lattice[2:-2:2, 2:-2:2] = mask
    contours, _ = cv2.findContours(
        cv2.dilate(lattice, np.ones((3, 3), np.uint8)), cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_SIMPLE
    )
    small = np.count_nonzero(mask) < 900
    for tolerance in _TOLERANCES_PX[1:] if small else _TOLERANCES_PX:
        rings = [(cv2.approxPolyDP(c, 2 * tolerance, closed=True)[:, 0].astype(np.float64) - 1) / 2 for c in contours]
        if not all(len(ring) >= 3 and shapely.Polygon(ring).is_valid for ring in rings):
            continue
        clipped = [np.clip(ring, 0, (width, height)) for ring in rings]
        if mask_iou(rasterise(clipped, height, width), mask) >= LEAST_POLYGON_IOU:
            return clipped
    return None


def encode(mask: Mask) -> dict[str, Any]:
    """Return the compressed RLE of a full-size mask as JSON can hold it."""
    encoded = coco_mask.encode(np.asfortranarray(mask))
    return {"size": [int(side) for side in encoded["size"]], "counts": encoded["counts"].decode("ascii")}


def annotate(mask: Mask, x: int, y: int, size: tuple[int, int], style: str) -> dict[str, Any]:
    """Return ``bbox``, ``area``, ``iscrowd`` and ``segmentation`` of an object.

    Args:
        mask: The visible pixels.
        x: Column of the mask's left edge in the image.
        y: Row of its upper edge.
        size: Height and width of the image.
        style: ``"box"``, ``"mask"`` or ``"polygon"``; a mask takes the place of polygons that would not fit.
    """
    left, top, width, height = mask_box(mask)
    record: dict[str, Any] = {"bbox": [left + x, top + y, width, height], "iscrowd": 0}
    if style == "box":
        return record | {"area": width * height}
    record["area"] = int(np.count_nonzero(mask))
    rings = trace(mask[top : top + height, left : left + width]) if style == "polygon" else None
    if rings is None:
        return record | {"segmentation": encode_part(mask, x, y, *size)}
    flat = [(ring + np.array([left + x, top + y])).round(1).ravel().tolist() for ring in rings]
    return record | {"segmentation": flat}
