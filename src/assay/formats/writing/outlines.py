"""Objects' outlines as formats with one kind of shape take them: one ring, a box, a least rectangle."""

from __future__ import annotations

from typing import Any

import cv2
import numpy as np
import shapely
from numpy.typing import NDArray
from pycocotools import mask as coco_mask

from assay.project.geometry import Objects, Shape

Ring = NDArray[np.float64]
"""float64 ``(p, 2)``, the corners of a polygon."""


def outline_rings(objects: Objects, at: int) -> list[Ring]:
    """Return the rings of an object that is drawn as a polygon, mask or rotated box, else none.

    A mask's rings run along the edges of its pixels; holes are left out.
    """
    shape = objects.shape[at]
    if shape in (Shape.POLYGON, Shape.POLYLINE):
        return objects.rings(at)
    if shape == Shape.MASK:
        return trace_mask(objects.masks[at])
    if shape == Shape.ROTATED_BOX:
        return [rectangle_corners(objects.xywh[at : at + 1], objects.rotation[at : at + 1])[0]]
    return []


def enclosing_box(objects: Objects, at: int) -> NDArray[np.float64]:
    """Return an object's box, or where it has none that round its outline or keypoints: left, top, width, height.

    NaN where it has no coordinates.
    """
    if not np.isnan(objects.xywh[at, 0]):
        box: NDArray[np.float64] = objects.xywh[at]
        return box
    rings = outline_rings(objects, at)
    points = np.concatenate(rings) if rings else _labelled_keypoints(objects, at)
    if not len(points):
        return np.full(4, np.nan)
    least = points.min(axis=0)
    return np.concatenate([least, points.max(axis=0) - least])


def box_corners(box: NDArray[np.float64]) -> Ring:
    """Return the corners of a box, clockwise from the top left."""
    left, top, width, height = box
    return np.array([[left, top], [left + width, top], [left + width, top + height], [left, top + height]])


def rectangle_corners(boxes: NDArray[np.float64], rotation: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the corners ``(n, 4, 2)`` of boxes ``(n, 4)`` that are turned clockwise by degrees about their centre."""
    half = boxes[:, None, 2:] / 2 * np.array([[-1, -1], [1, -1], [1, 1], [-1, 1]])
    cosine, sine = np.cos(np.radians(rotation))[:, None], np.sin(np.radians(rotation))[:, None]
    turned = np.stack(
        [half[..., 0] * cosine - half[..., 1] * sine, half[..., 0] * sine + half[..., 1] * cosine], axis=2
    )
    corners: NDArray[np.float64] = turned + (boxes[:, :2] + boxes[:, 2:] / 2)[:, None]
    return corners


def trace_mask(rle: Any) -> list[Ring]:
    """Return the outer rings of a mask, along the edges of its pixels."""
    mask = np.ascontiguousarray(coco_mask.decode(rle))
    columns, rows = np.flatnonzero(mask.any(axis=0)), np.flatnonzero(mask.any(axis=1))
    if not len(columns):
        return []
    left, top = int(columns[0]), int(rows[0])
    part = mask[top : int(rows[-1]) + 1, left : int(columns[-1]) + 1]
    # OpenCV traces through pixels' centres; on a lattice where a pixel is a block of 3 × 3 those are its edges
    lattice = np.zeros((2 * part.shape[0] + 3, 2 * part.shape[1] + 3), np.uint8)
    lattice[2:-2:2, 2:-2:2] = part
    block = np.ones((3, 3), np.uint8)
    contours, _ = cv2.findContours(cv2.dilate(lattice, block), cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_SIMPLE)
    return [(contour[:, 0].astype(np.float64) - 1) / 2 + (left, top) for contour in reversed(contours)]


def has_holes(rle: Any, rings: list[Ring]) -> bool:
    """Tell whether a mask has fewer pixels than its outer rings hold."""
    held = sum(shapely.Polygon(ring).area for ring in rings)
    return bool(held > coco_mask.area(rle) + 0.5)


def join_rings(rings: list[Ring]) -> Ring:
    """Return rings as one, each joined to those before it by a line there and back where they are nearest."""
    joined = rings[0]
    for ring in rings[1:]:
        distance = np.hypot(*(joined[:, None] - ring[None]).transpose(2, 0, 1))
        here, there = np.unravel_index(int(distance.argmin()), distance.shape)
        turned = np.roll(ring, -int(there), axis=0)
        joined = np.concatenate([joined[: here + 1], turned, turned[:1], joined[here:]])
    return joined


def least_rectangle(points: Ring) -> Ring:
    """Return the corners of the rectangle of least area round some points, clockwise."""
    hull = shapely.get_coordinates(shapely.convex_hull(shapely.multipoints(points)))
    edges = np.diff(hull, axis=0)
    edges = edges[np.hypot(*edges.T) > 0]
    if not len(edges):
        return np.repeat(points[:1], 4, axis=0)
    unit = edges / np.hypot(*edges.T)[:, None]
    along, across = hull @ unit.T, hull @ np.stack([-unit[:, 1], unit[:, 0]])
    sides = np.stack([np.ptp(along, axis=0), np.ptp(across, axis=0)])
    best = int(sides.prod(axis=0).argmin())
    axes = np.stack([unit[best], (-unit[best, 1], unit[best, 0])])
    (first, last), (above, below) = ((values[:, best].min(), values[:, best].max()) for values in (along, across))
    corners: Ring = np.array([[first, above], [last, above], [last, below], [first, below]]) @ axes
    return corners


def _labelled_keypoints(objects: Objects, at: int) -> NDArray[np.float64]:
    points = objects.keypoints[objects.keypoint_offsets[at] : objects.keypoint_offsets[at + 1]]
    found: NDArray[np.float64] = points[points[:, 2] > 0, :2]
    return found
