"""Annotations and predictions as the web app draws them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from assay.api.judging import side_of, tell
from assay.api.schemas.base import ShapeKind
from assay.api.schemas.items import ShapeOut, Side
from assay.project.coordinates import GeometryReader
from assay.project.geometry import RINGED_SHAPES, Shape
from assay.project.rle import decode_counts
from assay.project.store import Store
from assay.project.vocabulary import Segmentation
from assay.query.outcomes import Judgement

_KINDS: tuple[ShapeKind, ...] = ("label", "box", "rotated_box", "polygon", "mask", "keypoints", "polyline", "point")
_DETAIL_DIGITS = 2

_SQL = """
SELECT o.image, o.row, o.class, o.shape, {crowd}, {score}, o.x, o.y, o.w, o.h, o.rotation, o.segmentation, o.ring_count,
       o.rle_height, o.rle_width, o.rle_bytes, o.word_start, o.word_count, o.keypoint_start, o.keypoint_count
FROM {side} o JOIN assay_images w ON w.image_row = o.image ORDER BY o.image, o.row
"""
_ANNOTATIONS = _SQL.format(side="annotation", crowd="o.crowd", score="NULL")
_PREDICTIONS = _SQL.format(side="prediction", crowd="FALSE", score="o.score")


def read_shapes(store: Store, images: NDArray[np.int32], judged: Judgement | None = None) -> dict[int, list[ShapeOut]]:
    """Return the annotations of images, by image row, in row order; under an evaluation its predictions after them."""
    shapes: dict[int, list[ShapeOut]] = {}
    _add_shapes(store, images, judged, "annotation", shapes)
    if judged is not None:
        _add_shapes(store, images, judged, "prediction", shapes)
    return shapes


def _add_shapes(
    store: Store,
    images: NDArray[np.int32],
    judged: Judgement | None,
    of: Side,
    shapes: dict[int, list[ShapeOut]],
) -> None:
    records = read_records(store, images, of)
    rows, kept = evaluated_rows(judged, of, np.array([record[1] for record in records], dtype=np.int32))
    told = tell(judged, of, rows, ["outcome", "reason"])
    outcomes, reasons = (told.get(key, [None] * len(rows)) for key in ("outcome", "reason"))
    coordinates = store.coordinates
    for at, outcome, reason in zip(kept.tolist(), outcomes, reasons, strict=True):
        image, row, *record = records[at]
        drawn = draw(coordinates, record, digits=lambda _: _DETAIL_DIGITS)
        shape = ShapeOut(row=row, of=of, outcome=outcome, reason=reason, **drawn)
        shapes.setdefault(image, []).append(shape)


def evaluated_rows(
    judged: Judgement | None, of: Side, rows: NDArray[np.int32]
) -> tuple[NDArray[np.int32], NDArray[np.intp]]:
    """Return those of the rows that are drawn, and their places: of predictions the evaluated ones of the set.

    Args:
        judged: The evaluation, or None.
        of: Which side the rows are of.
        rows: int32 ``(n,)``.
    """
    if of == "annotation" or judged is None:
        return rows, np.arange(len(rows))
    kept = np.flatnonzero(side_of(judged, of).places(rows) >= 0)
    return rows[kept], kept


def read_records(store: Store, images: NDArray[np.int32], of: Side) -> list[tuple[Any, ...]]:
    """Return image, row and what :func:`draw` takes of every object in images, in the order of images and rows."""
    with store.read() as cursor:
        cursor.register("assay_images", {"image_row": np.unique(images)})
        found = cursor.execute(_ANNOTATIONS if of == "annotation" else _PREDICTIONS).fetchall()
        cursor.unregister("assay_images")
    return found


def draw(coordinates: GeometryReader, record: Sequence[Any], digits: Callable[[float], int]) -> dict[str, Any]:
    """Return the fields of :class:`ShapeOut` that an object has whatever an evaluation says of it.

    Args:
        coordinates: The project's.
        record: What :func:`read_records` returns, without image and row.
        digits: How many decimals outlines are written with, by the longer side of the shape in px.
    """
    (class_row, shape, crowd, confidence, x, y, w, h, rotation, segmentation, ring_count, rle_height,
     rle_width, rle_bytes, word_start, word_count, keypoint_start, keypoint_count) = record  # fmt: skip
    rings: list[list[float]] = []
    counts: NDArray[np.int64] | None = None
    box = None if x is None else [x, y, w, h]
    if shape in RINGED_SHAPES:
        rings, extent = _rings(coordinates.numbers(word_start, word_count), ring_count, digits)
        box = extent or box
    elif shape == Shape.MASK:
        counts = (
            decode_counts(coordinates.text(word_start, rle_bytes))
            if segmentation == Segmentation.COMPRESSED
            else coordinates.numbers(word_start, word_count).astype(np.int64)
        )
        if counts is not None:
            box = box or _mask_box(counts, rle_height)
    keypoints = coordinates.numbers(keypoint_start, keypoint_count).tolist()
    if box is None and keypoints:
        box = _keypoint_box(keypoints)
    return {
        "confidence": confidence,
        "class_row": class_row,
        "kind": _KINDS[shape],
        "crowd": crowd,
        "box": box,
        "rotation": rotation,
        "rings": rings,
        "mask_size": [rle_height, rle_width] if counts is not None else None,
        "mask_counts": None if counts is None else counts.tolist(),
        "keypoints": keypoints,
    }


def _rings(
    numbers: NDArray[np.float64], ring_count: int, digits: Callable[[float], int]
) -> tuple[list[list[float]], list[float] | None]:
    lengths = numbers[:ring_count].astype(np.int64)
    coordinates = numbers[ring_count:]
    if len(coordinates) < 2:
        return [], None
    x, y = coordinates[0::2], coordinates[1::2]
    left, top = float(x.min()), float(y.min())
    extent = [left, top, float(x.max()) - left, float(y.max()) - top]
    decimals = digits(max(extent[2:]))
    rounded = np.round(coordinates, decimals)
    values = (rounded if decimals else rounded.astype(np.int64)).tolist()
    ends = np.cumsum(lengths)
    return [values[end - length : end] for length, end in zip(lengths.tolist(), ends.tolist(), strict=True)], extent


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
