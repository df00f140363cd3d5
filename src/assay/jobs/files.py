"""Stages of an import that touch image files: put them in place, read their headers."""

from __future__ import annotations

import os
import re
import shutil
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np

from assay.errors import AssayError, StorageError, UnavailableError
from assay.formats.source import Source
from assay.jobs.manager import JobContext
from assay.media.decode import needs_orientation
from assay.media.header import ends_early, probe_file
from assay.ownfiles import make_own_folder, replacing
from assay.patience import Call, PatientThreads
from assay.project.places import make_link, store_path, store_paths
from assay.project.store import Connection, Store, insert_columns
from assay.project.trust import Trust
from assay.project.vocabulary import FileStatus

_BATCH = 512
_COPIED_AT_ONCE = 1 << 20
_PROBE_LIMIT_S = 20.0

Listed = tuple[int, str | None, int | None, int | None, str]  # row, path, declared width and height, name


def place_files(
    context: JobContext, store: Store, files: list[Path | None], folder: Path, how: str, source: int
) -> list[str | None]:
    """Copy or link image files into the project, or leave them; return the path that the project records of each.

    Every source has a folder of its own, since two may have files of the same name.
    """
    if how == "in-place":
        return store_paths(store.directory, files)
    context.stage("Copying images" if how == "copy" else "Linking images", len(files))
    images = _folder_of(source)
    places: list[str | None] = []
    folders: set[Path] = set()
    for done, file in enumerate(files, start=1):
        if file is None or not file.is_file():  # a pipe is named when it is looked at, and must not be copied from
            places.append(None if file is None else store_path(store.directory, file))
            continue
        name = Path(os.path.relpath(file, folder)).as_posix()
        target = store.directory / images / name
        try:
            if target.parent not in folders:
                make_own_folder(store.directory, target.parent)
                folders.add(target.parent)
            if not target.exists():
                if how == "copy":
                    copy_file(file, target)
                else:
                    target.unlink(missing_ok=True)  # a link that leads nowhere any more
                    make_link(target, file)
        except OSError as error:
            raise StorageError(
                f"An image could not be {'copied' if how == 'copy' else 'linked'}.",
                item=str(file),
                expected="a writable project with free space",
                actual=error.strerror or str(error),
            ) from error
        places.append(f"{images}/{name}")
        context.progress(done)
    return places


def place_embedded(store: Store, labels: Source, paths: list[str | None], source: int) -> list[str | None]:
    """Write pictures that only a source's labels hold into the project; return the recorded path of each image.

    Args:
        labels: The source as it was read.
        paths: What the project records of each image's file, None for those that have none.
        source: The source's number.

    Raises:
        StorageError: The project cannot be written.
    """
    places = list(paths)
    for at, load in labels.embedded.items():
        data = load() if places[at] is None else None
        if data is None:
            continue
        parts = re.split(r"[\\/:]+", labels.images.file_name[at])
        name = f"{_folder_of(source)}/embedded/{'/'.join(part for part in parts if part.strip('.'))}"
        target = store.directory / name
        try:
            make_own_folder(store.directory, target.parent)
            with replacing(target) as file:
                file.write(data)
        except OSError as error:
            raise StorageError(
                "A picture that the labels hold could not be written.",
                item=str(target),
                expected="a writable project with free space",
                actual=error.strerror or str(error),
            ) from error
        places[at] = name
        labels.doctor.note("embedded_picture", labels.images.file_name[at])
    return places


def _folder_of(source: int) -> str:
    return "images" if source == 0 else f"images-{source + 1}"


def copy_file(file: Path, target: Path) -> None:
    """Copy an image file into the project, whole or not at all.

    Raises:
        OSError: It cannot be read or written.
    """
    with file.open("rb") as original, replacing(target) as copy:
        shutil.copyfileobj(original, copy, _COPIED_AT_ONCE)


_TODO_SQL = """
SELECT i.row, i.path, i.width, i.height, i.file_name FROM image i
WHERE i.row NOT IN (SELECT row FROM image_file) ORDER BY i.row
"""


def probe_files(context: JobContext, store: Store) -> None:
    """Read the header of every image file not looked at yet; commit per batch."""
    with store.read() as cursor:
        images = cursor.execute(_TODO_SQL).fetchall()
    todo = [image for image in images if store.trust.may_read(image[1])]
    if not todo:
        return
    context.stage("Looking at image files", len(todo))
    for facts in probe_each(context, store, todo):
        with store.write() as cursor:
            insert_facts(cursor, facts)
    with store.write() as cursor:
        take_over_sizes(cursor)


def probe_each(context: JobContext, store: Store, images: list[Listed]) -> Iterator[list[dict[str, Any]]]:
    """Read the headers of images' files; yield the records batch by batch.

    Args:
        images: Row, path, width, height and file name of each.
    """
    threads = PatientThreads("assay-probing", 4, _PROBE_LIMIT_S, most_stuck=8)
    for start in range(0, len(images), _BATCH):
        batch = images[start : start + _BATCH]
        yield _probe_batch(threads, store.trust, batch)
        context.progress(start + len(batch))


def take_over_sizes(cursor: Connection) -> None:
    """Give images whose source declares no size the size of their file."""
    cursor.execute(
        "UPDATE image SET width = coalesce(image.width, f.shown_width), "
        "height = coalesce(image.height, f.shown_height) FROM ("
        "  SELECT row, CASE WHEN turned THEN height ELSE width END AS shown_width,"
        "         CASE WHEN turned THEN width ELSE height END AS shown_height FROM"
        "  (SELECT *, apply_orientation AND exif_orientation >= 5 AS turned FROM image_file WHERE status = 0)"
        ") f WHERE f.row = image.row AND (image.width IS NULL OR image.height IS NULL)"
    )


def _probe_batch(threads: PatientThreads, trust: Trust, batch: list[Listed]) -> list[dict[str, Any]]:
    """Look at some images; those whose folder does not answer are named as unreadable."""
    waiting: list[Call[dict[str, Any]] | AssayError] = []
    for image in batch:
        try:
            waiting.append(threads.submit(str(trust.directory), partial(_probe, trust, *image), item=image[-1]))
        except UnavailableError as error:
            waiting.append(error)
    facts: list[dict[str, Any]] = []
    for (row, *_, name), call in zip(batch, waiting, strict=True):
        try:
            if isinstance(call, AssayError):
                raise call
            facts.append(threads.wait(call))
        except UnavailableError as error:
            facts.append({"row": row, "status": FileStatus.UNREADABLE, "detail": f"{name}: {error.actual}"})
    return facts


def _probe(
    trust: Trust, row: int, path: str | None, width: int | None, height: int | None, name: str
) -> dict[str, Any]:
    facts: dict[str, Any] = {"row": row, "status": FileStatus.MISSING, "detail": f"{name}: no such file"}
    if path is None or not os.path.lexists(file := trust.locate(path)):
        return facts
    try:
        header = probe_file(file)
    except AssayError as error:
        return facts | {"status": FileStatus.UNREADABLE, "detail": f"{name}: {error.actual or error.message}"}
    decision = needs_orientation(header, width, height)
    damaged = ends_early(file, header)
    declared = f"{name}: declared {width} × {height}, file {header.width} × {header.height}"
    truncated = f"{name}: the JPEG ends early, its lower part is lost"
    return facts | {
        "status": FileStatus.OK,
        "detail": truncated if damaged else declared if decision.mismatch else None,
        "format": header.format,
        "width": header.width,
        "height": header.height,
        "exif_orientation": header.exif_orientation,
        "apply_orientation": decision.apply,
        "size_mismatch": decision.mismatch,
        "damaged": damaged,
    }


def insert_facts(cursor: Connection, facts: list[dict[str, Any]]) -> None:
    """Write down the headers of image files."""

    def numbers(key: str) -> Any:
        values = [f.get(key) for f in facts]
        return np.ma.masked_array([v or 0 for v in values], mask=[v is None for v in values])

    insert_columns(
        cursor,
        "image_file",
        {
            "row": np.array([f["row"] for f in facts], dtype=np.int32),
            "status": np.array([f["status"] for f in facts], dtype=np.uint8),
            "detail": [f["detail"] for f in facts],
            "format": [f.get("format") for f in facts],
            "width": numbers("width"),
            "height": numbers("height"),
            "exif_orientation": numbers("exif_orientation"),
            "apply_orientation": np.array([bool(f.get("apply_orientation")) for f in facts]),
            "size_mismatch": np.array([bool(f.get("size_mismatch")) for f in facts]),
            "damaged": np.array([bool(f.get("damaged")) for f in facts]),
        },
    )
