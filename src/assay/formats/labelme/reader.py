"""Read LabelMe's files as a source."""

from __future__ import annotations

import os
from functools import partial
from pathlib import Path
from typing import Any

from assay.errors import InputError
from assay.formats.fields import IMAGE_FIELDS
from assay.formats.format import Reading
from assay.formats.gathering import (
    Gathering,
    RecordFault,
    Thing,
    describe_lost,
    free_fields,
    read_shown_size,
    read_size,
)
from assay.formats.json_text import shorten
from assay.formats.label_text import parse_labels, read_label_bytes
from assay.formats.labelme.files import decode_picture, embedded_picture, find_picture, is_labelme, written_path
from assay.formats.labelme.shapes import Shape, merge, read_shape, unite
from assay.formats.source import Source
from assay.media.files import list_images
from assay.media.header import read_header
from assay.stopping import stoppable

_KNOWN = frozenset({"shapes", "flags", "imagePath", "imageData", "imageHeight", "imageWidth"})


def read_labelme(reading: Reading) -> Source:
    """Read a folder of LabelMe's files, or one of them.

    Raises:
        InputError: none of the files is LabelMe's, or one cannot be opened.
    """
    reading.stage("Looking for labels", None)
    files = reading.label_files(".json")
    reading.stage("Reading labels", len(files))
    reader = _Reader(reading)
    for done, file in enumerate(files):
        reader.take(file)
        if done % 64 == 0:
            reading.progress(done, len(files))
    return reader.finish(files)


class _Reader:
    def __init__(self, reading: Reading) -> None:
        self._reading = reading
        self._root = Path(os.path.abspath(reading.images))  # noqa: PTH100 - links stay
        self._found = Gathering(reading.append, reading.known)
        self._embedded: dict[int, Any] = {}
        self._version: Any = None

    def take(self, file: Path) -> None:
        """Read a file; one that is not LabelMe's is kept by its name."""
        where = os.path.relpath(file, self._reading.labels) if self._reading.labels.is_dir() else file.name
        try:
            content, encoding = parse_labels(read_label_bytes(file))
        except ValueError as error:
            self._found.reject("labels", "labelme_not_json", f"{where}: {error}"[:300], {"file": where})
            return
        if not is_labelme(content):
            self._found.reject("labels", "labelme_other_json", where, {"file": where})
            return
        if encoding is not None:
            self._found.doctor.note("label_file_encoding", f"{where}: {encoding}")
        self._version = self._version or content.get("version")
        image = self._take_image(file, where, content)
        self._take_shapes(image, where, content["shapes"])

    def _take_image(self, file: Path, where: str, content: dict[str, Any]) -> int:
        picture = find_picture(file, content.get("imagePath"), self._root, Path(where).parent)
        name = self._name(file, content.get("imagePath"), picture)
        known = self._found.place_of(name)
        if known is not None:
            self._found.doctor.note("labelme_same_image", f"{where}: {name}")
            return known
        declared = read_size(content.get("imageWidth")), read_size(content.get("imageHeight"))
        size = _real_size(picture, content) or declared
        extra = free_fields(content, _KNOWN | {"version"}, IMAGE_FIELDS)
        if size != declared and None not in declared:
            extra["declared_size"] = list(declared)
            told = f"{name}: {declared[0]} x {declared[1]}, in truth {size[0]} x {size[1]}"
            self._found.doctor.note("labelme_size_differs", told)
        flags = content.get("flags")
        if isinstance(flags, dict) and flags:
            extra["attributes"] = flags
        elif flags:
            extra["flags"] = flags
        extra["label_file"] = where.replace(os.sep, "/")
        at = self._found.add_image(name, width=size[0], height=size[1], extra=extra)
        if content.get("imageData"):
            self._embedded[at] = partial(embedded_picture, file)
        return at

    def _name(self, file: Path, path: Any, picture: Path | None) -> str:
        """Return what an image is called: its path below the images folder, or what the file says of it."""
        if picture is not None and picture.is_relative_to(self._root):
            return picture.relative_to(self._root).as_posix()
        told = written_path(path)
        if picture is None and told[1:2] == ":":
            return told  # of a Windows machine: found by its end, or not at all
        relative = os.path.relpath(picture or file.parent / (told or f"{file.stem}.jpg"), self._root)
        parts = relative.replace(os.sep, "/").split("/")
        return "/".join(part for part in parts if part != "..") or file.stem

    def _take_shapes(self, image: int, where: str, records: list[Any]) -> None:
        found = self._found
        width, height = found.images.width[image], found.images.height[image]
        shapes: list[Shape] = []
        for at, record in enumerate(stoppable(records)):
            place = f"{where}: shapes[{at}]"
            try:
                shapes.append(read_shape(record, width, height))
            except RecordFault as fault:
                kept = {"file": where, "shape": record}
                detail = f"{place}: {fault}; {describe_lost('found', _short(record))}"
                found.reject("labels", fault.reason, detail[:400], kept)
                continue
            if not record.get("shape_type"):
                found.doctor.note("labelme_no_type", place)
        for parts in unite(shapes, width, height):
            shape = merge(parts, width, height)
            found.add(
                Thing(
                    image,
                    found.class_place(shape.label),
                    found.number(image),
                    shape.box,
                    shape.mask or shape.rings or None,
                    shape.keypoints,
                    shape.extra,
                )
            )

    def finish(self, files: list[Path]) -> Source:
        """Return the dataset.

        Raises:
            InputError: none of the files is LabelMe's.
        """
        found = self._found
        if not found.images.ids:
            raise InputError(
                "None of the files is one of LabelMe's.",
                item=str(self._reading.labels),
                expected="JSON files with shapes and imagePath",
                actual=found.rejected.describe() or f"{len(files)} JSON files",
            )
        self._note_unlabelled()
        header = {} if self._version is None else {"labelme": {"version": self._version}}
        source = found.finish(header, ("labels",))
        source.embedded = self._embedded
        return source

    def _note_unlabelled(self) -> None:
        if not self._root.is_dir():
            return
        names = set(self._found.images.file_name)
        for name in list_images(self._root):
            if name not in names:
                self._found.doctor.note("image_without_labels", repr(name)[1:-1])


def _real_size(picture: Path | None, content: dict[str, Any]) -> tuple[int, int] | None:
    """Return width and height of a picture as it is shown; None where there is none that can be read."""
    if picture is not None:
        return read_shown_size(picture)
    data = decode_picture(content)
    try:
        return None if data is None else read_header(data).oriented_size
    except InputError:
        return None  # told where image files are looked at


def _short(record: Any) -> Any:
    """Return a shape without what is too long for a message."""
    return {**record, "mask": shorten(record["mask"], 20)} if isinstance(record, dict) and "mask" in record else record
