"""Outlines that cross themselves thousands of times: the areas that they enclose, at a cost that has a bound.

Repairing an outline takes time that grows with the square of its crossings: one of 200 random vertices crosses
itself 4,600 times and takes ten seconds, one of 2,000 takes a day. From :data:`MOST_CROSSINGS` on what it encloses by
the even-odd rule, which a repair follows as well, is drawn on a grid over its extent: the cells are the polygon.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import shapely

from assay.arrays import BoolArray, FloatArray

MOST_CROSSINGS = 1_500  # a second of repair
FEW_VERTICES = 55  # with which there cannot be more
GRID = 256  # cells along the longer side
LONG = 2_048  # edges: of longer rings so many are looked at
_SEED = 7


def is_tangled(ring: FloatArray) -> bool:
    """Tell whether a ring crosses itself more than :data:`MOST_CROSSINGS` times.

    Long rings are judged by a sample of their edges.

    Args:
        ring: float64 ``(v, 2)``, closed or not.
    """
    if len(ring) <= FEW_VERTICES:
        return False
    start, end = ring, np.roll(ring, -1, axis=0)
    scale = 1.0
    if len(ring) > LONG:
        sample = np.random.default_rng(_SEED).choice(len(ring), LONG, replace=False)
        start, end, scale = start[sample], end[sample], (len(ring) / LONG) ** 2
    return scale * _count_crossings(start, end) > MOST_CROSSINGS


def _count_crossings(start: FloatArray, end: FloatArray) -> int:
    """Return the number of pairs of edges that cross within both."""
    count = 0
    for place in range(len(start) - 1):
        first, last, others, other_ends = start[place], end[place], start[place + 1 :], end[place + 1 :]
        apart = _side(first, last, others) * _side(first, last, other_ends) < 0
        count += int((apart & (_side(others, other_ends, first) * _side(others, other_ends, last) < 0)).sum())
    return count


def _side(start: FloatArray, end: FloatArray, point: FloatArray) -> FloatArray:
    """Return on which side of directed lines points lie: the sign of the cross product."""
    along, off = end - start, point - start
    return np.asarray(np.sign(along[..., 0] * off[..., 1] - along[..., 1] * off[..., 0]))


def fill(ring: FloatArray) -> Any:
    """Return the area that a ring encloses by the even-odd rule, as a polygon of cells of a grid over its extent.

    Args:
        ring: float64 ``(v, 2)``, finite, closed or not.
    """
    low = ring.min(axis=0)
    cell = float((ring.max(axis=0) - low).max()) / GRID
    if cell == 0:
        return shapely.Polygon()
    down, across = np.nonzero(_rasterise((ring - low) / cell))
    cells = shapely.box(across, down, across + 1, down + 1)
    return shapely.transform(shapely.coverage_union_all(cells), lambda points: points * cell + low)


def _rasterise(ring: FloatArray) -> BoolArray:
    """Return bool ``(GRID, GRID)``: cells whose centre the ring encloses by the even-odd rule."""
    inside = np.zeros((GRID, GRID), dtype=np.bool_)
    (x, y), (next_x, next_y) = ring.T, np.roll(ring, -1, axis=0).T
    for row in range(GRID):
        centre = row + 0.5
        crosses = np.flatnonzero((y <= centre) != (next_y <= centre))
        share = (centre - y[crosses]) / (next_y[crosses] - y[crosses])
        at = x[crosses] + share * (next_x[crosses] - x[crosses])
        first = np.clip(np.ceil(at - 0.5), 0, GRID).astype(np.int64)  # the first cell whose centre is to the right
        inside[row] = np.cumsum(np.bincount(first, minlength=GRID + 1)[:GRID]) % 2 == 1
    return inside
