"""Write projects back to files."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from assay.errors import NotFoundError, StorageError
from assay.formats.coco.writer import write_coco
from assay.jobs.manager import JobContext


def export_coco(context: JobContext) -> dict[str, Any]:
    """Write one source as a COCO file equal to the one it came from, but for formatting."""
    store, path, number = context.store, Path(context.params["path"]), context.params["source"]
    with store.read() as cursor:
        known = [n for (n,) in cursor.execute("SELECT source FROM source ORDER BY source").fetchall()]
    if number not in known:
        raise NotFoundError(
            "The project has no such source.",
            item=f"source {number}",
            expected=", ".join(map(str, known)) or "a project with a source",
            actual=str(number),
        )
    context.register(store)
    context.stage("Writing COCO")
    try:
        records = write_coco(store, number, path)
    except OSError as error:
        raise StorageError(
            "The file cannot be written.",
            item=str(path),
            expected="a writable folder with free space",
            actual=error.strerror or str(error),
        ) from error
    return {"path": str(path), "records": records}
