"""All made backgrounds by name."""

from __future__ import annotations

from dataclasses import replace

import cv2
import numpy as np

from assay.sandbox.interiors import ROOMS
from assay.sandbox.landscapes import GROUNDS
from assay.sandbox.surfaces import TABLES, Background, Maker
from assay.sandbox.textures import Float

BACKGROUNDS: dict[str, Maker] = {**TABLES, **GROUNDS, **ROOMS}

RENDER_SCALE = 0.5
"""Backgrounds are made smaller and enlarged: four times as quick, and hardly seen."""


def make_background(name: str, rng: np.random.Generator, height: int, width: int) -> Background:
    """Make a background for an image of that size; its own is ``RENDER_SCALE`` times that."""
    background = BACKGROUNDS[name](rng, round(height * RENDER_SCALE), round(width * RENDER_SCALE))
    return replace(background, image=np.clip(background.image, 0, 1.3))


def enlarge(image: Float, height: int, width: int) -> Float:
    """Bring a background to the size of the image."""
    return np.asarray(cv2.resize(image, (width, height), interpolation=cv2.INTER_CUBIC), np.float32)
