"""The two sides of an evaluation, predictions and annotations, with the metrics that may explain their outcomes."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from assay.evaluation.types import Outcome
from assay.evaluator.session import Evaluation
from assay.metrics.acquisition import ACQUISITION
from assay.metrics.definition import Metric
from assay.project.store import Store
from assay.query.fields import QueryScope, fields_of
from assay.query.results import ResultSets

FloatArray = NDArray[np.float64]
SideName = Literal["prediction", "annotation"]
SIDES: tuple[SideName, ...] = ("prediction", "annotation")
LEFT_ALONE = frozenset(("iou", "blur"))  # one defines the outcome, the other is another metric's mirror


@dataclass(frozen=True)
class JudgedSide:
    """The objects of one side that are right or wrong, ``n`` of them, in file order.

    Attributes:
        name: Which side.
        rows: int32 ``(n,)``.
        image: int32 ``(n,)``, dense.
        class_: int32 ``(n,)``, dense.
        wrong: bool ``(n,)``: FP, or FN.
    """

    name: SideName
    rows: NDArray[np.int32]
    image: NDArray[np.int32]
    class_: NDArray[np.int32]
    wrong: NDArray[np.bool_]


def judged_side(evaluation: Evaluation, name: SideName) -> JudgedSide:
    """Return the objects of one side, of the classes that are evaluated, that are TP or FP, matched or FN."""
    loaded = evaluation.loaded
    if name == "prediction":
        outcome, error, chosen = evaluation.outcomes[0], Outcome.FP, evaluation.chosen_predictions
        columns = (loaded.prediction_rows, loaded.prediction_image, loaded.prediction_class)
    else:
        outcome, error, chosen = evaluation.outcomes[1], Outcome.FN, evaluation.chosen_annotations
        columns = (loaded.annotation_rows, loaded.annotation_image, loaded.annotation_class)
    judged = ((outcome == Outcome.TP) | (outcome == error)) & chosen
    rows, image, class_ = (column[judged] for column in columns)
    return JudgedSide(name, rows, image, class_, outcome[judged] == error)


class Explanations:
    """The metrics that a project and a prediction set have to explain outcomes with.

    Args:
        store: The project.
        results: Columns in memory.
        evaluation: At a threshold and confidence.
        metrics: The project's.

    Attributes:
        metrics: Those and the set's acquisition functions, by key.
    """

    def __init__(self, store: Store, results: ResultSets, evaluation: Evaluation, metrics: list[Metric]) -> None:
        self._store = store
        self._results = results
        self._evaluation = evaluation
        self.metrics = {metric.key: metric for metric in metrics if metric.key not in LEFT_ALONE}
        self.metrics |= {metric.key: metric for metric in ACQUISITION if metric.key in self.acquisition}

    @property
    def acquisition(self) -> dict[str, FloatArray]:
        """The set's acquisition functions by key, float64 by image row."""
        return self._evaluation.loaded.image_metrics

    def of_objects(self, side: JudgedSide) -> dict[str, FloatArray]:
        """Return a side's own metrics that have values: float64 ``(n,)`` by key."""
        known = fields_of(self._store, side.name).metrics(side.name)
        columns = {key: self._values(side.name, key)[side.rows] for key in self.metrics if key in known}
        return {key: column for key, column in columns.items() if not np.isnan(column).all()}

    @cached_property
    def of_images(self) -> dict[str, FloatArray]:
        """Metrics of images that have values: float64 ``(images,)`` by key."""
        columns = {key: self.of_image(key) for key in self.metrics}
        return {key: column for key, column in columns.items() if column is not None and not np.isnan(column).all()}

    def of_image(self, key: str) -> FloatArray | None:
        """Return a metric of the images: float64 ``(images,)``; None where it is none of images."""
        rows = self._evaluation.loaded.image_rows
        if key in self.acquisition:
            return self.acquisition[key][rows]
        if key in fields_of(self._store, "image").metrics("image"):
            return self._values("image", key)[rows]
        return None

    def of_side(self, side: JudgedSide, key: str) -> FloatArray | None:
        """Return a metric of one side's objects, or of their images: float64 ``(n,)``; None where there is neither."""
        if key in fields_of(self._store, side.name).metrics(side.name):
            return self._values(side.name, key)[side.rows]
        of_image = self.of_image(key)
        return None if of_image is None else of_image[side.image]

    def _values(self, scope: QueryScope, key: str) -> FloatArray:
        return self._results.columns.numbers(self._store, scope, key)
