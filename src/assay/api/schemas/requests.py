"""What is asked of evaluations and of the items that they judge: each request declared once, for address and body."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from assay.api.schemas.base import MOST_ROW, ItemScope, QueryParam, QueryText, Schema, SortParam
from assay.evaluator.question import LEAST_IOU, ClassificationQuestion, Question

TaskName = Literal["bbox", "segm", "keypoints", "obb"]
SetName = Annotated[str, Field(max_length=20_000)]
Confidence = Annotated[float, Field(ge=0, le=1)]


class Overlaps(Schema):
    """What an overlap of a prediction and an annotation is, and from where on it counts."""

    task: TaskName = "bbox"
    iou: Annotated[float, Field(ge=LEAST_IOU, le=1)] = 0.5
    sigmas: Annotated[list[float], Field(max_length=10_000)] | None = Field(
        default=None, description="of keypoints; by default the categories', else COCO's"
    )


class ClassificationQuery(Schema):
    """A set of classifications, and what of it is evaluated."""

    predictions: SetName = Field(description="name of the prediction set")
    confidence: Confidence = 0.0
    query: QueryParam = ""
    covered_only: bool = False

    def question_of_classes(self) -> ClassificationQuestion:
        """Return what the evaluation is asked."""
        return ClassificationQuestion(self.predictions, self.confidence, self.query.strip(), self.covered_only)


class EvaluationQuery(ClassificationQuery, Overlaps):
    """A set of detections, what of it is evaluated, and how."""

    def question(self) -> Question:
        """Return what the evaluation is asked."""
        return _ask(self, self.predictions, self.query, self.confidence, covered_only=self.covered_only)


def _ask(overlaps: Overlaps, predictions: str, within: str, confidence: float, *, covered_only: bool) -> Question:
    sigmas = None if overlaps.sigmas is None else tuple(overlaps.sigmas)
    return Question(predictions, overlaps.task, overlaps.iou, confidence, within.strip(), covered_only, sigmas=sigmas)


class OtherSet(Schema):
    """A second set."""

    other: SetName = Field(description="name of the prediction set to compare with")


class ComparisonQuery(EvaluationQuery, OtherSet):
    """Two sets of detections."""


class ClassificationComparisonQuery(ClassificationQuery, OtherSet):
    """Two sets of classifications."""


class Bins(Schema):
    """How a metric is cut into bins."""

    metric: Annotated[str, Field(max_length=200)]
    bins: Annotated[int, Field(ge=1, le=1_000)] = 20
    binning: Literal["width", "count"] = "width"


class PerformanceQuery(EvaluationQuery, Bins):
    """Outcomes of detections by a metric's value."""

    by_class: bool = Field(default=False, description="of each class as well")


class AccuracyQuery(ClassificationQuery, Bins):
    """Outcomes of classifications by a metric's value."""


class SetQuery(Schema):
    """A prediction set."""

    predictions: SetName


class JudgedBy(Overlaps):
    """The evaluation that items are judged by, where a prediction set is named.

    Queries may then speak of ``outcome``, ``reason`` and, of predictions, ``iou``; with another set to compare with, of
    ``compared``.
    """

    predictions: SetName | None = Field(default=None, description="prediction set that items are judged by")
    confidence: Confidence = 0.0
    within: QueryText = Field(default="", description="the evaluation's own filter")
    covered_only: bool = False
    other: SetName | None = Field(default=None, description="prediction set to compare with")

    def question(self) -> Question:
        """Return what the evaluation of a set of detections is asked."""
        return _ask(self, self.predictions or "", self.within, self.confidence, covered_only=self.covered_only)

    def question_of_classes(self) -> ClassificationQuestion:
        """Return what the evaluation of a set of classifications is asked, which knows no overlaps."""
        return ClassificationQuestion(self.predictions or "", self.confidence, self.within.strip(), self.covered_only)


class ItemsQuery(JudgedBy):
    """Items that a query finds."""

    scope: ItemScope
    query: QueryParam = ""


class ListQuery(ItemsQuery):
    """Items in an order."""

    sort: SortParam = None


class CardsQuery(ListQuery):
    """A stretch of a list as cards."""

    metric: Annotated[str, Field(max_length=200)] | None = Field(default=None, description="the value on each card")
    offset: Annotated[int, Field(ge=0, le=MOST_ROW)] = 0
    limit: Annotated[int, Field(ge=1, le=500)] = 60


class PositionQuery(ListQuery):
    """An item in a list."""

    row: Annotated[int, Field(ge=0, le=MOST_ROW)]


_MOST_ROWS = 1_000_000


class RowsQuery(ListQuery):
    """A stretch of a list as row numbers."""

    offset: Annotated[int, Field(ge=0, le=MOST_ROW)] = 0
    limit: Annotated[int, Field(ge=0, le=_MOST_ROWS)] = _MOST_ROWS


class MetricsQuery(JudgedBy):
    """Metrics of one scope or all, over the items that a query finds."""

    scope: ItemScope | None = None
    query: QueryParam = ""


class HistogramQuery(ItemsQuery):
    """A metric's values in bins."""

    bins: Annotated[int, Field(ge=1, le=1_000)] = 50
    scale: Literal["linear", "log"] = "linear"


class DistributionQuery(ItemsQuery):
    """Items by the value of a property."""

    property: Annotated[str, Field(max_length=200)] = "class"
    limit: Annotated[int, Field(ge=0, le=10_000)] = 50


class CompletionQuery(JudgedBy):
    """A query's text, and where the cursor is in it; by default at the end."""

    scope: ItemScope
    text: QueryParam = ""
    cursor: Annotated[int, Field(ge=0, le=10_000)] | None = None
