"""A mask's values: indices of a palette, levels of grey, or colours as numbers."""

from __future__ import annotations

import struct
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from assay.errors import InputError
from assay.formats.masks import MOST_PIXELS, pack_colours, read_png
from assay.formats.values import Convert
from assay.project.rle import BAND

_SIGNATURE = b"\x89PNG\r\n\x1a\n"
_PALETTE, _GREY = 3, 0
_DROPPED = (b"PLTE", b"tRNS", b"hIST", b"bKGD", b"sBIT")

Colour = tuple[int, int, int]


@dataclass(frozen=True)
class Mask:
    """A mask as it was unpacked.

    Attributes:
        samples: ``(H, W)``, or ``(H, W, C)`` in the order blue, green, red.
        convert: Makes values of some of its columns: the palette's indices, levels of grey, or ``red * 65536 +
            green * 256 + blue``.
        palette: Its colours, where there is one.
        is_colour: Whether values are colours.
    """

    samples: NDArray[Any]
    convert: Convert
    palette: list[Colour] | None
    is_colour: bool


def read_mask(data: bytes) -> Mask:
    """Return a mask.

    Args:
        data: The PNG file.

    Raises:
        InputError: it is no PNG, or is damaged.
    """
    if not data.startswith(_SIGNATURE):
        raise InputError("The mask is no PNG.", expected="a PNG file", actual=repr(data[:8]))
    try:
        chunks = list(_chunks(data))
        depth, kind = chunks[0][1][8], chunks[0][1][9]
    except (struct.error, IndexError) as error:
        raise InputError("The mask is damaged.", expected="a PNG file", actual=str(error)) from error
    palette = None
    if kind == _PALETTE:
        colours = next((body for name, body in chunks if name == b"PLTE"), b"")
        palette = [(colours[at], colours[at + 1], colours[at + 2]) for at in range(0, len(colours) // 3 * 3, 3)]
        data = _as_grey(chunks)
    pixels = read_png(data, MOST_PIXELS)
    if pixels.ndim == 3:
        shift = 0 if pixels.dtype == np.uint8 else 8
        if _is_grey(pixels):
            return Mask(pixels[..., 2], lambda red: red >> shift, None, is_colour=False)
        return Mask(pixels, lambda band: _pack(band >> shift), None, is_colour=True)
    factor = 255 // ((1 << depth) - 1) if kind in (_PALETTE, _GREY) and depth < 8 else 1
    return Mask(pixels, lambda grey: grey // factor, palette, is_colour=False)  # which are spread over 0 to 255


def _is_grey(pixels: NDArray[Any]) -> bool:
    """Tell whether all channels of a picture are equal."""
    step = max(1, BAND // max(pixels.shape[1], 1))
    bands = (pixels[first : first + step] for first in range(0, len(pixels), step))
    return all((band[..., 0] == band[..., 1]).all() and (band[..., 1] == band[..., 2]).all() for band in bands)


def _pack(band: NDArray[Any]) -> NDArray[np.int32]:
    return pack_colours(band[..., 2], band[..., 1], band[..., 0])


def _chunks(data: bytes) -> Iterator[tuple[bytes, bytes]]:
    at = len(_SIGNATURE)
    while at + 8 <= len(data):
        length, name = struct.unpack(">I4s", data[at : at + 8])
        yield name, data[at + 8 : at + 8 + length]
        at += 12 + length


def _as_grey(chunks: list[tuple[bytes, bytes]]) -> bytes:
    """Return a PNG with a palette as one whose indices are levels of grey."""
    parts = [_SIGNATURE]
    for name, body in chunks:
        if name in _DROPPED:
            continue
        told = body[:9] + bytes([_GREY]) + body[10:] if name == b"IHDR" else body
        parts += [struct.pack(">I", len(told)), name, told, struct.pack(">I", zlib.crc32(name + told))]
    return b"".join(parts)
