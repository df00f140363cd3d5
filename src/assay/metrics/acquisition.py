"""Acquisition functions as metrics of images, where the predictions of a set tell probabilities.

Each set has its own; they lie beside the sets, not among the metrics that every project has of its images.
"""

from __future__ import annotations

from assay.metrics.definition import Metric, Tail


def _declare(key: str, title: str, formula: str, suspicious: Tail, unit: str = "") -> Metric:
    doubtful = "High" if suspicious == "high" else "Low"
    return Metric(
        key=key,
        title=title,
        scopes=("image",),
        kind="fraction",
        unit=unit,
        suspicious=suspicious,
        needs="metadata",
        summary=f"{title} of a model's predictions, the mean over an image.",
        description=(
            f"{formula}, with $p$ the probabilities of the classes that the results file gives a prediction: the mean "
            "over the image's predictions. No value for images without predictions that tell probabilities.\n\n"
            f"{doubtful} values are of images that the model is unsure about: candidates to be labelled next."
        ),
    )


ACQUISITION = (
    _declare("acq_entropy", "Prediction Entropy", "$-\\sum p \\log_2 p$", "high", "bit"),
    _declare("acq_least_confidence", "Least Confidence", "$1 - \\max p$", "high"),
    _declare("acq_margin", "Prediction Margin", "The greatest $p$ minus the second", "low"),
    _declare("acq_variance", "Prediction Variance", "The population variance of $p$ over the classes", "low"),
    _declare("acq_mean_confidence", "Mean Confidence", "The score of the prediction", "low"),
)
"""In the order in which they are listed."""
