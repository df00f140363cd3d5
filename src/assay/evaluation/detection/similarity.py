"""Overlaps of masks, keypoints and rotated boxes: every pair of a prediction and an annotation of one image."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np
import shapely
from numpy.typing import NDArray
from pycocotools import mask as coco_mask

from assay.arrays import BoolArray, FloatArray, IndexArray, OffsetArray
from assay.errors import UsageError
from assay.evaluation.kernels import kernel

PAIRS_PER_STEP = 500_000  # bounds the memory of keypoints and rotated boxes that are compared at a time

COCO_SIGMAS: FloatArray = (
    np.array([0.26, 0.25, 0.25, 0.35, 0.35, 0.79, 0.79, 0.72, 0.72, 0.62, 0.62, 1.07, 1.07, 0.87, 0.87, 0.89, 0.89])
    / 10
)
"""COCO's 17 keypoint sigmas, divided as COCOeval divides them."""

Block = tuple[IndexArray, IndexArray, FloatArray]
"""Prediction, annotation (positions in file order) and overlap of pairs."""


def mask_pairs(
    predicted: NDArray[np.object_],
    annotated: NDArray[np.object_],
    crowd: BoolArray,
    by_image: Iterator[tuple[IndexArray, IndexArray]],
) -> Iterator[Block]:
    """Yield, image by image, pairs of masks that share a pixel, with pycocotools' IoU.

    Args:
        predicted: object ``(n,)``, RLEs.
        annotated: object ``(g,)``, RLEs.
        crowd: bool ``(g,)``.
        by_image: Predictions and annotations of each image.
    """
    for guesses, truths in by_image:
        overlaps = np.asarray(
            coco_mask.iou(list(predicted[guesses]), list(annotated[truths]), crowd[truths].astype(np.uint8).tolist())
        )
        first, second = np.nonzero(overlaps > 0)  # masks of different sizes are -1
        yield guesses[first], truths[second], overlaps[first, second]


def keypoint_pairs(
    predicted: tuple[FloatArray, OffsetArray],
    annotated: tuple[FloatArray, OffsetArray],
    boxes: FloatArray,
    areas: FloatArray,
    sigmas: Sequence[FloatArray],
    class_: IndexArray,
    pairs: Iterator[tuple[IndexArray, IndexArray]],
) -> Iterator[Block]:
    """Yield pairs with their object keypoint similarity (``computeOks`` of cocoeval.py), bit for bit.

    Pairs with different numbers of keypoints have none.

    Args:
        predicted: float64 ``(k, 3)`` and int64 ``(n + 1,)``, keypoints and their offsets.
        annotated: The same of annotations.
        boxes: float64 ``(g, 4)``, xywh of annotations.
        areas: float64 ``(g,)``, px².
        sigmas: For each class float64 ``(keypoints of the class,)``.
        class_: int32 ``(g,)``, of annotations.
        pairs: Predictions and annotations to compare.
    """
    (points, offsets), (labels, label_offsets) = predicted, annotated
    length, label_length = np.diff(offsets), np.diff(label_offsets)
    for guesses, truths in pairs:
        same = (length[guesses] == label_length[truths]) & (label_length[truths] > 0)
        first, second = guesses[same], truths[same]
        similarity = np.zeros(len(first))
        for key in np.unique(class_[second]):
            chosen = np.flatnonzero(class_[second] == key)
            count = len(sigmas[key])
            if (label_length[second[chosen]] != count).any():
                raise UsageError(
                    "Keypoints and sigmas differ in number.",
                    item=f"class {key}",
                    expected=f"{count} keypoints",
                    actual=f"{int(label_length[second[chosen]].max())}",
                )
            span = np.arange(count)
            similarity[chosen] = _oks(
                points[offsets[first[chosen], None] + span, :2],
                labels[label_offsets[second[chosen], None] + span],
                boxes[second[chosen]],
                areas[second[chosen]],
                sigmas[key],
            )
        kept = similarity > 0
        yield first[kept], second[kept], similarity[kept]


def _oks(
    points: FloatArray, labels: FloatArray, boxes: FloatArray, areas: FloatArray, sigmas: FloatArray
) -> FloatArray:
    """Return float64 ``(m,)`` of points ``(m, k, 2)`` against labels ``(m, k, 3)``, computed in COCOeval's order."""
    visible = labels[:, :, 2] > 0
    distance = points - labels[:, :, :2]
    corner, size = boxes[:, None, :2], boxes[:, None, 2:]
    low, high = corner - size, corner + size * 2
    unlabelled = ~visible.any(axis=1)
    outside = np.maximum(0.0, low - points) + np.maximum(0.0, points - high)
    distance[unlabelled] = outside[unlabelled]
    variances = (sigmas * 2) ** 2
    exponent = (distance[:, :, 0] ** 2 + distance[:, :, 1] ** 2) / variances / (areas[:, None] + np.spacing(1)) / 2
    visible[unlabelled] = True
    closeness = np.exp(-exponent)
    similarity = np.zeros(len(points))
    number = visible.sum(axis=1)
    # Rows with equally many visible keypoints are summed as rows of one matrix: numpy then adds each in the
    # order in which it adds the vector that COCOeval makes of it.
    for count in np.unique(number):
        rows = number == count
        similarity[rows] = np.sum(closeness[rows][visible[rows]].reshape(-1, count), axis=1) / count
    return similarity


def rotated_box_pairs(
    predicted: FloatArray,
    annotated: FloatArray,
    crowd: BoolArray,
    pairs: Iterator[tuple[IndexArray, IndexArray]],
) -> Iterator[Block]:
    """Yield pairs of rotated boxes that share an area, with their IoU.

    Args:
        predicted: float64 ``(n, 5)``, xywh and degrees clockwise about the centre.
        annotated: float64 ``(g, 5)``.
        crowd: bool ``(g,)``.
        pairs: Predictions and annotations to compare.
    """
    corners, label_corners = rotated_corners(predicted), rotated_corners(annotated)
    shapes, label_shapes = shapely.polygons(corners), shapely.polygons(label_corners)
    area, label_area = predicted[:, 2] * predicted[:, 3], annotated[:, 2] * annotated[:, 3]
    low, high = corners.min(axis=1), corners.max(axis=1)
    label_low, label_high = label_corners.min(axis=1), label_corners.max(axis=1)
    for guesses, truths in pairs:
        meets = (low[guesses] < label_high[truths]).all(axis=1) & (label_low[truths] < high[guesses]).all(axis=1)
        meets &= (area[guesses] > 0) & (label_area[truths] > 0)
        first, second = guesses[meets], truths[meets]
        shared = shapely.area(shapely.intersection(shapes[first], label_shapes[second]))
        whole = np.where(crowd[second], area[first], area[first] + label_area[second] - shared)
        kept = shared > 0
        yield first[kept], second[kept], np.minimum(shared[kept] / whole[kept], 1.0)


def rotated_corners(boxes: FloatArray) -> FloatArray:
    """Return float64 ``(n, 4, 2)``: the corners of rotated boxes.

    Args:
        boxes: float64 ``(n, 5)``, xywh and degrees clockwise about the centre, in image coordinates (y downwards).
    """
    centre = boxes[:, :2] + boxes[:, 2:4] / 2
    half = boxes[:, None, 2:4] / 2 * np.array([[-1.0, -1.0], [1.0, -1.0], [1.0, 1.0], [-1.0, 1.0]])
    angle = np.deg2rad(boxes[:, 4])
    cosine, sine = np.cos(angle)[:, None], np.sin(angle)[:, None]
    x, y = half[:, :, 0], half[:, :, 1]
    corners: FloatArray = centre[:, None, :] + np.stack([x * cosine - y * sine, x * sine + y * cosine], axis=2)
    return corners


def objects_by_image(
    predictions: tuple[IndexArray, OffsetArray], annotations: tuple[IndexArray, OffsetArray]
) -> Iterator[tuple[IndexArray, IndexArray]]:
    """Yield the predictions and annotations of each image that has both.

    Args:
        predictions: int32 ``(n,)`` by image, and int64 ``(images + 1,)``, where each image's start.
        annotations: The same of annotations.
    """
    (order, offsets), (label_order, label_offsets) = predictions, annotations
    for image in np.flatnonzero((np.diff(offsets) > 0) & (np.diff(label_offsets) > 0)):
        yield (
            order[offsets[image] : offsets[image + 1]],
            label_order[label_offsets[image] : label_offsets[image + 1]],
        )


def pairs_by_step(
    predictions: tuple[IndexArray, OffsetArray], annotations: tuple[IndexArray, OffsetArray]
) -> Iterator[tuple[IndexArray, IndexArray]]:
    """Yield all pairs of a prediction and an annotation of one image, about half a million at a time.

    Args:
        predictions: As for :func:`objects_by_image`.
        annotations: The same of annotations.
    """
    (order, offsets), (label_order, label_offsets) = predictions, annotations
    ends = np.cumsum(np.diff(offsets) * np.diff(label_offsets))
    first, images = 0, len(ends)
    while first < images:
        done = ends[first - 1] if first else 0
        last = max(int(np.searchsorted(ends, done + PAIRS_PER_STEP, side="right")), first + 1)
        yield _all_pairs(first, last, int(ends[last - 1] - done), order, offsets, label_order, label_offsets)
        first = last


@kernel
def _all_pairs(
    first: int,
    last: int,
    total: int,
    order: IndexArray,
    offsets: OffsetArray,
    label_order: IndexArray,
    label_offsets: OffsetArray,
) -> tuple[IndexArray, IndexArray]:
    predictions, annotations = np.empty(total, dtype=np.int32), np.empty(total, dtype=np.int32)
    place = 0
    for image in range(first, last):
        for i in range(offsets[image], offsets[image + 1]):
            for j in range(label_offsets[image], label_offsets[image + 1]):
                predictions[place] = order[i]
                annotations[place] = label_order[j]
                place += 1
    return predictions, annotations


def gather_blocks(blocks: Iterator[Block]) -> Block:
    """Return all pairs of an iterator of blocks in one."""
    parts: list[Any] = [list(part) for part in zip(*blocks, strict=True)]
    if not parts:
        return np.zeros(0, dtype=np.int32), np.zeros(0, dtype=np.int32), np.zeros(0)
    first, second, overlap = (np.concatenate(part) for part in parts)
    return first, second, overlap
