"""Overlaps of upright boxes, in the arithmetic of pycocotools (``bbIou`` of maskApi.c), bit for bit."""

from __future__ import annotations

import numpy as np

from assay.arrays import BoolArray, FloatArray, IndexArray, OffsetArray
from assay.evaluation.kernels import kernel


@kernel
def box_overlap(first: FloatArray, second: FloatArray, crowd: bool) -> float:
    """Return the IoU of a predicted and an annotated box; intersection over predicted area for a crowd.

    Args:
        first: float64 ``(4,)``, x, y, width, height of the prediction.
        second: float64 ``(4,)``, of the annotation.
        crowd: Whether the annotation is a crowd.
    """
    width = min(first[2] + first[0], second[2] + second[0]) - max(first[0], second[0])
    if width <= 0:
        return 0.0
    height = min(first[3] + first[1], second[3] + second[1]) - max(first[1], second[1])
    if height <= 0:
        return 0.0
    shared = width * height
    area = first[2] * first[3]
    overlap: float = shared / (area if crowd else area + second[2] * second[3] - shared)
    return overlap


@kernel
def find_box_pairs(
    start: int,
    stop: int,
    prediction_order: IndexArray,
    prediction_boxes: FloatArray,
    prediction_image: IndexArray,
    prediction_class: IndexArray,
    annotation_order: IndexArray,
    annotation_boxes: FloatArray,
    annotation_class: IndexArray,
    crowd: BoolArray,
    counts: BoolArray,
    image_offsets: OffsetArray,
    image_annotations: IndexArray,
    least_own: float,
    least_other: float,
) -> tuple[IndexArray, IndexArray, FloatArray, IndexArray, IndexArray, FloatArray]:
    """Find the annotations that predictions ``start`` to ``stop`` overlap, in the same image.

    Positions are those of the sorted objects; ``*_order`` leads from them to the boxes, which are not copied.

    Args:
        start: First prediction.
        stop: One beyond the last.
        prediction_order: int32 ``(n,)``.
        prediction_boxes: float64 ``(n, 4)``, xywh in file order.
        prediction_image: int32 ``(n,)``, sorted.
        prediction_class: int32 ``(n,)``, sorted.
        annotation_order: int32 ``(g,)``.
        annotation_boxes: float64 ``(g, 4)``, xywh in file order.
        annotation_class: int32 ``(g,)``, sorted.
        crowd: bool ``(g,)``, sorted.
        counts: bool ``(g,)``, sorted: annotations that pairs across classes may have.
        image_offsets: int64 ``(images + 1,)``, of ``image_annotations``.
        image_annotations: int32 ``(g,)``, annotations by image.
        least_own: Overlaps of the same class are kept from this one on, if positive.
        least_other: Overlaps with other classes are kept from this one on; above 1 for none.

    Returns:
        Number of pairs of each prediction int32 ``(stop - start,)``, annotation int32 and IoU float64 of each pair:
        first of the same class, then of other classes.
    """
    own_count = np.zeros(stop - start, dtype=np.int32)
    other_count = np.zeros(stop - start, dtype=np.int32)
    own_annotation, own_iou = np.empty(1024, dtype=np.int32), np.empty(1024, dtype=np.float64)
    other_annotation, other_iou = np.empty(1024, dtype=np.int32), np.empty(1024, dtype=np.float64)
    own_total, other_total = 0, 0
    for prediction in range(start, stop):
        image = prediction_image[prediction]
        class_ = prediction_class[prediction]
        box = prediction_boxes[prediction_order[prediction]]
        first, last = image_offsets[image], image_offsets[image + 1]
        if own_total + last - first > len(own_annotation):
            own_annotation = np.concatenate((own_annotation, np.empty(len(own_annotation) + last - first, np.int32)))
            own_iou = np.concatenate((own_iou, np.empty(len(own_iou) + last - first, np.float64)))
        if other_total + last - first > len(other_annotation):
            other_annotation = np.concatenate(
                (other_annotation, np.empty(len(other_annotation) + last - first, np.int32))
            )
            other_iou = np.concatenate((other_iou, np.empty(len(other_iou) + last - first, np.float64)))
        for place in range(first, last):
            annotation = image_annotations[place]
            if annotation_class[annotation] == class_:
                iou = box_overlap(box, annotation_boxes[annotation_order[annotation]], crowd[annotation])
                if iou > 0.0 and iou >= least_own:
                    own_annotation[own_total] = annotation
                    own_iou[own_total] = iou
                    own_total += 1
                    own_count[prediction - start] += 1
            elif least_other <= 1.0 and counts[annotation]:
                iou = box_overlap(box, annotation_boxes[annotation_order[annotation]], False)
                if iou >= least_other:
                    other_annotation[other_total] = annotation
                    other_iou[other_total] = iou
                    other_total += 1
                    other_count[prediction - start] += 1
    return (
        own_count,
        own_annotation[:own_total].copy(),
        own_iou[:own_total].copy(),
        other_count,
        other_annotation[:other_total].copy(),
        other_iou[:other_total].copy(),
    )
