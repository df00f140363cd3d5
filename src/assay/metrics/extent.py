"""Size, proportions and position of an object."""

from __future__ import annotations

import numpy as np

from assay.arrays import FloatArray
from assay.metrics.batch import ObjectBatch
from assay.metrics.definition import Metric, Tail
from assay.metrics.family import Family, Measured
from assay.project.geometry import Shape


def _positive(key: str, title: str, unit: str, summary: str, description: str) -> Metric:
    return Metric(
        key=key,
        title=title,
        scopes=("annotation", "prediction"),
        kind="positive",
        unit=unit,
        suspicious=_BOTH,
        needs="geometry",
        group="colours_and_sizes",
        summary=summary,
        description=description,
        log_fences=True,
    )


_BOTH: Tail = "both"
_SIDE = (
    "${symbol} = {axis}_{{max}} - {axis}_{{min}}$ of the upright bounding box of the shape: the extent of a "
    "polygon's points, of a mask's pixels, of a rotated box's corners, or the box itself. Points and "
    "image-level labels have none.\n\n"
    "Very small sides are often slips of the mouse or objects that no model can see at training resolution; "
    "very large ones often frame a whole scene. Outliers are looked for on both tails of the logarithm, "
    "since sizes spread over orders of magnitude. Look at both ends, and delete or redraw what is not an "
    "object."
)
WIDTH = _positive(
    "object_width",
    "Object Width",
    "px",
    "Width of the object's upright bounding box.",
    _SIDE.format(symbol="w", axis="x"),
)
HEIGHT = _positive(
    "object_height",
    "Object Height",
    "px",
    "Height of the object's upright bounding box.",
    _SIDE.format(symbol="h", axis="y"),
)
AREA = _positive(
    "object_area",
    "Absolute Area",
    "px²",
    "Area of the object's shape.",
    "Area of the shape itself, not of its box: width times height of a box, the exact area of a polygon "
    "(union of its rings, self-crossing ones repaired), the number of pixels of a mask. Points, polylines, "
    "keypoints and image-level labels have none.\n\n"
    "A detector's quality depends on object size more than on almost anything else. Outliers on both tails "
    "of the logarithm: specks that are seldom real objects, and regions that swallow the image. Check the "
    "smallest against the resolution you train at.",
)
RELATIVE_AREA = _positive(
    "object_area_relative",
    "Relative Area",
    "",
    "Share of the image that the object's shape covers.",
    "$A / (W \\cdot H)$: the area of the shape over that of its image; no value where the image's size is "
    "unknown.\n\n"
    "Unlike the absolute area it compares objects across images of different resolution, which is how a "
    "model sees them after resizing. Outliers on both tails of the logarithm. A value near 1 is often a "
    "label of the whole scene; a tiny one vanishes when the image is scaled down.",
)
ASPECT_RATIO = _positive(
    "object_aspect_ratio",
    "Aspect Ratio",
    "",
    "Width over height of the object's upright bounding box.",
    "$w / h$ of the upright bounding box; no value where the height is 0.\n\n"
    "Extreme ratios are typical of objects cut by the border, of slivers left over from editing, and of "
    "swapped coordinates; anchor-based detectors cannot fit them. Outliers on both tails of the logarithm, "
    "so that 1:5 and 5:1 are equally unusual. Check that the box holds the whole object.",
)
BORDER_CLOSENESS = Metric(
    key="border_closeness",
    title="Border Closeness",
    scopes=("annotation", "prediction"),
    kind="fraction",
    unit="",
    suspicious="none",
    needs="geometry",
    summary="How near the object comes to the border of its image; 1 touches it.",
    description=(
        "$\\max(x_{max}/W,\\; y_{max}/H,\\; 1 - x_{min}/W,\\; 1 - y_{min}/H)$ of the upright box, clamped "
        "to 0.5..1. 1 means that the object touches a border or reaches beyond it, 0.5 that it is a point "
        "in the middle.\n\n"
        "Objects at the border are often cut off, and models do worse on them. It reports no outliers: "
        "touching the border is normal. Use it to sort and filter, and as an explanation of model errors."
    ),
)


def measure(batch: ObjectBatch) -> Measured:
    """Return sizes, ratio and border closeness of each object, NaN where its shape has none."""
    boxes, areas, size = batch.boxes, batch.areas, batch.image_size
    sides = boxes[:, 2:] - boxes[:, :2]
    sides[batch.of_shape(Shape.POINT)] = np.nan
    width, height = sides.T
    reach = np.concatenate([boxes[:, 2:] / size, 1.0 - boxes[:, :2] / size], axis=1).max(axis=1, initial=0.5)
    closeness = np.minimum(reach, 1.0)
    closeness[batch.of_shape(Shape.MASK) & (areas == 0)] = np.nan
    values: dict[str, FloatArray] = {
        WIDTH.key: width.copy(),
        HEIGHT.key: height.copy(),
        AREA.key: areas.copy(),
        RELATIVE_AREA.key: areas / size.prod(axis=1),
        ASPECT_RATIO.key: width / np.where(height == 0, np.nan, height),
        BORDER_CLOSENESS.key: closeness,
    }
    return Measured(values)


FAMILY = Family(metrics=(WIDTH, HEIGHT, AREA, RELATIVE_AREA, ASPECT_RATIO, BORDER_CLOSENESS), measure_objects=measure)
