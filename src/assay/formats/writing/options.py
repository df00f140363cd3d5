"""What every export is asked with, beside its format's own options."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

Placement = Literal["copy", "link", "reference"]
"""What becomes of pictures: copied beside the labels, linked there, or left where they are and named."""


class ExportOptions(BaseModel):
    """Which part of a project is written, and how; unknown fields are refused."""

    model_config = ConfigDict(extra="forbid")

    query: str = Field(default="", max_length=20_000, description="what is written; all where it is empty")
    scope: Literal["image", "annotation"] = Field(
        default="image", description="whether the query finds whole images, or annotations, which go with their images"
    )
    source: Annotated[int, Field(ge=0, le=32_767)] | Annotated[str, Field(max_length=4_000)] | None = Field(
        default=None, description="a source's number, or its file or the end of its path; all where it is null"
    )
    split: str | None = Field(default=None, max_length=1_000, description="the split that is written; all where null")
    map: dict[str, str] = Field(
        default_factory=dict,
        description="classes by name, and what they are called instead: those of one name become one, the empty name "
        "leaves a class out",
    )
    images: Placement | None = Field(default=None, description="what becomes of pictures; by default what suits best")
    predictions: str | None = Field(
        default=None, max_length=20_000, description="a prediction set that is written instead of the annotations"
    )
