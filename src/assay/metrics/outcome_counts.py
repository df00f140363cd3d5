"""How many of an image's objects an evaluation finds right and wrong, as metrics of images; never stored."""

from __future__ import annotations

from assay.metrics.definition import Metric
from assay.project.vocabulary import OutcomeCountKey


def _declare(key: OutcomeCountKey, title: str, summary: str, description: str) -> Metric:
    return Metric(
        key=key.value,
        title=title,
        scopes=("image",),
        kind="count",
        unit="",
        suspicious="none",
        needs="metadata",
        explains=False,
        summary=summary,
        description=description + " Sort by it to see first where the model goes most wrong.",
    )


OUTCOME_COUNTS = (
    _declare(
        OutcomeCountKey.ERRORS,
        "Errors",
        "False positives and false negatives of an image.",
        "False positives plus false negatives, at the thresholds of the evaluation, of the classes that are evaluated. "
        "An object that is found as another class counts twice: as what it is not, and as what is missing.",
    ),
    _declare(
        OutcomeCountKey.FP,
        "False Positives",
        "Predictions of an image that are wrong.",
        "Predictions at or above the confidence that match no annotation at the IoU threshold.",
    ),
    _declare(
        OutcomeCountKey.FN,
        "False Negatives",
        "Annotations of an image that no prediction matches.",
        "Annotations that no prediction at or above the confidence matches at the IoU threshold.",
    ),
    _declare(
        OutcomeCountKey.TP,
        "True Positives",
        "Predictions of an image that are right.",
        "Predictions at or above the confidence that match an annotation at the IoU threshold.",
    ),
)
"""In the order in which they are listed."""
