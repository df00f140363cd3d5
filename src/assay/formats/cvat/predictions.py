"""Read predictions in CVAT's XML."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from assay.formats.cvat.reader import read_cvat
from assay.formats.format import Append, Reading
from assay.formats.known import Known
from assay.formats.predictions import Results
from assay.formats.scored import match_source


def read_predictions(path: Path, known: Known, append: Append, report: Callable[[float], None]) -> Results:
    """Read the shapes of a CVAT file as predictions: see :func:`assay.formats.scored.match_source`.

    Raises:
        InputError: it cannot be read, or it cannot be decided which images are meant.
    """

    def progress(done: int, total: int | None) -> None:
        report(done / (total or 1))

    return match_source(path, known, read_cvat(Reading(path, path.parent, {}, append, progress=progress)))
