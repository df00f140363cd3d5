"""Does the file's own box fit the segmentation it comes with?"""

from __future__ import annotations

import numpy as np

from assay.arrays import FloatArray
from assay.metrics.batch import ObjectBatch
from assay.metrics.definition import Metric, OutlierRule
from assay.metrics.family import Family, Measured
from assay.project.geometry import Evidence, Shape

MODERATE_MISMATCH = 0.1
BOX_FIT = Metric(
    key="box_fit",
    title="Box–Mask Mismatch",
    scopes=("annotation", "prediction"),
    kind="fraction",
    unit="",
    suspicious="high",
    needs="geometry",
    group="label_errors",
    summary="How far the file's box is from the tight box of the segmentation (1 - IoU).",
    description=(
        "$1 - \\mathrm{IoU}(B, T)$ of the box $B$ that the file states and the tight upright box $T$ of the "
        "polygon or mask. 0 means that they agree; objects without both have no value.\n\n"
        "Detectors learn from the box, segmenters from the mask: where the two disagree, one of them is "
        "wrong. Typical causes are a box left behind when a mask was redrawn, swapped x and y, or corners "
        "stored as width and height. From 0.1 it is a moderate outlier, from 0.5 a severe one. The evidence "
        "gives the tight box; take it over, or redraw the mask."
    ),
    rule=OutlierRule("at_least", moderate=MODERATE_MISMATCH, severe=0.5),
)


def measure(batch: ObjectBatch) -> Measured:
    """Return 1 - IoU of file box and tight box, NaN without both, and the tight box as evidence."""
    segmented = batch.of_shape(Shape.POLYGON, Shape.MASK)
    tight = np.where(segmented[:, None], batch.boxes, np.nan)
    mismatch = 1.0 - _box_iou(batch.file_boxes, tight)
    poor = np.flatnonzero(mismatch >= MODERATE_MISMATCH)
    corner, size = tight[poor, :2], tight[poor, 2:] - tight[poor, :2]
    detail = [f"tight box x {x:g}, y {y:g}, {w:g} x {h:g} px" for x, y, w, h in np.hstack([corner, size])]
    evidence = Evidence(
        metric=BOX_FIT.key,
        row=batch.objects.row[poor],
        partner=np.full(len(poor), -1, dtype=np.int32),
        value=mismatch[poor],
        detail=np.array(detail, dtype=object),
    )
    return Measured({BOX_FIT.key: mismatch}, [evidence])


def _box_iou(one: FloatArray, other: FloatArray) -> FloatArray:
    """Return the IoU of boxes one by one: 0 where neither has an area, NaN where either is NaN."""
    sides = np.minimum(one[:, 2:], other[:, 2:]) - np.maximum(one[:, :2], other[:, :2])
    shared = np.maximum(sides, 0.0).prod(axis=1)
    union = (one[:, 2:] - one[:, :2]).prod(axis=1) + (other[:, 2:] - other[:, :2]).prod(axis=1) - shared
    iou: FloatArray = np.minimum(shared / np.where(union == 0, 1.0, union), 1.0)
    return iou


FAMILY = Family(metrics=(BOX_FIT,), measure_objects=measure)
