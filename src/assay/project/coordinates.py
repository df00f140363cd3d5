"""geometry.bin: an append-only file of 8-byte words that holds every coordinate.

Polygons, keypoints and uncompressed RLE counts are little-endian doubles, exact as read; compressed RLE
strings are bytes padded to whole words. The database holds each object's place; only what it has committed
counts, so a crash leaves at most an unused tail, which the next append overwrites. A file shorter than that has
lost coordinates: it is neither read nor appended to, since an append would fill the hole with zeros.
"""

from __future__ import annotations

import os
from contextlib import suppress
from pathlib import Path
from types import TracebackType
from typing import Self

import numpy as np
from numpy.typing import NDArray

from assay.errors import StorageError
from assay.ownfiles import open_own

GEOMETRY_FILE = "geometry.bin"
WORD_BYTES = 8


def check_coordinates(directory: Path, committed: int) -> None:
    """Check that a project's geometry file holds every word that its database tells of.

    Args:
        directory: The project's.
        committed: Words, of 8 bytes each, that the database has committed.

    Raises:
        StorageError: It is missing, shorter, or no file.
    """
    path = directory / GEOMETRY_FILE
    try:
        size = path.stat().st_size if path.is_file() else None
    except OSError as error:
        raise StorageError(
            "The project's geometry file cannot be read.",
            item=str(path),
            expected=f"{committed * WORD_BYTES:,} bytes",
            actual=error.strerror or str(error),
        ) from error
    if (size or 0) < committed * WORD_BYTES:
        raise StorageError(
            f"The project's geometry file is {'missing' if size is None else 'too short'}: coordinates are lost.",
            item=str(path),
            expected=f"at least {committed * WORD_BYTES:,} bytes, which the database tells of",
            actual="nothing there" if size is None else f"{size:,} bytes",
            hint=(
                "Nothing has been changed. Put back the geometry.bin that belongs to this assay.duckdb, "
                "or the whole project, from a copy."
            ),
        )


class GeometryReader:
    """Random access to the committed words through a memory map.

    Raises:
        StorageError: The file lacks some of them.
    """

    def __init__(self, directory: Path, length: int) -> None:
        self.values: NDArray[np.float64] = np.empty(0, dtype=np.float64)
        if length:
            check_coordinates(directory, length)
            with os.fdopen(open_own(directory / GEOMETRY_FILE, os.O_RDONLY), "rb") as file:
                self.values = np.memmap(file, dtype="<f8", mode="r", shape=(length,))

    def numbers(self, start: int, count: int) -> NDArray[np.float64]:
        """Return ``count`` doubles from word ``start``."""
        return np.asarray(self.values[start : start + count])

    def text(self, start: int, length: int) -> bytes:
        """Return ``length`` bytes from word ``start``."""
        words = -(-length // WORD_BYTES)
        return np.asarray(self.values[start : start + words]).tobytes()[:length]


class GeometryWriter:
    """Appends words after the committed ones; a context that cuts them off again when it ends in an error.

    Close it before committing the new length.

    Raises:
        StorageError: The file lacks committed words.
    """

    def __init__(self, directory: Path, committed: int) -> None:
        if committed:
            check_coordinates(directory, committed)
        self._path = directory / GEOMETRY_FILE
        self._committed = committed
        self._file = os.fdopen(open_own(self._path, os.O_RDWR | (0 if committed else os.O_CREAT)), "r+b")
        self._file.truncate(committed * WORD_BYTES)
        self._file.seek(committed * WORD_BYTES)
        self.length = committed

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if error is None:
            self.close()
        else:
            self._abandon()

    def append(self, numbers: NDArray[np.float64]) -> int:
        """Append doubles; return the word at which they start."""
        start = self.length
        self._file.write(np.ascontiguousarray(numbers, dtype="<f8").data)
        self.length += len(numbers)
        return start

    def close(self) -> int:
        """Flush to disk and return the new length in words; harmless when closed already."""
        if not self._file.closed:
            self._file.flush()
            os.fsync(self._file.fileno())
            self._file.close()
        return self.length

    def _abandon(self) -> None:
        """Cut off what was appended: a disk that is full has its space back at once."""
        with suppress(OSError):  # what is buffered may find no room any more
            self._file.close()
        with suppress(OSError):  # else the next append overwrites it
            os.truncate(self._path, self._committed * WORD_BYTES)
