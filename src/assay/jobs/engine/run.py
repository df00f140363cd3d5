"""Takes a project through the stages of measuring, for imports and for ``assay metric run`` alike."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from assay.jobs.catalogue import Catalogue, clear_problems, record_problems
from assay.jobs.engine.aggregate import name_metrics, update_statistics
from assay.jobs.engine.custom import reload_custom
from assay.jobs.engine.pixel_pass import left_out_images
from assay.jobs.engine.prediction_pixels import measure_prediction_pixels
from assay.jobs.engine.stage import Measuring
from assay.jobs.engine.stages import all_stages
from assay.jobs.manager import JobContext
from assay.project.metric_versions import forget_metric
from assay.project.values import mark_outdated


def measure_geometry(context: JobContext) -> None:
    """Compute what needs no pixels, wherever it is missing."""
    measuring = Measuring(context, Catalogue(context.store))
    _run_early(measuring)
    update_statistics(measuring.store, measuring.catalogue)


def _run_early(measuring: Measuring) -> None:
    for stage in all_stages():
        if not stage.reads_pixels:
            stage.run(measuring, stage.metrics(measuring.catalogue))


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
    metric_keys = {m.key for m in catalogue.all() if m.needs != "embeddings"} if keys is None else set(keys)
    metric_keys -= problems.keys() | refused.keys()
    if again:
        with store.write() as cursor:
            for key in metric_keys:
                forget_metric(cursor, key)
            mark_outdated(cursor, metric_keys)
        context.register(store, again=False)  # who resumes the job goes on with what is missing now
    measuring = Measuring(context, catalogue, metric_keys)
    if any(m.key in metric_keys for m in catalogue.all() if m.needs in ("metadata", "geometry", "sequence")):
        _run_early(measuring)
        update_statistics(store, catalogue)
    for stage in all_stages():
        metrics = [m for m in stage.metrics(catalogue) if m.key in metric_keys]
        if stage.reads_pixels and metrics:
            stage.run(measuring, metrics)
    failed = problems | measuring.failed
    context.stage("Summarising")
    name_metrics(store, [m for m in catalogue.all() if m.key in metric_keys and m.key not in catalogue.custom])
    update_statistics(store, catalogue)
    record_problems(store, failed)
    clear_problems(store, [key for key in catalogue.custom if key in metric_keys and key not in failed])
    report = {
        "measured": len(measuring.rows_read),
        "metrics": sorted(metric_keys),
        "failed": failed,
        "skipped": [f"{key}: {reason}" for key, reason in refused.items()] + left_out_images(len(measuring.left_out)),
    }
    return report | measuring.unreachable.describe(store)


def run_metrics(context: JobContext) -> dict[str, Any]:
    """Do the job of ``assay metric run``."""
    context.register(context.store)
    params = context.params
    if params.get("predictions") is not None:
        return measure_prediction_pixels(context, params["predictions"], again=bool(params.get("again")))
    return measure_project(context, params.get("keys"), again=bool(params.get("again")))
