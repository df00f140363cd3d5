"""Evaluations of prediction sets. Undefined numbers are null; in the COCO table they are -1."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from assay.api.schemas.base import ItemScope, Schema, SourceId
from assay.api.schemas.predictions import OperatingPointOut
from assay.api.schemas.requests import TaskName


class FoundBy(Schema):
    """What finds the items behind a number, asked with the same set, thresholds and filter (``within``)."""

    scope: ItemScope
    query: str


class ClassResult(Schema):
    """One class at the IoU threshold and confidence; ``query`` beside that of a number finds those of the class."""

    class_row: int
    class_id: SourceId
    name: str = Field(alias="class")
    query: str
    color: str
    ap: float | None
    ar: float | None
    tp: int
    fp: int
    fn: int
    precision: float | None
    recall: float | None
    f1: float | None
    best_confidence: float | None = Field(description="the least score with the greatest F1")
    annotations: int
    curve: list[float | None] = Field(description="interpolated precision at the recalls 0, .01 … 1")


class ErrorCount(FoundBy):
    """How many errors have a reason; ``dap`` is what they cost in mAP, null until it is asked for."""

    count: int
    dap: float | None = None


class ConfusionMatrix(Schema):
    """Rows: the annotation's class; columns: the predicted one; in detection the last of both is background.

    The predictions of a cell are found by ``true[row]`` and ``predicted[column]`` together; the annotations of the last
    column by ``missed[row]``, which classifications have none of.
    """

    classes: list[str]
    matrix: list[list[int]]
    true: list[str] = Field(description="of every row, in prediction scope")
    predicted: list[str] = Field(description="of every column but the last, in prediction scope")
    missed: list[str] = Field(description="of every row but the last, in annotation scope")
    left_out: int = Field(description="classes that occur and are not shown, as they are too many for a matrix")


class ReliabilityDiagram(Schema):
    """Score against precision in 15 bins of equal width."""

    edges: list[float]
    count: list[int]
    score: list[float | None]
    precision: list[float | None]
    error: float | None = Field(description="expected calibration error")
    queries: list[str] = Field(description="what finds the predictions of each bin")


class EvaluationOut(Schema):
    """What follows the sliders."""

    predictions: str
    task: TaskName
    query: str
    covered_only: bool
    iou: float
    confidence: float
    operating_point: OperatingPointOut = Field(
        description="from where on predictions count where nothing else is asked"
    )
    mAP: float | None  # noqa: N815 - the field's name for it
    mAR: float | None  # noqa: N815
    tp: int
    fp: int
    fn: int
    precision: float | None
    recall: float | None
    f1: float | None
    best_confidence: float | None = Field(description="the least score with the greatest F1")
    annotations: int = Field(description="those that count")
    ignored: int
    images: int
    coverage: float = Field(description="share 0..1 of the images that the set covers")
    coco: dict[str, float]
    per_class: list[ClassResult]
    curve: list[float | None] = Field(description="mean over the classes that have a part in mAP")
    errors: dict[str, ErrorCount]
    found_by: dict[str, FoundBy] = Field(description="of tp, fp, fn, annotations, ignored and images")
    confusion: ConfusionMatrix
    calibration: ReliabilityDiagram
    warnings: list[str] = Field(description="what was assumed, such as keypoint sigmas that nobody states")


class OperatingPoint(Schema):
    """What keeping the predictions of a class from a confidence on gives."""

    name: str = Field(alias="class")
    confidence: float
    tp: int
    fp: int
    fn: int
    precision: float | None
    recall: float | None
    f1: float | None


class ThresholdCounts(Schema):
    """What keeping some predictions gives."""

    tp: int
    fp: int
    fn: int
    precision: float | None
    recall: float | None
    f1: float | None


class ClassThreshold(ThresholdCounts):
    """The confidence that a class would best be cut at."""

    class_id: SourceId
    name: str = Field(alias="class")
    query: str = Field(description="the class's own, in every scope")
    confidence: float | None = Field(description="null where no score does what is asked for: then nothing is kept")
    annotations: int


class ThresholdsOut(Schema):
    """A confidence for each class: of its greatest F1, or at which it has a precision or recall."""

    predictions: str
    task: TaskName
    query: str
    covered_only: bool
    iou: float
    rule: Literal["f1", "precision", "recall"]
    least: float | None = Field(description="the precision or recall that is asked for")
    per_class: list[ClassThreshold] = Field(description="the evaluated classes that occur, the most frequent first")
    together: ThresholdCounts = Field(description="of all these classes, each cut at its own confidence")


class DriverOut(Schema):
    """How much a metric tells about outcomes."""

    metric: str
    title: str
    scope: Literal["image", "annotation", "prediction"]
    side: Literal["prediction", "annotation"]
    importance: float | None
    significant: bool
    correlation: float | None


class SliceRange(Schema):
    """A half-open range [low, high) of a metric; null where it has no end."""

    metric: str
    title: str
    low: float | None
    high: float | None


class SliceOut(Schema):
    """Objects of a class, or whose metrics lie in ranges, among which errors are more frequent than elsewhere."""

    side: Literal["precision", "recall", "accuracy"] = Field(description="what is worse")
    scope: Literal["prediction", "annotation"]
    class_name: str | None = Field(alias="class")
    ranges: list[SliceRange]
    size: int
    errors: int
    rate: float = Field(description="share of errors")
    rest_rate: float = Field(description="share of errors among all other objects")
    effect: float = Field(description="the difference of the two shares")
    interval: list[float] = Field(
        description="95 %, of the effect, widened since slices are chosen by their errors; in new images it lies lower"
    )
    query: str = Field(description="finds the items beside the evaluation, in the scope")
    errors_query: str


class AcquisitionOut(Schema):
    """How an acquisition function is spread over the evaluated images."""

    metric: str
    title: str
    count: int
    nulls: int
    min: float | None
    q1: float | None
    median: float | None
    q3: float | None
    max: float | None
    mean: float | None


class ClassIntervals(Schema):
    """How sure the numbers of a class are."""

    class_row: int
    name: str = Field(alias="class")
    intervals: dict[str, list[float] | None] = Field(
        description="95 %, of ap and ar (of detections), precision, recall and f1; null where there are too few objects"
    )


class SlowEvaluation(Schema):
    """What comes when the sliders rest: intervals, the cost of errors, what drives them, where they gather."""

    task: TaskName
    intervals: dict[str, list[float] | None] = Field(
        description="95 %, by number; null where there are too few objects"
    )
    per_class: list[ClassIntervals] = Field(description="those that are evaluated, the most frequent first")
    warnings: list[str] = Field(description="of which numbers there are too few objects for an interval")
    costs: dict[str, float | None] = Field(description="dAP by reason; they do not add up")
    importance: list[DriverOut]
    slices: list[SliceOut] = Field(description="of precision, then of recall, each the worst first")
    acquisition: list[AcquisitionOut] = Field(description="empty where the set's predictions tell no probabilities")


class PerformanceBin(Schema):
    """Half-open [low, high); the last one is closed."""

    low: float
    high: float
    predictions: int | None
    precision: float | None
    precision_low: float | None
    precision_high: float | None
    annotations: int | None
    fnr: float | None
    fnr_low: float | None
    fnr_high: float | None
    found_by: dict[str, FoundBy] = Field(description="of predictions and annotations")


class ClassPerformance(Schema):
    """One class in the same bins; null where it has nothing in a bin, or lacks the metric."""

    name: str = Field(alias="class")
    query: str = Field(description="the class's own, beside the query of a bin")
    color: str
    predictions: list[int | None]
    precision: list[float | None]
    annotations: list[int | None]
    fnr: list[float | None]


class PerformanceOut(Schema):
    """Precision and false-negative rate by a metric's value."""

    task: TaskName
    metric: str
    title: str
    bins: list[PerformanceBin]
    precision: float | None = Field(description="over all")
    fnr: float | None
    classes: list[ClassPerformance] = Field(
        description="the evaluated classes that occur, the most frequent first; empty unless asked for"
    )


class NumberCompared(Schema):
    """A number of two sets; what is undefined is null."""

    first: float | None
    second: float | None
    difference: float | None = Field(description="second minus first")
    interval: list[float] | None = Field(
        default=None,
        description="paired 95 % interval of the difference; null where none is made, or there are too few objects",
    )
    excludes_zero: bool | None = Field(default=None, description="whether the interval does")


class ClassCompared(Schema):
    """One class of two sets at the IoU threshold and confidence."""

    class_row: int
    class_id: SourceId
    name: str = Field(alias="class")
    color: str
    annotations: int
    query: str = Field(description="the class's own, in every scope")
    ap: NumberCompared
    ar: NumberCompared
    tp: NumberCompared
    fp: NumberCompared
    fn: NumberCompared


class FoundInSet(FoundBy):
    """What finds the items behind a count of one of two sets, asked with both sets, thresholds and filter."""

    predictions: str
    other: str
    confidence: float = Field(description="from where on this set's predictions count")
    compared_confidence: float = Field(description="from where on the other's do")


class ChangedImages(Schema):
    """Images that changed alike from the first set to the second; the query finds them beside both sets."""

    scope: Literal["image"] = "image"
    count: int
    query: str


class ComparisonOut(Schema):
    """Two sets side by side, over the same images, classes and objects."""

    first: str
    second: str
    task: TaskName
    query: str
    covered_only: bool
    iou: float
    confidence: float = Field(description="of the first set")
    confidences: list[float] = Field(description="of each set: its operating point, unless another one was asked for")
    annotations: int = Field(description="those that count")
    images: int
    coverage: list[float] = Field(description="share 0..1 of the images that each set covers")
    numbers: dict[str, NumberCompared] = Field(
        description="mAP, mAR, tp, fp, fn, precision, recall, f1, with intervals"
    )
    coco: dict[str, NumberCompared] = Field(description="the COCO table, without intervals")
    errors: dict[str, NumberCompared] = Field(description="counts of errors by reason, without intervals")
    per_class: list[ClassCompared]
    found_by: dict[str, list[FoundInSet]] = Field(
        description="of tp, fp, fn, annotations, images and the reasons: the first set's items, and the second's"
    )
    changed: dict[str, ChangedImages] = Field(
        description="fixed, broken, wrong and right in both; an image is wrong with any FP or FN"
    )
    warnings: list[str]
