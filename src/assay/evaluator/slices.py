"""Weak slices of a project: where precision or recall is worse than elsewhere, and the queries that find the items."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from assay.evaluation.slices import Slice, find_weak_slices
from assay.evaluator.session import Evaluation
from assay.evaluator.sides import SIDES, Explanations, JudgedSide, SideName, judged_side
from assay.metrics.acquisition import ACQUISITION
from assay.metrics.definition import Metric
from assay.project.store import Store
from assay.query.compose import compare, either, equal, interval
from assay.query.results import ResultSets
from assay.query.tree import Node, conjunction

FloatArray = NDArray[np.float64]
MOST_OF_A_SIDE = 20
SAYS_NOTHING = frozenset(("random", "object_random", "confidence", *(metric.key for metric in ACQUISITION)))
"""A range of random numbers is no condition, and that a model errs where it is unsure is what its scores are for."""

_OUTCOMES: dict[SideName, tuple[str, str]] = {"prediction": ("tp", "fp"), "annotation": ("matched", "fn")}


@dataclass(frozen=True)
class Range:
    """A half-open range of a metric.

    Attributes:
        metric: Which.
        of_image: Whether it is the image's.
        low: The least value inside; None where the range has no lower end.
        high: The least value beyond; None where it has no upper end.
    """

    metric: Metric
    of_image: bool
    low: float | None
    high: float | None


@dataclass(frozen=True)
class WeakSlice:
    """A slice of one side.

    Attributes:
        side: ``prediction`` for precision, ``annotation`` for recall.
        concerns: What is worse in it.
        ranges: Of metrics; empty where the slice is a class.
        class_name: The class, None for ranges.
        found: Size, errors, rates, interval.
        query: Finds its items beside the evaluation, in the side's scope.
        errors_query: Finds the wrong ones among them.
    """

    side: SideName
    concerns: Literal["precision", "recall"]
    ranges: tuple[Range, ...]
    class_name: str | None
    found: Slice
    query: str
    errors_query: str


def find_slices(store: Store, results: ResultSets, evaluation: Evaluation, metrics: list[Metric]) -> list[WeakSlice]:
    """Return the weak slices of predictions, then those of annotations, each the worst first.

    Args:
        store: The project.
        results: Columns in memory.
        evaluation: At a threshold and confidence.
        metrics: The project's.
    """
    explanations = Explanations(store, results, evaluation, metrics)
    of_images = explanations.of_images
    slices: list[WeakSlice] = []
    for name in SIDES:
        side = judged_side(evaluation, name)
        of_objects = explanations.of_objects(side)
        columns = {key: values[side.image] for key, values in of_images.items()} | of_objects
        columns = {key: values for key, values in columns.items() if key not in SAYS_NOTHING}
        found = find_weak_slices(
            side.wrong, side.class_, columns, classes=evaluation.loaded.pairing.classes, limit=MOST_OF_A_SIDE
        )
        slices += [_describe(explanations, evaluation, side, columns, of_objects.keys(), each) for each in found]
    return slices


def _describe(
    explanations: Explanations,
    evaluation: Evaluation,
    side: JudgedSide,
    columns: dict[str, FloatArray],
    of_objects: Iterable[str],
    found: Slice,
) -> WeakSlice:
    ranges = tuple(
        Range(explanations.metrics[key], key not in of_objects, *_half_open(columns[key], low, high))
        for key, (low, high) in found.ranges.items()
    )
    class_name = None if found.class_ is None else evaluation.loaded.class_names[found.class_]
    conditions = [_condition(each) for each in ranges]
    if class_name is not None:
        conditions.append(equal("class", class_name))
    right, wrong = (equal("outcome", word) for word in _OUTCOMES[side.name])
    return WeakSlice(
        side=side.name,
        concerns="precision" if side.name == "prediction" else "recall",
        ranges=ranges,
        class_name=class_name,
        found=found,
        query=str(conjunction([*conditions, either(right, wrong)])),
        errors_query=str(conjunction([*conditions, wrong])),
    )


def _half_open(values: FloatArray, low: float, high: float) -> tuple[float | None, float | None]:
    """Return round ends of a half-open range that holds the same of the values as a closed one does.

    Args:
        values: float64 ``(n,)``.
        low: The least value inside.
        high: The greatest value inside.
    """
    below, above = values[values < low], values[values > high]
    return (
        _round_between(float(below.max()), low) if len(below) else None,
        _round_between(high, float(above.min())) if len(above) else None,
    )


def _round_between(below: float, end: float) -> float:
    """Return the shortest number above one value and at most at another."""
    for digits in range(1, 17):
        rounded = float(f"{end:.{digits}g}")
        if below < rounded <= end:
            return rounded
    return end


def _condition(range_: Range) -> Node:
    key, low, high = range_.metric.key, range_.low, range_.high
    if low is not None and high is not None:
        return interval(key, low, high)
    if low is not None:
        return compare(key, ">=", low)
    assert high is not None  # noqa: S101 - a slice is never a metric's whole range
    return compare(key, "<", high)
