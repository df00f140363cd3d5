"""What the project doctor found."""

from __future__ import annotations

from typing import Literal

from assay.api.schemas.base import Schema


class ProjectFinding(Schema):
    """Something that is not as it should be; of several of its kind, ``item`` is the first."""

    severity: Literal["warning", "error"]
    message: str
    item: str | None
    expected: str | None
    actual: str | None
    hint: str | None
    count: int
    healable: bool
    healed: bool
    problem: str | None


class ProjectCheck(Schema):
    """One check of a project and the worst that is left of what it found."""

    check: str
    title: str
    state: Literal["ok", "healed", "warning", "error", "skipped"]
    skipped: str | None
    findings: list[ProjectFinding]


class ProjectCheckup(Schema):
    """All checks of a project. It is sound when no error is left."""

    project: str
    sound: bool
    errors: int
    warnings: int
    healed: int
    checks: list[ProjectCheck]


class HealProject(Schema):
    """Ask for all checks of a project, and for the healing of what can be healed without any risk."""

    heal: bool = False
