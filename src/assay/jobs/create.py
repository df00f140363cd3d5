"""Make projects: import a dataset of any format of the registry, build a sandbox.

Each job is a row of stages that can be run again: reading commits as one transaction, image files are looked
at and committed batch by batch, metrics are replaced as a whole. A resumed job passes over what is there.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any

from assay.errors import BusyError, StorageError
from assay.formats.doctor import Doctor
from assay.formats.format import KnownIds, Reading
from assay.formats.ingest import ingest
from assay.formats.pause import paused_garbage_collection
from assay.formats.registry import get_format
from assay.formats.source import Source
from assay.jobs.cover import make_cover
from assay.jobs.engine.run import measure_geometry, measure_project
from assay.jobs.files import place_embedded, place_files, probe_files
from assay.jobs.manager import JobContext
from assay.jobs.operating_points import find_operating_points
from assay.jobs.records import find_unfinished
from assay.jobs.sources import check_folder, find_files, load_known_ids, record_state
from assay.project.manifest import is_project, read_manifest
from assay.project.places import resolve_path
from assay.project.store import Connection, Store
from assay.project.workspace import Workspace

Reader = Callable[[Callable[[Any], int]], Source]
OLD_KINDS = {"import-coco": "coco", "import-folder": "folder", "import-csv": "csv", "init": "images"}
"""The kinds of import jobs by format, from before all were of kind ``import``; projects still hold some."""


def import_dataset(context: JobContext) -> dict[str, Any]:
    """Import a dataset as a new project or, with ``add``, into an existing one.

    The job's parameters are ``format``, that format's options, and ``split``, ``add``, ``files`` and ``metrics``.
    """
    key, params = request_of(context.job.kind, context.params)
    dataset_format = get_format(key)
    labels, images = Path(params[dataset_format.labels]), Path(params[dataset_format.images])
    kept: dict[str, Any] = {}

    def read(append: Callable[[Any], int]) -> Source:
        known = KnownIds()
        if dataset_format.ids != "own":
            with context.store.read() as cursor:
                known = load_known_ids(cursor, {})
        reading = Reading(
            labels, images, params, append, known, params.get("split"), context.stage, context.progress, kept
        )
        with paused_garbage_collection():
            return dataset_format.read(reading)

    result = import_source(context, dataset_format.kinds[0], labels, images, read, kept=kept)
    return result | ({"read_as": kept["read_as"]} if "read_as" in kept else {})


def request_of(kind: str, params: dict[str, Any]) -> tuple[str, dict[str, Any]]:
    """Return the format of an import and its other parameters, also of a job of before there was one kind."""
    others = {key: value for key, value in params.items() if key != "format"}
    return str(OLD_KINDS.get(kind) or params["format"]), others


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
        return _find_request(workspace.get(name), kind, params)
    if is_project(directory):
        job_id, unfinished = None, _is_unfinished(directory)
        # damaged: killed while it was being made, so there is nothing in it to go on with
        with suppress(StorageError, *(() if unfinished else (BusyError,))):
            job_id = _find_request(workspace.get(name), kind, params)
        if job_id is not None:
            return job_id  # perhaps with pixels still to be measured, though it can be looked at
        if unfinished:
            workspace.delete(name)
            return None
    workspace.check_free(name)
    return None


def _find_request(store: Store, kind: str, params: dict[str, Any]) -> str | None:
    """Return the id of the interrupted job of the same request, under its kind of today or of before."""
    job_id = find_unfinished(store, kind, params)
    if job_id is None and kind == "import":
        key, others = request_of(kind, params)
        old = [name for name, number in OLD_KINDS.items() if number == key]
        job_id = next((number for name in old if (number := find_unfinished(store, name, others))), None)
    return job_id


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


def import_source(
    context: JobContext,
    kind: str,
    file: Path,
    folder: Path,
    read: Reader,
    *,
    keep: bool = False,
    kept: Mapping[str, Any] | None = None,
) -> dict[str, Any]:
    """Run the stages that every new source goes through.

    Args:
        kind: What the source is called in the project: see :attr:`assay.formats.format.Format.kinds`.
        file: Where the labels come from.
        folder: What image names are relative to.
        read: Reads the source; is given where to append coordinates.
        keep: Whether a project whose source could not be read stays, to be gone on with.
        kept: What a refresh must know beside that to read the source again; complete once it has been read.

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
            number = _read_and_store(context, store, kind, file, folder, read, {} if kept is None else kept)
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
    find_operating_points(context, store)
    return _describe(store, number, complete_report(store, number)) | further(measured)


def further(measured: dict[str, Any]) -> dict[str, Any]:
    """Return the failed metrics and unreachable images of an import or refresh; empty where all went well."""
    problems = {"failed_metrics": measured.get("failed"), "unreachable": measured.get("unreachable")}
    return {key: value for key, value in problems.items() if value}


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
    kept: Mapping[str, Any],
) -> int:
    params = context.params
    with store.write() as cursor:
        with store.append_coordinates(cursor) as coordinates:
            source = read(coordinates.append)
            files = find_files(source.doctor, source.images.file_name, folder)
            how = params.get("files", "in-place")
            [(following,)] = cursor.execute("SELECT coalesce(max(source), -1) + 1 FROM source").fetchall()
            paths = place_files(context, store, files, folder, how, following)
            paths = place_embedded(store, source, paths, following)
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
            record_state(store, cursor, number, file, folder, kept)
            context.check()
        store.record(
            cursor,
            context.job.started_by,
            "import",
            {"job": context.job.id, "source": number, "kind": kind, "path": str(file)},
        )
    return number


def complete_report(store: Store, number: int) -> Doctor:
    """Add the missing, unreadable, damaged and wrongly sized image files to the source's report and store it."""
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
