"""Find the image files that have changed since they were measured."""

from __future__ import annotations

import os
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from assay.formats.doctor import Doctor
from assay.jobs.engine.picture_work import CRASHED
from assay.jobs.files import copy_file, insert_facts, place_files, probe_each, take_over_sizes
from assay.jobs.manager import JobContext
from assay.jobs.sources import find_files, hash_file
from assay.project.places import resolve_path
from assay.project.reconcile import forget_files
from assay.project.store import Connection, Store, insert_columns, quote
from assay.project.trust import Trust
from assay.project.values import mark_statistics_due, stored_keys
from assay.project.vocabulary import FileStatus

_BATCH = 512
_DECLARES_SIZE = 0b1100  # the bits of the fields width and height
_FILES_SQL = """
SELECT i.row, i.path, f.status, c.size_bytes, c.modified_ns, c.content_hash
FROM image i LEFT JOIN image_file f USING (row) LEFT JOIN image_content c USING (row)
WHERE f.row IS NOT NULL ORDER BY i.row
"""


@dataclass(frozen=True)
class _FileRecord:
    row: int
    path: str | None
    status: int
    size_bytes: int | None
    modified_ns: int | None
    content_hash: str | None


@dataclass(frozen=True)
class _FileCheck:
    """The result of a look at a file: whether it is another one, gone or back, or only of another date."""

    row: int
    changed: bool = False
    modified_ns: int | None = None


def find_lost_files(context: JobContext, store: Store, number: int, folder: Path, how: str) -> None:
    """Look again for the files of a source's images that had none."""
    with store.read() as cursor:
        images = cursor.execute(
            "SELECT row, file_name, path IS NULL FROM image WHERE source = ? ORDER BY row", [number]
        ).fetchall()
    if not any(is_lost for *_, is_lost in images):
        return
    places = find_files(Doctor(), [name for _, name, _ in images], folder)
    files = [file if is_lost else None for file, (*_, is_lost) in zip(places, images, strict=True)]
    paths = place_files(context, store, files, folder, how, number)
    back = [(row, path) for (row, *_), path in zip(images, paths, strict=True) if path is not None]
    if not back:
        return
    with store.write() as cursor:
        rows = np.array([row for row, _ in back], dtype=np.int32)
        cursor.execute("CREATE TEMP TABLE back (row INTEGER, path VARCHAR)")
        insert_columns(cursor, "back", {"row": rows, "path": [path for _, path in back]})
        cursor.execute("UPDATE image SET path = back.path FROM back WHERE back.row = image.row")
        cursor.execute("DROP TABLE back")


_RETRIED_SQL = """
SELECT i.row, i.path, i.width, i.height, i.file_name FROM image i JOIN image_file f USING (row)
WHERE i.path IS NOT NULL AND (f.status = 1 OR f.status = 2
    AND i.row NOT IN (SELECT row FROM image_content) AND NOT ends_with(coalesce(f.detail, ''), ?))
ORDER BY i.row
"""


def retry_files(context: JobContext, store: Store) -> None:
    """Look again for the files that could not be found or opened before: a folder may have been away for a moment.

    A file that was read and is damaged is left to a refresh, which notices when it is another one.
    """
    with store.read() as cursor:
        sources = cursor.execute("SELECT source, image_root, files FROM source ORDER BY source").fetchall()
    for number, root, files in sources:
        folder = resolve_path(store.directory, root)
        if store.trust.may_read_images(folder) and folder.is_dir():
            find_lost_files(context, store, number, folder, files)
    with store.read() as cursor:
        unreadable = cursor.execute(_RETRIED_SQL, [CRASHED]).fetchall()
    images = [image for image in unreadable if store.trust.may_read(image[1])]
    if not images:
        return
    context.stage("Looking for lost files", len(images))
    back = [f for facts in probe_each(context, store, images) for f in facts if f["status"] == FileStatus.OK]
    if back:
        with store.write() as cursor:
            cursor.execute("DELETE FROM image_file WHERE list_contains(?, row)", [[f["row"] for f in back]])
            insert_facts(cursor, back)
            take_over_sizes(cursor)


def is_away(file: Path) -> bool:
    """Tell whether a file that cannot be looked at may be there all the same.

    So it is where the system refuses to say (a permission, a share that is down) and where the folder that it lay
    in is not there either; a file that is missing from a folder that is there is gone.
    """
    try:
        os.stat(file)  # noqa: PTH116 - the error is what is asked for
    except (FileNotFoundError, NotADirectoryError):
        return not Path(os.path.realpath(file)).parent.is_dir()
    except OSError:
        return True
    return False


def copy_again(store: Store, number: int, folder: Path) -> None:
    """Copy the files of a source anew that are another since they were copied into the project."""
    with store.read() as cursor:
        rows = cursor.execute("SELECT path, file_name FROM image WHERE source = ? ORDER BY row", [number]).fetchall()
    originals = find_files(Doctor(), [name for _, name in rows], folder)
    for (path, _), original in zip(rows, originals, strict=True):
        if path is None or original is None or not store.trust.is_own((store.directory / path).parent):
            continue
        copy = store.directory / path
        if _is_newer(original, copy):
            copy_file(original, copy)


def _is_newer(original: Path, copy: Path) -> bool:
    theirs = original.stat()
    try:
        ours = copy.lstat()
    except FileNotFoundError:
        return True
    if theirs.st_size != ours.st_size:
        return True
    return theirs.st_mtime_ns > ours.st_mtime_ns and hash_file(original) != hash_file(copy)


def look_at_files(context: JobContext, store: Store) -> np.ndarray[tuple[int], np.dtype[np.int32]]:
    """Forget the records of files that have changed, have gone or are back, so that they are looked at anew.

    Files that cannot be looked at just now stay as they are known.

    A file of the size and date that it had is taken for the same; any other is told by its hash.

    Returns:
        int32 rows of the images whose file is another one, is gone or is back.
    """
    with store.read() as cursor:
        records = [_FileRecord(*row) for row in cursor.execute(_FILES_SQL).fetchall() if store.trust.may_read(row[1])]
    context.stage("Looking for changes", len(records))
    checks: list[_FileCheck] = []
    with ThreadPoolExecutor(max_workers=4) as pool:
        for start in range(0, len(records), _BATCH):
            batch = records[start : start + _BATCH]
            checks += pool.map(lambda one: _check(store.trust, one), batch)
            context.progress(start + len(batch))
    changed = np.array([one.row for one in checks if one.changed], dtype=np.int32)
    dated = [one for one in checks if one.modified_ns is not None]
    unmeasured = [one.row for one in records if one.content_hash is None and one.status != FileStatus.MISSING]
    if len(changed) or dated or unmeasured:
        with store.write() as cursor:
            _take_down(cursor, changed, np.array(unmeasured, dtype=np.int32))
            _date(cursor, dated)
    return changed


def _check(trust: Trust, record: _FileRecord) -> _FileCheck:
    was_missing = record.status == FileStatus.MISSING
    try:
        if record.path is None:
            raise FileNotFoundError
        file = trust.locate(record.path)
        stat = file.stat()
        if was_missing:
            return _FileCheck(record.row, changed=True)
        if record.content_hash is None or (stat.st_size, stat.st_mtime_ns) == (record.size_bytes, record.modified_ns):
            return _FileCheck(record.row)
        if stat.st_size != record.size_bytes or hash_file(file) != record.content_hash:
            return _FileCheck(record.row, changed=True)
        return _FileCheck(record.row, modified_ns=stat.st_mtime_ns)
    except OSError:
        away = record.path is not None and is_away(trust.locate(record.path))
        return _FileCheck(record.row, changed=not was_missing and not away)


def _take_down(cursor: Connection, changed: Any, unmeasured: Any) -> None:
    cursor.register("changed_rows", {"row": changed})
    cursor.execute("CREATE OR REPLACE TEMP TABLE changed_files AS SELECT row FROM changed_rows")
    forget_files(cursor, "changed_files")
    cursor.execute(
        f"UPDATE image SET width = NULL, height = NULL WHERE row IN (SELECT row FROM changed_files) "
        f"AND present & {_DECLARES_SIZE} <> {_DECLARES_SIZE}"
    )
    cursor.execute("DROP TABLE changed_files")
    cursor.unregister("changed_rows")
    # what was never measured has no hash: its header is read again
    cursor.register("unmeasured_rows", {"row": unmeasured})
    cursor.execute("DELETE FROM image_file WHERE row IN (SELECT row FROM unmeasured_rows)")
    cursor.unregister("unmeasured_rows")


def _date(cursor: Connection, dated: list[_FileCheck]) -> None:
    if not dated:
        return
    rows = np.array([one.row for one in dated], dtype=np.int32)
    times = np.array([one.modified_ns for one in dated], dtype=np.int64)
    cursor.register("dated", {"row": rows, "modified_ns": times})
    cursor.execute("UPDATE image_content SET modified_ns = d.modified_ns FROM dated d WHERE d.row = image_content.row")
    cursor.unregister("dated")


def blank_pixels(store: Store, keys: set[str]) -> None:
    """Take away the pixel metrics of images without a readable file, and of the annotations in them.

    Args:
        keys: Of the metrics that are computed from pixels.
    """
    unreadable = "SELECT row FROM image_file WHERE status <> 0"
    with store.write() as cursor:
        for scope, rows in (
            ("image", f"row IN ({unreadable})"),
            ("annotation", f"row IN (SELECT row FROM annotation WHERE image IN ({unreadable}))"),
        ):
            own = [key for key in stored_keys(cursor, scope) if key in keys]  # type: ignore[arg-type]
            if own:
                emptied = ", ".join(f"{quote(key)} = NULL" for key in own)
                cursor.execute(f"UPDATE {scope}_metric SET {emptied} WHERE {rows}")
        mark_statistics_due(cursor)
