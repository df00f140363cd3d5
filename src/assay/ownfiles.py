"""Files that Assay keeps in a project, a workspace or the user's settings.

Such a folder may come from a stranger. A symbolic link in the place of an own file would let Assay empty or replace
whatever it points to, so own files are opened without following links, and replaced by renaming a file of a name that
nobody can foresee.
"""

from __future__ import annotations

import errno
import os
import re
import secrets
import shutil
import stat
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import BinaryIO

from assay.errors import StorageError

try:
    import fcntl
except ImportError:  # Windows
    fcntl = None  # type: ignore[assignment]

_NO_FOLLOW = getattr(os, "O_NOFOLLOW", 0)
_ALWAYS = _NO_FOLLOW | getattr(os, "O_CLOEXEC", 0) | getattr(os, "O_BINARY", 0) | getattr(os, "O_NONBLOCK", 0)
_IS_LINK = (errno.ELOOP, errno.EMLINK)  # what opening a link says; the second on FreeBSD


def open_own(path: Path | str, flags: int, mode: int = 0o666) -> int:
    """Open a regular file that is no symbolic link; return its descriptor.

    Raises:
        StorageError: A link, device or pipe is in its place.
        OSError: It cannot be opened.
    """
    if not _NO_FOLLOW and os.path.islink(path):  # noqa: PTH114 - Windows
        raise _foreign(path, "a symbolic link")
    try:
        descriptor = os.open(path, flags | _ALWAYS, mode)
    except OSError as error:
        if error.errno in _IS_LINK and os.path.islink(path):  # noqa: PTH114 - a text or a Path
            raise _foreign(path, "a symbolic link") from error
        raise
    if not stat.S_ISREG(os.fstat(descriptor).st_mode):
        os.close(descriptor)
        raise _foreign(path, "a folder, device or pipe")
    return descriptor


def read_own(path: Path) -> bytes:
    """Return the bytes of an own file.

    Raises:
        StorageError: A link, device or pipe is in its place.
        OSError: It cannot be read.
    """
    with os.fdopen(open_own(path, os.O_RDONLY), "rb") as file:
        return file.read()


@contextmanager
def replacing(path: Path, mode: int = 0o666) -> Iterator[BinaryIO]:
    """Give a new file to write that takes the place of ``path`` when the block ends well; else it is removed.

    A link in that place is replaced, not followed.

    Raises:
        OSError: It cannot be written.
    """
    temporary = path.with_name(f".{path.name[:100]}.{secrets.token_hex(8)}.tmp")
    descriptor = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL | _ALWAYS, mode)
    try:
        with os.fdopen(descriptor, "wb") as file:
            _try_lock(descriptor)
            yield file
            if not file.closed:
                file.flush()
        temporary.replace(path)
    except BaseException:
        temporary.unlink(missing_ok=True)
        raise


@contextmanager
def holding(folder: Path) -> Iterator[None]:
    """Mark a folder of work as in use while the block runs; see :func:`clear_left`."""
    if fcntl is None:
        yield
        return
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        _try_lock(descriptor)
        yield
    finally:
        os.close(descriptor)


def clear_left(path: Path) -> None:
    """Remove what processes that were killed have left of writing to a path: what nobody holds any more."""
    if fcntl is None:
        return
    pattern = re.compile(re.escape(f".{path.name[:100]}.") + r"[0-9a-f]{16}\.tmp")
    try:
        names = [each.name for each in path.parent.iterdir() if pattern.fullmatch(each.name)]
    except OSError:
        return
    for name in names:
        place = path.with_name(name)
        try:
            descriptor = os.open(place, os.O_RDONLY | _ALWAYS)
        except OSError:
            continue
        try:
            is_own = os.fstat(descriptor).st_uid == os.getuid()
            if not is_own or not _try_lock(descriptor):
                continue
            if stat.S_ISDIR(os.fstat(descriptor).st_mode):
                shutil.rmtree(place, ignore_errors=True)
            else:
                with suppress(OSError):
                    place.unlink()
        finally:
            os.close(descriptor)


def _try_lock(descriptor: int) -> bool:
    """Lock an open file or folder for this process, where the system can; tell whether it could be."""
    if fcntl is None:
        return True
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    except OSError:  # a file system without locks
        return False
    return True


def has_link(root: Path, path: Path) -> bool:
    """Tell whether a symbolic link lies on the way from a folder to a path in it, the path's own end included."""
    place = root
    for part in path.relative_to(root).parts:
        place = place / part
        if place.is_symlink():
            return True
    return False


def make_own_folder(root: Path, path: Path) -> None:
    """Make a folder inside another one, with no link on the way.

    Raises:
        StorageError: There is one.
        OSError: It cannot be made.
    """
    refuse_links(root, path)
    path.mkdir(parents=True, exist_ok=True)


def refuse_links(root: Path, path: Path) -> None:
    """Refuse a path in a folder when a symbolic link lies on the way to it.

    Raises:
        StorageError: There is one.
    """
    if has_link(root, path):
        raise _foreign(path, "a symbolic link on the way")


def refuse_any_link(root: Path) -> None:
    """Refuse a folder in which there is any symbolic link.

    Raises:
        StorageError: There is one.
    """
    for folder, folders, files in os.walk(root):
        for name in (*folders, *files):
            place = Path(folder, name)
            if place.is_symlink():
                raise _foreign(place, "a symbolic link")


def _foreign(path: Path | str, actual: str) -> StorageError:
    return StorageError(
        "Something else lies where Assay keeps a file of its own.",
        item=str(path),
        expected="a regular file or folder, which no link leads away from",
        actual=actual,
        hint="Assay does not make these. Look where it leads, then remove it.",
    )
