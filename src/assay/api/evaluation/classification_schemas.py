"""Evaluations of classifications. Undefined numbers are null."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from assay.api.evaluation.schemas import (
    ChangedImages,
    ClassIntervals,
    ConfusionMatrix,
    FoundBy,
    FoundInSet,
    NumberCompared,
    ReliabilityDiagram,
    SliceOut,
)
from assay.api.schemas.base import Schema, SourceId
from assay.api.schemas.predictions import OperatingPointOut


class ClassifiedClass(Schema):
    """One class; shares of nothing are 0, as scikit-learn has them; ``query`` finds its items."""

    class_row: int
    class_id: SourceId
    name: str = Field(alias="class")
    query: str
    color: str
    precision: float
    recall: float
    f1: float
    support: int = Field(description="evaluated images labelled with it")
    predicted: int = Field(description="evaluated images predicted as it")
    correct: int


class ClassAverage(Schema):
    """A mean over the classes that are evaluated."""

    precision: float | None
    recall: float | None
    f1: float | None


class ClassificationOut(Schema):
    """What follows the confidence slider: images with one label and a prediction of at least the confidence."""

    predictions: str
    task: Literal["classification"] = "classification"
    query: str
    covered_only: bool
    confidence: float
    operating_point: OperatingPointOut = Field(description="0 for every set of classifications")
    accuracy: float | None
    macro: ClassAverage
    weighted: ClassAverage
    top_k: dict[str, float | None] | None = Field(
        description="by k from 1 to 5, share of images whose label is among the k likeliest; null without probabilities"
    )
    correct: int
    misclassified: int
    unpredicted: int = Field(description="images with one label and no prediction of at least the confidence")
    ignored: int = Field(description="images without a label or with several, which are not evaluated")
    unlabelled: int = Field(description="those of them without a label")
    several_labels: int = Field(description="those of them with several")
    images: int = Field(description="all that the filter leaves")
    coverage: float = Field(description="share 0..1 of the images that the set covers")
    found_by: dict[str, FoundBy] = Field(description="of correct, misclassified, unpredicted and images")
    class_found_by: dict[str, FoundBy] = Field(
        description="of a class's support, predicted and correct, beside the class's own query"
    )
    per_class: list[ClassifiedClass]
    confusion: ConfusionMatrix = Field(description="rows: labels, columns: predictions; without background")
    calibration: ReliabilityDiagram


class ClassificationDriverOut(Schema):
    """How much a metric tells about whether an image is classified correctly."""

    metric: str
    title: str
    scope: Literal["image", "annotation", "prediction"]
    importance: float | None
    significant: bool
    correlation: float | None


class SlowClassification(Schema):
    """What comes when the slider rests: intervals, what drives the errors, where they gather."""

    task: Literal["classification"] = "classification"
    intervals: dict[str, list[float] | None] = Field(
        description="95 %, of accuracy, macro_precision, macro_recall, macro_f1 and weighted_f1; null of too few images"
    )
    per_class: list[ClassIntervals] = Field(description="those that are evaluated, the most frequent first")
    warnings: list[str] = Field(description="of which numbers there are too few images for an interval")
    importance: list[ClassificationDriverOut]
    slices: list[SliceOut] = Field(description="of accuracy, the worst first")


class AccuracyBin(FoundBy):
    """Half-open [low, high); the last one is closed. ``query`` finds its predictions, or labels, by their outcomes."""

    low: float
    high: float
    images: int
    accuracy: float | None
    accuracy_low: float | None
    accuracy_high: float | None


class AccuracyByMetricOut(Schema):
    """Accuracy by a metric's value."""

    task: Literal["classification"] = "classification"
    metric: str
    title: str
    bins: list[AccuracyBin]
    accuracy: float | None = Field(description="over all")


class ClassifiedClassCompared(Schema):
    """One class of two sets; ``query`` finds its items."""

    class_row: int
    class_id: SourceId
    name: str = Field(alias="class")
    query: str
    color: str
    support: int = Field(description="images with one label, of this class")
    precision: NumberCompared
    recall: NumberCompared
    f1: NumberCompared


class ClassificationComparisonOut(Schema):
    """Two sets of classifications side by side, over the same images and classes."""

    first: str
    second: str
    task: Literal["classification"] = "classification"
    query: str
    covered_only: bool
    confidence: float = Field(description="of the first set")
    confidences: list[float] = Field(description="of each set")
    images: int
    coverage: list[float] = Field(description="share 0..1 of the images that each set covers")
    numbers: dict[str, NumberCompared] = Field(
        description="accuracy, macro_precision, macro_recall, macro_f1, weighted_f1, correct, misclassified"
    )
    per_class: list[ClassifiedClassCompared]
    found_by: dict[str, list[FoundInSet]] = Field(
        description="of correct, misclassified and images: the first set's items, and the second's"
    )
    changed: dict[str, ChangedImages] = Field(
        description="fixed, broken, wrong and right in both; without a prediction at the confidence an image is wrong"
    )
    warnings: list[str] = Field(description="of which numbers there are too few images for an interval")
