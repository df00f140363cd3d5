"""What arrays are called: the element's type; docstrings say shapes and units."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

BoolArray = NDArray[np.bool_]
CodeArray = NDArray[np.uint8]
"""Places in a short list of names, or members of an enumeration."""
IndexArray = NDArray[np.int32]
"""Rows, or dense indices of images, classes or objects."""
OffsetArray = NDArray[np.int64]
"""Counts, and places in arrays of any length."""
PlaceArray = NDArray[np.integer]
"""Dense indices of any width."""
FloatArray = NDArray[np.float64]
