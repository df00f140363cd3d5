"""How sharp a picture is."""

from __future__ import annotations

from assay.metrics.definition import Metric
from assay.metrics.family import Family
from assay.metrics.pixel_maps import Picture

GREATEST_DEVIATION = 2040.0
"""Twice the greatest value of the Laplacian, 4 · 255: what the deviation is divided by."""

SHARPNESS = Metric(
    key="sharpness",
    title="Sharpness",
    scopes=("image",),
    kind="fraction",
    unit="",
    suspicious="low",
    needs="pixels",
    summary="Spread of the Laplacian: how strong the edges are.",
    description=(
        "$\\sigma(\\nabla^2 I) / 2040$: the population standard deviation, over all channels together, of the "
        "3×3 Laplacian $[0\\,1\\,0;\\,1\\,{-4}\\,1;\\,0\\,1\\,0]$ of the full-size colour picture, with its "
        "border mirrored.\n\n"
        "Blurred pictures have weak edges; noise raises the value. Outliers lie beyond the interquartile fences "
        "of the logarithm, on the low tail. Blurred pictures are the first suspects when small objects are missed."
    ),
    log_fences=True,
)
BLUR = Metric(
    key="blur",
    title="Blur",
    scopes=("image",),
    kind="fraction",
    unit="",
    suspicious="none",
    needs="pixels",
    explains=False,
    summary="1 - Sharpness: the same under another name, to sort and filter by.",
    description=(
        "$1 - \\text{Sharpness}$. The same number under the name that people look for, to sort and filter by. It "
        "reports no outliers of its own: those of Sharpness are the same pictures."
    ),
)


def measure(picture: Picture) -> dict[str, float]:
    """Return sharpness and blur of a picture."""
    sharpness = picture.edges(*picture.whole).deviation / GREATEST_DEVIATION
    return {SHARPNESS.key: sharpness, BLUR.key: 1 - sharpness}


FAMILY = Family((SHARPNESS, BLUR), measure_picture=measure)
