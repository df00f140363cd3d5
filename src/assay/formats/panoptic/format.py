"""COCO panoptic as a format of the registry."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from assay.errors import InputError
from assay.formats.coco.stream import Chunk, JsonStream
from assay.formats.fields import ANNOTATION_FIELDS, CATEGORY_FIELDS, IMAGE_FIELDS, is_finite_number, is_id
from assay.formats.format import Format, Options, Reading
from assay.formats.gathering import Gathering, Thing, free_fields, read_size
from assay.formats.json_text import shorten
from assay.formats.masks import MOST_PIXELS, mask_box, pack_colours, read_png
from assay.formats.source import Source
from assay.formats.values import Values, find_values
from assay.media.reading import read_image

MESSAGES = {
    "panoptic_image": "Images that are no objects, or have no file name.",
    "panoptic_category": "Categories that are no objects, or have no name.",
    "panoptic_unknown_image": "Annotations of images that the file does not have.",
    "panoptic_unknown_class": "Segments of categories that the file does not have.",
    "panoptic_record": "Annotations that are no objects with segments_info, and segments without a number.",
    "panoptic_without_picture": "Segments whose PNG is missing, or cannot be read.",
    "panoptic_without_pixels": "Segments of which the PNG has no pixel.",
    "panoptic_not_listed": "Numbers in PNG files that no segment has; they are left out.",
}


class PanopticOptions(Options):
    """A COCO panoptic file, the folder of its PNG files, and the folder that file names are relative to.

    Paths are paths of the machine that serves the project. Without ``segments`` it is the folder of the file's name
    beside it.
    """

    images: str
    annotations: str
    segments: str | None = None


def _read(reading: Reading) -> Source:
    """Read a panoptic file: a segment is an annotation, its pixels the mask.

    Raises:
        InputError: it cannot be read, or tells of no image.
    """
    file = reading.labels
    reading.stage("Reading annotations", file.stat().st_size if file.is_file() else None)
    reading.kept["segments"] = reading.options.get("segments")
    parts: dict[str, list[Any]] = {"images": [], "categories": [], "annotations": []}
    header: dict[str, Any] = {}
    stream = JsonStream(file, set(parts))
    try:
        for part in stream.parts():
            if isinstance(part, Chunk):
                parts[part.key] += part.elements
            else:
                header[part.key] = part.value
            reading.progress(stream.bytes_done, stream.size)
    finally:
        stream.close()
    reader = _Reader(reading, parts)
    reading.stage("Reading segments", len(parts["annotations"]))
    for done, record in enumerate(parts["annotations"]):
        reader.take(record, f"annotations[{done}]")
        reading.progress(done, len(parts["annotations"]))
    return reader.finish(header)


class _Reader:
    def __init__(self, reading: Reading, parts: dict[str, list[Any]]) -> None:
        self._found = Gathering(reading.append, reading.known)
        self._labels = reading.labels
        told = reading.options.get("segments")
        self._folder = Path(told) if told else find_segments(reading.labels)
        self._images: dict[Any, int] = {}
        self._classes: dict[Any, str] = {}
        self._ids: dict[str, Any] = {}
        for at, record in enumerate(parts["categories"]):
            self._take_class(record, f"categories[{at}]")
        for at, record in enumerate(parts["images"]):
            self._take_image(record, f"images[{at}]")

    def _take_class(self, record: Any, where: str) -> None:
        name = record.get("name") if isinstance(record, dict) else None
        if not isinstance(name, str) or not name or not is_id(record.get("id")):
            self._found.reject("categories", "panoptic_category", f"{where}: {shorten(record)}", record)
            return
        self._classes.setdefault(record["id"], name)
        self._ids.setdefault(name, record["id"])
        extra = free_fields(record, ("id", "name"), ("id", "name"))
        self._found.describe_class(name, {k: v for k, v in extra.items() if k not in CATEGORY_FIELDS or v is not None})

    def _take_image(self, record: Any, where: str) -> None:
        name = record.get("file_name") if isinstance(record, dict) else None
        if not isinstance(name, str) or not name or not is_id(record.get("id")):
            self._found.reject("images", "panoptic_image", f"{where}: {shorten(record)}", record)
            return
        if record["id"] in self._images:
            self._found.doctor.note("duplicate_image_id", f"image {shorten(record['id'])}")
        at = self._found.add_image(
            name,
            id_=record["id"],
            width=read_size(record.get("width")),
            height=read_size(record.get("height")),
            extra=free_fields(record, IMAGE_FIELDS, ()),
        )
        self._images.setdefault(record["id"], at)

    def take(self, record: Any, where: str) -> None:
        """Read the segments of an image."""
        segments = record.get("segments_info") if isinstance(record, dict) else None
        if not isinstance(segments, list):
            self._reject("panoptic_record", f"{where}: {shorten(record)}", record)
            return
        image = self._images.get(record["image_id"]) if is_id(record.get("image_id")) else None
        if image is None:
            self._reject("panoptic_unknown_image", f"{where}: image {shorten(record.get('image_id'))}", record)
            return
        numbers = self._read_numbers(record.get("file_name"))
        left: set[int] = set() if numbers is None else set(numbers.present) - {0}
        for at, segment in enumerate(segments):
            told = f"{where}, segments_info[{at}]"
            number = segment.get("id") if isinstance(segment, dict) else None
            if type(number) is not int:
                self._reject("panoptic_record", f"{told}: {shorten(segment)}", segment)
                continue
            left.discard(number)
            self._take_segment(segment, number, numbers, image, told)
        if left:
            name = self._found.images.file_name[image]
            self._found.doctor.note("panoptic_not_listed", f"{name}: {min(left)}", len(left))

    def _take_segment(
        self, segment: dict[str, Any], number: int, numbers: Values | None, image: int, where: str
    ) -> None:
        category = segment.get("category_id")
        name = self._classes.get(category) if is_id(category) else None
        if name is None:
            self._reject("panoptic_unknown_class", f"{where}: category {shorten(category)}", segment)
            return
        if numbers is None:
            self._reject("panoptic_without_picture", where, segment)
            return
        rle = numbers.mask(number)
        if rle is None:
            self._reject("panoptic_without_pixels", f"{where}: {number}", segment)
            return
        box, area = segment.get("bbox"), segment.get("area")
        has_box = isinstance(box, list) and len(box) == 4 and all(map(is_finite_number, box))
        extra = free_fields(segment, ("id", "category_id", "bbox", "area", "iscrowd"), ANNOTATION_FIELDS)
        ids = self._found.images.ids
        own = self._found.number(image) if isinstance(ids[image], int) else f"{ids[image]}/{number}"
        self._found.add(
            Thing(
                image,
                self._found.class_place(name),
                own,
                box if has_box else mask_box(rle),
                rle,
                extra=extra | {"segment_id": number},
                area=float(area) if area is not None and is_finite_number(area) else None,
                crowd=segment.get("iscrowd") == 1,
            )
        )

    def _read_numbers(self, name: Any) -> Values | None:
        """Return the numbers of the pixels' segments; None where there is no such PNG."""
        place = os.path.normpath(name.replace("\\", "/")) if isinstance(name, str) and name else ".."
        if os.path.isabs(place) or Path(place).parts[0] == ".." or "\0" in place:  # noqa: PTH117 - of a text
            return None  # a file leads nowhere but into its own folder
        try:
            data, _ = read_image(self._folder / place)
            pixels = read_png(data, MOST_PIXELS)
            if pixels.ndim == 3 and pixels.dtype != np.uint8:
                return None
            return find_values([(pixels, _to_numbers if pixels.ndim == 3 else np.asarray)])
        except (InputError, OSError):
            return None

    def _reject(self, reason: str, detail: str, record: Any) -> None:
        self._found.reject("labels", reason, detail[:300], record)

    def finish(self, header: dict[str, Any]) -> Source:
        """Return the dataset.

        Raises:
            InputError: it tells of no image.
        """
        if not self._found.images.ids:
            raise InputError(
                "The file tells of no image.",
                item=str(self._labels),
                expected="images with id and file_name",
                actual="none",
            )
        source = self._found.finish(header, ("labels",))
        source.categories.ids = [self._ids[name] for name in source.categories.name]
        source.categories.supercategory = [
            value if isinstance(value := source.categories.extras.get(at, {}).pop("supercategory", None), str) else None
            for at in range(len(source.categories.name))
        ]
        return source


def _to_numbers(band: NDArray[np.uint8]) -> NDArray[np.int32]:
    return pack_colours(band[..., 0], band[..., 1], band[..., 2])  # which are blue, green and red


def find_segments(file: Path) -> Path:
    """Return the folder of a panoptic file's PNG files: of its name beside it, else its own."""
    beside = file.with_suffix("")
    return beside if beside.is_dir() else file.parent


FORMATS = (
    Format(
        key="panoptic",
        title="a COCO panoptic dataset",
        options=PanopticOptions,
        images="images",
        labels="annotations",
        read=_read,
        kinds=("panoptic",),
        names_files=True,
        messages=MESSAGES,
    ),
)
