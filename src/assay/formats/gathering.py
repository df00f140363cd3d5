"""Datasets that are read record by record: objects become columns a few thousand at a time."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from math import cos, pi, radians, sin
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from assay.errors import InputError
from assay.formats.doctor import NO_ANNOTATION, Doctor
from assay.formats.fields import is_finite_number
from assay.formats.format import Append, KnownIds
from assay.formats.json_text import shorten, verbatim
from assay.formats.rejected import Rejected, RejectedRecords
from assay.formats.segmentations import pack_segmentations
from assay.formats.source import CategoryColumns, ImageColumns, Source, blank_annotations
from assay.media.header import probe_file
from assay.project.typed import storable
from assay.stopping import poll

IDS_PER_IMAGE = 100_000
"""Where a format has no ids of objects, one is its image's id times this, and its place in the image from 1 on."""

TAKEN = "_field"
"""What is added to a free field's name that one of COCO's fields has."""

_ELLIPSE_CORNERS = 72
_CHUNK = 4_096
_MOST_SIZE = 2**31 - 1
_MOST_DIGITS = 30


class RecordFault(Exception):  # noqa: N818 - it says what is wrong with a record, and is always caught
    """Why a record cannot be used: the doctor's code, and what was expected or found."""

    def __init__(self, reason: str, detail: str) -> None:
        super().__init__(detail)
        self.reason = reason


@dataclass
class Drawn:
    """What a reader makes of a shape: see :class:`Thing`."""

    box: list[float] | None = None
    segmentation: list[list[float]] | dict[str, Any] | None = None
    keypoints: list[float] = field(default_factory=list)
    extra: dict[str, Any] = field(default_factory=dict)


@dataclass
class Thing:
    """An object or a label of a whole image.

    Attributes:
        image, class_: Places among the images and the classes.
        id: What the source, or the project, calls it.
        box: Left, top, width, height in pixels, before it is turned.
        segmentation: Rings of ``[x, y, x, y, …]``, or COCO's RLE.
        keypoints: ``[x, y, visibility, …]``.
        extra: Further fields, as of :attr:`assay.formats.source.Source.annotation_extras`.
        area: In px², where it is declared.
        crowd: Whether it is a group of objects.
    """

    image: int
    class_: int
    id: Any
    box: Sequence[float] | None = None
    segmentation: list[list[float]] | dict[str, Any] | None = None
    keypoints: Sequence[float] = ()
    extra: dict[str, Any] = field(default_factory=dict)
    area: float | None = None
    crowd: bool = False


class Gathering:
    """What a reader has read of a dataset so far.

    Args:
        append: Takes coordinates to keep and returns where they start.
        known: Ids that stay, where the project numbers images or classes.

    Attributes:
        images: The images.
        doctor: What is odd.
        rejected: Records that cannot be used.
    """

    def __init__(self, append: Append, known: KnownIds) -> None:
        self.images = ImageColumns()
        self.doctor = Doctor()
        self.rejected = RejectedRecords()
        self._append = append
        self._known = known
        self._next_image = max(known.images.values(), default=known.next_image - 1) + 1
        self._next_class = max(known.classes.values(), default=0) + 1
        self._place: dict[str, int] = {}
        self._classes: dict[str, int] = {}
        self._class_extras: dict[int, dict[str, Any]] = {}
        self._objects: dict[int, int] = {}
        self._waiting: list[Thing] = []
        self._parts: list[dict[str, NDArray[Any]]] = []
        self._ids: list[Any] = []
        self._image_of: list[int] = []
        self._class_of: list[int] = []
        self._extras: dict[int, dict[str, Any]] = {}

    def add_image(
        self,
        name: str,
        *,
        id_: Any = None,
        width: int | None = None,
        height: int | None = None,
        extra: Mapping[str, Any] | None = None,
    ) -> int:
        """Add an image and return its place.

        Args:
            name: Its path below the images folder.
            id_: What the source calls it; None where the project numbers its images.
            width, height: In pixels, where they are known.
            extra: Further fields.
        """
        at, name = len(self.images.ids), storable(name)
        if id_ is None:
            id_ = self._known.images.get(name)
            if id_ is None or name in self._place:
                id_, self._next_image = self._next_image, self._next_image + 1
        self._place.setdefault(name, at)
        images = self.images
        images.position.append(at)
        images.ids.append(id_)
        images.file_name.append(name)
        images.width.append(width)
        images.height.append(height)
        if extra:
            images.extras[at] = dict(extra)
        return at

    def number(self, image: int) -> int:
        """Return the id of an image's next object, where the source gives none."""
        self._objects[image] = self._objects.get(image, 0) + 1
        return int(self.images.ids[image]) * IDS_PER_IMAGE + self._objects[image]

    def place_of(self, name: str) -> int | None:
        """Return the place of the first image of a name."""
        return self._place.get(storable(name))

    def class_place(self, name: str) -> int:
        """Return the place of a class, which is added where it is new."""
        return self._classes.setdefault(storable(name), len(self._classes))

    def has_class(self, name: str) -> bool:
        """Tell whether there is a class of that name."""
        return storable(name) in self._classes

    def describe_class(self, name: str, extra: Mapping[str, Any]) -> None:
        """Add a class, perhaps with further fields."""
        at = self.class_place(name)
        if extra:
            self._class_extras[at] = dict(extra)

    def add(self, thing: Thing) -> None:
        """Add an object; its numbers are finite, its rings have whole points, its RLE is sound."""
        poll()
        self._waiting.append(thing)
        if len(self._waiting) >= _CHUNK:
            self._flush()

    def reject(self, section: str, reason: str, detail: str, record: Any, *, position: int | None = None) -> None:
        """Count a record that cannot be used, keep it while there is room, and tell the doctor."""
        poll()
        at, detail = self.rejected.total if position is None else position, storable(detail)
        self.doctor.note(reason, detail, skipped=True)
        self.rejected.add(Rejected(section, at, reason, detail, verbatim(record)))

    def _flush(self) -> None:
        things, self._waiting = self._waiting, []
        count = len(things)
        if not count:
            return
        columns, first = blank_annotations(count), len(self._ids)
        segments = pack_segmentations([thing.segmentation for thing in things])
        start = self._append(segments.words)
        columns["position"] += first
        columns["segmentation"], columns["ring_count"] = segments.kind, segments.ring_count
        columns["rle_size"], columns["rle_bytes"] = segments.rle_size, segments.rle_bytes
        columns["word_start"], columns["word_count"] = segments.start + start, segments.count
        for at, thing in enumerate(things):
            if thing.box is not None:
                columns["xywh"][at] = thing.box
            if thing.area is not None:
                columns["area"][at] = thing.area
            columns["crowd"][at] = thing.crowd
            if thing.extra:
                self._extras[first + at] = thing.extra
        self._add_keypoints(columns, things)
        self._parts.append(columns)
        self._ids += [thing.id for thing in things]
        self._image_of += [thing.image for thing in things]
        self._class_of += [thing.class_ for thing in things]

    def _add_keypoints(self, columns: dict[str, NDArray[Any]], things: list[Thing]) -> None:
        lengths = np.array([len(thing.keypoints) for thing in things], dtype=np.int32)
        numbers = np.array([value for thing in things for value in thing.keypoints], dtype=np.float64)
        start = self._append(numbers)
        columns["keypoint_count"] = lengths
        columns["keypoint_start"] = start + np.cumsum(lengths, dtype=np.int64) - lengths
        for at in np.flatnonzero(lengths).tolist():
            columns["num_keypoints"][at] = sum(value > 0 for value in things[at].keypoints[2::3])

    def columns(self) -> dict[str, NDArray[Any]]:
        """Return the columns of all objects; no more can be added."""
        self._flush()
        parts = self._parts or [blank_annotations(0)]
        return {name: np.concatenate([part[name] for part in parts]) for name in parts[0]}

    def finish(self, header: dict[str, Any], lost_sections: Collection[str]) -> Source:
        """Return the dataset.

        Args:
            header: What else it holds.
            lost_sections: The sections of rejected records that would have been objects: where all are lost, and none
                could be used, the doctor says so.
        """
        columns = self.columns()
        lost, example = self.rejected.describe_lost(lost_sections)
        if lost and not self._ids:
            self.doctor.note(NO_ANNOTATION, example, lost)
        names = list(self._classes)
        categories = CategoryColumns.named(self._class_ids(names), names)
        categories.extras = self._class_extras
        return Source(
            self.images,
            categories,
            columns,
            self._ids,
            np.array(self._image_of, dtype=np.int32),
            np.array(self._class_of, dtype=np.int32),
            self._extras,
            rejected=self.rejected,
            header=header,
            sections=["images", "annotations", "categories"],
            doctor=self.doctor,
        )

    def _class_ids(self, names: list[str]) -> list[Any]:
        ids: list[Any] = []
        for name in names:
            known = self._known.classes.get(name)
            if known is None:
                known, self._next_class = self._next_class, self._next_class + 1
            ids.append(known)
        return ids


def free_fields(record: Mapping[str, Any], known: Collection[str], taken: Collection[str]) -> dict[str, Any]:
    """Return the fields of a record that have no meaning of their own here, under names that are free.

    Args:
        record: The record.
        known: Fields that have a meaning.
        taken: Names that COCO's records have; :data:`TAKEN` is added to them.
    """
    return {name + TAKEN if name in taken else name: value for name, value in record.items() if name not in known}


def read_size(value: Any) -> int | None:
    """Return an image's width or height where it is one, a whole number from 1 on, else None."""
    if isinstance(value, str) and len(value) <= _MOST_DIGITS and value.strip().isdecimal():
        value = int(value)
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    return value if type(value) is int and 0 < value <= _MOST_SIZE else None


def read_points(value: Any) -> list[float] | None:
    """Return a list of points, each a pair of finite numbers, as ``[x, y, x, y, …]``; None where it is none."""
    if not isinstance(value, list):
        return None
    numbers: list[float] = []
    for point in value:
        if not isinstance(point, list | tuple) or len(point) != 2 or not all(is_finite_number(each) for each in point):
            return None
        numbers += (float(point[0]), float(point[1]))
    return numbers


def box_round(numbers: Sequence[float]) -> list[float]:
    """Return left, top, width and height of what lies round points ``[x, y, x, y, …]``."""
    left, top, right, bottom = min(numbers[::2]), min(numbers[1::2]), max(numbers[::2]), max(numbers[1::2])
    return [left, top, right - left, bottom - top]


def describe_lost(where: str, record: Any) -> str:
    """Return how the doctor calls a record that cannot be used."""
    return f"{where}: {shorten(record)}"


def ellipse_ring(x: float, y: float, rx: float, ry: float, rotation: float) -> list[float]:
    """Return an ellipse as the ring ``[x, y, …]`` of 72 of its points.

    Args:
        x, y: Its centre.
        rx, ry: Half of its axes.
        rotation: Degrees clockwise.
    """
    turn, ring = radians(rotation), list[float]()
    for at in range(_ELLIPSE_CORNERS):
        a, b = rx * cos(2 * pi * at / _ELLIPSE_CORNERS), ry * sin(2 * pi * at / _ELLIPSE_CORNERS)
        ring += (x + a * cos(turn) - b * sin(turn), y + a * sin(turn) + b * cos(turn))
    return ring


def read_shown_size(picture: Path) -> tuple[int, int] | None:
    """Return width and height of a picture as it is shown; None where it cannot be read."""
    try:
        return probe_file(picture).oriented_size
    except InputError:
        return None  # told where image files are looked at


def as_triples(numbers: Sequence[float], visibility: Iterable[int] | None = None) -> list[float]:
    """Return points ``[x, y, x, y, …]`` as keypoints, seen where nothing else is said."""
    seen = [2] * (len(numbers) // 2) if visibility is None else list(visibility)
    return [each for at, v in enumerate(seen) for each in (numbers[2 * at], numbers[2 * at + 1], float(v))]
