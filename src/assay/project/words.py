"""geometry.bin: an append-only file of 8-byte words that holds every coordinate.

Polygons, keypoints and uncompressed RLE counts are little-endian doubles, exact as read; compressed RLE
strings are bytes padded to whole words. The database holds each object's place; only what it has committed
counts, so a crash leaves at most an unused tail, which the next append overwrites.
"""

from __future__ import annotations

import os
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

WORDS = "geometry.bin"
WORD_BYTES = 8


class WordReader:
    """Random access to the committed words through a memory map."""

    def __init__(self, directory: Path, length: int) -> None:
        path = directory / WORDS
        self.values: NDArray[np.float64] = (
            np.memmap(path, dtype="<f8", mode="r", shape=(length,)) if length else np.empty(0, dtype=np.float64)
        )

    def numbers(self, start: int, count: int) -> NDArray[np.float64]:
        """Return ``count`` doubles from word ``start``."""
        return np.asarray(self.values[start : start + count])

    def text(self, start: int, length: int) -> bytes:
        """Return ``length`` bytes from word ``start``."""
        words = -(-length // WORD_BYTES)
        return np.asarray(self.values[start : start + words]).tobytes()[:length]


class WordWriter:
    """Appends words after the committed ones. Close it before committing the new length."""

    def __init__(self, directory: Path, committed: int) -> None:
        path = directory / WORDS
        self._file = path.open("r+b" if path.exists() else "w+b")
        self._file.truncate(committed * WORD_BYTES)
        self._file.seek(committed * WORD_BYTES)
        self.length = committed

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
