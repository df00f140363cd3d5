"""How unusual an object's size and shape are among the objects of its class.

The values depend on the whole table, so measuring has two steps: features per object, batch by batch
(:func:`measure_features`), then robust z-scores over all of them.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from assay.arrays import BoolArray, FloatArray, OffsetArray
from assay.metrics.batch import ObjectBatch
from assay.metrics.definition import Metric
from assay.metrics.family import Family
from assay.metrics.moments import HU_COUNT, mask_hu, polygon_hu
from assay.project.geometry import Shape

LN_AREA = "ln_area"
LN_ASPECT_RATIO = "ln_aspect_ratio"
HU_FEATURES = tuple(f"hu_{number}" for number in range(1, HU_COUNT + 1))
PRIOR_MEMBERS = 20  # so many values the spread of all classes counts for in that of each
HU_SCALE = 1e8
NORMAL_CONSISTENCY = 0.6745  # the MAD of a standard normal distribution

SIZE = Metric(
    key="size_for_class",
    title="Unusual Size For Its Class",
    scopes=("annotation", "prediction"),
    kind="signed",
    unit="robust z",
    suspicious="both",
    needs="geometry",
    group="label_errors",
    version=2,
    summary="How much larger or smaller the object is than its class usually is.",
    description=(
        "$z = 0.6745 \\cdot (x - \\mathrm{median}) / s$ of $x = \\ln(\\text{area})$ within the class: a z-score that "
        "a few wrong values cannot distort. $s^2 = (n \\cdot \\mathrm{MAD}^2 + 20 \\cdot "
        "\\mathrm{MAD}_{all}^2) / (n + 20)$ draws the spread of a class of $n$ objects to that of all classes. "
        "Negative is smaller than usual, positive larger. No value for objects of zero area.\n\n"
        "A person the size of a coin, or a cup as large as a table, is often a wrong class, a box around a "
        "group, or a slip. Outliers lie beyond the interquartile fences on both tails. Look at both ends "
        "per class."
    ),
)
SHAPE = Metric(
    key="shape_for_class",
    title="Shape Outlier",
    scopes=("annotation", "prediction"),
    kind="signed",
    unit="robust z",
    suspicious="high",
    needs="geometry",
    group="label_errors",
    version=2,
    summary="How unusual the object's outline is for its class.",
    description=(
        "Boxes: $|z|$ of $\\ln(w/h)$ among the boxes of the class. Polygons, and masks apart from them: the root mean "
        "square, over Hu's invariants $h_1 \\dots h_6$ whose spread is not 0, of the $z$ of "
        "$\\mathrm{asinh}(10^8 h)$ among the class; $z = 0.6745 \\cdot (x - \\mathrm{median}) / s$ with "
        "$s^2 = (n \\cdot \\mathrm{MAD}^2 + 20 \\cdot \\mathrm{MAD}_{all}^2) / (n + 20)$, which draws the spread of a "
        "class of $n$ objects to that of all classes. The invariants do not change when an object is moved, "
        "scaled or turned. No value for objects of zero area.\n\n"
        "High values are outlines unlike the rest of the class: fragments left by occlusion, outlines that "
        "swallow a neighbour, boxes of a wrong class. Outliers lie above the interquartile fences. Redraw "
        "them, or correct the class."
    ),
)


def measure_features(batch: ObjectBatch) -> dict[str, FloatArray]:
    """Return the features of each object that the class-wise metrics compare, NaN where it has none.

    Returns:
        Per name float64 ``(n,)``: ``ln_area``; ``ln_aspect_ratio`` of the upright box of boxes and rotated
        boxes; ``hu_1`` to ``hu_6``, asinh(1e8 h) of polygons and masks.
    """
    areas, boxes = batch.areas, batch.boxes
    sized = areas > 0
    features = {name: np.full(len(batch), np.nan) for name in (LN_AREA, LN_ASPECT_RATIO)}
    features[LN_AREA][sized] = np.log(areas[sized])

    boxed = sized & batch.of_shape(Shape.BOX, Shape.ROTATED_BOX)
    sides = boxes[boxed, 2:] - boxes[boxed, :2]
    features[LN_ASPECT_RATIO][boxed] = np.log(sides[:, 0] / sides[:, 1])

    outlines = np.ascontiguousarray(measure_outlines(batch, sized).T)
    features.update(zip(HU_FEATURES, outlines, strict=True))
    return features


def measure_outlines(batch: ObjectBatch, selected: BoolArray) -> FloatArray:
    """Return float64 ``(n, 6)``: asinh(1e8 h) of Hu's moments of the chosen polygons and masks, NaN for all else.

    Args:
        batch: The objects.
        selected: bool ``(n,)``; those without area are left out.
    """
    sized = selected & (batch.areas > 0)
    polygon = sized & batch.of_shape(Shape.POLYGON)
    mask = sized & batch.of_shape(Shape.MASK)
    hu = np.full((len(batch), HU_COUNT), np.nan)
    hu[polygon] = polygon_hu(batch.geometries[polygon])
    hu[mask] = mask_hu(list(batch.objects.masks[mask]))
    outlines: FloatArray = np.arcsinh(HU_SCALE * hu)
    return outlines


def measure_size(class_: NDArray[np.int32], features: dict[str, FloatArray]) -> FloatArray:
    """Return float64 ``(n,)``: the robust z of ln area within the class."""
    return robust_z(features[LN_AREA], class_)


def measure_shape(class_: NDArray[np.int32], shape: NDArray[np.uint8], features: dict[str, FloatArray]) -> FloatArray:
    """Return float64 ``(n,)``: how unusual each outline is, boxes among boxes, outlines among outlines."""
    result = np.full(len(class_), np.nan)
    boxed = np.isin(shape, np.array([Shape.BOX, Shape.ROTATED_BOX], dtype=np.uint8))
    result[boxed] = np.abs(robust_z(features[LN_ASPECT_RATIO][boxed], class_[boxed]))

    for kind in (Shape.POLYGON, Shape.MASK):
        of_kind = shape == kind
        squares, counts = np.zeros(int(of_kind.sum())), np.zeros(int(of_kind.sum()))
        for name in HU_FEATURES:
            z = robust_z(features[name][of_kind], class_[of_kind])
            has_z = ~np.isnan(z)
            squares[has_z] += z[has_z] ** 2
            counts += has_z
        result[of_kind] = np.sqrt(squares / np.where(counts == 0, np.nan, counts))
    return result


def robust_z(values: FloatArray, group: NDArray[np.int32]) -> FloatArray:
    """Return 0.6745 (x - median) / s of each value within its group, s the group's spread drawn to that of all.

    s² = (n MAD² + 20 MAD_all²) / (n + 20) for a group of n values: MAD is their median absolute distance from the
    group's median, MAD_all the median distance of the values of all groups of two or more from the medians of their
    groups. So few values, or equal ones, neither explode nor drop out. Source of the factor 0.6745 and of z by the MAD:
    B. Iglewicz and D. C. Hoaglin, How to Detect and Handle Outliers (1993); drawing s to all groups is our own.

    Args:
        values: float64 ``(n,)``, NaN for what has no value and is left out.
        group: int32 ``(n,)``.

    Returns:
        float64 ``(n,)``, NaN where s is 0. A spread that is nothing but rounding counts as 0.
    """
    z = np.full(len(values), np.nan)
    present = ~np.isnan(values)
    x = values[present]
    numbers, member, sizes = np.unique(group[present], return_inverse=True, return_counts=True)
    if len(numbers) == 0:
        return z
    median = group_medians(x, member, sizes)
    distance = np.abs(x - median[member])
    rounding = 1e-12 * np.abs(median) + 1e-15
    distance[distance <= rounding[member]] = 0.0
    own = group_medians(distance, member, sizes)
    among = distance[sizes[member] >= 2]
    overall = float(np.median(among)) if len(among) else 0.0
    spread = np.sqrt((sizes * own**2 + PRIOR_MEMBERS * overall**2) / (sizes + PRIOR_MEMBERS))
    z[present] = NORMAL_CONSISTENCY * (x - median[member]) / np.where(spread > 0, spread, np.nan)[member]
    return z


def group_medians(values: FloatArray, member: OffsetArray, sizes: OffsetArray) -> FloatArray:
    """Return float64 ``(g,)``: the median of each group.

    Args:
        values: float64 ``(n,)``.
        member: int64 ``(n,)``, the group 0 to g - 1 of each value.
        sizes: int64 ``(g,)``, the number of values of each group, none 0.
    """
    rising = np.argsort(values)
    # numbers of few bytes are sorted by counting, several times sooner than by comparing
    grouped = np.argsort(member[rising].astype(np.min_scalar_type(len(sizes))), kind="stable")
    ordered = values[rising[grouped]]
    starts = np.cumsum(sizes) - sizes
    medians: FloatArray = (ordered[starts + (sizes - 1) // 2] + ordered[starts + sizes // 2]) / 2
    return medians


FAMILY = Family(metrics=(SIZE, SHAPE))
