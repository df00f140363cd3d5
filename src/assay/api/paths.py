"""Paths that requests name."""

from __future__ import annotations

import os
from pathlib import Path

from assay.errors import InputError
from assay.project.paths import absolute


def existing_path(path: str) -> Path:
    """Return a path of the machine that serves the project, from the root on.

    Raises:
        InputError: nothing is there.
    """
    full = absolute(path)
    if not os.path.exists(full):  # noqa: PTH110 - false, not an error, for a path no system can have
        raise InputError(
            "The file or folder does not exist.",
            item=path[:500],
            expected="a path of the machine that serves the project",
            actual="nothing there",
        )
    return full
