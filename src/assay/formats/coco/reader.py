"""Read a COCO dataset file into columns: images, categories, annotations, and what was wrong with them.

Annotations may come before the images and categories that they name, so their references are resolved at the
end; their coordinates are handed on chunk by chunk and never pile up in memory.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from itertools import chain, count
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from assay.errors import InputError
from assay.formats.coco.annotations import AnnotationChunk, read_chunk
from assay.formats.coco.kinds import describe_keys, refuse_other_kind
from assay.formats.coco.records import CategoryRecords, ImageRecords
from assay.formats.coco.references import IdIndex
from assay.formats.coco.stream import Chunk, JsonStream, Value
from assay.formats.doctor import MOST_EXAMPLES, NO_ANNOTATION, Doctor
from assay.formats.fields import is_id
from assay.formats.json_text import shorten, verbatim
from assay.formats.rejected import Rejected, RejectedRecords
from assay.formats.source import Source
from assay.project.geometry import Faults
from assay.stopping import stoppable

SECTIONS = ("images", "annotations", "categories")
_COLUMNS = (
    "position", "xywh", "area", "crowd", "num_keypoints", "segmentation", "ring_count", "rle_size",
    "rle_bytes", "word_start", "word_count", "keypoint_start", "keypoint_count", "present", "faults",
)  # fmt: skip


def read_coco(
    path: Path,
    append: Callable[[NDArray[np.float64]], int],
    progress: Callable[[int, int], None] | None = None,
) -> Source:
    """Read a COCO dataset file.

    Args:
        path: The JSON file.
        append: Takes coordinates to keep, returns the word at which they start.
        progress: Called with bytes done and bytes in all.

    Raises:
        InputError: the file cannot be read, is no COCO dataset, or yields no image.
    """
    reader = _Reader(path, append)
    stream = JsonStream(path, set(SECTIONS))
    try:
        for part in stream.parts():
            reader.take(part)
            if progress:
                progress(stream.bytes_done, stream.size)
        return reader.finish(stream)
    finally:
        stream.close()


class _Reader:
    def __init__(self, path: Path, append: Callable[[NDArray[np.float64]], int]) -> None:
        self._path = path
        self._append = append
        self._images = ImageRecords()
        self._rejected = RejectedRecords()
        self._categories = CategoryRecords(self._rejected)
        self._chunks: list[AnnotationChunk] = []
        self._ranges: list[tuple[int, int, int]] = []  # first position, byte range
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
            records = self._images if part.key == "images" else self._categories
            for position, record in enumerate(part.elements, start=part.first):
                rejected = records.take(position, record, self._doctor)
                if rejected:
                    self._keep_rejected(rejected)

    def _keep_rejected(self, rejected: Rejected) -> None:
        self._rejected.add(rejected)
        self._doctor.note(rejected.reason, rejected.detail, skipped=True)

    def _take_annotations(self, part: Chunk) -> None:
        if part.first == 0:
            refuse_other_kind(self._path, part.elements)
        chunk = read_chunk(part.elements, part.first)
        start = self._append(chunk.words)
        chunk.words = np.empty(0)
        chunk.word_start += start
        chunk.keypoint_start += start
        for rejection in chunk.rejections:
            self._keep_rejected(
                Rejected("annotations", rejection.position, rejection.reason, rejection.detail, rejection.record)
            )
        if None in chunk.ids:
            for position, own in zip(chunk.position.tolist(), chunk.ids, strict=True):
                if own is None:
                    self._doctor.note("missing_id", f"annotations[{position}]")
        for code, example in chunk.notes:
            self._doctor.note(code, example)
        self._chunks.append(chunk)
        self._ranges.append((part.first, part.start, part.end))

    # ------------------------------------------------------------ the end

    def finish(self, stream: JsonStream) -> Source:
        if not self._images.position:
            unusable = self._rejected.sections["images"]
            raise InputError(
                "The file yields no image.",
                item=str(self._path),
                expected="at least one usable record under 'images'",
                actual=(f"{unusable} unusable records" if unusable else "an empty array")
                if "images" in self._sections
                else f"the keys {', '.join([*self._sections, *self._header])[:200] or 'none'}",
                hint=describe_keys([*self._sections, *self._header]),
            )
        for section in SECTIONS:
            if section not in self._sections and section not in self._header:
                self._doctor.note("missing_section", section)
        ids = list(chain.from_iterable(c.ids for c in self._chunks))
        image_ids = list(chain.from_iterable(c.image_ids for c in self._chunks))
        category_ids = list(chain.from_iterable(c.category_ids for c in self._chunks))
        image, image_as_written = self._resolve("image", image_ids, zip(self._images.ids, count()), self._images.ids)
        category, category_as_written = self._resolve(
            "category", category_ids, self._categories.id_rows(), self._categories.ids
        )
        columns = self._concatenate()
        good = (image >= 0) & (category >= 0)
        if not good.all():
            self._reject_unresolved(stream, columns["position"], image, category, image_ids, category_ids, ids)
            ids = [i for i, kept in zip(ids, good, strict=True) if kept]
            image, category = image[good], category[good]
            columns = {key: values[good] for key, values in columns.items()}
        as_written = {"image_id": image_as_written, "category_id": category_as_written}
        extras = self._renumber_extras(good, as_written)
        self._check_names()
        self._count_duplicates(ids, "duplicate_annotation_id", "annotation")
        if 0 in ids:
            self._doctor.note("annotation_id_zero", "annotation 0", ids.count(0))
        source = Source(
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
        self._check_loss(source)
        return source

    def _check_loss(self, source: Source) -> None:
        """Tell of a file that has annotations and yields none, under ``no_annotation``."""
        lost, example = self._rejected.describe_lost(("annotations",))
        unread = self._header.get("annotations")
        given = lost or (len(unread) if isinstance(unread, dict | str) else 0)
        if given and not source.annotation_ids:
            self._doctor.note(NO_ANNOTATION, example or f"annotations: {shorten(unread)}", given)

    def _concatenate(self) -> dict[str, Any]:
        chunks = self._chunks or [read_chunk([], 0)]
        return {name: np.concatenate([getattr(c, name) for c in chunks]) for name in _COLUMNS}

    def _resolve(
        self, what: str, references: list[Any], pairs: Iterable[tuple[Any, int]], ids: list[Any]
    ) -> tuple[NDArray[np.int32], dict[int, Any]]:
        """Find the rows that references stand for.

        Args:
            what: ``image`` or ``category``.
            references: What annotations name.
            pairs: Ids and their rows.
            ids: The id of each row.

        Returns:
            int32 ``(n,)`` rows, -1 for none, and the references that are another value than the row's own id.
        """
        index = IdIndex(pairs)
        for value in index.repeated:
            self._doctor.note(f"duplicate_{what}_id", f"{what} {shorten(value)}")
        rows = index.find(references)
        unknown = np.flatnonzero(rows < 0)
        if len(unknown):
            found = index.find_as_text([references[i] for i in unknown])
            rows[unknown] = found
            for at in unknown[found >= 0][:MOST_EXAMPLES]:
                example = f"{what}_id {shorten(references[at])} is {what} {shorten(ids[rows[at]])}"
                self._doctor.note("ids_matched_as_text", example, 0)
            self._doctor.count("ids_matched_as_text", int((found >= 0).sum()))
        if index.is_plain(references) and (what == "image" or not self._categories.repeated):
            return rows, {}
        return rows, {
            at: reference
            for at, (reference, row) in enumerate(stoppable(zip(references, rows.tolist(), strict=True)))
            if row >= 0 and reference != ids[row]
        }

    def _count_duplicates(self, ids: list[Any], code: str, what: str) -> None:
        hashable = ids if set(map(type, ids)) <= {int} else [i for i in ids if is_id(i)]
        if len(set(hashable)) == len(hashable):
            return
        seen: set[Any] = set()
        for value in stoppable(hashable):
            if value in seen:
                self._doctor.note(code, f"{what} {shorten(value)}")
            seen.add(value)

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
        for number in stoppable(np.unique(owner)):
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
                record = verbatim(elements[position - first])
                self._keep_rejected(Rejected("annotations", position, reason, detail, record))
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

    def _renumber_extras(
        self, good: NDArray[np.bool_], as_written: dict[str, dict[int, Any]]
    ) -> dict[int, dict[str, Any]]:
        """Return the verbatim rests of the accepted annotations by their row, references as written included."""
        extras: dict[int, dict[str, Any]] = {}
        base = 0
        for chunk in self._chunks:
            extras.update({base + index: extra for index, extra in chunk.extras.items()})
            base += len(chunk.ids)
        for key, references in as_written.items():
            for at, reference in references.items():
                extras.setdefault(at, {})[key] = reference
        new_row = np.cumsum(good) - 1
        return {int(new_row[at]): extra for at, extra in stoppable(extras.items()) if good[at]}

    def _check_names(self) -> None:
        self._count_duplicates(list(self._images.file_name), "duplicate_file_name", "file")
        self._count_duplicates(list(self._categories.name), "duplicate_category_name", "category")

    def _check_coordinates(self, source: Source) -> None:
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
            source.annotations["faults"][outside] |= np.uint8(Faults.OUTSIDE)
        boxed = ~np.isnan(xywh[:, 0])
        if boxed.sum() >= 3 and right[boxed].max() <= 1.5 and bottom[boxed].max() <= 1.5:
            example = f"annotation {shorten(source.annotation_ids[int(np.flatnonzero(boxed)[0])])}"
            self._doctor.note("normalised_coordinates", example, int(boxed.sum()))
