"""What two evaluations found of each image, for queries to speak of."""

from __future__ import annotations

from collections.abc import Hashable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

CHANGES = ("fixed", "broken", "wrong", "right")
"""What became of an image from one prediction set to another: wrong and right are so in both."""


@dataclass(frozen=True)
class Compared:
    """What became of ``n`` images from one prediction set to another.

    Attributes:
        key: Tells one comparison from another, for caches.
        rows: int32 ``(n,)``, each once.
        change: object ``(n,)``, one of ``CHANGES``; None for images that are not evaluated.
    """

    key: Hashable
    rows: NDArray[np.int32]
    change: NDArray[np.object_]
