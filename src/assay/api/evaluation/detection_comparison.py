"""Comparisons of two prediction sets as the API shows them."""

from __future__ import annotations

import math

from assay.api.classes import UNKNOWN_COLOR, read_classes
from assay.api.evaluation.detection import FOUND_BY, found_by_reason
from assay.api.evaluation.numbers import found_in_both, show_difference, warn_of_too_few
from assay.api.evaluation.schemas import ChangedImages, ClassCompared, ComparisonOut
from assay.evaluator.detection import DetectionComparison
from assay.project.store import Store
from assay.query.compose import equal

_UNDEFINED = -1  # in the COCO table


def show_detection_comparison(store: Store, comparison: DetectionComparison) -> ComparisonOut:
    """Return both sets' numbers with their differences."""
    first, second = comparison.first, comparison.second
    request = first.request
    intervals = comparison.differences.numbers
    ours, theirs = first.numbers, second.numbers
    tables = [first.filter.coco, second.filter.coco]
    reasons = [each.reason_counts for each in (first, second)]
    return ComparisonOut(
        first=request.predictions,
        second=second.request.predictions,
        task=first.task,
        query=request.filter,
        covered_only=request.covered_only,
        iou=request.iou,
        confidence=first.confidence,
        confidences=[first.confidence, second.confidence],
        annotations=first.annotations,
        images=int(first.images.sum()),
        coverage=[first.coverage, second.coverage],
        numbers={name: show_difference(ours[name], theirs[name], intervals[name]) for name in ours},
        coco={name: show_difference(_defined(tables[0][name]), _defined(tables[1][name])) for name in tables[0]},
        errors={name: show_difference(reasons[0][name], reasons[1][name]) for name in reasons[0]},
        per_class=_classes(store, comparison),
        found_by=found_in_both(
            {name: FOUND_BY[name] for name in ("tp", "fp", "fn", "annotations", "images")}
            | {reason: found_by_reason(reason) for reason in reasons[0]},
            comparison,
        ),
        changed={
            word: ChangedImages(count=count, query=f"compared:{word}") for word, count in comparison.counts.items()
        },
        warnings=[
            *dict.fromkeys(first.data.warnings + second.data.warnings),
            *warn_of_too_few(intervals, "objects"),
        ],
    )


def _defined(value: float) -> float:
    return math.nan if value == _UNDEFINED else value


def _classes(store: Store, comparison: DetectionComparison) -> list[ClassCompared]:
    first, second, between = comparison.first, comparison.second, comparison.differences
    data = first.data
    colors = {each.row: each.color for each in read_classes(store)}
    annotations = first.classes.annotations
    columns = {
        "ap": (first.classes.average_precision, second.classes.average_precision, between.average_precision),
        "ar": (first.classes.greatest_recall, second.classes.greatest_recall, between.greatest_recall),
        "tp": (first.counts.tp, second.counts.tp, between.tp),
        "fp": (first.counts.fp, second.counts.fp, between.fp),
        "fn": (first.counts.fn, second.counts.fn, between.fn),
    }
    return [
        ClassCompared.model_validate(
            {
                "class_row": int(data.class_rows[at]),
                "class_id": data.class_ids[at],
                "class": data.class_names[at],
                "color": colors.get(int(data.class_rows[at]), UNKNOWN_COLOR),
                "annotations": int(annotations[at]),
                "query": str(equal("class", data.class_names[at])),
                **{
                    name: show_difference(ours[at], theirs[at], low_high[at])
                    for name, (ours, theirs, low_high) in columns.items()
                },
            }
        )
        for at in comparison.shown_classes.tolist()
    ]
