"""Pairs of objects in two frames of one sequence: candidates by their boxes and areas, and the exact IoU of each."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from assay.arrays import BoolArray, FloatArray, OffsetArray
from assay.metrics.batch import ObjectBatch
from assay.metrics.pairs import measure_overlaps, overlapping_boxes, reach_boxes
from assay.project.geometry import Shape

ROUNDING = 1e-9


@dataclass(frozen=True)
class FramePairs:
    """Pairs of objects in two frames of one sequence, ``m`` of them.

    Attributes:
        earlier, later: int64 ``(m,)``, positions in the batch.
        iou: float64 ``(m,)``, intersection over union of the shapes.
    """

    earlier: OffsetArray
    later: OffsetArray
    iou: FloatArray

    def at(self, mask: BoolArray) -> FramePairs:
        """Return the pairs at a boolean mask."""
        return FramePairs(self.earlier[mask], self.later[mask], self.iou[mask])


def find_candidates(
    shapes: ObjectBatch, slot: OffsetArray, *, distance: int, least_iou: float
) -> tuple[OffsetArray, OffsetArray]:
    """Return the pairs of non-crowd objects that far apart whose boxes and areas allow such an IoU.

    Args:
        shapes: The objects, their images being sequences.
        slot: int64 ``(n,)``, the frame of each one.
        distance: Number of frames between the two.
        least_iou: What their IoU must be able to reach.

    Returns:
        int64 ``(m,)`` twice, positions of the earlier objects, in rising order, and of the later ones.
    """
    objects = np.flatnonzero((shapes.areas > 0) & ~shapes.objects.crowd)
    boxes = reach_boxes(shapes, objects)
    # Each object stands among those of its own frame, as an earlier one, and among those before, as a later one.
    group = np.concatenate([slot[objects], slot[objects] - distance])
    first, second = overlapping_boxes(np.concatenate([boxes, boxes]), group)
    across = (first < len(objects)) & (second >= len(objects))
    earlier, later = objects[first[across]], objects[second[across] - len(objects)]
    reachable = _can_reach(shapes, earlier, later, least_iou)
    return earlier[reachable], later[reachable]


def measure_pairs(shapes: ObjectBatch, earlier: OffsetArray, later: OffsetArray, *, least_iou: float) -> FramePairs:
    """Return the candidates that have at least the IoU."""
    iou, _ = measure_overlaps(shapes, earlier, later)
    return FramePairs(earlier, later, iou).at(iou >= least_iou)


def _can_reach(shapes: ObjectBatch, left: OffsetArray, right: OffsetArray, least_iou: float) -> BoolArray:
    """Return bool ``(m,)``: pairs whose boxes and areas do not rule out such an IoU, and all that are rasterised."""
    masked = shapes.of_shape(Shape.MASK)
    one, other = shapes.boxes[left], shapes.boxes[right]
    sides = np.minimum(one[:, 2:], other[:, 2:]) - np.maximum(one[:, :2], other[:, :2])
    most_shared = np.minimum(np.maximum(sides, 0.0).prod(axis=1), np.minimum(shapes.areas[left], shapes.areas[right]))
    least_union = np.maximum(shapes.areas[left], shapes.areas[right])
    reachable = (most_shared >= (least_iou - ROUNDING) * least_union) | masked[left] | masked[right]
    return np.asarray(reachable, dtype=np.bool_)
