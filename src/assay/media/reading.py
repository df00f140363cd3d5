"""Opening image files: regular ones of a bearable size only, so that nothing is waited for and memory has a bound."""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from functools import lru_cache
from pathlib import Path

from assay.errors import InputError
from assay.media._parsers import parse_layout
from assay.media._source import FileSource
from assay.media.memory_file import MemoryFile, read_whole
from assay.settings import setting_number

_BYTES_PER_PIXEL = 8
"""The most that a picture takes unpacked: four channels of 16 bits."""

_KINDS = {
    stat.S_IFDIR: "a folder",
    stat.S_IFIFO: "a pipe",
    stat.S_IFSOCK: "a socket",
    stat.S_IFCHR: "a device",
    stat.S_IFBLK: "a device",
}
_FLAGS = os.O_RDONLY | getattr(os, "O_BINARY", 0) | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_NOCTTY", 0)


@contextmanager
def open_image(
    path: Path | str, item: str | None = None, *, expected: str = "an image file"
) -> Iterator[tuple[int, os.stat_result]]:
    """Open an image file, or another; yield its descriptor and its status.

    A pipe, a device or a socket is never waited for: it is looked at before it is opened, and once more after, in
    case that it took the file's place meanwhile.

    Args:
        item: What to call the file in an error; its path if None.
        expected: What it should be, for an error.

    Raises:
        InputError: not a regular file.
        OSError: It is not there or cannot be opened.
    """
    name = os.fspath(path) if item is None else item
    _check_regular(os.stat(path), name, expected)  # noqa: PTH116 - a Path per file would double the cost
    descriptor = os.open(path, _FLAGS)
    try:
        status = os.fstat(descriptor)
        _check_regular(status, name, expected)
        yield descriptor, status
    finally:
        os.close(descriptor)


def read_image(path: Path | str, item: str | None = None) -> tuple[bytes | MemoryFile, os.stat_result]:
    """Return a whole image file and its status.

    A file beyond the setting ``max_image_file`` is read only where its declared pixels, unpacked, can fill it.

    Raises:
        InputError: not a regular file, or too large.
        OSError: It is not there, or cannot be opened or read.
    """
    with open_image(path, item) as (descriptor, status):
        limit = greatest_file()
        if status.st_size > limit:
            name = os.fspath(path) if item is None else item
            header = parse_layout(FileSource(descriptor, status.st_size, name)).header
            os.lseek(descriptor, 0, os.SEEK_SET)
            limit = max(limit, header.width * header.height * _BYTES_PER_PIXEL)
            if status.st_size > limit:
                raise InputError(
                    "The image file is too large.",
                    item=name,
                    expected=f"at most {limit:,} bytes",
                    actual=f"a file of {status.st_size:,} bytes",
                    hint="Read larger files with: assay config set max_image_file 4GB",
                )
        with open(descriptor, "rb", closefd=False) as file:
            return read_whole(file, status.st_size), status


@lru_cache(maxsize=1)
def greatest_file() -> int:
    """Return the setting ``max_image_file`` in bytes, as it was when this process first asked."""
    return setting_number("max_image_file")


@lru_cache(maxsize=1)
def greatest_label_file() -> int:
    """Return the setting ``max_label_file`` in bytes, as it was when this process first asked."""
    return setting_number("max_label_file")


@lru_cache(maxsize=1)
def greatest_picture() -> int:
    """Return the setting ``max_image_pixels``, as it was when this process first asked."""
    return setting_number("max_image_pixels")


def _check_regular(status: os.stat_result, name: str, expected: str) -> None:
    if not stat.S_ISREG(status.st_mode):
        kind = _KINDS.get(stat.S_IFMT(status.st_mode), "something else")
        raise InputError("This is not a file.", item=name, expected=expected, actual=kind)
