"""The masks of an image as Pascal VOC has them: a PNG of objects' numbers and one of classes', in VOC's colours."""

from __future__ import annotations

import struct
import zlib

import numpy as np
from numpy.typing import NDArray

from assay.formats.masks import decode_mask
from assay.formats.voc.masks import VOID, colour_map
from assay.formats.writing.contents import Contents
from assay.formats.writing.covered import read_rle, unite_rings
from assay.project.geometry import Objects, Shape

_MOST_PIXELS = 1 << 26  # of an image that is painted
_PALETTE_OF_BYTES = struct.pack(">BBBBB", 8, 3, 0, 0, 0)


class Painting:
    """An image's outlines, painted one over another in the order of its objects.

    Args:
        contents: Where what is lost is counted.
        width, height: The image's size, where it is known.

    Attributes:
        numbers, classes: uint8 ``(height, width)``, 0 where there is nothing; None where nothing was painted.
    """

    def __init__(self, contents: Contents, width: int | None, height: int | None) -> None:
        self._lost = contents.lost
        self._size = (height or 0, width or 0)
        self._hidden: set[int] = set()
        self.numbers: NDArray[np.uint8] | None = None
        self.classes: NDArray[np.uint8] | None = None

    def add(self, objects: Objects, at: int, number: int, class_: int) -> None:
        """Paint an object that has an outline, or count why it cannot be.

        Args:
            objects: Its batch.
            at: Its place there.
            number: Its number among the image's objects, from 1.
            class_: Its class's number, from 1.
        """
        shape = objects.shape[at]
        if shape not in (Shape.POLYGON, Shape.MASK):
            self._lost["outlines_as_boxes"] += shape == Shape.POLYLINE
            return
        covered = self._cover(objects, at) if max(number, class_) < VOID else None
        if covered is None:
            self._lost["outlines_as_boxes"] += 1
            return
        self._lost["polygons_as_masks"] += shape == Shape.POLYGON
        if self.numbers is None or self.classes is None:
            self.numbers, self.classes = np.zeros(self._size, np.uint8), np.zeros(self._size, np.uint8)
        found = set(np.unique(self.numbers[covered]).tolist()) - {0} - self._hidden
        self._hidden |= found
        self._lost["masks_partly_hidden"] += len(found)
        self.numbers[covered], self.classes[covered] = number, class_

    def _cover(self, objects: Objects, at: int) -> NDArray[np.bool_] | None:
        height, width = self._size
        if not 0 < height * width <= _MOST_PIXELS:
            return None
        is_mask = objects.shape[at] == Shape.MASK
        rle = read_rle(objects, at) if is_mask else unite_rings(objects, at, width, height)
        if rle is None or rle["size"] != [height, width]:
            return None
        return decode_mask(rle).astype(np.bool_)


def write_png(numbers: NDArray[np.uint8]) -> bytes:
    """Return numbers ``(H, W)`` as a PNG whose palette is VOC's."""
    height, width = numbers.shape
    rows = np.zeros((height, width + 1), dtype=np.uint8)  # each begins with its filter, which is none
    rows[:, 1:] = numbers
    parts = (
        (b"IHDR", struct.pack(">II", width, height) + _PALETTE_OF_BYTES),
        (b"PLTE", colour_map().tobytes()),
        (b"IDAT", zlib.compress(rows.tobytes(), 6)),
        (b"IEND", b""),
    )
    chunks = (
        struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body)) for kind, body in parts
    )
    return b"\x89PNG\r\n\x1a\n" + b"".join(chunks)
