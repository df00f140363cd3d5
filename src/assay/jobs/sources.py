"""What a project is made from: an annotation file or a folder, read for an import or a refresh."""

from __future__ import annotations

import os
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
from assay.media.path_ends import EndMatch, match_path_ends
from assay.project.places import store_path
from assay.project.store import Connection, Store

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
    """Find the files of a source's images: where their names say, else by the longest end of the name.

    Args:
        doctor: Told of names that say otherwise, fit several files, or lead out of the folder.
        names: Those of all images of the source: a file that one name is found by is no other's.
        folder: What names are relative to.
    """
    matches = resolve_image_files(folder, names)
    ends = match_path_ends(folder, matches)
    paths: list[Path | None] = []
    for at, match in enumerate(matches):
        path, end = match.path, ends.get(at)
        if end is not None:
            path = end.path
            _note_end(doctor, match.name[:200], end, folder)
        elif match.state == "outside":
            doctor.note("file_outside", match.name[:200])
        paths.append(None if path is None else Path(path))
    return paths


def _note_end(doctor: Doctor, name: str, end: EndMatch, folder: Path) -> None:
    if end.path is None:
        doctor.note("ambiguous_file", f"{name}: as well as or better {' and '.join(end.rivals)[:300]}")
        return
    took = f"{name}: {os.path.relpath(end.path, folder)[:200]}"
    if end.spelling == "decoded":
        doctor.note("percent_encoded_name", took)
    elif end.spelling == "case":
        doctor.note("name_in_other_case", took)
    elif end.spelling == "stem":
        doctor.note("name_without_extension", took)
    if not end.is_whole:
        doctor.note("file_found_elsewhere", took)


def check_folder(folder: Path, *, hint: str | None = None) -> None:
    """Refuse what is no folder of images.

    Args:
        hint: What to do about it.

    Raises:
        InputError: It is not there, or its name cannot be stored.
    """
    if not folder.is_dir():
        raise InputError(
            "The images folder cannot be read.",
            item=str(folder),
            expected="a folder",
            actual="a file" if folder.exists() else "nothing there",
            hint=hint,
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
    store: Store,
    cursor: Connection,
    number: int,
    file: Path,
    folder: Path,
    patterns: list[str] | None,
    options: dict[str, Any] | None = None,
) -> None:
    """Write down what a later refresh compares the source with and where it finds it, in the running transaction.

    Args:
        file: Where the labels come from.
        folder: What image names are relative to.
        patterns: Which files of a folder were taken.
        options: What else decides how the source is read.
    """
    cursor.execute(
        "UPDATE source SET path = ?, image_root = ?, content_hash = ?, patterns = ?, options = ? WHERE source = ?",
        [
            store_path(store.directory, file),
            store_path(store.directory, folder),
            hash_file(file) if file.is_file() else None,
            orjson.dumps(patterns or []).decode(),
            orjson.dumps(options or {}).decode(),
            number,
        ],
    )
