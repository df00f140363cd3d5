"""The score of a picture as a cover: many hues, clear edges, well exposed. The formula is our own."""

from __future__ import annotations

import cv2
import numpy as np

from assay.media.decode import RgbImage
from assay.media.thumbnails import scale_down

_EDGE = 160  # small enough that noise is averaged away
_HUES = 12


def cover_score(rgb: RgbImage) -> float:
    """Return a number ≥ 0 that is greater for pictures that people would rather look at.

    The product of the entropy of the hues (weighted by saturation and value: a picture with a tint has few),
    the mean saturation (half is enough), the fourth root of the mean edge strength, and how near the mean
    brightness is to the middle.

    Args:
        rgb: H x W x 3, uint8.
    """
    small = scale_down(rgb, _EDGE)
    hsv = cv2.cvtColor(small, cv2.COLOR_RGB2HSV).astype(np.float64)
    weights = hsv[..., 1] * hsv[..., 2]
    bins = (hsv[..., 0] * _HUES / 180).astype(np.int64).ravel()
    hues = np.bincount(bins, weights=weights.ravel(), minlength=_HUES)
    shares = hues[hues > 0] / max(float(hues.sum()), 1.0)
    entropy = float(-np.sum(shares * np.log2(shares)))
    grey = small.astype(np.float64).mean(axis=2)
    edges = float(np.abs(np.diff(grey, axis=1)).mean()) if grey.shape[1] > 1 else 0.0
    exposure = 1.0 - abs(float(grey.mean()) / 255 - 0.5) * 1.5
    vividness = min(float(hsv[..., 1].mean()) / 255, 0.5)
    return float(entropy * vividness * edges**0.25 * exposure)
