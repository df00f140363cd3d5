"""What every reader of predictions gives: usable records as columns, and what could not be used."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from assay.formats.rejected import Skipped
from assay.formats.source import blank_annotations
from assay.project.sources import Source

AreaRule = Literal["bbox", "segmentation", "keypoints"]
COLUMNS = (
    "position", "xywh", "segmentation", "ring_count", "rle_size", "rle_bytes", "word_start", "word_count",
    "keypoint_start", "keypoint_count", "faults",
)  # fmt: skip


@dataclass(frozen=True)
class Results:
    """A file of predictions as columns, ``n`` usable records in file order.

    Attributes:
        image, class_: int32 ``(n,)``, rows.
        score: float64 ``(n,)``.
        shape: uint8 ``(n,)``, a :class:`Shape`.
        columns: The others by name, as of annotations; coordinates by their place among the words.
        probability_start: int64 ``(n,)``, the word at which a record's class probabilities start.
        probability_count: int32 ``(n,)``, how many there are.
        area_rule: What a prediction's area is, as ``COCO.loadRes`` decides it by the first record.
        known_images: Records whose image is in the project.
        noted: Faults of records that are kept with what of them can be used.
        unknown_images: Records whose image is not.
        skipped: Those that are left out.
        matched_by: How many records were matched with their image by ``id``, ``text``, ``file_name`` or ``stem``.
        source: The source that all belong to, where some might belong to several.
        warnings: What was assumed about whose records they are.
        doubts: Why their ids may be another dataset's.
        kind: What the set is, where the format alone does not tell.
    """

    image: NDArray[np.int32]
    class_: NDArray[np.int32]
    score: NDArray[np.float64]
    shape: NDArray[np.uint8]
    columns: dict[str, NDArray[Any]]
    probability_start: NDArray[np.int64]
    probability_count: NDArray[np.int32]
    area_rule: AreaRule
    known_images: int
    unknown_images: int
    skipped: Skipped
    matched_by: dict[str, int]
    source: Source | None
    warnings: list[str]
    noted: Skipped = field(default_factory=Skipped)
    doubts: list[str] = field(default_factory=list)
    kind: Literal["coco", "classification"] | None = None


def blank_predictions(position: NDArray[np.int64]) -> dict[str, NDArray[Any]]:
    """Return the columns of records that have a class and a score and nothing else, to be filled.

    They are those of annotations (see :func:`assay.formats.source.blank_annotations`), and ``rotation``, float64 in
    degrees, NaN for none.

    Args:
        position: int64 ``(n,)``, each record's place in the file.
    """
    blank = blank_annotations(len(position))
    columns = {name: blank[name] for name in COLUMNS}
    return columns | {"position": position, "rotation": np.full(len(position), np.nan)}
