"""Evaluations of detections as the API shows them."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from assay.api.app import App
from assay.api.classes import UNKNOWN_COLOR, read_classes
from assay.api.evaluation.numbers import (
    PREDICTED,
    show_calibration,
    show_class_intervals,
    show_importance,
    show_intervals,
    show_slice,
    shown_classes,
    warn_of_too_few,
)
from assay.api.evaluation.numbers import show_number as _number
from assay.api.evaluation.numbers import show_numbers as _numbers
from assay.api.evaluation.schemas import (
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
    SlowEvaluation,
)
from assay.api.schemas.predictions import OperatingPointOut
from assay.evaluation.cells import Cells
from assay.evaluation.detection.curves import best_f1_confidences, operating_points
from assay.evaluation.performance import Binning, Performance, Rate
from assay.evaluator.detection import DetectionEvaluation
from assay.evaluator.drivers import measure_by_metric, measure_metric_importance
from assay.evaluator.slices import find_slices
from assay.evaluator.task import order_classes
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


def show_detection(store: Store, evaluation: DetectionEvaluation, operating_point: OperatingPointOut) -> EvaluationOut:
    """Return what follows the sliders."""
    request, data, classes = evaluation.request, evaluation.data, evaluation.filter.classes
    numbers = evaluation.numbers
    return EvaluationOut(
        predictions=request.predictions,
        task=evaluation.task,
        query=request.filter,
        covered_only=request.covered_only,
        iou=request.iou,
        confidence=evaluation.confidence,
        operating_point=operating_point,
        mAP=_number(numbers["mAP"]),
        mAR=_number(numbers["mAR"]),
        tp=numbers["tp"],
        fp=numbers["fp"],
        fn=numbers["fn"],
        precision=_number(numbers["precision"]),
        recall=_number(numbers["recall"]),
        f1=_number(numbers["f1"]),
        best_confidence=_best_confidence(evaluation),
        annotations=evaluation.annotations,
        ignored=evaluation.ignored,
        images=int(evaluation.images.sum()),
        coverage=evaluation.coverage,
        coco=evaluation.filter.coco,
        per_class=_classes(store, evaluation),
        curve=_numbers(evaluation.classes.mean_precision(classes)),
        errors={
            reason: ErrorCount(count=count, **found_by_reason(reason).model_dump())
            for reason, count in evaluation.reason_counts.items()
        },
        found_by=FOUND_BY,
        confusion=_confusion(data.class_names, evaluation.confusion.cells, evaluation.chosen_classes),
        calibration=show_calibration(evaluation.calibration),
        warnings=list(data.warnings),
    )


def found_by_reason(reason: str) -> FoundBy:
    """Return what finds the errors of a reason."""
    return FoundBy(scope="annotation" if reason == "missed" else "prediction", query=f"reason:{reason}")


def show_slow_detection(store: Store, app: App, evaluation: DetectionEvaluation) -> SlowEvaluation:
    """Return what comes when the sliders rest."""
    metrics = Catalogue(store).all()
    intervals = evaluation.intervals
    return SlowEvaluation(
        task=evaluation.task,
        intervals=show_intervals(intervals),
        per_class=show_class_intervals(evaluation),
        warnings=warn_of_too_few(intervals, "objects"),
        costs={reason: _number(cost) for reason, cost in evaluation.costs.items()},
        importance=[
            DriverOut(**show_importance(each), side=each.side)
            for each in measure_metric_importance(store, app.results, evaluation, metrics)
        ],
        slices=[show_slice(each) for each in find_slices(store, app.results, evaluation, metrics)],
        acquisition=_acquisition(evaluation),
    )


def _acquisition(evaluation: DetectionEvaluation) -> list[AcquisitionOut]:
    """Return how the set's acquisition functions are spread over the evaluated images."""
    rows = evaluation.data.image_rows[evaluation.images]
    columns = evaluation.data.image_metrics
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


def show_detection_performance(
    store: Store,
    app: App,
    evaluation: DetectionEvaluation,
    key: str,
    bins: int,
    binning: Binning,
    *,
    by_class: bool = False,
) -> PerformanceOut:
    """Return precision and false-negative rate by a metric's value."""
    found = measure_by_metric(store, app.results, evaluation, key, bins, binning).found
    last = len(found.edges) - 2
    precision = found.precision(evaluation.filter.classes)
    fnr = found.false_negative_rate(evaluation.filter.classes)
    metric = Catalogue(store).try_get(key) or next((each for each in ACQUISITION if each.key == key), None)
    count = 0 if np.isnan(found.edges).any() else len(found.edges) - 1
    return PerformanceOut(
        task=evaluation.task,
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


def _perform_by_class(
    store: Store, evaluation: DetectionEvaluation, found: Performance, bins: int
) -> list[ClassPerformance]:
    """Return each evaluated class that occurs in a performance's bins."""
    data, chosen = evaluation.data, evaluation.chosen_classes
    occurs = found.prediction_totals[:, 0] + found.annotation_totals[:, 0] > 0
    colors = {each.row: each.color for each in read_classes(store)}
    told = []
    for at in order_classes(chosen & occurs, evaluation.classes.annotations).tolist():
        only = np.arange(len(chosen)) == at
        precision, fnr = found.precision(only), found.false_negative_rate(only)
        nothing: list[None] = [None] * bins
        told.append(
            ClassPerformance.model_validate(
                {
                    "class": data.class_names[at],
                    "query": str(equal("class", data.class_names[at])),
                    "color": colors.get(int(data.class_rows[at]), UNKNOWN_COLOR),
                    "predictions": nothing if precision is None else precision.count.tolist(),
                    "precision": nothing if precision is None else _numbers(precision.value),
                    "annotations": nothing if fnr is None else fnr.count.tolist(),
                    "fnr": nothing if fnr is None else _numbers(fnr.value),
                }
            )
        )
    return told


def show_operating_points(evaluation: DetectionEvaluation) -> list[OperatingPoint]:
    """Return counts at every distinct score of each class that is evaluated."""
    data, classes = evaluation.data, evaluation.filter.classes
    found = []
    for class_, name in enumerate(data.class_names):
        if classes is not None and not classes[class_]:
            continue
        points = operating_points(data.pairing, evaluation.matches, class_)
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


def _best_confidence(evaluation: DetectionEvaluation) -> float | None:
    """Return the confidence with the greatest F1, of all classes together or of the one that is chosen."""
    classes = evaluation.filter.classes
    if classes is not None and classes.sum() != 1:
        return None  # points are those of one class, or of all
    class_ = None if classes is None else int(np.flatnonzero(classes)[0])
    points = operating_points(evaluation.data.pairing, evaluation.matches, class_)
    return None if points.best is None else float(points.confidence[points.best])


def _classes(store: Store, evaluation: DetectionEvaluation) -> list[ClassResult]:
    data, classes, counts = evaluation.data, evaluation.classes, evaluation.counts
    colors = {each.row: each.color for each in read_classes(store)}
    best = best_f1_confidences(data.pairing, evaluation.matches)
    precision, recall, f1 = counts.precision, counts.recall, counts.f1
    return [
        ClassResult.model_validate(
            {
                "class_row": int(data.class_rows[at]),
                "class_id": data.class_ids[at],
                "class": data.class_names[at],
                "query": str(equal("class", data.class_names[at])),
                "color": colors.get(int(data.class_rows[at]), UNKNOWN_COLOR),
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
        for at in evaluation.shown_classes.tolist()
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
