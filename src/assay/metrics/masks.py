"""COCO run-length masks, never held as pixels: rasterised as pycocotools does, cut to a size, split into blocks."""

from __future__ import annotations

from typing import Any

import numpy as np
from pycocotools import mask as coco_mask

from assay.arrays import BoolArray, FloatArray, OffsetArray
from assay.project.rle import decode_counts

Rle = dict[str, Any]
MOST_PIXELS = 2**32 - 1  # of a mask: pycocotools counts them in 32 bits
MOST_STEPS = 1 << 22  # that pycocotools may walk for one object, 20 bytes each
MOST_CROSSINGS = 1 << 25  # of outlines with columns, or parts of runs: what beyond that is drawn is no object
FARTHEST = 1e15  # px; so that five times a coordinate is an exact 64-bit integer
_SCALE = 5  # pycocotools' steps a pixel


def rasterise(rings: list[FloatArray], height: int, width: int, *, near: bool | None = None) -> Rle | None:
    """Return the mask that rings fill, bit for bit the one of pycocotools wherever that has one.

    Rings of fewer than three points fill nothing. pycocotools takes a first one of two points for a box, of one for an
    error, and walks along every edge, a fifth of a pixel at a time: what reaches far is crossed with the columns.

    Args:
        rings: Each float64 ``(m, 2)``.
        height, width: Of the mask in px.
        near: Whether pycocotools may walk along the rings, as :func:`find_near` tells it; None to look here.

    Returns:
        None where no mask can be: without pixels or with too many of them.
    """
    if not 0 < height * width <= MOST_PIXELS:
        return None
    closed = [ring for ring in rings if len(ring) >= 3]
    if not closed:
        return empty(height, width)
    if near is None:
        near = bool(find_near(np.concatenate(closed), np.cumsum([0, *map(len, closed)])).all())
    if near:
        pieces = coco_mask.frPyObjects([ring.ravel().tolist() for ring in closed], height, width)
    else:
        far = [_fill(np.clip(ring, -FARTHEST, FARTHEST), height, width) for ring in closed]
        if any(toggles is None for toggles in far):
            return None
        pieces = [_encode(toggles, height, width) for toggles in far if toggles is not None]
    merged: Rle = coco_mask.merge(pieces)
    return merged


def find_near(points: FloatArray, ring_offsets: OffsetArray) -> BoolArray:
    """Return bool ``(r,)``: rings along whose outline pycocotools can walk in few steps, whatever its shape.

    Args:
        points: float64 ``(p, 2)``.
        ring_offsets: int64 ``(r + 1,)``.
    """
    lengths = np.diff(ring_offsets)
    near = np.ones(len(lengths), dtype=np.bool_)
    filled = lengths > 0
    if filled.any():
        starts = ring_offsets[:-1][filled]
        extent = (np.maximum.reduceat(points, starts) - np.minimum.reduceat(points, starts)).max(axis=1)
        reach = np.maximum.reduceat(np.abs(points).max(axis=1), starts)
        near[filled] = (_SCALE * extent * lengths[filled] <= MOST_STEPS) & (_SCALE * reach < 2**30)
    return near


def empty(height: int, width: int) -> Rle:
    """Return a mask without a pixel."""
    return _encode(np.empty(0, dtype=np.int64), height, width)


def resize(rle: Rle, canvas: tuple[int, int]) -> Rle:
    """Return a mask cut, or extended by background, to rows and columns; empty where that takes too many runs."""
    height, width = canvas
    column, columns, top, bottom = blocks(rle)
    columns = np.minimum(columns, width - column)
    bottom = np.minimum(bottom, height)
    filled = (columns > 0) & (bottom > top)
    column, columns, top, bottom = column[filled], columns[filled], top[filled], bottom[filled]
    if columns.sum() > MOST_CROSSINGS:
        return empty(height, width)
    first = np.repeat(column, columns) + _count_up(columns)
    return _encode(
        _toggles(np.concatenate([first * height + np.repeat(edge, columns) for edge in (top, bottom)])), height, width
    )


def blocks(rle: Rle) -> tuple[OffsetArray, OffsetArray, OffsetArray, OffsetArray]:
    """Return the set pixels as rectangles, at most three a run: its first column, its last one, whole ones between.

    Returns:
        int64 ``(b,)`` each: first column, number of columns, first row, end row.
    """
    height = max(int(rle["size"][0]), 1)
    counts = decode_counts(rle["counts"])
    ends = np.cumsum(np.empty(0, dtype=np.int64) if counts is None else counts)
    start, stop = ends[0:-1:2], ends[1::2]
    start, stop = start[stop > start], stop[stop > start]
    first, last = start // height, (stop - 1) // height
    several = last > first
    parts = (
        (first, np.ones_like(first), start - first * height, np.where(several, height, stop - first * height)),
        (first + 1, last - first - 1, np.zeros_like(first), np.full_like(first, height)),
        (last, several.astype(np.int64), np.zeros_like(first), stop - last * height),
    )
    column, columns, top, bottom = (np.concatenate(each) for each in zip(*parts, strict=True))
    filled = columns > 0
    return column[filled], columns[filled], top[filled], bottom[filled]


def _fill(ring: FloatArray, height: int, width: int) -> OffsetArray | None:
    """Return the pixels at which a ring's mask changes, column by column: ``rleFrPoly`` of maskApi.c without the walk.

    It looks at an outline where it passes the middle of a column, between the steps 5c + 2 and 5c + 3.

    Returns:
        None where there are too many of these.
    """
    start = np.trunc(_SCALE * ring + 0.5).astype(np.int64)
    end = np.roll(start, -1, axis=0)
    run = np.abs(end - start)
    flat = run[:, 0] >= run[:, 1]
    turned = np.where(flat, start[:, 0] > end[:, 0], start[:, 1] > end[:, 1])[:, None]
    start, end = np.where(turned, end, start), np.where(turned, start, end)
    low, high = np.minimum(start[:, 0], end[:, 0]), np.maximum(start[:, 0], end[:, 0])
    first = np.maximum(-((2 - low) // _SCALE), 0)
    last = np.minimum((high - 3) // _SCALE, width - 1)
    crossings = np.maximum(last - first + 1, 0)
    if crossings.sum() > MOST_CROSSINGS:
        return None
    edge = np.repeat(np.arange(len(ring)), crossings)
    column = first[edge] + _count_up(crossings)
    step = _SCALE * column + 2
    row = np.where(flat[edge], *(find(start[edge], end[edge], step) for find in (_row_of_flat, _row_of_steep)))
    y = np.ceil(np.clip((row + 0.5) / _SCALE - 0.5, 0.0, height)).astype(np.int64)
    return _toggles(column * height + y)


def _row_of_flat(start: OffsetArray, end: OffsetArray, step: OffsetArray) -> FloatArray:
    """Return the upper of the two rows in which edges, no steeper than 45 degrees, pass from a step to the next."""
    run, rise = (end - start).T
    slope = rise / np.maximum(run, 1)
    at = step - start[:, 0]
    upper: FloatArray = np.trunc(np.minimum(start[:, 1] + slope * at + 0.5, start[:, 1] + slope * (at + 1) + 0.5))
    return upper


def _row_of_steep(start: OffsetArray, end: OffsetArray, step: OffsetArray) -> FloatArray:
    """Return the upper of the two rows in which edges steeper than 45 degrees pass from a step to the next."""
    run, rise = (end - start).T
    slope = run / np.maximum(rise, 1)
    rising = slope > 0
    guess = np.floor((step + 0.5 - start[:, 0]) / np.where(slope == 0, 1.0, slope)) - 1
    before = np.zeros(len(step))  # of four places round the rounded one, how many lie before the passage
    for more in range(4):
        x = start[:, 0] + slope * (guess + more) + 0.5
        before += np.where(rising, x < step + 1, x >= step + 1)
    upper: FloatArray = guess + before - 1 + start[:, 1]
    return upper


def _count_up(counts: OffsetArray) -> OffsetArray:
    """Return 0, 1, … for each of the counts, one after another."""
    total = np.cumsum(counts)
    return np.arange(total[-1] if len(total) else 0) - np.repeat(total - counts, counts)


def _toggles(places: OffsetArray) -> OffsetArray:
    """Return the places that occur an odd number of times, in rising order."""
    values, counts = np.unique(places, return_counts=True)
    odd: OffsetArray = values[counts % 2 == 1]
    return odd


def _encode(toggles: OffsetArray, height: int, width: int) -> Rle:
    total = height * width
    counts = np.diff(toggles[toggles < total], prepend=0, append=total).tolist()
    rle: Rle = coco_mask.frPyObjects({"size": [height, width], "counts": counts}, height, width)
    return rle
