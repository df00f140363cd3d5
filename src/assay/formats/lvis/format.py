"""LVIS as a format of the registry: what COCO's reader makes of it, with splits by the images' folders."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from assay.errors import InputError
from assay.formats.coco.reader import read_coco
from assay.formats.coco.stream import Chunk, JsonStream
from assay.formats.format import Format, Options, Reading, Recognised
from assay.formats.source import Source

_FOLDERS = {"train2017": "train", "val2017": "val", "test2017": "test"}


class LvisOptions(Options):
    """An LVIS file and the folder that has ``train2017`` and ``val2017``, or the pictures themselves.

    Paths are paths of the machine that serves the project.
    """

    images: str
    annotations: str


def _read(reading: Reading) -> Source:
    """Read an LVIS file; ``neg_category_ids`` and ``not_exhaustive_category_ids`` of images stay their fields.

    Raises:
        InputError: it cannot be read, or tells of no image.
    """
    file = reading.labels
    reading.stage("Reading annotations", file.stat().st_size if file.is_file() else None)
    source = read_coco(file, reading.append, reading.progress)
    source.doctor.clear("file_name_from_url")  # as LVIS names all of its images
    for at, name in enumerate(source.images.file_name):
        split = _FOLDERS.get(name.partition("/")[0])
        if split is not None and "split" not in source.images.extras.get(at, {}):
            source.images.extras.setdefault(at, {})["split"] = split
    return source


def _recognise(path: Path) -> Recognised | None:
    """Return what a file is whose images come first and have no file name but the classes that they lack."""
    if not path.is_file() or path.suffix.lower() != ".json":
        return None
    try:
        first = _first_image(path)
    except InputError:
        return None
    if first is None or "neg_category_ids" not in first or "file_name" in first:
        return None
    options = {"annotations": str(path), "images": str(path.parent)}
    return Recognised("a JSON object whose images have neg_category_ids", options)


def _first_image(path: Path) -> dict[str, Any] | None:
    stream = JsonStream(path, {"images", "annotations", "categories"})
    try:
        for part in stream.parts():
            if isinstance(part, Chunk) and part.elements:
                first = part.elements[0]
                return first if part.key == "images" and isinstance(first, dict) else None
    finally:
        stream.close()
    return None


FORMATS = (
    Format(
        key="lvis",
        title="an LVIS dataset",
        options=LvisOptions,
        images="images",
        labels="annotations",
        read=_read,
        kinds=("lvis",),
        recognises=_recognise,
    ),
)
