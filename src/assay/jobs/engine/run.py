"""The order in which a project is measured, for imports and for ``assay metric run`` alike."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from assay.jobs.catalogue import Catalogue, clear_problems, note_problems
from assay.jobs.disk import retry_files
from assay.jobs.engine.custom import (
    outdated_tables,
    reload_custom,
    run_table_metrics,
)
from assay.jobs.engine.geometry import measure_coordinates
from assay.jobs.engine.pictures import left_out_images, measure_pixels, pixel_metrics
from assay.jobs.engine.prediction_pixels import measure_prediction_pixels
from assay.jobs.engine.sequences import measure_tracks
from assay.jobs.engine.whole import DUPLICATES, are_outdated, count_duplicates, name_metrics, update_statistics
from assay.jobs.manager import JobContext
from assay.metrics.definition import Metric
from assay.project.recipes import forget_metric
from assay.project.values import mark_outdated


def measure_geometry(context: JobContext) -> None:
    """Compute what needs no pixels, wherever it is missing."""
    catalogue = Catalogue(context.store)
    measure_coordinates(context, catalogue)
    measure_tracks(context, catalogue)
    update_statistics(context.store, catalogue)


def measure_project(context: JobContext, keys: Iterable[str] | None = None, *, again: bool = False) -> dict[str, Any]:
    """Compute metrics wherever they are missing or out of date.

    Args:
        keys: Keys of the metrics to compute; None for all that need no embeddings.
        again: Compute them even where they are up to date.

    Returns:
        What the job tells: images whose pixels were read, metrics computed, custom metrics that failed and why, and
        images that could not be read just now, where there are any; these keep their values.
    """
    store = context.store
    problems, refused = reload_custom(store, context.check, edited=not context.job.taken_up)
    catalogue = Catalogue(store)
    chosen = {m.key for m in catalogue.all() if m.needs != "embeddings"} if keys is None else set(keys)
    chosen -= problems.keys() | refused.keys()
    if again:
        with store.write() as cursor:
            for key in chosen:
                forget_metric(cursor, key)
            mark_outdated(cursor, chosen)
        context.register(store, again=False)  # who resumes the job goes on with what is missing now
    if any(m.key in chosen for m in catalogue.all() if m.needs in ("metadata", "geometry", "sequence")):
        measure_geometry(context)
    wanted = _whole_families(pixel_metrics(catalogue), chosen, catalogue)
    if wanted:
        retry_files(context, store)
    report = measure_pixels(context, catalogue, wanted)
    if report.left_out and not report.measured:
        chosen -= {m.key for m in wanted}
    if wanted and are_outdated(store, "image", [catalogue.get(DUPLICATES)]):
        count_duplicates(store)
    tables = (
        [c for c in catalogue.custom.values() if c.table and c.has_function and c.key in chosen]
        if report.measured
        else [c for c in outdated_tables(store, catalogue) if c.key in chosen]
    )
    failed = problems | report.failed | run_table_metrics(context, tables)
    context.stage("Summarising")
    name_metrics(store, [m for m in catalogue.all() if m.key in chosen and m.key not in catalogue.custom])
    update_statistics(store, catalogue)
    note_problems(store, failed)
    clear_problems(store, [key for key in catalogue.custom if key in chosen and key not in failed])
    skipped = [f"{key}: {reason}" for key, reason in refused.items()] + left_out_images(report.left_out)
    told = {"measured": report.measured, "metrics": sorted(chosen), "failed": failed, "skipped": skipped}
    return told | report.unreachable.describe(store)


def _whole_families(metrics: list[Metric], chosen: set[str], catalogue: Catalogue) -> list[Metric]:
    """Return the chosen metrics of the user, and all built-in ones of each scope of which one is chosen.

    The built-in ones of a scope cost little more together than one of them does.
    """
    scopes = {s for m in metrics if m.key in chosen and m.key not in catalogue.custom for s in m.scopes}
    if DUPLICATES in chosen:
        scopes.add("image")  # whose pass finds the hashes
    return [m for m in metrics if m.key in chosen or (m.key not in catalogue.custom and scopes & set(m.scopes))]


def run_metrics(context: JobContext) -> dict[str, Any]:
    """Do the job of ``assay metric run``."""
    context.register(context.store)
    params = context.params
    if params.get("predictions") is not None:
        return measure_prediction_pixels(context, params["predictions"], again=bool(params.get("again")))
    return measure_project(context, params.get("keys"), again=bool(params.get("again")))
