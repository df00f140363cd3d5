"""Health, versions, folders."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from assay.api.schemas.base import Schema


class Health(Schema):
    """The server is up."""

    status: Literal["ok"] = "ok"
    version: str
    pid: int


class SystemInfo(Schema):
    """What a bug report needs."""

    version: str
    python: str
    platform: str
    processors: int
    memory_bytes: int | None
    packages: dict[str, str]
    project_schema: int


class FolderEntry(Schema):
    """A file or folder that the server-side path browser shows."""

    name: str
    path: str
    kind: Literal["folder", "file"]
    size_bytes: int | None
    images: int | None = Field(description="images directly inside a folder, counted up to 1,000")


class FolderListing(Schema):
    """One folder of the machine that serves."""

    path: str
    parent: str | None
    roots: list[str]
    entries: list[FolderEntry]
