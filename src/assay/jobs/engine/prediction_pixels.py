"""Measures the pixels of a set's predictions, on request: the same pass over pictures that annotations get."""

from __future__ import annotations

import time
from collections.abc import Iterator
from typing import Any

import numpy as np
import orjson
from numpy.typing import NDArray

from assay.errors import UsageError
from assay.jobs.catalogue import Catalogue
from assay.jobs.engine.executors import Unit
from assay.jobs.engine.picture_passes import measure_within_budget
from assay.jobs.engine.picture_work import PictureOptions, PictureResult, PictureTask, measure_pictures
from assay.jobs.engine.pictures import approved_images, left_out_images
from assay.jobs.engine.unreachable import Unreachable
from assay.jobs.manager import JobContext
from assay.metrics.batch import ObjectBatch
from assay.metrics.registry import all_metrics
from assay.project.items import load_objects
from assay.project.predictions import get_set
from assay.project.recipes import Gap, Versions, number_recipe
from assay.project.staging import Columns, Staging
from assay.project.store import Connection, Store, quote
from assay.project.values import stored_keys

LEAST_CONFIDENCE = 0.05  # below it a set holds mostly what its model itself does not believe
_CHUNK_IMAGES = 240  # of which the predictions are read at once
_COMMIT_IMAGES, _COMMIT_S = 1_000, 3.0

_OPTIONS = PictureOptions(images=False, annotations=True, thumbnails=False)


def crop_metrics() -> Versions:
    """Return the metrics that are measured, with their versions."""
    return {m.key: m.version for m in all_metrics() if "prediction" in m.scopes and m.needs == "pixels"}


def check_keys(catalogue: Catalogue, names: list[str]) -> None:
    """Check that metrics which are named are among those measured of predictions; they are measured all together.

    Raises:
        NotFoundError: there is no such metric.
        UsageError: it is not measured of predictions' pixels.
    """
    for name in names:
        if catalogue.find(name).key not in crop_metrics():
            raise UsageError(
                "The metric is not measured of predictions' pixels.",
                item=name[:100],
                expected=", ".join(crop_metrics()),
                actual="another metric",
                hint="What needs no pixels is measured when predictions are imported.",
            )


def measure_prediction_pixels(context: JobContext, name: str, *, again: bool = False) -> dict[str, Any]:
    """Compute the crop metrics of a set's predictions from confidence .05 on, wherever they are missing.

    Args:
        context: The job.
        name: The set's.
        again: Compute them even where they are up to date.

    Returns:
        What the job tells: images whose pixels were read, and the metrics.

    Raises:
        NotFoundError: there is no such set.
    """
    store = context.store
    number, wanted = get_set(store, name).number, crop_metrics()
    if again:
        with store.write() as cursor:
            cursor.execute('DELETE FROM prediction_measured WHERE "set" = ?', [number])
        context.register(store, again=False)  # who resumes the job goes on with what is missing now
    images = _unmeasured(store, number, wanted)
    approved = approved_images(store, images)
    run = _Run(context, store, name, Gap(wanted, number, approved))
    measured = run.run() if len(approved) else 0
    skipped = left_out_images(len(images) - len(approved))
    metrics = [] if skipped and not measured else sorted(wanted)
    told = {"measured": measured, "metrics": metrics, "failed": {}, "skipped": skipped}
    return told | run.unreachable.describe(store)


def _unmeasured(store: Store, number: int, wanted: Versions) -> NDArray[np.int32]:
    """Return int32 rows, rising, of readable images whose predictions of a set lack a metric."""
    with store.read() as cursor:
        recipes = cursor.execute("SELECT recipe, versions FROM recipe").fetchall()
        done = [int(recipe) for recipe, text in recipes if wanted.items() <= orjson.loads(text).items()]
        found = cursor.execute(
            "SELECT DISTINCT p.image FROM prediction p JOIN image_file f ON f.row = p.image "
            'LEFT JOIN prediction_measured m ON m."set" = p."set" AND m.image = p.image '
            'WHERE p."set" = ? AND p.score >= ? AND f.status = 0 '
            "AND (m.recipe IS NULL OR NOT list_contains(?::INTEGER[], m.recipe)) ORDER BY 1",
            [number, LEAST_CONFIDENCE, done],
        ).fetchnumpy()
    return np.ma.getdata(found["image"]).astype(np.int32)


class _Run:
    """One pass over the images whose predictions lack crop metrics.

    Args:
        context: The job.
        store: The project.
        name: The set's.
        gap: The metrics, the set in the place of a recipe, and the images.
    """

    def __init__(self, context: JobContext, store: Store, name: str, gap: Gap) -> None:
        self._context = context
        self._store = store
        self._name = name
        self._gap = gap
        self._number = gap.recipe
        self._keys = list(gap.missing)
        self._staging = Staging(store, "predictions", gap)
        self.unreachable = Unreachable()

    def run(self) -> int:
        """Go on with what an interrupted run has left, or begin; return how many images' pixels were read.

        Raises:
            NotFoundError: the set was removed meanwhile.
        """
        rows = self._gap.rows
        todo = rows[~np.isin(rows, self._staging.done())]
        done = len(rows) - len(todo)
        self._context.stage("Measuring the pixels of predictions", len(rows))
        self._context.progress(done)
        batches = self._batches(todo)
        engine = self._context.engine
        measured = measure_within_budget(engine, measure_pictures, _OPTIONS, batches, len(todo))
        waiting: list[PictureResult] = []
        committed = time.monotonic()
        for results in measured:
            waiting.extend(self.unreachable.set_apart(results))
            done += len(results)
            if len(waiting) >= _COMMIT_IMAGES or (waiting and time.monotonic() - committed > _COMMIT_S):
                self._commit(waiting)
                waiting, committed = [], time.monotonic()
            self._context.progress(done)
        if waiting:
            self._commit(waiting)
        self._context.stage("Writing metrics")
        with self._store.write() as cursor:
            get_set(self._store, self._name)
            self._merge(cursor)
        return len(todo) - self.unreachable.count

    def _batches(self, todo: NDArray[np.int32]) -> Iterator[list[PictureTask]]:
        most = self._context.engine.batch(Unit.PICTURES)
        for start in range(0, len(todo), _CHUNK_IMAGES):
            tasks = self._tasks(todo[start : start + _CHUNK_IMAGES])
            for first in range(0, len(tasks), most):
                yield tasks[first : first + most]

    def _tasks(self, rows: NDArray[np.int32]) -> list[PictureTask]:
        with self._store.read() as cursor:
            cursor.register("chosen_images", {"row": rows})
            files = cursor.execute(
                "SELECT i.row, i.path, f.apply_orientation, i.width, i.height FROM image i "
                "JOIN image_file f USING (row) JOIN chosen_images c USING (row) ORDER BY i.row"
            ).fetchall()
        objects = load_objects(self._store, rows, self._number, LEAST_CONFIDENCE).objects()
        boxes = ObjectBatch(objects).boxes
        bounds = np.searchsorted(objects.image, rows), np.searchsorted(objects.image, rows, side="right")
        return [
            PictureTask(
                row=row,
                path=str(self._store.trust.locate(path)),
                oriented=bool(oriented),
                width=width,
                height=height,
                objects=objects.row[first:last],
                boxes=boxes[first:last],
            )
            for (row, path, oriented, width, height), first, last in zip(files, *bounds, strict=True)
        ]

    def _commit(self, results: list[PictureResult]) -> None:
        predictions: Columns = {"row": np.concatenate([r.objects for r in results]).astype(np.int32)}
        for key in self._keys:
            predictions[key] = np.concatenate(
                [r.object_values.get(key, np.full(len(r.objects), np.nan)) for r in results]
            )
        self._staging.append({"row": np.array([r.row for r in results], dtype=np.int32)}, predictions, [])

    def _merge(self, cursor: Connection) -> None:
        """Take the staged values over into the wide table, which is written anew."""
        images, staged = self._staging.table("image"), self._staging.table("annotation")
        if images is None or staged is None:  # no file could be read
            self._staging.drop(cursor)
            return
        stored = stored_keys(cursor, "prediction")
        kept = [f"old.{quote(key)}" for key in stored if key not in self._keys]
        taken = [
            f"CASE WHEN m.row IS NULL THEN old.{quote(key)} ELSE m.{quote(key)} END AS {quote(key)}"
            if key in stored
            else f"m.{quote(key)}"
            for key in self._keys
        ]
        cursor.execute(
            f"CREATE TABLE metric_next AS SELECT {', '.join(['old.row', *kept, *taken])} FROM prediction_metric old "
            f"LEFT JOIN {staged} m ON m.row = old.row ORDER BY old.row"
        )
        cursor.execute("DROP TABLE prediction_metric")
        cursor.execute("ALTER TABLE metric_next RENAME TO prediction_metric")
        recipe = number_recipe(cursor, self._gap.missing)
        cursor.execute(
            f'DELETE FROM prediction_measured WHERE "set" = ? AND image IN (SELECT row FROM {images})', [self._number]
        )
        cursor.execute(
            f'INSERT INTO prediction_measured ("set", image, recipe) SELECT ?, row, ? FROM {images}',
            [self._number, recipe],
        )
        self._staging.drop(cursor)
