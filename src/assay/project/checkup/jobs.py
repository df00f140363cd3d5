"""Jobs that were begun and have not ended."""

from __future__ import annotations

from collections.abc import Iterator

from assay.project.checkup.subject import Finding, Subject


def check_jobs(subject: Subject) -> Iterator[Finding]:
    """Name what was interrupted; what a running app is at is no finding."""
    if subject.is_working:
        return
    unfinished = subject.numbers(
        "SELECT title FROM job WHERE status IN ('queued', 'running', 'interrupted') ORDER BY created"
    )
    if unfinished:
        yield Finding(
            "warning",
            "Jobs have not come to their end.",
            item=unfinished[0][0],
            expected="no interrupted job",
            actual=f"{len(unfinished)} interrupted",
            hint="They go on where they stopped: assay start",
            count=len(unfinished),
        )
