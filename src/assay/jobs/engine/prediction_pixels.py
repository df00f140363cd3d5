"""Measures the pixels of a set's predictions, on request: the same pass over pictures that annotations get."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from assay.errors import UsageError
from assay.jobs.catalogue import Catalogue
from assay.jobs.engine.picture_passes import Measure
from assay.jobs.engine.picture_work import PictureOptions, measure_pictures
from assay.jobs.engine.pixel_pass import PixelPass, approved_images, left_out_images
from assay.jobs.engine.stage import Measuring
from assay.jobs.manager import JobContext
from assay.metrics.registry import all_metrics
from assay.project.metric_versions import MetricVersions, MissingMetrics, complete_numbers, number_versions
from assay.project.predictions import get_set
from assay.project.store import Connection, Store, quote
from assay.project.values import stored_keys

LEAST_CONFIDENCE = 0.05  # below it a set holds mostly what its model itself does not believe

_OPTIONS = PictureOptions(images=False, annotations=True, thumbnails=False)


def crop_metrics() -> MetricVersions:
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
    number, versions = get_set(store, name).number, crop_metrics()
    if again:
        with store.write() as cursor:
            cursor.execute('DELETE FROM prediction_measured WHERE "set" = ?', [number])
        context.register(store, again=False)  # who resumes the job goes on with what is missing now
    images = _unmeasured(store, number, versions)
    approved = approved_images(store, images)
    measuring = Measuring(context, Catalogue(store))
    if len(approved):
        measuring.rows_read = _PredictionPass(measuring, name, MissingMetrics(versions, number, approved)).run()
    count = len(measuring.rows_read)
    skipped = left_out_images(len(images) - len(approved))
    metrics = [] if skipped and not count else sorted(versions)
    report = {"measured": count, "metrics": metrics, "failed": {}, "skipped": skipped}
    return report | measuring.unreachable.describe(store)


def _unmeasured(store: Store, number: int, versions: MetricVersions) -> NDArray[np.int32]:
    """Return int32 rows, rising, of readable images whose predictions of a set lack a metric."""
    with store.read() as cursor:
        columns = cursor.execute(
            "SELECT DISTINCT p.image FROM prediction p JOIN image_file f ON f.row = p.image "
            'LEFT JOIN prediction_measured m ON m."set" = p."set" AND m.image = p.image '
            'WHERE p."set" = ? AND p.score >= ? AND f.status = 0 '
            "AND (m.recipe IS NULL OR NOT list_contains(?::INTEGER[], m.recipe)) ORDER BY 1",
            [number, LEAST_CONFIDENCE, complete_numbers(cursor, versions)],
        ).fetchnumpy()
    return np.ma.getdata(columns["image"]).astype(np.int32)


class _PredictionPass(PixelPass):
    """One pass over the images whose predictions lack crop metrics.

    Args:
        measuring: The run.
        name: The set's.
        missing: The metrics, as present versions the number of the set, and the images.
    """

    title = "Measuring the pixels of predictions"
    least_confidence = LEAST_CONFIDENCE

    def __init__(self, measuring: Measuring, name: str, missing: MissingMetrics) -> None:
        super().__init__(
            measuring, "predictions", missing, {"image": [], "annotation": list(missing.versions)}, _OPTIONS
        )
        self._name = name
        self.prediction_set = missing.present

    @property
    def measure(self) -> Measure:
        """See :class:`PixelPass`."""
        return measure_pictures

    def merge(self, cursor: Connection) -> None:
        """Take the staged values over into the wide table of predictions, which is written anew.

        Raises:
            NotFoundError: The set was removed meanwhile.
        """
        get_set(self.store, self._name)
        images, staged = self.staging.table("image"), self.staging.table("annotation")
        if images is None or staged is None:  # no file could be read
            return
        keys, stored = list(self.missing.versions), stored_keys(cursor, "prediction")
        old = [f"old.{quote(key)}" for key in stored if key not in keys]
        new = [
            f"CASE WHEN m.row IS NULL THEN old.{quote(key)} ELSE m.{quote(key)} END AS {quote(key)}"
            if key in stored
            else f"m.{quote(key)}"
            for key in keys
        ]
        cursor.execute(
            f"CREATE TABLE metric_next AS SELECT {', '.join(['old.row', *old, *new])} FROM prediction_metric old "
            f"LEFT JOIN {staged} m ON m.row = old.row ORDER BY old.row"
        )
        cursor.execute("DROP TABLE prediction_metric")
        cursor.execute("ALTER TABLE metric_next RENAME TO prediction_metric")
        number = number_versions(cursor, self.missing.versions)
        cursor.execute(
            f'DELETE FROM prediction_measured WHERE "set" = ? AND image IN (SELECT row FROM {images})',
            [self.prediction_set],
        )
        cursor.execute(
            f'INSERT INTO prediction_measured ("set", image, recipe) SELECT ?, row, ? FROM {images}',
            [self.prediction_set, number],
        )
