"""Measures what needs the pixels: plans which images lack what, reads each once, commits as results come back."""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from assay.formats.json_text import load
from assay.jobs.catalogue import Catalogue, clear_problems, note_problems
from assay.jobs.engine.executors import Unit
from assay.jobs.engine.picture_passes import measure_within_budget
from assay.jobs.engine.picture_work import PictureOptions, PictureResult, PictureTask, measure_pictures
from assay.jobs.engine.unreachable import Unreachable
from assay.jobs.engine.whole import DUPLICATES
from assay.jobs.manager import JobContext
from assay.metrics.batch import ObjectBatch
from assay.metrics.custom import AnnotationInfo, ImageInfo
from assay.metrics.definition import Metric
from assay.project.geometry import SHAPE_NAMES
from assay.project.items import chunk_images, load_objects
from assay.project.recipes import Gap, find_gaps, note_measured
from assay.project.source_ids import read_id
from assay.project.staging import Columns, Staging
from assay.project.store import Connection, Store
from assay.project.values import mark_outdated, merge_values

_CHUNK_IMAGES, _CHUNK_OBJECTS = 2_000, 50_000  # of which the records are read at once
_OUTLINED_IMAGES = 240  # of which the coordinates are: several times the size of all else
_COMMIT_IMAGES, _COMMIT_S = 1_000, 3.0


@dataclass
class PixelReport:
    """What a run over pixels has found.

    Attributes:
        measured: Images whose pixels were read.
        failed: Custom metrics that stopped, and why.
        unreachable: Images whose files could not be read, and keep what is known of them.
        left_out: Images in folders that the user has not approved.
    """

    measured: int = 0
    left_out: int = 0
    unreachable: Unreachable = field(default_factory=Unreachable)
    failed: dict[str, str] = field(default_factory=dict)


def pixel_metrics(catalogue: Catalogue) -> list[Metric]:
    """Return the metrics that are computed in a pass over pixels, those that the user has added among them."""
    per_item = [m for m in catalogue.all() if m.needs == "pixels" and m.key != DUPLICATES]
    return [m for m in per_item if not (m.key in catalogue.custom and catalogue.custom[m.key].table)]


def measure_pixels(context: JobContext, catalogue: Catalogue, wanted: list[Metric]) -> PixelReport:
    """Compute pixel metrics, hashes and thumbnails of every readable image that lacks one.

    Args:
        wanted: Of :func:`pixel_metrics`.
    """
    store = context.store
    report = PixelReport()
    for found in find_gaps(store, "pixels", {m.key: m.version for m in wanted}, readable=True):
        gap = replace(found, rows=approved_images(store, found.rows))
        report.left_out += len(found.rows) - len(gap.rows)
        if not len(gap.rows):
            continue
        custom = tuple(c for c in catalogue.custom.values() if c.key in gap.missing)
        built_in = [m for m in wanted if m.key in gap.missing and m.key not in catalogue.custom]
        options = PictureOptions(
            images=any("image" in m.scopes for m in built_in),
            annotations=any("annotation" in m.scopes for m in built_in),
            thumbnails=gap.recipe is None,
            custom=custom,
        )
        keys = {
            "image": [m.key for m in wanted if m.key in gap.missing and "image" in m.scopes],
            "annotation": [m.key for m in wanted if m.key in gap.missing and "annotation" in m.scopes],
        }
        _Run(context, store, gap, options, keys, report).run(catalogue.problems)
    return report


def approved_images(store: Store, rows: NDArray[np.int32]) -> NDArray[np.int32]:
    """Return those of some images, int32 and rising, whose files may be read."""
    with store.read() as cursor:
        cursor.register("chosen_images", {"row": rows})
        found = cursor.execute("SELECT i.row, i.path FROM image i JOIN chosen_images USING (row) ORDER BY 1").fetchall()
    return np.array([row for row, path in found if store.trust.may_read(path)], dtype=np.int32)


def left_out_images(count: int) -> list[str]:
    """Return the sentence that names images which were left out, if there are any."""
    if not count:
        return []
    return [f"{count:,} image{'s lie' if count != 1 else ' lies'} in folders that you have not approved"]


class _Run:
    """One pass over the images that lack the same metrics."""

    def __init__(
        self,
        context: JobContext,
        store: Store,
        gap: Gap,
        options: PictureOptions,
        keys: dict[str, list[str]],
        report: PixelReport,
    ) -> None:
        self._context = context
        self._store = store
        self._gap = gap
        self._options = options
        self._keys = keys
        self._report = report
        self._staging = Staging(store, "pixels", gap)

    def run(self, problems: dict[str, str]) -> None:
        """Go on with what an interrupted run has left, or begin.

        Args:
            problems: Why custom metrics stopped when they were last run, perhaps in the interrupted run.
        """
        total = len(self._gap.rows)
        todo = self._gap.rows[~np.isin(self._gap.rows, self._staging.done())]
        custom = [c.key for c in self._options.custom]
        if len(todo) < total:
            self._report.failed |= {key: problems[key] for key in custom if key in problems}
        elif custom:
            clear_problems(self._store, custom)
        self._context.stage("Measuring pixels", total)
        self._context.progress(total - len(todo))
        # the user's code may run for ever, and only a process can be ended
        batches = self._batches(todo)
        engine = self._context.engine
        measured = measure_within_budget(
            engine, measure_pictures, self._options, batches, len(todo), apart=bool(custom)
        )
        waiting: list[PictureResult] = []
        committed, done = time.monotonic(), total - len(todo)
        for results in measured:
            readable = self._report.unreachable.set_apart(results)
            waiting.extend(readable)
            done += len(results)
            self._report.measured += len(readable)
            if len(waiting) >= _COMMIT_IMAGES or (waiting and time.monotonic() - committed > _COMMIT_S):
                self._commit(waiting)
                waiting, committed = [], time.monotonic()
            self._context.progress(done)
        if waiting:
            self._commit(waiting)
        self._context.stage("Writing metrics")
        with self._store.write() as cursor:
            self._merge(cursor)

    # ------------------------------------------------------------ what goes out

    def _batches(self, todo: NDArray[np.int32]) -> Iterator[list[PictureTask]]:
        chunks = chunk_images(self._store, todo, most_images=_CHUNK_IMAGES, most_objects=_CHUNK_OBJECTS)
        for rows in chunks:
            most = self._context.engine.batch(Unit.PICTURES)
            waiting: list[PictureTask] = []
            for tasks in self._tasks(rows):
                waiting += tasks
                while len(waiting) >= most:
                    yield self._skipping(waiting[:most])
                    del waiting[:most]
            if waiting:
                yield self._skipping(waiting)

    def _skipping(self, tasks: list[PictureTask]) -> list[PictureTask]:
        skipped = frozenset(self._report.failed)
        return [replace(task, skipped=skipped) for task in tasks]

    def _tasks(self, rows: NDArray[np.int32]) -> Iterator[list[PictureTask]]:
        """Yield the tasks of a chunk of images, some at a time."""
        with self._store.read() as cursor:
            cursor.register("chosen_images", {"row": rows})
            files = cursor.execute(
                "SELECT i.row, i.path, f.apply_orientation, i.width, i.height FROM image i "
                "JOIN image_file f USING (row) JOIN chosen_images c USING (row) ORDER BY i.row"
            ).fetchall()
            image_infos = _image_infos(cursor) if self._options.custom else {}
            needs_objects = any(c.scope == "annotation" for c in self._options.custom)
            object_infos = _annotation_infos(cursor) if needs_objects else {}
        table = load_objects(self._store, rows)
        locate = self._store.trust.locate
        for start in range(0, len(rows), _OUTLINED_IMAGES):
            some = rows[start : start + _OUTLINED_IMAGES]
            objects = table.between(some[0], some[-1]).objects()
            boxes = ObjectBatch(objects).boxes
            bounds = np.searchsorted(objects.image, some), np.searchsorted(objects.image, some, side="right")
            tasks = []
            for file, first, last in zip(files[start : start + _OUTLINED_IMAGES], *bounds, strict=True):
                row, path, oriented, width, height = file
                own = slice(int(first), int(last))
                infos = zip(objects.row[own].tolist(), boxes[own].tolist(), strict=True) if object_infos else ()
                tasks.append(
                    PictureTask(
                        row=row,
                        path=str(locate(path)),
                        oriented=bool(oriented),
                        width=width,
                        height=height,
                        objects=objects.row[own],
                        boxes=boxes[own],
                        image_info=image_infos.get(row),
                        annotation_infos=tuple(AnnotationInfo(bbox=_xywh(b), **object_infos[i]) for i, b in infos),
                    )
                )
            yield tasks

    # ------------------------------------------------------------ what comes back

    def _commit(self, results: list[PictureResult]) -> None:
        failed = {
            key: f"image {self._name(result.row)}: {reason}"
            for result in reversed(results)
            for key, reason in result.failures.items()
            if key not in self._report.failed
        }
        if failed:
            self._report.failed |= failed
            note_problems(self._store, failed)
        objects = np.concatenate([r.objects for r in results])
        nothing = {len(r.objects): np.full(len(r.objects), np.nan) for r in results}
        images: Columns = {
            "row": np.array([r.row for r in results], dtype=np.int32),
            "size_bytes": np.array([r.size_bytes for r in results], dtype=np.int64),
            "modified_ns": np.array([r.modified_ns for r in results], dtype=np.int64),
            "damaged": np.array([r.damaged for r in results], dtype=np.bool_),
            "content_hash": [r.content_hash or None for r in results],
            "pixel_hash": [r.pixel_hash or None for r in results],
            "used_bits": np.array([r.used_bits or 0 for r in results], dtype=np.int64),
            "problem": [r.problem for r in results],
        }
        images |= {key: np.array([r.image_values.get(key, np.nan) for r in results]) for key in self._keys["image"]}
        annotations: Columns = {"row": objects.astype(np.int32)}
        for key in self._keys["annotation"]:
            annotations[key] = np.concatenate([r.object_values.get(key, nothing[len(r.objects)]) for r in results])
        self._staging.append(images, annotations, [])
        for result in results:
            if result.thumbnail is not None:
                self._store.thumbnails.put(*result.thumbnail)

    def _name(self, row: int) -> str:
        with self._store.read() as cursor:
            return str(cursor.execute("SELECT file_name FROM image WHERE row = ?", [row]).fetchall()[0][0])

    def _merge(self, cursor: Connection) -> None:
        failed = self._report.failed
        images, annotations = self._staging.table("image"), self._staging.table("annotation")
        gap = replace(self._gap, missing={k: v for k, v in self._gap.missing.items() if k not in failed})
        if images is not None:
            merge_values(cursor, "image", images, [k for k in self._keys["image"] if k not in failed])
            _note_content(cursor, images)
            mark_outdated(cursor, [DUPLICATES])
            note_measured(cursor, "pixels", gap, images)
        if annotations is not None:
            merge_values(cursor, "annotation", annotations, [k for k in self._keys["annotation"] if k not in failed])
        self._staging.drop(cursor)


def _note_content(cursor: Connection, staged: str) -> None:
    """Take over what the files are, and which of them cannot be used."""
    cursor.execute(f"DELETE FROM image_content WHERE row IN (SELECT row FROM {staged})")
    cursor.execute(
        "INSERT INTO image_content SELECT row, size_bytes, modified_ns, content_hash, pixel_hash, "
        f"nullif(used_bits, 0) FROM {staged} WHERE size_bytes >= 0"
    )
    cursor.execute(
        "UPDATE image_file SET status = CASE WHEN s.damaged THEN status ELSE 2 END, "
        "damaged = image_file.damaged OR s.damaged, "
        "detail = CASE WHEN image_file.damaged THEN image_file.detail ELSE i.file_name || ': ' || s.problem END "
        f"FROM {staged} s JOIN image i ON i.row = s.row WHERE s.row = image_file.row AND s.problem IS NOT NULL"
    )


def _image_infos(cursor: Connection) -> dict[int, ImageInfo]:
    """Return what custom metrics are told of the images of ``chosen_images``."""
    rows = cursor.execute(
        "SELECT i.row, i.source_id, i.source_key, i.file_name, i.width, i.height, i.split, i.extra "
        "FROM image i JOIN chosen_images c USING (row)"
    ).fetchall()
    return {
        row: ImageInfo(read_id(number, text), name, width, height, split, load(extra or "{}"))
        for row, number, text, name, width, height, split, extra in rows
    }


def _annotation_infos(cursor: Connection) -> dict[int, dict[str, Any]]:
    rows = cursor.execute(
        "SELECT a.row, a.source_id, a.source_key, k.name, a.shape, a.crowd, a.extra FROM annotation a "
        "JOIN chosen_images c ON c.row = a.image LEFT JOIN class k ON k.row = a.class"
    ).fetchall()
    return {
        row: {
            "id": read_id(number, text),
            "class_name": name,
            "shape": SHAPE_NAMES[shape],
            "crowd": crowd,
            "attr": load(extra or "{}"),
        }
        for row, number, text, name, shape, crowd, extra in rows
    }


def _xywh(box: list[float]) -> tuple[float, float, float, float]:
    return box[0], box[1], box[2] - box[0], box[3] - box[1]
