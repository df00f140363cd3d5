"""Geometry that cannot be right: degenerate, outside the image, or crossing itself."""

from __future__ import annotations

import numpy as np
import shapely

from assay.arrays import BoolArray, FloatArray
from assay.metrics.batch import ObjectBatch
from assay.metrics.definition import Metric, OutlierRule
from assay.metrics.family import Family, Measured
from assay.metrics.polygons import intersection_areas
from assay.project.geometry import FAULT_NAMES, Evidence, Faults, Shape

TOLERATED_PX = 1.0
SIDES = ("left", "top", "right", "bottom")
VALIDITY = Metric(
    key="validity",
    title="Invalid Geometry",
    scopes=("annotation", "prediction"),
    kind="fraction",
    unit="",
    suspicious="high",
    needs="geometry",
    group="label_errors",
    summary="1 = degenerate or outside the image, 0.5 = beyond the border or self-crossing, 0 = sound.",
    description=(
        "**1**: the shape is degenerate (zero area, a polygon of fewer than 3 points) or lies wholly "
        "outside the image. **0.5**: it reaches more than 1 px beyond a border, or a polygon's outline "
        "crosses itself, or what the file says of the object could not be used as it is: a faulty box beside "
        "a polygon, a faulty segmentation beside a box, a mask of another size than the image. **0**: none of "
        "these. Points, polylines and keypoints need no area; image-level "
        "labels have no value.\n\n"
        "Training code drops such objects silently, clips them, or fails on them. From 0.5 it is a moderate "
        "outlier, at 1 a severe one. The evidence names the fault: delete degenerate objects, clip those "
        "beyond the border, redraw outlines that cross themselves."
    ),
    rule=OutlierRule("at_least", moderate=0.5, severe=1.0),
)


def measure(batch: ObjectBatch) -> Measured:
    """Return 0, 0.5 or 1 per object, NaN where it has no geometry, and the fault as evidence."""
    boxes = batch.boxes
    placed = ~np.isnan(boxes).any(axis=1)
    polygon = batch.of_shape(Shape.POLYGON)
    sketchy = polygon & (batch.vertex_counts < 3)
    flat = batch.areal & (batch.areas == 0) & ~sketchy
    outside = _wholly_outside(batch)
    overhang = _overhang(batch)
    beyond = np.asarray((overhang > TOLERATED_PX).any(axis=1))
    crossing = batch.self_crossing & ~flat
    severe = sketchy | flat | outside
    noted = np.zeros(len(batch), dtype=np.uint8) if batch.objects.faults is None else batch.objects.faults
    recorded = noted & ~np.uint8(Faults.OUTSIDE)  # whether it is outside is looked at here, of the shape
    misfits = _misfits(batch)
    faulty = severe | beyond | crossing | (recorded > 0) | misfits
    values = np.where(severe, 1.0, np.where(faulty, 0.5, 0.0))
    values[~placed & ~sketchy & (recorded == 0)] = np.nan

    invalid = np.flatnonzero(values > 0)
    detail = np.full(len(invalid), "", dtype=object)
    for place, index in enumerate(invalid):
        faults = []
        if sketchy[index]:
            faults.append("fewer than 3 points")
        if flat[index]:
            faults.append("zero area")
        if outside[index]:
            faults.append("outside the image")
        elif beyond[index]:
            faults.append(_name_overhang(overhang[index]))
        if crossing[index]:
            faults.append("self-crossing")
        if misfits[index]:
            rows, columns = batch.objects.masks[index]["size"]
            width, height = batch.image_size[index]
            faults.append(f"a mask of {columns} × {rows} in an image of {width:.12g} × {height:.12g} px")
        faults += [name for bit, name in FAULT_NAMES.items() if recorded[index] & bit]
        detail[place] = ", ".join(faults)
    evidence = Evidence(
        metric=VALIDITY.key,
        row=batch.objects.row[invalid],
        partner=np.full(len(invalid), -1, dtype=np.int32),
        value=values[invalid],
        detail=detail,
    )
    return Measured({VALIDITY.key: values}, [evidence])


def _misfits(batch: ObjectBatch) -> BoolArray:
    """Return bool ``(n,)``: masks of another size than their image, which training code cannot lay over it."""
    misfits = np.zeros(len(batch), dtype=np.bool_)
    index = np.flatnonzero(batch.of_shape(Shape.MASK) & ~np.isnan(batch.image_size).any(axis=1))
    if len(index):
        sizes = np.array([batch.objects.masks[at]["size"] for at in index], dtype=np.float64)
        misfits[index] = (sizes[:, ::-1] != batch.image_size[index]).any(axis=1)
    return misfits


def _overhang(batch: ObjectBatch) -> FloatArray:
    """Return float64 ``(n, 4)``: px beyond the left, top, right and bottom border, NaN where unknown."""
    return np.concatenate([-batch.boxes[:, :2], batch.boxes[:, 2:] - batch.image_size], axis=1)


def _name_overhang(overhang: FloatArray) -> str:
    """Return e.g. ``"3.2 px beyond the right border"``, every border that is exceeded, farthest first."""
    order = [side for side in np.argsort(-overhang, kind="stable") if overhang[side] > TOLERATED_PX]
    return ", ".join(f"{float(f'{overhang[side]:.3g}'):.12g} px beyond the {SIDES[side]} border" for side in order)


def _wholly_outside(batch: ObjectBatch) -> BoolArray:
    boxes, size = batch.boxes, batch.image_size
    # What has an area is outside when it shares none with the image; a point on the border is still inside.
    touches_only = (boxes[:, 2:] <= 0).any(axis=1) | (boxes[:, :2] >= size).any(axis=1)
    past = (boxes[:, 2:] < 0).any(axis=1) | (boxes[:, :2] > size).any(axis=1)
    outside: BoolArray = np.where(batch.areal & (batch.areas > 0), touches_only, past) & ~np.isnan(size).any(axis=1)
    # A slanted shape can miss the image although its box does not.
    slanted = batch.of_shape(Shape.POLYGON, Shape.ROTATED_BOX) & (batch.areas > 0) & ~outside
    doubtful = np.flatnonzero(slanted & (_overhang(batch) > 0).any(axis=1))
    images = shapely.box(0.0, 0.0, size[doubtful, 0], size[doubtful, 1])
    outside[doubtful] = intersection_areas(batch.geometries[doubtful], images) == 0
    return outside


FAMILY = Family(metrics=(VALIDITY,), measure_objects=measure)
