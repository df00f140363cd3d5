"""Operating points at the end of what changes predictions or annotations."""

from __future__ import annotations

from assay.jobs.manager import JobContext
from assay.project.predictions import list_sets
from assay.project.store import Store


def find_operating_points(context: JobContext, store: Store) -> None:
    """Find from which confidence on the predictions of each set count best, where that is not known."""
    if not list_sets(store):
        return
    from assay.evaluator.operating_points import renew_operating_points  # noqa: PLC0415 - numba takes half a second to load

    context.stage("Finding operating points")
    renew_operating_points(store)
