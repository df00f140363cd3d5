"""What objects cover of their image, and which of their keypoints are labelled."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from assay.formats.masks import mask_box, rings_to_mask
from assay.project.geometry import Objects


def read_rle(objects: Objects, at: int) -> dict[str, Any]:
    """Return an object's mask as compressed RLE with its counts as text."""
    mask = objects.masks[at]
    return {"size": [int(each) for each in mask["size"]], "counts": bytes(mask["counts"]).decode()}


def unite_rings(objects: Objects, at: int, width: int, height: int) -> dict[str, Any] | None:
    """Return what an object's rings cover as RLE of its image; None where that is no pixel."""
    rings = [ring.ravel().tolist() for ring in objects.rings(at) if len(ring) > 2]
    rle = rings_to_mask(rings, height, width) if rings else None
    return rle if rle is not None and mask_box(rle)[2] else None


def labelled_points(objects: Objects, at: int) -> NDArray[np.float64]:
    """Return an object's keypoints ``(k, 3)`` that are labelled: visible, or hidden."""
    points = objects.keypoints[objects.keypoint_offsets[at] : objects.keypoint_offsets[at + 1]]
    found: NDArray[np.float64] = points[points[:, 2] > 0]
    return found
