"""Lock files: who holds a project or serves a workspace.

The holder keeps an operating-system lock on the file for as long as it lives, so a crash frees it; the file's
content (pid, URL, secret) tells others how to reach the holder. A lock that nobody holds is stale by
definition, whatever the file says.
"""

from __future__ import annotations

import json
import os
import secrets
import sys
import time
from dataclasses import asdict, dataclass, fields
from pathlib import Path
from typing import IO, Literal, Self

from assay.errors import AssayError, BusyError, StorageError
from assay.ownfiles import open_own
from assay.project.holders import check_url
from assay.project.sockets import own_uid

PROJECT_LOCK = "assay.lock"
SERVER_LOCK = ".assay-server.lock"
_FAR = 1 << 30  # Windows locks byte ranges; one far beyond the content leaves the content readable

if sys.platform == "win32":
    import msvcrt

    def _try_lock(file: IO[str], *, shared: bool = False) -> bool:  # noqa: ARG001 - Windows has no shared locks
        file.seek(_FAR)
        try:
            msvcrt.locking(file.fileno(), msvcrt.LK_NBLCK, 1)
        except OSError:
            return False
        return True

    def _unlock(file: IO[str]) -> None:
        file.seek(_FAR)
        msvcrt.locking(file.fileno(), msvcrt.LK_UNLCK, 1)

else:
    import fcntl

    def _try_lock(file: IO[str], *, shared: bool = False) -> bool:
        try:
            fcntl.flock(file.fileno(), (fcntl.LOCK_SH if shared else fcntl.LOCK_EX) | fcntl.LOCK_NB)
        except OSError:
            return False
        return True

    def _unlock(file: IO[str]) -> None:
        fcntl.flock(file.fileno(), fcntl.LOCK_UN)


@dataclass(frozen=True)
class Holder:
    """Who holds a lock: a server with an URL, or a process that works in-process and has none.

    Attributes:
        pid: The process.
        url: Where this user's programs reach the server, on this machine.
        secret: The token that it knows them by.
        link: Where a browser does, to be followed by a page's path.
        asks: Whom it asks for the token: nobody, all but this user, or everybody.
    """

    pid: int
    url: str | None = None
    secret: str | None = None
    link: str | None = None
    asks: Literal["nobody", "others", "everybody"] = "nobody"


class Lock:
    """An operating-system lock on a file, with its holder written inside."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._file: IO[str] | None = None

    def acquire(self, holder: Holder, *, wait_s: float = 5.0) -> Self:
        """Take the lock, waiting for a busy holder.

        Raises:
            BusyError: another process still holds it after ``wait_s`` seconds; the message names its pid.
            StorageError: the lock file cannot be written.
        """
        deadline = time.monotonic() + wait_s
        while not self._try_or_explain(holder):
            if time.monotonic() >= deadline:
                raise BusyError(
                    "Another process is using the project.",
                    item=str(self.path.parent),
                    expected=f"the project to become free within {wait_s:g} s",
                    actual=_describe_holder(self.path),
                    hint="Wait for it to end, or stop it.",
                )
            time.sleep(0.05)
        return self

    def _try_or_explain(self, holder: Holder) -> bool:
        try:
            return self._try(holder)
        except OSError as error:
            raise StorageError(
                "The lock file cannot be written.",
                item=str(self.path),
                expected="a writable file in a writable folder with free space",
                actual=error.strerror or str(error),
            ) from error

    def _try(self, holder: Holder) -> bool:
        descriptor = open_own(self.path, os.O_RDWR | os.O_CREAT, 0o600)
        file: IO[str] = os.fdopen(descriptor, "r+", encoding="utf-8")
        if not _try_lock(file):
            file.close()
            return False
        if not _is_same_file(file, self.path):  # the former holder removed it between our open and our lock
            file.close()
            return False
        if holder.secret and not _is_private(file):
            with file:  # and its lock: whoever waits for it finds the new file in its place
                renewed = _renew(self.path)
            file = renewed
        try:
            file.seek(0)
            file.truncate()
            json.dump(asdict(holder), file)
            file.flush()
        except OSError:  # the disk is full
            file.close()
            raise
        self._file = file
        return True

    def release(self) -> None:
        """Give the lock back; harmless when it is not held."""
        if self._file is None:
            return
        self._file.seek(0)
        self._file.truncate()
        self._file.flush()
        _unlock(self._file)
        self._file.close()
        self._file = None


def read_holder(path: Path) -> Holder | None:
    """Return who holds the lock file, or None when nobody does.

    Raises:
        ForbiddenError: the file tells an app's address, but another user may have written that.
    """
    try:
        file = os.fdopen(open_own(path, os.O_RDWR), "r+", encoding="utf-8")
    except (OSError, StorageError):
        return None
    with file:
        if _try_lock(file, shared=True):  # shared: two processes that look at once do not take each other for a holder
            _unlock(file)
            return None
        file.seek(0)
        try:
            holder = _parse(file.read())
        except (ValueError, TypeError, OSError):
            return Holder(pid=-1)  # held, but its holder has not written who it is yet
        if holder.url is not None:
            check_url(path, holder.url, os.fstat(file.fileno()))
        return holder


def _parse(text: str) -> Holder:
    """Return the holder that a lock file's text describes, whichever version of Assay wrote it."""
    content = json.loads(text)
    holder = Holder(**{field.name: content[field.name] for field in fields(Holder) if field.name in content})
    if not isinstance(holder.pid, int) or not isinstance(holder.url, str | None):
        raise TypeError(text[:100])
    return holder


def _describe_holder(path: Path) -> str:
    try:
        other = read_holder(path)
    except AssayError:  # what it says is not to be believed
        other = None
    return f"held by process {other.pid}" if other else "held by another process"


def _is_private(file: IO[str]) -> bool:
    """Tell whether a secret may be written to a file: nobody else can read it."""
    status = os.fstat(file.fileno())
    return own_uid() in (None, status.st_uid) and (own_uid() is None or status.st_mode & 0o077 == 0)


def _renew(path: Path) -> IO[str]:
    """Put a locked file of our own in the place of one that is locked by us, but that others can read."""
    temporary = path.with_name(f"{path.name}.{secrets.token_hex(8)}")
    file = os.fdopen(os.open(temporary, os.O_RDWR | os.O_CREAT | os.O_EXCL, 0o600), "r+", encoding="utf-8")
    try:
        _try_lock(file)
        temporary.replace(path)
    except OSError:
        file.close()
        temporary.unlink()
        raise
    return file


def _is_same_file(file: IO[str], path: Path) -> bool:
    try:
        return os.fstat(file.fileno()).st_ino == path.lstat().st_ino
    except OSError:
        return False
