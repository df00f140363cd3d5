"""The sources of a project: where their images are, and the state by which a refresh finds changes."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import orjson
import xxhash

from assay.errors import InputError
from assay.formats.doctor import Doctor
from assay.formats.format import KnownIds
from assay.media.files import is_text, resolve_image_files
from assay.media.path_ends import EndMatch, match_path_ends
from assay.project.places import store_path
from assay.project.store import Connection, Store

_BLOCK = 1 << 22


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
    """Refuse a path that is no folder of images.

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


def hash_labels(path: Path) -> str:
    """Return a hash of a file's bytes, or of the names, sizes and times of the files in a folder and below.

    Raises:
        OSError: It cannot be read.
    """
    if not path.is_dir():
        return hash_file(path)
    digest = xxhash.xxh3_128()
    for file in sorted(path.rglob("*")):
        facts = file.lstat()
        digest.update(f"{file.relative_to(path).as_posix()}\n{facts.st_size} {facts.st_mtime_ns}\n".encode())
    return digest.hexdigest()


def record_state(
    store: Store, cursor: Connection, number: int, file: Path, folder: Path, kept: Mapping[str, Any]
) -> None:
    """Write down the state and place by which a refresh compares and finds a source, in the running transaction.

    Args:
        file: Where the labels come from.
        folder: What image names are relative to.
        kept: What the format's reader must know to read it again.
    """
    cursor.execute(
        "UPDATE source SET path = ?, image_root = ?, content_hash = ?, patterns = ?, options = ? WHERE source = ?",
        [
            store_path(store.directory, file),
            store_path(store.directory, folder),
            hash_file(file) if file.is_file() else None,
            orjson.dumps(kept.get("patterns", [])).decode(),
            orjson.dumps({key: value for key, value in kept.items() if key != "patterns"}).decode(),
            number,
        ],
    )


def load_known_ids(cursor: Connection, images: Mapping[str, int]) -> KnownIds:
    """Return the ids that a project has given.

    Args:
        images: Those of the source's own images by name.
    """
    classes = cursor.execute("SELECT name, source_id FROM class WHERE source_id IS NOT NULL ORDER BY row DESC")
    class_ids = dict(classes.fetchall())
    [(greatest,)] = cursor.execute(
        "SELECT greatest(coalesce(max(source_id), 0), (SELECT coalesce(max(source_id), 0) FROM annotation)) FROM image"
    ).fetchall()
    return KnownIds(images, class_ids, max(0, greatest) + 1)
