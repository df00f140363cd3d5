"""The project doctor: check a project, heal what is safe."""

from __future__ import annotations

from collections.abc import Callable

from assay.api.depends import TheDoor
from assay.api.door import Door
from assay.api.patiently import patiently
from assay.api.routers import api_router
from assay.api.schemas.doctor import HealProject, ProjectCheck, ProjectCheckup, ProjectFinding
from assay.project.checkup.examine import Checked, Outcome, examine

router = api_router("doctor")


@router.get("/projects/{project}/doctor")
async def get_checkup(project: str, door: TheDoor) -> ProjectCheckup:
    """Check a project, whether it can be opened or not; write nothing."""
    return await _patiently(door, project, lambda: _show(door, project, _examine(door, project, heal=False)))


@router.post("/projects/{project}/doctor")
async def post_checkup(project: str, request: HealProject, door: TheDoor) -> ProjectCheckup:
    """Check a project and, where asked to, heal what is safe to heal: temporary files, project.json, the cache."""
    return await _patiently(door, project, lambda: _heal(door, project, heal=request.heal))


async def _patiently(door: Door, project: str, work: Callable[[], ProjectCheckup]) -> ProjectCheckup:
    """Have a project checked where nobody else waits: its images may lie on a share that hangs."""
    return await patiently(door.checkup_threads, project, work, item=project)


def _heal(door: Door, project: str, *, heal: bool) -> ProjectCheckup:
    checks = _examine(door, project, heal=heal)
    if any(outcome.healed for check in checks for outcome in check.outcomes):
        # what kept the project from being opened may be gone now
        healed = [[outcome for outcome in check.outcomes if outcome.healed] for check in checks]
        checks = _examine(door, project, heal=False)
        for check, outcomes in zip(checks, healed, strict=True):
            check.outcomes[:0] = outcomes
    return _show(door, project, checks)


def _examine(door: Door, project: str, *, heal: bool) -> list[Checked]:
    with door.workspace.examine(project, is_working=bool(door.jobs.running(project))) as subject:
        return examine(subject, heal=heal)


def _show(door: Door, project: str, checks: list[Checked]) -> ProjectCheckup:
    outcomes = [outcome for check in checks for outcome in check.outcomes]
    left = [outcome.finding.severity for outcome in outcomes if not outcome.healed]
    return ProjectCheckup(
        project=str(door.workspace.path(project)),
        sound="error" not in left,
        errors=left.count("error"),
        warnings=left.count("warning"),
        healed=len(outcomes) - len(left),
        checks=[
            ProjectCheck(
                check=each.check.key,
                title=each.check.title,
                state=each.state,
                skipped=each.skipped,
                findings=[_show_outcome(outcome) for outcome in each.outcomes],
            )
            for each in checks
        ],
    )


def _show_outcome(outcome: Outcome) -> ProjectFinding:
    found = outcome.finding
    return ProjectFinding(
        severity=found.severity,
        message=found.message,
        item=found.item,
        expected=found.expected,
        actual=found.actual,
        hint=found.hint,
        count=found.count,
        healable=found.heal is not None,
        healed=outcome.healed,
        problem=outcome.problem,
    )
