"""What is evaluated: annotations and predictions as struct-of-arrays, and what a filter leaves of them."""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from assay.arrays import BoolArray, FloatArray, IndexArray, OffsetArray
from assay.errors import UsageError

Task = Literal["bbox", "segm", "keypoints", "obb"]
TASKS: tuple[Task, ...] = ("bbox", "segm", "keypoints", "obb")


class Outcome(IntEnum):
    """What became of a prediction or annotation at an IoU threshold."""

    IGNORED = 0
    TP = 1  # a matched annotation has the same code
    FP = 2
    FN = 3
    LEFT_OUT = 4  # in an image that the filter leaves out


@dataclass(frozen=True)
class Annotations:
    """Ground truth, ``g`` annotations, those of one image in file order.

    Attributes:
        image: int32 ``(g,)``, dense index of each one's image; images are in ascending order of their ids.
        class_: int32 ``(g,)``, dense index of each one's class; classes are in ascending order of their ids.
        xywh: float64 ``(g, 4)``, the file's ``bbox`` in px.
        area: float64 ``(g,)``, the file's ``area`` in px².
        crowd: bool ``(g,)``.
        ignored: bool ``(g,)``, ignored for a reason of the task other than crowd: no labelled keypoint.
        rotation: float64 ``(g,)``, degrees clockwise about the centre of ``xywh``; for ``obb``.
        masks: object ``(g,)``, RLEs that pycocotools takes; for ``segm``.
        keypoints: float64 ``(k, 3)``, x, y, visibility of all annotations' keypoints; for ``keypoints``.
        keypoint_offsets: int64 ``(g + 1,)``.

    Raises:
        UsageError: The arrays do not fit each other, or an index is out of range.
    """

    image: IndexArray
    class_: IndexArray
    xywh: FloatArray
    area: FloatArray
    crowd: BoolArray
    ignored: BoolArray | None = None
    rotation: FloatArray | None = None
    masks: NDArray[np.object_] | None = None
    keypoints: FloatArray | None = None
    keypoint_offsets: OffsetArray | None = None

    def __post_init__(self) -> None:
        _check_objects("annotations", self)
        check_array("annotations.crowd", self.crowd, (len(self),), np.bool_)
        check_array("annotations.ignored", self.ignored, (len(self),), np.bool_)

    def __len__(self) -> int:
        return len(self.image)

    @property
    def counts(self) -> BoolArray:
        """Bool ``(g,)``: neither crowd nor ignored by the task."""
        counts: BoolArray = ~self.crowd if self.ignored is None else ~(self.crowd | self.ignored)
        return counts


@dataclass(frozen=True)
class Predictions:
    """Predictions of one set, ``n`` of them, in file order.

    Attributes:
        image, class_, xywh, rotation, masks, keypoints, keypoint_offsets: As of :class:`Annotations`.
        area: float64 ``(n,)``, px², as ``COCO.loadRes`` gives it.
        score: float64 ``(n,)``.

    Raises:
        UsageError: The arrays do not fit each other, an index is out of range, or a score is not a number.
    """

    image: IndexArray
    class_: IndexArray
    xywh: FloatArray
    area: FloatArray
    score: FloatArray
    rotation: FloatArray | None = None
    masks: NDArray[np.object_] | None = None
    keypoints: FloatArray | None = None
    keypoint_offsets: OffsetArray | None = None

    def __post_init__(self) -> None:
        _check_objects("predictions", self)
        check_array("predictions.score", self.score, (len(self),), np.float64)
        if np.isnan(self.score).any():
            bad = int(np.flatnonzero(np.isnan(self.score))[0])
            raise UsageError("Scores must be numbers.", item=f"prediction {bad}", expected="a number", actual="NaN")

    def __len__(self) -> int:
        return len(self.image)


@dataclass(frozen=True)
class Selection:
    """What a filter leaves; ``None`` leaves everything. A class filter is no part of it: classes are independent.

    Attributes:
        images: bool ``(images,)``, which images are evaluated (pycocotools' ``imgIds``).
        annotations: bool ``(g,)``, which annotations fulfil the object condition; the others are ignored.
        predictions: bool ``(n,)``, which predictions do; unmatched others are ignored.
    """

    images: BoolArray | None = None
    annotations: BoolArray | None = None
    predictions: BoolArray | None = None


EVERYTHING = Selection()


def check_mask(name: str, mask: BoolArray | None, count: int) -> BoolArray:
    """Return a mask, all true where there is none.

    Raises:
        UsageError: It is no boolean array of that length.
    """
    if mask is None:
        return np.ones(count, dtype=np.bool_)
    check_array(name, mask, (count,), np.bool_)
    return mask


def check_indices(item: str, indices: IndexArray, count: int) -> None:
    """Check that dense indices lie in ``0..count-1``.

    Raises:
        UsageError: One does not.
    """
    if len(indices) and (indices.min() < 0 or indices.max() >= count):
        bad = int(np.flatnonzero((indices < 0) | (indices >= count))[0])
        raise UsageError(
            "An index is out of range.",
            item=f"{item}[{bad}]",
            expected=f"0 to {count - 1}",
            actual=str(int(indices[bad])),
        )


def check_array(name: str, array: NDArray[Any] | None, shape: tuple[int, ...], kind: type[np.generic]) -> None:
    """Check shape and type of an array, if there is one; kernels are compiled for one type each.

    Raises:
        UsageError: It has another.
    """
    if array is None or (array.shape == shape and array.dtype == kind):
        return
    raise UsageError(
        "An array has the wrong shape or type.",
        item=name,
        expected=f"{np.dtype(kind)} {shape}",
        actual=f"{array.dtype} {array.shape}",
    )


def _check_objects(name: str, objects: Annotations | Predictions) -> None:
    count = len(objects.image)
    check_array(f"{name}.image", objects.image, (count,), np.int32)
    check_array(f"{name}.class_", objects.class_, (count,), np.int32)
    check_array(f"{name}.xywh", objects.xywh, (count, 4), np.float64)
    check_array(f"{name}.area", objects.area, (count,), np.float64)
    check_array(f"{name}.rotation", objects.rotation, (count,), np.float64)
    check_array(f"{name}.masks", objects.masks, (count,), np.object_)
    check_array(f"{name}.keypoint_offsets", objects.keypoint_offsets, (count + 1,), np.int64)
    if (objects.keypoints is None) != (objects.keypoint_offsets is None):
        raise UsageError("Keypoints and their offsets belong together.", item=f"{name}.keypoints")
    if objects.keypoints is not None and objects.keypoint_offsets is not None:
        check_array(f"{name}.keypoints", objects.keypoints, (int(objects.keypoint_offsets[-1]), 3), np.float64)
