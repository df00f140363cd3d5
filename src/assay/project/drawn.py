"""Annotations and predictions of some images, as far as they are drawn."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from assay.project.coordinates import GeometryReader
from assay.project.geometry import RINGED_SHAPES, Shape
from assay.project.segmentation import StoredSegmentation, mask_box, segmentation_columns, split_rings
from assay.project.store import Store

_SQL = """
SELECT o.image, o.row, o.class, o.shape, {crowd}, {score}, o.x, o.y, o.w, o.h, o.rotation, o.keypoint_start,
       o.keypoint_count, {segmentation}
FROM {side} o JOIN assay_images w ON w.image_row = o.image ORDER BY o.image, o.row
"""


@dataclass(frozen=True, slots=True)
class DrawnObject:
    """One object with its coordinates in px.

    Attributes:
        image, row: Rows of its image and its own.
        class_row: Row of its class.
        shape: What it is drawn as.
        crowd: Whether it stands for a crowd.
        confidence: Of a prediction, else None.
        box: x, y, width, height; of a polygon the extent of its points; None where nothing gives one.
        rotation: Of the box, in degrees, or None.
        rings: A polygon's or a polyline's, x and y in turn, rounded.
        mask_size: A mask's height and width, or None.
        mask_counts: A mask's run lengths down the columns, or None.
        keypoints: x, y and visibility in turn.
    """

    image: int
    row: int
    class_row: int
    shape: Shape
    crowd: bool
    confidence: float | None
    box: list[float] | None
    rotation: float | None
    rings: list[list[float]]
    mask_size: list[int] | None
    mask_counts: list[int] | None
    keypoints: list[float]


def read_drawn(
    store: Store,
    images: NDArray[np.int32],
    of: Literal["annotation", "prediction"],
    digits: Callable[[float], int],
) -> list[DrawnObject]:
    """Return every object in images, in the order of images and rows.

    Args:
        store: The project.
        images: int32, rows of the images.
        of: Whether annotations or predictions are read.
        digits: How many decimals outlines are rounded to, by the longer side of the shape in px.
    """
    own = {"crowd": "o.crowd", "score": "NULL"} if of == "annotation" else {"crowd": "FALSE", "score": "o.score"}
    with store.read() as cursor:
        cursor.register("assay_images", {"image_row": np.unique(images)})
        records = cursor.execute(_SQL.format(side=of, segmentation=segmentation_columns("o"), **own)).fetchall()
        cursor.unregister("assay_images")
    coordinates = store.coordinates
    return [_draw(coordinates, record, digits) for record in records]


def _draw(coordinates: GeometryReader, record: tuple[Any, ...], digits: Callable[[float], int]) -> DrawnObject:
    (image, row, class_row, shape, crowd, confidence, x, y, w, h, rotation, keypoint_start, keypoint_count,
     *segmentation) = record  # fmt: skip
    segment = StoredSegmentation(*segmentation)
    rings: list[list[float]] = []
    counts: NDArray[np.int64] | None = None
    box = None if x is None else [x, y, w, h]
    if shape in RINGED_SHAPES:
        rings, extent = _round_rings(*segment.polygon(coordinates), digits)
        box = extent or box
    elif shape == Shape.MASK:
        counts = segment.counts(coordinates)
        if counts is not None:
            box = box or mask_box(counts, segment.rle_height)
    keypoints = coordinates.numbers(keypoint_start, keypoint_count).tolist()
    if box is None and keypoints:
        box = _keypoint_box(keypoints)
    return DrawnObject(
        image=image,
        row=row,
        class_row=class_row,
        shape=Shape(shape),
        crowd=crowd,
        confidence=confidence,
        box=box,
        rotation=rotation,
        rings=rings,
        mask_size=None if counts is None else [segment.rle_height, segment.rle_width],
        mask_counts=None if counts is None else counts.tolist(),
        keypoints=keypoints,
    )


def _round_rings(
    lengths: NDArray[np.int64], numbers: NDArray[np.float64], digits: Callable[[float], int]
) -> tuple[list[list[float]], list[float] | None]:
    """Return a polygon's rings, rounded, and the extent of all of them; whole numbers are integers."""
    if len(numbers) < 2:
        return [], None
    x, y = numbers[0::2], numbers[1::2]
    left, top = float(x.min()), float(y.min())
    extent = [left, top, float(x.max()) - left, float(y.max()) - top]
    decimals = digits(max(extent[2:]))
    rounded = np.round(numbers, decimals)
    return split_rings((rounded if decimals else rounded.astype(np.int64)).tolist(), lengths), extent


def _keypoint_box(keypoints: list[float]) -> list[float] | None:
    points = np.array(keypoints).reshape(-1, 3)
    labelled = points[points[:, 2] > 0]
    if not len(labelled):
        return None
    low, high = labelled[:, :2].min(axis=0), labelled[:, :2].max(axis=0)
    return [float(v) for v in (*low, *(high - low))]
