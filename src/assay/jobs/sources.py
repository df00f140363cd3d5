"""What a project is made from: an annotation file or a folder, read for an import or a refresh."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import orjson
import xxhash

from assay.errors import InputError
from assay.formats.coco.doctor import Doctor
from assay.formats.coco.reader import CocoSource, empty_source, read_coco
from assay.formats.coco.records import ImageRecords
from assay.jobs.manager import JobContext
from assay.media.files import list_images, resolve_image_files
from assay.project.store import Connection

_BLOCK = 1 << 22
_NAMED = 3  # the bits of the fields id and file_name


def read_annotations(context: JobContext, file: Path, append: Callable[[Any], int]) -> CocoSource:
    """Read a COCO file; ``append`` takes its coordinates.

    Raises:
        InputError: It cannot be read or is no COCO file.
    """
    context.stage("Reading annotations", file.stat().st_size if file.is_file() else None)
    return read_coco(file, append, context.progress)


def list_folder(
    context: JobContext, root: Path, patterns: list[str], known: dict[str, int] | None = None
) -> CocoSource:
    """Read a folder of images as a source without annotations.

    Args:
        patterns: Which files to take; none for all.
        known: Ids of names that have one; other names get the numbers after the greatest.

    Raises:
        InputError: It holds no images.
    """
    context.stage("Listing images")
    found = list_images(root, patterns or None)
    names = [name for name in found if is_text(name)]
    if not names:
        raise InputError(
            "The folder holds no images.",
            item=str(root),
            expected="image files" + (f" that match {', '.join(patterns)}" if patterns else ""),
            actual="none",
        )
    ids = dict(known or {})
    following = max(ids.values(), default=0) + 1
    for name in names:
        if name not in ids:
            ids[name] = following
            following += 1
    count = len(names)
    source = empty_source(
        ImageRecords(
            list(range(count)), [ids[name] for name in names], names, [None] * count, [None] * count, [_NAMED] * count
        )
    )
    for name in found:
        if not is_text(name):
            source.doctor.note("file_name_not_utf8", repr(name), skipped=True)
    return source


def find_files(doctor: Doctor, names: list[str], folder: Path) -> list[Path | None]:
    """Find each image's file; a name whose folders do not exist here is looked for by its last part."""
    found = resolve_image_files(folder, names)
    if not any(match.path for match in found):
        bare = [name.replace("\\", "/").rsplit("/", 1)[-1] for name in names]
        by_name = resolve_image_files(folder, bare)
        if any(match.path for match in by_name):
            found = by_name
    for match in found:
        if match.state == "outside":
            doctor.note("file_outside", match.name[:200])
    return [None if match.path is None else Path(match.path) for match in found]


def check_folder(folder: Path) -> None:
    """Refuse what is no folder of images.

    Raises:
        InputError: It is not there, or its name cannot be stored.
    """
    if not folder.is_dir():
        raise InputError(
            "The images folder cannot be read.",
            item=str(folder),
            expected="a folder",
            actual="a file" if folder.exists() else "nothing there",
        )
    if not is_text(str(folder)):
        raise InputError(
            "The images folder's name cannot be stored.",
            item=repr(str(folder)),
            expected="a path in UTF-8",
            actual="bytes that are no text",
        )


def is_text(name: str) -> bool:
    """Tell whether a file's name is Unicode text: on some systems it may be any bytes."""
    try:
        name.encode()
    except UnicodeEncodeError:
        return False
    return True


def hash_file(file: Path) -> str:
    """Return XXH3-128 of a file's bytes in hexadecimal.

    Raises:
        OSError: It cannot be read.
    """
    digest = xxhash.xxh3_128()
    with file.open("rb") as stream:
        while block := stream.read(_BLOCK):
            digest.update(block)
    return digest.hexdigest()


def note_state(
    cursor: Connection, number: int, file: Path, patterns: list[str] | None, options: dict[str, Any] | None = None
) -> None:
    """Write down what a later refresh compares the source with, in the running transaction.

    Args:
        patterns: Which files of a folder were taken.
        options: What else decides how the source is read.
    """
    cursor.execute(
        "UPDATE source SET content_hash = ?, patterns = ?, options = ? WHERE source = ?",
        [
            hash_file(file) if file.is_file() else None,
            orjson.dumps(patterns or []).decode(),
            orjson.dumps(options or {}).decode(),
            number,
        ],
    )
