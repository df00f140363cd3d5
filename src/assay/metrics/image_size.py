"""Width, height, area and aspect ratio of an image."""

from __future__ import annotations

import numpy as np

from assay.arrays import FloatArray
from assay.metrics.batch import ImageBatch
from assay.metrics.definition import Metric, OutlierRule
from assay.metrics.family import Family

_SIDE = (
    "The image's {side} in pixels, as the annotation file declares it, else as the image file has it.\n\n"
    "Images of another size than the rest often come from another camera or source, were scaled, cut or "
    "turned by mistake. A network resizes them all, so their objects end up at another scale. Outliers on "
    "both tails of the logarithm; where most images share one size (an interquartile range of 0) there are "
    "none. Look at the rare sizes together: they are often one batch."
)
WIDTH = Metric(
    key="width",
    title="Width",
    scopes=("image",),
    kind="positive",
    unit="px",
    suspicious="both",
    needs="metadata",
    group="colours_and_sizes",
    summary="Width of the image.",
    description=_SIDE.format(side="width"),
    log_fences=True,
)
HEIGHT = Metric(
    key="height",
    title="Height",
    scopes=("image",),
    kind="positive",
    unit="px",
    suspicious="both",
    needs="metadata",
    group="colours_and_sizes",
    summary="Height of the image.",
    description=_SIDE.format(side="height"),
    log_fences=True,
)
AREA = Metric(
    key="area",
    title="Area",
    scopes=("image",),
    kind="positive",
    unit="px²",
    suspicious="both",
    needs="metadata",
    group="colours_and_sizes",
    summary="Number of pixels of the image.",
    description=(
        "$W \\cdot H$.\n\n"
        "An image is a moderate outlier when its area is at least twice or at most half the median, a "
        "severe one from four times or a quarter: $|\\log_2(A / \\mathrm{median})| \\ge 1$ and $\\ge 2$. "
        "The rule is absolute because most datasets have one dominant size, for which quartile fences find "
        "nothing.\n\n"
        "Much smaller images are often thumbnails that slipped in; much larger ones cost time and memory "
        "and lose their small objects in resizing. Replace, crop or tile them."
    ),
    rule=OutlierRule("octaves", moderate=1.0, severe=2.0),
    log_fences=True,
)
ASPECT_RATIO = Metric(
    key="aspect_ratio",
    title="Aspect Ratio",
    scopes=("image",),
    kind="positive",
    unit="",
    suspicious="both",
    needs="metadata",
    group="colours_and_sizes",
    summary="Width over height of the image.",
    description=(
        "$W / H$.\n\n"
        "Panoramas, strips and turned images are letterboxed or squeezed when they are brought to the input "
        "size of a network, and do worse than the rest. Outliers on both tails of the logarithm, so that "
        "1:3 and 3:1 are equally unusual. Check turned images for a missing EXIF orientation; crop or drop "
        "strips."
    ),
    log_fences=True,
)


def measure(batch: ImageBatch) -> dict[str, FloatArray]:
    """Return the metrics of the declared sizes, NaN where a size is unknown."""
    width, height = batch.images.width, batch.images.height
    return {
        WIDTH.key: width.copy(),
        HEIGHT.key: height.copy(),
        AREA.key: width * height,
        ASPECT_RATIO.key: width / np.where(height == 0, np.nan, height),
    }


FAMILY = Family(metrics=(WIDTH, HEIGHT, AREA, ASPECT_RATIO), measure_images=measure)
