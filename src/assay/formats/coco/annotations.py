"""Annotation records to columns, a chunk at a time.

The usual chunk is checked and converted column by column. Where a record of it does not fit the columns, each
of its records goes through :func:`examine` and is either kept with its odd fields verbatim or rejected with a
reason.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from assay.formats.coco.odd import Usable, examine
from assay.formats.fields import ANNOTATION_FIELDS, describe_fields
from assay.formats.json_text import has_non_finite, verbatim
from assay.formats.segmentations import OddRecordError, concatenate, pack_segmentations, plain_numbers
from assay.project.geometry import Faults

_MOST_KEYPOINTS = 2**31 - 1


@dataclass
class Rejection:
    """A record that cannot become an item."""

    position: int
    reason: str
    detail: str
    record: str


@dataclass
class AnnotationChunk:
    """The accepted annotations of one chunk, as columns; coordinates as words to append.

    ``word_start`` and ``keypoint_start`` count from the chunk's first word.
    """

    position: NDArray[np.int64]
    ids: list[Any]
    image_ids: list[Any]
    category_ids: list[Any]
    xywh: NDArray[np.float64]
    area: NDArray[np.float64]
    crowd: NDArray[np.bool_]
    num_keypoints: NDArray[np.int64]
    segmentation: NDArray[np.uint8]
    ring_count: NDArray[np.int32]
    rle_size: NDArray[np.int32]
    rle_bytes: NDArray[np.int32]
    word_start: NDArray[np.int64]
    word_count: NDArray[np.int32]
    keypoint_start: NDArray[np.int64]
    keypoint_count: NDArray[np.int32]
    present: NDArray[np.uint16]
    words: NDArray[np.float64]
    extras: dict[int, dict[str, Any]]
    faults: NDArray[np.uint8]
    rejections: list[Rejection] = field(default_factory=list)
    notes: list[tuple[str, str]] = field(default_factory=list)


def read_chunk(records: list[Any], first: int) -> AnnotationChunk:
    """Turn parsed annotation records into columns.

    Args:
        records: Parsed elements of the file's ``annotations``.
        first: Position of the first one in the file.
    """
    if set(map(type, records)) <= {dict}:
        try:
            return _to_columns(records, list(range(first, first + len(records))))
        except OddRecordError:
            pass  # one of them needs a closer look
    return _read_odd_chunk(records, first)


def _read_odd_chunk(records: list[Any], first: int) -> AnnotationChunk:
    """Examine records one by one; convert what is usable of them."""
    rejections: list[Rejection] = []
    usable: list[Usable] = []
    positions: list[int] = []
    for position, record in enumerate(records, start=first):
        outcome = examine(record, f"annotations[{position}]")
        if isinstance(outcome, Usable):
            usable.append(outcome)
            positions.append(position)
        else:
            rejections.append(Rejection(position, outcome.reason, outcome.detail, verbatim(record)))
    chunk = _to_columns([u.clean for u in usable], positions)
    chunk.rejections = rejections
    for index, outcome in enumerate(usable):
        if outcome.odd:
            chunk.extras.setdefault(index, {}).update(outcome.odd)
            chunk.present[index] |= describe_fields(tuple(outcome.odd), ANNOTATION_FIELDS)[0]
        chunk.faults[index] |= outcome.faults
        chunk.notes += outcome.notes
    return chunk


def _to_columns(records: list[dict[str, Any]], positions: list[int]) -> AnnotationChunk:
    """Convert records to columns.

    Raises:
        OddRecordError: one of them does not fit.
    """
    table = _Table(records)
    image_ids, category_ids = table.column("image_id"), table.column("category_id")
    if not set(map(type, image_ids)) | set(map(type, category_ids)) <= {int, str, float}:
        raise OddRecordError
    crowds = table.column("iscrowd", absent=0)
    if not set(map(type, crowds)) <= {int} or not set(crowds) <= {0, 1}:
        raise OddRecordError
    segments = pack_segmentations(table.column("segmentation"))
    keypoint_count, keypoints = _keypoints(table.column("keypoints"))
    extras = table.unknown_fields()
    xywh = _boxes(table.column("bbox"))
    negative = (xywh[:, 2:] < 0).any(axis=1)
    notes = [("non_finite_attribute", f"annotations[{positions[i]}]") for i, e in extras.items() if has_non_finite(e)]
    notes += [
        ("bbox_negative_size", f"annotations[{positions[i]}]: bbox {xywh[i].tolist()}")
        for i in np.flatnonzero(negative)
    ]
    return AnnotationChunk(
        position=np.array(positions, dtype=np.int64),
        ids=table.column("id", nullable=True),
        image_ids=image_ids,
        category_ids=category_ids,
        xywh=xywh,
        area=_areas(table.column("area")),
        crowd=np.array(crowds, dtype=bool),
        num_keypoints=_keypoint_numbers(table.column("num_keypoints")),
        segmentation=segments.kind,
        ring_count=segments.ring_count,
        rle_size=segments.rle_size,
        rle_bytes=segments.rle_bytes,
        word_start=segments.start,
        word_count=segments.count,
        keypoint_start=len(segments.words) + np.cumsum(keypoint_count, dtype=np.int64) - keypoint_count,
        keypoint_count=keypoint_count,
        present=table.present,
        words=np.concatenate((segments.words, keypoints)),
        extras=extras,
        faults=np.where(negative, Faults.NEGATIVE_BOX, 0).astype(np.uint8),
        notes=notes,
    )


class _Table:
    """Records by column; most files have the same fields, in the same order, in all of them."""

    def __init__(self, records: list[dict[str, Any]]) -> None:
        self._records = records
        names = set(map(tuple, records))
        self._same: dict[str, tuple[Any, ...]] | None = None
        if len(names) == 1:
            (fields,) = names
            self._same = dict(zip(fields, zip(*map(dict.values, records), strict=True), strict=True))
        described = {fields: describe_fields(fields, ANNOTATION_FIELDS) for fields in names}
        self._has_others = any(others for _, others in described.values())
        self.present = (
            np.full(len(records), max((mask for mask, _ in described.values()), default=0), dtype=np.uint16)
            if len(names) <= 1
            else np.fromiter((described[tuple(r)][0] for r in records), dtype=np.uint16, count=len(records))
        )

    def column(self, key: str, *, absent: Any = None, nullable: bool = False) -> list[Any]:
        """Return a field of all records.

        Raises:
            OddRecordError: it is null somewhere, which only the verbatim rest can tell from absent.
        """
        if self._same is not None:
            values = list(self._same[key]) if key in self._same else [absent] * len(self._records)
            has_null = key in self._same and None in values
        else:
            values = [r.get(key, absent) for r in self._records]
            has_null = None in values and any(r[key] is None for r in self._records if key in r)
        if has_null and not nullable:
            raise OddRecordError
        return values

    def unknown_fields(self) -> dict[int, dict[str, Any]]:
        """Return the other fields of the records that have any."""
        if not self._has_others:
            return {}
        others = ({k: v for k, v in r.items() if k not in ANNOTATION_FIELDS} for r in self._records)
        return {index: fields for index, fields in enumerate(others) if fields}


def _boxes(values: list[Any]) -> NDArray[np.float64]:
    boxes = [b for b in values if b is not None]
    if not set(map(type, boxes)) <= {list} or not set(map(len, boxes)) <= {4}:
        raise OddRecordError
    numbers = plain_numbers(concatenate(boxes)).reshape(-1, 4)
    if len(boxes) == len(values):
        return numbers
    xywh = np.full((len(values), 4), np.nan)
    xywh[np.array([b is not None for b in values], dtype=bool)] = numbers
    return xywh


def _areas(values: list[Any]) -> NDArray[np.float64]:
    if None not in values:
        return plain_numbers(values)
    areas = np.full(len(values), np.nan)
    areas[np.array([a is not None for a in values])] = plain_numbers([a for a in values if a is not None])
    return areas


def _keypoint_numbers(values: list[Any]) -> NDArray[np.int64]:
    kinds = set(map(type, values))
    if not kinds <= {int, type(None)}:
        raise OddRecordError
    numbers = [-1 if n is None else n for n in values]
    if int in kinds and not 0 <= min(n for n in values if n is not None) <= max(numbers) <= _MOST_KEYPOINTS:
        raise OddRecordError
    return np.array(numbers, dtype=np.int64)


def _keypoints(values: list[Any]) -> tuple[NDArray[np.int32], NDArray[np.float64]]:
    """Return how many numbers each record has, and the numbers."""
    lists = [[] if p is None else p for p in values]
    if not set(map(type, lists)) <= {list}:
        raise OddRecordError
    counts = np.fromiter(map(len, lists), dtype=np.int32, count=len(lists))
    if (counts % 3).any():
        raise OddRecordError
    return counts, plain_numbers(concatenate(lists))
