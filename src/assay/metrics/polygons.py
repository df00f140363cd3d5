"""Polygons from ragged rings: repaired, united, and their exact intersection areas."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import shapely
from numpy.typing import NDArray
from shapely.errors import GEOSException

from assay.arrays import BoolArray, FloatArray, OffsetArray
from assay.metrics.tangles import LONG, fill, is_tangled

POLYGON_TYPE = 3  # shapely.GeometryType.POLYGON
MULTIPOLYGON_TYPE = 6


@dataclass(frozen=True)
class Repaired:
    """Polygons of ``n`` objects.

    Attributes:
        polygons: object ``(n,)``, a valid polygon or multipolygon each, empty where there is no area.
        self_crossing: bool ``(n,)``, whether a ring had to be repaired.
        vertex_counts: int64 ``(n,)``, vertices of the longest ring, a repeated last one not counted.
    """

    polygons: NDArray[np.object_]
    self_crossing: BoolArray
    vertex_counts: OffsetArray


def repair(
    points: FloatArray, ring_offsets: OffsetArray, object_offsets: OffsetArray, is_polygon: BoolArray
) -> Repaired:
    """Return each object's polygon: the union of its rings, each made valid, areal parts only.

    Args:
        points: float64 ``(p, 2)``.
        ring_offsets: int64 ``(r + 1,)`` into ``points``.
        object_offsets: int64 ``(n + 1,)`` into the rings.
        is_polygon: bool ``(n,)``, the objects whose rings are polygons; all others come out empty.
    """
    count = len(object_offsets) - 1
    owner = np.repeat(np.arange(count), np.diff(object_offsets))
    vertices = _count_vertices(points, ring_offsets)
    longest = np.zeros(count, dtype=np.int64)
    np.maximum.at(longest, owner, vertices)

    usable = (vertices >= 3) & is_polygon[owner]
    ring_of_point = np.repeat(np.arange(len(vertices)), np.diff(ring_offsets))
    is_used = usable[ring_of_point]
    renumbered = np.cumsum(usable) - 1
    result = np.full(count, shapely.Polygon(), dtype=object)
    crossing = np.zeros(count, dtype=np.bool_)
    if not usable.any():
        return Repaired(result, crossing, longest)

    rings = shapely.polygons(shapely.linearrings(points[is_used], indices=renumbered[ring_of_point[is_used]]))
    ring_owner = owner[usable]
    broken = _are_broken(rings)
    crossing[ring_owner[broken]] = True
    rings[broken] = _areal_parts(_make_valid(rings[broken]))

    several = np.bincount(ring_owner, minlength=count) > 1
    single = ~several[ring_owner]
    result[ring_owner[single]] = rings[single]
    if several.any():
        united, index = unite(rings[~single], ring_owner[~single])
        result[index] = united
    return Repaired(result, crossing, longest)


def _are_broken(rings: NDArray[np.object_]) -> BoolArray:
    """Return the mask of rings that are no valid polygons; for the longest, a sample of edges may decide at once."""
    broken = np.zeros(len(rings), dtype=np.bool_)
    for place in np.flatnonzero(shapely.get_num_coordinates(rings) > LONG):
        broken[place] = is_tangled(shapely.get_coordinates(rings[place]))
    broken[~broken] = ~shapely.is_valid(rings[~broken])
    return broken


def _make_valid(rings: NDArray[np.object_]) -> NDArray[np.object_]:
    """Return valid polygons of what self-crossing rings enclose; with thousands of crossings, to a grid's precision."""
    tangled = np.array([is_tangled(shapely.get_coordinates(ring)) for ring in rings], dtype=np.bool_)
    result = np.empty(len(rings), dtype=object)
    result[~tangled] = shapely.make_valid(rings[~tangled])
    result[tangled] = [fill(shapely.get_coordinates(ring)) for ring in rings[tangled]]
    return result


def unite(geometries: NDArray[np.object_], group: OffsetArray) -> tuple[NDArray[np.object_], OffsetArray]:
    """Return the union of each group of geometries and the groups' numbers; ``group`` is in rising order."""
    numbers, place = np.unique(group, return_inverse=True)
    collections = shapely.geometrycollections(geometries, indices=place)
    united = np.asarray(shapely.union_all(collections[:, None], axis=1), dtype=object)
    mixed = ~np.isin(shapely.get_type_id(united), (POLYGON_TYPE, MULTIPOLYGON_TYPE))
    united[mixed] = _areal_parts(united[mixed])
    return united, numbers


def intersection_areas(left: NDArray[np.object_], right: NDArray[np.object_]) -> FloatArray:
    """Return float64 ``(m,)``: the area that each pair of valid polygons shares, px²."""
    try:
        return np.asarray(shapely.area(shapely.intersection(left, right)), dtype=np.float64)
    except GEOSException:
        # Overlay of nearly coincident edges far from the origin can fail in floating precision. Halve until
        # the pair is alone, then snap that one to a grid far below a pixel's share of its extent.
        if len(left) > 1:
            half = len(left) // 2
            parts = (
                intersection_areas(left[:half], right[:half]),
                intersection_areas(left[half:], right[half:]),
            )
            return np.concatenate(parts)
        grid = float(np.abs(shapely.bounds(np.concatenate([left, right]))).max()) * 1e-10
        return np.asarray(shapely.area(shapely.intersection(left, right, grid_size=grid)), dtype=np.float64)


def _count_vertices(points: FloatArray, ring_offsets: OffsetArray) -> OffsetArray:
    lengths = np.diff(ring_offsets)
    closed = lengths > 1
    first, last = ring_offsets[:-1][closed], ring_offsets[1:][closed] - 1
    closed[closed] = (points[first] == points[last]).all(axis=1)
    return lengths - closed


def _areal_parts(geometries: NDArray[np.object_]) -> NDArray[np.object_]:
    """Return the polygons within each geometry as one polygon or multipolygon, empty where there are none."""
    result = np.asarray(geometries, dtype=object).copy()
    mixed = np.flatnonzero(~np.isin(shapely.get_type_id(result), (POLYGON_TYPE, MULTIPOLYGON_TYPE)))
    parts, owner = shapely.get_parts(result[mixed], return_index=True)
    parts, inner_owner = shapely.get_parts(parts, return_index=True)
    owner = owner[inner_owner]
    areal = shapely.get_type_id(parts) == POLYGON_TYPE
    result[mixed] = shapely.Polygon()
    if areal.any():
        owner, place = np.unique(owner[areal], return_inverse=True)
        result[mixed[owner]] = shapely.multipolygons(parts[areal], indices=place)
    return result
