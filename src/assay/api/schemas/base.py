"""What all schemas share, and errors."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

Scope = Literal["image", "annotation"]
ItemScope = Literal["image", "annotation", "prediction"]
SourceId = int | float | str | None
SourceChoice = Annotated[
    Annotated[int, Field(ge=0, le=32_767)] | Annotated[str, Field(max_length=4_000)] | None,
    Field(description="whose images are meant: a source's number, or its file or the end of its path"),
]
SplitChoice = Annotated[str | None, Field(max_length=2_000, description="the split whose images are meant")]
ShapeKind = Literal["label", "box", "rotated_box", "polygon", "mask", "keypoints", "polyline", "point"]


class Schema(BaseModel):
    """Base of all schemas: unknown fields are refused, so that a typing error is never silent."""

    model_config = ConfigDict(extra="forbid")


QueryText = Annotated[str, Field(max_length=100_000)]
QueryParam = Annotated[str, Field(max_length=10_000)]
"""A query in an address."""
SortParam = Annotated[str, Field(max_length=200)] | None
MOST_ROW = 2**31 - 1


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
