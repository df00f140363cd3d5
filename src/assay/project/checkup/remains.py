"""Temporary files that killed processes have left."""

from __future__ import annotations

import os
import time
from collections.abc import Iterator
from functools import partial
from pathlib import Path

from assay.project.checkup.subject import Finding, Subject
from assay.project.lock import PROJECT_LOCK
from assay.project.manifest import MANIFEST
from assay.project.waiting import stale_tickets

_ENDINGS = (".tmp", ".part")
_IN_USE_S = 60.0


def check_remains(subject: Subject) -> Iterator[Finding]:
    """Find unfinished copies of files; healing removes them."""
    if subject.is_working:
        return
    leftovers = sorted([*_find(subject.directory), *stale_tickets(subject.directory / PROJECT_LOCK)])
    if leftovers:
        yield Finding(
            "warning",
            "Unfinished files of processes that were killed lie in the project.",
            item=str(leftovers[0]),
            expected="none",
            actual=f"{len(leftovers)}, {sum(path.stat().st_size for path in leftovers):,} bytes",
            hint="`assay project doctor --heal` removes them.",
            count=len(leftovers),
            heal=partial(_remove, leftovers),
        )


def _find(directory: Path) -> Iterator[Path]:
    for folder, folders, names in os.walk(directory):
        if Path(folder) == directory:
            folders[:] = [name for name in folders if name != "cache"]
        for name in names:
            path = Path(folder, name)
            if name.endswith(_ENDINGS) and path.is_file() and not path.is_symlink() and not _is_in_use(path):
                yield path


def _is_in_use(path: Path) -> bool:
    """Tell whether another thread may be about to rename it: project.json is written all the time."""
    return path.name.startswith(f".{MANIFEST}.") and time.time() - path.stat().st_mtime < _IN_USE_S


def _remove(paths: list[Path]) -> None:
    for path in paths:
        path.unlink(missing_ok=True)
