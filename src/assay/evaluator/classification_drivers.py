"""What drives a classifier's errors: how much each metric tells about correctness, and accuracy by a metric's value."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from assay.errors import UsageError
from assay.evaluation.importance import Importance, measure_importance
from assay.evaluation.performance import Binning, Rate, Side, measure_performance
from assay.evaluator.classification import ClassificationEvaluation
from assay.metrics.definition import Metric
from assay.project.store import Store
from assay.query.fields import QueryScope, fields_of
from assay.query.results import ResultSets

FloatArray = NDArray[np.float64]
SCOPES: tuple[QueryScope, ...] = ("image", "annotation", "prediction")
LEFT_ALONE = frozenset(("iou", "blur"))  # one is of boxes, the other is another metric's mirror


@dataclass(frozen=True)
class ClassificationDriver:
    """How much a metric of images, of their labels or of predictions tells about correctness."""

    metric: Metric
    scope: QueryScope
    found: Importance


@dataclass(frozen=True)
class AccuracyByMetric:
    """Accuracy in bins of a metric.

    Attributes:
        scope: What the metric is of.
        edges: float64 ``(bins + 1,)``; bins are half-open, the last is closed.
        accuracy: Share of right images in each bin.
    """

    scope: QueryScope

    edges: FloatArray
    accuracy: Rate


def measure_classification_drivers(
    store: Store, results: ResultSets, evaluation: ClassificationEvaluation, metrics: list[Metric]
) -> list[ClassificationDriver]:
    """Return the importance of every metric for whether an image is classified correctly.

    Args:
        store: The project.
        results: Columns in memory.
        evaluation: At a confidence.
        metrics: The project's.
    """
    columns: dict[str, FloatArray] = {}
    known: dict[str, tuple[Metric, QueryScope]] = {}
    for scope in SCOPES:
        stored = set(fields_of(store, scope).metrics(scope))
        for metric in metrics:
            if metric.key in LEFT_ALONE or metric.key not in stored:
                continue
            values = _values(store, results, evaluation, scope, metric.key)
            if not np.isnan(values).all():
                columns[f"{scope} {metric.key}"] = values
                known[f"{scope} {metric.key}"] = (metric, scope)
    # an image is judged once, so that its metrics may be permuted like those of its label and its prediction
    places = np.arange(len(evaluation.counted), dtype=np.int32)
    found = measure_importance(evaluation.right, places, columns, {}, images=len(places))
    return [ClassificationDriver(*known[key], found[key]) for key in columns]


def measure_accuracy_by_metric(
    store: Store, results: ResultSets, evaluation: ClassificationEvaluation, key: str, bins: int, binning: Binning
) -> AccuracyByMetric:
    """Return accuracy in bins of a metric of images, else of their labels, else of predictions.

    Args:
        store: The project.
        results: Columns in memory.
        evaluation: At a confidence.
        key: The metric; ``confidence`` is that of predictions.
        bins: How many.
        binning: Equal widths or equal counts.

    Raises:
        UsageError: neither images, labels nor predictions have the metric.
    """
    order = SCOPES[::-1] if key == "confidence" else SCOPES
    scope = next((each for each in order if key in fields_of(store, each).metrics(each)), None)
    if scope is None:
        raise UsageError(
            "No image, label or prediction has the metric.",
            item=key[:100],
            expected="a metric of images, annotations or predictions",
            actual="an unknown name, or one that is not measured",
        )
    class_ = evaluation.loaded.label[evaluation.counted]
    side = Side(_values(store, results, evaluation, scope, key), ~evaluation.right, class_)
    nothing = Side(None, np.zeros(0, dtype=np.bool_), np.zeros(0, dtype=np.int32))
    classes = len(evaluation.loaded.class_rows)
    found = measure_performance(side, nothing, classes=classes, bins=bins, binning=binning)
    accuracy = found.precision()
    if accuracy is None:
        raise AssertionError("predictions have values")
    return AccuracyByMetric(scope, found.edges, accuracy)


def _values(
    store: Store, results: ResultSets, evaluation: ClassificationEvaluation, scope: QueryScope, key: str
) -> FloatArray:
    """Return a metric of each counted image, of its first label, or of its prediction."""
    loaded = evaluation.loaded
    if scope == "image":
        rows = loaded.image_rows[evaluation.counted]
    elif scope == "prediction":
        rows = loaded.prediction_rows[loaded.prediction_of[evaluation.counted]]
    else:
        first = np.full(len(loaded.image_rows), -1, dtype=np.int32)
        first[loaded.annotation_image[::-1]] = loaded.annotation_rows[::-1]
        rows = first[evaluation.counted]
    values: FloatArray = results.columns.numbers(store, scope, key)[rows]
    return values
