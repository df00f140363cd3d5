"""Masks of Pascal VOC: PNG files whose numbers, or colours that stand for them, are those of objects."""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from assay.errors import InputError
from assay.formats.gathering import RecordFault
from assay.formats.label_text import read_label_bytes
from assay.formats.masks import MOST_PIXELS, read_png
from assay.formats.values import Values, find_values
from assay.media.header import probe_file

VOID = 255
"""The number of what is to be ignored: objects' borders."""


@lru_cache(maxsize=1)
def colour_map() -> NDArray[np.uint8]:
    """Return VOC's colours, ``(256, 3)`` red, green and blue: the bits of a number, three at a time, from the top."""
    colours = np.zeros((256, 3), dtype=np.uint8)
    for number in range(256):
        rest = number
        for bit in range(7, -1, -1):
            for channel in range(3):
                colours[number, channel] |= (rest >> channel & 1) << bit
            rest >>= 3
    return colours


def read_numbers(file: Path, width: int | None, height: int | None) -> Values:
    """Return the numbers of a mask.

    Raises:
        RecordFault: it cannot be read, has another size than its image, or colours that are none of VOC's.
    """
    try:
        header = probe_file(file)
        if (header.width, header.height) != (width, height):
            raise RecordFault("voc_mask_unreadable", f"{header.width} x {header.height}, the image {width} x {height}")
        picture = read_png(read_label_bytes(file), MOST_PIXELS)
        return find_values([(picture, np.asarray if picture.ndim == 2 else _to_numbers)])
    except InputError as error:
        raise RecordFault("voc_mask_unreadable", str(error.actual or error.message)) from error


def _to_numbers(band: NDArray[Any]) -> NDArray[np.int64]:
    code = _code(band[..., 2::-1].astype(np.uint8))
    known = _code(colour_map())
    order = np.argsort(known)
    place = np.minimum(np.searchsorted(known[order], code), len(order) - 1)
    numbers: NDArray[np.int64] = order[place]
    if (known[numbers] != code).any():
        raise RecordFault("voc_mask_unreadable", "colours that are none of VOC's")
    return numbers


def _code(colours: NDArray[np.uint8]) -> NDArray[np.int64]:
    parts = colours.astype(np.int64)
    code: NDArray[np.int64] = parts[..., 0] << 16 | parts[..., 1] << 8 | parts[..., 2]
    return code
