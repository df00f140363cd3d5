"""Read a COCO results file: an array of detections, each with an image, a category, a score and a shape.

What cannot become a prediction is counted by its reason and named with its first offenders; nothing is left out in
silence.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from assay.formats.coco.annotations import AnnotationChunk, read_chunk
from assay.formats.coco.stream import JsonStream
from assay.formats.fields import is_finite_number
from assay.formats.identify import UNKNOWN, Found, Key, Placed, explain, find_images, place, told_source
from assay.formats.json_text import shorten
from assay.formats.known import Known
from assay.formats.predictions import COLUMNS, AreaRule, Results, Skipped
from assay.formats.segmentations import object_shapes, read_rotation
from assay.project.geometry import Faults

_FAULTS = frozenset(
    (
        "faulty_bbox", "faulty_segmentation", "part_of_segmentation", "nested_polygon", "flat_polygon", "odd_numbers",
        "odd_keypoints", "bbox_negative_size",
    )
)  # fmt: skip


def read_results(
    path: Path,
    known: Known,
    append: Callable[[NDArray[np.float64]], int],
    report: Callable[[float], None] = lambda _share: None,
) -> Results:
    """Read a results file in chunks.

    Args:
        path: The file.
        known: The project's images and classes.
        append: Stores words and returns where they start.
        report: Called with the share 0..1 of the file that has been read.

    Raises:
        InputError: the file is no JSON array of objects, or it cannot be decided which images it is about.
    """
    stream = JsonStream(path, set())
    reader = _Reader(path, known, append)
    try:
        for chunk in stream.elements():
            reader.take(chunk.elements, chunk.first)
            report(stream.bytes_done / stream.size)
    finally:
        stream.close()
    return reader.results()


class _Reader:
    """Takes records in; which images and classes they are about is decided when all have been read."""

    def __init__(self, path: Path, known: Known, append: Callable[[NDArray[np.float64]], int]) -> None:
        self._path = path
        self._known = known
        self._append = append
        self._parts: list[dict[str, NDArray[Any]]] = []
        self._skipped = Skipped()
        self._noted = Skipped()
        self._area_rule: AreaRule | None = None
        self._keys: dict[Key, int] = {}
        self._categories: dict[Any, int] = {}
        self._seen: list[NDArray[np.int32]] = []  # keys of all records that could be read

    def take(self, records: list[Any], first: int) -> None:
        """Read some consecutive records."""
        if first == 0 and records:
            self._area_rule = _area_rule(records[0])
        scores = [r.pop("score", None) if isinstance(r, dict) else None for r in records]
        chances = [r.pop("probabilities", None) if isinstance(r, dict) else None for r in records]
        names = [_take_name(r) if isinstance(r, dict) else None for r in records]
        chunk = read_chunk(records, first)
        for rejection in chunk.rejections:
            self._skipped.note(rejection.reason, rejection.detail.replace("annotation", "prediction"))
        kept = self._check(chunk, scores, first)
        for code, detail in chunk.notes:
            if code in _FAULTS:
                self._noted.note(code, detail.replace("annotation", "prediction"))
        key = self._number_keys(chunk, [names[i] for i in (chunk.position - first).tolist()])
        self._seen.append(key)
        if not kept.any():
            return
        part = {name: getattr(chunk, name)[kept] for name in COLUMNS}
        start = self._append(chunk.words)
        part["word_start"] = part["word_start"] + start
        part["keypoint_start"] = part["keypoint_start"] + start
        chosen = np.flatnonzero(kept)
        place = chunk.position[chosen] - first
        part["key"] = key[kept]
        part["category"] = self._number_categories([chunk.category_ids[i] for i in chosen])
        part["score"] = np.array([scores[i] for i in place], dtype=np.float64)
        part["rotation"] = _rotations(chunk, chosen)
        self._take_probabilities(part, [chances[i] for i in place])
        self._parts.append(part)

    def _number_keys(self, chunk: AnnotationChunk, names: list[str | None]) -> NDArray[np.int32]:
        keys = self._keys
        pairs = zip(chunk.image_ids, names, strict=True)
        return np.fromiter((keys.setdefault(key, len(keys)) for key in pairs), dtype=np.int32, count=len(names))

    def _number_categories(self, ids: list[Any]) -> NDArray[np.int32]:
        known = self._categories
        return np.fromiter((known.setdefault(each, len(known)) for each in ids), dtype=np.int32, count=len(ids))

    def _check(self, chunk: AnnotationChunk, scores: list[Any], first: int) -> NDArray[np.bool_]:
        """Return which of a chunk's records can be predictions of something; note why the others cannot."""
        kept = np.ones(len(chunk.position), dtype=np.bool_)
        for at, position in enumerate(chunk.position.tolist()):
            score = scores[position - first]
            fault: tuple[str, str] | None = None
            if not is_finite_number(score):
                fault = ("score_not_a_number", f"score {shorten(score)}")
            elif not 0 <= score <= 1:
                fault = ("score_out_of_range", f"score {shorten(score)}")
            elif np.isnan(chunk.xywh[at, 0]) and chunk.word_count[at] == 0 and chunk.keypoint_count[at] == 0:
                fault = ("no_shape", "neither bbox, segmentation nor keypoints")
            elif chunk.word_count[at] == 0 and chunk.keypoint_count[at] == 0:
                fault = _box_fault(chunk, at)
            if fault is not None:
                kept[at] = False
                self._skipped.note(fault[0], f"prediction {position}: {fault[1]}")
        return kept

    def _take_probabilities(self, part: dict[str, NDArray[Any]], chances: list[Any]) -> None:
        count = np.zeros(len(chances), dtype=np.int32)
        numbers: list[float] = []
        for at, chance in enumerate(chances):
            if isinstance(chance, list) and chance and all(is_finite_number(each) for each in chance):
                count[at] = len(chance)
                numbers += chance
        start = self._append(np.array(numbers, dtype=np.float64)) if numbers else 0
        part["probability_count"] = count
        part["probability_start"] = start + np.cumsum(count, dtype=np.int64) - count

    def results(self) -> Results:
        """Return everything that was read.

        Raises:
            InputError: it cannot be decided which images it is about.
        """
        names = (*COLUMNS, "key", "category", "score", "rotation", "probability_start", "probability_count")
        joined = {name: np.concatenate([part[name] for part in self._parts]) for name in names} if self._parts else {}
        if not joined:
            empty = read_chunk([], 0)
            joined = {name: getattr(empty, name) for name in COLUMNS}
            joined |= {"key": np.zeros(0, np.int32), "category": np.zeros(0, np.int32), "score": np.zeros(0)}
            joined |= {"probability_start": np.zeros(0, np.int64), "probability_count": np.zeros(0, np.int32)}
            joined["rotation"] = np.zeros(0)
        keys, categories = list(self._keys), list(self._categories)
        seen = np.bincount(np.concatenate([*self._seen, np.zeros(0, np.int32)]), minlength=len(keys))
        found = find_images(self._known.images, keys, seen.tolist(), item=str(self._path))
        owners = self._settle(found, categories, joined["key"], joined["category"])
        image = owners.rows[joined["key"]] if keys else np.zeros(0, np.int32)
        class_ = self._classify(image, joined["category"], categories, found)
        kept = self._note_lost(joined, image, class_, keys, categories, found)
        joined = {name: column[kept] for name, column in joined.items() if name not in ("key", "category")}
        known = int(seen[[bool(rows) for rows in found.rows]].sum()) if keys else 0
        return Results(
            image=image[kept],
            class_=class_[kept],
            score=joined.pop("score"),
            shape=object_shapes(joined, joined["rotation"]).astype(np.uint8),
            probability_start=joined.pop("probability_start"),
            probability_count=joined.pop("probability_count"),
            columns=joined,
            area_rule=self._area_rule or "bbox",
            known_images=known,
            unknown_images=int(seen.sum()) - known,
            skipped=self._skipped,
            noted=self._noted,
            matched_by=found.count_by(seen.tolist()),
            source=owners.source,
            warnings=found.warnings + ([told_source(owners.source, "records")] if owners.source else []),
        )

    def _settle(
        self, found: Found, categories: list[Any], key: NDArray[np.int32], category: NDArray[np.int32]
    ) -> Placed:
        """Decide whose images are meant: of several sources the one in which all records have image and category."""
        width = max(1, len(categories))
        pairs, counts = np.unique(key.astype(np.int64) * width + category, return_counts=True)
        keys, fitting = (pairs // width).tolist(), []
        for at, number in zip(keys, (pairs % width).tolist(), strict=True):
            owners = {self._known.images.source_of[row] for row in found.rows[at]}
            fitting.append({each for each in owners if self._known.classes.fits(each, categories[number])} or owners)
        return place(self._known, found, keys, fitting, counts.tolist(), item=str(self._path))

    def _classify(
        self, image: NDArray[np.int32], category: NDArray[np.int32], categories: list[Any], found: Found
    ) -> NDArray[np.int32]:
        """Return the class rows, each by the ids of its image's source; -1 where there is none."""
        owner = np.array([self._known.images.source_of.get(row, -1) for row in image.tolist()], dtype=np.int64)
        class_ = np.full(len(image), UNKNOWN, dtype=np.int32)
        as_text = 0
        for source in np.unique(owner[owner >= 0]).tolist():
            own = owner == source
            rows = [self._known.classes.find(source, each) for each in categories]
            class_[own] = np.array([UNKNOWN if row is None else row for row in rows], dtype=np.int32)[category[own]]
            odd = [
                row is not None and self._known.classes.is_text(source, each)
                for each, row in zip(categories, rows, strict=True)
            ]
            as_text += int(np.array(odd, dtype=np.bool_)[category[own]].sum())
        if as_text:
            found.warnings.append(
                f"{as_text:,} records have a category id that is text on one side and a number on the other."
            )
        return class_

    def _note_lost(
        self,
        columns: dict[str, NDArray[Any]],
        image: NDArray[np.int32],
        class_: NDArray[np.int32],
        keys: list[Key],
        categories: list[Any],
        found: Found,
    ) -> NDArray[np.bool_]:
        """Note records whose image or class is unknown; return which are left."""
        kept: NDArray[np.bool_] = (image >= 0) & (class_ >= 0)
        for at in np.flatnonzero(~kept).tolist():
            key = int(columns["key"][at])
            reason, detail = explain(self._known.images, keys[key], found.rows[key], int(image[at])) or (
                "unknown_class",
                f"category id {shorten(categories[columns['category'][at]])}",
            )
            self._skipped.note(reason, f"prediction {columns['position'][at]}: {detail}")
        return kept


def _take_name(record: dict[str, Any]) -> str | None:
    """Take the name of its image's file out of a record, which may do without an id then."""
    name = record.pop("file_name", None)
    if not isinstance(name, str) or not name:
        return None
    if record.get("image_id") is None:
        record["image_id"] = name
    return name


def _box_fault(chunk: AnnotationChunk, at: int) -> tuple[str, str] | None:
    """Return why a box that is all there is of a record cannot be a prediction."""
    if chunk.faults[at] & Faults.NEGATIVE_BOX:
        return ("bbox_negative_size", f"bbox {chunk.xywh[at].tolist()}")
    box = chunk.extras.get(at, {}).get("bbox")
    if isinstance(box, list) and any(isinstance(side, float) and math.isinf(side) for side in box):
        return ("bbox_not_finite", f"bbox {shorten(box)}")
    return None


def _area_rule(record: Any) -> AreaRule:
    """Return what ``COCO.loadRes`` takes for the area of all of a file's records."""
    if isinstance(record, dict):
        if record.get("bbox"):
            return "bbox"
        if "segmentation" in record:
            return "segmentation"
        if "keypoints" in record:
            return "keypoints"
    return "bbox"


def _rotations(chunk: AnnotationChunk, chosen: NDArray[np.int64]) -> NDArray[np.float64]:
    rotation = np.full(len(chosen), np.nan)
    if chunk.extras:
        for at, index in enumerate(chosen.tolist()):
            angle = read_rotation(chunk.extras.get(index, {}))
            if angle is not None:
                rotation[at] = angle
    return rotation
