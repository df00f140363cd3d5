"""TIFF files without compression, scaled down as they are read: their samples lie in the file, row by row."""

from __future__ import annotations

from typing import Any

import cv2
import numpy as np
import numpy.typing as npt

from assay.media import _tiff
from assay.media.header import FileLayout
from assay.media.memory_file import FileBytes

_BAND_BYTES = 1 << 23
_PHOTOMETRIC = {1: 1, 3: 2}  # by channels: grey from black on, RGB


def is_plain_tiff(layout: FileLayout) -> bool:
    """Tell whether :func:`reduce_plain_tiff` can read a file: grey or RGB of 8 or 16 bits in strips, uncompressed."""
    header, tiff = layout.header, layout.tiff
    return (
        tiff is not None
        and tiff.first(_tiff.COMPRESSION, 1) == 1
        and tiff.first(_tiff.PLANAR_CONFIGURATION, 1) == 1
        and tiff.first(_tiff.SAMPLE_FORMAT, 1) == 1
        and tiff.first(_tiff.PHOTOMETRIC, 0) == _PHOTOMETRIC.get(header.channels)
        and not header.has_alpha
        and header.bit_depth in (8, 16)
        and _tiff.TILE_WIDTH not in tiff.fields
        and _tiff.STRIP_OFFSETS in tiff.fields
    )


def reduce_plain_tiff(data: FileBytes, layout: FileLayout, reduction: int, *, keep: bool) -> npt.NDArray[Any] | None:
    """Return the means of ``reduction`` x ``reduction`` samples, without orientation; None where the file ends early.

    What it takes beside the file are the result and some rows.

    Args:
        data: The whole file.
        layout: Of a file that :func:`is_plain_tiff`.
        reduction: 2, 4 or 8; the result's edges are rounded up.
        keep: Whether 16-bit samples stay such, and colours are in OpenCV's order: blue, green, red. Else samples are of
            8 bits, and colours red, green, blue.
    """
    header, tiff = layout.header, layout.tiff
    assert tiff is not None  # noqa: S101 - it is plain
    width, height, channels = header.width, header.height, header.channels
    field = tiff.fields[_tiff.STRIP_OFFSETS]
    sample = np.dtype(f"{field.code[0]}u{header.bit_depth // 8}")
    in_strip = min(tiff.first(_tiff.ROWS_PER_STRIP, height) or height, height)
    row_bytes = width * channels * sample.itemsize
    try:
        starts = np.frombuffer(data, dtype=field.code, count=-(-height // in_strip), offset=field.offset).tolist()
    except ValueError:
        return None
    if any(start + min(in_strip, height - at * in_strip) * row_bytes > len(data) for at, start in enumerate(starts)):
        return None
    is_8_bit = header.bit_depth == 8 or not keep
    shape = (-(-height // reduction), -(-width // reduction), *((3,) if channels == 3 else ()))
    reduced = np.empty(shape, dtype=np.uint8 if is_8_bit else np.uint16)
    step = max(1, _BAND_BYTES // row_bytes // reduction) * reduction
    for top in range(0, height, step):
        rows = range(top, min(top + step, height))
        band = np.empty((len(rows), width, channels), dtype=sample.newbyteorder("="))
        for first in (top, *(row for row in range(top - top % in_strip + in_strip, rows.stop, in_strip))):
            last = min(first - first % in_strip + in_strip, rows.stop)
            place = starts[first // in_strip] + first % in_strip * row_bytes
            samples = np.frombuffer(data, dtype=sample, count=(last - first) * width * channels, offset=place)
            band[first - top : last - top] = samples.reshape(-1, width, channels)
        whole = cv2.copyMakeBorder(band, 0, -len(rows) % reduction, 0, -width % reduction, cv2.BORDER_REPLICATE)
        size = (whole.shape[1] // reduction, whole.shape[0] // reduction)
        small = cv2.resize(whole, size, interpolation=cv2.INTER_AREA)
        if is_8_bit and header.bit_depth == 16:
            small = np.asarray(small, dtype=np.uint16) >> 8
        if channels == 3 and keep:
            small = small[..., ::-1]
        reduced[top // reduction : top // reduction + size[1]] = small
    return reduced
