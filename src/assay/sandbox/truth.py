"""The ground truth of a rendered scene: its picture, every object in it and how it was taken."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True)
class VisibleObject:
    """The visible part of one object.

    Attributes:
        name: Its class, or the kind of clutter it is.
        labelled: Whether it is of a class; clutter is in the picture but never annotated.
        mask: uint8 ``(h, w)`` of 0 and 1, its visible pixels.
        x: Column of the mask's left edge in the image.
        y: Row of its upper edge.
        visible_share: Visible pixels divided by those it would have alone in an endless image.
        track: In a sequence the number of the object, the same in all of its frames; else None.
    """

    name: str
    labelled: bool
    mask: NDArray[np.uint8]
    x: int
    y: int
    visible_share: float
    track: int | None = None


@dataclass(frozen=True)
class Conditions:
    """How the picture was taken.

    Attributes:
        exposure: Factor on the light: below 1 is dark.
        blur_px: Standard deviation of the blur of the whole picture, in pixels.
        noise: Standard deviation of the sensor noise, 0..255.
    """

    exposure: float
    blur_px: float
    noise: float


@dataclass(frozen=True)
class Scene:
    """One rendered scene.

    Attributes:
        picture: uint8 ``(h, w, 3)`` RGB.
        objects: All objects of which anything is seen, the farthest first, clutter among them.
        conditions: How it was taken.
        metadata: Extra fields of the image's record, such as ``camera``, ``hour`` and ``location``.
        jpeg_quality: 0..100.
    """

    picture: NDArray[np.uint8]
    objects: list[VisibleObject]
    conditions: Conditions
    metadata: dict[str, Any]
    jpeg_quality: int
