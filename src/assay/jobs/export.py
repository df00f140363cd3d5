"""Write projects back to files."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from assay.formats.coco.writer import write_coco
from assay.jobs.manager import JobContext
from assay.outputs import unwritable
from assay.project.sources import find_source


def export_coco(context: JobContext) -> dict[str, Any]:
    """Write one source as a COCO file equal to the one it came from, but for formatting."""
    store, path = context.store, Path(context.params["path"])
    with store.read() as cursor:
        number = find_source(cursor, context.params["source"], store.directory).number
    context.register(store)
    context.stage("Writing COCO")
    try:
        records = write_coco(store, number, path)
    except OSError as error:
        raise unwritable(path, error) from error
    return {"path": str(path), "records": records}
