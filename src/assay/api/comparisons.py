"""Comparisons of two prediction sets as the door shows them."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from numpy.typing import NDArray

from assay.api.classes import UNKNOWN_COLOR, read_classes
from assay.api.evaluations import FOUND_BY, found_by_reason
from assay.api.numbers import found_in_both, show_difference
from assay.api.schemas.evaluation import ChangedImages, ClassCompared, ComparisonOut
from assay.evaluation.types import check_mask
from assay.evaluator.comparison import Comparison
from assay.evaluator.session import Evaluation
from assay.project.store import Store
from assay.query.compose import equal

_UNDEFINED = -1  # in the COCO table


def show_comparison(store: Store, comparison: Comparison) -> ComparisonOut:
    """Return both sets' numbers with their differences."""
    first, second = comparison.first, comparison.second
    question = first.question
    intervals = comparison.differences.numbers
    ours, theirs = _numbers(first), _numbers(second)
    tables = [first.coco, second.coco]
    reasons = [_count_reasons(each) for each in (first, second)]
    return ComparisonOut(
        first=question.name,
        second=second.question.name,
        task=question.task,
        query=question.query,
        covered_only=question.covered_only,
        iou=question.iou,
        confidence=question.confidence,
        annotations=int(first.classes.annotations[_chosen(first)].sum()),
        images=int(first.images.sum()),
        coverage=[first.coverage, second.coverage],
        numbers={name: show_difference(ours[name], theirs[name], intervals[name]) for name in ours},
        coco={name: show_difference(_defined(tables[0][name]), _defined(tables[1][name])) for name in tables[0]},
        errors={name: show_difference(reasons[0][name], reasons[1][name]) for name in reasons[0]},
        per_class=_classes(store, comparison),
        found_by=found_in_both(
            {name: FOUND_BY[name] for name in ("tp", "fp", "fn", "annotations", "images")}
            | {reason: found_by_reason(reason) for reason in reasons[0]},
            question.name,
            second.question.name,
        ),
        changed={
            word: ChangedImages(count=count, query=f"compared:{word}") for word, count in comparison.counts.items()
        },
        warnings=list(dict.fromkeys(first.loaded.warnings + second.loaded.warnings)),
    )


def _numbers(evaluation: Evaluation) -> dict[str, Any]:
    classes = evaluation.filter.classes
    total = evaluation.counts.total(classes)
    return {
        "mAP": evaluation.classes.mean_average_precision(classes),
        "mAR": evaluation.classes.mean_average_recall(classes),
        "tp": total.tp,
        "fp": total.fp,
        "fn": total.fn,
        "precision": total.precision,
        "recall": total.recall,
        "f1": total.f1,
    }


def _count_reasons(evaluation: Evaluation) -> dict[str, int]:
    chosen = evaluation.chosen_predictions, evaluation.chosen_annotations
    return evaluation.reasons.counts(*(() if evaluation.filter.classes is None else chosen))


def _chosen(evaluation: Evaluation) -> NDArray[np.bool_]:
    return check_mask("classes", evaluation.filter.classes, len(evaluation.loaded.class_rows))


def _defined(value: float) -> float:
    return math.nan if value == _UNDEFINED else value


def _classes(store: Store, comparison: Comparison) -> list[ClassCompared]:
    """Return the chosen classes that occur in annotations or predictions, the most frequent first."""
    first, second, between = comparison.first, comparison.second, comparison.differences
    loaded = first.loaded
    colors = {each.row: each.color for each in read_classes(store)}
    annotations = first.classes.annotations
    judged = first.counts.tp + first.counts.fp + second.counts.tp + second.counts.fp
    order = np.flatnonzero(_chosen(first) & ((annotations > 0) | (judged > 0)))
    order = order[np.lexsort((order, -annotations[order]))]
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
                "class_row": int(loaded.class_rows[at]),
                "class_id": loaded.class_ids[at],
                "class": loaded.class_names[at],
                "color": colors.get(int(loaded.class_rows[at]), UNKNOWN_COLOR),
                "annotations": int(annotations[at]),
                "query": str(equal("class", loaded.class_names[at])),
                **{
                    name: show_difference(ours[at], theirs[at], low_high[at])
                    for name, (ours, theirs, low_high) in columns.items()
                },
            }
        )
        for at in order.tolist()
    ]
