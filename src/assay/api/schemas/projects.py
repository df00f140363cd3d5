"""Projects, their classes and history."""

from __future__ import annotations

from typing import Any, Literal

from pydantic import Field

from assay.api.schemas.base import ItemCount, Schema, SourceId


class CoverObject(Schema):
    """An object drawn on a project's cover; coordinates are shares 0..1 of the cover's size."""

    class_name: str
    color: str
    box: list[float]
    rings: list[list[float]]


class ProjectCard(Schema):
    """What a list of projects shows; read without opening the project."""

    name: str
    path: str
    state: Literal["ready", "importing", "damaged"]
    images: int
    annotations: int
    classes: int
    prediction_sets: int
    created: str | None
    last_opened: str | None
    cover_width: int | None
    cover_height: int | None
    cover_objects: list[CoverObject]
    has_cover: bool
    message: str | None = None


class ProjectList(Schema):
    """The projects of a workspace."""

    workspace: str
    projects: list[ProjectCard]


class DoctorFinding(Schema):
    """One kind of trouble that the import doctor found in a source."""

    code: str
    severity: Literal["warning", "skipped"]
    count: int
    message: str
    examples: list[str]
    items: ItemCount | None = Field(
        default=None,
        description="the items, where they are in the project and all are still as they were found",
    )


class ProjectInfo(Schema):
    """One project, opened."""

    name: str
    path: str
    uuid: str
    images: int
    annotations: int
    classes: int
    prediction_sets: int
    splits: dict[str, int]
    shapes: dict[str, int]
    image_status: dict[str, int]
    meta_columns: dict[str, str]
    attr_columns: dict[str, str]
    sources: list[dict[str, Any]]
    doctor: list[DoctorFinding]
    data_version: int
    size_bytes: int
    created: str


class HistoryEntry(Schema):
    """One recorded change of a project."""

    sequence: int
    at: str
    actor: str
    action: str
    detail: dict[str, Any]


class ClassInfo(Schema):
    """A class, in order of how often it occurs."""

    row: int
    id: SourceId
    name: str
    supercategory: str | None
    annotations: int
    color: str
    keypoints: list[str]
    skeleton: list[list[int]]
