"""The stage that needs pixels: metrics of images and crops, hashes, thumbnails, and the user's own metrics."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np

from assay.formats.json_text import load
from assay.jobs.catalogue import Catalogue, clear_problems, record_problems
from assay.jobs.disk import retry_files
from assay.jobs.engine.aggregate import DUPLICATES, are_outdated, count_duplicates
from assay.jobs.engine.picture_passes import Measure
from assay.jobs.engine.picture_work import PictureOptions, PictureResult, PictureTask, measure_pictures
from assay.jobs.engine.pixel_pass import PixelPass, measure_missing
from assay.jobs.engine.stage import Measuring, Stage
from assay.metrics.custom import AnnotationInfo, ImageInfo
from assay.metrics.definition import Metric
from assay.metrics.registry import keys_measured_by
from assay.project.geometry import SHAPE_NAMES
from assay.project.metric_versions import MissingMetrics
from assay.project.source_ids import read_id
from assay.project.staging import Columns
from assay.project.store import Connection
from assay.project.values import Scope, mark_outdated

_KEY = "pixels"


def pixel_metrics(catalogue: Catalogue) -> list[Metric]:
    """Return the metrics of this stage, those of single items that the user has added among them."""
    own = keys_measured_by("measure_picture", "measure_crops") | {DUPLICATES}
    own |= {key for key, custom in catalogue.custom.items() if custom.metric.needs == "pixels" and not custom.table}
    return [m for m in catalogue.all() if m.key in own]


def measure_pixels(measuring: Measuring, metrics: list[Metric]) -> None:
    """Compute metrics, hashes and thumbnails of every readable image that lacks one; then count duplicates.

    The built-in metrics of a scope cost little more together than one of them does, so all are computed of which one
    is chosen.
    """
    store, catalogue = measuring.store, measuring.catalogue
    complete = _complete_scopes(metrics, catalogue)
    retry_files(measuring.context, store)
    measure_missing(
        measuring, _KEY, {m.key: m.version for m in complete}, lambda missing: _start(measuring, complete, missing)
    )
    if len(measuring.left_out) and not len(measuring.rows_read):
        measuring.keys -= {m.key for m in complete}
    if are_outdated(store, "image", [catalogue.get(DUPLICATES)]):
        count_duplicates(store)


def _complete_scopes(metrics: list[Metric], catalogue: Catalogue) -> list[Metric]:
    """Return the user's metrics among some, and all built-in ones of each scope of which one is among them."""
    scopes = {scope for m in metrics if m.key not in catalogue.custom for scope in m.scopes}
    own = {m.key for m in metrics}
    return [
        m
        for m in pixel_metrics(catalogue)
        if m.key != DUPLICATES and (m.key in own or (m.key not in catalogue.custom and scopes & set(m.scopes)))
    ]


def _start(measuring: Measuring, metrics: list[Metric], missing: MissingMetrics) -> PixelPass:
    catalogue = measuring.catalogue
    lacking = [m for m in metrics if m.key in missing.versions]
    built_in = [m for m in lacking if m.key not in catalogue.custom]
    options = PictureOptions(
        images=any("image" in m.scopes for m in built_in),
        annotations=any("annotation" in m.scopes for m in built_in),
        thumbnails=missing.present is None,
        custom=tuple(c for c in catalogue.custom.values() if c.key in missing.versions),
    )
    keys: dict[Scope, list[str]] = {
        "image": [m.key for m in lacking if "image" in m.scopes],
        "annotation": [m.key for m in lacking if "annotation" in m.scopes],
    }
    return _ImagePass(measuring, missing, keys, options)


class _ImagePass(PixelPass):
    """The pass of this stage."""

    def __init__(
        self, measuring: Measuring, missing: MissingMetrics, keys: dict[Scope, list[str]], options: PictureOptions
    ) -> None:
        super().__init__(measuring, _KEY, missing, keys, options, apart=bool(options.custom))
        self._custom = options.custom
        self._image_infos: dict[int, ImageInfo] = {}
        self._annotation_infos: dict[int, dict[str, Any]] = {}
        custom = [c.key for c in options.custom]
        if len(self.staging.staged_rows()):  # why they stopped in the interrupted pass
            problems = measuring.catalogue.problems
            measuring.failed |= {key: problems[key] for key in custom if key in problems}
        elif custom:
            clear_problems(self.store, custom)

    @property
    def measure(self) -> Measure:
        """See :class:`PixelPass`."""
        return measure_pictures

    # ------------------------------------------------------------ what goes out

    def load_infos(self, cursor: Connection) -> None:
        """Read the records of images and annotations that custom metrics get."""
        if self._custom:
            self._image_infos = _image_infos(cursor)
        if any(c.scope == "annotation" for c in self._custom):
            self._annotation_infos = _annotation_infos(cursor)

    def add_infos(self, tasks: list[PictureTask]) -> list[PictureTask]:
        """Add the records that custom metrics get, and the keys of those that have failed until now."""
        if not self._custom:
            return tasks
        skipped = frozenset(self.measuring.failed)
        return [
            replace(
                task,
                image_info=self._image_infos.get(task.row),
                annotation_infos=self._describe_objects(task),
                skipped=skipped,
            )
            for task in tasks
        ]

    def _describe_objects(self, task: PictureTask) -> tuple[AnnotationInfo, ...]:
        if not self._annotation_infos:
            return ()
        objects = zip(task.objects.tolist(), task.boxes.tolist(), strict=True)
        return tuple(AnnotationInfo(bbox=_xywh(box), **self._annotation_infos[row]) for row, box in objects)

    # ------------------------------------------------------------ what comes back

    def image_columns(self, results: list[PictureResult]) -> Columns:
        """Return size, time, hashes, bit depth and problem of each file, by column."""
        return {
            "size_bytes": np.array([r.size_bytes for r in results], dtype=np.int64),
            "modified_ns": np.array([r.modified_ns for r in results], dtype=np.int64),
            "damaged": np.array([r.damaged for r in results], dtype=np.bool_),
            "content_hash": [r.content_hash or None for r in results],
            "pixel_hash": [r.pixel_hash or None for r in results],
            "used_bits": np.array([r.used_bits or 0 for r in results], dtype=np.int64),
            "problem": [r.problem for r in results],
        }

    def commit(self, results: list[PictureResult]) -> None:
        """Stage the values, store thumbnails, and write down which custom metrics have failed."""
        reported = self.measuring.failed
        failed = {
            key: f"image {self._name(result.row)}: {reason}"
            for result in reversed(results)
            for key, reason in result.failures.items()
            if key not in reported
        }
        if failed:
            reported |= failed
            record_problems(self.store, failed)
        super().commit(results)
        for result in results:
            if result.thumbnail is not None:
                self.store.thumbnails.put(*result.thumbnail)

    def _name(self, row: int) -> str:
        with self.store.read() as cursor:
            return str(cursor.execute("SELECT file_name FROM image WHERE row = ?", [row]).fetchall()[0][0])

    def merge(self, cursor: Connection) -> None:
        """Take over the values, the files' records, and which files cannot be used."""
        super().merge(cursor)
        images = self.staging.table("image")
        if images is not None:
            _note_content(cursor, images)
            mark_outdated(cursor, [DUPLICATES])


STAGE = Stage(_KEY, needs="pixels", metrics=pixel_metrics, run=measure_pixels)


def _note_content(cursor: Connection, staged: str) -> None:
    """Take over the files' records, and which files cannot be used."""
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
    """Return the records that custom metrics get of the images of ``chosen_images``."""
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
