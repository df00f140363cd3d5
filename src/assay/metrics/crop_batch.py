"""The objects of a picture: which of its pixels each one's upright box holds."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from assay.arrays import BoolArray, FloatArray, OffsetArray
from assay.metrics.pixel_maps import Picture, Pixels

LEAST_SIDE_PX = 4


class Crops:
    """The objects of a picture.

    Args:
        picture: The picture.
        boxes: float64 ``(n, 4)``: x_min, y_min, x_max, y_max in its pixels, NaN where an object has none.

    Attributes:
        bounds: int64 ``(n, 4)``: first column, first row, end column, end row, inside the picture.
        measurable: Bool ``(n,)``: objects with a box of at least 4 x 4 pixels.
    """

    def __init__(self, picture: Picture, boxes: FloatArray) -> None:
        self.picture = picture
        self.bounds, self.measurable = pixel_bounds(boxes, *picture.rgb.shape[:2])

    def __len__(self) -> int:
        return len(self.bounds)

    def summarise(self, measure: Callable[[slice, slice], dict[str, float]], keys: list[str]) -> dict[str, FloatArray]:
        """Return the values of ``measure`` on the rows and columns of each object, NaN for the others.

        Objects with the same pixels are measured once: annotators copy boxes, and crowded pictures are full of them.
        """
        values = {key: np.full(len(self), np.nan) for key in keys}
        summaries: dict[tuple[int, ...], dict[str, float]] = {}
        for index in np.flatnonzero(self.measurable).tolist():
            place = tuple(self.bounds[index].tolist())
            if place not in summaries:
                left, top, right, bottom = place
                summaries[place] = measure(slice(top, bottom), slice(left, right))
            for key, value in summaries[place].items():
                values[key][index] = value
        return values


def pixel_bounds(boxes: FloatArray, height: int, width: int) -> tuple[OffsetArray, BoolArray]:
    """Return the bounds of the pixels in each box: those whose centre lies in it, inside the picture.

    Returns:
        int64 ``(n, 4)`` first column, first row, end column, end row; and bool ``(n,)``, whether that is 4 x 4 at
        least.
    """
    limits = np.array([width, height, width, height], dtype=np.float64)
    present: BoolArray = np.logical_not(np.isnan(boxes).any(axis=1))
    inside = np.clip(np.ceil(np.where(present[:, None], boxes, 0.0) - 0.5), 0.0, limits)
    bounds = inside.astype(np.int64)
    sides = bounds[:, 2:] - bounds[:, :2]
    return bounds, present & (sides >= LEAST_SIDE_PX).all(axis=1)


def cut_out(rgb: Pixels, box: NDArray[np.float64]) -> Pixels | None:
    """Return the pixels inside a box (x_min, y_min, x_max, y_max), None below 4 x 4; a view, not a copy."""
    bounds, measurable = pixel_bounds(box[None], *rgb.shape[:2])
    if not measurable[0]:
        return None
    left, top, right, bottom = bounds[0].tolist()
    return rgb[top:bottom, left:right]
