"""A pass over pixels: each image is read once, values are committed as they come, and merged at the end."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import ClassVar

import numpy as np
from numpy.typing import NDArray

from assay.jobs.engine.executors import Unit
from assay.jobs.engine.picture_passes import Measure, measure_within_budget
from assay.jobs.engine.picture_work import PictureOptions, PictureResult, PictureTask
from assay.jobs.engine.stage import Measuring
from assay.media.location import Roots, locate_below
from assay.metrics.batch import ObjectBatch
from assay.project.items import chunk_images, load_objects
from assay.project.metric_versions import MetricVersions, MissingMetrics, find_missing, record_measured
from assay.project.staging import Columns, Staging
from assay.project.store import Connection, Store
from assay.project.values import Scope, merge_values

_CHUNK_IMAGES, _CHUNK_OBJECTS = 2_000, 50_000  # of which the records are read at once
_OUTLINED_IMAGES = 240  # of which the coordinates are: several times the size of all else
_COMMIT_IMAGES, _COMMIT_S = 1_000, 3.0


class PixelPass:
    """One pass over images that lack the same metrics: what a stage measures otherwise, it says in a class of its own.

    Args:
        measuring: The run.
        stage: Key of the stage, or of what else is staged.
        missing: The metrics to compute, and of which images.
        keys: Those with values of images and those with values of objects.
        options: What the processes are told once.
        apart: Whether even few images are measured in processes of their own: the user's code may run for ever, and
            only a process can be ended.
    """

    title: ClassVar[str] = "Measuring pixels"
    prediction_set: int | None = None
    """Whose objects are measured: those of a set of predictions, or the annotations."""
    least_confidence: float = 0.0

    def __init__(
        self,
        measuring: Measuring,
        stage: str,
        missing: MissingMetrics,
        keys: dict[Scope, list[str]],
        options: PictureOptions,
        *,
        apart: bool = False,
    ) -> None:
        self.measuring = measuring
        self.store: Store = measuring.store
        self.missing = missing
        self.staging = Staging(self.store, stage, missing)
        self._stage = stage
        self._keys = keys
        self._options = replace(options, roots=image_roots(self.store))
        self._apart = apart

    # ------------------------------------------------------------ what a stage may say

    @property
    def measure(self) -> Measure:
        """A function of a module that measures pictures, in another process mostly."""
        raise NotImplementedError

    def load_infos(self, cursor: Connection) -> None:
        """Read the infos for :meth:`add_infos` of the images of ``chosen_images``; none unless a stage overrides it."""

    def add_infos(self, tasks: list[PictureTask]) -> list[PictureTask]:
        """Return the tasks with the infos that only this stage's functions get; unchanged unless overridden."""
        return tasks

    def image_columns(self, _results: list[PictureResult]) -> Columns:
        """Return further columns that are staged of each picture; none unless a stage overrides it."""
        return {}

    def commit(self, results: list[PictureResult]) -> None:
        """Put the values of some pictures into the staging tables."""
        images: Columns = {"row": np.array([r.row for r in results], dtype=np.int32)} | self.image_columns(results)
        for key in self._keys["image"]:
            images[key] = np.array([r.image_values.get(key, np.nan) for r in results])
        objects: Columns = {"row": np.concatenate([r.objects for r in results]).astype(np.int32)}
        nothing = {len(r.objects): np.full(len(r.objects), np.nan) for r in results}
        for key in self._keys["annotation"]:
            objects[key] = np.concatenate([r.object_values.get(key, nothing[len(r.objects)]) for r in results])
        self.staging.append(images, objects, [])

    def merge(self, cursor: Connection) -> None:
        """Take over the staged values, in the running transaction."""
        failed = self.measuring.failed
        images, annotations = self.staging.table("image"), self.staging.table("annotation")
        if images is not None:
            merge_values(cursor, "image", images, [key for key in self._keys["image"] if key not in failed])
            versions = {key: version for key, version in self.missing.versions.items() if key not in failed}
            record_measured(cursor, self._stage, replace(self.missing, versions=versions), images)
        if annotations is not None:
            merge_values(cursor, "annotation", annotations, [k for k in self._keys["annotation"] if k not in failed])

    # ------------------------------------------------------------ what all stages do

    def run(self) -> NDArray[np.int32]:
        """Go on with what an interrupted pass has left, or begin; return rows of the images that were read, rising."""
        context, rows = self.measuring.context, self.missing.rows
        todo = rows[~np.isin(rows, self.staging.staged_rows())]
        done = len(rows) - len(todo)
        context.stage(self.title, len(rows))
        context.progress(done)
        waiting: list[PictureResult] = []
        rows_read: list[int] = []
        committed = time.monotonic()
        for results in measure_within_budget(
            context.engine, self.measure, self._options, self._batches(todo), len(todo), apart=self._apart
        ):
            readable = self.measuring.unreachable.set_apart(results)
            waiting += readable
            rows_read += [result.row for result in readable]
            done += len(results)
            if len(waiting) >= _COMMIT_IMAGES or (waiting and time.monotonic() - committed > _COMMIT_S):
                self.commit(waiting)
                waiting, committed = [], time.monotonic()
            context.progress(done)
        if waiting:
            self.commit(waiting)
        context.stage("Writing metrics")
        with self.store.write() as cursor:
            self.merge(cursor)
            self.staging.drop(cursor)
        return np.array(sorted(rows_read), dtype=np.int32)

    def _batches(self, todo: NDArray[np.int32]) -> Iterator[list[PictureTask]]:
        most = self.measuring.context.engine.batch(Unit.PICTURES)
        for rows in chunk_images(
            self.store,
            todo,
            most_images=_CHUNK_IMAGES,
            most_objects=_CHUNK_OBJECTS,
            prediction_set=self.prediction_set,
        ):
            waiting: list[PictureTask] = []
            for tasks in self._tasks(rows):
                waiting += tasks
                while len(waiting) >= most:
                    yield self.add_infos(waiting[:most])
                    del waiting[:most]
            if waiting:
                yield self.add_infos(waiting)

    def _tasks(self, rows: NDArray[np.int32]) -> Iterator[list[PictureTask]]:
        """Yield the tasks of a chunk of images, some at a time."""
        with self.store.read() as cursor:
            cursor.register("chosen_images", {"row": rows})
            files = cursor.execute(
                "SELECT i.row, i.path, f.apply_orientation, i.width, i.height FROM image i "
                "JOIN image_file f USING (row) JOIN chosen_images c USING (row) ORDER BY i.row"
            ).fetchall()
            self.load_infos(cursor)
        table = load_objects(self.store, rows, self.prediction_set, self.least_confidence)
        locate = self.store.trust.locate
        for start in range(0, len(rows), _OUTLINED_IMAGES):
            some = rows[start : start + _OUTLINED_IMAGES]
            objects = table.between(some[0], some[-1]).objects()
            boxes = ObjectBatch(objects).boxes
            bounds = np.searchsorted(objects.image, some), np.searchsorted(objects.image, some, side="right")
            yield [
                PictureTask(
                    row=row,
                    location=locate_below(str(locate(path)), self._options.roots),
                    oriented=bool(oriented),
                    width=width,
                    height=height,
                    objects=objects.row[first:last],
                    boxes=boxes[first:last],
                )
                for (row, path, oriented, width, height), first, last in zip(
                    files[start : start + _OUTLINED_IMAGES], *bounds, strict=True
                )
            ]


def measure_missing(
    measuring: Measuring, stage: str, versions: MetricVersions, start: Callable[[MissingMetrics], PixelPass]
) -> None:
    """Pass over every readable image that lacks one of the wanted metrics, and that the user lets be read.

    Args:
        measuring: The run; takes up which images were read and which were not.
        stage: Key of the stage.
        versions: The metrics, with their versions.
        start: Returns the pass over images that lack the same metrics.
    """
    for missing in find_missing(measuring.store, stage, versions, readable=True):
        rows = approved_images(measuring.store, missing.rows)
        measuring.left_out = np.union1d(measuring.left_out, np.setdiff1d(missing.rows, rows))
        if len(rows):
            measuring.rows_read = np.union1d(measuring.rows_read, start(replace(missing, rows=rows)).run())


def image_roots(store: Store) -> Roots:
    """Return the roots that the locations of a project's images name, and where they lie: itself, and its sources'."""
    with store.read() as cursor:
        sources = cursor.execute("SELECT source, image_root FROM source").fetchall()
    here = store.directory.as_posix()
    return {"project": here} | {
        f"source-{number}": os.path.join(here, root).replace(os.sep, "/")  # noqa: PTH118 - as images' paths are joined
        for number, root in sources
    }


def approved_images(store: Store, rows: NDArray[np.int32]) -> NDArray[np.int32]:
    """Return the images, int32 and rising, whose files the user lets be read."""
    with store.read() as cursor:
        cursor.register("chosen_images", {"row": rows})
        files = cursor.execute("SELECT i.row, i.path FROM image i JOIN chosen_images USING (row) ORDER BY 1").fetchall()
    return np.array([row for row, path in files if store.trust.may_read(path)], dtype=np.int32)


def left_out_images(count: int) -> list[str]:
    """Return the sentence that names images which were left out, if there are any."""
    if not count:
        return []
    return [f"{count:,} image{'s lie' if count != 1 else ' lies'} in folders that you have not approved"]
