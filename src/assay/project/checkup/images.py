"""Image files: whether they are where the project looks for them."""

from __future__ import annotations

import os
from collections.abc import Iterator

from assay.project.checkup.subject import Finding, Subject


def check_images(subject: Subject) -> Iterator[Finding]:
    """Count the images whose file is not there."""
    rows = subject.numbers("SELECT file_name, path FROM image ORDER BY row")
    missing = [name for name, path in rows if path is None or not os.path.exists(subject.directory / path)]  # noqa: PTH110
    if missing:
        yield Finding(
            "warning",
            "Image files are missing.",
            item=missing[0],
            expected=f"{len(rows):,} files",
            actual=f"{len(rows) - len(missing):,} there, {len(missing):,} missing",
            hint="Put them back, or name their folder: assay project relocate --images DIR",
            count=len(missing),
        )
