"""Samples of few bits in files of 16, stretched so that a person sees them: 12-bit cameras, X-rays, depth."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

MOST_STRETCHED_BITS = 14
"""With more of the 16 bits in use, a picture is a dark one at the most."""


def count_used_bits(samples: npt.NDArray[np.uint16]) -> int | None:
    """Return the number of bits that a picture's colours use; None for nothing but zeros, or for too many to stretch.

    Args:
        samples: H x W or H x W x channels; a fourth channel is transparency and not looked at.
    """
    if samples.dtype != np.uint16:
        return None
    colours = samples[..., :3] if samples.ndim == 3 else samples
    bits = int(colours.max()).bit_length()
    return bits if 0 < bits <= MOST_STRETCHED_BITS else None


def stretch(samples: npt.NDArray[np.uint16]) -> None:
    """Multiply samples, where they are, by the power of two that brings the greatest into the upper half of 16 bits.

    Transparency, a fourth channel, is stretched by itself: it may be of few bits, too, or whole.

    Args:
        samples: H x W or H x W x channels.
    """
    parts = [samples[..., :3], samples[..., 3]] if samples.ndim == 3 and samples.shape[2] == 4 else [samples]
    for part in parts:
        bits = count_used_bits(part)
        if bits is not None:
            np.left_shift(part, 16 - bits, out=part)
