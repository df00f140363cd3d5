"""Where a project's sources lie."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from assay.api.schemas.base import Schema


class RelocateProject(Schema):
    """Say where a project's data lie now; without images and annotations they are looked for."""

    images: str | None = None
    annotations: str | None = None
    source: Annotated[int | None, Field(ge=0, le=32_767)] = None


class RelocatedSource(Schema):
    """Where a source lies, and how many of its images are there."""

    source: int
    kind: str
    images: str
    annotations: str | None
    found: int
    total: int
    changed: bool


class Relocation(Schema):
    """What was put down for each source that was asked about."""

    project: str
    sources: list[RelocatedSource]
