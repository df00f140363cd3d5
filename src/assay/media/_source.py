"""Bytes at an offset, from memory or from a file, so that a header parser reads no more than it needs."""

from __future__ import annotations

import os
from typing import Protocol

from assay.errors import InputError
from assay.media.memory_file import FileBytes

HEAD_BYTES = 64 * 1024
_WINDOW_BYTES = 4096

READABLE_FORMATS = "JPEG, PNG, TIFF, WebP, BMP, GIF, Netpbm, JPEG 2000 or AVIF"


class ByteSource(Protocol):
    """Random access to the bytes of one image file."""

    item: str | None
    size: int

    def read(self, offset: int, count: int) -> bytes:
        """Return up to `count` bytes from `offset`; fewer, or none, at the end."""
        ...


class MemorySource:
    """Bytes that are already in memory."""

    def __init__(self, data: FileBytes | memoryview, item: str | None = None) -> None:
        self._view = memoryview(data).cast("B")
        self.item = item
        self.size = len(self._view)

    def read(self, offset: int, count: int) -> bytes:
        """Return up to `count` bytes from `offset`."""
        return bytes(self._view[offset : offset + count]) if offset >= 0 else b""


class FileSource:
    """An open file: its first 64 KiB in one read, anything further in small reads where it lies."""

    def __init__(self, descriptor: int, size: int, item: str | None = None) -> None:
        self._descriptor = descriptor
        self._head = os.read(descriptor, HEAD_BYTES)
        self._window_start = 0
        self._window = self._head
        self.item = item
        self.size = size

    def read(self, offset: int, count: int) -> bytes:
        """Return up to `count` bytes from `offset`."""
        if offset < 0 or count <= 0:
            return b""
        if offset + count <= len(self._head):
            return self._head[offset : offset + count]
        start = offset - self._window_start
        if start < 0 or start + count > len(self._window):
            os.lseek(self._descriptor, offset, os.SEEK_SET)
            self._window = os.read(self._descriptor, max(count, _WINDOW_BYTES))
            self._window_start, start = offset, 0
        return self._window[start : start + count]


def unreadable(item: str | None, actual: str, *, expected: str | None = None) -> InputError:
    """Return the error for bytes that are no image Assay can read."""
    return InputError(
        "The file cannot be read as an image.",
        item=item,
        expected=expected or f"a {READABLE_FORMATS} image",
        actual=actual,
    )
