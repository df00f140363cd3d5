"""Ready-made projects, and what asks for one."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from assay.api.schemas.base import Schema


class SandboxInfo(Schema):
    """A ready-made project."""

    name: str
    title: str
    teaches: str
    images: int
    annotations: int | None = Field(description="null where it is known only when it has been made")
    classes: int
    size_mb: float
    licence: str
    source: str
    needs_network: bool = Field(description="whether it is downloaded; if not, it is generated on this machine")
    present: bool = Field(description="whether the workspace has a project of its name")


class MakeSandbox(Schema):
    """Ask for a sandbox project."""

    project_name: str | None = None
    images: Annotated[int | None, Field(ge=1, le=1_000_000)] = Field(
        default=None, description="how many images to generate; not for a sandbox that is downloaded"
    )
    seed: Annotated[int | None, Field(ge=0, le=2**32 - 1)] = None
