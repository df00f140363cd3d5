"""The project doctor: check a project, heal what is safe."""

from __future__ import annotations

from collections.abc import Callable

from assay.api.app import App
from assay.api.depends import TheApp
from assay.api.patiently import patiently
from assay.api.routers import api_router
from assay.api.schemas.doctor import HealProject, ProjectCheck, ProjectCheckup, ProjectFinding
from assay.project.checkup.examine import Checked, Outcome, examine

router = api_router("doctor")


@router.get("/projects/{project}/doctor")
async def get_checkup(project: str, app: TheApp) -> ProjectCheckup:
    """Check a project, whether it can be opened or not; write nothing."""
    return await _patiently(app, project, lambda: _show(app, project, _examine(app, project, heal=False)))


@router.post("/projects/{project}/doctor")
async def post_checkup(project: str, request: HealProject, app: TheApp) -> ProjectCheckup:
    """Check a project and, where asked to, heal what is safe to heal: temporary files, project.json, the cache."""
    return await _patiently(app, project, lambda: _heal(app, project, heal=request.heal))


async def _patiently(app: App, project: str, work: Callable[[], ProjectCheckup]) -> ProjectCheckup:
    """Have a project checked where nobody else waits: its images may lie on a share that hangs."""
    return await patiently(app.checkup_threads, project, work, item=project)


def _heal(app: App, project: str, *, heal: bool) -> ProjectCheckup:
    checks = _examine(app, project, heal=heal)
    if any(outcome.healed for check in checks for outcome in check.outcomes):
        # what kept the project from being opened may be gone now
        healed = [[outcome for outcome in check.outcomes if outcome.healed] for check in checks]
        checks = _examine(app, project, heal=False)
        for check, outcomes in zip(checks, healed, strict=True):
            check.outcomes[:0] = outcomes
    return _show(app, project, checks)


def _examine(app: App, project: str, *, heal: bool) -> list[Checked]:
    with app.workspace.examine(project, is_working=bool(app.jobs.running(project))) as subject:
        return examine(subject, heal=heal)


def _show(app: App, project: str, checks: list[Checked]) -> ProjectCheckup:
    outcomes = [outcome for check in checks for outcome in check.outcomes]
    left = [outcome.finding.severity for outcome in outcomes if not outcome.healed]
    return ProjectCheckup(
        project=str(app.workspace.path(project)),
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
