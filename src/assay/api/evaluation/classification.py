"""Evaluations of classifications as the API shows them."""

from __future__ import annotations

from typing import Any

import numpy as np

from assay.api.app import App
from assay.api.classes import UNKNOWN_COLOR, read_classes
from assay.api.evaluation.classification_schemas import (
    AccuracyBin,
    AccuracyByMetricOut,
    ClassAverage,
    ClassificationComparisonOut,
    ClassificationDriverOut,
    ClassificationOut,
    ClassifiedClass,
    ClassifiedClassCompared,
    SlowClassification,
)
from assay.api.evaluation.numbers import (
    PREDICTED,
    found_in_both,
    show_calibration,
    show_class_intervals,
    show_difference,
    show_importance,
    show_intervals,
    show_number,
    show_slice,
    shown_classes,
    warn_of_too_few,
)
from assay.api.evaluation.schemas import ChangedImages, ConfusionMatrix, FoundBy
from assay.api.schemas.predictions import OperatingPointOut
from assay.evaluation.classification.numbers import Average
from assay.evaluation.performance import Binning
from assay.evaluator.classification import ClassificationComparison, ClassificationEvaluation
from assay.evaluator.drivers import MetricPerformance, measure_by_metric, measure_metric_importance
from assay.evaluator.slices import find_slices
from assay.jobs.catalogue import Catalogue
from assay.project.store import Store
from assay.query.compose import either, equal, interval
from assay.query.tree import Node, conjunction

_JUDGED: dict[str, Node] = {
    "prediction": PREDICTED,
    "annotation": either(equal("outcome", "matched"), equal("reason", "class")),
}

_FOUND_BY = {
    "correct": FoundBy(scope="prediction", query="outcome:tp"),
    "misclassified": FoundBy(scope="prediction", query="outcome:fp"),
    "unpredicted": FoundBy(scope="annotation", query="reason:missed"),
    "images": FoundBy(scope="image", query="evaluated:true"),
}
_OF_CLASS = {
    "correct": _FOUND_BY["correct"],
    "predicted": FoundBy(scope="prediction", query=str(_JUDGED["prediction"])),
    "support": FoundBy(scope="annotation", query=str(_JUDGED["annotation"])),
}


def show_classification(
    store: Store, evaluation: ClassificationEvaluation, operating_point: OperatingPointOut
) -> ClassificationOut:
    """Return what follows the confidence slider."""
    request, numbers = evaluation.request, evaluation.numbers
    top = evaluation.top_k
    return ClassificationOut(
        predictions=request.predictions,
        query=request.filter,
        covered_only=request.covered_only,
        confidence=evaluation.confidence,
        operating_point=operating_point,
        accuracy=show_number(numbers["accuracy"]),
        macro=_average(evaluation.macro),
        weighted=_average(evaluation.weighted),
        top_k=None if top is None else {str(k): show_number(share) for k, share in top.items()},
        correct=numbers["correct"],
        misclassified=numbers["misclassified"],
        unpredicted=evaluation.unpredicted,
        ignored=evaluation.unlabelled + evaluation.several,
        unlabelled=evaluation.unlabelled,
        several_labels=evaluation.several,
        images=int(evaluation.images.sum()),
        coverage=evaluation.coverage,
        found_by=_FOUND_BY,
        class_found_by=_OF_CLASS,
        per_class=_classes(store, evaluation),
        confusion=_confusion(evaluation),
        calibration=show_calibration(evaluation.calibration),
    )


def show_slow_classification(store: Store, app: App, evaluation: ClassificationEvaluation) -> SlowClassification:
    """Return what comes when the slider rests."""
    metrics = Catalogue(store).all()
    importance = measure_metric_importance(store, app.results, evaluation, metrics)
    return SlowClassification(
        intervals=show_intervals(evaluation.intervals),
        per_class=show_class_intervals(evaluation),
        warnings=warn_of_too_few(evaluation.intervals, "images"),
        importance=[
            ClassificationDriverOut(**show_importance(each) | {"title": each.metric.title}) for each in importance
        ],
        slices=[show_slice(each) for each in find_slices(store, app.results, evaluation, metrics)],
    )


def show_classification_comparison(store: Store, comparison: ClassificationComparison) -> ClassificationComparisonOut:
    """Return both sets' numbers with their differences."""
    first, second, between = comparison.first, comparison.second, comparison.differences
    ours, theirs = first.numbers, second.numbers
    request = first.request
    return ClassificationComparisonOut(
        first=request.predictions,
        second=second.request.predictions,
        query=request.filter,
        covered_only=request.covered_only,
        confidence=first.confidence,
        confidences=[first.confidence, second.confidence],
        images=int(first.images.sum()),
        coverage=[first.coverage, second.coverage],
        numbers={name: show_difference(ours[name], theirs[name], between.numbers[name]) for name in ours},
        per_class=_compare_classes(store, comparison),
        found_by=found_in_both(
            {name: _FOUND_BY[name] for name in ("correct", "misclassified", "images")},
            comparison,
        ),
        changed={
            word: ChangedImages(count=count, query=f"compared:{word}") for word, count in comparison.counts.items()
        },
        warnings=warn_of_too_few(between.numbers, "images"),
    )


def _compare_classes(store: Store, comparison: ClassificationComparison) -> list[ClassifiedClassCompared]:
    first, second, between = comparison.first, comparison.second, comparison.differences
    data, before, after = first.data, first.found, second.found
    colors = {each.row: each.color for each in read_classes(store)}
    columns = {
        "precision": (before.precision, after.precision, between.precision),
        "recall": (before.recall, after.recall, between.recall),
        "f1": (before.f1, after.f1, between.f1),
    }
    return [
        ClassifiedClassCompared.model_validate(
            {
                "class_row": int(data.class_rows[at]),
                "class_id": data.class_ids[at],
                "class": data.class_names[at],
                "query": str(equal("class", data.class_names[at])),
                "color": colors.get(int(data.class_rows[at]), UNKNOWN_COLOR),
                "support": int(comparison.support[at]),
                **{
                    name: show_difference(ours[at], theirs[at], low_high[at])
                    for name, (ours, theirs, low_high) in columns.items()
                },
            }
        )
        for at in comparison.shown_classes.tolist()
    ]


def show_accuracy_by_metric(
    store: Store, app: App, evaluation: ClassificationEvaluation, key: str, bins: int, binning: Binning
) -> AccuracyByMetricOut:
    """Return accuracy by a metric's value."""
    told = measure_by_metric(store, app.results, evaluation, key, bins, binning)
    found, rate = told.found, told.found.precision()
    assert rate is not None  # noqa: S101 - what is classified has the metric
    metric = Catalogue(store).try_get(key)
    count = 0 if np.isnan(found.edges).any() else len(found.edges) - 1
    return AccuracyByMetricOut(
        metric=key,
        title=metric.title if metric else key,
        bins=[
            AccuracyBin(
                **_bin_found_by(told, key, at, closed=at == count - 1),
                low=float(found.edges[at]),
                high=float(found.edges[at + 1]),
                images=int(rate.count[at]),
                accuracy=show_number(rate.value[at]),
                accuracy_low=show_number(rate.low[at]),
                accuracy_high=show_number(rate.high[at]),
            )
            for at in range(count)
        ],
        accuracy=show_number(rate.overall),
    )


def _bin_found_by(told: MetricPerformance, key: str, at: int, *, closed: bool) -> dict[str, Any]:
    """Return what finds the images of a bin by their outcomes: their labels where the metric is of these."""
    inside = interval(key, float(told.found.edges[at]), float(told.found.edges[at + 1]), closed=closed)
    scope = "annotation" if told.scope == "annotation" else "prediction"
    return {"scope": scope, "query": str(conjunction([_JUDGED[scope], inside]))}


def _average(average: Average) -> ClassAverage:
    return ClassAverage(
        precision=show_number(average.precision), recall=show_number(average.recall), f1=show_number(average.f1)
    )


def _classes(store: Store, evaluation: ClassificationEvaluation) -> list[ClassifiedClass]:
    data, found = evaluation.data, evaluation.found
    colors = {each.row: each.color for each in read_classes(store)}
    correct = found.cells.diagonal
    return [
        ClassifiedClass.model_validate(
            {
                "class_row": int(data.class_rows[at]),
                "class_id": data.class_ids[at],
                "class": data.class_names[at],
                "query": str(equal("class", data.class_names[at])),
                "color": colors.get(int(data.class_rows[at]), UNKNOWN_COLOR),
                "precision": float(found.precision[at]),
                "recall": float(found.recall[at]),
                "f1": float(found.f1[at]),
                "support": int(found.support[at]),
                "predicted": int(found.predicted[at]),
                "correct": int(correct[at]),
            }
        )
        for at in evaluation.shown_classes.tolist()
    ]


def _confusion(evaluation: ClassificationEvaluation) -> ConfusionMatrix:
    """Return the matrix of the classes that occur; under a class filter of the images with these labels."""
    cells = evaluation.found.cells.of_rows(evaluation.chosen_classes)
    kept, left_out = shown_classes(cells, cells.row_totals + cells.column_totals > 0)
    names = [evaluation.data.class_names[at] for at in kept.tolist()]
    return ConfusionMatrix(
        classes=names,
        matrix=cells.dense(kept).tolist(),
        true=[str(equal("true_class", name)) for name in names],
        predicted=[str(equal("class", name)) for name in names],
        missed=[],
        left_out=left_out,
    )
