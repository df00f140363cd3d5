"""How light a picture is, how far its values spread, and how much they tell."""

from __future__ import annotations

import numpy as np

from assay.metrics.definition import Metric, OutlierRule
from assay.metrics.family import Family
from assay.metrics.pixel_maps import Picture

DARK_UP_TO, LIGHT_FROM = 16, 239

BRIGHTNESS = Metric(
    key="brightness",
    title="Brightness",
    scopes=("image",),
    kind="fraction",
    unit="",
    suspicious="both",
    needs="pixels",
    summary="Mean of all colour values; 0 is black, 1 is white.",
    description=(
        "$\\frac{1}{255 \\cdot 3HW} \\sum v$ over all values $v$ of the three channels.\n\n"
        "Very dark pictures hide objects from annotators and models alike; very bright ones are often "
        "over-exposed. Up to 0.16 and from 0.82 on it is a moderate outlier, up to 0.07 and from 0.90 on a severe "
        "one: by then people call a photograph too dark, or too light. Look whether the labels of the "
        "extremes are complete, and whether your training data holds enough of what the camera will see."
    ),
    rule=OutlierRule("outside", moderate=0.16, severe=0.07, moderate_high=0.82, severe_high=0.90),
)
CONTRAST = Metric(
    key="contrast",
    title="Contrast",
    scopes=("image",),
    kind="fraction",
    unit="",
    suspicious="low",
    needs="pixels",
    summary="Standard deviation of all colour values.",
    description=(
        "$\\sigma(v) / 255$: the population standard deviation of all $3HW$ values, at most 0.5.\n\n"
        "Flat pictures (fog, a covered lens, an empty wall) carry little information. Up to 0.09 "
        "it is a moderate outlier, up to 0.03 a severe one. See whether their objects can be made out at all; leave "
        "them out of the training data where they cannot."
    ),
    rule=OutlierRule("at_most", moderate=0.09, severe=0.03),
)
INFORMATION = Metric(
    key="entropy",
    title="Information",
    scopes=("image",),
    kind="fraction",
    unit="",
    suspicious="low",
    needs="pixels",
    summary="Entropy of the grey levels; 0 is a uniform picture, 1 uses all levels evenly.",
    description=(
        "$-\\frac{1}{8} \\sum_{g=0}^{255} p_g \\log_2 p_g$, where $p_g$ is the share of pixels of grey level $g$ "
        "(OpenCV's 8-bit grey).\n\n"
        "Low values are blank, synthetic or strongly compressed pictures. Up to 0.55 it is a moderate "
        "outlier, up to 0.40, next to nothing to be seen, a severe one. Delete what is blank, "
        "and look at the labels of the rest: on a picture that shows next to nothing they are seldom right."
    ),
    rule=OutlierRule("at_most", moderate=0.55, severe=0.40),
)
DARK = Metric(
    key="dark_share",
    title="Dark",
    scopes=("image",),
    kind="fraction",
    unit="",
    suspicious="high",
    needs="pixels",
    summary="Share of pixels that are almost black.",
    description=(
        f"Share of pixels whose grey level is at most {DARK_UP_TO} of 255.\n\n"
        "High values are night scenes, black borders, or a lens that was covered. From 0.60 on it is a moderate "
        "outlier, from 0.85 on a severe one. Check whether objects in the dark were labelled, and whether the "
        "pictures belong to the data at all."
    ),
    rule=OutlierRule("at_least", moderate=0.60, severe=0.85),
)
LIGHT = Metric(
    key="light_share",
    title="Light",
    scopes=("image",),
    kind="fraction",
    unit="",
    suspicious="high",
    needs="pixels",
    summary="Share of pixels that are almost white.",
    description=(
        f"Share of pixels whose grey level is at least {LIGHT_FROM} of 255.\n\n"
        "High values are over-exposed scenes, white backgrounds or scans. From 0.60 on it is a moderate outlier, "
        "from 0.80 on a severe one. Washed-out objects are easily missed: compare their labels with those "
        "of well exposed pictures."
    ),
    rule=OutlierRule("at_least", moderate=0.60, severe=0.80),
)


def measure(picture: Picture) -> dict[str, float]:
    """Return brightness, contrast, information, dark and light share of a picture."""
    values = picture.values(*picture.whole)
    counts = picture.grey_histogram
    shares = counts[counts > 0] / picture.pixel_count
    return {
        BRIGHTNESS.key: values.mean / 255,
        CONTRAST.key: values.deviation / 255,
        INFORMATION.key: abs(float(-(shares * np.log2(shares)).sum())) / 8,
        DARK.key: int(counts[: DARK_UP_TO + 1].sum()) / picture.pixel_count,
        LIGHT.key: int(counts[LIGHT_FROM:].sum()) / picture.pixel_count,
    }


FAMILY = Family((BRIGHTNESS, CONTRAST, INFORMATION, DARK, LIGHT), measure_picture=measure)
