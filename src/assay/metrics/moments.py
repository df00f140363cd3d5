"""Hu's invariant moments of polygons (exact, over the area) and of masks (over pixels).

Source: M.-K. Hu, Visual pattern recognition by moment invariants, IRE Trans. Inf. Theory 8 (1962) 179-187, of
the normalised central moments eta_pq = mu_pq / mu_00^(1 + (p + q) / 2).
"""

from __future__ import annotations

from typing import Any

import numpy as np
import shapely
from numpy.typing import NDArray

from assay.arrays import FloatArray, OffsetArray
from assay.metrics.masks import Rle, blocks

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


def mask_hu(rles: list[Rle]) -> FloatArray:
    """Return float64 ``(n, 6)``: Hu 1..6 of non-empty COCO run-length masks, summed at pixel centres."""
    eta = [_mask_eta(rle) for rle in rles]
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
    of the square root of the area, in which central moments are normalised ones. So nothing large cancels. Source:
    C. Steger, On the calculation of arbitrary moments of polygons, FGBV-96-05, TU Munich (1996).
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
        self._start: OffsetArray = start
        self._owner: OffsetArray = part_owner[ring_part[ring[start]]]
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


def _mask_eta(rle: Rle) -> FloatArray:
    """Return ``(7,)`` normalised central moments of one mask about its centroid, summed block by block.

    Sums of powers over a block of pixels follow from its sides and its middle, so the cost is that of the runs, not of
    the pixels; all sums are about the centroid, so nothing large cancels.
    """
    column, columns, top, bottom = (edge.astype(np.float64) for edge in blocks(rle))
    rows = bottom - top
    pixels = columns * rows
    area = pixels.sum()
    x, y = column + (columns - 1) / 2, (top + bottom - 1) / 2
    x -= (pixels * x).sum() / area
    y -= (pixels * y).sum() / area
    # of the pixels of a block about its own middle: mean squares, whose odd powers vanish
    wide, tall = (columns * columns - 1.0) / 12.0, (rows * rows - 1.0) / 12.0
    x2, y2 = x * x + wide, y * y + tall
    x3, y3 = x * x * x + 3.0 * x * wide, y * y * y + 3.0 * y * tall
    sums = [x2, x * y, y2, x3, x2 * y, x * y2, y3]
    scale = area * np.array([area] * 3 + [area**1.5] * 4)  # area^(1 + (p + q) / 2)
    moments: FloatArray = np.array([(pixels * term).sum() for term in sums]) / scale
    return moments
