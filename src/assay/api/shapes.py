"""Annotations and predictions as the web app draws them."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from assay.api.evaluated_items import read_outcomes, side_of
from assay.api.schemas.items import ShapeOut, Side
from assay.project.drawn import DrawnObject, read_drawn
from assay.project.geometry import SHAPE_NAMES
from assay.project.store import Store
from assay.query.outcomes import EvaluatedItems

_DETAIL_DIGITS = 2


def read_shapes(
    store: Store, images: NDArray[np.int32], evaluated: EvaluatedItems | None = None
) -> dict[int, list[ShapeOut]]:
    """Return the annotations of images, by image row, in row order; under an evaluation its predictions after them."""
    shapes: dict[int, list[ShapeOut]] = {}
    _add_shapes(store, images, evaluated, "annotation", shapes)
    if evaluated is not None:
        _add_shapes(store, images, evaluated, "prediction", shapes)
    return shapes


def _add_shapes(
    store: Store,
    images: NDArray[np.int32],
    evaluated: EvaluatedItems | None,
    of: Side,
    shapes: dict[int, list[ShapeOut]],
) -> None:
    drawn = read_drawn(store, images, of, digits=lambda _: _DETAIL_DIGITS)
    rows, kept = evaluated_rows(evaluated, of, np.array([one.row for one in drawn], dtype=np.int32))
    told = read_outcomes(evaluated, of, rows, ["outcome", "reason"])
    outcomes, reasons = (told.get(key, [None] * len(rows)) for key in ("outcome", "reason"))
    for at, outcome, reason in zip(kept.tolist(), outcomes, reasons, strict=True):
        one = drawn[at]
        shapes.setdefault(one.image, []).append(ShapeOut(**shape_fields(one, of), outcome=outcome, reason=reason))


def evaluated_rows(
    evaluated: EvaluatedItems | None, of: Side, rows: NDArray[np.int32]
) -> tuple[NDArray[np.int32], NDArray[np.intp]]:
    """Return those of the rows that are drawn, and their places: of predictions the evaluated ones of the set.

    Args:
        evaluated: The evaluation, or None.
        of: Which side the rows are of.
        rows: int32 ``(n,)``.
    """
    if of == "annotation" or evaluated is None:
        return rows, np.arange(len(rows))
    kept = np.flatnonzero(side_of(evaluated, of).places(rows) >= 0)
    return rows[kept], kept


def shape_fields(drawn: DrawnObject, of: Side) -> dict[str, Any]:
    """Return the fields of :class:`ShapeOut` that an object has whatever an evaluation says of it."""
    return {
        "row": drawn.row,
        "of": of,
        "confidence": drawn.confidence,
        "class_row": drawn.class_row,
        "kind": SHAPE_NAMES[drawn.shape],
        "crowd": drawn.crowd,
        "box": drawn.box,
        "rotation": drawn.rotation,
        "rings": drawn.rings,
        "mask_size": drawn.mask_size,
        "mask_counts": drawn.mask_counts,
        "keypoints": drawn.keypoints,
    }
