"""Evaluations of classifications as the door shows them."""

from __future__ import annotations

from typing import Any

import numpy as np

from assay.api.classes import UNKNOWN_COLOR, read_classes
from assay.api.door import Door
from assay.api.numbers import (
    PREDICTED,
    found_in_both,
    show_calibration,
    show_difference,
    show_number,
    show_numbers,
    shown_classes,
)
from assay.api.schemas.classification import (
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
from assay.api.schemas.evaluation import ChangedImages, ConfusionMatrix, FoundBy
from assay.evaluation.bootstrap import percentile_interval
from assay.evaluation.classification import Average
from assay.evaluation.performance import Binning
from assay.evaluator.classification import ClassificationEvaluation
from assay.evaluator.classification_comparison import ClassificationComparison
from assay.evaluator.classification_drivers import (
    AccuracyByMetric,
    measure_accuracy_by_metric,
    measure_classification_drivers,
)
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


def show_classification(store: Store, evaluation: ClassificationEvaluation) -> ClassificationOut:
    """Return what follows the confidence slider."""
    question, correct = evaluation.question, int(evaluation.right.sum())
    top = evaluation.top_k
    return ClassificationOut(
        predictions=question.name,
        query=question.query,
        covered_only=question.covered_only,
        confidence=question.confidence,
        accuracy=show_number(evaluation.accuracy),
        macro=_average(evaluation.macro),
        weighted=_average(evaluation.weighted),
        top_k=None if top is None else {str(k): show_number(share) for k, share in top.items()},
        correct=correct,
        misclassified=len(evaluation.right) - correct,
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


def show_slow_classification(store: Store, door: Door, evaluation: ClassificationEvaluation) -> SlowClassification:
    """Return what comes when the slider rests."""
    drivers = measure_classification_drivers(store, door.results, evaluation, Catalogue(store).all())
    return SlowClassification(
        intervals={name: show_numbers(percentile_interval(samples)) for name, samples in evaluation.samples.items()},
        importance=[
            ClassificationDriverOut(
                metric=driver.metric.key,
                title=driver.metric.title,
                scope=driver.scope,
                importance=show_number(driver.found.importance),
                significant=driver.found.significant,
                correlation=show_number(driver.found.correlation),
            )
            for driver in drivers
        ],
    )


def show_classification_comparison(store: Store, comparison: ClassificationComparison) -> ClassificationComparisonOut:
    """Return both sets' numbers with their differences."""
    first, second, between = comparison.first, comparison.second, comparison.differences
    ours, theirs = _numbers(first), _numbers(second)
    question = first.question
    return ClassificationComparisonOut(
        first=question.name,
        second=second.question.name,
        query=question.query,
        covered_only=question.covered_only,
        confidence=question.confidence,
        images=int(first.images.sum()),
        coverage=[first.coverage, second.coverage],
        numbers={name: show_difference(ours[name], theirs[name], between.numbers[name]) for name in ours},
        per_class=_compare_classes(store, comparison),
        found_by=found_in_both(
            {name: _FOUND_BY[name] for name in ("correct", "misclassified", "images")},
            question.name,
            second.question.name,
        ),
        changed={
            word: ChangedImages(count=count, query=f"compared:{word}") for word, count in comparison.counts.items()
        },
    )


def _numbers(evaluation: ClassificationEvaluation) -> dict[str, float]:
    correct = int(evaluation.right.sum())
    return {
        "accuracy": evaluation.accuracy,
        "macro_precision": evaluation.macro.precision,
        "macro_recall": evaluation.macro.recall,
        "macro_f1": evaluation.macro.f1,
        "weighted_f1": evaluation.weighted.f1,
        "correct": correct,
        "misclassified": len(evaluation.right) - correct,
    }


def _compare_classes(store: Store, comparison: ClassificationComparison) -> list[ClassifiedClassCompared]:
    """Return the chosen classes that occur as a label or prediction, the most frequent first."""
    first, second, between = comparison.first, comparison.second, comparison.differences
    loaded, before, after = first.loaded, first.found, second.found
    colors = {each.row: each.color for each in read_classes(store)}
    labels = loaded.label[np.flatnonzero(first.single)]
    support = np.bincount(labels, minlength=len(loaded.class_rows))
    order = np.flatnonzero(first.chosen_classes & (support + before.predicted + after.predicted > 0))
    order = order[np.lexsort((order, -support[order]))]
    columns = {
        "precision": (before.precision, after.precision, between.precision),
        "recall": (before.recall, after.recall, between.recall),
        "f1": (before.f1, after.f1, between.f1),
    }
    return [
        ClassifiedClassCompared.model_validate(
            {
                "class_row": int(loaded.class_rows[at]),
                "class_id": loaded.class_ids[at],
                "class": loaded.class_names[at],
                "query": str(equal("class", loaded.class_names[at])),
                "color": colors.get(int(loaded.class_rows[at]), UNKNOWN_COLOR),
                "support": int(support[at]),
                **{
                    name: show_difference(ours[at], theirs[at], low_high[at])
                    for name, (ours, theirs, low_high) in columns.items()
                },
            }
        )
        for at in order.tolist()
    ]


def show_accuracy_by_metric(
    store: Store, door: Door, evaluation: ClassificationEvaluation, key: str, bins: int, binning: Binning
) -> AccuracyByMetricOut:
    """Return accuracy by a metric's value."""
    found = measure_accuracy_by_metric(store, door.results, evaluation, key, bins, binning)
    metric, rate = Catalogue(store).try_get(key), found.accuracy
    count = 0 if np.isnan(found.edges).any() else len(found.edges) - 1
    return AccuracyByMetricOut(
        metric=key,
        title=metric.title if metric else key,
        bins=[
            AccuracyBin(
                **_bin_found_by(found, key, at, closed=at == count - 1),
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


def _bin_found_by(found: AccuracyByMetric, key: str, at: int, *, closed: bool) -> dict[str, Any]:
    """Return what finds the images of a bin by their outcomes: their labels where the metric is of these."""
    inside = interval(key, float(found.edges[at]), float(found.edges[at + 1]), closed=closed)
    scope = "annotation" if found.scope == "annotation" else "prediction"
    return {"scope": scope, "query": str(conjunction([_JUDGED[scope], inside]))}


def _average(average: Average) -> ClassAverage:
    return ClassAverage(
        precision=show_number(average.precision), recall=show_number(average.recall), f1=show_number(average.f1)
    )


def _classes(store: Store, evaluation: ClassificationEvaluation) -> list[ClassifiedClass]:
    """Return the chosen classes that occur as a label or prediction, the most frequent first."""
    loaded, found = evaluation.loaded, evaluation.found
    colors = {each.row: each.color for each in read_classes(store)}
    order = np.flatnonzero(evaluation.chosen_classes & (found.support + found.predicted > 0))
    order = order[np.lexsort((order, -found.support[order]))]
    correct = found.cells.diagonal
    return [
        ClassifiedClass.model_validate(
            {
                "class_row": int(loaded.class_rows[at]),
                "class_id": loaded.class_ids[at],
                "class": loaded.class_names[at],
                "query": str(equal("class", loaded.class_names[at])),
                "color": colors.get(int(loaded.class_rows[at]), UNKNOWN_COLOR),
                "precision": float(found.precision[at]),
                "recall": float(found.recall[at]),
                "f1": float(found.f1[at]),
                "support": int(found.support[at]),
                "predicted": int(found.predicted[at]),
                "correct": int(correct[at]),
            }
        )
        for at in order.tolist()
    ]


def _confusion(evaluation: ClassificationEvaluation) -> ConfusionMatrix:
    """Return the matrix of the classes that occur; under a class filter of the images with these labels."""
    cells = evaluation.found.cells.of_rows(evaluation.chosen_classes)
    kept, left_out = shown_classes(cells, cells.row_totals + cells.column_totals > 0)
    names = [evaluation.loaded.class_names[at] for at in kept.tolist()]
    return ConfusionMatrix(
        classes=names,
        matrix=cells.dense(kept).tolist(),
        true=[str(equal("true_class", name)) for name in names],
        predicted=[str(equal("class", name)) for name in names],
        missed=[],
        left_out=left_out,
    )
