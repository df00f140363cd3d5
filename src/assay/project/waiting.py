"""Waiting for a lock: in the order of arrival, and for as long as who holds it gets on.

Who waits keeps a ticket: a locked file beside the lock whose name tells when it came. Who holds the lock gives signs of
life by the lock file's time of change, see :func:`assay.project.lock.beat`.
"""

from __future__ import annotations

import logging
import os
import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import IO, Self

from assay.errors import StorageError
from assay.ownfiles import open_own
from assay.project.oslock import try_lock, unlock

logger = logging.getLogger(__name__)

TICKET_ENDING = ".wait"
_STALE_S = 60.0
_TELL_S = 3.0
_LOOK_S = 0.001


class Ticket:
    """A place in the queue for a lock; use it as a context manager. Without a writable folder nobody queues."""

    def __init__(self, lock: Path) -> None:
        self._lock = lock
        self._path = lock.with_name(f"{lock.name}.{time.time_ns():020d}-{os.getpid()}-{id(self)}{TICKET_ENDING}")
        self._file: IO[str] | None = None
        self._before: Path | None = None
        self.ahead = 0
        """How many came earlier when that was last counted, those among them who have died since included."""

    def __enter__(self) -> Self:
        with suppress(OSError):
            descriptor = os.open(self._path, os.O_RDWR | os.O_CREAT | os.O_EXCL, 0o600)
            self._file = os.fdopen(descriptor, "r+", encoding="utf-8")
            while not try_lock(self._file):  # somebody looks at it this moment, as long as a call of the system takes
                time.sleep(_LOOK_S)
        return self

    def __exit__(self, *_: object) -> None:
        if self._file is not None:
            self._file.close()
            with suppress(OSError):
                self._path.unlink()

    def is_first(self) -> bool:
        """Tell whether nobody who came earlier still waits."""
        if self._before is not None and _is_alive(self._before):
            return False
        earlier = [path for path in tickets(self._lock) if path.name < self._path.name]
        self.ahead = len(earlier)
        self._before = next((path for path in reversed(earlier) if _is_alive(path)), None)
        return self._before is None


class Watch:
    """Tells for how long a lock has shown no sign of life."""

    def __init__(self, lock: Path) -> None:
        self._lock = lock
        self._began = self._last = time.monotonic()
        self._state = self._look()
        self._is_logged = False

    def seconds_without_progress(self, *, counts: bool) -> float:
        """Return seconds since the lock changed hands or its holder gave a sign of life.

        Args:
            counts: Whether signs of life are looked at; else seconds since the beginning.
        """
        now, state = time.monotonic(), self._look()
        if counts and state != self._state:
            self._last = now
        self._state = state
        if not self._is_logged and now - self._began > _TELL_S:
            self._is_logged = True
            logger.warning("%s: waiting for another process to be done with it", self._lock.parent.name)
        return now - self._last

    def _look(self) -> tuple[int, int] | None:
        try:
            status = self._lock.lstat()
        except OSError:
            return None
        return status.st_ino, status.st_mtime_ns


def tickets(lock: Path) -> list[Path]:
    """Return the tickets of those who wait for a lock, or died while they waited, earliest first."""
    try:
        names = os.listdir(lock.parent)  # noqa: PTH208 - names are all that is asked for
    except OSError:
        return []
    return [lock.with_name(n) for n in sorted(names) if n.startswith(f"{lock.name}.") and n.endswith(TICKET_ENDING)]


def others_wait(lock: Path) -> bool:
    """Tell whether anybody waits for a lock, and clear away what those have left who died long ago."""
    for path in stale_tickets(lock):
        with suppress(OSError):
            if time.time() - path.stat().st_mtime > _STALE_S:
                path.unlink()
    return any(_is_alive(path) for path in tickets(lock))


def stale_tickets(lock: Path) -> Iterator[Path]:
    """Yield the tickets of those who died while they waited."""
    return (path for path in tickets(lock) if not _is_alive(path))


def _is_alive(ticket: Path) -> bool:
    try:
        file = os.fdopen(open_own(ticket, os.O_RDWR), "r+", encoding="utf-8")
    except (OSError, StorageError):
        return False
    with file:
        if not try_lock(file, shared=True):
            return True
        unlock(file)
        return False
