"""Read a CVAT XML file as a source."""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any
from xml.etree.ElementTree import Element, tostring

from assay.errors import InputError
from assay.formats.cvat.frames import name_frames
from assay.formats.cvat.meta import Meta, Task, read_meta
from assay.formats.cvat.shapes import KINDS, Shape, between, draw, read_shape
from assay.formats.fields import IMAGE_FIELDS
from assay.formats.format import Reading
from assay.formats.gathering import TAKEN, Gathering, RecordFault, Thing, read_size
from assay.formats.source import Source
from assay.formats.xml_stream import read_elements
from assay.project.typed import storable
from assay.stopping import stoppable

_SPLITS = {"train": "train", "training": "train", "val": "val", "valid": "val", "validation": "val", "test": "test"}
_IMAGE = frozenset({"id", "name", "width", "height"})
_TRACK = frozenset({"id", "label"})
_MOST_FRAMES = 1_000_000  # nine hours of video
_MOST_INTERPOLATED = 4_000_000
_MOST_RECORD = 4_000  # characters of an element that is kept


def read_cvat(reading: Reading) -> Source:
    """Read a CVAT XML file, of images or of video.

    Raises:
        InputError: it cannot be read, is not CVAT's, or tells of no image.
    """
    reader = _Reader(reading)
    reading.stage("Reading annotations", reading.labels.stat().st_size if reading.labels.is_file() else None)
    elements = read_elements(reading.labels, reading.progress)
    root = next(elements, None)
    if root is None or root.tag != "annotations":
        raise InputError(
            "The file is not one of CVAT's.",
            item=str(reading.labels),
            expected="an XML document whose element is annotations",
            actual="nothing" if root is None else storable(root.tag)[:100],
        )
    for element in elements:
        reader.take(element)
    return reader.finish()


class _Reader:
    def __init__(self, reading: Reading) -> None:
        self._reading = reading
        self._found = Gathering(reading.append, reading.known)
        self._meta = Meta()
        self._version: str | None = None
        self._ids: set[int] = set()
        self._greatest = 0
        self._interpolated = 0
        self._frames: dict[tuple[str, int], int] = {}
        self._has_images = False
        self._named: set[str] = set()  # tasks whose frames have been added
        self._points: dict[str, list[str]] = {}

    def take(self, element: Element) -> None:
        """Read a child of the document's element."""
        if element.tag == "meta":
            self._meta = read_meta(element)
            for name, extra in self._meta.labels.items():
                self._found.describe_class(name, extra)
        elif element.tag == "version":
            self._version = (element.text or "").strip()
        elif element.tag == "image":
            self._take_image(element)
        elif element.tag == "track":
            self._take_track(element)

    # ------------------------------------------------------------ images

    def _take_image(self, element: Element) -> None:
        self._has_images = True
        name = element.get("name", "").strip()
        where = f"image {element.get('id', '?')[:40]}"
        if not name or "\0" in name:
            self._reject("cvat_image_without_name", f"{where}: expected a name", element)
            for child in element:
                self._reject("cvat_image_without_name", f"{where}: {child.tag} of an image without a name", child)
            return
        extra: dict[str, Any] = {
            key + TAKEN if key in IMAGE_FIELDS else key: value for key, value in element.items() if key not in _IMAGE
        }
        subset = extra.get("subset")
        self._split(extra, subset)
        at = self._found.add_image(
            self._find(name, subset),
            id_=self._own_id(element.get("id")),
            width=read_size(element.get("width")),
            height=read_size(element.get("height")),
            extra=extra,
        )
        for number, child in enumerate(element):
            self._take_shape(child, at, f"{where}: {child.tag} {number}")

    def _split(self, extra: dict[str, Any], subset: str | None) -> None:
        if subset and subset.lower() != "default":
            extra["split"] = _SPLITS.get(subset.lower(), subset)

    def _find(self, name: str, subset: str | None) -> str:
        """Return an image's name below the images folder, where projects have a folder for each subset."""
        below = f"{subset}/{name}" if subset else name
        if below != name and not name.startswith(f"{subset}/"):
            root = self._reading.images
            if not _is_file(root / name) and _is_file(root / below):
                return below
        return name

    def _own_id(self, text: str | None) -> int:
        """Return an image's own id where it is a number that no other has, else one that is free."""
        own = int(text) if text is not None and text.isdecimal() and len(text) < 12 else None
        if own is None or own in self._ids:
            if own is not None:
                self._found.doctor.note("duplicate_image_id", f"image {own}")
            own = self._greatest + 1
        self._ids.add(own)
        self._greatest = max(self._greatest, own)
        return own

    def _take_shape(self, child: Element, image: int, where: str) -> None:
        label = child.get("label", "")
        try:
            self._add(read_shape(child, label, self._meta), image, {})
        except RecordFault as fault:
            self._reject(fault.reason, f"{where}: {fault}", child)

    def _add(self, shape: Shape, image: int, extra: dict[str, Any]) -> None:
        found = self._found
        if self._meta.labels and not found.has_class(shape.label):
            found.doctor.note("cvat_label_not_listed", storable(shape.label)[:100])
        drawn = draw(shape, self._point_names(shape), found.images.width[image], found.images.height[image])
        at = found.class_place(shape.label)
        if shape.kind == "cuboid":
            found.doctor.note("cvat_cuboid", found.images.file_name[image])
        found.add(
            Thing(image, at, found.number(image), drawn.box, drawn.segmentation, drawn.keypoints, extra | drawn.extra)
        )

    def _point_names(self, shape: Shape) -> list[str]:
        if shape.kind != "skeleton":
            return []
        known = self._points.setdefault(shape.label, list(self._meta.points.get(shape.label, ())))
        new = [name for name in shape.parts if name not in known]
        if new and self._meta.points.get(shape.label):
            self._found.doctor.note("cvat_point_not_listed", ", ".join(new)[:100])
        known += new
        return known

    # ------------------------------------------------------------ tracks

    def _take_track(self, element: Element) -> None:
        self._name_all()
        label, own = element.get("label", ""), element.get("id", "?")
        where = f"track {own[:40]}"
        shapes: list[Shape] = []
        for child in stoppable(element):
            if child.tag not in KINDS:
                continue
            try:
                shapes.append(read_shape(child, label, self._meta))
            except RecordFault as fault:
                told = f"{where}, frame {child.get('frame', '?')[:20]}: {fault}"
                self._reject(fault.reason, told, child)
        task = self._task_of(element)
        extra: dict[str, Any] = {
            key + TAKEN if key in IMAGE_FIELDS else key: value for key, value in element.items() if key not in _TRACK
        }
        extra.pop("subset", None)  # its frames say it
        extra["track_id"] = int(own) if own.isdecimal() and len(own) < 16 else own
        faults = 0
        for shape in self._each_frame(shapes, task):
            try:
                self._add(shape, self._image_of(task, shape.frame), extra)
            except RecordFault as fault:
                faults += 1
                if faults == 1:
                    self._reject(fault.reason, f"{where}, frame {shape.frame}: {fault}", element)

    def _task_of(self, element: Element) -> Task:
        tasks = self._meta.tasks
        known = tasks.get(element.get("task_id", ""))
        return known or next(iter(tasks.values()), Task(""))

    def _each_frame(self, shapes: list[Shape], task: Task) -> Iterator[Shape]:
        """Yield a track's shape at each frame at which it is to be seen.

        From a keyframe on it is interpolated to the next, and from the last on stays to the end of its task.
        """
        ordered = sorted({shape.frame: shape for shape in shapes if shape.frame >= 0}.values(), key=lambda s: s.frame)
        step = task.frames.step
        for at, shape in enumerate(ordered):
            if shape.outside:
                continue
            yield shape
            if at + 1 < len(ordered):
                following = ordered[at + 1]
                for frame in range(shape.frame + step, following.frame, step):
                    yield self._count(between(shape, following, frame))
            else:
                for frame in range(shape.frame + step, task.frames.stop, step):
                    yield self._count(between(shape, replace(shape, frame=frame + 1), frame))

    def _count(self, shape: Shape) -> Shape:
        """Refuse a file of a few lines that stands for more than memory holds; let the job stop in the meantime."""
        self._interpolated += 1
        if self._interpolated > _MOST_INTERPOLATED:
            raise self._too_much(f"{_MOST_INTERPOLATED:,} interpolated shapes")
        if self._interpolated % 4_096 == 0:
            self._reading.progress(self._interpolated, None)
        return shape

    def _too_much(self, limit: str) -> InputError:
        return InputError(
            "The file's tracks stand for more than can be taken in.",
            item=str(self._reading.labels),
            expected=f"at most {limit}",
            actual="more",
            hint="Export its tasks one by one.",
        )

    def _name_all(self) -> None:
        """Add the frames of all tasks, those without objects, too."""
        if self._has_images:
            return
        if sum(len(task.frames) for task in self._meta.tasks.values()) > _MOST_FRAMES:
            raise self._too_much(f"{_MOST_FRAMES:,} frames")
        for task in self._meta.tasks.values():
            if task.id not in self._named:
                self._named.add(task.id)
                names = name_frames(task, self._reading.images, alone=len(self._meta.tasks) == 1)
                for frame, name in names.items():
                    self._add_frame(task, frame, name)

    def _add_frame(self, task: Task, frame: int, name: str) -> int:
        if len(self._frames) >= _MOST_FRAMES:
            raise self._too_much(f"{_MOST_FRAMES:,} frames")
        extra: dict[str, Any] = {"frame_id": frame, "sequence": task.name or task.id or "video"}
        if task.subset:
            extra["subset"] = task.subset
        self._split(extra, task.subset)
        own = self._own_id(str(frame)) if len(self._meta.tasks) < 2 else self._own_id(None)
        at = self._found.add_image(name, id_=own, width=task.width, height=task.height, extra=extra)
        self._frames[task.id, frame] = at
        return at

    def _image_of(self, task: Task, frame: int) -> int:
        known = self._frames.get((task.id, frame))
        return self._add_frame(task, frame, f"frame_{frame:06d}.PNG") if known is None else known

    # ------------------------------------------------------------ the end

    def _reject(self, reason: str, detail: str, element: Element) -> None:
        text = tostring(element, encoding="unicode")
        self._found.reject("labels", reason, storable(detail)[:300], {"xml": text[:_MOST_RECORD]})

    def finish(self) -> Source:
        """Return the dataset.

        Raises:
            InputError: it tells of no image.
        """
        self._name_all()
        if not self._found.images.ids:
            raise InputError(
                "The file tells of no image.",
                item=str(self._reading.labels),
                expected="elements image, or track and the size of its task",
                actual=", ".join(f"{n:,} x {code}" for code, n in self._found.doctor.skipped.items()) or "none",
            )
        for name, points in self._points.items():
            extra = {"keypoints": points} | self._meta.labels.get(name, {})
            self._found.describe_class(name, extra | {"keypoints": points})
        header = {"cvat": {"version": self._version, "meta": self._meta.rest}}
        return self._found.finish(header, ("labels",))


def _is_file(path: Path) -> bool:
    try:
        return os.path.isfile(path)  # noqa: PTH113 - false, not an error, for a path no system can have
    except ValueError:
        return False
