"""Prediction sets and their import."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import Field, create_model

from assay.api.schemas.base import Schema, SourceChoice, SplitChoice
from assay.api.schemas.queries import Name
from assay.formats.registry import all_prediction_readers
from assay.project.operating_points import OperatingPoint


class ImportPredictions(Schema):
    """Ask for the import of a file of predictions of the machine that serves the project."""

    path: Annotated[str, Field(max_length=4_000)]
    name: Name
    format: str = "coco"
    coverage: Literal["with", "all"] | Annotated[list[int | str], Field(max_length=10_000_000)] = Field(
        default="with", description="which images the model was run on: those with predictions, all, or those listed"
    )
    skip_invalid: bool = Field(default=False, description="whether records that cannot be used are left out")
    source: SourceChoice = None
    split: SplitChoice = None


def make_import_request() -> type[ImportPredictions]:
    """Return the request with the formats that are registered now, and no others, as its choice."""
    readers = all_prediction_readers()
    told = ", or ".join(reader.title for reader in readers.values())
    choice: Any = (Literal[tuple(readers)], Field(default="coco", description=told))
    return create_model(
        ImportPredictions.__name__, __base__=ImportPredictions, __doc__=ImportPredictions.__doc__, format=choice
    )


class OperatingPointOut(Schema):
    """From which confidence on a set's predictions count where nothing else is asked."""

    confidence: float
    by_hand: bool = Field(description="set by a person; else the least score with the greatest F1 at IoU .5")


def show_operating_point(point: OperatingPoint) -> OperatingPointOut:
    """Return an operating point as the API shows it."""
    return OperatingPointOut(confidence=point.confidence, by_hand=point.by_hand)


class PredictionSetOut(Schema):
    """A prediction set."""

    name: str
    path: str
    kind: Literal["coco", "classification"]
    coverage: Literal["with", "all", "list"]
    predictions: int
    covered_images: int = Field(description="images that the model was run on")
    imported_at: str
    skipped: dict[str, int] = Field(description="records of the file that were left out, by reason")
    matched_by: dict[str, int] = Field(
        description="records by what told their image: id, text (an id that is text on one side and a number on the "
        "other), file_name, stem (a file name without ending)"
    )
    source: str | None = Field(
        description="the source that all records were found to belong to, where several have the same ids or file names"
    )
    warnings: list[str] = Field(description="what was assumed about whose records they are")
    operating_points: dict[str, OperatingPointOut] = Field(description="by task")
    doubts: list[str] = Field(description="those of the warnings that say that its ids may be another dataset's")


class RenamePredictions(Schema):
    """Give a prediction set another name."""

    name: Name
    new_name: Name


class SetOperatingPoint(Schema):
    """Let the predictions of a set count from a confidence on, where nothing else is asked."""

    name: Name
    confidence: Annotated[float, Field(ge=0, le=1)] | Literal["best"] = Field(
        description="best: the one of the greatest F1 at IoU .5, which annotations that change move"
    )
    task: Literal["bbox", "segm", "keypoints", "obb"] | None = Field(
        default=None, description="by default all that the set can be evaluated for"
    )


class RemovePredictions(Schema):
    """Take a prediction set out of the project."""

    name: Name
