"""The functions that the rest of Assay calls to measure the pixels of a picture and of the objects in it."""

from __future__ import annotations

from assay.arrays import FloatArray
from assay.metrics.crop_batch import Crops
from assay.metrics.pixel_maps import Picture
from assay.metrics.registry import all_families

__all__ = ["Picture", "measure_crops", "measure_picture"]


def measure_picture(picture: Picture) -> dict[str, float]:
    """Return every pixel metric of a picture, by key."""
    values: dict[str, float] = {}
    for family in all_families():
        if family.measure_picture is not None:
            values.update(family.measure_picture(picture))
    return values


def measure_crops(picture: Picture, boxes: FloatArray) -> dict[str, FloatArray]:
    """Return every pixel metric of the objects in a picture.

    Args:
        boxes: float64 ``(n, 4)``: x_min, y_min, x_max, y_max in pixels of the picture, NaN where there is no box.

    Returns:
        Per metric key float64 ``(n,)``, NaN for objects without a box or below 4 x 4 pixels.
    """
    crops = Crops(picture, boxes)
    values: dict[str, FloatArray] = {}
    for family in all_families():
        if family.measure_crops is not None:
            values.update(family.measure_crops(crops))
    return values
