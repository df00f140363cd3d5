"""Jobs, and what asks for them."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import Field

from assay.api.schemas.base import Problem, Schema

JobStatus = Literal["queued", "running", "done", "failed", "cancelled", "interrupted"]


class JobInfo(Schema):
    """Long work and how far it is."""

    id: str
    kind: str
    title: str
    project: str | None
    status: JobStatus
    stage: str
    done: int
    total: int | None
    rate: float | None = Field(description="units a second in the present stage")
    seconds_left: float | None
    started_by: str
    created: str
    finished: str | None
    resumable: bool
    result: dict[str, Any] | None
    error: Problem | None


class JobList(Schema):
    """All jobs that the door knows, newest first."""

    jobs: list[JobInfo]


class ImportCoco(Schema):
    """Ask for the import of a COCO file. Paths are paths of the machine that serves the project."""

    images: str
    annotations: str
    name: str | None = None
    split: str | None = None
    add: bool = False
    files: Literal["in-place", "copy", "symlinks"] = "in-place"


class ImportFolder(Schema):
    """Ask for the import of images labelled by folder. Paths are paths of the machine that serves the project."""

    root: str
    splits: Annotated[list[Annotated[str, Field(max_length=4_000)]], Field(max_length=10_000)] | None = Field(
        default=None,
        description="the first folders that are splits; empty: every first folder is a class; null: what is recognised",
    )
    name: str | None = None
    split: str | None = None
    add: bool = False
    files: Literal["in-place", "copy", "symlinks"] = "in-place"


class FolderPreview(Schema):
    """What the folders of an import of images labelled by folder stand for."""

    root: str
    wrapping: str | None = Field(description="the folder round all others, which is passed over")
    folders: list[str] = Field(description="the first folders, inside of the one round all others")
    splits: list[str] = Field(description="those of them that are splits")
    classes: list[str]
    images: int
    unlabelled: int = Field(description="images that are in no class's folder")
    ambiguous: bool = Field(description="whether the folders were read in one of several ways; `splits` decides")


class ImportCsv(Schema):
    """Ask for the import of images labelled by the rows of a CSV file."""

    images: str
    table: str
    path_column: Annotated[str, Field(max_length=200)]
    label_column: Annotated[str, Field(max_length=200)]
    id_column: Annotated[str | None, Field(max_length=200)] = Field(
        default=None, description="`id` or `image_id` where the table has one; else images are numbered"
    )
    name: str | None = None
    split: str | None = None
    add: bool = False
    files: Literal["in-place", "copy", "symlinks"] = "in-place"


class InitProject(Schema):
    """Ask for a project of a folder of images."""

    root: str
    name: str | None = None
    patterns: list[str] = Field(default_factory=list)
    files: Literal["in-place", "copy", "symlinks"] = "in-place"
    metrics: bool = True


class InitPreview(Schema):
    """Which images a project of a folder would take in."""

    root: str
    images: list[str]


class ExportCoco(Schema):
    """Ask for a COCO file of one of the project's sources."""

    path: str
    overwrite: bool = Field(default=False, description="whether a file that is there is replaced")
    source: Annotated[int, Field(ge=0, le=32_767)] | Annotated[str, Field(max_length=4_000)] = Field(
        default=0, description="a source's number, or its file or the end of its path"
    )
