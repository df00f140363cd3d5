"""Paths that requests name."""

from __future__ import annotations

import os
from functools import partial
from pathlib import Path

from assay.api.patiently import patiently
from assay.errors import InputError
from assay.patience import PatientThreads
from assay.project.paths import absolute

_LIMIT_S = 10.0

_threads = PatientThreads("assay-paths", 4, _LIMIT_S)


def existing_path(path: str) -> Path:
    """Return a path of the machine that serves the project, from the root on.

    Raises:
        InputError: nothing is there.
        UnavailableError: the disk or network share does not answer.
    """
    return _threads.wait(_threads.submit(_place(path), partial(_look, path), item=path[:500]))


async def find_path(path: str) -> Path:
    """Return a path as :func:`existing_path` does, without holding a thread meanwhile."""
    return await patiently(_threads, _place(path), partial(_look, path), item=path[:500])


def _place(path: str) -> str:
    return path.rpartition("/")[0]


def _look(path: str) -> Path:
    full = absolute(path)
    if not os.path.exists(full):  # noqa: PTH110 - false, not an error, for a path no system can have
        raise InputError(
            "The file or folder does not exist.",
            item=path[:500],
            expected="a path of the machine that serves the project",
            actual="nothing there",
        )
    return full
