"""Tell whether a file or folder is a COCO dataset, by its first records."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from assay.errors import InputError
from assay.formats.coco.stream import Chunk, JsonStream
from assay.formats.format import Recognised

_FIELDS = {"images": "file_name", "annotations": "image_id"}
_MOST_FILES = 50  # of a folder that are looked into


def recognise(path: Path) -> Recognised | None:
    """Return what a file is, or a folder of which one file is a COCO dataset.

    Several such files are told without saying which is meant, so that the format asks for the file.
    """
    if path.is_file():
        return _recognise_file(path)
    if not path.is_dir():
        return None
    files = sorted({*path.glob("*.json"), *path.glob("annotations/*.json")})[:_MOST_FILES]
    found = [(file, seen) for file in files if (seen := _recognise_file(file)) is not None]
    if len(found) == 1:
        [(file, seen)] = found
        return Recognised(f"{file.name}: {seen.reason}", seen.options)
    names = ", ".join(file.relative_to(path).as_posix() for file, _ in found[:5])
    return Recognised(f"{len(found)} COCO files: {names}", {}) if found else None


def _recognise_file(file: Path) -> Recognised | None:
    if file.suffix.lower() != ".json":
        return None
    try:
        first = _first_record(file)
    except (InputError, OSError):
        return None
    if first is None:
        return None
    section, record = first
    options = {"annotations": str(file)}
    folder = _find_images(file, record.get("file_name"))
    if folder is not None:
        options["images"] = str(folder)
    return Recognised(f"a JSON object whose {section} have {_FIELDS[section]}", options)


def _first_record(file: Path) -> tuple[str, dict[str, Any]] | None:
    """Return the first record of the images or annotations, whichever come first, and the name of their section."""
    stream = JsonStream(file, {"images", "annotations", "categories"})
    try:
        for part in stream.parts():
            if isinstance(part, Chunk) and part.key in _FIELDS and part.elements:
                record = part.elements[0]
                return (part.key, record) if isinstance(record, dict) and _FIELDS[part.key] in record else None
    finally:
        stream.close()
    return None


def _find_images(file: Path, name: Any) -> Path | None:
    """Return the folder near a file that an image's name is relative to; None where none has it."""
    if not isinstance(name, str) or not name or "\x00" in name:
        return None
    split = file.stem.split("_")[-1]  # of instances_train2017.json
    near = [folder / below for folder in (file.parent, file.parent.parent) for below in ("", "images", split)]
    near.append(file.parent.parent / "images" / split)
    return next((folder for folder in near if (folder / name).is_file()), None)
