"""The header of an image file, before any pixel is decoded: format, size, orientation."""

from __future__ import annotations

import os
from pathlib import Path

from assay.errors import InputError
from assay.media._parsers import FileLayout, ImageFormat, ImageHeader, parse_layout
from assay.media._source import FileSource, MemorySource
from assay.media.memory_file import FileBytes
from assay.media.reading import open_image

_TAIL = 1 << 16

__all__ = ["FileLayout", "ImageFormat", "ImageHeader", "ends_early", "probe_file", "read_header", "read_layout"]


def read_header(data: FileBytes | memoryview, *, item: str | None = None) -> ImageHeader:
    """Read format, size and orientation from an image file's bytes, without decoding pixels.

    Args:
        data: The file, or as much of its beginning as is at hand. What lies beyond it (the EXIF chunk at
            the end of a WebP file, a TIFF directory after the pixels) is not seen.
        item: What to call the file in an error.

    Raises:
        InputError: The bytes are no image of a format that Assay reads, or end too early.
    """
    return read_layout(data, item=item).header


def read_layout(data: FileBytes | memoryview, *, item: str | None = None) -> FileLayout:
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
        with open_image(path) as (descriptor, status):
            os.lseek(descriptor, max(0, status.st_size - _TAIL), os.SEEK_SET)
            return b"\xff\xd9" not in os.read(descriptor, _TAIL)
    except (OSError, InputError):
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
        with open_image(path) as (descriptor, status):
            return parse_layout(FileSource(descriptor, status.st_size, item)).header
    except (OSError, ValueError) as error:
        reason = error.strerror if isinstance(error, OSError) and error.strerror else str(error)
        raise InputError(
            "The file cannot be opened.", item=item, expected="a readable image file", actual=reason
        ) from error
