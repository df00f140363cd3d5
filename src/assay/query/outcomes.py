"""The outcomes of an evaluation as tables that queries read."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from assay.project.vocabulary import Change, Outcome, Reason

OUTCOMES: tuple[str, ...] = tuple(word.value for word in Outcome)
"""Names of outcomes, by code."""
REASONS: tuple[str, ...] = tuple(word.value for word in Reason)
"""Names of reasons, by code."""
CHANGES: tuple[str, ...] = tuple(word.value for word in Change)
"""Names of changes, by code."""
TABLES = {
    "prediction": "assay_evaluated_prediction",
    "annotation": "assay_evaluated_annotation",
    "image": "assay_compared",
}
"""Under which name what is known of a scope's items is joined."""
EVALUATED_IMAGES = "assay_evaluated_image"
"""Under which name the images that are evaluated are joined."""
IMAGE_METRICS = "assay_set_image_metric"
"""Under which name metrics of images that belong to a prediction set are joined."""


@dataclass(frozen=True)
class Outcomes:
    """Outcomes of ``n`` predictions of a set, or of annotations beside it: those that are evaluated.

    Attributes:
        rows: int32 ``(n,)``, each once.
        outcome: uint8 ``(n,)``, places in :data:`OUTCOMES`.
        reason: uint8 ``(n,)``, places in :data:`REASONS`, 0 where there is no error.
        iou: float64 ``(n,)``, greatest IoU with an annotation of the class that counts; NaN for annotations.
        partner: int32 ``(n,)``, the row on the other side that it is matched with or that explains the error, or -1.
        other_class: int32 ``(n,)``, row of the class that the confusion matrix counts it against, -1 for background.
        class_names: The classes' names by row.
    """

    rows: NDArray[np.int32]
    outcome: NDArray[np.uint8]
    reason: NDArray[np.uint8]
    iou: NDArray[np.float64]
    partner: NDArray[np.int32]
    other_class: NDArray[np.int32]
    class_names: Mapping[int, str]

    def columns(self) -> dict[str, Any]:
        """Return the columns by the names that queries use."""
        return {
            "row": self.rows,
            "outcome": self.outcome,
            "reason": self.reason,
            "iou": self.iou,
            "other_class": self.other_class,
        }

    @cached_property
    def _place(self) -> NDArray[np.int32]:
        return _index(self.rows)

    def places(self, rows: NDArray[np.int32]) -> NDArray[np.int32]:
        """Return the places of rows among the evaluated ones, -1 for others: int32 of the same length."""
        return _find(self._place, rows)

    def numbers(self) -> NDArray[np.float64]:
        """Return the IoU indexed by row: float64, NaN for rows that are not evaluated."""
        values = np.full(len(self._place), np.nan)
        values[self.rows] = self.iou
        return values

    def values_of(self, rows: NDArray[np.int32], key: str) -> list[Any]:
        """Return ``outcome``, ``reason``, ``iou`` or, by either name, the other class; None where there is none."""
        places = self.places(rows)
        if key == "iou":
            values = [self.iou[at] if at >= 0 else np.nan for at in places.tolist()]
            return [None if np.isnan(value) else float(value) for value in values]
        if key in ("true_class", "predicted_class"):
            return [self.class_names.get(int(self.other_class[at])) if at >= 0 else None for at in places.tolist()]
        codes, names = (self.outcome, OUTCOMES) if key == "outcome" else (self.reason, (None, *REASONS[1:]))
        return [names[codes[at]] if at >= 0 else None for at in places.tolist()]


@dataclass(frozen=True)
class Changes:
    """The changes of images from one prediction set to another.

    Attributes:
        rows: int32 ``(n,)``, the images that both are evaluated on.
        change: uint8 ``(n,)``, places in :data:`CHANGES`.
    """

    rows: NDArray[np.int32]
    change: NDArray[np.uint8]

    def columns(self) -> dict[str, Any]:
        """Return the columns by the names that queries use."""
        return {"row": self.rows, "compared": self.change}

    @cached_property
    def _place(self) -> NDArray[np.int32]:
        return _index(self.rows)

    def values_of(self, rows: NDArray[np.int32]) -> list[str | None]:
        """Return the change of each image by name, None of images that are not evaluated."""
        return [CHANGES[self.change[at]] if at >= 0 else None for at in _find(self._place, rows).tolist()]


def _index(rows: NDArray[np.int32]) -> NDArray[np.int32]:
    """Return the place of each row: int32 indexed by row, -1 for rows that are not there."""
    place = np.full(int(rows.max(initial=-1)) + 1, -1, dtype=np.int32)
    place[rows] = np.arange(len(rows), dtype=np.int32)
    return place


def _find(index: NDArray[np.int32], rows: NDArray[np.int32]) -> NDArray[np.int32]:
    """Return the places of rows, -1 where there is none; rows may lie beyond the index."""
    places = np.full(len(rows), -1, dtype=np.int32)
    inside = (rows >= 0) & (rows < len(index))
    places[inside] = index[rows[inside]]
    return places


@dataclass(frozen=True)
class EvaluatedItems:
    """An evaluation as queries see it; its sides are made when they are first asked for.

    Attributes:
        key: Tells one evaluation from another, for caches.
        make_predictions: Makes the predictions' side.
        make_annotations: Makes the annotations' side.
        make_images: Returns the images that are evaluated: int32 rows.
        make_changes: Compares it with another set's, where one is named.
        make_image_metrics: Returns what belongs to the set or its evaluation as metrics of images: float64 indexed by
            row, by key; each is computed when it is first read.
    """

    key: Hashable
    make_predictions: Callable[[], Outcomes]
    make_annotations: Callable[[], Outcomes]
    make_images: Callable[[], NDArray[np.int32]]
    make_image_metrics: Callable[[], Mapping[str, NDArray[np.float64]]] = dict
    make_changes: Callable[[], Changes] | None = None

    @cached_property
    def predictions(self) -> Outcomes:
        """The predictions that are evaluated."""
        return self.make_predictions()

    @cached_property
    def annotations(self) -> Outcomes:
        """The annotations that are evaluated."""
        return self.make_annotations()

    @cached_property
    def changes(self) -> Changes:
        """The change of each image."""
        if self.make_changes is None:
            raise ValueError("no other set is named")
        return self.make_changes()

    @cached_property
    def image_metrics(self) -> Mapping[str, NDArray[np.float64]]:
        """Metrics of images that belong to the set or its evaluation, indexed by row."""
        return self.make_image_metrics()

    def tables(self, sql: str) -> dict[str, dict[str, Any]]:
        """Return the columns of each table of the evaluation that a statement names, by the table's name."""
        makers: dict[str, Callable[[], Outcomes | Changes]] = {
            TABLES["prediction"]: lambda: self.predictions,
            TABLES["annotation"]: lambda: self.annotations,
            TABLES["image"]: lambda: self.changes,
        }
        tables = {name: make().columns() for name, make in makers.items() if name in sql}
        if EVALUATED_IMAGES in sql:
            tables[EVALUATED_IMAGES] = {"row": self.make_images()}
        if IMAGE_METRICS in sql:
            columns = {key: self.image_metrics[key] for key in self.image_metrics if key in sql}
            count = len(next(iter(columns.values()), ()))
            # a NaN is no value, which SQL would take for a number above all others
            values = {key: np.ma.masked_invalid(column) for key, column in columns.items()}
            tables[IMAGE_METRICS] = {"row": np.arange(count, dtype=np.int32), **values}
        return tables
