"""A decoded picture and the per-pixel maps that several metrics share; each map is made once, when asked for."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

Pixels = NDArray[np.uint8]

LEAST_SATURATION, LEAST_VALUE = 50, 40
"""Pixels that are paler or darker have no colour to speak of (OpenCV's 8-bit HSV)."""


@dataclass(frozen=True)
class Spread:
    """Exact sums over ``count`` values."""

    count: int
    total: int
    squares: int

    @property
    def mean(self) -> float:
        """Arithmetic mean."""
        return self.total / self.count

    @property
    def deviation(self) -> float:
        """Population standard deviation; exactly 0 for equal values, since the sums are integers."""
        return float((self.count * self.squares - self.total**2) ** 0.5) / self.count


def spread(values: NDArray[Any]) -> Spread:
    """Return the sums over all values of an integer array of two or three dimensions, a view or not.

    OpenCV adds integers up in doubles, which hold sums below 2^53 exactly: enough for 16 gigapixels.
    """
    total = round(sum(cv2.sumElems(values)))
    return Spread(values.size, total, round(cv2.norm(values, cv2.NORM_L2SQR)))


class Picture:
    """An image's pixels.

    Args:
        rgb: uint8 ``(h, w, 3)``.
    """

    def __init__(self, rgb: Pixels) -> None:
        self.rgb = rgb

    @property
    def pixel_count(self) -> int:
        """Number of pixels."""
        height, width = self.rgb.shape[:2]
        return int(height) * int(width)

    @cached_property
    def grey(self) -> Pixels:
        """uint8 ``(h, w)``: OpenCV's ``COLOR_RGB2GRAY``."""
        return np.asarray(cv2.cvtColor(self.rgb, cv2.COLOR_RGB2GRAY), dtype=np.uint8)

    @cached_property
    def grey_histogram(self) -> NDArray[np.int64]:
        """int64 ``(256,)``: pixels of each grey level."""
        return histogram(self.grey)

    @cached_property
    def laplacian(self) -> NDArray[np.int16]:
        """int16 ``(h, w, 3)``: the 3 x 3 Laplacian of each channel, reflect-101 border."""
        return np.asarray(cv2.Laplacian(self.rgb, cv2.CV_16S, ksize=1, borderType=cv2.BORDER_REFLECT_101))

    @cached_property
    def hue(self) -> Pixels:
        """uint8 ``(h, w)``: OpenCV's 8-bit hue, 0..179; 255 where a pixel is too pale or dark to have a colour."""
        hue, saturation, value = cv2.split(cv2.cvtColor(self.rgb, cv2.COLOR_RGB2HSV))
        pale = cv2.threshold(saturation, LEAST_SATURATION - 1, 255, cv2.THRESH_BINARY_INV)[1]
        dark = cv2.threshold(value, LEAST_VALUE - 1, 255, cv2.THRESH_BINARY_INV)[1]
        return np.asarray(cv2.bitwise_or(cv2.bitwise_or(pale, dark), hue), dtype=np.uint8)


def histogram(values: Pixels) -> NDArray[np.int64]:
    """Return int64 ``(256,)``: how often each value occurs.

    Counted in parts: OpenCV keeps counts as float32, which is exact only up to 2^24.
    """
    counts = np.zeros(256, dtype=np.int64)
    rows = max(1, (1 << 24) // values.shape[1])
    for top in range(0, values.shape[0], rows):
        found = cv2.calcHist([values[top : top + rows]], [0], None, [256], [0, 256])
        counts += found.ravel().astype(np.int64)  # (256,) or, before OpenCV 5, (256, 1)
    return counts
