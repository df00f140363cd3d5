"""Numbers of evaluations as the API shows them: what is undefined is null."""

from __future__ import annotations

import math
from collections.abc import Mapping
from itertools import pairwise
from typing import Any

import numpy as np
from numpy.typing import NDArray

from assay.api.evaluation.schemas import (
    ClassIntervals,
    FoundBy,
    FoundInSet,
    NumberCompared,
    ReliabilityDiagram,
    SliceOut,
    SliceRange,
)
from assay.evaluation.calibration import Calibration
from assay.evaluation.cells import Cells
from assay.evaluator.drivers import MetricImportance
from assay.evaluator.slices import WeakSlice
from assay.evaluator.task import Comparison, Evaluation
from assay.query.compose import either, equal, interval
from assay.query.tree import conjunction

MOST_CLASSES_OF_A_MATRIX = 1_500
PREDICTED = either(equal("outcome", "tp"), equal("outcome", "fp"))
"""What finds the predictions that are evaluated."""


def show_number(value: Any) -> float | None:
    """Return a number, None for NaN."""
    number = float(value)
    return None if math.isnan(number) else number


def show_intervals(intervals: Mapping[str, tuple[float, float]]) -> dict[str, list[float] | None]:
    """Return intervals by number, None for NaN."""
    return {name: None if math.isnan(low) else [low, high] for name, (low, high) in intervals.items()}


def show_class_intervals(evaluation: Evaluation[Any, Any]) -> list[ClassIntervals]:
    """Return the intervals of the classes that are evaluated, None of those with too few objects."""
    data, intervals = evaluation.data, evaluation.class_intervals
    return [
        ClassIntervals.model_validate(
            {
                "class_row": int(data.class_rows[at]),
                "class": data.class_names[at],
                "intervals": show_intervals({name: tuple(ends[at].tolist()) for name, ends in intervals.items()}),
            }
        )
        for at in evaluation.shown_classes.tolist()
    ]


def warn_of_too_few(intervals: Mapping[str, tuple[float, float]], objects: str) -> list[str]:
    """Return a warning that names the numbers without an interval, nothing where all have one.

    Args:
        intervals: Low and high, NaN where there is none.
        objects: What there are too few of.
    """
    lacking = [name for name, (low, _) in intervals.items() if math.isnan(low)]
    return [f"Too few {objects} for a 95 % interval of {', '.join(lacking)}."] if lacking else []


def show_numbers(values: Any) -> list[float | None]:
    """Return numbers, None for NaN."""
    numbers = np.asarray(values, dtype=np.float64)
    if not np.isnan(numbers).any():
        return numbers.tolist()  # type: ignore[no-any-return]
    return [show_number(value) for value in numbers]


def show_difference(first: Any, second: Any, interval: Any = None) -> NumberCompared:
    """Return a number of two sets with its difference, and the interval of that where there is one."""
    ours, theirs = show_number(first), show_number(second)
    difference = None if ours is None or theirs is None else theirs - ours
    if interval is None:
        return NumberCompared(first=ours, second=theirs, difference=difference)
    low, high = show_number(interval[0]), show_number(interval[1])
    return NumberCompared(
        first=ours,
        second=theirs,
        difference=difference,
        interval=None if low is None or high is None else [low, high],
        excludes_zero=None if low is None or high is None else low > 0 or high < 0,
    )


def show_importance(told: MetricImportance) -> dict[str, Any]:
    """Return what a metric tells about one side's outcomes; its title says where it is not the side's own."""
    of_image = told.scope == "image"
    return {
        "metric": told.metric.key,
        "title": f"{told.metric.title} (image)" if of_image else told.metric.title,
        "scope": told.scope,
        "importance": show_number(told.found.importance),
        "significant": told.found.significant,
        "correlation": show_number(told.found.correlation),
    }


def show_slice(found: WeakSlice) -> SliceOut:
    """Return a weak slice with the queries that find its items."""
    numbers = found.found
    return SliceOut.model_validate(
        {
            "side": found.concerns,
            "scope": found.scope,
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


def found_in_both(found_by: dict[str, FoundBy], comparison: Comparison[Any]) -> dict[str, list[FoundInSet]]:
    """Return what finds the items of counts, of each of two sets beside the other."""
    first, second = comparison.first, comparison.second
    return {
        name: [
            FoundInSet(
                scope=found.scope,
                query=found.query,
                predictions=ours.request.predictions,
                other=theirs.request.predictions,
                confidence=ours.confidence,
                compared_confidence=theirs.confidence,
            )
            for ours, theirs in ((first, second), (second, first))
        ]
        for name, found in found_by.items()
    }


def shown_classes(cells: Cells, occurs: NDArray[np.bool_]) -> tuple[NDArray[np.int64], int]:
    """Return the classes that a confusion matrix shows, ascending, and how many it leaves out.

    All that occur are shown, or of too many those that are confused most often.

    Args:
        cells: Of the matrix.
        occurs: bool ``(size,)``.
    """
    kept = np.flatnonzero(occurs)
    if len(kept) <= MOST_CLASSES_OF_A_MATRIX:
        return kept, 0
    confused = cells.row_totals + cells.column_totals - 2 * cells.diagonal
    order = kept[np.lexsort((kept, -confused[kept]))]
    return np.sort(order[:MOST_CLASSES_OF_A_MATRIX]), len(kept) - MOST_CLASSES_OF_A_MATRIX


def show_calibration(found: Calibration) -> ReliabilityDiagram:
    """Return a reliability diagram."""
    return ReliabilityDiagram(
        edges=found.edges.tolist(),
        count=found.count.tolist(),
        score=show_numbers(found.score),
        precision=show_numbers(found.precision),
        error=show_number(found.error),
        queries=[
            str(conjunction([PREDICTED, interval("confidence", low, high, closed=high == 1)]))
            for low, high in pairwise(found.edges.tolist())
        ],
    )
