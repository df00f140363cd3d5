"""Files that a user asks for at a path of their own: whole or not at all."""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

from assay.errors import StorageError
from assay.ownfiles import replacing


@contextmanager
def writing(path: Path) -> Iterator[BinaryIO]:
    """Give a file to write that takes the place of ``path`` when the block ends well; else that stays as it was.

    A file that is replaced hands on its permissions, and a link to one stays a link. What is no file, such as
    ``/dev/stdout`` or a pipe that somebody reads, is written to as it is.

    Raises:
        OSError: It cannot be written.
    """
    try:
        present = path.stat().st_mode
    except FileNotFoundError:
        present = None
    if present is not None and not stat.S_ISREG(present):
        descriptor = os.open(path, os.O_WRONLY | getattr(os, "O_NONBLOCK", 0))  # a pipe that nobody reads: an error
        os.set_blocking(descriptor, True)
        with os.fdopen(descriptor, "wb") as file:
            yield file
        return
    with replacing(Path(os.path.realpath(path))) as file:
        if present is not None and hasattr(os, "fchmod"):
            os.fchmod(file.fileno(), stat.S_IMODE(present))
        yield file


def write_text(path: Path, text: str) -> None:
    """Write a text as UTF-8, see :func:`writing`.

    Raises:
        StorageError: It cannot be written.
    """
    try:
        with writing(path) as file:
            file.write(text.encode("utf-8"))
    except OSError as error:
        raise unwritable(path, error) from error


def unwritable(path: Path, error: OSError) -> StorageError:
    """Return the error that says why a file that a user has asked for could not be written."""
    return StorageError(
        "The file could not be written.",
        item=str(path),
        expected="a writable place with free space",
        actual=error.strerror or str(error),
    )
