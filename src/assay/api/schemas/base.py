"""What all schemas share, and errors."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

Scope = Literal["image", "annotation"]
ItemScope = Literal["image", "annotation", "prediction"]
SourceId = int | float | str | None
ShapeKind = Literal["label", "box", "rotated_box", "polygon", "mask", "keypoints", "polyline", "point"]


class Schema(BaseModel):
    """Base of all schemas: unknown fields are refused, so that a typing error is never silent."""

    model_config = ConfigDict(extra="forbid")


QueryText = Annotated[str, Field(max_length=100_000)]


class CountOf(Schema):
    """How many items there are, and the query that finds them."""

    count: int
    scope: Scope
    query: str


class ItemCount(Schema):
    """How many items there are, predictions as well, and the query that finds them."""

    count: int
    scope: ItemScope
    query: str


class Problem(Schema):
    """An error, after RFC 9457."""

    type: str
    title: str
    status: int
    code: str
    item: str | None = None
    expected: str | None = None
    actual: str | None = None
    hint: str | None = None
    position: int | None = Field(default=None, description="of a query: where the wrong word begins")
    length: int | None = Field(default=None, description="of a query: characters of the wrong word")
    near: str | None = Field(default=None, description="of a query: the text to put in its place")
