"""The confidence that an annotation or a prediction comes with."""

from __future__ import annotations

import numpy as np

from assay.metrics.batch import ObjectBatch
from assay.metrics.definition import Metric
from assay.metrics.family import Family, Measured

CONFIDENCE = Metric(
    key="confidence",
    title="Confidence",
    scopes=("annotation", "prediction"),
    kind="fraction",
    unit="",
    suspicious="low",
    needs="metadata",
    summary="The score of a prediction; of an annotation its own where the source has one, else 1.",
    description=(
        "For a prediction its score as the results file gives it, $0 \\le s \\le 1$. For an annotation the "
        "confidence its source states, and 1 where it states none.\n\n"
        "Low values point at what a model, or an annotator, was unsure of. Outliers are values below the "
        "interquartile fences. Sort by it to review the doubtful ones first, and cut by it to see what a "
        "threshold would leave."
    ),
)

IOU = Metric(
    key="iou",
    title="IoU with Annotation",
    scopes=("prediction",),
    kind="fraction",
    unit="",
    suspicious="none",
    needs="geometry",
    explains=False,
    summary="Greatest overlap of a prediction with an annotation of its class that counts; 0 where there is none.",
    description=(
        "$$\\mathrm{IoU} = \\frac{|P \\cap A|}{|P \\cup A|}$$ with the annotation $A$ of the same class and image that "
        "the prediction $P$ overlaps most. Annotations that are ignored (crowds, for instance) do not count.\n\n"
        "It defines the outcome: a prediction can only be a true positive where it reaches the threshold. Sort by it "
        "to see near misses, just below the threshold, beside predictions of something that nobody has labelled."
    ),
)
"""Found out by evaluations, never stored."""


def measure(batch: ObjectBatch) -> Measured:
    """Return each object's own confidence, 1 where it has none."""
    own = np.ones(len(batch)) if batch.confidence is None else batch.confidence
    return Measured({CONFIDENCE.key: np.where(np.isnan(own), 1.0, own)})


FAMILY = Family(metrics=(CONFIDENCE,), measure_objects=measure)
