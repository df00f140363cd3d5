"""Queries, pages of cards, details of items."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import Field

from assay.api.schemas.base import ItemScope, QueryText, Schema, ShapeKind, SourceId
from assay.api.schemas.requests import EvaluatedBy
from assay.project.vocabulary import Change, ImageStatus, Outcome, Reason, Severity

Side = Literal["annotation", "prediction"]


class QueryRequest(EvaluatedBy):
    """Which items, in which order, with which fields."""

    query: QueryText = ""
    scope: ItemScope = "image"
    fields: list[str] = Field(default_factory=list)
    sort: str | None = Field(default=None, description="a key, or -key for descending")
    offset: Annotated[int, Field(ge=0)] = 0
    limit: Annotated[int | None, Field(ge=0)] = None


class QueryResult(Schema):
    """Items as plain records: row, id, image_id, file_name, class, class_id and the fields asked for."""

    total: int
    items: list[dict[str, Any]]


class ShapeOut(Schema):
    """An annotation or a prediction as it is drawn."""

    row: int = Field(description="told apart from others only together with ``of``")
    of: Side
    outcome: Outcome | None = Field(description="at the threshold of the evaluation, where one is named")
    reason: Reason | None
    confidence: float | None = Field(description="of a prediction")
    class_row: int | None
    kind: ShapeKind
    crowd: bool
    box: list[float] | None = Field(description="upright box of the shape: left, top, width, height")
    rotation: float | None
    rings: list[list[float]] = Field(description="x, y, x, y … of every ring")
    mask_size: list[int] | None = Field(description="height, width")
    mask_counts: list[int] | None = Field(description="uncompressed column-major RLE")
    keypoints: list[float]


class Card(Schema):
    """An item as the grid shows it."""

    row: int
    id: SourceId
    image_row: int
    file_name: str
    width: int | None
    height: int | None
    status: ImageStatus
    class_row: int | None
    value: float | None
    severity: Severity
    partner_row: int | None = Field(description="of a duplicate, or of the other side of an evaluation")
    partner_of: Side | None
    outcome: Outcome | None
    reason: Reason | None
    iou: float | None = Field(description="of a prediction, with the annotation of its class that it overlaps most")
    confidence: float | None = Field(description="of a prediction")
    compared: Change | None = Field(description="of an image, with another set")
    fp_count: int | None = Field(description="of an image, where an evaluation of detections is named")
    fn_count: int | None = Field(description="of an image, where an evaluation of detections is named")
    tags: list[str]
    objects: int
    shapes: list[ShapeOut] = Field(
        description="at most 200 of the image's annotations and predictions; the item itself and its partner always"
    )


class CardPage(Schema):
    """A stretch of a result."""

    total: int
    folded: int = Field(description="items that are not listed: each is the second of a pair whose first is")
    offset: int
    cards: list[Card]


class Position(Schema):
    """Where an item stands in a result, with its neighbours."""

    total: int
    position: int | None
    previous: int | None
    next: int | None


class MetricValue(Schema):
    """One metric of one item, and where it stands among all."""

    key: str
    title: str
    scope: ItemScope
    unit: str
    kind: str
    value: float | None
    percentile: float | None = Field(
        description="0..100: the share of items with a lower value, equal ones counted half"
    )
    severity: Severity
    explains: bool = Field(description="whether it tells items apart: not random, no mirror of another")


class EvidenceOut(Schema):
    """Why an item is suspicious."""

    metric: str
    title: str
    severity: Severity
    value: float | None
    partner_row: int | None
    partner_id: SourceId
    message: str


class ImageDetail(Schema):
    """Everything known of one image.

    ``used_bits`` is set where 16-bit samples use so few bits that what is shown is stretched; metrics are not of that.
    """

    row: int
    id: SourceId
    file_name: str
    path: str
    split: str | None
    sequence: str | None
    frame: int | None
    width: int | None
    height: int | None
    file_width: int | None
    file_height: int | None
    status: ImageStatus
    status_detail: str | None
    used_bits: int | None
    meta: dict[str, Any]
    tags: list[str]
    metrics: list[MetricValue]
    shapes: list[ShapeOut]
    evidence: list[EvidenceOut]


class AnnotationDetail(Schema):
    """Everything known of one annotation, with its image."""

    row: int
    id: SourceId
    class_row: int | None
    class_name: str | None
    kind: str
    crowd: bool
    file_box: list[float] | None
    file_area: float | None
    attributes: dict[str, Any]
    tags: list[str]
    metrics: list[MetricValue]
    evidence: list[EvidenceOut]
    outcome: Outcome | None
    reason: Reason | None
    partner_row: int | None = Field(description="the prediction that it is matched with, or that explains why not")
    image: ImageDetail


class PredictionDetail(Schema):
    """Everything known of one prediction, with its image; ``id`` is its place in its file, from 0."""

    row: int
    id: int
    prediction_set: str
    class_row: int
    class_name: str
    kind: str
    confidence: float
    outcome: Outcome | None = Field(description="null where the evaluation leaves it out")
    reason: Reason | None
    iou: float | None
    partner_row: int | None = Field(description="the annotation that it is matched with, or that explains its error")
    metrics: list[MetricValue]
    image: ImageDetail
