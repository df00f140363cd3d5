"""Paths that requests name."""

from __future__ import annotations

import os
from pathlib import Path

from assay.errors import InputError


def existing_path(path: str) -> Path:
    """Return a path of the machine that serves the project, from the root on.

    Raises:
        InputError: nothing is there.
    """
    full = Path(os.path.expanduser(path))  # noqa: PTH111 - leaves an unknown user's home as it is written
    if not os.path.exists(full):  # noqa: PTH110 - false, not an error, for a path no system can have
        raise InputError(
            "The file or folder does not exist.",
            item=path[:500],
            expected="a path of the machine that serves the project",
            actual="nothing there",
        )
    return full.absolute()
