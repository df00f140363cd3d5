"""What drives a model's errors: how much each metric tells about outcomes, and outcomes by a metric's value."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from assay.errors import UsageError
from assay.evaluation.importance import Importance, measure_importance
from assay.evaluation.performance import (
    Binning,
    Performance,
    Side,
    measure_performance,
    measure_performance_by_confidence,
)
from assay.evaluator.session import Evaluation
from assay.evaluator.sides import SIDES, Explanations, SideName, judged_side
from assay.metrics.definition import Metric
from assay.project.store import Store
from assay.query.results import ResultSets


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
    explanations = Explanations(store, results, evaluation, metrics)
    of_images = explanations.of_images
    drivers: list[Driver] = []
    for name in SIDES:
        side = judged_side(evaluation, name)
        of_objects = explanations.of_objects(side)
        images = len(evaluation.loaded.image_rows)
        found = measure_importance(~side.wrong, side.image, of_objects, of_images, images=images)
        drivers += [
            Driver(explanations.metrics[key], name, key not in of_objects, found[key])
            for key in [*of_objects, *(key for key in of_images if key not in of_objects)]
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
    explanations = Explanations(store, results, evaluation, [])
    sides = {name: _side(explanations, evaluation, name, key) for name in SIDES}
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


def _side(explanations: Explanations, evaluation: Evaluation, name: SideName, key: str) -> Side:
    side = judged_side(evaluation, name)
    return Side(explanations.of_side(side, key), side.wrong, side.class_)
