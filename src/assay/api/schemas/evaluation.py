"""Evaluations of prediction sets. Undefined numbers are null; in the COCO table they are -1."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from assay.api.schemas.base import Schema

TaskName = Literal["bbox", "segm", "keypoints", "obb"]
AnyTaskName = Literal[TaskName, "classification"]


class ClassResult(Schema):
    """One class at the IoU threshold and confidence."""

    class_row: int
    class_id: int | str | None
    name: str = Field(alias="class")
    color: str
    ap: float | None
    ar: float | None
    tp: int
    fp: int
    fn: int
    precision: float | None
    recall: float | None
    f1: float | None
    best_confidence: float | None = Field(description="with the greatest F1")
    annotations: int
    curve: list[float | None] = Field(description="interpolated precision at the recalls 0, .01 … 1")


class ErrorCount(Schema):
    """How many errors have a reason; ``dap`` is what they cost in mAP, null until it is asked for."""

    count: int
    dap: float | None = None


class ConfusionMatrix(Schema):
    """Rows: the annotation's class; columns: the predicted one; in detection the last of both is background."""

    classes: list[str]
    matrix: list[list[int]]


class ReliabilityDiagram(Schema):
    """Score against precision in 15 bins of equal width."""

    edges: list[float]
    count: list[int]
    score: list[float | None]
    precision: list[float | None]
    error: float | None = Field(description="expected calibration error")


class EvaluationOut(Schema):
    """What follows the sliders."""

    predictions: str
    task: TaskName
    query: str
    covered_only: bool
    iou: float
    confidence: float
    mAP: float | None  # noqa: N815 - the field's name for it
    mAR: float | None  # noqa: N815
    tp: int
    fp: int
    fn: int
    precision: float | None
    recall: float | None
    f1: float | None
    best_confidence: float | None
    annotations: int = Field(description="those that count")
    ignored: int
    images: int
    coverage: float = Field(description="share 0..1 of the images that the set covers")
    coco: dict[str, float]
    per_class: list[ClassResult]
    curve: list[float | None] = Field(description="mean over the classes that have a part in mAP")
    errors: dict[str, ErrorCount]
    confusion: ConfusionMatrix
    calibration: ReliabilityDiagram


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


class DriverOut(Schema):
    """How much a metric tells about outcomes."""

    metric: str
    title: str
    scope: Literal["image", "annotation", "prediction"]
    side: Literal["prediction", "annotation"]
    importance: float | None
    significant: bool
    correlation: float | None


class SlowEvaluation(Schema):
    """What comes when the sliders rest: intervals, the cost of errors, what drives them."""

    intervals: dict[str, list[float | None]] = Field(description="95 %, by number")
    costs: dict[str, float | None] = Field(description="dAP by reason; they do not add up")
    importance: list[DriverOut]


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


class PerformanceOut(Schema):
    """Precision and false-negative rate by a metric's value."""

    metric: str
    title: str
    bins: list[PerformanceBin]
    precision: float | None = Field(description="over all")
    fnr: float | None
