"""Make all checks on a project, heal what is safe to heal, and report."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

import duckdb

from assay.errors import AssayError
from assay.project.checkup.registry import CHECKS
from assay.project.checkup.subject import Check, Finding, Subject, Unavailable


@dataclass
class Outcome:
    """What became of a finding: whether it could be healed, was, or why not."""

    finding: Finding
    healed: bool = False
    problem: str | None = None


@dataclass
class Checked:
    """What a check found.

    Attributes:
        skipped: Why it could not be made, None where it was.
    """

    check: Check
    outcomes: list[Outcome] = field(default_factory=list)
    skipped: str | None = None

    @property
    def state(self) -> Literal["ok", "healed", "warning", "error", "skipped"]:
        """The worst that is left."""
        severities = {outcome.finding.severity for outcome in self.outcomes if not outcome.healed}
        if "error" in severities:
            return "error"
        if "warning" in severities:
            return "warning"
        if self.skipped is not None:
            return "skipped"
        return "healed" if self.outcomes else "ok"


def examine(subject: Subject, *, heal: bool) -> list[Checked]:
    """Make every check.

    Args:
        heal: Whether to mend what can be mended without any risk; else nothing is written.
    """
    return [_make(check, subject, heal=heal) for check in CHECKS]


def _make(check: Check, subject: Subject, *, heal: bool) -> Checked:
    checked = Checked(check)
    try:
        for finding in check.look(subject):
            outcome = Outcome(finding)
            checked.outcomes.append(outcome)
            if heal and finding.heal is not None and not subject.read_only:
                _heal(outcome, finding)
    except Unavailable as reason:
        checked.skipped = str(reason)
    except (OSError, duckdb.Error) as error:  # damaged in a way that the check was not made for
        message = "A check could not be made."
        checked.outcomes.append(
            Outcome(Finding("error", message, str(subject.directory), "files and tables that can be read", str(error)))
        )
    return checked


def _heal(outcome: Outcome, finding: Finding) -> None:
    assert finding.heal is not None  # noqa: S101 - what it is called for
    try:
        finding.heal()
        outcome.healed = True
    except AssayError as error:
        outcome.problem = str(error)
    except OSError as error:
        outcome.problem = error.strerror or str(error)
