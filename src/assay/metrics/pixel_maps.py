"""A decoded picture and the per-pixel maps that several metrics share; each map is made once, when asked for."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

Pixels = NDArray[np.uint8]

_WHOLE_PIXELS = 1 << 24
"""Maps of larger pictures are never made as a whole, which would take five times the picture's memory."""
_STRIP_PIXELS = 1 << 21

LEAST_SATURATION, LEAST_VALUE = 50, 40
"""Pixels that are paler or darker have no colour to speak of (OpenCV's 8-bit HSV)."""


@dataclass(frozen=True)
class Spread:
    """Exact sums over ``count`` values."""

    count: int
    total: int
    squares: int

    def __add__(self, other: Spread) -> Spread:
        """Return the sums over the values of both."""
        return Spread(self.count + other.count, self.total + other.total, self.squares + other.squares)

    @property
    def mean(self) -> float:
        """Arithmetic mean."""
        return self.total / self.count

    @property
    def deviation(self) -> float:
        """Population standard deviation; exactly 0 for equal values, since the sums are integers."""
        return float((self.count * self.squares - self.total**2) ** 0.5) / self.count


NOTHING = Spread(0, 0, 0)


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

    def strips(self, rows: slice, columns: slice) -> Iterator[slice]:
        """Yield the rows of strips that fill a part of the picture, top to bottom: one where the picture is small."""
        if self._is_small:
            yield rows
            return
        height = max(1, _STRIP_PIXELS // (columns.stop - columns.start))
        for top in range(rows.start, rows.stop, height):
            yield slice(top, min(top + height, rows.stop))

    @property
    def whole(self) -> tuple[slice, slice]:
        """All rows and all columns."""
        height, width = self.rgb.shape[:2]
        return slice(0, int(height)), slice(0, int(width))

    def values(self, rows: slice, columns: slice) -> Spread:
        """Return the sums over all values of all channels in a part of the picture."""
        parts = (spread(self.rgb[strip, columns]) for strip in self.strips(rows, columns))
        return sum(parts, start=NOTHING)

    @cached_property
    def grey_histogram(self) -> NDArray[np.int64]:
        """int64 ``(256,)``: pixels of each grey level of OpenCV's ``COLOR_RGB2GRAY``."""
        counts = np.zeros(256, dtype=np.int64)
        for strip in self.strips(*self.whole):
            counts += histogram(np.asarray(cv2.cvtColor(self.rgb[strip], cv2.COLOR_RGB2GRAY), dtype=np.uint8))
        return counts

    def edges(self, rows: slice, columns: slice) -> Spread:
        """Return the sums over the 3 x 3 Laplacian of each channel in a part of the picture.

        The Laplacian is taken of the full picture: it is reflected (101) at the picture's border, not at the part's.
        """
        if self._is_small:
            return spread(self._laplacian[rows, columns])
        height, width = self.rgb.shape[:2]
        left, right = max(columns.start - 1, 0), min(columns.stop + 1, width)
        total = NOTHING
        for strip in self.strips(rows, columns):
            top, bottom = max(strip.start - 1, 0), min(strip.stop + 1, height)
            part = _find_laplacian(self.rgb[top:bottom, left:right])
            own = part[strip.start - top : strip.stop - top, columns.start - left : columns.stop - left]
            total += spread(own)
        return total

    def hue_histogram(self, rows: slice, columns: slice) -> NDArray[np.int64]:
        """Return int64 ``(256,)``: pixels of each 8-bit hue of OpenCV, 0..179, in a part of the picture.

        Pixels that are too pale or dark to have a colour count as 255.
        """
        if self._is_small:
            return histogram(self._hue[rows, columns])
        counts = np.zeros(256, dtype=np.int64)
        for strip in self.strips(rows, columns):
            counts += histogram(_find_hue(self.rgb[strip, columns]))
        return counts

    @property
    def _is_small(self) -> bool:
        return self.pixel_count <= _WHOLE_PIXELS

    @cached_property
    def _laplacian(self) -> NDArray[np.int16]:
        return _find_laplacian(self.rgb)

    @cached_property
    def _hue(self) -> Pixels:
        return _find_hue(self.rgb)


def _find_laplacian(rgb: Pixels) -> NDArray[np.int16]:
    return np.asarray(cv2.Laplacian(rgb, cv2.CV_16S, ksize=1, borderType=cv2.BORDER_REFLECT_101))


def _find_hue(rgb: Pixels) -> Pixels:
    hue, saturation, value = cv2.split(cv2.cvtColor(rgb, cv2.COLOR_RGB2HSV))
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
        part = cv2.calcHist([values[top : top + rows]], [0], None, [256], [0, 256])
        counts += part.ravel().astype(np.int64)  # (256,) or, before OpenCV 5, (256, 1)
    return counts
