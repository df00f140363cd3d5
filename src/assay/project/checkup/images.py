"""Image files: whether they are where the project looks for them."""

from __future__ import annotations

import os
from collections.abc import Iterator

from assay.project.checkup.subject import Finding, Subject, Unavailable


def check_images(subject: Subject) -> Iterator[Finding]:
    """Count the images whose file is not there; those that this user has not approved are not looked for.

    Raises:
        Unavailable: there are such images.
    """
    rows = subject.numbers("SELECT file_name, path FROM image ORDER BY row")
    readable = [(name, path) for name, path in rows if path is None or subject.may_read_image(path)]
    missing = [name for name, path in readable if path is None or not os.path.exists(subject.directory / path)]  # noqa: PTH110
    if missing:
        yield Finding(
            "warning",
            "Image files are missing.",
            item=missing[0],
            expected=f"{len(readable):,} files",
            actual=f"{len(readable) - len(missing):,} there, {len(missing):,} missing",
            hint="Put them back, or name their folder: assay project relocate --images DIR",
            count=len(missing),
        )
    if len(readable) < len(rows):
        raise Unavailable(f"{len(rows) - len(readable):,} of {len(rows):,} images lie in folders that are not approved")
