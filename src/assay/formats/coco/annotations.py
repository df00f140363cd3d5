"""Annotation records to columns, a chunk at a time.

The usual record takes the vectorised path; a record that the columns cannot hold goes through
:func:`_examine`, one by one, and is either kept with its odd fields verbatim or rejected with a reason.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from itertools import chain
from typing import Any

import numpy as np
from numpy.typing import NDArray

from assay.formats.coco.fields import (
    ANNOTATION_FIELDS,
    MAX_INT,
    Segmentation,
    has_non_finite,
    present_mask,
    verbatim,
)
from assay.project.rle import counts_problem, decode_counts

_KNOWN = frozenset(ANNOTATION_FIELDS)
_NUMBERS = frozenset((int, float))
_MISSING = object()


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
    rejections: list[Rejection] = field(default_factory=list)
    notes: list[tuple[str, int]] = field(default_factory=list)


def read_chunk(records: list[Any], first: int) -> AnnotationChunk:
    """Turn parsed annotation records into columns.

    Args:
        records: Parsed elements of the file's ``annotations``.
        first: Position of the first one in the file.
    """
    rejections: list[Rejection] = []
    extras: dict[int, dict[str, Any]] = {}
    notes: list[tuple[str, int]] = []
    accepted: list[dict[str, Any]] = []
    positions: list[int] = []
    signatures: dict[tuple[str, ...], tuple[int, bool]] = {}
    present: list[int] = []
    if set(map(type, records)) != {dict} or not _is_plain(records):
        for offset, record in enumerate(records):
            position = first + offset
            outcome = _examine(record)
            if isinstance(outcome, _Fault):
                rejections.append(Rejection(position, outcome.reason, outcome.detail, verbatim(record)))
                continue
            if outcome.odd:
                extras[len(accepted)] = outcome.odd
            notes.extend((code, position) for code in outcome.notes)
            positions.append(position)
            accepted.append(outcome.clean)
            present.append(present_mask(record, ANNOTATION_FIELDS))
    else:
        accepted = records
        positions = list(range(first, first + len(records)))
    for index, record in enumerate(accepted):
        signature = tuple(record)
        known = signatures.get(signature)
        if known is None:
            known = (present_mask(record, ANNOTATION_FIELDS), not _KNOWN.issuperset(signature))
            signatures[signature] = known
        if accepted is records:
            present.append(known[0])
        if known[1]:
            extras.setdefault(index, {}).update({k: v for k, v in record.items() if k not in _KNOWN})
    return _to_columns(accepted, positions, present, extras, rejections, notes)


def _to_columns(
    records: list[dict[str, Any]],
    positions: list[int],
    present: list[int],
    extras: dict[int, dict[str, Any]],
    rejections: list[Rejection],
    notes: list[tuple[str, int]],
) -> AnnotationChunk:
    count = len(records)
    boxes = [r.get("bbox") for r in records]
    xywh = np.full((count, 4), np.nan)
    with_box = np.fromiter((b is not None for b in boxes), dtype=bool, count=count)
    if with_box.any():
        xywh[with_box] = np.array([b for b in boxes if b is not None], dtype=np.float64)
    areas = [r.get("area") for r in records]
    crowds = [r.get("iscrowd") for r in records]
    segments = _Segments(count)
    for index, record in enumerate(records):
        value = record.get("segmentation")
        if value is not None:
            segments.add(index, value)
    points = [r.get("keypoints") for r in records]
    counts = [r.get("num_keypoints") for r in records]
    segment_words = segments.finish()
    keypoint_count = np.fromiter((len(p) if p else 0 for p in points), dtype=np.int32, count=count)
    keypoint_words = np.array(list(chain.from_iterable(p for p in points if p)), dtype=np.float64)
    keypoint_start = len(segment_words) + np.concatenate(([0], np.cumsum(keypoint_count[:-1], dtype=np.int64)))[:count]
    return AnnotationChunk(
        position=np.array(positions, dtype=np.int64),
        ids=[r.get("id") for r in records],
        image_ids=[r.get("image_id") for r in records],
        category_ids=[r.get("category_id") for r in records],
        xywh=xywh,
        area=np.array([np.nan if a is None else a for a in areas], dtype=np.float64),
        crowd=np.array([bool(c) for c in crowds], dtype=bool),
        num_keypoints=np.array([-1 if c is None else c for c in counts], dtype=np.int64),
        segmentation=segments.kind,
        ring_count=segments.ring_count,
        rle_size=segments.rle_size,
        rle_bytes=segments.rle_bytes,
        word_start=segments.start,
        word_count=segments.count,
        keypoint_start=keypoint_start.astype(np.int64),
        keypoint_count=keypoint_count,
        present=np.array(present, dtype=np.uint16),
        words=np.concatenate((segment_words, keypoint_words)),
        extras=extras,
        rejections=rejections,
        notes=notes,
    )


class _Segments:
    """Collects segmentations as words: polygons as ring lengths, then coordinates; RLE as counts or text."""

    def __init__(self, count: int) -> None:
        self.kind = np.zeros(count, dtype=np.uint8)
        self.ring_count = np.zeros(count, dtype=np.int32)
        self.rle_size = np.zeros((count, 2), dtype=np.int32)
        self.rle_bytes = np.zeros(count, dtype=np.int32)
        self.count = np.zeros(count, dtype=np.int32)
        self.start = np.zeros(count, dtype=np.int64)
        self._parts: list[Any] = []
        self._texts: list[tuple[int, bytes]] = []
        self._polygons: list[int] = []
        self._ring_counts: list[int] = []
        self._sizes: list[int] = []

    def add(self, index: int, value: Any) -> None:
        if isinstance(value, list):
            if not value:
                self.kind[index] = Segmentation.EMPTY
                return
            lengths = [len(ring) for ring in value]
            self._polygons.append(index)
            self._ring_counts.append(len(lengths))
            self._sizes.append(len(lengths) + sum(lengths))
            self._parts.append(lengths)
            self._parts.extend(value)
            return
        counts = value["counts"]
        self.rle_size[index] = value["size"]
        if isinstance(counts, str):
            self.kind[index] = Segmentation.COMPRESSED
            text = counts.encode()
            self.rle_bytes[index] = len(text)
            self.count[index] = -(-len(text) // 8)
            self._texts.append((index, text))
        else:
            self.kind[index] = Segmentation.COUNTS
            self._polygons.append(index)
            self._ring_counts.append(0)
            self._sizes.append(len(counts))
            self._parts.append(counts)

    def finish(self) -> NDArray[np.float64]:
        """Return the words; fill in where each segmentation starts."""
        chosen = np.array(self._polygons, dtype=np.int64)
        self.count[chosen] = self._sizes
        self.ring_count[chosen] = self._ring_counts
        self.kind[chosen] = np.where(self.ring_count[chosen] > 0, Segmentation.POLYGON, Segmentation.COUNTS)
        numbers = np.array(list(chain.from_iterable(self._parts)), dtype=np.float64)
        self.start[chosen] = np.cumsum(self._sizes, dtype=np.int64) - np.array(self._sizes, dtype=np.int64)
        at = len(numbers)
        padded = []
        for index, text in self._texts:
            self.start[index] = at
            at += int(self.count[index])
            padded.append(text.ljust(int(self.count[index]) * 8, b"\0"))
        return np.concatenate((numbers, np.frombuffer(b"".join(padded), dtype="<f8")))


# ------------------------------------------------------------ what the columns can hold


def _is_plain(records: list[dict[str, Any]]) -> bool:
    """Tell, in a few passes at C speed, whether every record fits the columns as it is."""
    boxes = [r.get("bbox", _MISSING) for r in records]
    segments = [s for r in records if (s := r.get("segmentation", _MISSING)) is not _MISSING]
    return (
        _has_plain_references(records)
        and _are_plain_boxes([b for b in boxes if b is not _MISSING])
        and _are_plain_segmentations(segments)
        and not any("keypoints" in r or "num_keypoints" in r or "attributes" in r for r in records)
    )


def _has_plain_references(records: list[dict[str, Any]]) -> bool:
    image_ids = [r.get("image_id") for r in records]
    category_ids = [r.get("category_id") for r in records]
    areas = [a for r in records if (a := r.get("area", _MISSING)) is not _MISSING]
    crowds = [c for r in records if (c := r.get("iscrowd", _MISSING)) is not _MISSING]
    return (
        set(map(type, image_ids)) <= {int, str}
        and set(map(type, category_ids)) <= {int, str}
        and set(map(type, areas)) <= _NUMBERS
        and set(map(type, crowds)) <= {int}
        and set(crowds) <= {0, 1}
        and bool(np.isfinite(np.array(areas, dtype=np.float64)).all())
    )


def _are_plain_boxes(boxes: list[Any]) -> bool:
    if not boxes:
        return True
    if set(map(type, boxes)) != {list} or set(map(len, boxes)) != {4}:
        return False
    numbers = list(chain.from_iterable(boxes))
    if not set(map(type, numbers)) <= _NUMBERS:
        return False
    array = np.array(numbers, dtype=np.float64).reshape(-1, 4)
    return bool(np.isfinite(array).all() and (array[:, 2:] >= 0).all())


def _are_plain_segmentations(segments: list[Any]) -> bool:
    if not set(map(type, segments)) <= {list, dict}:
        return False
    rings = list(chain.from_iterable(s for s in segments if type(s) is list))
    if rings and set(map(type, rings)) != {list}:
        return False
    lengths = np.fromiter(map(len, rings), dtype=np.int64, count=len(rings))
    if (lengths % 2).any() or (lengths == 0).any():
        return False
    numbers = list(chain.from_iterable(rings))
    if not set(map(type, numbers)) <= _NUMBERS:
        return False
    if not np.isfinite(np.array(numbers, dtype=np.float64)).all():
        return False
    return all(_rle_problem(s) is None and set(s) == {"size", "counts"} for s in segments if type(s) is dict)


# ------------------------------------------------------------ one odd record


@dataclass
class _Usable:
    """A record with what the columns take of it, its verbatim rest, and notes for the doctor."""

    clean: dict[str, Any]
    odd: dict[str, Any] = field(default_factory=dict)
    notes: list[str] = field(default_factory=list)


@dataclass(frozen=True)
class _Fault:
    """Why a record cannot be used."""

    reason: str
    detail: str


def _examine(record: Any) -> _Usable | _Fault:
    """Look at one record closely."""
    if not isinstance(record, dict):
        return _Fault("not_an_object", f"expected an object, found {_kind(record)}")
    name = f"annotation {record.get('id')!r}"
    for key in ("image_id", "category_id"):
        if not isinstance(record.get(key), int | str | float) or isinstance(record.get(key), bool):
            found = _kind(record[key]) if key in record else "no such field"
            return _Fault(f"missing_{key}", f"{name}: expected {key}, found {found}")
    usable = _Usable(dict(record))
    fault = _check_box(record, usable) or _check_segmentation(record, usable)
    if fault:
        return _Fault(fault.reason, f"{name}: {fault.detail}")
    _check_scalars(record, usable)
    _check_keypoints(record, usable)
    if any(has_non_finite(v) for k, v in record.items() if k not in _KNOWN):
        usable.notes.append("non_finite_attribute")
    return usable


def _check_box(record: dict[str, Any], usable: _Usable) -> _Fault | None:
    box = record.get("bbox", _MISSING)
    if box is _MISSING:
        return None
    if box is None or box == []:
        usable.odd["bbox"] = usable.clean.pop("bbox")
        return None
    if not isinstance(box, list) or not _all_numbers(box) or len(box) != 4:
        return _Fault("bbox_malformed", f"expected bbox as 4 numbers [x, y, width, height], found {_short(box)}")
    if not all(np.isfinite(v) for v in box):
        return _Fault("bbox_not_finite", f"expected finite numbers in bbox, found {_short(box)}")
    if box[2] < 0 or box[3] < 0:
        return _Fault("bbox_negative_size", f"expected width and height ≥ 0 in bbox, found {_short(box)}")
    return None


def _check_segmentation(record: dict[str, Any], usable: _Usable) -> _Fault | None:
    value = record.get("segmentation", _MISSING)
    if value is _MISSING:
        return None
    if value is None:
        usable.odd["segmentation"] = usable.clean.pop("segmentation")
        return None
    if isinstance(value, dict):
        problem = _rle_problem(value)
        if problem is None and set(value) != {"size", "counts"}:
            usable.odd["segmentation"] = value
        return None if problem is None else _Fault("segmentation_malformed", problem)
    if not isinstance(value, list):
        return _Fault("segmentation_malformed", f"expected polygons or RLE, found {_kind(value)}")
    rings = value
    if value and _all_numbers(value):  # one ring without its outer list: a frequent slip
        rings = [value]
        usable.notes.append("flat_polygon")
    fault = next((found for ring in rings if (found := _ring_fault(ring))), None)
    rings = [ring for ring in rings if ring]
    if fault is None and rings != value:
        usable.odd["segmentation"] = value
        usable.clean["segmentation"] = rings
    return fault


def _ring_fault(ring: Any) -> _Fault | None:
    if not isinstance(ring, list) or not _all_numbers(ring):
        return _Fault("segmentation_malformed", f"expected polygons as lists of numbers, found {_short(ring)}")
    if len(ring) % 2:
        return _Fault("segmentation_malformed", f"expected an even count of coordinates, found {len(ring)}")
    if not all(np.isfinite(v) for v in ring):
        return _Fault("segmentation_not_finite", f"expected finite coordinates, found {_short(ring)}")
    return None


def _check_scalars(record: dict[str, Any], usable: _Usable) -> None:
    """Move fields of the wrong type to the verbatim rest; the record itself is usable without them."""
    area = record.get("area", _MISSING)
    if area is not _MISSING and (type(area) not in _NUMBERS or not np.isfinite(area)):
        usable.odd["area"] = usable.clean.pop("area")
        if area is not None:
            usable.notes.append("odd_area")
    crowd = record.get("iscrowd", _MISSING)
    if crowd is not _MISSING and not (type(crowd) is int and crowd in (0, 1)):
        usable.odd["iscrowd"] = crowd
        usable.clean["iscrowd"] = 1 if crowd in (True, "1", "true") else 0
        if crowd not in (True, False, None):
            usable.notes.append("odd_iscrowd")
    count = record.get("num_keypoints", _MISSING)
    if count is not _MISSING and not (type(count) is int and 0 <= count <= MAX_INT >> 32):
        usable.odd["num_keypoints"] = usable.clean.pop("num_keypoints")


def _check_keypoints(record: dict[str, Any], usable: _Usable) -> None:
    points = record.get("keypoints", _MISSING)
    if points is _MISSING:
        return
    if isinstance(points, list) and _all_numbers(points) and len(points) % 3 == 0 and all(map(np.isfinite, points)):
        return
    usable.odd["keypoints"] = usable.clean.pop("keypoints")
    usable.notes.append("odd_keypoints")


def _rle_problem(value: dict[str, Any]) -> str | None:
    """Return what is wrong with an RLE object, or None."""
    size, counts = value.get("size"), value.get("counts")
    if not isinstance(size, list) or len(size) != 2 or not all(type(v) is int and 0 <= v < 2**31 for v in size):
        return f"expected RLE size [height, width], found {_short(size)}"
    if isinstance(counts, str):
        return counts_problem(decode_counts(counts.encode()), *size)
    if not isinstance(counts, list) or not set(map(type, counts)) <= {int}:
        return f"expected RLE counts as text or a list of integers, found {_kind(counts)}"
    if any(abs(c) > 2**32 for c in counts):
        return "expected RLE counts below 2^32"
    return counts_problem(np.array(counts, dtype=np.int64), *size)


def _all_numbers(values: list[Any]) -> bool:
    return set(map(type, values)) <= _NUMBERS


def _kind(value: Any) -> str:
    names = {dict: "an object", list: "an array", str: "text", bool: "a truth value", type(None): "null"}
    return names.get(type(value), "a number")


def _short(value: Any) -> str:
    text = repr(value)
    return text if len(text) <= 60 else text[:57] + "…"
