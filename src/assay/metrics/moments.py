"""Hu's invariant moments of polygons (exact, over the area) and of masks (over pixels).

Source: M.-K. Hu, Visual pattern recognition by moment invariants, IRE Trans. Inf. Theory 8 (1962) 179-187, of
the normalised central moments eta_pq = mu_pq / mu_00^(1 + (p + q) / 2).
"""

from __future__ import annotations

from typing import Any

import numpy as np
import shapely
from numpy.typing import NDArray
from pycocotools import mask as coco_mask

from assay.metrics.definition import FloatArray, IndexArray

HU_COUNT = 6
OBJECTS_PER_STEP = 50_000  # bounds the memory of the edge arrays


def polygon_hu(shapes: NDArray[np.object_]) -> FloatArray:
    """Return float64 ``(n, 6)``: Hu 1..6 of valid polygons of positive area, holes left out.

    Args:
        shapes: object ``(n,)``, polygons and multipolygons.
    """
    steps = range(0, len(shapes), OBJECTS_PER_STEP)
    eta = [_polygon_eta(shapes[start : start + OBJECTS_PER_STEP]) for start in steps]
    return _hu(np.concatenate(eta, axis=1)) if eta else np.zeros((0, HU_COUNT))


def mask_hu(rles: list[dict[str, Any]]) -> FloatArray:
    """Return float64 ``(n, 6)``: Hu 1..6 of non-empty COCO run-length masks, summed at pixel centres."""
    eta = [_mask_eta(coco_mask.decode(rle)) for rle in rles]
    return _hu(np.stack(eta, axis=1)) if eta else np.zeros((0, HU_COUNT))


def _hu(eta: FloatArray) -> FloatArray:
    """Return ``(n, 6)`` from ``(7, n)``: eta 20, 11, 02, 30, 21, 12, 03."""
    n20, n11, n02, n30, n21, n12, n03 = eta
    a, b = n30 - 3 * n12, 3 * n21 - n03
    c, d = n30 + n12, n21 + n03
    cc, dd = c * c, d * d
    return np.stack(
        [
            n20 + n02,
            (n20 - n02) ** 2 + 4 * n11 * n11,
            a * a + b * b,
            cc + dd,
            a * c * (cc - 3 * dd) + b * d * (3 * cc - dd),
            (n20 - n02) * (cc - dd) + 4 * n11 * c * d,
        ],
        axis=1,
    )


def _polygon_eta(shapes: NDArray[np.object_]) -> FloatArray:
    """Return ``(7, n)`` normalised central moments by Green's theorem, edge by edge.

    Two passes: area and centroid about the middle of the bounds, then the moments about the centroid in units
    of the square root of the area, in which central moments are normalised ones. So nothing large cancels.
    """
    count = len(shapes)
    edges = _Edges(shapes)
    bounds = shapely.bounds(shapes)
    x, y = edges.local((bounds[:, :2] + bounds[:, 2:]) / 2, np.ones(count))
    cross = edges.cross(x, y)
    area = edges.total(cross) / 2
    centroid = np.stack([edges.total(cross * (v[0] + v[1])) / (6 * area) for v in (x, y)], axis=1)
    middle = (bounds[:, :2] + bounds[:, 2:]) / 2 + centroid
    x, y = edges.local(middle, np.sqrt(area))
    cross = edges.cross(x, y)
    (x0, x1), (y0, y1) = x, y
    return np.stack(
        [
            edges.total(cross * (x0 * x0 + x0 * x1 + x1 * x1)) / 12,
            edges.total(cross * (2 * x0 * y0 + x0 * y1 + x1 * y0 + 2 * x1 * y1)) / 24,
            edges.total(cross * (y0 * y0 + y0 * y1 + y1 * y1)) / 12,
            edges.total(cross * (x0 + x1) * (x0 * x0 + x1 * x1)) / 20,
            edges.total(cross * (x0 * x0 * (3 * y0 + y1) + 2 * x0 * x1 * (y0 + y1) + x1 * x1 * (y0 + 3 * y1))) / 60,
            edges.total(cross * (y0 * y0 * (3 * x0 + x1) + 2 * y0 * y1 * (x0 + x1) + y1 * y1 * (x0 + 3 * x1))) / 60,
            edges.total(cross * (y0 + y1) * (y0 * y0 + y1 * y1)) / 20,
        ]
    )


class _Edges:
    """The directed edges of all rings of many polygons."""

    def __init__(self, shapes: NDArray[np.object_]) -> None:
        self._count = len(shapes)
        parts, part_owner = shapely.get_parts(shapes, return_index=True)
        rings, ring_part = shapely.get_rings(parts, return_index=True)
        outer = np.ones(len(rings), dtype=np.bool_)
        outer[1:] = ring_part[1:] != ring_part[:-1]
        # A ring adds its area if it is an outline, takes it away if it is a hole, whichever way it runs.
        sign = np.where(shapely.is_ccw(rings) == outer, 1.0, -1.0)
        self._points, ring = shapely.get_coordinates(rings, return_index=True)
        start = np.flatnonzero(ring[1:] == ring[:-1])
        self._start: IndexArray = start
        self._owner: IndexArray = part_owner[ring_part[ring[start]]]
        self._sign: FloatArray = sign[ring[start]]

    def local(self, origin: FloatArray, unit: FloatArray) -> tuple[Any, Any]:
        """Return x and y, each as (start, end) per edge, about each shape's origin, in its unit."""
        origin, unit = origin[self._owner], unit[self._owner]
        ends = []
        for axis in (0, 1):
            values = self._points[:, axis]
            start = (values[self._start] - origin[:, axis]) / unit
            end = (values[self._start + 1] - origin[:, axis]) / unit
            ends.append((start, end))
        return ends[0], ends[1]

    def cross(self, x: tuple[FloatArray, FloatArray], y: tuple[FloatArray, FloatArray]) -> FloatArray:
        """Return the signed double area that each edge spans with the origin."""
        return (x[0] * y[1] - x[1] * y[0]) * self._sign

    def total(self, terms: FloatArray) -> FloatArray:
        """Return the sum of the edges' terms per shape, added in order, whatever else is in the batch."""
        return np.bincount(self._owner, weights=terms, minlength=self._count).astype(np.float64, copy=False)


def _mask_eta(pixels: NDArray[np.uint8]) -> FloatArray:
    """Return ``(7,)`` normalised central moments of one mask about its centroid, summed run by run.

    A run is a stretch of pixels of one column. Sums of powers over it follow from its length and its middle, so the
    cost is that of finding the runs; all sums are about the centroid, so nothing large cancels.
    """
    x, y, length = _find_runs(pixels)
    area = length.sum()
    x -= (length * x).sum() / area
    y -= (length * y).sum() / area
    # of the pixels of a run about its own middle: mean square, whose odd powers vanish
    spread = (length * length - 1.0) / 12.0
    y2 = y * y + spread
    y3 = y * y * y + 3.0 * y * spread
    sums = [x * x, x * y, y2, x * x * x, x * x * y, x * y2, y3]
    scale = area * np.array([area] * 3 + [area**1.5] * 4)  # area^(1 + (p + q) / 2)
    moments: FloatArray = np.array([(length * term).sum() for term in sums]) / scale
    return moments


def _find_runs(pixels: NDArray[np.uint8]) -> tuple[FloatArray, FloatArray, FloatArray]:
    """Return column, middle row and length of each vertical run of set pixels, float64 ``(r,)`` each."""
    rows = pixels.shape[0]
    column_major = pixels.ravel(order="F")
    changes = np.flatnonzero(column_major[1:] != column_major[:-1]) + 1
    edges = np.concatenate([[0] * int(column_major[0]), changes, [len(column_major)] * int(column_major[-1])])
    starts, stops = edges[0::2].astype(np.int64), edges[1::2].astype(np.int64)
    # a run that goes on into the next columns is one run in each of them
    first, last = starts // rows, (stops - 1) // rows
    parts = last - first + 1
    column = np.repeat(first, parts) + np.arange(parts.sum()) - np.repeat(np.cumsum(parts) - parts, parts)
    start = np.maximum(np.repeat(starts, parts), column * rows) - column * rows
    stop = np.minimum(np.repeat(stops, parts), (column + 1) * rows) - column * rows
    length = (stop - start).astype(np.float64)
    return column.astype(np.float64), (start + stop - 1) / 2.0, length
