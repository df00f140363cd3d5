"""Decoding alone, as worker processes do it: what the pass over pixels is compared with."""

from __future__ import annotations

import cv2
import numpy as np

cv2.setNumThreads(1)


def decode(paths: list[str]) -> int:
    """Decode files and do nothing else; return how many values they have."""
    return sum(cv2.imdecode(np.fromfile(path, np.uint8), cv2.IMREAD_COLOR).size for path in paths)
