"""Struct-of-arrays types in which images and objects move between the layers.

Nothing here computes a metric or knows the database: arrays, their meaning, slicing by mask, and no more.
All coordinates are pixels of the image's declared size, origin at its top left corner.
"""

from __future__ import annotations

from dataclasses import dataclass, field, fields
from enum import IntEnum, IntFlag
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray


class Shape(IntEnum):
    """What an object is drawn as; the value is what the database stores."""

    LABEL = 0  # an image-level label: no geometry
    BOX = 1
    ROTATED_BOX = 2
    POLYGON = 3
    MASK = 4
    KEYPOINTS = 5
    POLYLINE = 6
    POINT = 7


SHAPE_NAMES = tuple(shape.name.lower() for shape in Shape)
"""What a shape is called outside, by its value."""


class Faults(IntFlag):
    """What of a record's geometry could not be used as it is; the value is what the database stores.

    ``OUTSIDE`` alone is of coordinates that are used: its box reaches more than 1 px beyond the image.
    """

    BOX = 1
    NEGATIVE_BOX = 2
    SEGMENTATION = 4
    PART_OF_SEGMENTATION = 8
    LAYOUT = 16
    NUMBERS = 32
    KEYPOINTS = 64
    OUTSIDE = 128


FAULT_NAMES = {
    Faults.BOX: "faulty bbox, not used",
    Faults.NEGATIVE_BOX: "bbox of negative size",
    Faults.SEGMENTATION: "faulty segmentation, not used",
    Faults.PART_OF_SEGMENTATION: "segmentation used in part",
    Faults.LAYOUT: "polygons laid out otherwise than COCO's",
    Faults.NUMBERS: "coordinates as text or beyond 2^53",
    Faults.KEYPOINTS: "faulty keypoints, not used",
}
"""What a fault is called outside."""

RINGED_SHAPES = (Shape.POLYGON, Shape.POLYLINE)
"""Those that are stored as rings."""

AREAL_SHAPES = (Shape.BOX, Shape.ROTATED_BOX, Shape.POLYGON, Shape.MASK)


@dataclass(frozen=True)
class Images:
    """Images of a project, ``n`` of them.

    Attributes:
        row: int32 ``(n,)``, the images' rows.
        width, height: float64 ``(n,)``, declared size in pixels, NaN where unknown.
        random_key: uint64 ``(n,)``, a hash of the source id, for the metric ``random``.
    """

    row: NDArray[np.int32]
    width: NDArray[np.float64]
    height: NDArray[np.float64]
    random_key: NDArray[np.uint64]

    def __len__(self) -> int:
        return len(self.row)

    def take(self, index: NDArray[Any]) -> Self:
        """Return the images at a boolean mask or an integer index."""
        return type(self)(*(getattr(self, f.name)[index] for f in fields(self)))


@dataclass(frozen=True)
class Objects:
    """Annotations or predictions, ``n`` of them, ordered by image row.

    Attributes:
        row: int32 ``(n,)``, the objects' rows.
        image: int32 ``(n,)``, the row of each one's image.
        class_: int32 ``(n,)``, the row of each one's class.
        shape: uint8 ``(n,)``, a :class:`Shape`: what metrics take as the object's shape
            (segmentation, else rotated box, else box, else keypoints, else label).
        xywh: float64 ``(n, 4)``, the file's own ``bbox`` (left, top, width, height), NaN where absent.
        rotation: float64 ``(n,)``, degrees clockwise about the centre of ``xywh``, NaN where none.
        crowd: bool ``(n,)``.
        image_width, image_height: float64 ``(n,)``, declared size of each one's image, NaN where unknown.
        random_key: uint64 ``(n,)``, a hash of the source id.
        points: float64 ``(p, 2)``, the vertices of all polygon rings (and polylines, points), one after another.
        ring_offsets: int64 ``(r + 1,)``, ring ``j`` is ``points[ring_offsets[j]:ring_offsets[j + 1]]``.
        object_offsets: int64 ``(n + 1,)``, object ``i`` has rings ``object_offsets[i]:object_offsets[i + 1]``;
            none for shapes that have no rings.
        masks: object ``(n,)``, for masks a COCO RLE ``{"size": [h, w], "counts": bytes}`` that
            ``pycocotools.mask`` takes, else None.
        keypoints: float64 ``(k, 3)``, x, y, visibility of all objects' keypoints.
        keypoint_offsets: int64 ``(n + 1,)``.
        faults: uint8 ``(n,)``, :class:`Faults` of each one's record; None for none at all.
    """

    row: NDArray[np.int32]
    image: NDArray[np.int32]
    class_: NDArray[np.int32]
    shape: NDArray[np.uint8]
    xywh: NDArray[np.float64]
    rotation: NDArray[np.float64]
    crowd: NDArray[np.bool_]
    image_width: NDArray[np.float64]
    image_height: NDArray[np.float64]
    random_key: NDArray[np.uint64]
    points: NDArray[np.float64]
    ring_offsets: NDArray[np.int64]
    object_offsets: NDArray[np.int64]
    masks: NDArray[np.object_]
    keypoints: NDArray[np.float64]
    keypoint_offsets: NDArray[np.int64]
    faults: NDArray[np.uint8] | None = None

    def __len__(self) -> int:
        return len(self.row)

    def rings(self, index: int) -> list[NDArray[np.float64]]:
        """Return the rings of one object, each ``(m, 2)``."""
        first, last = self.object_offsets[index], self.object_offsets[index + 1]
        return [self.points[self.ring_offsets[j] : self.ring_offsets[j + 1]] for j in range(first, last)]

    def take(self, selection: NDArray[Any]) -> Self:
        """Return the objects at a boolean mask or an integer index, with their rings and keypoints."""
        index = np.flatnonzero(selection) if selection.dtype == np.bool_ else np.asarray(selection, dtype=np.int64)
        ring_index, object_offsets = _gather(self.object_offsets, index)
        point_index, ring_offsets = _gather(self.ring_offsets, ring_index)
        keypoint_index, keypoint_offsets = _gather(self.keypoint_offsets, index)
        ragged: dict[str, Any] = {
            "points": self.points[point_index],
            "ring_offsets": ring_offsets,
            "object_offsets": object_offsets,
            "keypoints": self.keypoints[keypoint_index],
            "keypoint_offsets": keypoint_offsets,
        }
        flat: dict[str, Any] = {
            f.name: None if (column := getattr(self, f.name)) is None else column[index]
            for f in fields(self)
            if f.name not in ragged
        }
        return type(self)(**flat, **ragged)


@dataclass(frozen=True)
class Evidence:
    """The pairs or objects that explain metric values, one record for each.

    Attributes:
        metric: the metric's key.
        row: int32 ``(m,)``, the object; of a pair the one with the lower row.
        partner: int32 ``(m,)``, the other object of the pair, -1 where there is none.
        value: float64 ``(m,)``.
        detail: ``(m,)`` short texts, ``""`` where there is nothing to add.
    """

    metric: str
    row: NDArray[np.int32]
    partner: NDArray[np.int32]
    value: NDArray[np.float64]
    detail: NDArray[np.object_] = field(default_factory=lambda: np.empty(0, dtype=object))


def _gather(offsets: NDArray[np.int64], index: NDArray[np.int64]) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Return the element indices of the chosen groups and the new offsets."""
    starts = offsets[index]
    lengths = offsets[index + 1] - starts
    new_offsets = np.zeros(len(index) + 1, dtype=np.int64)
    np.cumsum(lengths, out=new_offsets[1:])
    elements = np.repeat(starts - new_offsets[:-1], lengths) + np.arange(new_offsets[-1], dtype=np.int64)
    return elements, new_offsets
