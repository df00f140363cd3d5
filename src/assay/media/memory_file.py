"""Bytes in memory that a library can open by a path.

OpenCV decodes a file into the array that it returns. What it decodes from bytes it copies once more, which takes twice
the memory. The user's own file is not opened so: libtiff maps it into memory, and the process
dies where somebody cuts it short meanwhile.
"""

from __future__ import annotations

import mmap
import os
from collections.abc import Iterator
from contextlib import contextmanager
from typing import BinaryIO

OPENS_MEMORY = hasattr(os, "memfd_create") and os.path.isdir("/proc/self/fd")  # noqa: PTH112 - a Path is no shorter
"""Whether the system has such paths: Linux has."""
_NAME = "picture"
_LARGE = 1 << 25


class MemoryFile(mmap.mmap):
    """The bytes of a whole file, which are read and sliced like ``bytes``, in an anonymous file of the system's memory.

    Attributes:
        descriptor: Of the anonymous file.
    """

    descriptor: int

    def __new__(cls, size: int) -> MemoryFile:
        """Make room for ``size`` bytes, at least 1.

        Raises:
            OSError: The system has no such files, or no room.
        """
        descriptor = os.memfd_create(_NAME)
        try:
            os.ftruncate(descriptor, size)
            file = super().__new__(cls, descriptor, size)
        except BaseException:
            os.close(descriptor)
            raise
        file.descriptor = descriptor
        return file

    def __del__(self) -> None:
        """Give the memory back."""
        os.close(self.descriptor)


FileBytes = bytes | bytearray | MemoryFile
"""The bytes of a whole file."""


def read_whole(file: BinaryIO, size: int) -> bytes | MemoryFile:
    """Return the next ``size`` bytes of a file, fewer where it ends before; many of them as a :class:`MemoryFile`.

    Raises:
        OSError: It cannot be read.
    """
    memory = _make_room(size) if size >= _LARGE else None
    if memory is None:
        return file.read(size)
    with memoryview(memory) as view:
        count = file.readinto(view)  # type: ignore[attr-defined]  # typeshed leaves it out of BinaryIO
    return memory if count == size else memory[:count]


@contextmanager
def as_path(data: FileBytes) -> Iterator[str | None]:
    """Give a path to ``data``, for this process and as long as the context lasts; None where the system has none."""
    memory = data if isinstance(data, MemoryFile) else _make_room(len(data))
    if memory is not None and memory is not data:
        memory[:] = data
    if memory is not None:
        memory.madvise(mmap.MADV_DONTNEED)  # who opens the path may map it, too: let nobody count the same bytes twice
    yield None if memory is None else f"/proc/self/fd/{memory.descriptor}"


def _make_room(size: int) -> MemoryFile | None:
    try:
        return MemoryFile(size) if OPENS_MEMORY and size else None
    except OSError:
        return None
