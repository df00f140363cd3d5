"""Measure what needs only metadata and geometry, over all items of a project."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

import numpy as np

from assay.jobs.manager import JobContext
from assay.metrics.compute import BatchMeasurements, measure_batch, measure_classes
from assay.metrics.outliers import MetricStatistics, summarise
from assay.metrics.registry import get_metric
from assay.project.items import load_images, load_objects
from assay.project.store import Connection
from assay.project.values import Scope, write_evidence, write_statistics, write_values

_BATCH = 20_000


def measure_geometry(context: JobContext) -> None:
    """Compute every geometry and metadata metric; one commit at the end, so a cancelled run changes nothing."""
    store = context.store
    images = load_images(store)
    table = load_objects(store)
    context.stage("Measuring annotations", len(table))
    measured: list[BatchMeasurements] = []
    image_rows: list[Any] = []
    confidence = table.confidence
    bare = np.ones(len(images), dtype=bool)
    for part in table.batches(_BATCH):
        objects = table.objects(part)
        here = np.isin(images.row, objects.image)
        bare &= ~here
        image_rows.append(images.row[here])
        measured.append(measure_batch(images.take(here), objects, confidence=confidence[part]))
        context.progress(part.stop)
    image_rows.append(images.row[bare])
    measured.append(measure_batch(images.take(bare), table.objects(slice(0, 0))))
    values = _join([m.objects.values for m in measured])
    evidence = [e for m in measured for e in m.objects.evidence]
    shape = table.columns["shape"].astype(np.uint8)
    values |= measure_classes(
        table.columns["class"].astype(np.int32), shape, _join([m.objects.features for m in measured])
    )
    context.stage("Writing metrics")
    with store.write() as cursor:
        _write(cursor, "annotation", table.columns["row"].astype(np.int32), values)
        _write(cursor, "image", np.concatenate(image_rows), _join([m.images for m in measured]))
        write_evidence(cursor, evidence)


def _write(cursor: Connection, scope: Scope, rows: Any, columns: dict[str, Any]) -> None:
    write_values(cursor, scope, rows, columns)
    versions = {key: get_metric(key).version for key in columns}
    statistics = {key: describe(summarise(get_metric(key), column)) for key, column in columns.items()}
    write_statistics(cursor, scope, versions, statistics)


def describe(statistics: MetricStatistics) -> dict[str, Any]:
    """Return statistics under the names that the door uses."""
    numbers = asdict(statistics)
    numbers["min"], numbers["max"] = numbers.pop("minimum"), numbers.pop("maximum")
    return numbers


def _join(parts: list[dict[str, Any]]) -> dict[str, Any]:
    return {key: np.concatenate([part[key] for part in parts]) for key in parts[0]}
