"""The pixels of objects: the picture's own per-pixel maps, summarised over each object's upright box."""

from __future__ import annotations

from dataclasses import replace

from assay.arrays import FloatArray
from assay.metrics import colour, exposure, sharpness
from assay.metrics.crop_batch import LEAST_SIDE_PX, Crops
from assay.metrics.definition import Metric, OutlierRule
from assay.metrics.family import Family


def _of_object(metric: Metric, outliers: str, rule: OutlierRule | None = None) -> Metric:
    """Return the same metric of an object, with outliers of its own: things are darker and flatter than scenes."""
    formula = metric.description.partition("\n\n")[0]
    return replace(
        metric,
        key=f"crop_{metric.key}",
        title=f"{metric.title} of the Object",
        scopes=("annotation", "prediction"),
        summary=metric.summary.replace("picture", "object's box"),
        description=(
            f"{metric.title} of the picture, taken over the pixels inside the object's upright box: those whose "
            "centre lies in it. The maps are those of the full picture, so that nothing changes at the border of the "
            f"box. No value for objects without a box and below {LEAST_SIDE_PX}×{LEAST_SIDE_PX} pixels.\n\n"
            f"{formula}\n\n{outliers}"
        ),
        rule=rule,
    )


BRIGHTNESS = _of_object(
    exposure.BRIGHTNESS,
    "Up to 0.07 and from 0.88 on it is a moderate outlier, up to 0.04 and from 0.95 on a severe one: objects of which "
    "next to nothing can be seen. See whether the label is a guess.",
    OutlierRule("outside", moderate=0.07, severe=0.04, moderate_high=0.88, severe_high=0.95),
)
CONTRAST = _of_object(
    exposure.CONTRAST,
    "Up to 0.035 it is a moderate outlier, up to 0.02 a severe one: a box of one plain surface. See whether there is "
    "an object in it.",
    OutlierRule("at_most", moderate=0.035, severe=0.02),
)
SHARPNESS = _of_object(
    sharpness.SHARPNESS,
    "Outliers lie beyond the interquartile fences of the logarithm, on the low tail: objects out of focus, in motion, "
    "or enlarged. Blurred objects are often missed by models.",
)
COLOURS = {
    metric.key: replace(
        _of_object(metric, "To sort and filter by. An object of one colour is nothing unusual: there are no outliers."),
        suspicious="none",
    )
    for metric in (colour.RED, colour.GREEN, colour.BLUE)
}


def measure(crops: Crops) -> dict[str, FloatArray]:
    """Return brightness, contrast, sharpness and colour shares of each object."""
    picture = crops.picture

    def measure_one(rows: slice, columns: slice) -> dict[str, float]:
        values = picture.values(rows, columns)
        edges = picture.edges(rows, columns)
        shares = colour.colour_shares(picture.hue_histogram(rows, columns))
        return {
            BRIGHTNESS.key: values.mean / 255,
            CONTRAST.key: values.deviation / 255,
            SHARPNESS.key: edges.deviation / sharpness.GREATEST_DEVIATION,
            **{COLOURS[name].key: share for name, share in shares.items()},
        }

    metrics = FAMILY.metrics
    return crops.summarise(measure_one, [metric.key for metric in metrics])


FAMILY = Family((BRIGHTNESS, CONTRAST, SHARPNESS, *COLOURS.values()), measure_crops=measure)
