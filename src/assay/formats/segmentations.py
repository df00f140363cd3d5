"""Segmentations of a chunk as words: polygons as ring lengths, then coordinates; RLE as counts or as text."""

from __future__ import annotations

from array import array
from collections.abc import Collection
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from assay.formats.fields import MAX_EXACT, is_finite_number
from assay.formats.json_text import shorten
from assay.project.geometry import Shape
from assay.project.rle import counts_problem, decode_counts
from assay.project.vocabulary import Segmentation

NUMBERS = frozenset((int, float))


class OddRecordError(Exception):
    """A record among those given does not fit the columns as it is."""


@dataclass
class Segments:
    """Columns of ``n`` segmentations, and their words; ``start`` counts from the first of them."""

    kind: NDArray[np.uint8]
    ring_count: NDArray[np.int32]
    rle_size: NDArray[np.int32]
    rle_bytes: NDArray[np.int32]
    start: NDArray[np.int64]
    count: NDArray[np.int32]
    words: NDArray[np.float64]


def pack_segmentations(values: list[Any]) -> Segments:
    """Turn segmentations (None where there is none) into words.

    Raises:
        OddRecordError: one of them is neither polygons of finite coordinate pairs nor sound RLE.
    """
    count = len(values)
    sizes = np.zeros((count, 2), dtype=np.int32)
    others: dict[int, Segmentation] = {}  # those that are no polygons
    texts: list[tuple[int, bytes]] = []
    lists: list[Any] = []  # rings and RLE counts, in order
    list_counts: list[int] = []
    for index, value in enumerate(values):
        if type(value) is list:
            lists += value
            list_counts.append(len(value))
            continue
        list_counts.append(0)
        others[index] = Segmentation.NONE
        if value is None:
            continue
        if type(value) is not dict or len(value) != 2 or rle_problem(value):
            raise OddRecordError
        sizes[index] = value["size"]
        if type(value["counts"]) is str:
            others[index] = Segmentation.COMPRESSED
            texts.append((index, value["counts"].encode()))
        else:
            others[index] = Segmentation.COUNTS
            lists.append(value["counts"])
            list_counts[-1] = 1
    ring_count = np.array(list_counts, dtype=np.int32)
    owner = np.repeat(np.arange(count), ring_count)
    kinds = np.where(ring_count > 0, Segmentation.POLYGON, Segmentation.EMPTY).astype(np.uint8)
    kinds[list(others)] = list(others.values())
    ring_count[kinds != Segmentation.POLYGON] = 0
    is_ring = kinds[owner] == Segmentation.POLYGON
    lengths, numbers = _flatten(lists, is_ring)
    if (lengths[is_ring] == 2).any():  # where all rings are of one point, they may be the points of one ring
        points = np.bincount(owner[is_ring], weights=lengths[is_ring] == 2, minlength=count)
        if ((points == ring_count) & (ring_count >= 3)).any():
            raise OddRecordError
    word_count = ring_count + np.bincount(owner, weights=lengths, minlength=count).astype(np.int32)
    start = np.cumsum(word_count, dtype=np.int64) - word_count
    words = np.empty(int(word_count.sum()))
    heads = np.zeros(len(words), dtype=bool)
    first_ring = np.cumsum(ring_count, dtype=np.int64) - ring_count
    ring_owner = owner[is_ring]
    heads[start[ring_owner] + np.arange(len(ring_owner)) - first_ring[ring_owner]] = True
    words[heads] = lengths[is_ring]
    words[~heads] = numbers
    segments = Segments(kinds, ring_count, sizes, np.zeros(count, dtype=np.int32), start, word_count, words)
    return _append_texts(segments, texts) if texts else segments


def _flatten(lists: list[Any], is_ring: NDArray[np.bool_]) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
    """Return the lengths of rings and counts, and their numbers one after another."""
    if not set(map(type, lists)) <= {list}:
        raise OddRecordError
    lengths = np.fromiter(map(len, lists), dtype=np.int64, count=len(lists))
    if (lengths[is_ring] % 2).any() or not lengths[is_ring].all():
        raise OddRecordError
    return lengths, plain_numbers(concatenate(lists))


def plain_numbers(values: list[Any]) -> NDArray[np.float64]:
    """Return numbers as doubles.

    Raises:
        OddRecordError: some are no numbers, not finite, or integers that a double may not hold.
    """
    try:
        numbers = np.asarray(array("d", values))  # refuses all but numbers, true and false
    except (TypeError, OverflowError) as error:
        raise OddRecordError from error
    maybe_bool = np.flatnonzero((numbers == 0) | (numbers == 1))
    if any(type(values[i]) is bool for i in maybe_bool):
        raise OddRecordError
    if len(numbers) and not (numbers.min() >= -MAX_EXACT and numbers.max() <= MAX_EXACT):  # not so for NaN
        raise OddRecordError
    return numbers


def concatenate(lists: list[list[Any]]) -> list[Any]:
    """Put lists into one; quicker than ``itertools.chain``."""
    result: list[Any] = []
    for part in lists:
        result += part
    return result


def _append_texts(segments: Segments, texts: list[tuple[int, bytes]]) -> Segments:
    at = len(segments.words)
    padded = []
    for index, text in texts:
        words = -(-len(text) // 8)
        segments.start[index] = at
        segments.count[index] = words
        segments.rle_bytes[index] = len(text)
        padded.append(text.ljust(words * 8, b"\0"))
        at += words
    segments.words = np.concatenate((segments.words, np.frombuffer(b"".join(padded), dtype="<f8")))
    return segments


def rle_problem(value: dict[str, Any]) -> str | None:
    """Return what is wrong with an RLE object, or None."""
    size, counts = value.get("size"), value.get("counts")
    if not isinstance(size, list) or len(size) != 2 or not all(type(v) is int and 0 <= v < 2**31 for v in size):
        return f"expected RLE size [height, width], found {shorten(size)}"
    if isinstance(counts, str):
        return counts_problem(decode_counts(counts.encode("utf-8", "surrogatepass")), *size)
    if not isinstance(counts, list) or not set(map(type, counts)) <= {int}:
        return f"expected RLE counts as text or a list of integers, found {shorten(counts)}"
    if min(counts, default=0) >= 0 and 0 < sum(counts) == size[0] * size[1] < 2**32:
        return None  # the usual case, and much quicker than an array
    try:
        numbers = np.array(counts, dtype=np.int64)
    except OverflowError:
        return f"expected RLE counts up to {size[0] * size[1]}, found one beyond 64 bits"
    return counts_problem(numbers, *size)


LINES = frozenset({"line", "linestrip", "polyline"})
"""What a record's field ``shape_type`` calls outlines that are lines and cover no area."""


def object_shapes(
    columns: dict[str, Any], rotation: NDArray[np.float64], lines: Collection[int] = ()
) -> NDArray[np.int64]:
    """Return what metrics take as each object's shape: segmentation, else rotated box, else box, else keypoints.

    Args:
        columns: ``segmentation`` and ``keypoint_count`` ``(n,)``, ``xywh`` ``(n, 4)``, NaN where there is no box.
        rotation: float64 ``(n,)``, NaN where there is none.
        lines: Places of those whose outline is a line.
    """
    kind = columns["segmentation"]
    boxed = ~np.isnan(columns["xywh"].reshape(-1, 4)[:, 0])
    is_line = np.zeros(len(kind), dtype=np.bool_)
    is_line[list(lines)] = True
    return np.select(
        [
            is_line & (kind == Segmentation.POLYGON),
            kind == Segmentation.POLYGON,
            (kind == Segmentation.COUNTS) | (kind == Segmentation.COMPRESSED),
            boxed & ~np.isnan(rotation),
            boxed,
            columns["keypoint_count"] > 0,
        ],
        [Shape.POLYLINE, Shape.POLYGON, Shape.MASK, Shape.ROTATED_BOX, Shape.BOX, Shape.KEYPOINTS],
        default=Shape.LABEL,
    )


def is_line(extra: dict[str, Any]) -> bool:
    """Tell whether a record's free fields say that its outline is a line."""
    kind = extra.get("shape_type")
    return isinstance(kind, str) and kind in LINES


def read_rotation(extra: dict[str, Any]) -> float | None:
    """Return the angle that a record's free fields give: ``attributes.rotation``, else ``rotation``; None for none."""
    attributes = extra.get("attributes")
    angle = (attributes if isinstance(attributes, dict) else {}).get("rotation", extra.get("rotation"))
    return angle if is_finite_number(angle) and angle else None
