"""What drives a model's errors: how much each metric tells about outcomes, and outcomes by a metric's value."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

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
from assay.evaluator.detection import DetectionEvaluation
from assay.evaluator.explanations import Explanations
from assay.evaluator.sides import SideScope
from assay.evaluator.task import Evaluation
from assay.metrics.definition import Metric
from assay.project.store import Store
from assay.query.joins import QueryScope
from assay.query.results import ResultSets

_NOTHING = Side(None, np.zeros(0, dtype=np.bool_), np.zeros(0, dtype=np.int32))


@dataclass(frozen=True)
class MetricImportance:
    """How much a metric tells about one side's outcomes.

    Attributes:
        metric: Which.
        scope: Of which items it is.
        side: In which scope queries speak of the outcomes.
        found: Importance, significance, correlation.
    """

    metric: Metric
    scope: QueryScope
    side: SideScope
    found: Importance


@dataclass(frozen=True)
class MetricPerformance:
    """Outcomes in bins of a metric.

    Attributes:
        scope: Of which items the metric of the first side is; None where it lacks it.
        found: Of predictions and of annotations; what is classified counts as predictions.
    """

    scope: QueryScope | None
    found: Performance


def measure_metric_importance(
    store: Store, results: ResultSets, evaluation: Evaluation[Any, Any], metrics: list[Metric]
) -> list[MetricImportance]:
    """Return the importance of every metric for each side's outcomes.

    Args:
        store: The project.
        results: Columns in memory.
        evaluation: At a threshold and confidence.
        metrics: The project's.
    """
    explanations = Explanations(store, results, evaluation, metrics)
    images = len(evaluation.data.image_rows)
    told: list[MetricImportance] = []
    for side in evaluation.sides:
        of_objects = explanations.of_objects(side)
        # an image that is classified counts once: its metrics are permuted like those of its label
        of_images = {} if "image" in side.rows else explanations.of_images
        found = measure_importance(~side.wrong, side.image, of_objects, of_images, images=images)
        told += [
            MetricImportance(explanations.metrics[source.key], source.scope, side.scope, found[source])
            for source in (*of_objects, *of_images)
        ]
    return told


def measure_by_metric(
    store: Store, results: ResultSets, evaluation: Evaluation[Any, Any], key: str, bins: int, binning: Binning
) -> MetricPerformance:
    """Return precision and false-negative rate, or the accuracy of classifications, in bins of a metric.

    Args:
        store: The project.
        results: Columns in memory.
        evaluation: At a threshold and confidence.
        key: A metric of predictions, annotations or images; ``confidence`` for the scores.
        bins: How many.
        binning: Equal widths or equal counts.

    Raises:
        UsageError: nothing that is evaluated has the metric.
    """
    explanations = Explanations(store, results, evaluation, [])
    found = [(side, explanations.of_side(side, key)) for side in evaluation.sides]
    sides = [Side(None if column is None else column[1], side.wrong, side.class_) for side, column in found]
    cut: dict[str, Any] = {"classes": len(evaluation.data.class_rows), "bins": bins, "binning": binning}
    scope = None if found[0][1] is None else found[0][1][0]
    if key == "confidence" and isinstance(evaluation, DetectionEvaluation):
        matches = evaluation.matches
        counting = matches.annotation_counts & evaluation.chosen_annotations
        partner = matches.prediction_of[counting]
        score = np.where(partner >= 0, evaluation.data.pairing.file_score[partner], -np.inf)
        class_ = evaluation.data.annotation_class[counting]
        return MetricPerformance(
            scope, measure_performance_by_confidence(sides[0], class_, score, confidence=evaluation.confidence, **cut)
        )
    if all(side.values is None for side in sides):
        raise UsageError(
            "Nothing that is evaluated has the metric.",
            item=key[:100],
            expected="a metric of predictions, annotations or images",
            actual="an unknown name, or one that is not measured",
        )
    predictions, annotations = [*sides, _NOTHING][:2]
    return MetricPerformance(scope, measure_performance(predictions, annotations, **cut))
