"""Objects as the masks that an evaluation compares."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from assay.arrays import FloatArray
from assay.errors import UsageError
from assay.metrics.batch import ObjectBatch
from assay.metrics.masks import MOST_PIXELS, find_near, rasterise
from assay.project.geometry import Objects

Masks = NDArray[np.object_]
"""object ``(n,)``: RLEs that pycocotools takes, None where an object can have no mask."""


def draw_masks(*sides: Objects) -> list[Masks]:
    """Return the masks of the objects of each side, rasterised as pycocotools does: the segmentation, else the box.

    Sides that are drawn together can be compared. There is no mask where the image's size is unknown, where it has more
    pixels than a mask can, or where there is neither segmentation nor box.
    """
    canvases = _find_canvases(sides)
    return [_draw(objects, sizes) for objects, sizes in zip(sides, canvases, strict=True)]


def lacks(what: str) -> UsageError:
    """Return the error of a task that the project or the set has nothing for."""
    return UsageError(
        f"The project cannot be evaluated for {what}.",
        item=what,
        expected=f"annotations and predictions with {what}",
        actual="none",
    )


def _draw(objects: Objects, sizes: FloatArray) -> Masks:
    masks = objects.masks.copy()
    near = find_near(objects.points, objects.ring_offsets)
    known = ~np.isnan(sizes).any(axis=1)
    drawn = np.array([mask is None for mask in masks], dtype=np.bool_)
    for at in np.flatnonzero(drawn & known).tolist():
        rings = objects.rings(at)
        walk: bool | None = bool(near[objects.object_offsets[at] : objects.object_offsets[at + 1]].all())
        if not rings and not np.isnan(objects.xywh[at]).any():
            x, y, w, h = objects.xywh[at].tolist()
            rings, walk = [np.array([[x, y], [x, y + h], [x + w, y + h], [x + w, y]])], None
        if rings:
            masks[at] = rasterise(rings, int(sizes[at, 0]), int(sizes[at, 1]), near=walk)
    return masks


def _find_canvases(sides: tuple[Objects, ...]) -> list[FloatArray]:
    """Return for each side float64 ``(n, 2)``: height and width of each object's mask, NaN where unknown.

    They are the image's; of an image with more pixels than a mask can have, the part that objects reach.
    """
    canvases = [np.stack([objects.image_height, objects.image_width], axis=1) for objects in sides]
    huge = [sizes.prod(axis=1) > MOST_PIXELS for sizes in canvases]
    if not any(each.any() for each in huge):
        return canvases
    images = np.concatenate([objects.image[chosen] for objects, chosen in zip(sides, huge, strict=True)])
    boxes = np.concatenate([ObjectBatch(objects).boxes[chosen] for objects, chosen in zip(sides, huge, strict=True)])
    reach = np.maximum(np.ceil(np.nan_to_num(boxes[:, [3, 2]])) + 1, 1.0)
    _, image = np.unique(images, return_inverse=True)
    farthest = np.ones((len(reach), 2))
    np.maximum.at(farthest, image, reach)
    part = farthest[image]
    start = 0
    for sizes, chosen in zip(canvases, huge, strict=True):
        count = int(chosen.sum())
        sizes[chosen] = np.minimum(sizes[chosen], part[start : start + count])
        start += count
    return canvases
