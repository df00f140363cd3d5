"""What is asked of evaluations and of the items of evaluations: each request declared once, for address and body."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from assay.api.schemas.base import MOST_ROW, ItemScope, QueryParam, QueryText, Schema, SortParam
from assay.evaluator.request import LEAST_IOU, EvaluationRequest

TaskName = Literal["bbox", "segm", "keypoints", "obb"]
AnyTaskName = Literal[TaskName, "classification"]
SetName = Annotated[str, Field(max_length=20_000)]
Share = Annotated[float, Field(ge=0, le=1)]
Confidence = Annotated[
    Share | None,
    Field(description="from where on predictions count; by default the set's operating point"),
]
ComparedConfidence = Annotated[
    Share | None,
    Field(description="from where on the other set's predictions count; by default as `confidence`, else its own"),
]


class Overlaps(Schema):
    """What an overlap of a prediction and an annotation is, and from where on it counts."""

    task: AnyTaskName | None = Field(default=None, description="by default bbox, or classification if the set is that")
    iou: Annotated[float, Field(ge=LEAST_IOU, le=1)] = 0.5
    sigmas: Annotated[list[float], Field(max_length=10_000)] | None = Field(
        default=None, description="of keypoints; by default the categories', else COCO's"
    )


class EvaluationQuery(Overlaps):
    """A prediction set, what of it is evaluated, and how; classes of images have no overlap."""

    predictions: SetName = Field(description="name of the prediction set")
    confidence: Confidence = None
    query: QueryParam = ""
    covered_only: bool = False

    def request(self) -> EvaluationRequest:
        """Return what the evaluation is asked."""
        return EvaluationRequest(
            self.predictions,
            self.task,
            self.iou,
            self.confidence,
            self.query,
            self.covered_only,
            sigmas=None if self.sigmas is None else tuple(self.sigmas),
        )


class OtherSet(Schema):
    """A second set."""

    other: SetName = Field(description="name of the prediction set to compare with")
    compared_confidence: ComparedConfidence = None


class ComparisonQuery(EvaluationQuery, OtherSet):
    """Two sets."""


class Bins(Schema):
    """How a metric is cut into bins."""

    metric: Annotated[str, Field(max_length=200)]
    bins: Annotated[int, Field(ge=1, le=1_000)] = 20
    binning: Literal["width", "count"] = "width"


class PerformanceQuery(EvaluationQuery, Bins):
    """Outcomes by a metric's value."""

    by_class: bool = Field(default=False, description="of each class as well; of detections only")


class TableQuery(EvaluationQuery):
    """A table of an evaluation; its confidence does not matter."""

    format: Literal["json", "csv"] = "json"


class ThresholdsQuery(TableQuery):
    """By what a confidence is chosen for each class: by F1, unless a precision or a recall is asked for."""

    precision: Share | None = Field(
        default=None, description="least precision; of the confidences that have it the lowest"
    )
    recall: Share | None = Field(default=None, description="least recall; of the confidences that have it the highest")


class SetQuery(Schema):
    """A prediction set."""

    predictions: SetName


class EvaluatedBy(Overlaps):
    """The evaluation that items are evaluated by, where a prediction set is named.

    Queries may then speak of ``outcome``, ``reason`` and, of predictions, ``iou``; with another set to compare with, of
    ``compared``.
    """

    predictions: SetName | None = Field(default=None, description="prediction set that items are evaluated by")
    confidence: Confidence = None
    within: QueryText = Field(default="", description="the evaluation's own filter")
    covered_only: bool = False
    other: SetName | None = Field(default=None, description="prediction set to compare with")
    compared_confidence: ComparedConfidence = None

    def of_set(self, *, classes: bool) -> EvaluationRequest:
        """Return what the evaluation is asked.

        Args:
            classes: Whether the set is one of classifications, for which neither overlaps nor their task matter.
        """
        predictions = self.predictions or ""
        if classes:
            return EvaluationRequest(predictions, None, 0.5, self.confidence, self.within, self.covered_only)
        sigmas = None if self.sigmas is None else tuple(self.sigmas)
        return EvaluationRequest(
            predictions, self.task, self.iou, self.confidence, self.within, self.covered_only, sigmas=sigmas
        )


class ItemsQuery(EvaluatedBy):
    """Items that a query finds."""

    scope: ItemScope
    query: QueryParam = ""


class ListQuery(ItemsQuery):
    """Items in an order."""

    sort: SortParam = None
    fold_pairs: bool = Field(
        default=False,
        description="of two items that are outliers of the metric that sorts because of one another, list the first",
    )


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


class MetricsQuery(EvaluatedBy):
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


class CompletionQuery(EvaluatedBy):
    """A query's text, and where the cursor is in it; by default at the end."""

    scope: ItemScope
    text: QueryParam = ""
    cursor: Annotated[int, Field(ge=0, le=10_000)] | None = None
