"""Read a COCO results file: an array of detections, each with an image, a category, a score and a shape.

What cannot become a prediction is counted by its reason and named with its first offenders; nothing is left out in
silence.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from assay.formats.coco.annotations import AnnotationChunk, read_chunk
from assay.formats.coco.fields import is_finite_number
from assay.formats.coco.json_text import shorten
from assay.formats.coco.segmentations import object_shapes, read_rotation
from assay.formats.coco.stream import JsonStream
from assay.project.geometry import Faults

AreaRule = Literal["bbox", "segmentation", "keypoints"]
_EXAMPLES = 5
_FAULTS = frozenset(
    (
        "faulty_bbox", "faulty_segmentation", "part_of_segmentation", "nested_polygon", "flat_polygon", "odd_numbers",
        "odd_keypoints", "bbox_negative_size",
    )
)  # fmt: skip
COLUMNS = (
    "position", "xywh", "segmentation", "ring_count", "rle_size", "rle_bytes", "word_start", "word_count",
    "keypoint_start", "keypoint_count", "faults",
)  # fmt: skip


@dataclass(frozen=True)
class Known:
    """What a project calls its images and classes.

    Attributes:
        images: Rows by the source's id.
        classes: Rows by the source's category id.
    """

    images: Mapping[Any, int]
    classes: Mapping[Any, int]


@dataclass
class Skipped:
    """Records that cannot be predictions.

    Attributes:
        reasons: How many for which reason.
        examples: The first of each, told for people.
    """

    reasons: Counter[str] = field(default_factory=Counter)
    examples: dict[str, list[str]] = field(default_factory=dict)

    def note(self, reason: str, detail: str) -> None:
        """Count a record."""
        self.reasons[reason] += 1
        kept = self.examples.setdefault(reason, [])
        if len(kept) < _EXAMPLES:
            kept.append(detail)


@dataclass(frozen=True)
class Results:
    """A results file as columns, ``n`` usable records in file order.

    Attributes:
        image, class_: int32 ``(n,)``, rows.
        score: float64 ``(n,)``.
        shape: uint8 ``(n,)``, a :class:`Shape`.
        columns: The others by name, as of annotations; coordinates by their place among the words.
        probability_start: int64 ``(n,)``, the word at which a record's class probabilities start.
        probability_count: int32 ``(n,)``, how many there are.
        area_rule: What a prediction's area is, as ``COCO.loadRes`` decides it by the first record.
        known_images: Records whose image is in the project.
        noted: Faults of records that are kept with what of them can be used.
        skipped: Those that are left out; of these, ``unknown_image`` counts the images that are not.
    """

    image: NDArray[np.int32]
    class_: NDArray[np.int32]
    score: NDArray[np.float64]
    shape: NDArray[np.uint8]
    columns: dict[str, NDArray[Any]]
    probability_start: NDArray[np.int64]
    probability_count: NDArray[np.int32]
    area_rule: AreaRule
    known_images: int
    skipped: Skipped
    noted: Skipped = field(default_factory=Skipped)


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
        InputError: the file is no JSON array of objects.
    """
    stream = JsonStream(path, set())
    reader = _Reader(known, append)
    try:
        for chunk in stream.elements():
            reader.take(chunk.elements, chunk.first)
            report(stream.bytes_done / stream.size)
    finally:
        stream.close()
    return reader.results()


class _Reader:
    def __init__(self, known: Known, append: Callable[[NDArray[np.float64]], int]) -> None:
        self._known = known
        self._append = append
        self._parts: list[dict[str, NDArray[Any]]] = []
        self._skipped = Skipped()
        self._noted = Skipped()
        self._area_rule: AreaRule | None = None
        self._known_images = 0

    def take(self, records: list[Any], first: int) -> None:
        """Read some consecutive records."""
        if first == 0 and records:
            self._area_rule = _area_rule(records[0])
        scores = [r.pop("score", None) if isinstance(r, dict) else None for r in records]
        chances = [r.pop("probabilities", None) if isinstance(r, dict) else None for r in records]
        chunk = read_chunk(records, first)
        for rejection in chunk.rejections:
            self._skipped.note(rejection.reason, rejection.detail.replace("annotation", "prediction"))
        kept = self._check(chunk, scores, first)
        for code, detail in chunk.notes:
            if code in _FAULTS:
                self._noted.note(code, detail.replace("annotation", "prediction"))
        if not kept.any():
            return
        part = {name: getattr(chunk, name)[kept] for name in COLUMNS}
        start = self._append(chunk.words)
        part["word_start"] = part["word_start"] + start
        part["keypoint_start"] = part["keypoint_start"] + start
        chosen = np.flatnonzero(kept)
        place = chunk.position[chosen] - first
        part["image"] = np.array([self._known.images[chunk.image_ids[i]] for i in chosen], dtype=np.int32)
        part["class"] = np.array([self._known.classes[chunk.category_ids[i]] for i in chosen], dtype=np.int32)
        part["score"] = np.array([scores[i] for i in place], dtype=np.float64)
        part["rotation"] = _rotations(chunk, chosen)
        self._take_probabilities(part, [chances[i] for i in place])
        self._parts.append(part)

    def _check(self, chunk: AnnotationChunk, scores: list[Any], first: int) -> NDArray[np.bool_]:
        """Return which of a chunk's records can be predictions; note why the others cannot."""
        kept = np.ones(len(chunk.position), dtype=np.bool_)
        for at, position in enumerate(chunk.position.tolist()):
            image, class_, score = chunk.image_ids[at], chunk.category_ids[at], scores[position - first]
            known = image in self._known.images
            self._known_images += known
            fault: tuple[str, str] | None = None
            if not known:
                fault = ("unknown_image", f"image id {shorten(image)}")
            elif class_ not in self._known.classes:
                fault = ("unknown_class", f"category id {shorten(class_)}")
            elif not is_finite_number(score):
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
        """Return everything that was read."""
        names = (*COLUMNS, "image", "class", "score", "rotation", "probability_start", "probability_count")
        joined = {name: np.concatenate([part[name] for part in self._parts]) for name in names} if self._parts else {}
        if not joined:
            empty = read_chunk([], 0)
            joined = {name: getattr(empty, name) for name in COLUMNS}
            joined |= {"image": np.zeros(0, np.int32), "class": np.zeros(0, np.int32), "score": np.zeros(0)}
            joined |= {"probability_start": np.zeros(0, np.int64), "probability_count": np.zeros(0, np.int32)}
            joined["rotation"] = np.zeros(0)
        return Results(
            image=joined.pop("image"),
            class_=joined.pop("class"),
            score=joined.pop("score"),
            shape=object_shapes(joined, joined["rotation"]).astype(np.uint8),
            probability_start=joined.pop("probability_start"),
            probability_count=joined.pop("probability_count"),
            columns=joined,
            area_rule=self._area_rule or "bbox",
            known_images=self._known_images,
            skipped=self._skipped,
            noted=self._noted,
        )


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
