"""Whether the project can be opened and written."""

from __future__ import annotations

from collections.abc import Iterator

from assay.project.checkup.subject import Finding, Subject


def check_opening(subject: Subject) -> Iterator[Finding]:
    """Tell why a project cannot be opened, or that it can only be looked at."""
    if subject.refusal is not None:
        yield Finding.of(subject.refusal)
    elif subject.read_only:
        yield Finding(
            "warning",
            "The project can be looked at, but not changed.",
            item=str(subject.directory),
            expected="a folder that may be written",
            actual="no write permission",
            hint="Change its permissions, or copy it to a place of your own.",
        )
