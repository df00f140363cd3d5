"""The stage of metrics that need only metadata and coordinates, batch by batch; then those that compare a class."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from assay.jobs.catalogue import Catalogue
from assay.jobs.engine.aggregate import are_outdated
from assay.jobs.engine.executors import Unit
from assay.jobs.engine.geometry_work import GeometryResult, GeometryTask, measure_geometry
from assay.jobs.engine.stage import Measuring, Stage
from assay.jobs.manager import JobContext
from assay.metrics.compute import CLASS_KEYS, measure_classes
from assay.metrics.definition import Metric
from assay.metrics.registry import keys_measured_by
from assay.project.items import MOST_INLINE_WORDS, chunk_images, load_images, load_objects, longest_outline
from assay.project.metric_versions import MissingMetrics, find_missing, record_measured
from assay.project.staging import Columns, Staging
from assay.project.store import Connection, Store
from assay.project.values import mark_outdated, merge_values, write_values

_IMAGES = 10_000  # a batch at most, however few annotations they have
_BATCHES_READ = 10  # whose annotations are read at once: every query looks through the whole table
_FEATURE = "feature:"
_KEY = "geometry"


def geometry_metrics(catalogue: Catalogue) -> list[Metric]:
    """Return the metrics of this stage."""
    own = keys_measured_by("measure_images", "measure_objects") | CLASS_KEYS
    return [m for m in catalogue.all() if m.key in own]


def measure_coordinates(measuring: Measuring, metrics: list[Metric]) -> None:
    """Compute the geometry metrics of every image, and the annotations in it, that lacks one."""
    context, store = measuring.context, measuring.store
    for missing in find_missing(store, _KEY, {m.key: m.version for m in metrics}):
        _fill(context, store, missing)
    if are_outdated(store, "annotation", [m for m in metrics if m.key in CLASS_KEYS]):
        context.stage("Comparing classes")
        with store.write() as cursor:
            _compare_classes(cursor)


def _fill(context: JobContext, store: Store, missing: MissingMetrics) -> None:
    staging = Staging(store, _KEY, missing)
    todo = missing.rows[~np.isin(missing.rows, staging.staged_rows())]
    most = context.engine.batch(Unit.ANNOTATIONS)
    chunks = chunk_images(store, todo, most_images=_IMAGES, most_objects=most)
    context.stage("Measuring annotations", len(missing.rows))
    done = len(missing.rows) - len(todo)
    context.progress(done)
    long = longest_outline(store) > MOST_INLINE_WORDS
    executor = context.engine.executor(len(chunks) * most, Unit.ANNOTATIONS, apart=long)
    for outcome in executor.run(measure_geometry, _batches(store, chunks)):
        if outcome.result is None:
            raise RuntimeError(f"a process died over the images {outcome.items[0].images.row[:1]} and following")
        for result in outcome.result:
            _stage(staging, result)
            done += len(result.images)
        context.progress(done)
    context.stage("Writing metrics")
    with store.write() as cursor:
        _merge(cursor, staging, missing)


def _batches(store: Store, chunks: list[NDArray[np.int32]]) -> Iterator[list[GeometryTask]]:
    images = load_images(store)  # in row order
    for start in range(0, len(chunks), _BATCHES_READ):
        together = chunks[start : start + _BATCHES_READ]
        table = load_objects(store, np.concatenate(together))
        for rows in together:
            own = table.between(rows[0], rows[-1])
            yield [GeometryTask(images.take(np.searchsorted(images.row, rows)), own.objects(), own.confidence)]


def _stage(staging: Staging, result: GeometryResult) -> None:
    objects = result.measurements.objects
    features = {_FEATURE + name: values for name, values in objects.features.items()}
    annotations: Columns = {"row": result.objects, **objects.values, **features}
    staging.append({"row": result.images, **result.measurements.images}, annotations, objects.evidence)


def _merge(cursor: Connection, staging: Staging, missing: MissingMetrics) -> None:
    images, annotations = staging.table("image"), staging.table("annotation")
    if images is not None:
        merge_values(cursor, "image", images, _columns(cursor, images))
        record_measured(cursor, _KEY, missing, images)
        mark_outdated(cursor, CLASS_KEYS | keys_measured_by("measure_sequences"))
    if annotations is not None:
        keys = _columns(cursor, annotations)
        merge_values(cursor, "annotation", annotations, [key for key in keys if not key.startswith(_FEATURE)])
        _merge_features(cursor, annotations, [key for key in keys if key.startswith(_FEATURE)])
        _replace_evidence(cursor, annotations, keys, staging.table("evidence"))
    staging.drop(cursor)


def _replace_evidence(cursor: Connection, staged: str, keys: list[str], evidence: str | None) -> None:
    """Replace the evidence of the staged annotations by the evidence found in this run."""
    cursor.execute(
        f"DELETE FROM evidence WHERE list_contains(?, metric) AND row IN (SELECT row FROM {staged})",
        [keys],
    )
    if evidence is not None:
        cursor.execute(f"INSERT INTO evidence SELECT * FROM {evidence}")


def _merge_features(cursor: Connection, staged: str, columns: list[str]) -> None:
    names = [column.removeprefix(_FEATURE) for column in columns]
    renamed = ", ".join(f'"{column}" AS {name}' for column, name in zip(columns, names, strict=True))
    present = [column[0] for column in cursor.execute("SELECT * FROM annotation_feature LIMIT 0").description or []]
    others = (
        ""
        if set(names) - set(present)
        else (
            f"UNION ALL SELECT row, {', '.join(names)} FROM annotation_feature "
            f"WHERE row NOT IN (SELECT row FROM {staged}) AND row IN (SELECT row FROM annotation)"
        )
    )
    cursor.execute(
        f"CREATE TABLE feature_next AS SELECT * FROM (SELECT row, {renamed} FROM {staged} {others}) ORDER BY row"
    )
    cursor.execute("DROP TABLE annotation_feature")
    cursor.execute("ALTER TABLE feature_next RENAME TO annotation_feature")


def _compare_classes(cursor: Connection) -> None:
    """Compute the metrics that compare an annotation with all others of its class, from stored features."""
    columns = (
        cursor.execute(
            "SELECT a.row, a.class, a.shape, f.* EXCLUDE (row) FROM annotation a JOIN annotation_feature f USING (row) "
            "ORDER BY a.row"
        ).fetchnumpy()
        if _has_features(cursor)
        else None
    )
    if columns is None:
        return
    row, class_, shape = (np.ma.getdata(columns.pop(name)) for name in ("row", "class", "shape"))
    features = {name: np.ma.filled(np.ma.asarray(values, dtype=np.float64), np.nan) for name, values in columns.items()}
    values = measure_classes(class_.astype(np.int32), shape.astype(np.uint8), features)
    write_values(cursor, "annotation", row.astype(np.int32), values)


def _has_features(cursor: Connection) -> bool:
    return len(cursor.execute("SELECT * FROM annotation_feature LIMIT 0").description or []) > 1


def _columns(cursor: Connection, table: str) -> list[str]:
    described = cursor.execute(f"SELECT * FROM {table} LIMIT 0").description or []
    return [column[0] for column in described if column[0] != "row"]


STAGE = Stage(_KEY, needs="geometry", metrics=geometry_metrics, run=measure_coordinates)
