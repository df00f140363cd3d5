"""What drives a model's errors: how much each metric tells about outcomes, and outcomes by a metric's value."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from assay.errors import UsageError
from assay.evaluation.importance import Importance, measure_importance
from assay.evaluation.performance import (
    Binning,
    Performance,
    Side,
    measure_performance,
    measure_performance_by_confidence,
)
from assay.evaluation.types import Outcome
from assay.evaluator.session import Evaluation
from assay.metrics.definition import Metric
from assay.project.store import Store
from assay.query.fields import QueryScope, fields_of
from assay.query.results import ResultSets

FloatArray = NDArray[np.float64]
SideName = Literal["prediction", "annotation"]
SIDES: tuple[SideName, ...] = ("prediction", "annotation")
LEFT_ALONE = frozenset(("iou", "blur"))  # one defines the outcome, the other is another metric's mirror


@dataclass(frozen=True)
class Driver:
    """How much a metric tells about one side's outcomes."""

    metric: Metric
    side: SideName
    of_image: bool
    found: Importance


def measure_drivers(store: Store, results: ResultSets, evaluation: Evaluation, metrics: list[Metric]) -> list[Driver]:
    """Return the importance of every metric for predictions (TP or FP) and for annotations (matched or FN).

    Args:
        store: The project.
        results: Columns in memory.
        evaluation: At a threshold and confidence.
        metrics: The project's.
    """
    drivers: list[Driver] = []
    loaded = evaluation.loaded
    for side in SIDES:
        rows, image, outcome, chosen = _side(evaluation, side)
        known = [m for m in metrics if m.key not in LEFT_ALONE]
        of_object = [m for m in known if m.key in fields_of(store, side).metrics(side)]
        of_image = [m for m in known if m.key in fields_of(store, "image").metrics("image")]
        object_columns = {m.key: _values(store, results, side, m.key)[rows[chosen]] for m in of_object}
        image_columns = {m.key: _values(store, results, "image", m.key)[loaded.image_rows] for m in of_image}
        object_columns = {key: column for key, column in object_columns.items() if not np.isnan(column).all()}
        image_columns = {key: column for key, column in image_columns.items() if not np.isnan(column).all()}
        right = outcome[chosen] == Outcome.TP
        found = measure_importance(right, image[chosen], object_columns, image_columns, images=len(loaded.image_rows))
        drivers += [
            Driver(metric, side, metric in of_image and metric not in of_object, found[metric.key])
            for metric in [*of_object, *of_image]
            if metric.key in found
        ]
    return drivers


def measure_by_metric(
    store: Store, results: ResultSets, evaluation: Evaluation, key: str, bins: int, binning: Binning
) -> Performance:
    """Return precision and false-negative rate in bins of a metric.

    Args:
        store: The project.
        results: Columns in memory.
        evaluation: At a threshold and confidence.
        key: A metric of predictions, annotations or images; ``confidence`` for the scores.
        bins: How many.
        binning: Equal widths or equal counts.

    Raises:
        UsageError: neither predictions nor annotations have the metric.
    """
    sides = {name: _judged_side(store, results, evaluation, name, key) for name in SIDES}
    classes = evaluation.loaded.pairing.classes
    if key == "confidence":
        matches = evaluation.matches
        counting = matches.annotation_counts & evaluation.chosen_annotations
        partner = matches.prediction_of[counting]
        score = np.where(partner >= 0, evaluation.loaded.pairing.file_score[partner], -np.inf)
        return measure_performance_by_confidence(
            sides["prediction"],
            evaluation.loaded.annotation_class[counting],
            score,
            classes=classes,
            bins=bins,
            binning=binning,
        )
    if sides["prediction"].values is None and sides["annotation"].values is None:
        raise UsageError(
            "No prediction and no annotation has the metric.",
            item=key[:100],
            expected="a metric of predictions, annotations or images",
            actual="an unknown name, or one that is not measured",
        )
    return measure_performance(sides["prediction"], sides["annotation"], classes=classes, bins=bins, binning=binning)


def _judged_side(store: Store, results: ResultSets, evaluation: Evaluation, side: SideName, key: str) -> Side:
    rows, image, outcome, chosen = _side(evaluation, side)
    class_ = evaluation.loaded.prediction_class if side == "prediction" else evaluation.loaded.annotation_class
    values: FloatArray | None = None
    if key in fields_of(store, side).metrics(side):
        values = _values(store, results, side, key)[rows[chosen]]
    elif key in fields_of(store, "image").metrics("image"):
        values = _values(store, results, "image", key)[evaluation.loaded.image_rows[image[chosen]]]
    return Side(values, outcome[chosen] != Outcome.TP, class_[chosen])


def _side(
    evaluation: Evaluation, side: SideName
) -> tuple[NDArray[np.int32], NDArray[np.int32], NDArray[np.uint8], NDArray[np.bool_]]:
    """Return rows, images and outcomes of one side's objects, and which of them are judged."""
    loaded = evaluation.loaded
    predictions, annotations = evaluation.outcomes
    if side == "prediction":
        judged = np.isin(predictions, (Outcome.TP, Outcome.FP)) & evaluation.chosen_predictions
        return loaded.prediction_rows, loaded.prediction_image, predictions, judged
    judged = np.isin(annotations, (Outcome.TP, Outcome.FN)) & evaluation.chosen_annotations
    return loaded.annotation_rows, loaded.annotation_image, annotations, judged


def _values(store: Store, results: ResultSets, scope: QueryScope, key: str) -> FloatArray:
    return results.columns.numbers(store, scope, key)
