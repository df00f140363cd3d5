"""Read a COCO results file: an array of detections, each with an image, a category, a score and a shape.

What cannot become a prediction is counted by its reason and named with its first offenders; nothing is left out in
silence.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Collection
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from assay.formats.coco.annotations import AnnotationChunk, read_chunk
from assay.formats.coco.stream import JsonStream
from assay.formats.fields import is_finite_number
from assay.formats.json_text import shorten
from assay.formats.known import Known
from assay.formats.matching import ClassFinder, Records, match, score_fault
from assay.formats.predictions import COLUMNS, AreaRule, Results
from assay.formats.segmentations import read_rotation
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
    *,
    find_classes: Callable[[Collection[Any]], ClassFinder] | None = None,
    prepare: Callable[[dict[str, Any]], None] | None = None,
) -> Results:
    """Read a results file in chunks.

    Args:
        path: The file.
        known: The project's images and classes.
        append: Stores words and returns where they start.
        report: Called with the share 0..1 of the file that has been read.
        find_classes: Given the category ids of the file, returns what finds them; the sources' own ids where None.
        prepare: Makes another tool's record one of COCO's.

    Raises:
        InputError: the file is no JSON array of objects, or it cannot be decided which images it is about.
    """
    stream = JsonStream(path, set())
    reader = _Reader(path, known, append)
    try:
        for chunk in stream.elements():
            for record in chunk.elements if prepare else ():
                if prepare and isinstance(record, dict):
                    prepare(record)
            reader.take(chunk.elements, chunk.first)
            report(stream.bytes_done / stream.size)
    finally:
        stream.close()
    return reader.results(find_classes)


class _Reader:
    """Takes records in; which images and classes they are about is decided when all have been read."""

    def __init__(self, path: Path, known: Known, append: Callable[[NDArray[np.float64]], int]) -> None:
        self._path = path
        self._known = known
        self._append = append
        self._parts: list[dict[str, NDArray[Any]]] = []
        self._records = Records()
        self._area_rule: AreaRule | None = None

    def take(self, records: list[Any], first: int) -> None:
        """Read some consecutive records."""
        if first == 0 and records:
            self._area_rule = _area_rule(records[0])
        scores = [r.pop("score", None) if isinstance(r, dict) else None for r in records]
        chances = [r.pop("probabilities", None) if isinstance(r, dict) else None for r in records]
        names = [_take_name(r) if isinstance(r, dict) else None for r in records]
        chunk = read_chunk(records, first)
        for rejection in chunk.rejections:
            self._records.skipped.note(rejection.reason, rejection.detail.replace("annotation", "prediction"))
        for code, detail in chunk.notes:
            if code in _FAULTS:
                self._records.noted.note(code, detail.replace("annotation", "prediction"))
        chosen = np.flatnonzero(self._add(chunk, scores, names, first))
        if not len(chosen):
            return
        part = {name: getattr(chunk, name)[chosen] for name in COLUMNS}
        start = self._append(chunk.words)
        part["word_start"] = part["word_start"] + start
        part["keypoint_start"] = part["keypoint_start"] + start
        part["rotation"] = _rotations(chunk, chosen)
        self._take_probabilities(part, [chances[i] for i in chunk.position[chosen] - first])
        self._parts.append(part)

    def _add(self, chunk: AnnotationChunk, scores: list[Any], names: list[str | None], first: int) -> NDArray[np.bool_]:
        """Add those of a chunk's records that can be predictions of something, and return which they are."""
        kept = np.ones(len(chunk.position), dtype=np.bool_)
        for at, position in enumerate(chunk.position.tolist()):
            key, where = (chunk.image_ids[at], names[position - first]), f"prediction {position}"
            score = scores[position - first]
            fault = None if score_fault(score) else _shape_fault(chunk, at)
            if fault is not None:
                self._records.skip(key, fault[0], f"{where}: {fault[1]}")
            kept[at] = fault is None and self._records.add(key, chunk.category_ids[at], score, position, where)
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

    def results(self, find_classes: Callable[[Collection[Any]], ClassFinder] | None) -> Results:
        """Return everything that was read.

        Raises:
            InputError: it cannot be decided which images it is about.
        """
        columns = self._records.blank_columns()
        if self._parts:
            columns = {name: np.concatenate([part[name] for part in self._parts]) for name in self._parts[0]}
        return match(
            self._path,
            self._known,
            self._records,
            columns,
            classes=find_classes(self._records.classes) if find_classes else self._known.classes,
            called="category id",
            area_rule=self._area_rule or "bbox",
        )


def _take_name(record: dict[str, Any]) -> str | None:
    """Take the name of its image's file out of a record, which may do without an id then."""
    name = record.pop("file_name", None)
    if not isinstance(name, str) or not name:
        return None
    if record.get("image_id") is None:
        record["image_id"] = name
    return name


def _shape_fault(chunk: AnnotationChunk, at: int) -> tuple[str, str] | None:
    """Return why a record's coordinates cannot be a prediction's."""
    if chunk.word_count[at] or chunk.keypoint_count[at]:
        return None
    if np.isnan(chunk.xywh[at, 0]):
        return ("no_shape", "neither bbox, segmentation nor keypoints")
    return _box_fault(chunk, at)


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
