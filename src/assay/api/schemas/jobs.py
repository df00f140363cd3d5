"""Jobs, and what asks for them."""

from __future__ import annotations

from typing import Any, Literal

from pydantic import Field

from assay.api.schemas.base import Problem, Schema
from assay.formats.classification.folders import FolderOptions
from assay.formats.images import ImagesOptions
from assay.formats.writing.options import ExportOptions

JobStatus = Literal["queued", "running", "done", "failed", "cancelled", "interrupted"]
Files = Literal["in-place", "copy", "symlinks"]


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
    """All jobs of the app, newest first."""

    jobs: list[JobInfo]


class ImportRequest(Schema):
    """What every import is asked with, beside its format's options."""

    name: str | None = None
    split: str | None = None
    add: bool = False
    files: Files = "in-place"


class ExportRequest(ExportOptions):
    """What every export is asked with, beside its format's options."""

    path: str
    overwrite: bool = Field(default=False, description="whether a file or folder that is there is replaced")
    dry_run: bool = Field(
        default=False, description="whether nothing is written, and only told what would be and what would be lost"
    )


class PreviewFolder(ImportRequest, FolderOptions):
    """Ask what the folders of an import would stand for."""


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


class InitProject(ImagesOptions):
    """Ask for a project of a folder of images."""

    name: str | None = None
    files: Files = "in-place"
    metrics: bool = True


class InitPreview(Schema):
    """Which images a project of a folder would take in."""

    root: str
    images: list[str]


class RecognisePath(Schema):
    """Ask which formats a file or folder of the machine that serves may be in."""

    path: str = Field(max_length=4_096)


class FormatInfo(Schema):
    """A format that labels or predictions are read from, or projects written in."""

    format: str = Field(description="its key, as in the addresses of imports and exports")
    title: str = Field(description='what it gives, after "Import"')
    reads_predictions: str | None = Field(description="what predictions in it are; null where none are read")
    writes: bool = Field(description="whether a project is written in it")


class RecognisedFormat(Schema):
    """A format that a path may be in."""

    format: str = Field(description="its key, as in the address of its import")
    title: str = Field(description='what it gives, after "Import"')
    reason: str = Field(description="what was seen")
    options: dict[str, Any] = Field(description="the options of its import that follow from the path")
    images: str | None = Field(description="the option that names the images folder; null where labels are in it")
