"""Locks on open files, as the operating system has them: who dies lets go of them."""

from __future__ import annotations

import sys
from typing import IO, Any

_FAR = 1 << 30  # Windows locks byte ranges; one far beyond the content leaves the content readable

if sys.platform == "win32":
    import msvcrt

    def try_lock(file: IO[Any], *, shared: bool = False) -> bool:  # noqa: ARG001 - Windows has no shared locks
        """Lock an open file if nobody else has; tell whether it is locked."""
        file.seek(_FAR)
        try:
            msvcrt.locking(file.fileno(), msvcrt.LK_NBLCK, 1)
        except OSError:
            return False
        return True

    def unlock(file: IO[Any]) -> None:
        """Give the lock on an open file back."""
        file.seek(_FAR)
        msvcrt.locking(file.fileno(), msvcrt.LK_UNLCK, 1)

else:
    import fcntl

    def try_lock(file: IO[Any], *, shared: bool = False) -> bool:
        """Lock an open file if nobody else has; tell whether it is locked."""
        try:
            fcntl.flock(file.fileno(), (fcntl.LOCK_SH if shared else fcntl.LOCK_EX) | fcntl.LOCK_NB)
        except OSError:
            return False
        return True

    def unlock(file: IO[Any]) -> None:
        """Give the lock on an open file back."""
        fcntl.flock(file.fileno(), fcntl.LOCK_UN)
