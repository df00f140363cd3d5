"""What all schemas share, and errors."""

from __future__ import annotations

from typing import Literal

from pydantic import BaseModel, ConfigDict

Scope = Literal["image", "annotation"]
SourceId = int | float | str | None
ShapeKind = Literal["label", "box", "rotated_box", "polygon", "mask", "keypoints", "polyline", "point"]


class Schema(BaseModel):
    """Base of all schemas: unknown fields are refused, so that a typing error is never silent."""

    model_config = ConfigDict(extra="forbid")


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
