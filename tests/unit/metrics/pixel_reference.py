"""Pixel metrics worked out straight from their definitions in plain numpy, without OpenCV and without `assay`."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

IMAGE_KEYS = (
    "brightness", "contrast", "sharpness", "blur", "red", "green", "blue", "entropy", "dark_share", "light_share",
    "colorfulness",
)  # fmt: skip
CROP_KEYS = ("crop_brightness", "crop_contrast", "crop_sharpness", "crop_red", "crop_green", "crop_blue")


def to_grey(rgb: NDArray[np.uint8]) -> NDArray[np.int32]:
    """Return .299 R + .587 G + .114 B as OpenCV rounds it: weights of 15 bits, half upwards."""
    red, green, blue = (rgb[..., i].astype(np.int32) for i in range(3))
    return (9798 * red + 19235 * green + 3735 * blue + (1 << 14)) >> 15


def to_hsv(rgb: NDArray[np.uint8]) -> tuple[NDArray[np.int32], NDArray[np.int32], NDArray[np.int32]]:
    """Return hue 0..179, saturation and value 0..255 as OpenCV rounds them: reciprocals of 12 bits."""
    red, green, blue = (rgb[..., i].astype(np.int32) for i in range(3))
    value = np.maximum(np.maximum(red, green), blue)
    span = value - np.minimum(np.minimum(red, green), blue)
    divisors = np.arange(1, 256)
    of_value = np.concatenate([[0], np.rint((255 << 12) / divisors)]).astype(np.int32)
    of_span = np.concatenate([[0], np.rint((180 << 12) / (6.0 * divisors))]).astype(np.int32)
    saturation = (span * of_value[value] + (1 << 11)) >> 12
    sixth = np.where(
        value == red, green - blue, np.where(value == green, blue - red + 2 * span, red - green + 4 * span)
    )
    hue = (sixth * of_span[span] + (1 << 11)) >> 12
    return np.where(hue < 0, hue + 180, hue), saturation, value


def to_laplacian(rgb: NDArray[np.uint8]) -> NDArray[np.int32]:
    """Return the 3 x 3 Laplacian of each channel; beyond the border lies the neighbour's mirror image."""
    height, width = rgb.shape[:2]
    pixels = rgb.astype(np.int32)

    def shifted(axis: int, length: int, by: int) -> NDArray[np.int32]:
        places = np.abs(np.arange(length) + by)  # -1 is 1
        places = np.where(places >= length, 2 * (length - 1) - places, places)  # length is length - 2
        return pixels.take(np.maximum(places, 0) if length > 1 else np.zeros(1, dtype=int), axis=axis)

    around = shifted(0, height, -1) + shifted(0, height, 1) + shifted(1, width, -1) + shifted(1, width, 1)
    return around - 4 * pixels


def _colour_masks(rgb: NDArray[np.uint8]) -> dict[str, NDArray[np.bool_]]:
    hue, saturation, value = to_hsv(rgb)
    vivid = (saturation >= 50) & (saturation <= 255) & (value >= 40) & (value <= 255)
    return {
        "red": vivid & ((hue <= 10) | ((hue >= 170) & (hue <= 179))),
        "green": vivid & (hue >= 35) & (hue <= 75),
        "blue": vivid & (hue >= 90) & (hue <= 130),
    }


def _deviation(values: NDArray[Any]) -> float:
    return float(values.std(dtype=np.float64))


def image_values(rgb: NDArray[np.uint8]) -> dict[str, float]:
    """Return every pixel metric of an image."""
    grey = to_grey(rgb)
    shares = np.array([count for count in np.bincount(grey.ravel(), minlength=256) if count]) / grey.size
    red, green, blue = (rgb[..., i].astype(np.float64) for i in range(3))
    across, along = red - green, (red + green) / 2 - blue
    spread = np.sqrt(across.var() + along.var())
    sharpness = _deviation(to_laplacian(rgb)) / 2040
    return {
        "brightness": float(rgb.mean(dtype=np.float64)) / 255,
        "contrast": _deviation(rgb) / 255,
        "sharpness": sharpness,
        "blur": 1 - sharpness,
        **{name: float(mask.mean()) for name, mask in _colour_masks(rgb).items()},
        "entropy": float(-np.sum(shares * np.log2(shares))) / 8,
        "dark_share": float((grey <= 16).mean()),
        "light_share": float((grey >= 239).mean()),
        "colorfulness": float(spread + 0.3 * np.sqrt(across.mean() ** 2 + along.mean() ** 2)) / 255,
    }


def pixels_in(low: float, high: float, count: int) -> NDArray[np.int64]:
    """Return which of so many pixels in a row have their centre in [low, high)."""
    centres = np.arange(count) + 0.5
    return np.flatnonzero((centres >= low) & (centres < high))


def crop_values(rgb: NDArray[np.uint8], boxes: Any) -> dict[str, NDArray[np.float64]]:
    """Return every pixel metric of objects, given their boxes as x_min, y_min, x_max, y_max."""
    height, width = rgb.shape[:2]
    edges, masks = to_laplacian(rgb), _colour_masks(rgb)
    values = {key: np.full(len(boxes), np.nan) for key in CROP_KEYS}
    for i, (left, top, right, bottom) in enumerate(boxes):
        rows, columns = pixels_in(top, bottom, height), pixels_in(left, right, width)
        if len(rows) < 4 or len(columns) < 4:
            continue
        inside = np.ix_(rows, columns)
        values["crop_brightness"][i] = float(rgb[inside].mean(dtype=np.float64)) / 255
        values["crop_contrast"][i] = _deviation(rgb[inside]) / 255
        values["crop_sharpness"][i] = _deviation(edges[inside]) / 2040
        for name, mask in masks.items():
            values[f"crop_{name}"][i] = float(mask[inside].mean())
    return values
