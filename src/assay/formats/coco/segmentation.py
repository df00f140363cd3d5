"""Stored segmentations as COCO writes them."""

from __future__ import annotations

from typing import Any

import numpy as np

from assay.project.coordinates import GeometryReader
from assay.project.vocabulary import Segmentation


def read_segmentation(
    coordinates: GeometryReader, kind: int, ring_count: int, size: tuple[int, int], place: slice, text_bytes: int
) -> Any:
    """Return a segmentation as it was read, or None where the verbatim rest has it."""
    if kind == Segmentation.EMPTY:
        return []
    if kind == Segmentation.COMPRESSED:
        return {"size": list(size), "counts": coordinates.text(place.start, text_bytes).decode()}
    numbers = coordinates.values[place]
    if kind == Segmentation.COUNTS:
        return {"size": list(size), "counts": numbers.astype(np.int64).tolist()}
    return split_rings(numbers, ring_count) if kind == Segmentation.POLYGON else None


def split_rings(numbers: Any, ring_count: int) -> list[list[float]]:
    """Return the rings that a polygon's words hold: ring lengths first, then the coordinates."""
    lengths = numbers[:ring_count].astype(np.int64)
    ends = np.cumsum(lengths) + ring_count
    return [numbers[end - length : end].tolist() for length, end in zip(lengths, ends, strict=True)]
