"""What every format's reader gives: images, classes and annotations as columns, and what could not be used.

A reader of a format whose records are no COCO records fills the columns that it has and leaves ``present`` out: the
export then writes the fields that have a value.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from assay.formats.doctor import Doctor
from assay.formats.rejected import RejectedRecords


@dataclass
class ImageColumns:
    """A source's images in its order, ``n`` of them.

    Attributes:
        position: The place of each in the source.
        ids: What the source, or the project, calls each: any JSON value.
        file_name: Paths relative to the images folder.
        width, height: In pixels; None where the source does not say.
        present: Which of COCO's image fields the record has, a bit each; empty: those that have a value.
        extras: Further fields by place in these columns. ``split``, ``sequence`` (or ``video_id``) and ``frame_id``
            are understood; all are columns ``meta.*``.
    """

    position: list[int] = field(default_factory=list)
    ids: list[Any] = field(default_factory=list)
    file_name: list[str] = field(default_factory=list)
    width: list[int | None] = field(default_factory=list)
    height: list[int | None] = field(default_factory=list)
    present: list[int] = field(default_factory=list)
    extras: dict[int, dict[str, Any]] = field(default_factory=dict)

    @classmethod
    def named(cls, ids: list[Any], names: list[str]) -> ImageColumns:
        """Return images of which no more is known than id and file name."""
        count = len(names)
        return cls(list(range(count)), ids, names, [None] * count, [None] * count)


@dataclass
class CategoryColumns:
    """A source's classes in its order.

    Attributes:
        position, ids, present, extras: As of images.
        name: What each is called.
        supercategory: The class above it, or None.
        repeated: The places of records that say again what an accepted one says; they are no classes of their own.
        repeated_as: Id and row of the accepted category of each of them.
    """

    position: list[int] = field(default_factory=list)
    ids: list[Any] = field(default_factory=list)
    name: list[str] = field(default_factory=list)
    supercategory: list[str | None] = field(default_factory=list)
    present: list[int] = field(default_factory=list)
    extras: dict[int, dict[str, Any]] = field(default_factory=dict)
    repeated: list[int] = field(default_factory=list)
    repeated_as: list[tuple[Any, int]] = field(default_factory=list)

    @classmethod
    def named(cls, ids: list[Any], names: list[str]) -> CategoryColumns:
        """Return classes of which no more is known than id and name."""
        return cls(list(range(len(names))), ids, names, [None] * len(names))


@dataclass
class Source:
    """A dataset as columns, ``n`` annotations.

    Attributes:
        images, categories: What the annotations are of.
        annotations: Columns by name; see :func:`blank_annotations`.
        annotation_ids: What the source, or the project, calls each.
        annotation_image, annotation_category: int32 ``(n,)`` places in `images` and `categories`.
        annotation_extras: Further fields by place. ``track_id``, ``rotation`` (degrees), ``score`` and ``attributes``
            are understood, and of outlines ``shape_type``, which tells lines and points; all are columns ``attr.*``.
        rejected: Records that cannot be used, and those that repeat others, kept for the export.
        header: What else the source holds.
        sections: The parts that it has, in its order.
        doctor: What is odd in it.
        embedded: By the place of an image what returns the picture that its labels hold, a file's bytes, or None where
            it can no longer be had; it counts where there is no file of the image's name.
    """

    images: ImageColumns
    categories: CategoryColumns = field(default_factory=CategoryColumns)
    annotations: dict[str, NDArray[Any]] = field(default_factory=lambda: blank_annotations(0))
    annotation_ids: list[Any] = field(default_factory=list)
    annotation_image: NDArray[np.int32] = field(default_factory=lambda: np.empty(0, dtype=np.int32))
    annotation_category: NDArray[np.int32] = field(default_factory=lambda: np.empty(0, dtype=np.int32))
    annotation_extras: dict[int, dict[str, Any]] = field(default_factory=dict)
    rejected: RejectedRecords = field(default_factory=RejectedRecords)
    header: dict[str, Any] = field(default_factory=dict)
    sections: list[str] = field(default_factory=lambda: ["images"])
    doctor: Doctor = field(default_factory=Doctor)
    embedded: dict[int, Callable[[], bytes | None]] = field(default_factory=dict)


def blank_annotations(count: int) -> dict[str, NDArray[Any]]:
    """Return the columns of annotations that have an image and a class and nothing else, to be filled.

    ``position`` int64, place in the source; ``xywh`` float64 ``(n, 4)`` in pixels, NaN without a box; ``area`` float64
    in px², NaN where not declared; ``crowd`` bool; ``num_keypoints`` int64, -1 where not declared; ``segmentation``
    uint8, a :class:`~assay.project.vocabulary.Segmentation`; its ``ring_count``, ``rle_size`` ``(n, 2)`` height and
    width, ``rle_bytes``, ``word_start`` and ``word_count`` among the coordinates that were appended;
    ``keypoint_start`` and ``keypoint_count`` (three words a point: x, y, visibility); ``faults`` uint8. ``present``
    uint16 may be added: which of COCO's fields the record has, a bit each.
    """
    return {
        "position": np.arange(count, dtype=np.int64),
        "xywh": np.full((count, 4), np.nan),
        "area": np.full(count, np.nan),
        "crowd": np.zeros(count, dtype=np.bool_),
        "num_keypoints": np.full(count, -1, dtype=np.int64),
        "segmentation": np.zeros(count, dtype=np.uint8),
        "ring_count": np.zeros(count, dtype=np.int32),
        "rle_size": np.zeros((count, 2), dtype=np.int32),
        "rle_bytes": np.zeros(count, dtype=np.int32),
        "word_start": np.zeros(count, dtype=np.int64),
        "word_count": np.zeros(count, dtype=np.int32),
        "keypoint_start": np.zeros(count, dtype=np.int64),
        "keypoint_count": np.zeros(count, dtype=np.int32),
        "faults": np.zeros(count, dtype=np.uint8),
    }
