"""Measures tracks over whole sequences."""

from __future__ import annotations

from assay.jobs.catalogue import Catalogue
from assay.jobs.manager import JobContext


def measure_tracks(context: JobContext, catalogue: Catalogue) -> list[str]:
    """Compute the sequence metrics; return their keys."""
    return []
