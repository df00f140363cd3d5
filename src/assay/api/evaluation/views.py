"""Evaluations of any task as the API shows them."""

from __future__ import annotations

from assay.api.app import App
from assay.api.evaluation.classification import (
    show_accuracy_by_metric,
    show_classification,
    show_classification_comparison,
    show_slow_classification,
)
from assay.api.evaluation.classification_schemas import (
    AccuracyByMetricOut,
    ClassificationComparisonOut,
    ClassificationOut,
    SlowClassification,
)
from assay.api.evaluation.detection import (
    show_detection,
    show_detection_performance,
    show_operating_points,
    show_slow_detection,
)
from assay.api.evaluation.detection_comparison import show_detection_comparison
from assay.api.evaluation.schemas import (
    ComparisonOut,
    EvaluationOut,
    OperatingPoint,
    PerformanceOut,
    SlowEvaluation,
    ThresholdsOut,
)
from assay.api.evaluation.thresholds import show_thresholds
from assay.api.schemas.predictions import show_operating_point
from assay.api.schemas.requests import PerformanceQuery, ThresholdsQuery
from assay.errors import UsageError
from assay.evaluator.detection import DetectionComparison, DetectionEvaluation
from assay.evaluator.evaluator import AnyComparison, AnyEvaluation
from assay.project.store import Store


def show_evaluation(store: Store, app: App, evaluation: AnyEvaluation) -> EvaluationOut | ClassificationOut:
    """Return what follows the sliders."""
    own = show_operating_point(app.evaluator.operating_point(store, evaluation.request))
    if isinstance(evaluation, DetectionEvaluation):
        return show_detection(store, evaluation, own)
    return show_classification(store, evaluation, own)


def show_slow(store: Store, app: App, evaluation: AnyEvaluation) -> SlowEvaluation | SlowClassification:
    """Return what comes when the sliders rest."""
    if isinstance(evaluation, DetectionEvaluation):
        return show_slow_detection(store, app, evaluation)
    return show_slow_classification(store, app, evaluation)


def show_comparison(store: Store, comparison: AnyComparison) -> ComparisonOut | ClassificationComparisonOut:
    """Return two sets' numbers with their differences."""
    if isinstance(comparison, DetectionComparison):
        return show_detection_comparison(store, comparison)
    return show_classification_comparison(store, comparison)


def show_performance(
    store: Store, app: App, evaluation: AnyEvaluation, asked: PerformanceQuery
) -> PerformanceOut | AccuracyByMetricOut:
    """Return outcomes by a metric's value.

    Raises:
        UsageError: nothing has the metric, or classifications are asked for by class.
    """
    cut = (asked.metric, asked.bins, asked.binning)
    if isinstance(evaluation, DetectionEvaluation):
        return show_detection_performance(store, app, evaluation, *cut, by_class=asked.by_class)
    if asked.by_class:
        raise _of_detections_only("by_class", evaluation)
    return show_accuracy_by_metric(store, app, evaluation, *cut)


def show_points(evaluation: AnyEvaluation) -> list[OperatingPoint]:
    """Return counts at every distinct score of each class that is evaluated.

    Raises:
        UsageError: the set is one of classifications.
    """
    if not isinstance(evaluation, DetectionEvaluation):
        raise _of_detections_only("operating points", evaluation)
    return show_operating_points(evaluation)


def show_thresholds_of(evaluation: AnyEvaluation, asked: ThresholdsQuery) -> ThresholdsOut:
    """Return a confidence for each class.

    Raises:
        UsageError: the set is one of classifications, or precision and recall are both asked for.
    """
    if not isinstance(evaluation, DetectionEvaluation):
        raise _of_detections_only("thresholds", evaluation)
    return show_thresholds(evaluation, asked.precision, asked.recall)


def _of_detections_only(what: str, evaluation: AnyEvaluation) -> UsageError:
    return UsageError(
        "This cannot be told of a set of classifications.",
        item=what,
        expected="a set of detections",
        actual=evaluation.request.predictions,
    )
