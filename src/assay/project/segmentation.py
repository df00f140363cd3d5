"""Outlines and masks as they are stored: some columns of an object's row, and words among the coordinates."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple, TypeVar

import numpy as np
from numpy.typing import NDArray
from pycocotools import mask as coco_mask

from assay.project.coordinates import GeometryReader
from assay.project.rle import decode_counts
from assay.project.vocabulary import Segmentation

Values = TypeVar("Values", bound=Sequence[Any] | NDArray[Any])

SEGMENTATION_COLUMNS = (
    "segmentation", "ring_count", "rle_height", "rle_width", "rle_bytes", "word_start", "word_count",
)  # fmt: skip
"""The columns of ``annotation`` and ``prediction`` that make a :class:`StoredSegmentation`, in its order."""


def segmentation_columns(alias: str) -> str:
    """Return the columns as SQL names them, of a table with an alias."""
    return ", ".join(f"{alias}.{name}" for name in SEGMENTATION_COLUMNS)


class StoredSegmentation(NamedTuple):
    """Where and how one object's outline or mask is stored.

    Attributes:
        kind: A :class:`~assay.project.vocabulary.Segmentation`.
        ring_count: How many rings a polygon has.
        rle_height, rle_width: Size of a mask in px.
        rle_bytes: Length of a mask's compressed text.
        word_start, word_count: Its words: of a polygon the lengths of its rings, then all their coordinates.
    """

    kind: int
    ring_count: int
    rle_height: int
    rle_width: int
    rle_bytes: int
    word_start: int
    word_count: int

    def polygon(self, coordinates: GeometryReader) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
        """Return the lengths of a polygon's rings in numbers, and the numbers of all rings, x and y in turn."""
        numbers = coordinates.numbers(self.word_start, self.word_count)
        return numbers[: self.ring_count].astype(np.int64), numbers[self.ring_count :]

    def counts(self, coordinates: GeometryReader) -> NDArray[np.int64] | None:
        """Return a mask's run lengths, down the columns; None for a compressed text that cannot be read."""
        if self.kind == Segmentation.COMPRESSED:
            return decode_counts(coordinates.text(self.word_start, self.rle_bytes))
        return coordinates.numbers(self.word_start, self.word_count).astype(np.int64)

    def rle(self, coordinates: GeometryReader) -> dict[str, Any]:
        """Return a mask as pycocotools takes it: ``size`` as height and width, and compressed ``counts``."""
        size = [self.rle_height, self.rle_width]
        if self.kind == Segmentation.COMPRESSED:
            return {"size": size, "counts": coordinates.text(self.word_start, self.rle_bytes)}
        counts = coordinates.numbers(self.word_start, self.word_count).astype(np.int64).tolist()
        packed: dict[str, Any] = coco_mask.frPyObjects({"size": size, "counts": counts}, *size)
        return packed

    def as_read(self, coordinates: GeometryReader) -> list[Any] | dict[str, Any] | None:
        """Return a segmentation as a COCO file says it; None where there is none, or the verbatim rest has it."""
        match self.kind:
            case Segmentation.EMPTY:
                return []
            case Segmentation.POLYGON:
                lengths, numbers = self.polygon(coordinates)
                return split_rings(numbers.tolist(), lengths)
            case Segmentation.COUNTS:
                counts = coordinates.numbers(self.word_start, self.word_count).astype(np.int64).tolist()
                return {"size": [self.rle_height, self.rle_width], "counts": counts}
            case Segmentation.COMPRESSED:
                text = coordinates.text(self.word_start, self.rle_bytes).decode()
                return {"size": [self.rle_height, self.rle_width], "counts": text}
            case _:
                return None


def split_rings(numbers: Values, lengths: NDArray[np.int64]) -> list[Values]:
    """Return a polygon's rings: its numbers, cut into runs of the given lengths."""
    ends = np.cumsum(lengths).tolist()
    return [numbers[end - length : end] for length, end in zip(lengths.tolist(), ends, strict=True)]  # type: ignore[misc]


def mask_box(counts: NDArray[np.int64], height: int) -> list[float] | None:
    """Return the tight box x, y, width, height in px of run lengths down the columns; None for an empty mask."""
    ends = np.cumsum(counts)
    starts, stops = ends[:-1:2], ends[1::2]
    filled = stops > starts[: len(stops)]
    starts, stops = starts[: len(stops)][filled], stops[filled]
    if not len(starts) or not height:
        return None
    columns = starts // height, (stops - 1) // height
    left, right = int(columns[0].min()), int(columns[1].max()) + 1
    spans = columns[0] != columns[1]
    top = 0 if spans.any() else int((starts % height).min())
    bottom = height if spans.any() else int(((stops - 1) % height).max()) + 1
    return [float(left), float(top), float(right - left), float(bottom - top)]
