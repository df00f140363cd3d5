"""Write projects back to files."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from assay.errors import UsageError
from assay.formats.format import Writing
from assay.formats.registry import get_format
from assay.formats.writing.options import ExportOptions
from assay.formats.writing.selection import select
from assay.jobs.manager import JobContext
from assay.outputs import unwritable


def export_dataset(context: JobContext) -> dict[str, Any]:
    """Write a project in a format; COCO where the job, of before there were others, names none."""
    store, params = context.store, context.params
    path, output_format = Path(params["path"]), get_format(params.get("format", "coco"))
    if output_format.writer is None:
        raise UsageError("Nothing can be written in this format.", item=output_format.key, actual=output_format.title)
    options = ExportOptions(**{key: params[key] for key in ExportOptions.model_fields if key in params})
    placement = options.images or output_format.writer.placements[0]
    if placement not in output_format.writer.placements:
        raise UsageError(
            "Pictures cannot be written so in this format.",
            item=output_format.title,
            expected=" or ".join(output_format.writer.placements),
            actual=placement,
        )
    context.register(store)
    is_dry = params.get("dry_run", False)

    def stage(name: str, total: int | None = None) -> None:
        context.stage("Counting what would be written" if is_dry else name, total)

    stage("Writing the dataset")
    writing = Writing(store, path, params, select(store, options), placement, is_dry, stage, context.progress)
    try:
        report = output_format.writer.write(writing)
    except OSError as error:
        raise unwritable(path, error) from error
    return {"path": str(path)} | report | ({"dry_run": True} if is_dry else {})
