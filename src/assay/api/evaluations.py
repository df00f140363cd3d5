"""Evaluations as the door shows them."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from assay.api.classes import UNKNOWN_COLOR, read_classes
from assay.api.door import Door
from assay.api.numbers import PREDICTED, show_calibration, shown_classes
from assay.api.numbers import show_number as _number
from assay.api.numbers import show_numbers as _numbers
from assay.api.schemas.evaluation import (
    AcquisitionOut,
    ClassPerformance,
    ClassResult,
    ConfusionMatrix,
    DriverOut,
    ErrorCount,
    EvaluationOut,
    FoundBy,
    OperatingPoint,
    PerformanceBin,
    PerformanceOut,
    ReliabilityDiagram,
    SliceOut,
    SliceRange,
    SlowEvaluation,
)
from assay.evaluation.bootstrap import percentile_interval
from assay.evaluation.calibration import calibrate
from assay.evaluation.cells import Cells
from assay.evaluation.curves import best_f1_confidences, operating_points
from assay.evaluation.performance import Binning, Performance, Rate
from assay.evaluation.types import Outcome
from assay.evaluator.drivers import measure_by_metric, measure_drivers
from assay.evaluator.session import Evaluation
from assay.evaluator.slices import WeakSlice, find_slices
from assay.jobs.catalogue import Catalogue
from assay.metrics.acquisition import ACQUISITION
from assay.project.store import Store
from assay.query.compose import either, equal, interval
from assay.query.tree import Node, conjunction

_COUNTED: dict[str, Node] = {
    "prediction": PREDICTED,
    "annotation": either(equal("outcome", "matched"), equal("outcome", "fn")),
}
FOUND_BY = {
    "tp": FoundBy(scope="prediction", query="outcome:tp"),
    "fp": FoundBy(scope="prediction", query="outcome:fp"),
    "fn": FoundBy(scope="annotation", query="outcome:fn"),
    "annotations": FoundBy(scope="annotation", query=str(_COUNTED["annotation"])),
    "ignored": FoundBy(scope="annotation", query="outcome:ignored"),
    "images": FoundBy(scope="image", query="evaluated:true"),
}


def show_evaluation(store: Store, evaluation: Evaluation) -> EvaluationOut:
    """Return what follows the sliders."""
    question, loaded, classes = evaluation.question, evaluation.loaded, evaluation.filter.classes
    total = evaluation.counts.total(classes)
    tp, fp, fn = int(total.tp), int(total.fp), int(total.fn)
    chosen = np.ones(len(loaded.class_rows), dtype=np.bool_) if classes is None else classes
    masks = () if classes is None else (evaluation.chosen_predictions, evaluation.chosen_annotations)
    reasons = evaluation.reasons.counts(*masks)
    return EvaluationOut(
        predictions=question.name,
        task=question.task,
        query=question.query,
        covered_only=question.covered_only,
        iou=question.iou,
        confidence=question.confidence,
        mAP=_number(evaluation.classes.mean_average_precision(classes)),
        mAR=_number(evaluation.classes.mean_average_recall(classes)),
        tp=tp,
        fp=fp,
        fn=fn,
        precision=_number(total.precision),
        recall=_number(total.recall),
        f1=_number(total.f1),
        best_confidence=_best_confidence(evaluation),
        annotations=int(evaluation.classes.annotations[chosen].sum()),
        ignored=evaluation.ignored,
        images=int(evaluation.images.sum()),
        coverage=evaluation.coverage,
        coco=evaluation.coco,
        per_class=_classes(store, evaluation, chosen),
        curve=_numbers(evaluation.classes.mean_precision(classes)),
        errors={
            reason: ErrorCount(count=count, **found_by_reason(reason).model_dump()) for reason, count in reasons.items()
        },
        found_by=FOUND_BY,
        confusion=_confusion(loaded.class_names, evaluation.confusion.cells, chosen),
        calibration=_calibration(evaluation),
        warnings=list(loaded.warnings),
    )


def found_by_reason(reason: str) -> FoundBy:
    """Return what finds the errors of a reason."""
    return FoundBy(scope="annotation" if reason == "missed" else "prediction", query=f"reason:{reason}")


def show_slow(store: Store, door: Door, evaluation: Evaluation) -> SlowEvaluation:
    """Return what comes when the sliders rest."""
    samples = evaluation.samples.numbers(evaluation.filter.classes)
    metrics = Catalogue(store).all()
    drivers = measure_drivers(store, door.results, evaluation, metrics)
    return SlowEvaluation(
        intervals={name: _numbers(percentile_interval(values)) for name, values in samples.items()},
        costs={reason: _number(cost) for reason, cost in evaluation.costs.items()},
        importance=[
            DriverOut(
                metric=driver.metric.key,
                title=f"{driver.metric.title} (image)" if driver.of_image else driver.metric.title,
                scope="image" if driver.of_image else driver.side,
                side=driver.side,
                importance=_number(driver.found.importance),
                significant=driver.found.significant,
                correlation=_number(driver.found.correlation),
            )
            for driver in drivers
        ],
        slices=[_slice(each) for each in find_slices(store, door.results, evaluation, metrics)],
        acquisition=_acquisition(evaluation),
    )


def _slice(found: WeakSlice) -> SliceOut:
    numbers = found.found
    return SliceOut.model_validate(
        {
            "side": found.concerns,
            "scope": found.side,
            "class": found.class_name,
            "ranges": [
                SliceRange(
                    metric=each.metric.key,
                    title=f"{each.metric.title} (image)" if each.of_image else each.metric.title,
                    low=each.low,
                    high=each.high,
                )
                for each in found.ranges
            ],
            "size": numbers.size,
            "errors": numbers.errors,
            "rate": numbers.rate,
            "rest_rate": numbers.rest_rate,
            "effect": numbers.effect,
            "interval": [numbers.low, numbers.high],
            "query": found.query,
            "errors_query": found.errors_query,
        }
    )


def _acquisition(evaluation: Evaluation) -> list[AcquisitionOut]:
    """Return how the set's acquisition functions are spread over the evaluated images."""
    rows = evaluation.loaded.image_rows[evaluation.images]
    columns = evaluation.loaded.image_metrics
    return [
        AcquisitionOut.model_validate(
            {"metric": metric.key, "title": metric.title, **_spread(columns[metric.key][rows])}
        )
        for metric in ACQUISITION
        if metric.key in columns
    ]


def _spread(values: NDArray[np.float64]) -> dict[str, Any]:
    present = values[~np.isnan(values)]
    names = ("min", "q1", "median", "q3", "max")
    quartiles = np.quantile(present, [0, 0.25, 0.5, 0.75, 1]).tolist() if len(present) else [None] * len(names)
    mean = float(present.mean()) if len(present) else None
    return {
        "count": len(present),
        "nulls": len(values) - len(present),
        **dict(zip(names, quartiles, strict=True)),
        "mean": mean,
    }


def show_performance(
    store: Store,
    door: Door,
    evaluation: Evaluation,
    key: str,
    bins: int,
    binning: Binning,
    *,
    by_class: bool = False,
) -> PerformanceOut:
    """Return precision and false-negative rate by a metric's value."""
    found = measure_by_metric(store, door.results, evaluation, key, bins, binning)
    last = len(found.edges) - 2
    precision = found.precision(evaluation.filter.classes)
    fnr = found.false_negative_rate(evaluation.filter.classes)
    metric = Catalogue(store).try_get(key) or next((each for each in ACQUISITION if each.key == key), None)
    count = 0 if np.isnan(found.edges).any() else len(found.edges) - 1
    return PerformanceOut(
        metric=key,
        title=metric.title if metric else key,
        bins=[
            PerformanceBin(
                low=float(found.edges[at]),
                high=float(found.edges[at + 1]),
                **_rate("predictions", "precision", precision, at),
                **_rate("annotations", "fnr", fnr, at),
                found_by=_bin_found_by(key, float(found.edges[at]), float(found.edges[at + 1]), closed=at == last),
            )
            for at in range(count)
        ],
        precision=None if precision is None else _number(precision.overall),
        fnr=None if fnr is None else _number(fnr.overall),
        classes=_perform_by_class(store, evaluation, found, count) if by_class else [],
    )


def _perform_by_class(store: Store, evaluation: Evaluation, found: Performance, bins: int) -> list[ClassPerformance]:
    """Return each evaluated class that occurs in a performance's bins."""
    loaded, annotations = evaluation.loaded, evaluation.classes.annotations
    chosen = np.ones(len(loaded.class_rows), dtype=np.bool_)
    if evaluation.filter.classes is not None:
        chosen = evaluation.filter.classes
    occurs = chosen & (found.prediction_totals[:, 0] + found.annotation_totals[:, 0] > 0)
    colors = {each.row: each.color for each in read_classes(store)}
    order = np.flatnonzero(occurs)
    told = []
    for at in order[np.lexsort((order, -annotations[order]))].tolist():
        only = np.arange(len(chosen)) == at
        precision, fnr = found.precision(only), found.false_negative_rate(only)
        nothing: list[None] = [None] * bins
        told.append(
            ClassPerformance.model_validate(
                {
                    "class": loaded.class_names[at],
                    "query": str(equal("class", loaded.class_names[at])),
                    "color": colors.get(int(loaded.class_rows[at]), UNKNOWN_COLOR),
                    "predictions": nothing if precision is None else precision.count.tolist(),
                    "precision": nothing if precision is None else _numbers(precision.value),
                    "annotations": nothing if fnr is None else fnr.count.tolist(),
                    "fnr": nothing if fnr is None else _numbers(fnr.value),
                }
            )
        )
    return told


def show_operating_points(evaluation: Evaluation) -> list[OperatingPoint]:
    """Return counts at every distinct score of each class that is evaluated."""
    loaded, classes = evaluation.loaded, evaluation.filter.classes
    found = []
    for class_, name in enumerate(loaded.class_names):
        if classes is not None and not classes[class_]:
            continue
        points = operating_points(loaded.pairing, evaluation.matches, class_)
        counts = points.counts
        precision, recall, f1 = counts.precision, counts.recall, counts.f1
        found += [
            OperatingPoint.model_validate(
                {
                    "class": name,
                    "confidence": float(points.confidence[at]),
                    "tp": int(counts.tp[at]),
                    "fp": int(counts.fp[at]),
                    "fn": int(counts.fn[at]),
                    "precision": _number(precision[at]),
                    "recall": _number(recall[at]),
                    "f1": _number(f1[at]),
                }
            )
            for at in range(len(points.confidence))
        ]
    return found


def _bin_found_by(key: str, low: float, high: float, *, closed: bool) -> dict[str, FoundBy]:
    """Return what finds the objects of a bin; of annotations there are the same in every bin of confidences."""
    inside = interval(key, low, high, closed=closed)
    of_annotations = _COUNTED["annotation"] if key == "confidence" else conjunction([_COUNTED["annotation"], inside])
    return {
        "predictions": FoundBy(scope="prediction", query=str(conjunction([_COUNTED["prediction"], inside]))),
        "annotations": FoundBy(scope="annotation", query=str(of_annotations)),
    }


def _rate(count: str, name: str, rate: Rate | None, at: int) -> dict[str, Any]:
    if rate is None:
        return {count: None, name: None, f"{name}_low": None, f"{name}_high": None}
    return {
        count: int(rate.count[at]),
        name: _number(rate.value[at]),
        f"{name}_low": _number(rate.low[at]),
        f"{name}_high": _number(rate.high[at]),
    }


def _best_confidence(evaluation: Evaluation) -> float | None:
    """Return the confidence with the greatest F1, of all classes together or of the one that is chosen."""
    classes = evaluation.filter.classes
    if classes is not None and classes.sum() != 1:
        return None  # points are those of one class, or of all
    class_ = None if classes is None else int(np.flatnonzero(classes)[0])
    points = operating_points(evaluation.loaded.pairing, evaluation.matches, class_)
    return None if points.best is None else float(points.confidence[points.best])


def _classes(store: Store, evaluation: Evaluation, chosen: NDArray[np.bool_]) -> list[ClassResult]:
    """Return the chosen classes that occur in annotations or predictions, the most frequent first."""
    loaded, classes, counts = evaluation.loaded, evaluation.classes, evaluation.counts
    colors = {each.row: each.color for each in read_classes(store)}
    best = best_f1_confidences(loaded.pairing, evaluation.matches)
    precision, recall, f1 = counts.precision, counts.recall, counts.f1
    occurs = chosen & ((classes.annotations > 0) | (counts.tp + counts.fp > 0))
    order = np.flatnonzero(occurs)
    order = order[np.lexsort((order, -classes.annotations[order]))]
    return [
        ClassResult.model_validate(
            {
                "class_row": int(loaded.class_rows[at]),
                "class_id": loaded.class_ids[at],
                "class": loaded.class_names[at],
                "query": str(equal("class", loaded.class_names[at])),
                "color": colors.get(int(loaded.class_rows[at]), UNKNOWN_COLOR),
                "ap": _number(classes.average_precision[at]),
                "ar": _number(classes.greatest_recall[at]),
                "tp": int(counts.tp[at]),
                "fp": int(counts.fp[at]),
                "fn": int(counts.fn[at]),
                "precision": _number(precision[at]),
                "recall": _number(recall[at]),
                "f1": _number(f1[at]),
                "best_confidence": _number(best[at]),
                "annotations": int(classes.annotations[at]),
                "curve": _numbers(classes.precision[at]),
            }
        )
        for at in order.tolist()
    ]


def _confusion(names: list[str], cells: Cells, chosen: NDArray[np.bool_]) -> ConfusionMatrix:
    """Return the matrix of the chosen classes that occur, with background."""
    background = cells.size - 1
    occurs = np.append(chosen & ((cells.row_totals + cells.column_totals)[:-1] > 0), False)
    kept, left_out = shown_classes(cells, occurs)
    classes = [names[at] for at in kept.tolist()]
    return ConfusionMatrix(
        classes=classes,
        matrix=cells.dense(np.append(kept, background)).tolist(),
        true=[*(str(equal("true_class", name)) for name in classes), "true_class:null outcome:fp"],
        predicted=[str(equal("class", name)) for name in classes],
        missed=[f"{equal('class', name)} predicted_class:null outcome:fn" for name in classes],
        left_out=left_out,
    )


def _calibration(evaluation: Evaluation) -> ReliabilityDiagram:
    outcome = evaluation.outcomes[0]
    judged = ((outcome == Outcome.TP) | (outcome == Outcome.FP)) & evaluation.chosen_predictions
    return show_calibration(calibrate(evaluation.loaded.pairing.file_score[judged], outcome[judged] == Outcome.TP))
