"""What the project asks for and nobody has approved."""

from __future__ import annotations

from collections.abc import Iterator

from assay.project.checkup.subject import Finding, Subject
from assay.project.requests import find_requests


def check_trust(subject: Subject) -> Iterator[Finding]:
    """Name jobs, code and places outside the project that need an approval."""
    if subject.store is None or subject.is_working:
        return
    pending = [request for request in find_requests(subject.store) if not request.approved]
    if pending:
        yield Finding(
            "warning",
            "The project asks for what you have not approved; until then it is left alone.",
            item=pending[0].text,
            expected="nothing to approve",
            actual=f"{len(pending)} request{'s' if len(pending) != 1 else ''}",
            hint="Look at them and approve them: assay project trust",
            count=len(pending),
        )
