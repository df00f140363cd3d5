"""Predictions that lie in a format of datasets: its objects, with a score among their fields."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from assay.formats.identify import Key
from assay.formats.known import Known
from assay.formats.matching import Records, match
from assay.formats.predictions import COLUMNS, Results
from assay.formats.segmentations import is_line, read_rotation
from assay.formats.source import Source
from assay.project.vocabulary import Segmentation
from assay.stopping import stoppable

_NAMES = ("score", "confidence")


def match_source(path: Path, known: Known, source: Source, keys: Sequence[Key] | None = None) -> Results:
    """Return a dataset's objects as predictions, matched with the project's images by their file names.

    Where no object has a score all have 1, which is told; where some have, those without are skipped.

    Args:
        path: The file or folder, for messages.
        known: The project's images and classes.
        source: What was read.
        keys: For each image what the file says of it, id and file name, of a table; its file name where None.

    Raises:
        InputError: it cannot be decided which images are meant.
    """
    columns, extras = source.annotations, source.annotation_extras
    count = len(source.annotation_ids)
    scores = [_score_of(extras.get(at, {})) for at in stoppable(range(count))]
    has_none = all(score is None for score in scores)
    shaped = ~np.isnan(columns["xywh"][:, 0]) | (columns["keypoint_count"] > 0)
    shaped |= ~np.isin(columns["segmentation"], (Segmentation.NONE, Segmentation.EMPTY))
    records, kept = Records(), list[int]()
    for at in stoppable(range(count)):
        image = source.images.file_name[source.annotation_image[at]]
        key = (None, image) if keys is None else keys[source.annotation_image[at]]
        where = f"{image}, object {at + 1}"
        if not shaped[at]:
            records.skip(key, "no_shape", f"{where}: a label of the whole image")
        elif is_line(extras.get(at, {})):
            records.skip(key, "line", f"{where}: a line, which covers no area")
        elif records.add(
            key,
            source.categories.name[source.annotation_category[at]],
            1.0 if has_none else scores[at],
            at,
            where,
        ):
            kept.append(at)
    records.skipped.merge(source.rejected.told)
    chosen = np.array(kept, dtype=np.int64)
    own = {name: columns[name][chosen] for name in COLUMNS}
    angles = [read_rotation(extras.get(at, {})) for at in kept]
    own["rotation"] = np.array([np.nan if angle is None else angle for angle in angles], dtype=np.float64)
    found = match(path, known, records, own, from_table=keys is not None)
    if has_none and count:
        found.warnings.append("No object has a score or confidence: all count as 1.")
    return found


def _score_of(extra: dict[str, Any]) -> Any:
    """Return the score among an object's fields or attributes, as a number where it is written as text."""
    attributes = extra.get("attributes")
    for fields in (extra, attributes if isinstance(attributes, dict) else {}):
        for name in _NAMES:
            value = fields.get(name)
            if isinstance(value, str):
                try:
                    return float(value)
                except ValueError:
                    return value
            if value is not None:
                return value
    return None
