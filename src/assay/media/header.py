"""What an image file says about itself before any pixel is decoded: format, size, orientation."""

from __future__ import annotations

import os
import stat
from pathlib import Path

from assay.errors import InputError
from assay.media._parsers import FileLayout, ImageFormat, ImageHeader, parse_layout
from assay.media._source import ByteSource, FileSource, MemorySource

_TAIL = 1 << 16

__all__ = ["FileLayout", "ImageFormat", "ImageHeader", "ends_early", "probe_file", "read_header", "read_layout"]


def read_header(data: bytes | memoryview, *, item: str | None = None) -> ImageHeader:
    """Read format, size and orientation from an image file's bytes, without decoding pixels.

    Args:
        data: The file, or as much of its beginning as is at hand. What lies beyond it (the EXIF chunk at
            the end of a WebP file, a TIFF directory after the pixels) is not seen.
        item: What to call the file in an error.

    Raises:
        InputError: The bytes are not a JPEG, PNG, TIFF, WebP, BMP or GIF image, or end too early.
    """
    return read_layout(data, item=item).header


def read_layout(data: bytes | memoryview, *, item: str | None = None) -> FileLayout:
    """Read the header together with the details of the file that decoding needs.

    Raises:
        InputError: As `read_header`.
    """
    return parse_layout(MemorySource(data, item))


def ends_early(path: Path | str, header: ImageHeader) -> bool:
    """Tell whether a JPEG file lacks its end-of-image marker: the lower part of its picture is then lost.

    Only the last 64 KiB are read, so that it can be asked of every file of a dataset; what cameras put behind
    the picture is shorter, or ends with such a marker itself. Other formats are not looked at.
    """
    if header.format != "jpeg":
        return False
    try:
        with Path(path).open("rb") as file:
            file.seek(0, os.SEEK_END)
            file.seek(max(0, file.tell() - _TAIL))
            return b"\xff\xd9" not in file.read()
    except OSError:
        return False


def probe_file(path: Path | str) -> ImageHeader:
    """Read an image file's header, and of the file no more than that takes.

    The first 64 KiB are read at once; where the facts lie further on (long APP segments of a JPEG, a TIFF
    directory or a WebP EXIF chunk at the end), only those places are read.

    Raises:
        InputError: The file is missing, not a regular file, cannot be opened, or is not an image.
    """
    item = os.fspath(path)
    try:
        if not stat.S_ISREG(os.stat(item).st_mode):  # noqa: PTH116 - a Path per file would double the cost
            raise InputError("This is not a file.", item=item, expected="an image file", actual="a folder or device")
        descriptor = os.open(item, os.O_RDONLY | getattr(os, "O_BINARY", 0))
        try:
            source: ByteSource = FileSource(descriptor, os.fstat(descriptor).st_size, item)
            return parse_layout(source).header
        finally:
            os.close(descriptor)
    except (OSError, ValueError) as error:
        reason = error.strerror if isinstance(error, OSError) and error.strerror else str(error)
        raise InputError(
            "The file cannot be opened.", item=item, expected="a readable image file", actual=reason
        ) from error
