"""Fetch a sandbox from its publisher and import it like any dataset."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from typing import Any

from assay.formats.coco.reader import read_coco
from assay.formats.source import Source
from assay.jobs.create import import_source, open_target
from assay.jobs.manager import JobContext
from assay.ownfiles import refuse_any_link
from assay.sandbox.remote import DOWNLOADS, REMOTE_SANDBOXES, fetch


def fetch_sandbox(context: JobContext) -> dict[str, Any]:
    """Download what is missing, unpack it inside the project, import it; what has come stays if that fails."""
    sandbox = REMOTE_SANDBOXES[context.params["sandbox"]]
    directory = open_target(context).directory
    refuse_any_link(directory)
    file = directory / sandbox.annotations_file

    def read(append: Callable[[Any], int]) -> Source:
        fetch(
            sandbox,
            directory,
            progress=context.progress,
            cancelled=context.job.cancel.is_set,
            stage=context.stage,
        )
        context.stage("Reading annotations", file.stat().st_size)
        return read_coco(file, append, context.progress)

    result = import_source(context, "sandbox", file, directory / sandbox.images_dir, read, keep=True)
    shutil.rmtree(directory / DOWNLOADS, ignore_errors=True)
    return result
