"""Shapes as COCO run-length masks, rasterised the way pycocotools does."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import shapely
from pycocotools import mask as coco_mask

from assay.arrays import FloatArray, OffsetArray
from assay.metrics.masks import MOST_PIXELS, Rle, empty, rasterise, resize
from assay.project.geometry import Shape

if TYPE_CHECKING:
    from assay.metrics.batch import ObjectBatch


class Rasters:
    """Run-length masks of a batch's areal objects, made when asked for.

    The canvas of an image is the greatest size among its masks, so masks that disagree about the image's size
    can still be compared.
    """

    def __init__(self, batch: ObjectBatch) -> None:
        self._batch = batch
        self._canvases = _find_canvases(batch)
        self._made: dict[int, Rle] = {}

    def iou(self, left: OffsetArray, right: OffsetArray) -> FloatArray:
        """Return float64 ``(m,)``: IoU of each pair by pixels; ``left`` is in rising order."""
        iou = np.zeros(len(left))
        for item, start, stop in _runs(left):
            others = [self._rle(int(index)) for index in right[start:stop]]
            iou[start:stop] = coco_mask.iou([self._rle(item)], others, [0] * len(others))[0]
        return iou

    def union_area(self, members: OffsetArray, width: float, height: float) -> float:
        """Return the pixels of an image that any of its objects covers."""
        merged = coco_mask.merge([self._rle(int(index)) for index in members])
        rows, columns = merged["size"]
        if rows > height or columns > width:
            merged = resize(merged, (min(rows, int(height)), min(columns, int(width))))
        return float(coco_mask.area(merged))

    def _rle(self, index: int) -> Rle:
        if index not in self._made:
            self._made[index] = self._make(index)
        return self._made[index]

    def _make(self, index: int) -> Rle:
        objects = self._batch.objects
        canvas = self._canvases[int(objects.image[index])]
        if objects.shape[index] == Shape.MASK:
            rle: Rle = objects.masks[index]
            return rle if tuple(rle["size"]) == canvas else resize(rle, canvas)
        if objects.shape[index] == Shape.POLYGON:
            rings = objects.rings(index)
        else:
            rings = [shapely.get_coordinates(self._batch.geometries[index])[:-1]]
        return rasterise(rings, *canvas) or empty(*canvas)


def _find_canvases(batch: ObjectBatch) -> dict[int, tuple[int, int]]:
    canvases: dict[int, tuple[int, int]] = {}
    for index in np.flatnonzero(batch.of_shape(Shape.MASK)):
        rows, columns = batch.objects.masks[index]["size"]
        canvas_before = canvases.get(int(batch.objects.image[index]), (0, 0))
        canvas = (max(canvas_before[0], rows), max(canvas_before[1], columns))
        if canvas[0] * canvas[1] <= MOST_PIXELS:  # masks of less that have more together are cut to the former
            canvases[int(batch.objects.image[index])] = canvas
    return canvases


def _runs(values: OffsetArray) -> list[tuple[int, int, int]]:
    """Return value, start and stop of each run of equal values."""
    starts = np.flatnonzero(np.diff(values, prepend=-1))
    stops = np.append(starts[1:], len(values))
    return list(zip(values[starts].tolist(), starts.tolist(), stops.tolist(), strict=True))
