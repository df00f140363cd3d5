"""Weak slices of a project: where precision or recall is worse than elsewhere, and the queries that find the items."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

from assay.arrays import FloatArray
from assay.evaluation.slice_cover import cover_errors
from assay.evaluation.slices import Slice, find_weak_slices
from assay.evaluator.explanations import Explanations, Source
from assay.evaluator.sides import Concern, EvaluatedSide
from assay.evaluator.task import Evaluation
from assay.metrics.acquisition import ACQUISITION
from assay.metrics.definition import Metric
from assay.project.store import Store
from assay.query.compose import compare, either, equal, interval
from assay.query.joins import QueryScope
from assay.query.results import ResultSets
from assay.query.tree import Node, conjunction

NOT_A_CONDITION = frozenset(("random", "object_random", "confidence", *(metric.key for metric in ACQUISITION)))
"""A range of random numbers is no condition, and that a model errs where it is unsure is what its scores are for."""

_OUTCOMES: dict[QueryScope, tuple[str, str]] = {"prediction": ("tp", "fp"), "annotation": ("matched", "fn")}


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
        scope: Of the queries; annotations for recall, else predictions.
        concerns: What is worse in it.
        ranges: Of metrics; empty where the slice is a class.
        class_name: The class, None for ranges.
        found: Size, errors, rates, interval.
        query: Finds its items beside the evaluation.
        errors_query: Finds the wrong ones among them.
    """

    scope: QueryScope
    concerns: Concern
    ranges: tuple[Range, ...]
    class_name: str | None
    found: Slice
    query: str
    errors_query: str


def find_slices(
    store: Store, results: ResultSets, evaluation: Evaluation[Any, Any], metrics: list[Metric]
) -> list[WeakSlice]:
    """Return at most five weak slices of each side, the worst first.

    Args:
        store: The project.
        results: Columns in memory.
        evaluation: At a threshold and confidence.
        metrics: The project's.
    """
    explanations = Explanations(store, results, evaluation, metrics)
    slices: list[WeakSlice] = []
    for side in evaluation.sides:
        sources = _sources(explanations, side)
        columns = {source.key: values for source, values in sources.items()}
        of_images = {source.key for source in sources if source.scope == "image"}
        found = find_weak_slices(side.wrong, side.class_, columns, classes=len(evaluation.data.class_rows))
        shown = cover_errors(found, side.wrong, side.class_, side.image, columns)
        slices += [_describe(explanations, evaluation, side, of_images, each) for each in shown]
    return slices


def _sources(explanations: Explanations, side: EvaluatedSide) -> dict[Source, FloatArray]:
    """Return the metrics whose ranges queries in a side's scope can speak of, each name once."""
    own = explanations.of_objects(side)
    images = {source: values[side.image] for source, values in explanations.of_images.items()}
    named: dict[str, Source] = {source.key: source for source in images}
    named |= {source.key: source for source in own if source.scope == side.scope}
    columns = images | own
    return {source: columns[source] for key, source in named.items() if key not in NOT_A_CONDITION}


def _describe(
    explanations: Explanations,
    evaluation: Evaluation[Any, Any],
    side: EvaluatedSide,
    of_images: set[str],
    found: Slice,
) -> WeakSlice:
    ranges = tuple(
        Range(explanations.metrics[key], key in of_images, _end(low), _end(high))
        for key, (low, high) in found.ranges.items()
    )
    class_name = None if found.class_ is None else evaluation.data.class_names[found.class_]
    conditions = [_condition(each) for each in ranges]
    if class_name is not None:
        conditions.append(equal(side.class_key, class_name))
    right, wrong = (equal("outcome", word) for word in _OUTCOMES[side.scope])
    return WeakSlice(
        scope=side.scope,
        concerns=side.concerns,
        ranges=ranges,
        class_name=class_name,
        found=found,
        query=str(conjunction([*conditions, either(right, wrong)])),
        errors_query=str(conjunction([*conditions, wrong])),
    )


def _end(bound: float) -> float | None:
    """Return a bound, None where there is none."""
    return None if math.isinf(bound) else bound


def _condition(range_: Range) -> Node:
    key, low, high = range_.metric.key, range_.low, range_.high
    if low is not None and high is not None:
        return interval(key, low, high)
    if low is not None:
        return compare(key, ">=", low)
    assert high is not None  # noqa: S101 - a slice is never a metric's whole range
    return compare(key, "<", high)
