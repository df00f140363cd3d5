"""COCO's compressed run-length encoding of masks, as text and as counts.

The text is a sequence of little-endian base-32 numbers with a continuation and a sign bit, offset by 48;
from the fourth on they are differences to the count two places before (pycocotools ``rleToString``).
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray
from pycocotools import mask as coco_mask

from assay.errors import InputError

BAND = 1 << 22
"""So many pixels of a large picture are looked at at a time."""

MOST_RUNS = 1 << 24
"""Masks of more runs of pixels are not taken: they are noise, and each run takes more memory than some pixels."""


def decode_counts(text: bytes) -> NDArray[np.int64] | None:
    """Return the counts that a compressed RLE text stands for, or None if it is not one."""
    if not text:
        return np.empty(0, dtype=np.int64)
    digits = np.frombuffer(text, dtype=np.uint8).astype(np.int64) - 48
    ends = np.flatnonzero((digits & 0x20) == 0)
    if digits.min() < 0 or digits.max() > 0x3F or not len(ends) or ends[-1] != len(digits) - 1:
        return None
    starts = np.concatenate(([0], ends[:-1] + 1))
    lengths = ends - starts + 1
    if lengths.max() > 12:
        return None
    place = np.arange(len(digits)) - np.repeat(starts, lengths)
    values = np.add.reduceat((digits & 0x1F) << (5 * place), starts)
    negative = (digits[ends] & 0x10) != 0
    values = np.where(negative, values - (np.int64(1) << (5 * lengths)), values)
    values[1::2] = np.cumsum(values[1::2])
    values[2::2] = np.cumsum(values[2::2])
    return values


def counts_problem(counts: NDArray[np.int64] | None, height: int, width: int) -> str | None:
    """Return the reason why counts are no mask of the given size, or None where they are one."""
    if counts is None:
        return "expected compressed RLE counts, found text that is none"
    if not 0 < height * width < 2**32:
        return f"expected an RLE size of 1 to 2^32 - 1 pixels, found {height} × {width}"
    if (counts < 0).any():
        return "expected RLE counts ≥ 0, found a negative one"
    if (counts > height * width).any():
        return f"expected RLE counts up to {height * width}, found {counts.max()}"
    if counts.sum() != height * width:
        return f"expected RLE counts that sum to {height * width}, found {counts.sum()}"
    return None


def encode_runs(bounds: NDArray[np.int64], height: int, width: int) -> dict[str, Any]:
    """Return covered runs of pixels as the compressed RLE of a picture, as JSON can hold it.

    Args:
        bounds: int64 ``(2n,)``, where each run starts and ends, ascending, in pixels counted down the columns.
        height, width: The picture's.
    """
    touching = np.flatnonzero(bounds[1:-1:2] == bounds[2::2]) * 2 + 1
    kept = np.ones(len(bounds), dtype=np.bool_)
    kept[touching] = kept[touching + 1] = False
    counts = np.diff(np.concatenate(([0], bounds[kept], [height * width])))
    if len(counts) > 1 and counts[-1] == 0:
        counts = counts[:-1]
    encoded = coco_mask.frPyObjects({"size": [height, width], "counts": counts.astype(np.uint32)}, height, width)
    return {"size": [height, width], "counts": encoded["counts"].decode("ascii")}


def encode_part(part: NDArray[Any], x: int, y: int, height: int, width: int) -> dict[str, Any]:
    """Return the compressed RLE of a mask of a picture that is zero outside a part of it.

    Only the part is looked at, some of its columns at a time: an RLE goes down the columns.

    Args:
        part: ``(h, w)``, not zero where it covers; inside the picture.
        x: Its first column.
        y: Its first row.
        height, width: The picture's.

    Raises:
        InputError: it has too many runs of pixels for a mask.
    """
    rows, columns = part.shape
    step = max(1, BAND // max(rows, 1))
    bounds, total = [np.empty(0, dtype=np.int64)], 0
    for first in range(0, columns, step):
        band = part[:, first : first + step]
        framed = np.zeros((band.shape[1], rows + 2), dtype=np.bool_)
        framed[:, 1:-1] = band.T
        column, row = np.nonzero(framed[:, 1:] != framed[:, :-1])
        total += len(column) // 2
        refuse_too_fine(total)
        bounds.append((column + (first + x)) * height + (row + y))
    return encode_runs(np.concatenate(bounds), height, width)


def refuse_too_fine(runs: int) -> None:
    """Refuse a mask of so many runs of pixels.

    Raises:
        InputError: they are too many.
    """
    if runs > MOST_RUNS:
        raise InputError("The mask is too fine.", expected=f"at most {MOST_RUNS:,} runs of pixels", actual="more")
