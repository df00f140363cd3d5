"""Annotations as the web app draws them."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from assay.api.schemas.base import ShapeKind
from assay.api.schemas.items import ShapeOut
from assay.project.geometry import Shape
from assay.project.rle import decode_counts
from assay.project.store import Store
from assay.project.words import WordReader

_KINDS: tuple[ShapeKind, ...] = ("label", "box", "rotated_box", "polygon", "mask", "keypoints", "polyline", "point")
_COMPRESSED = 4

_SQL = """
SELECT a.image, a.row, a.class, a.shape, a.crowd, a.x, a.y, a.w, a.h, a.rotation, a.segmentation, a.ring_count,
       a.rle_height, a.rle_width, a.rle_bytes, a.word_start, a.word_count, a.keypoint_start, a.keypoint_count
FROM annotation a JOIN assay_images w ON w.image_row = a.image ORDER BY a.image, a.row
"""


def read_shapes(store: Store, images: NDArray[np.int32]) -> dict[int, list[ShapeOut]]:
    """Return the annotations of images, by image row, in row order."""
    with store.read() as cursor:
        cursor.register("assay_images", {"image_row": np.unique(images)})
        rows = cursor.execute(_SQL).fetchall()
        cursor.unregister("assay_images")
    words = store.words
    shapes: dict[int, list[ShapeOut]] = {}
    for row in rows:
        shapes.setdefault(row[0], []).append(_shape(words, row))
    return shapes


def _shape(words: WordReader, row: tuple[Any, ...]) -> ShapeOut:
    (_, number, class_row, shape, crowd, x, y, w, h, rotation, segmentation, ring_count, rle_height, rle_width,
     rle_bytes, word_start, word_count, keypoint_start, keypoint_count) = row  # fmt: skip
    rings: list[list[float]] = []
    counts: NDArray[np.int64] | None = None
    box = None if x is None else [x, y, w, h]
    if shape == Shape.POLYGON:
        rings, extent = _rings(words.numbers(word_start, word_count), ring_count)
        box = extent or box
    elif shape == Shape.MASK:
        counts = (
            decode_counts(words.text(word_start, rle_bytes))
            if segmentation == _COMPRESSED
            else words.numbers(word_start, word_count).astype(np.int64)
        )
        if counts is not None:
            box = box or _mask_box(counts, rle_height)
    keypoints = words.numbers(keypoint_start, keypoint_count).tolist()
    if box is None and keypoints:
        box = _keypoint_box(keypoints)
    return ShapeOut(
        row=number,
        class_row=class_row,
        kind=_KINDS[shape],
        crowd=crowd,
        box=box,
        rotation=rotation,
        rings=rings,
        mask_size=[rle_height, rle_width] if counts is not None else None,
        mask_counts=None if counts is None else counts.tolist(),
        keypoints=keypoints,
    )


def _rings(numbers: NDArray[np.float64], ring_count: int) -> tuple[list[list[float]], list[float] | None]:
    lengths = numbers[:ring_count].astype(np.int64)
    coordinates = numbers[ring_count:]
    if len(coordinates) < 2:
        return [], None
    rounded = np.round(coordinates, 2).tolist()
    ends = np.cumsum(lengths)
    x, y = coordinates[0::2], coordinates[1::2]
    extent = [float(x.min()), float(y.min()), float(np.ptp(x)), float(np.ptp(y))]
    return [rounded[end - length : end] for length, end in zip(lengths, ends, strict=True)], extent


def _mask_box(counts: NDArray[np.int64], height: int) -> list[float] | None:
    """Return the tight box of a column-major RLE."""
    ends = np.cumsum(counts)
    starts, stops = ends[:-1:2], ends[1::2]
    used = stops > starts[: len(stops)]
    starts, stops = starts[: len(stops)][used], stops[used]
    if not len(starts) or not height:
        return None
    columns = starts // height, (stops - 1) // height
    left, right = int(columns[0].min()), int(columns[1].max()) + 1
    spans = columns[0] != columns[1]
    top = 0 if spans.any() else int((starts % height).min())
    bottom = height if spans.any() else int(((stops - 1) % height).max()) + 1
    return [float(left), float(top), float(right - left), float(bottom - top)]


def _keypoint_box(keypoints: list[float]) -> list[float] | None:
    points = np.array(keypoints).reshape(-1, 3)
    seen = points[points[:, 2] > 0]
    if not len(seen):
        return None
    low, high = seen[:, :2].min(axis=0), seen[:, :2].max(axis=0)
    return [float(v) for v in (*low, *(high - low))]
