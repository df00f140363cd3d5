"""The query language in the API, and named queries."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from assay.api.schemas.base import CountOf, ItemCount, ItemScope, QueryText, Schema, Scope, SourceChoice, SplitChoice
from assay.api.schemas.requests import EvaluatedBy

Name = Annotated[str, Field(max_length=20_000)]


class ParseRequest(EvaluatedBy):
    """Ask what a query's text means."""

    text: QueryText
    scope: ItemScope = "image"


class QueryPart(Schema):
    """One of the conditions that all hold at the top of a query."""

    start: int = Field(description="offset in the text that was sent")
    end: int
    text: str = Field(description="as it is written in the plainest way")
    key: str | None = Field(description="of a single comparison")
    negated: bool
    remaining: str = Field(description="the query without this condition")


class ParsedQuery(ItemCount):
    """A query that can be understood, and how many items it finds."""

    text: str = Field(description="the query in its plainest way of writing")
    terms: list[QueryPart]
    hints: list[str] = Field(description="what was understood though it may be a slip")


class SuggestionOut(Schema):
    """A text that may stand at the cursor."""

    text: str
    label: str
    detail: str
    kind: str


class CompletionOut(Schema):
    """Suggestions that replace ``text[start:end]``."""

    start: int
    end: int
    suggestions: list[SuggestionOut]


class ViewOut(Schema):
    """A named query with its live count."""

    name: str
    scope: Scope
    query: str
    sort: str | None
    count: int | None = Field(description="null where the query cannot be understood any more")
    problem: str | None


class SaveView(Schema):
    """Save a query under a name, in the place of a view of that name."""

    name: Name
    scope: Scope
    query: QueryText = ""
    sort: Annotated[str, Field(max_length=200)] | None = None


class RenameView(Schema):
    """Give a view another name."""

    name: Name
    new_name: Name


class DeleteView(Schema):
    """Take a view out of the project."""

    name: Name


class RowsOut(Schema):
    """A stretch of a result as row numbers."""

    total: int
    offset: int
    rows: list[int]


class Selection(EvaluatedBy):
    """Some items: rows by number, or all of a query but for some; of predictions their images are meant."""

    scope: ItemScope
    rows: Annotated[list[Annotated[int, Field(ge=0, lt=2**31)]], Field(max_length=2_000_000)] | None = None
    query: QueryText | None = None
    except_rows: Annotated[list[Annotated[int, Field(ge=0, lt=2**31)]], Field(max_length=2_000_000)] = Field(
        default_factory=list
    )


class TagOut(Schema):
    """A tag and the items that carry it."""

    name: str
    color: str
    images: CountOf
    annotations: CountOf


class ApplyTag(Schema):
    """Mark items with a tag, or take it from them."""

    selection: Selection
    name: Name
    action: Literal["add", "remove"] = "add"
    color: Annotated[str, Field(max_length=100)] | None = None


class TagChangeOut(Schema):
    """What tagging has changed."""

    tag: str
    changed: int
    change: int = Field(description="the number by which it can be undone")


class UndoTag(Schema):
    """Put back what one tagging has changed."""

    change: Annotated[int, Field(ge=0, lt=2**62)]


class UpdateTag(Schema):
    """Rename, merge or colour a tag."""

    name: Name
    new_name: Name | None = None
    color: Annotated[str, Field(max_length=100)] | None = None
    merge: bool = False


class DeleteTag(Schema):
    """Take a tag out of the project."""

    name: Name


class DeletedTag(Schema):
    """How many items carried a tag that is gone."""

    images: int
    annotations: int


class TagShare(Schema):
    """How many of some items carry a tag."""

    name: str
    color: str
    tagged: int


class TagState(Schema):
    """The tags of some items: on all of them, on some, on none."""

    total: int
    tags: list[TagShare]


class ImportTags(Schema):
    """Take tags from a CSV file of the machine that serves the project."""

    path: Annotated[str, Field(max_length=4_000)]
    source: SourceChoice = None
    split: SplitChoice = None


class ImportedTags(Schema):
    """What a file of tags has brought."""

    tags: list[str]
    changed: int
    skipped: int = Field(description="lines whose item is not in the project")
    examples: list[str] = Field(description="the first ids that were skipped")
    warnings: list[str] = Field(description="what was assumed about whose items are meant")
