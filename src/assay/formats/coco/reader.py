"""Read a COCO dataset file into columns: images, categories, annotations, and what was wrong with them.

Annotations may come before the images and categories that they name, so their references are resolved at the
end; their coordinates are handed on chunk by chunk and never pile up in memory.
"""

from __future__ import annotations

import gc
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from itertools import chain, repeat
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from assay.errors import InputError
from assay.formats.coco.annotations import AnnotationChunk, read_chunk
from assay.formats.coco.doctor import Doctor
from assay.formats.coco.fields import CATEGORY_FIELDS, IMAGE_FIELDS, describe_fields, is_id
from assay.formats.coco.json_text import shorten, verbatim
from assay.formats.coco.stream import Chunk, JsonStream, Value
from assay.project.typed import storable

SECTIONS = ("images", "annotations", "categories")
_MAX_SIZE = 2**31 - 1
_COLUMNS = (
    "position", "xywh", "area", "crowd", "num_keypoints", "segmentation", "ring_count", "rle_size",
    "rle_bytes", "word_start", "word_count", "keypoint_start", "keypoint_count", "present",
)  # fmt: skip


@dataclass
class ImageRecords:
    """The file's images, accepted ones only, in its order."""

    position: list[int] = field(default_factory=list)
    ids: list[Any] = field(default_factory=list)
    file_name: list[str] = field(default_factory=list)
    width: list[int | None] = field(default_factory=list)
    height: list[int | None] = field(default_factory=list)
    present: list[int] = field(default_factory=list)
    extras: dict[int, dict[str, Any]] = field(default_factory=dict)


@dataclass
class CategoryRecords:
    """The file's categories, accepted ones only, in its order."""

    position: list[int] = field(default_factory=list)
    ids: list[Any] = field(default_factory=list)
    name: list[str] = field(default_factory=list)
    supercategory: list[str | None] = field(default_factory=list)
    present: list[int] = field(default_factory=list)
    extras: dict[int, dict[str, Any]] = field(default_factory=dict)


@dataclass
class Rejected:
    """A record of any section that is kept verbatim, outside the items."""

    section: str
    position: int
    reason: str
    detail: str
    record: str


@dataclass
class CocoSource:
    """A COCO file as columns; see :func:`read_coco`."""

    images: ImageRecords
    categories: CategoryRecords
    annotations: dict[str, Any]
    annotation_ids: list[Any]
    annotation_image: NDArray[np.int32]
    annotation_category: NDArray[np.int32]
    annotation_extras: dict[int, dict[str, Any]]
    rejected: list[Rejected]
    header: dict[str, Any]
    sections: list[str]
    doctor: Doctor


def read_coco(
    path: Path,
    append_words: Callable[[NDArray[np.float64]], int],
    progress: Callable[[int, int], None] | None = None,
) -> CocoSource:
    """Read a COCO dataset file.

    Args:
        path: The JSON file.
        append_words: Takes coordinates to keep, returns the word at which they start.
        progress: Called with bytes done and bytes in all.

    Raises:
        InputError: the file cannot be read, is no COCO dataset, or yields no image.
    """
    reader = _Reader(path, append_words)
    stream = JsonStream(path, set(SECTIONS))
    try:
        with _paused_garbage_collection():
            for part in stream.parts():
                reader.take(part)
                if progress:
                    progress(stream.bytes_done, stream.size)
            return reader.finish(stream)
    finally:
        stream.close()


@contextmanager
def _paused_garbage_collection() -> Iterator[None]:
    """Keep the collector from walking millions of parsed values again and again: none of them has cycles."""
    was_enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_enabled:
            gc.enable()


def empty_source(images: ImageRecords) -> CocoSource:
    """Return a source of images that nothing is annotated in."""
    chunk = read_chunk([], 0)
    return CocoSource(
        images=images,
        categories=CategoryRecords(),
        annotations={name: getattr(chunk, name) for name in _COLUMNS},
        annotation_ids=[],
        annotation_image=np.empty(0, dtype=np.int32),
        annotation_category=np.empty(0, dtype=np.int32),
        annotation_extras={},
        rejected=[],
        header={},
        sections=["images"],
        doctor=Doctor(),
    )


class _Reader:
    def __init__(self, path: Path, append_words: Callable[[NDArray[np.float64]], int]) -> None:
        self._path = path
        self._append = append_words
        self._images = ImageRecords()
        self._categories = CategoryRecords()
        self._chunks: list[AnnotationChunk] = []
        self._ranges: list[tuple[int, int, int]] = []  # first position, byte range
        self._rejected: list[Rejected] = []
        self._header: dict[str, Any] = {}
        self._sections: list[str] = []
        self._doctor = Doctor()

    def take(self, part: Chunk | Value) -> None:
        if isinstance(part, Value):
            self._header[part.key] = part.value  # a section that is no array is kept, too, and has no records
            if part.key in SECTIONS:
                self._doctor.note("section_malformed", f"{part.key}: expected an array, found {shorten(part.value)}")
            return
        if part.key not in self._sections:
            self._sections.append(part.key)
        if part.key == "annotations":
            self._take_annotations(part)
        else:
            take = self._take_image if part.key == "images" else self._take_category
            for offset, record in enumerate(part.elements):
                take(part.first + offset, record)

    def _reject(self, section: str, position: int, reason: str, detail: str, record: str) -> None:
        self._rejected.append(Rejected(section, position, reason, detail, record))
        self._doctor.note(reason, detail, skipped=True)

    def _take_image(self, position: int, record: Any) -> None:
        if not isinstance(record, dict):
            detail = f"images[{position}]: expected an object, found {shorten(record)}"
            self._reject("images", position, "not_an_object", detail, verbatim(record))
            return
        name = record.get("file_name")
        if not isinstance(name, str) or not name:
            detail = f"images[{position}]: expected file_name as text, found {shorten(name)}"
            self._reject("images", position, "image_without_file_name", detail, verbatim(record))
            return
        images = self._images
        extra = {k: v for k, v in record.items() if k not in IMAGE_FIELDS}
        if storable(name) != name:
            extra["file_name"], name = name, storable(name)
        sizes: list[int | None] = []
        for key in ("width", "height"):
            value = record.get(key)
            good = type(value) is int and 0 < value <= _MAX_SIZE
            if not good and isinstance(value, float) and value.is_integer() and 0 < value <= _MAX_SIZE:
                extra[key], good, value = value, True, int(value)
            sizes.append(value if good else None)
            if not good and key in record:
                extra[key] = value
                if value is not None:
                    self._doctor.note("odd_image_size", f"{name}: {key} {shorten(value)}")
        if record.get("id") is None:
            self._doctor.note("missing_id", f"images[{position}]: {name}")
        if extra:
            images.extras[len(images.position)] = extra
        images.position.append(position)
        images.ids.append(record.get("id"))
        images.file_name.append(name)
        images.width.append(sizes[0])
        images.height.append(sizes[1])
        images.present.append(describe_fields(tuple(record), IMAGE_FIELDS)[0])

    def _take_category(self, position: int, record: Any) -> None:
        name = record.get("name") if isinstance(record, dict) else None
        if not isinstance(name, str):
            reason = "category_without_name" if isinstance(record, dict) else "not_an_object"
            detail = f"categories[{position}]: expected an object with a name, found {shorten(record)}"
            self._reject("categories", position, reason, detail, verbatim(record))
            return
        categories = self._categories
        extra = {k: v for k, v in record.items() if k not in CATEGORY_FIELDS}
        parent = record.get("supercategory")
        if "supercategory" in record and (not isinstance(parent, str) or storable(parent) != parent):
            extra["supercategory"], parent = parent, None
        if storable(name) != name:
            extra["name"], name = name, storable(name)
        if extra:
            categories.extras[len(categories.position)] = extra
        categories.position.append(position)
        categories.ids.append(record.get("id"))
        categories.name.append(name)
        categories.supercategory.append(parent)
        categories.present.append(describe_fields(tuple(record), CATEGORY_FIELDS)[0])

    def _take_annotations(self, part: Chunk) -> None:
        chunk = read_chunk(part.elements, part.first)
        start = self._append(chunk.words)
        chunk.words = np.empty(0)
        chunk.word_start += start
        chunk.keypoint_start += start
        for rejection in chunk.rejections:
            self._reject("annotations", rejection.position, rejection.reason, rejection.detail, rejection.record)
        if None in chunk.ids:
            for position, own in zip(chunk.position.tolist(), chunk.ids, strict=True):
                if own is None:
                    self._doctor.note("missing_id", f"annotations[{position}]")
        for code, position in chunk.notes:
            self._doctor.note(code, f"annotations[{position}]")
        self._chunks.append(chunk)
        self._ranges.append((part.first, part.start, part.end))

    # ------------------------------------------------------------ the end

    def finish(self, stream: JsonStream) -> CocoSource:
        if not self._images.position:
            unusable = sum(r.section == "images" for r in self._rejected)
            raise InputError(
                "The file yields no image.",
                item=str(self._path),
                expected="at least one usable record under 'images'",
                actual=(f"{unusable} unusable records" if unusable else "an empty array")
                if "images" in self._sections
                else f"the keys {', '.join([*self._sections, *self._header])[:200] or 'none'}",
            )
        for section in SECTIONS:
            if section not in self._sections and section not in self._header:
                self._doctor.note("missing_section", section)
        ids = list(chain.from_iterable(c.ids for c in self._chunks))
        image_ids = list(chain.from_iterable(c.image_ids for c in self._chunks))
        category_ids = list(chain.from_iterable(c.category_ids for c in self._chunks))
        image = self._resolve(image_ids, self._first_rows(self._images.ids, "duplicate_image_id", "image"))
        category = self._resolve(
            category_ids, self._first_rows(self._categories.ids, "duplicate_category_id", "category")
        )
        columns = self._concatenate()
        good = (image >= 0) & (category >= 0)
        if not good.all():
            self._reject_unresolved(stream, columns["position"], image, category, image_ids, category_ids, ids)
            ids = [i for i, kept in zip(ids, good, strict=True) if kept]
            image, category = image[good], category[good]
            columns = {key: values[good] for key, values in columns.items()}
        extras = self._renumber_extras(good)
        self._check_names()
        self._count_duplicates(ids, "duplicate_annotation_id", "annotation")
        source = CocoSource(
            images=self._images,
            categories=self._categories,
            annotations=columns,
            annotation_ids=ids,
            annotation_image=image,
            annotation_category=category,
            annotation_extras=extras,
            rejected=self._rejected,
            header=self._header,
            sections=self._sections,
            doctor=self._doctor,
        )
        self._check_coordinates(source)
        return source

    def _concatenate(self) -> dict[str, Any]:
        chunks = self._chunks or [read_chunk([], 0)]
        return {name: np.concatenate([getattr(c, name) for c in chunks]) for name in _COLUMNS}

    def _first_rows(self, ids: list[Any], code: str, what: str) -> dict[Any, int]:
        self._count_duplicates(ids, code, what)
        rows: dict[Any, int] = {}
        for row, value in enumerate(ids):
            if is_id(value):
                rows.setdefault(value, row)
        return rows

    def _count_duplicates(self, ids: list[Any], code: str, what: str) -> None:
        hashable = ids if set(map(type, ids)) <= {int} else [i for i in ids if is_id(i)]
        if len(set(hashable)) == len(hashable):
            return
        seen: set[Any] = set()
        for value in hashable:
            if value in seen:
                self._doctor.note(code, f"{what} {shorten(value)}")
            seen.add(value)

    @staticmethod
    def _resolve(references: list[Any], rows: dict[Any, int]) -> NDArray[np.int32]:
        return np.fromiter(map(rows.get, references, repeat(-1)), dtype=np.int32, count=len(references))

    def _reject_unresolved(
        self,
        stream: JsonStream,
        positions: NDArray[np.int64],
        image: NDArray[np.int32],
        category: NDArray[np.int32],
        image_ids: list[Any],
        category_ids: list[Any],
        ids: list[Any],
    ) -> None:
        """Keep the records whose image or category is unknown, read again from their chunk."""
        bad = np.flatnonzero((image < 0) | (category < 0))
        firsts = np.array([r[0] for r in self._ranges], dtype=np.int64)
        owner = np.searchsorted(firsts, positions[bad], side="right") - 1
        for number in np.unique(owner):
            first, start, end = self._ranges[number]
            elements = stream.reread(start, end)
            for index in bad[owner == number]:
                reason, key, value = (
                    ("unknown_image", "image_id", image_ids[index])
                    if image[index] < 0
                    else ("unknown_category", "category_id", category_ids[index])
                )
                position = int(positions[index])
                known = self._images.ids if reason == "unknown_image" else self._categories.ids
                detail = (
                    f"annotation {shorten(ids[index])}: {key} {shorten(value)} is none of the file's {len(known):,}"
                )
                self._reject("annotations", position, reason, detail, verbatim(elements[position - first]))
        self._check_off_by_one([category_ids[i] for i in bad if category[i] < 0])

    def _check_off_by_one(self, unknown: list[Any]) -> None:
        known = {i for i in self._categories.ids if type(i) is int}
        missing = {c for c in unknown if type(c) is int}
        if not known or not missing:
            return
        if (missing == {0} and min(known) == 1) or missing == {max(known) + 1}:
            self._doctor.note(
                "off_by_one_categories",
                f"categories are {min(known)}..{max(known)}, annotations name {min(missing)}",
                len(unknown),
            )

    def _renumber_extras(self, good: NDArray[np.bool_]) -> dict[int, dict[str, Any]]:
        new_row = np.cumsum(good) - 1
        extras = {}
        base = 0
        for chunk in self._chunks:
            for index, extra in chunk.extras.items():
                if good[base + index]:
                    extras[int(new_row[base + index])] = extra
            base += len(chunk.ids)
        return extras

    def _check_names(self) -> None:
        self._count_duplicates(list(self._images.file_name), "duplicate_file_name", "file")
        self._count_duplicates(list(self._categories.name), "duplicate_category_name", "category")

    def _check_coordinates(self, source: CocoSource) -> None:
        xywh = source.annotations["xywh"]
        width = np.array([w or np.nan for w in self._images.width], dtype=np.float64)[source.annotation_image]
        height = np.array([h or np.nan for h in self._images.height], dtype=np.float64)[source.annotation_image]
        right, bottom = xywh[:, 0] + xywh[:, 2], xywh[:, 1] + xywh[:, 3]
        outside = (xywh[:, 0] < -1) | (xywh[:, 1] < -1) | (right > width + 1) | (bottom > height + 1)
        for row in np.flatnonzero(outside)[:5]:
            size = f"{width[row]:g} × {height[row]:g}"
            example = f"annotation {shorten(source.annotation_ids[row])}: bbox {xywh[row].tolist()} in {size}"
            self._doctor.note("box_outside", example, count=0)
        if outside.any():
            self._doctor.counts["box_outside"] = int(outside.sum())
        boxed = ~np.isnan(xywh[:, 0])
        if boxed.sum() >= 3 and right[boxed].max() <= 1.5 and bottom[boxed].max() <= 1.5:
            example = f"annotation {shorten(source.annotation_ids[int(np.flatnonzero(boxed)[0])])}"
            self._doctor.note("normalised_coordinates", example, int(boxed.sum()))
