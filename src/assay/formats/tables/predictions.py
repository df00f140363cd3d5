"""Read predictions from a table: boxes with scores, or classifications."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np

from assay.errors import InputError
from assay.formats.classification.results import read_classifications
from assay.formats.format import Append, Reading
from assay.formats.known import Known
from assay.formats.predictions import Results
from assay.formats.scored import match_source
from assay.formats.tables.columns import Asked, Layout, find_layout
from assay.formats.tables.objects import read_objects


def read_predictions(path: Path, known: Known, append: Append, report: Callable[[float], None]) -> Results:
    """Read a table whose columns hold boxes as objects, any other as classifications.

    Raises:
        InputError: it cannot be read, or it cannot be decided which images are meant.
    """
    layout = _find_boxes(path)
    if layout is None:
        return read_classifications(path, known, append, report)
    table = read_objects(Reading(path, path.parent, {}, append), layout, scaled=False)
    results = replace(match_source(path, known, table.source, table.keys), kind="coco")
    columns = ", ".join(layout.header[at] for at in layout.box)
    results.warnings.append(f"Read as objects: boxes are {columns} ({layout.form}, {table.units}).")
    if table.units == "shares":
        _scale(results, known)
    return results


def _find_boxes(path: Path) -> Layout | None:
    """Return the columns of a table of boxes; None of any other."""
    try:
        layout = find_layout(path, Asked())
    except InputError:
        return None  # classifications may have no column for the class: what is wrong is told by their reader
    return layout if layout.box else None


def _scale(results: Results, known: Known) -> None:
    """Turn shares into pixels.

    Raises:
        InputError: the size of an image is not known.
    """
    sizes = np.array([known.images.size_of(row) for row in results.image.tolist()], dtype=np.float64).reshape(-1, 2)
    unknown = np.flatnonzero(np.isnan(sizes).any(axis=1))
    if len(unknown):
        raise InputError(
            "Boxes are shares of an image's size that is not known.",
            item=known.images.name_of[int(results.image[unknown[0]])][:200],
            expected="images that can be read",
            actual=f"{len(unknown):,} boxes of others",
        )
    results.columns["xywh"] *= np.concatenate((sizes, sizes), axis=1)
