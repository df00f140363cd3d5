"""Pairs of predictions and annotations: found once per prediction set, then every threshold is a pass over them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any, NamedTuple, TypeVar

import numpy as np
from numpy.typing import NDArray

from assay.arrays import BoolArray, FloatArray, IndexArray, OffsetArray
from assay.errors import UsageError
from assay.evaluation.detection import similarity
from assay.evaluation.detection.boxes import find_box_pairs
from assay.evaluation.kernels import run_in_threads, split_evenly
from assay.evaluation.sorting import order_by_bucket, order_by_descending_score, rank_within_cells
from assay.evaluation.types import Annotations, Predictions, Task, check_indices

Array = TypeVar("Array", bound=NDArray[Any])

LEAST_IOU_ACROSS_CLASSES = 0.01  # the lowest threshold there is: below it a pair across classes explains nothing
DEFAULT_SIGMA = 0.05


class Overlaps(NamedTuple):
    """Pairs of each prediction, ``m`` of them, in the order of the sorted predictions.

    Attributes:
        offsets: int32 ``(n + 1,)``, prediction ``i`` has pairs ``offsets[i]:offsets[i + 1]``.
        annotation: int32 ``(m,)``, sorted position, ascending within a prediction.
        iou: float64 ``(m,)``, above 0.
    """

    offsets: IndexArray
    annotation: IndexArray
    iou: FloatArray

    @property
    def prediction(self) -> IndexArray:
        """int32 ``(m,)``: the sorted position of each pair's prediction, made anew."""
        return np.repeat(np.arange(len(self.offsets) - 1, dtype=np.int32), np.diff(self.offsets))


@dataclass(frozen=True)
class Pairing:
    """Annotations and predictions sorted by class and image, and the pairs that overlap.

    Within an image and class, annotations keep the file's order and predictions are in stable descending score.

    Attributes:
        images: Number of images.
        classes: Number of classes.
        max_detections: How many predictions of an image and class are evaluated; pairs of the others exist.
        annotation_order: int32 ``(g,)``, file position by sorted position.
        annotation_image: int32 ``(g,)``, sorted, as all that follow.
        annotation_class: int32 ``(g,)``.
        annotation_area: float64 ``(g,)``, px².
        crowd: bool ``(g,)``.
        counts: bool ``(g,)``, neither crowd nor ignored by the task.
        annotation_offsets: int64 ``(classes + 1,)``.
        prediction_order: int32 ``(n,)``, file position by sorted position.
        prediction_image: int32 ``(n,)``, sorted, as all that follow.
        prediction_class: int32 ``(n,)``.
        prediction_area: float64 ``(n,)``, px².
        score: float64 ``(n,)``.
        rank: int32 ``(n,)``, position among the predictions of the same image and class.
        prediction_offsets: int64 ``(classes + 1,)``, of sorted predictions and of ``ranking`` alike.
        ranking: int32 ``(n,)``, sorted positions by class, then descending score, then image.
        own: Overlaps with annotations of the same class.
        other: Overlaps of at least .01 with annotations of other classes that count; None if not asked for.
    """

    images: int
    classes: int
    max_detections: int
    annotation_order: IndexArray
    annotation_image: IndexArray
    annotation_class: IndexArray
    annotation_area: FloatArray
    crowd: BoolArray
    counts: BoolArray
    annotation_offsets: OffsetArray
    prediction_order: IndexArray
    prediction_image: IndexArray
    prediction_class: IndexArray
    prediction_area: FloatArray
    score: FloatArray
    rank: IndexArray
    prediction_offsets: OffsetArray
    ranking: IndexArray
    own: Overlaps
    other: Overlaps | None

    @cached_property
    def by_score(self) -> IndexArray:
        """int32 ``(n,)``: sorted positions of all predictions by descending score."""
        return order_by_descending_score(self.score, np.arange(len(self.score), dtype=np.int32))

    @cached_property
    def ranked(self) -> IndexArray:
        """int32 ``(n,)``: file positions of predictions by class, then descending score, then image."""
        return self.prediction_order[self.ranking]

    def predictions_in_file_order(self, values: Array) -> Array:
        """Return values ``(n,)`` of sorted predictions in the file's order."""
        return _scatter(values, self.prediction_order)

    def annotations_in_file_order(self, values: Array) -> Array:
        """Return values ``(g,)`` of sorted annotations in the file's order."""
        return _scatter(values, self.annotation_order)

    @cached_property
    def file_score(self) -> FloatArray:
        """float64 ``(n,)``: scores by file position."""
        return self.predictions_in_file_order(self.score)

    @cached_property
    def pairs_per_class(self) -> OffsetArray:
        """int64 ``(classes,)``: pairs within each class."""
        return np.diff(self.own.offsets[self.prediction_offsets])

    @property
    def across_classes(self) -> Overlaps:
        """The overlaps with other classes.

        Raises:
            UsageError: They were not asked for.
        """
        if self.other is None:
            raise UsageError(
                "Reasons and confusions need the pairs across classes.",
                item="find_pairs",
                expected="across_classes=True",
                actual="across_classes=False",
            )
        return self.other


def find_pairs(
    annotations: Annotations,
    predictions: Predictions,
    *,
    images: int,
    classes: int,
    task: Task = "bbox",
    sigmas: Sequence[FloatArray] | None = None,
    across_classes: bool = True,
) -> Pairing:
    """Sort annotations and predictions and find the pairs that overlap.

    Args:
        annotations: Ground truth.
        predictions: One prediction set.
        images: Number of images, with objects or without.
        classes: Number of classes.
        task: What an overlap is: IoU of boxes, of masks, of rotated boxes, or object keypoint similarity.
        sigmas: For ``keypoints``, float64 ``(keypoints,)`` of each class; default as :func:`default_sigmas`.
        across_classes: Find pairs with other classes too, which reasons and confusions need.

    Raises:
        UsageError: An index is out of range, or what the task needs is missing.
    """
    check_indices("annotations.image", annotations.image, images)
    check_indices("annotations.class_", annotations.class_, classes)
    check_indices("predictions.image", predictions.image, images)
    check_indices("predictions.class_", predictions.class_, classes)
    by_image, image_offsets = _order(annotations.image, images)
    annotation_order, annotation_offsets = order_by_bucket(annotations.class_, by_image, classes)
    prediction_order, ranking, prediction_offsets = _order_predictions(predictions, images, classes)
    frame = _Frame(
        annotations,
        predictions,
        annotation_order,
        prediction_order,
        annotations.class_[annotation_order],
        predictions.image[prediction_order],
        predictions.class_[prediction_order],
        LEAST_IOU_ACROSS_CLASSES if across_classes else np.inf,
    )
    if task == "bbox":
        own, other = _pair_boxes(frame, image_offsets)
    else:
        own, other = _pair_shapes(
            frame,
            task,
            default_sigmas(annotations, classes) if sigmas is None else sigmas,
            _order(predictions.image, images),
            (by_image, image_offsets),
        )
    return Pairing(
        images=images,
        classes=classes,
        max_detections=20 if task == "keypoints" else 100,
        annotation_order=annotation_order,
        annotation_image=annotations.image[annotation_order],
        annotation_class=frame.annotation_class,
        annotation_area=annotations.area[annotation_order],
        crowd=annotations.crowd[annotation_order],
        counts=annotations.counts[annotation_order],
        annotation_offsets=annotation_offsets,
        prediction_order=prediction_order,
        prediction_image=frame.prediction_image,
        prediction_class=frame.prediction_class,
        prediction_area=predictions.area[prediction_order],
        score=predictions.score[prediction_order],
        rank=rank_within_cells(frame.prediction_image, frame.prediction_class),
        prediction_offsets=prediction_offsets,
        ranking=ranking,
        own=own,
        other=other if across_classes else None,
    )


def best_iou(pairing: Pairing) -> FloatArray:
    """Return float64 ``(n,)`` in file order, the metric ``iou``: greatest with a counting one of the class."""
    best = np.zeros(len(pairing.score))
    counting = pairing.counts[pairing.own.annotation]
    np.maximum.at(best, pairing.own.prediction[counting], pairing.own.iou[counting])
    return pairing.predictions_in_file_order(best)


def _order_predictions(
    predictions: Predictions, images: int, classes: int
) -> tuple[IndexArray, IndexArray, OffsetArray]:
    """Return the order by class, image and score, the ranking in terms of it, and where each class starts in both."""
    by_image, _ = _order(predictions.image, images)
    by_score = order_by_descending_score(predictions.score, by_image)
    scored_by_image, _ = order_by_bucket(predictions.image, by_score, images)
    order, _ = order_by_bucket(predictions.class_, scored_by_image, classes)
    ranked, offsets = order_by_bucket(predictions.class_, by_score, classes)
    return order, _inverse(order)[ranked], offsets


@dataclass(frozen=True)
class _Frame:
    annotations: Annotations
    predictions: Predictions
    annotation_order: IndexArray
    prediction_order: IndexArray
    annotation_class: IndexArray
    prediction_image: IndexArray
    prediction_class: IndexArray
    least_other: float


def _pair_boxes(frame: _Frame, image_offsets: OffsetArray) -> tuple[Overlaps, Overlaps]:
    annotations, predictions = frame.annotations, frame.predictions
    order = frame.annotation_order
    sorted_by_image, _ = _order(annotations.image[order], len(image_offsets) - 1)

    def find(share: tuple[int, int]) -> tuple[NDArray[np.generic], ...]:
        return find_box_pairs(
            *share,
            frame.prediction_order,
            predictions.xywh,
            frame.prediction_image,
            frame.prediction_class,
            order,
            annotations.xywh,
            frame.annotation_class,
            annotations.crowd[order],
            annotations.counts[order],
            image_offsets,
            sorted_by_image,
            0.0,
            frame.least_other,
        )

    found = run_in_threads(find, split_evenly(len(predictions)))
    count, annotation, iou, other_count, other_annotation, other_iou = (
        part[0] if len(part) == 1 else np.concatenate(part) for part in zip(*found, strict=True)
    )
    return (
        Overlaps(_offsets(count), annotation, iou),
        Overlaps(_offsets(other_count), other_annotation, other_iou),
    )


def _pair_shapes(
    frame: _Frame,
    task: Task,
    sigmas: Sequence[FloatArray],
    predictions_by_image: tuple[IndexArray, OffsetArray],
    annotations_by_image: tuple[IndexArray, OffsetArray],
) -> tuple[Overlaps, Overlaps]:
    annotations, predictions = frame.annotations, frame.predictions
    groups = (predictions_by_image, annotations_by_image)
    if task == "segm":
        blocks = similarity.mask_pairs(
            _needed(predictions.masks, "masks"),
            _needed(annotations.masks, "masks"),
            annotations.crowd,
            similarity.objects_by_image(*groups),
        )
    elif task == "keypoints":
        blocks = similarity.keypoint_pairs(
            (_needed(predictions.keypoints, "keypoints"), _needed(predictions.keypoint_offsets, "keypoints")),
            (_needed(annotations.keypoints, "keypoints"), _needed(annotations.keypoint_offsets, "keypoints")),
            annotations.xywh,
            annotations.area,
            sigmas,
            annotations.class_,
            similarity.pairs_by_step(*groups),
        )
    else:
        blocks = similarity.rotated_box_pairs(
            np.column_stack([predictions.xywh, _needed(predictions.rotation, "rotation")]),
            np.column_stack([annotations.xywh, _needed(annotations.rotation, "rotation")]),
            annotations.crowd,
            similarity.pairs_by_step(*groups),
        )
    first, second, iou = similarity.gather_blocks(blocks)
    own = predictions.class_[first] == annotations.class_[second]
    other = ~own & annotations.counts[second] & (iou >= frame.least_other)
    return _collect(frame, first[own], second[own], iou[own]), _collect(frame, first[other], second[other], iou[other])


def _collect(frame: _Frame, first: IndexArray, second: IndexArray, iou: FloatArray) -> Overlaps:
    """Return pairs given by file positions as overlaps of sorted objects."""
    prediction = _inverse(frame.prediction_order)[first]
    annotation = _inverse(frame.annotation_order)[second]
    order = np.lexsort((annotation, prediction))
    count = np.bincount(prediction, minlength=len(frame.predictions))
    return Overlaps(_offsets(count), annotation[order], iou[order])


def default_sigmas(annotations: Annotations, classes: int) -> list[FloatArray]:
    """Return COCOeval's sigmas for classes whose annotations have 17 keypoints, .05 for each keypoint of the others.

    Args:
        annotations: Ground truth.
        classes: Number of classes.
    """
    lengths = np.zeros(classes, dtype=np.int64)
    if annotations.keypoint_offsets is not None:
        np.maximum.at(lengths, annotations.class_, np.diff(annotations.keypoint_offsets))
    return [
        similarity.COCO_SIGMAS if length == len(similarity.COCO_SIGMAS) else np.full(length, DEFAULT_SIGMA)
        for length in lengths
    ]


def _needed(array: Array | None, name: str) -> Array:
    if array is None:
        raise UsageError("The task needs what the objects lack.", item=name, expected="an array", actual="none")
    return array


def _order(keys: IndexArray, buckets: int) -> tuple[IndexArray, OffsetArray]:
    return order_by_bucket(keys, np.arange(len(keys), dtype=np.int32), buckets)


def _offsets(count: NDArray[np.generic]) -> IndexArray:
    offsets = np.zeros(len(count) + 1, dtype=np.int32)  # 2³¹ pairs would take 25 GB
    np.cumsum(count, out=offsets[1:])
    return offsets


def _scatter(values: Array, order: IndexArray) -> Array:
    result: Array = np.empty_like(values)
    result[order] = values
    return result


def _inverse(order: IndexArray) -> IndexArray:
    return _scatter(np.arange(len(order), dtype=np.int32), order)
