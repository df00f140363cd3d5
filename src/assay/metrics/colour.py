"""The colours of a picture, and how colourful it is."""

from __future__ import annotations

import math

import cv2
import numpy as np
from numpy.typing import NDArray

from assay.metrics.definition import Metric, OutlierRule
from assay.metrics.family import Family
from assay.metrics.pixel_maps import LEAST_SATURATION, LEAST_VALUE, Picture

_RANGES = {"red": ((0, 10), (170, 179)), "green": ((35, 75),), "blue": ((90, 130),)}
RULE = OutlierRule("at_least", 0.5, 0.75)


def _declare(name: str) -> Metric:
    ranges = " or ".join(f"[{low}, {high}]" for low, high in _RANGES[name])
    return Metric(
        key=name,
        title=f"{name.capitalize()} Values",
        scopes=("image",),
        kind="fraction",
        unit="",
        suspicious="high",
        needs="pixels",
        group="colours_and_sizes",
        summary=f"Share of pixels that are distinctly {name}.",
        description=(
            f"Share of pixels with hue in {ranges}, saturation of at least {LEAST_SATURATION} and value of at least "
            f"{LEAST_VALUE}, in OpenCV's 8-bit HSV (hue 0..179), bounds included.\n\n"
            "A picture of mostly one colour is often a cast of the camera, a close-up or a blank. From one half on "
            "it is a moderate outlier, from three quarters a severe one. Look for pictures that do not belong."
        ),
        rule=RULE,
    )


RED, GREEN, BLUE = (_declare(name) for name in _RANGES)
COLOURFULNESS = Metric(
    key="colorfulness",
    title="Colourfulness",
    scopes=("image",),
    kind="fraction",
    unit="",
    suspicious="low",
    needs="pixels",
    group="colours_and_sizes",
    summary="How colourful the picture is to people; 0 is greyscale.",
    description=(
        "$\\left(\\sqrt{\\sigma_{rg}^2 + \\sigma_{yb}^2} + 0.3 \\sqrt{\\mu_{rg}^2 + \\mu_{yb}^2}\\right) / 255$ with "
        "$rg = R - G$ and $yb = (R + G)/2 - B$ (M3 of Hasler and Süsstrunk, 2003).\n\n"
        "Greyscale pictures among colour ones come from another camera, a scan or a conversion that went wrong. "
        "Outliers lie beyond the interquartile fences on the low tail. Check where they come from, and whether your "
        "model will meet such pictures."
    ),
)


def colour_shares(counts: NDArray[np.int64]) -> dict[str, float]:
    """Return the share of red, green and blue among pixels.

    Args:
        counts: int64 ``(256,)``, as of :meth:`assay.metrics.pixel_maps.Picture.hue_histogram`.
    """
    total = int(counts.sum())
    return {
        name: sum(int(counts[low : high + 1].sum()) for low, high in ranges) / total for name, ranges in _RANGES.items()
    }


def measure(picture: Picture) -> dict[str, float]:
    """Return the colour shares and the colourfulness of a picture."""
    shares = colour_shares(picture.hue_histogram(*picture.whole))
    return {**shares, COLOURFULNESS.key: _measure_colourfulness(picture)}


def _measure_colourfulness(picture: Picture) -> float:
    """Return M3 / 255, from exact sums of squared differences between channels instead of maps of rg and yb.

    With d(a, b) = Σ(a - b)²: Σ rg² = d(R, G) and Σ yb² = (2·d(R, B) + 2·d(G, B) - d(R, G)) / 4.
    """
    count = picture.pixel_count
    total_red = total_green = total_blue = from_green = from_blue = between = 0
    rows, columns = picture.whole
    for strip in picture.strips(rows, columns):
        part = picture.rgb[strip]
        red, green, blue = cv2.split(part)
        sums = [round(total) for total in cv2.sumElems(part)[:3]]
        total_red, total_green, total_blue = total_red + sums[0], total_green + sums[1], total_blue + sums[2]
        from_green += round(cv2.norm(red, green, cv2.NORM_L2SQR))
        from_blue += round(cv2.norm(red, blue, cv2.NORM_L2SQR))
        between += round(cv2.norm(green, blue, cv2.NORM_L2SQR))
    rg_total, rg_squares = total_red - total_green, from_green
    yb_total, yb_squares = total_red + total_green - 2 * total_blue, 2 * from_blue + 2 * between - from_green
    # yb sums are those of 2·yb: their variance is four times as large
    variance = (count * rg_squares - rg_total**2 + (count * yb_squares - yb_total**2) / 4) / count**2
    mean = math.hypot(rg_total, yb_total / 2) / count
    return (math.sqrt(variance) + 0.3 * mean) / 255


FAMILY = Family((RED, GREEN, BLUE, COLOURFULNESS), measure_picture=measure)
