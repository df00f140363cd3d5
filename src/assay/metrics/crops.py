"""The pixels of objects: the picture's own per-pixel maps, summarised over each object's upright box."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from assay.metrics import colour, exposure, sharpness
from assay.metrics.definition import BoolArray, Family, FloatArray, IndexArray, Metric, OutlierRule
from assay.metrics.picture import Picture, Pixels

LEAST_SIDE_PX = 4


def _of_object(metric: Metric, outliers: str, rule: OutlierRule | None = None) -> Metric:
    """Return the same metric of an object, with outliers of its own: things are darker and flatter than scenes."""
    formula = metric.description.partition("\n\n")[0]
    return replace(
        metric,
        key=f"crop_{metric.key}",
        title=f"{metric.title} of the Object",
        scopes=("annotation", "prediction"),
        summary=metric.summary.replace("picture", "object's box"),
        description=(
            f"{metric.title} of the picture, taken over the pixels inside the object's upright box: those whose "
            "centre lies in it. The maps are those of the full picture, so that nothing changes at the border of the "
            f"box. No value for objects without a box and below {LEAST_SIDE_PX}×{LEAST_SIDE_PX} pixels.\n\n"
            f"{formula}\n\n{outliers}"
        ),
        rule=rule,
    )


BRIGHTNESS = _of_object(
    exposure.BRIGHTNESS,
    "Up to 0.07 and from 0.88 on it is a moderate outlier, up to 0.04 and from 0.95 on a severe one: objects of which "
    "next to nothing can be seen. See whether the label is a guess.",
    OutlierRule("outside", moderate=0.07, severe=0.04, moderate_high=0.88, severe_high=0.95),
)
CONTRAST = _of_object(
    exposure.CONTRAST,
    "Up to 0.035 it is a moderate outlier, up to 0.02 a severe one: a box of one plain surface. See whether there is "
    "an object in it.",
    OutlierRule("at_most", moderate=0.035, severe=0.02),
)
SHARPNESS = _of_object(
    sharpness.SHARPNESS,
    "Outliers lie beyond the interquartile fences of the logarithm, on the low tail: objects out of focus, in motion, "
    "or enlarged. Blurred objects are often missed by models.",
)
COLOURS = {
    metric.key: replace(
        _of_object(metric, "To sort and filter by. An object of one colour is nothing unusual: there are no outliers."),
        suspicious="none",
    )
    for metric in (colour.RED, colour.GREEN, colour.BLUE)
}


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
        """Return what ``measure`` finds in the rows and columns of each object, NaN for the others.

        Objects with the same pixels are measured once: annotators copy boxes, and crowded pictures are full of them.
        """
        values = {key: np.full(len(self), np.nan) for key in keys}
        known: dict[tuple[int, ...], dict[str, float]] = {}
        for index in np.flatnonzero(self.measurable).tolist():
            place = tuple(self.bounds[index].tolist())
            if place not in known:
                left, top, right, bottom = place
                known[place] = measure(slice(top, bottom), slice(left, right))
            for key, value in known[place].items():
                values[key][index] = value
        return values


def pixel_bounds(boxes: FloatArray, height: int, width: int) -> tuple[IndexArray, BoolArray]:
    """Return which pixels each box holds: those whose centre lies in it, inside the picture.

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


def measure(crops: Crops) -> dict[str, FloatArray]:
    """Return brightness, contrast, sharpness and colour shares of each object."""
    picture = crops.picture

    def measure_one(rows: slice, columns: slice) -> dict[str, float]:
        values = picture.values(rows, columns)
        edges = picture.edges(rows, columns)
        shares = colour.colour_shares(picture.hue_histogram(rows, columns))
        return {
            BRIGHTNESS.key: values.mean / 255,
            CONTRAST.key: values.deviation / 255,
            SHARPNESS.key: edges.deviation / sharpness.GREATEST_DEVIATION,
            **{COLOURS[name].key: share for name, share in shares.items()},
        }

    metrics = FAMILY.metrics
    return crops.summarise(measure_one, [metric.key for metric in metrics])


FAMILY = Family((BRIGHTNESS, CONTRAST, SHARPNESS, *COLOURS.values()), measure_crops=measure)
