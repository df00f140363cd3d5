"""COCO's compressed run-length encoding of masks, as text and as counts.

The text is a sequence of little-endian base-32 numbers with a continuation and a sign bit, offset by 48;
from the fourth on they are differences to the count two places before (pycocotools ``rleToString``).
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray


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
