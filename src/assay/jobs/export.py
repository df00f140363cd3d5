"""Write projects back to files."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from assay.errors import UsageError
from assay.formats.format import Writing
from assay.formats.registry import get_format
from assay.jobs.manager import JobContext
from assay.outputs import unwritable


def export_dataset(context: JobContext) -> dict[str, Any]:
    """Write a project in a format; COCO where the job, of before there were others, names none."""
    store, path = context.store, Path(context.params["path"])
    known = get_format(context.params.get("format", "coco"))
    if known.writer is None:
        raise UsageError("Nothing can be written in this format.", item=known.key, actual=known.title)
    context.register(store)
    context.stage("Writing the dataset")
    writing = Writing(store, path, context.params, context.stage, context.progress)
    try:
        told = known.writer.write(writing)
    except OSError as error:
        raise unwritable(path, error) from error
    return {"path": str(path)} | told
