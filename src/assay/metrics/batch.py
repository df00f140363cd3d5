"""Prepared batches: quantities that several metrics share are derived once, when asked for."""

from __future__ import annotations

from dataclasses import replace
from functools import cached_property

import numpy as np
import shapely
from numpy.typing import NDArray
from pycocotools import mask as coco_mask

from assay.arrays import BoolArray, FloatArray, OffsetArray
from assay.errors import UsageError
from assay.metrics import polygons
from assay.metrics.pairs import Pairs, find_crowded, find_pairs
from assay.project.geometry import AREAL_SHAPES, Images, Objects, Shape

COORDINATE_LIMIT = 1e15  # px; clipping absurd numbers keeps every product of them finite


class ObjectBatch:
    """Whole images' objects, ``n`` of them, with their boxes, areas and polygons.

    Args:
        objects: All objects of each image that occurs.
        seed: Of the random metric.
        confidence: float64 ``(n,)``, NaN where the source gives none.

    Raises:
        UsageError: ``confidence`` has another length than ``objects``.
    """

    def __init__(self, objects: Objects, *, seed: int = 0, confidence: FloatArray | None = None) -> None:
        if confidence is not None and len(confidence) != len(objects):
            raise UsageError(
                "There must be one confidence per object.",
                item="confidence",
                expected=f"shape ({len(objects)},)",
                actual=f"shape {np.shape(confidence)}",
            )
        self.objects = _bounded(objects)
        self.seed = seed
        self.confidence = confidence

    def __len__(self) -> int:
        return len(self.objects)

    def of_shape(self, *shapes: Shape) -> BoolArray:
        """Return bool ``(n,)``: which objects are of one of these shapes."""
        return np.isin(self.objects.shape, np.array(shapes, dtype=np.uint8))

    @cached_property
    def areal(self) -> BoolArray:
        """Bool ``(n,)``: objects whose shape has an area."""
        return self.of_shape(*AREAL_SHAPES)

    @cached_property
    def image_size(self) -> FloatArray:
        """float64 ``(n, 2)``, W and H of each object's image, NaN where either is unknown or not positive."""
        size = np.stack([self.objects.image_width, self.objects.image_height], axis=1)
        size[~(size > 0).all(axis=1)] = np.nan
        return size

    @cached_property
    def file_boxes(self) -> FloatArray:
        """float64 ``(n, 4)``: x_min, y_min, x_max, y_max of the file's own box; negative sizes count as 0."""
        xywh = self.objects.xywh
        corner = xywh[:, :2]
        return np.concatenate([corner, corner + np.maximum(xywh[:, 2:], 0.0)], axis=1)

    @cached_property
    def boxes(self) -> FloatArray:
        """float64 ``(n, 4)``: x_min, y_min, x_max, y_max of the upright box of the shape, NaN where none."""
        boxes = np.full((len(self), 4), np.nan)
        boxed = self.of_shape(Shape.BOX, Shape.KEYPOINTS)
        boxes[boxed] = self.file_boxes[boxed]
        rotated = self.of_shape(Shape.ROTATED_BOX)
        corners = self._corners(rotated)
        boxes[rotated] = np.concatenate([corners.min(axis=1), corners.max(axis=1)], axis=1)
        by_points = self.of_shape(Shape.POLYGON, Shape.POLYLINE, Shape.POINT)
        boxes[by_points] = _extents(self.objects.points, self._point_offsets)[by_points]
        skeletons = self.of_shape(Shape.KEYPOINTS) & np.isnan(boxes).any(axis=1)
        if skeletons.any():
            boxes[skeletons] = self._keypoint_extents()[skeletons]
        if len(self._mask_index):
            tight = np.asarray(coco_mask.toBbox(self._rles), dtype=np.float64).reshape(-1, 4)
            boxes[self._mask_index] = np.concatenate([tight[:, :2], tight[:, :2] + tight[:, 2:]], axis=1)
        return boxes

    @cached_property
    def areas(self) -> FloatArray:
        """float64 ``(n,)``: area of the shape in px², NaN for shapes that have none."""
        areas = np.full(len(self), np.nan)
        boxed = self.of_shape(Shape.BOX, Shape.ROTATED_BOX)
        sides = np.maximum(self.objects.xywh[boxed, 2:], 0.0)
        areas[boxed] = sides[:, 0] * sides[:, 1]
        is_polygon = self.of_shape(Shape.POLYGON)
        areas[is_polygon] = shapely.area(self.geometries[is_polygon])
        areas[is_polygon & self._slivers(areas)] = 0.0
        if len(self._mask_index):
            # one by one: given more than 255 masks, pycocotools 2.0.11 overflows under numpy 2
            areas[self._mask_index] = [coco_mask.area(rle) for rle in self._rles]
        return areas

    @cached_property
    def geometries(self) -> NDArray[np.object_]:
        """Object ``(n,)``: valid shapely geometry of boxes, rotated boxes and polygons, None for all others.

        A polygon is the union of its rings, each repaired; what has no area is an empty polygon.
        """
        geometries = np.full(len(self), None, dtype=object)
        is_polygon = self.of_shape(Shape.POLYGON)
        geometries[is_polygon] = self._repaired.polygons[is_polygon]
        sized = (self.file_boxes[:, 2:] > self.file_boxes[:, :2]).all(axis=1)
        boxed = self.of_shape(Shape.BOX)
        geometries[self.of_shape(Shape.BOX, Shape.ROTATED_BOX) & ~sized] = shapely.Polygon()
        geometries[boxed & sized] = shapely.box(*self.file_boxes[boxed & sized].T)
        rotated = self.of_shape(Shape.ROTATED_BOX) & sized
        geometries[rotated] = shapely.polygons(self._corners(rotated))
        return geometries

    @cached_property
    def pairs(self) -> Pairs:
        """Pairs that share an area, but in crowded images; see :func:`assay.metrics.pairs.find_pairs`."""
        return find_pairs(self)

    @cached_property
    def in_crowded_image(self) -> BoolArray:
        """Bool ``(n,)``: objects of images with so many pairs that they are looked at in pieces."""
        return find_crowded(self)

    @property
    def self_crossing(self) -> BoolArray:
        """Bool ``(n,)``: polygons with a ring that shapely calls invalid."""
        return self._repaired.self_crossing & self.of_shape(Shape.POLYGON)

    @property
    def vertex_counts(self) -> OffsetArray:
        """int64 ``(n,)``: vertices of the longest ring, a repeated last one not counted."""
        return self._repaired.vertex_counts

    @cached_property
    def _repaired(self) -> polygons.Repaired:
        return polygons.repair(
            self.objects.points,
            self.objects.ring_offsets,
            self.objects.object_offsets,
            self.of_shape(Shape.POLYGON),
        )

    @cached_property
    def _point_offsets(self) -> OffsetArray:
        return self.objects.ring_offsets[self.objects.object_offsets]

    @cached_property
    def _mask_index(self) -> OffsetArray:
        return np.flatnonzero(self.of_shape(Shape.MASK))

    @cached_property
    def _rles(self) -> list[dict[str, object]]:
        return list(self.objects.masks[self._mask_index])

    def _corners(self, mask: BoolArray) -> FloatArray:
        """Return float64 ``(m, 4, 2)``: the corners of the chosen rotated boxes."""
        box = self.file_boxes[mask]
        centre = (box[:, :2] + box[:, 2:]) / 2
        half = (box[:, 2:] - box[:, :2]) / 2
        angle = np.deg2rad(np.nan_to_num(self.objects.rotation[mask]))
        cosine, sine = np.cos(angle)[:, None], np.sin(angle)[:, None]
        x = half[:, :1] * np.array([-1.0, 1.0, 1.0, -1.0])
        y = half[:, 1:] * np.array([-1.0, -1.0, 1.0, 1.0])
        # y points down, so a positive angle turns clockwise
        turned = np.stack([x * cosine - y * sine, x * sine + y * cosine], axis=2)
        corners: FloatArray = centre[:, None, :] + turned
        return corners

    def _keypoint_extents(self) -> FloatArray:
        keypoints = self.objects.keypoints
        visible = keypoints[:, 2] > 0
        offsets = np.concatenate([[0], np.cumsum(visible)])[self.objects.keypoint_offsets]
        return _extents(keypoints[visible, :2], offsets)

    def _slivers(self, areas: FloatArray) -> BoolArray:
        """Return bool ``(n,)``: areas that are nothing but rounding of collinear points."""
        extent = (self.boxes[:, 2:] - self.boxes[:, :2]).max(axis=1, initial=0.0)
        rounding = 1e-12 * extent * np.abs(self.boxes).max(axis=1, initial=0.0)
        slivers: BoolArray = areas <= rounding
        return slivers


class ImageBatch:
    """Images, ``n`` of them, with all their objects.

    Args:
        images: The images.
        objects: All objects of these images, and of no others.
        seed: Of the random metric.

    Attributes:
        position: int64 ``(m,)``, where in ``images`` the image of each object is.
    """

    def __init__(self, images: Images, objects: ObjectBatch, *, seed: int = 0) -> None:
        self.images = images
        self.objects = objects
        self.seed = seed
        order = np.argsort(images.row, kind="stable")
        self.position: OffsetArray = order[np.searchsorted(images.row, objects.objects.image, sorter=order)]

    def __len__(self) -> int:
        return len(self.images)


def _bounded(objects: Objects) -> Objects:
    def bound(values: FloatArray) -> FloatArray:
        return np.clip(values, -COORDINATE_LIMIT, COORDINATE_LIMIT)

    return replace(
        objects,
        xywh=bound(objects.xywh),
        points=bound(objects.points),
        keypoints=bound(objects.keypoints),
    )


def _extents(points: FloatArray, offsets: OffsetArray) -> FloatArray:
    """Return float64 ``(n, 4)``: the extent of each group of consecutive points, NaN for empty groups."""
    extents = np.full((len(offsets) - 1, 4), np.nan)
    filled = offsets[1:] > offsets[:-1]
    if filled.any():
        starts = offsets[:-1][filled]
        extents[filled, :2] = np.minimum.reduceat(points, starts)
        extents[filled, 2:] = np.maximum.reduceat(points, starts)
    return extents
