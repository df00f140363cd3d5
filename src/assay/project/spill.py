"""Where the database puts what does not fit into its memory."""

from __future__ import annotations

import os
import platform
import re
import shutil
import tempfile
from pathlib import Path

SPILL_LIMIT = "20GB"
"""The most that the database puts there, in DuckDB's words."""

_PREFIX = ".assay-spill-"


class SpillFolder:
    """A folder beside the projects, else the system's for temporary files; there only while it is needed.

    The database's own choice would be the folder that the command was typed in. One instance serves all projects, and
    its settings are locked, so it cannot be a folder of the project that is worked on.

    Args:
        folder: Of the projects.
    """

    def __init__(self, folder: Path) -> None:
        host = re.sub(r"[^A-Za-z0-9]+", "-", platform.node())[:40]
        self._made: Path | None = None
        if os.access(folder, os.W_OK):
            self.path = folder / f"{_PREFIX}{host}-{os.getpid()}"
            _remove_leftovers(folder, host)
        else:
            self.path = self._made = Path(tempfile.mkdtemp(prefix="assay-spill-"))

    def close(self) -> None:
        """Remove what the database has left, which removes its own files."""
        if self._made is not None:
            shutil.rmtree(self._made, ignore_errors=True)


def _remove_leftovers(folder: Path, host: str) -> None:
    """Remove the folders of processes that were killed."""
    for leftover in folder.glob(f"{_PREFIX}{host}-*"):
        pid = leftover.name.rpartition("-")[2]
        if pid.isdigit() and not leftover.is_symlink() and not _is_alive(int(pid)):
            shutil.rmtree(leftover, ignore_errors=True)


def _is_alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except (OSError, OverflowError):
        return True
    return True
