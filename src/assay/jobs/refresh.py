"""``assay refresh``: what changed in the annotation file or on disk comes into the project, and no more is computed."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import orjson
from numpy.typing import NDArray

from assay.errors import InputError, UntrustedError
from assay.formats.format import Format, KnownIds, Reading
from assay.formats.ingest import ingest
from assay.formats.pause import paused_garbage_collection
from assay.formats.registry import format_of_kind
from assay.formats.source import Source
from assay.jobs.catalogue import Catalogue
from assay.jobs.cover import make_cover
from assay.jobs.create import complete_report, further
from assay.jobs.disk import blank_pixels, copy_again, find_lost_files, is_away, look_at_files
from assay.jobs.engine.aggregate import whole_table_keys
from assay.jobs.engine.pixel_pass import left_out_images
from assay.jobs.engine.run import measure_project
from assay.jobs.files import place_embedded, place_files, probe_files
from assay.jobs.manager import JobContext
from assay.jobs.operating_points import find_operating_points
from assay.jobs.sources import check_folder, find_files, hash_file, load_known_ids, record_state
from assay.project.coordinates import GeometryReader
from assay.project.operating_points import forget_computed_points
from assay.project.places import resolve_path, store_paths
from assay.project.reconcile import MOST_CONFLICTS, Changes, Reconciled, reconcile
from assay.project.store import Connection, Store
from assay.project.values import mark_outdated, stored_keys
from assay.project.vocabulary import FileStatus


@dataclass(frozen=True)
class _Source:
    """A source as the project has it."""

    number: int
    kind: str
    path: Path
    root: Path
    files: str
    split: str | None
    content_hash: str | None
    kept: dict[str, Any]

    @property
    def format(self) -> Format:
        return format_of_kind(self.kind)


def refresh(context: JobContext) -> dict[str, Any]:
    """Bring a project in line with its annotation files and images.

    Returns:
        What the job tells: ``images`` and ``annotations`` new, changed and removed, ``measured``, ``conflicts``.

    Raises:
        InputError: An annotation file or images folder is gone or cannot be read; nothing is changed.
    """
    store = context.workspace.get(context.job.project)
    context.register(store)
    sources, skipped = _approved_sources(store, _load_sources(store))
    for source in sources:
        _check(store, source)
    image, annotation = Changes(), Changes()
    changed: list[NDArray[np.int32]] = []
    conflicts: list[dict[str, Any]] = []
    conflict_count = 0
    for source in sources:
        changes = _refresh_source(context, store, source)
        for total, own in ((image, changes.image), (annotation, changes.annotation)):
            total.new += own.new
            total.removed += own.removed
            total.changed += own.changed
        changed.append(changes.images)
        conflicts += changes.conflicts
        conflict_count += changes.conflict_count
        find_lost_files(context, store, source.number, source.root, source.files)
        if source.files == "copy":
            copy_again(store, source.number, source.root)
    with store.read() as cursor:
        paths = cursor.execute("SELECT path FROM image").fetchall()
    skipped += left_out_images(sum(not store.trust.may_read(path) for (path,) in paths))
    changed.append(look_at_files(context, store))
    others = np.unique(np.concatenate(changed))
    image.changed = len(others)
    probe_files(context, store)
    measuring = _measure(context, store, blank=bool(len(others)))
    for source in sources:
        complete_report(store, source.number)
    if image or annotation:
        context.stage("Making the cover")
        make_cover(store)
        store.update_counts()
        with store.write() as cursor:
            forget_computed_points(cursor)
        find_operating_points(context, store)
    with store.read() as cursor:
        [(missing,)] = cursor.execute(
            "SELECT count(*) FROM image_file WHERE status = ?", [int(FileStatus.MISSING)]
        ).fetchall()
    return {
        "project": str(store.directory),
        "images": {"new": image.new, "changed": image.changed, "removed": image.removed, "missing": missing},
        "annotations": {"new": annotation.new, "changed": annotation.changed, "removed": annotation.removed},
        "measured": measuring["measured"],
        "conflicts": conflicts[:MOST_CONFLICTS],
        "conflict_count": conflict_count,
        "skipped": skipped + [text for text in measuring["skipped"] if text not in skipped],
    } | further(measuring)


def _load_sources(store: Store) -> list[_Source]:
    with store.read() as cursor:
        rows = cursor.execute(
            "SELECT source, kind, path, image_root, files, split, content_hash, patterns, options FROM source "
            "ORDER BY source"
        ).fetchall()
    return [
        _Source(
            number,
            kind,
            resolve_path(store.directory, path),
            resolve_path(store.directory, root),
            files,
            split,
            content_hash,
            orjson.loads(options or "{}") | {"patterns": orjson.loads(patterns or "[]")},
        )
        for number, kind, path, root, files, split, content_hash, patterns, options in rows
    ]


def _approved_sources(store: Store, sources: list[_Source]) -> tuple[list[_Source], list[str]]:
    """Return the sources that may be read, and messages about the others.

    Raises:
        UntrustedError: There are sources, and the user has approved none.
    """
    trust = store.trust
    approved = [
        s
        for s in sources
        if trust.may_read_images(s.root)
        and (s.format.is_folder or trust.may_read_file(s.path, leads_on=s.format.leads_on))
    ]
    refused = [source for source in sources if source not in approved]
    if refused and not approved:
        raise UntrustedError(
            "You have not approved that the project's source is read.",
            item=str(refused[0].path),
            expected="an annotation file and a folder of images that you have imported or approved",
            actual=f"they came with the project: images in {refused[0].root}",
            hint=f"Look at what the project asks for: assay project trust -t {store.directory}",
        )
    return approved, [f"source {s.number}: you have not approved that {s.path} is read" for s in refused]


def _check(store: Store, source: _Source) -> None:
    """Refuse to take an unmounted disk for one from which everything was removed."""
    check_folder(source.root, hint="Put it back, or name its new place: assay project relocate --images DIR")
    with store.read() as cursor:
        paths = cursor.execute(
            "SELECT i.path FROM image i JOIN image_file f USING (row) WHERE i.source = ? AND f.status = 0 ORDER BY row",
            [source.number],
        ).fetchall()
    there = (store.trust.may_read(path) and store.trust.locate(path).exists() for (path,) in paths)
    if len(paths) > 1 and not any(there):
        raise InputError(
            "None of the image files is there any more; nothing has been changed.",
            item=str(source.root),
            expected=f"at least one of {len(paths):,} files",
            actual=f"not even {paths[0][0]}",
            hint="Is the folder on a disk that is not mounted? If it has moved: assay project relocate --images DIR",
        )
    if not source.format.has_labels(source.path):
        raise InputError(
            "The annotation file that the project was made from is gone.",
            item=str(source.path),
            expected="the file" if source.format.in_one_file else "the file or folder",
            actual="nothing there",
            hint="Put it back, or name its new place: assay project relocate --annotations FILE",
        )


def _refresh_source(context: JobContext, store: Store, source: _Source) -> Reconciled:
    if source.format.in_one_file and hash_file(source.path) == source.content_hash:
        return Reconciled()
    with store.write() as cursor:
        with store.append_coordinates(cursor) as coordinates:
            labels = _read(context, cursor, source, coordinates.append)
            _refuse_loss(source, labels)
            paths = _find_paths(context, store, cursor, source, labels)
            context.stage("Comparing")
            number = ingest(
                cursor,
                labels,
                kind=source.kind,
                path=source.path,
                image_root=source.root,
                files=source.files,
                split=source.split,
                image_paths=paths,
            )
            record_state(store, cursor, number, source.path, source.root, source.kept)
            reader = GeometryReader(store.directory, coordinates.close())
            follows = source.format.ids == "content"
            reconciled = reconcile(cursor, reader, source.number, number, follows_files=follows)
            context.check()
        detail = {
            "source": source.number,
            "images": vars(reconciled.image),
            "annotations": vars(reconciled.annotation),
            "conflicts": reconciled.conflicts,
        }
        if reconciled.image or reconciled.annotation:
            mark_outdated(cursor, whole_table_keys(Catalogue(store)))
            store.record(cursor, context.job.started_by, "refresh", detail)
    return reconciled


def _refuse_loss(source: _Source, labels: Source) -> None:
    """Refuse to take a file whose annotations can none be read any more for one from which they were removed."""
    loss = labels.doctor.describe_loss(str(source.path))
    if loss:
        raise InputError(
            f"{loss[:300]} The project is as it was.",
            item=str(source.path),
            expected="annotations of its images and categories",
            actual=", ".join(f"{count:,} × {code}" for code, count in labels.doctor.skipped.items()) or "none",
        )


def _read(context: JobContext, cursor: Connection, source: _Source, append: Callable[[Any], int]) -> Source:
    """Read a source as it is now; items that the source does not number keep the ids of before."""
    known_ids = KnownIds()
    if source.format.ids != "own":
        known_ids = load_known_ids(cursor, _image_numbers(cursor, source))
    reading = Reading(
        source.path, source.root, source.kept, append, known_ids, stage=context.stage, progress=context.progress
    )
    with paused_garbage_collection():
        return source.format.read(reading)


def _image_numbers(cursor: Connection, source: _Source) -> dict[str, int]:
    """Return the ids of a source's images by name; one whose file has another name now may keep its id under that."""
    rows = cursor.execute(
        "SELECT i.file_name, i.source_id, c.size_bytes, c.content_hash FROM image i "
        "LEFT JOIN image_content c USING (row) WHERE i.source = ? ORDER BY i.row",
        [source.number],
    ).fetchall()
    number_of = {name: number for name, number, _, _ in rows}
    if source.format.ids == "name":
        return number_of
    missing = {
        (size, content): (name, number)
        for name, number, size, content in reversed(rows)
        if content is not None and not (source.root / name).is_file()
    }
    if not missing:
        return number_of
    sizes = {size for size, _ in missing}
    for path in sorted(p for p in source.root.rglob("*") if p.is_file()):
        name = path.relative_to(source.root).as_posix()
        if name in number_of or path.stat().st_size not in sizes:
            continue
        moved = missing.pop((path.stat().st_size, hash_file(path)), None)
        if moved is not None:
            del number_of[moved[0]]
            number_of[name] = moved[1]
    return number_of


def _find_paths(
    context: JobContext, store: Store, cursor: Connection, source: _Source, labels: Source
) -> list[str | None]:
    """Find the images' files; those that lie in the project already are not copied or linked again."""
    names = labels.images.file_name
    files = find_files(labels.doctor, names, source.root)
    placed = dict(
        cursor.execute(
            "SELECT file_name, path FROM image WHERE source = ? AND path IS NOT NULL", [source.number]
        ).fetchall()
    )
    if source.files == "in-place":
        away = {name for name, path in placed.items() if is_away(store.directory / path)}
        now = store_paths(store.directory, files)
        paths = [placed[name] if name in away else path for name, path in zip(names, now, strict=True)]
        return place_embedded(store, labels, paths, source.number)
    new = [None if name in placed else file for name, file in zip(names, files, strict=True)]
    paths = place_files(context, store, new, source.root, source.files, source.number)
    places = [placed.get(name, path) for name, path in zip(names, paths, strict=True)]
    return place_embedded(store, labels, places, source.number)


def _measure(context: JobContext, store: Store, *, blank: bool) -> dict[str, Any]:
    """Compute the metrics that the project has, wherever they are missing now.

    Args:
        blank: Whether an image may have lost its file.
    """
    catalogue = Catalogue(store)
    with store.read() as cursor:
        stored = {*stored_keys(cursor, "image"), *stored_keys(cursor, "annotation")}
    if blank:
        blank_pixels(store, {m.key for m in catalogue.all() if m.needs == "pixels"})
    computable = {metric.key for metric in catalogue.all()}
    if not stored & computable:
        return {"measured": 0, "failed": {}, "skipped": []}
    return measure_project(context, stored & computable)
