"""Make projects: import a COCO file, take in a folder of images, build a sandbox.

Each job is a row of stages that can be run again: reading commits as one transaction, image files are looked
at and committed batch by batch, metrics are replaced as a whole. A resumed job passes over what is there.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from functools import partial
from pathlib import Path
from typing import Any

from assay.errors import BusyError, StorageError
from assay.formats.coco.doctor import Doctor
from assay.formats.coco.ingest import ingest
from assay.formats.coco.reader import CocoSource
from assay.jobs.cover import make_cover
from assay.jobs.engine.run import measure_geometry, measure_project
from assay.jobs.files import place_files, probe_files
from assay.jobs.manager import JobContext, find_unfinished
from assay.jobs.sources import check_folder, find_files, list_folder, note_state, read_annotations
from assay.project.manifest import is_project, read_manifest
from assay.project.places import resolve_path
from assay.project.store import Connection, Store
from assay.project.workspace import Workspace

Reader = Callable[[Callable[[Any], int]], CocoSource]


def import_coco(context: JobContext) -> dict[str, Any]:
    """Import a COCO dataset as a new project or, with ``add``, into an existing one."""
    file, folder = Path(context.params["annotations"]), Path(context.params["images"])
    return take_in(context, "coco", file, folder, partial(read_annotations, context, file))


def init_folder(context: JobContext) -> dict[str, Any]:
    """Make a project of a folder of images."""
    root, patterns = Path(context.params["root"]), context.params["patterns"]

    def read(_append: Callable[[Any], int]) -> CocoSource:
        return list_folder(context, root, patterns)

    return take_in(context, "folder", root, root, read)


def prepare_target(workspace: Workspace, name: str, kind: str, params: dict[str, Any]) -> str | None:
    """Check that a new project may take a name; clear away what an interrupted import has left.

    Returns:
        The id of the interrupted job that the same request continues, or None.

    Raises:
        ExistsError: the name is taken.
        UsageError: it is no name, or ``add`` names a project that does not exist.
        BusyError: another process holds the project.
    """
    directory = workspace.path(name)
    if params.get("add"):
        return find_unfinished(workspace.get(name), kind, params)
    if is_project(directory):
        job_id, unfinished = None, _is_unfinished(directory)
        # damaged: killed while it was being made, so there is nothing in it to go on with
        with suppress(StorageError, *(() if unfinished else (BusyError,))):
            job_id = find_unfinished(workspace.get(name), kind, params)
        if job_id is not None:
            return job_id  # perhaps with pixels still to be measured, though it can be looked at
        if unfinished:
            workspace.delete(name)
            return None
    workspace.check_free(name)
    return None


def _is_unfinished(directory: Path) -> bool:
    try:
        return read_manifest(directory).state == "importing"
    except StorageError:
        return False


# ------------------------------------------------------------ stages


def open_target(context: JobContext) -> Store:
    """Return the job's project, made if it is new, with the job written into it."""
    name = context.job.project
    if context.params.get("add"):
        store = context.workspace.get(name)
    elif is_project(context.workspace.path(name)):
        store = context.workspace.get(name)
        if not _has_job(store, context.job.id):
            context.workspace.check_free(name)  # another process has made it since the job was asked for
    else:
        store = context.workspace.create(name)
    context.register(store)
    return store


def _has_job(store: Store, job_id: str) -> bool:
    with store.read() as cursor:
        return cursor.execute("SELECT 1 FROM job WHERE id = ?", [job_id]).fetchone() is not None


def take_in(
    context: JobContext,
    kind: str,
    file: Path,
    folder: Path,
    read: Reader,
    *,
    keep: bool = False,
    options: dict[str, Any] | None = None,
) -> dict[str, Any]:
    """Run the stages that every new source goes through.

    Args:
        kind: ``coco``, ``folder``, ``class-folder``, ``csv`` or ``sandbox``.
        file: Where the labels come from.
        folder: What image names are relative to.
        read: Reads the source; is given where to append coordinates.
        keep: Whether a project whose source could not be read stays, to be gone on with.
        options: What a refresh must know beside that to read the source again.

    Returns:
        What the job tells: project, counts, skipped records, warnings, the doctor's report.
    """
    store = open_target(context)
    store.trust.approve_images(folder)
    store.trust.approve_file(file)
    number = _finished_source(store, context.job.id)
    if number is None:
        try:
            if kind != "sandbox":
                check_folder(folder)
            number = _read_and_store(context, store, kind, file, folder, read, options)
        except BaseException:
            if not keep and not context.params.get("add") and not context.goes_on_later:
                context.workspace.delete(context.job.project)  # nothing of it has been committed
            raise
    probe_files(context, store)
    measures = context.params.get("metrics", True)
    if measures:
        measure_geometry(context)
    context.stage("Making the cover")
    make_cover(store)
    store.update_counts()
    store.save_manifest(state="ready")  # from here on the project can be looked at while its pixels are measured
    measured = measure_project(context) if measures else {}
    return _describe(store, number, complete_report(store, number)) | further(measured)


def further(measured: dict[str, Any]) -> dict[str, Any]:
    """Return what an import or refresh tells of its measuring: what went wrong, nothing where all went well."""
    told = {"failed_metrics": measured.get("failed"), "unreachable": measured.get("unreachable")}
    return {key: value for key, value in told.items() if value}


def _finished_source(store: Store, job_id: str) -> int | None:
    """Return the source that an earlier run of the same job has committed."""
    with store.read() as cursor:
        row = cursor.execute(
            "SELECT detail->>'source' FROM history WHERE action = 'import' AND detail->>'job' = ?", [job_id]
        ).fetchone()
    return None if row is None else int(row[0])


def _read_and_store(
    context: JobContext,
    store: Store,
    kind: str,
    file: Path,
    folder: Path,
    read: Reader,
    options: dict[str, Any] | None,
) -> int:
    params = context.params
    with store.write() as cursor:
        with store.append_words(cursor) as words:
            source = read(words.append)
            found = find_files(source.doctor, source.images.file_name, folder)
            how = params.get("files", "in-place")
            [(following,)] = cursor.execute("SELECT coalesce(max(source), -1) + 1 FROM source").fetchall()
            paths = place_files(context, store, found, folder, how, following)
            context.stage("Writing the project")
            number = ingest(
                cursor,
                source,
                kind=kind,
                path=file,
                image_root=folder,
                files=how,
                split=params.get("split"),
                image_paths=paths,
            )
            note_state(store, cursor, number, file, folder, params.get("patterns"), options)
            context.check()
        store.record(
            cursor,
            context.job.started_by,
            "import",
            {"job": context.job.id, "source": number, "kind": kind, "path": str(file)},
        )
    return number


def complete_report(store: Store, number: int) -> Doctor:
    """Add what the image files told to the source's report and store it."""
    with store.write() as cursor:
        doctor = Doctor.load(cursor.execute("SELECT report FROM source WHERE source = ?", [number]).fetchall()[0][0])
        for code, condition in (
            ("missing_file", "status = 1"),
            ("unreadable_file", "status = 2"),
            ("damaged_file", "damaged"),
            ("size_mismatch", "size_mismatch"),
        ):
            _note_files(cursor, doctor, number, code, condition)
        cursor.execute("UPDATE source SET report = ? WHERE source = ?", [doctor.dump(), number])
    return doctor


def _note_files(cursor: Connection, doctor: Doctor, number: int, code: str, condition: str) -> None:
    rows = cursor.execute(
        f"SELECT detail, count(*) OVER () FROM image_file JOIN image i USING (row) "
        f"WHERE i.source = ? AND {condition} ORDER BY row LIMIT 5",
        [number],
    ).fetchall()
    doctor.clear(code)
    for detail, _ in rows:
        doctor.note(code, detail, 0)
    if rows:
        doctor.counts[code] = rows[0][1]


def _describe(store: Store, number: int, doctor: Doctor) -> dict[str, Any]:
    with store.read() as cursor:
        images, annotations, classes = cursor.execute(
            "SELECT (SELECT count(*) FROM image WHERE source = $n),"
            " (SELECT count(*) FROM annotation WHERE source = $n),"
            " (SELECT count(*) FROM class_source WHERE source = $n)",
            {"n": number},
        ).fetchall()[0]
        [(path,)] = cursor.execute("SELECT path FROM source WHERE source = ?", [number]).fetchall()
    loss = doctor.describe_loss(str(resolve_path(store.directory, path)))
    return {
        "project": str(store.directory),
        "images": images,
        "annotations": annotations,
        "classes": classes,
        "skipped": doctor.skipped,
        "warnings": [f for f in doctor.report() if f["severity"] == "warning"],
        "report": doctor.report(),
    } | ({"everything_lost": loss} if loss else {})
