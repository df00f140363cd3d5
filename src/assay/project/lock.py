"""Lock files: who holds a project or serves a workspace.

The holder keeps an operating-system lock on the file for as long as it lives, so a crash frees it; the file's
content (pid, URL, secret) tells others how to reach the holder. A lock that nobody holds is stale by
definition, whatever the file says.
"""

from __future__ import annotations

import errno
import json
import os
import secrets
import threading
import time
import weakref
from contextlib import suppress
from dataclasses import asdict, dataclass, fields
from pathlib import Path
from typing import IO, Literal, Self

from assay.errors import AssayError, BusyError, CancelledError, StorageError
from assay.ownfiles import open_own
from assay.project.forking import after_fork
from assay.project.holders import check_url
from assay.project.oslock import try_lock, unlock
from assay.project.sockets import own_uid
from assay.project.waiting import Ticket, Watch, others_wait

PROJECT_LOCK = "assay.lock"
SERVER_LOCK = ".assay-server.lock"
_POLL_S = 0.05
_LEAST_OFTEN = 5  # times that: how often those look who have to wait for several others anyway
_MOST_TEXT = 10_000
_BEAT_S = 0.5
_NO_ROOM = (errno.ENOSPC, errno.EDQUOT)
_held: weakref.WeakSet[Lock] = weakref.WeakSet()
_parents: dict[Path, int] = {}  # locks that the process held from which this one was forked, and its pid


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
        self._file: IO[bytes] | None = None
        self._last_beat = 0.0

    def acquire(self, holder: Holder, *, wait_s: float = 5.0, given_up: threading.Event | None = None) -> Self:
        """Take the lock, waiting for a busy holder.

        Args:
            wait_s: For so long nobody may have shown that the lock gets on.
            given_up: Ends the waiting when it is set.

        Raises:
            BusyError: another process still holds it after ``wait_s`` seconds; the message names its pid.
            CancelledError: ``given_up`` was set.
            StorageError: the lock file cannot be written.
        """
        if is_held_by_parent(self.path):
            raise BusyError(
                "The project is open in the process that this one was forked from.",
                item=str(self.path.parent),
                expected="a project that the other process has closed",
                actual=_describe_holder(self.path),
                hint="Read what is needed before the fork, close the project there first, or run `assay start`: "
                "the app serves any number of processes.",
            )
        if not others_wait(self.path) and self._try_or_explain(holder):
            return self
        given_up = given_up or threading.Event()
        watch = Watch(self.path)
        with Ticket(self.path) as ticket:
            while not (ticket.is_first() and self._try_or_explain(holder)):
                if watch.seconds_without_progress(counts=self._makes_progress(holder)) >= wait_s:
                    if self._try_or_explain(holder):  # free, but who is before us in the queue does not stir
                        return self
                    raise BusyError(
                        "Another process is using the project.",
                        item=str(self.path.parent),
                        expected=f"the project to become free, or its holder to make progress, within {wait_s:g} s",
                        actual=_describe_holder(self.path),
                        hint="Wait for it to end, or stop it.",
                    )
                if given_up.wait(_POLL_S * min(1 + ticket.ahead, _LEAST_OFTEN)):
                    raise CancelledError(
                        "Assay is being stopped.", item=str(self.path.parent), expected="the project to become free"
                    )
        return self

    def _makes_progress(self, waiting: Holder) -> bool:
        """Tell whether signs of life of the holder are worth waiting on: an app keeps the project for good.

        An app itself waits no longer than without them either, since people wait for it.
        """
        if waiting.url is not None:
            return False
        other = read_written(self.path)
        return other is None or other.url is None

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
        file: IO[bytes] = os.fdopen(descriptor, "r+b", buffering=0)
        if not try_lock(file):
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
            _write(file, json.dumps(asdict(holder)))
        except OSError as error:
            if error.errno not in _NO_ROOM:
                file.close()
                raise
        self._file = file  # on a full disk it holds all the same, but nobody is told by whom
        _held.add(self)
        return True

    def beat(self) -> None:
        """Show those who wait for the lock that its holder gets on; cheap enough to be called all the time."""
        moment = time.monotonic()
        if self._file is None or moment - self._last_beat < _BEAT_S:
            return
        self._last_beat = moment
        with suppress(OSError, ValueError):  # ValueError: released by another thread this moment
            os.utime(self._file.fileno() if os.utime in os.supports_fd else self.path)

    def forget(self) -> None:
        """Let go of the lock without freeing it: it is the parent's, of which this process is a fork."""
        if self._file is not None:
            self._file.close()
            self._file = None

    def release(self) -> None:
        """Give the lock back; harmless when it is not held."""
        if self._file is None:
            return
        _write(self._file, "")
        unlock(self._file)
        self._file.close()
        self._file = None


def beat_all() -> None:
    """Show those who wait for any lock of this process that it gets on."""
    for lock in list(_held):
        lock.beat()


def is_held_by_parent(path: Path) -> bool:
    """Tell whether the process that this one was forked from held a lock then, and still does."""
    parent = _parents.get(path)
    if parent is None:
        return False
    other = read_written(path)
    return other is not None and other.pid == parent and read_holder(path) is not None


def _forget_all() -> None:
    parent = os.getppid()
    for lock in list(_held):
        if lock._file is not None:  # noqa: SLF001 - its own module
            _parents[lock.path] = parent
            lock.forget()
    _held.clear()


after_fork(_forget_all)


def read_written(path: Path) -> Holder | None:
    """Return the holder that a lock file tells of, without asking whether it still holds the lock."""
    try:
        with os.fdopen(open_own(path, os.O_RDONLY), "r", encoding="utf-8") as file:
            return _parse(file.read(_MOST_TEXT))
    except (OSError, StorageError, ValueError, TypeError):
        return None


def read_holder(path: Path) -> Holder | None:
    """Return the holder of a lock file, or None when nobody holds it.

    Raises:
        ForbiddenError: the file tells an app's address, but another user may have written that.
    """
    try:
        file = os.fdopen(open_own(path, os.O_RDWR), "r+", encoding="utf-8")
    except (OSError, StorageError):
        return None
    with file:
        if try_lock(file, shared=True):  # shared: two processes that look at once do not take each other for a holder
            unlock(file)
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
    except AssayError:  # the text of a lock file that others may write is not to be believed
        other = None
    return f"held by process {other.pid}" if other and other.pid > 0 else "held by another process"


def _write(file: IO[bytes], text: str) -> None:
    file.seek(0)
    file.truncate()
    content = text.encode()
    if file.write(content) != len(content):  # a part of it would be taken for the whole
        file.truncate(0)
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))


def _is_private(file: IO[bytes]) -> bool:
    """Tell whether a secret may be written to a file: nobody else can read it."""
    status = os.fstat(file.fileno())
    return own_uid() in (None, status.st_uid) and (own_uid() is None or status.st_mode & 0o077 == 0)


def _renew(path: Path) -> IO[bytes]:
    """Put a locked file of our own in the place of one that is locked by us, but that others can read."""
    temporary = path.with_name(f"{path.name}.{secrets.token_hex(8)}")
    file = os.fdopen(os.open(temporary, os.O_RDWR | os.O_CREAT | os.O_EXCL, 0o600), "r+b", buffering=0)
    try:
        try_lock(file)
        temporary.replace(path)
    except OSError:
        file.close()
        temporary.unlink()
        raise
    return file


def _is_same_file(file: IO[bytes], path: Path) -> bool:
    try:
        return os.fstat(file.fileno()).st_ino == path.lstat().st_ino
    except OSError:
        return False
