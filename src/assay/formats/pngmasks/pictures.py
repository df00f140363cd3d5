"""A mask's values: indices of a palette, levels of grey, or colours as numbers."""

from __future__ import annotations

import struct
import zlib
from collections.abc import Iterator
from typing import Any

import numpy as np
from numpy.typing import NDArray

from assay.errors import InputError
from assay.formats.masks import MOST_PIXELS, pack_colours, read_png

_SIGNATURE = b"\x89PNG\r\n\x1a\n"
_PALETTE, _GREY = 3, 0
_DROPPED = (b"PLTE", b"tRNS", b"hIST", b"bKGD", b"sBIT")

Colour = tuple[int, int, int]


def read_values(data: bytes) -> tuple[NDArray[Any], list[Colour] | None, bool]:
    """Return a mask's values.

    Args:
        data: The PNG file.

    Returns:
        ``(H, W)`` of whole numbers: the palette's index, the level of grey, or ``red * 65536 + green * 256 + blue``;
        the palette, where there is one; and whether values are colours.

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
        if pixels.dtype != np.uint8:
            pixels = (pixels >> 8).astype(np.uint8)
        blue, green, red = (pixels[..., at] for at in range(3))
        if (blue == green).all() and (green == red).all():
            return red, None, False
        return pack_colours(red, green, blue), None, True
    values = pixels
    if kind in (_PALETTE, _GREY) and depth < 8:
        values //= 255 // ((1 << depth) - 1)  # levels of less than eight bits are spread over 0 to 255
    return values, palette, False


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
