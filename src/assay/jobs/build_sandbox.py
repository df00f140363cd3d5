"""Build a sandbox project: scenes and labels are made here, then imported like any dataset."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

from assay.formats.coco.reader import read_coco
from assay.formats.source import Source
from assay.jobs.create import import_source, open_target
from assay.jobs.engine.executors import Unit
from assay.jobs.manager import JobContext
from assay.jobs.predictions import import_prediction_set
from assay.ownfiles import refuse_any_link
from assay.project.predictions import list_sets
from assay.sandbox.generate import generate
from assay.sandbox.registry import get_sandbox


def build_sandbox(context: JobContext) -> dict[str, Any]:
    """Make the scenes, labels, known errors and predictions of a sandbox inside its project and import them."""
    params = context.params
    changes = {key: params[key] for key in ("images", "seed") if params.get(key) is not None}
    spec = replace(get_sandbox(params["sandbox"]), **changes)
    directory = open_target(context).directory
    refuse_any_link(directory)
    file = directory / "annotations.json"

    def read(append: Callable[[Any], int]) -> Source:
        context.stage("Making scenes", spec.images)
        generate(
            spec,
            directory,
            executor=context.engine.executor(spec.images, Unit.SCENES),
            batch=context.engine.batch(Unit.SCENES),
            progress=context.progress,
        )
        context.stage("Reading annotations")
        return read_coco(file, append)

    result = import_source(context, "sandbox", file, directory / "images", read)
    set_names = {each.name for each in list_sets(context.store)}
    formats = {".json": "coco", ".csv": "csv"}
    for predictions in sorted((directory / "predictions").iterdir()):
        if predictions.suffix in formats and predictions.stem not in set_names:
            import_prediction_set(
                context, predictions, predictions.stem, "all", file_format=formats[predictions.suffix]
            )
    return result
