"""Load sprites: cropped, premultiplied and scaled down in steps, so that small copies do not alias."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from importlib import resources

import cv2
import numpy as np
from numpy.typing import NDArray

from assay.errors import StorageError
from assay.sandbox.catalog import SpriteClass


@dataclass(frozen=True)
class Sprite:
    """One look of one class.

    Attributes:
        levels: uint8 ``(h, w, 4)`` premultiplied RGBA, each half the size of the one before.
    """

    levels: tuple[NDArray[np.uint8], ...]

    @property
    def aspect(self) -> float:
        """Width divided by height."""
        height, width = self.levels[0].shape[:2]
        return float(width / height)

    def level_for(self, height_px: float) -> NDArray[np.uint8]:
        """Return the smallest level that is no lower than ``height_px``, or the largest."""
        fitting = [level for level in self.levels if level.shape[0] >= height_px]
        return fitting[-1] if fitting else self.levels[0]


@lru_cache(maxsize=256)
def load_sprite(sprite_class: SpriteClass, look: int) -> Sprite:
    """Read one look of a class from the package's data.

    Raises:
        StorageError: The package's sprite file is missing or damaged.
    """
    name = sprite_class.file_name(look)
    try:
        data = resources.files("assay.sandbox").joinpath("sprites", name).read_bytes()
    except OSError as error:
        raise StorageError("A sprite of the package is missing.", item=name, hint="Install assay again.") from error
    decoded = cv2.imdecode(np.frombuffer(data, np.uint8), cv2.IMREAD_UNCHANGED)
    if decoded is None or decoded.ndim != 3 or decoded.shape[2] != 4:
        raise StorageError("A sprite of the package is damaged.", item=name, hint="Install assay again.")
    return Sprite(_levels(premultiply(np.asarray(cv2.cvtColor(decoded, cv2.COLOR_BGRA2RGBA), np.uint8))))


def premultiply(rgba: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """Crop ``(h, w, 4)`` to what is opaque and multiply the colours by alpha."""
    rows = np.flatnonzero((rgba[..., 3] > 24).any(axis=1))
    columns = np.flatnonzero((rgba[..., 3] > 24).any(axis=0))
    cropped = rgba[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1].astype(np.float32)
    cropped[..., :3] *= cropped[..., 3:] / 255.0
    return np.rint(cropped).astype(np.uint8)


def _levels(sprite: NDArray[np.uint8]) -> tuple[NDArray[np.uint8], ...]:
    levels = [sprite]
    while min(levels[-1].shape[:2]) >= 24:
        height, width = levels[-1].shape[:2]
        smaller = cv2.resize(levels[-1], (width // 2, height // 2), interpolation=cv2.INTER_AREA)
        levels.append(np.asarray(smaller, dtype=np.uint8))
    return tuple(levels)
