"""What a project asks for, and what is approved."""

from __future__ import annotations

from typing import Literal

from pydantic import BaseModel, Field


class TrustRequest(BaseModel):
    """One thing that a project asks for and that needs an approval."""

    id: str = Field(description="Names exactly this: with another parameter or other code it is another.")
    kind: Literal["job", "code", "images", "file"]
    text: str = Field(description="What it would do, for a person.")
    subject: str = Field(description="The job's id, or the path of the code, folder or file.")
    detail: str | None = Field(description="A job's parameters as JSON, or the SHA-256 of code.")
    images: int | None = Field(description="How many images lie in the folder.")
    approved: bool


class TrustReport(BaseModel):
    """All that a project asks for."""

    project: str
    requests: list[TrustRequest]
    unapproved: int
    problem: str | None = Field(description="Why approvals are forgotten when the process ends; null where they stay.")


class ApproveRequests(BaseModel):
    """Which requests to approve."""

    ids: list[str] = Field(max_length=100_000, description="Of requests as they were listed.")
