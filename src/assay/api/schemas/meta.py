"""Free fields of images and annotations."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from assay.api.schemas.base import Schema, Scope, SourceChoice, SplitChoice


class FreeColumn(Schema):
    """A free field, and how many items have a value of it."""

    scope: Scope
    name: str = Field(description="as queries write it: meta.NAME or attr.NAME")
    type: Literal["number", "text", "boolean", "date"]
    added: bool = Field(description="whether it came from a table of the user's own")
    count: int
    query: str


class AddColumns(Schema):
    """Ask for the columns of a CSV file."""

    path: Annotated[str, Field(max_length=4_000)]
    key: Annotated[str, Field(max_length=200)] = "file_name"
    scope: Scope = "image"
    source: SourceChoice = None
    split: SplitChoice = None


class AddedColumns(Schema):
    """What a table has brought."""

    columns: list[str]
    matched: int
    unmatched: int = Field(description="lines whose item is not in the project")
    examples: list[str]
    warnings: list[str] = Field(description="what was assumed about whose items are meant")
