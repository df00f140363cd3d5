"""What evaluations of every task offer, and what a task is to the evaluator."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Hashable, Mapping
from dataclasses import is_dataclass
from functools import cached_property
from typing import Any, ClassVar, Generic, Protocol, Self, TypeVar

import numpy as np

from assay.arrays import BoolArray, FloatArray, OffsetArray
from assay.evaluator.data import EvaluationData
from assay.evaluator.filters import Filter
from assay.evaluator.request import EvaluationRequest
from assay.evaluator.sides import EvaluatedSide
from assay.project.predictions import PredictionSet
from assay.project.store import Store
from assay.query.outcomes import CHANGES, Changes, Outcomes

Data = TypeVar("Data", bound=EvaluationData)
Selected = TypeVar("Selected", bound=Filter)


class Evaluation(ABC, Generic[Data, Selected]):
    """One request answered; every number is computed when it is first asked for.

    Attributes:
        key: Tells one evaluation from another, for caches.
        data: The set, and what it is compared with.
        filter: What of it is evaluated.
        request: What was asked, with the task that it was answered for.
    """

    shared: ClassVar[tuple[str, ...]] = ("key", "data", "filter", "request")
    """What other answers hold as well."""
    finds_objects: ClassVar[bool]
    """Whether images have several objects, of which some are right and others wrong or missed."""

    def __init__(self, data: Data, chosen: Selected, request: EvaluationRequest, key: Hashable) -> None:
        self.key = key
        self.data = data
        self.filter = chosen
        self.request = request

    @property
    def confidence(self) -> float:
        """Predictions below it are dropped from counts, reasons and confusions."""
        assert self.request.confidence is not None  # noqa: S101 - the evaluator has put in the operating point
        return self.request.confidence

    @cached_property
    def images(self) -> BoolArray:
        """Bool ``(images,)``: which images are evaluated."""
        chosen = self.filter.selection.images
        return np.ones(len(self.data.image_rows), dtype=np.bool_) if chosen is None else chosen

    @property
    def chosen_classes(self) -> BoolArray:
        """Bool ``(classes,)``: the class filter."""
        classes = self.filter.classes
        return np.ones(len(self.data.class_rows), dtype=np.bool_) if classes is None else classes

    @property
    def coverage(self) -> float:
        """Share 0..1 of the evaluated images that the set covers; 1 where there are none."""
        return float(self.data.covered[self.images].mean()) if self.images.any() else 1.0

    @property
    def image_metrics(self) -> Mapping[str, FloatArray]:
        """Metrics of images that belong to the set, float64 indexed by row, by key."""
        return {}

    @property
    @abstractmethod
    def numbers(self) -> dict[str, Any]:
        """The numbers that two sets are compared by; NaN where undefined."""

    @property
    @abstractmethod
    def intervals(self) -> dict[str, tuple[float, float]]:
        """95 % intervals of numbers: low and high, by name."""

    @property
    @abstractmethod
    def shown_classes(self) -> OffsetArray:
        """int64 ``(k,)``: the chosen classes that occur, the most frequent first."""

    @property
    @abstractmethod
    def class_intervals(self) -> dict[str, FloatArray]:
        """95 % intervals of numbers of each class: float64 ``(classes, 2)`` by name, NaN of too few objects."""

    @property
    @abstractmethod
    def sides(self) -> tuple[EvaluatedSide, ...]:
        """The objects that are right or wrong."""

    @property
    @abstractmethod
    def prediction_outcomes(self) -> Outcomes:
        """The outcomes of the set's predictions at or above the confidence."""

    @property
    @abstractmethod
    def annotation_outcomes(self) -> Outcomes:
        """The outcomes of the annotations beside the set."""

    @abstractmethod
    def compare(self, second: Self) -> Comparison[Self]:
        """Return the comparison with another set's evaluation over the same images, classes and objects."""

    @property
    def nbytes(self) -> int:
        """What has been computed so far takes, in bytes; without what is shared with other answers."""
        return sum(_count_bytes(value) for key, value in list(vars(self).items()) if key not in self.shared)


Answer = TypeVar("Answer", bound=Evaluation[Any, Any])


class Comparison(ABC, Generic[Answer]):
    """The evaluations of two sets over the same images, classes and objects."""

    def __init__(self, first: Answer, second: Answer) -> None:
        self.first = first
        self.second = second

    @property
    @abstractmethod
    def changes(self) -> Changes:
        """What became of each image that is evaluated, from the first set to the second."""

    @cached_property
    def counts(self) -> dict[str, int]:
        """How many images are fixed, broken, wrong in both and right in both."""
        counted = np.bincount(self.changes.change, minlength=len(CHANGES))
        return {name: int(counted[CHANGES.index(name)]) for name in ("fixed", "broken", "wrong", "right")}


class Task(Protocol[Data, Selected]):
    """How sets of a kind are loaded and evaluated."""

    def load(self, store: Store, known: PredictionSet, request: EvaluationRequest) -> Data:
        """Return a set and what it is compared with.

        Raises:
            UsageError: the set, or the project, lacks what the task compares.
        """

    def select(self, data: Data, chosen: Filter, request: EvaluationRequest) -> Selected:
        """Return a filter with what no slider changes.

        Raises:
            QueryError: it has conditions that mean nothing for the task.
        """

    def evaluate(
        self, data: Data, chosen: Selected, request: EvaluationRequest, key: Hashable
    ) -> Evaluation[Data, Selected]:
        """Return the evaluation of what a filter leaves."""


def order_classes(shown: BoolArray, frequency: Any) -> OffsetArray:
    """Return the classes that are shown, the most frequent first; equally frequent ones by their ids.

    Args:
        shown: bool ``(classes,)``.
        frequency: Numbers ``(classes,)``.
    """
    order = np.flatnonzero(shown)
    return order[np.lexsort((order, -frequency[order]))]


def _count_bytes(value: object) -> int:
    if isinstance(value, np.ndarray):
        return value.nbytes
    if isinstance(value, tuple | list):
        return sum(map(_count_bytes, value))
    return sum(map(_count_bytes, list(vars(value).values()))) if is_dataclass(value) else 0
