"""Prediction sets that are being evaluated: what they hold is read once, a threshold is a pass over it."""

from __future__ import annotations

from collections.abc import Hashable
from contextlib import suppress
from dataclasses import replace
from typing import Any, cast

from assay.arrays import BoolArray
from assay.cache import Cache
from assay.errors import UsageError
from assay.evaluator.classification import ClassificationComparison, ClassificationEvaluation, ClassificationTask
from assay.evaluator.data import EvaluationData
from assay.evaluator.detection import DetectionComparison, DetectionEvaluation, DetectionTask
from assay.evaluator.detection_data import DetectionData
from assay.evaluator.filters import Filter, read_filter
from assay.evaluator.operating_points import find_operating_point
from assay.evaluator.request import EvaluationRequest, TaskName
from assay.evaluator.task import Task
from assay.project.operating_points import OF_CLASSIFICATIONS, OperatingPoint
from assay.project.predictions import PredictionSet, get_set
from assay.project.store import Store
from assay.query.results import ResultSets

AnyEvaluation = DetectionEvaluation | ClassificationEvaluation
AnyComparison = DetectionComparison | ClassificationComparison
_DETECTION, _CLASSIFICATION = DetectionTask(), ClassificationTask()
_KEPT_SETS = 6
_KEPT_EVALUATIONS = 64
_LEAST_ANSWERS, _MOST_ANSWERS = 3, 64
_ANSWER_BYTES = 32_000_000  # with all that was asked of it one takes 8 MB for 80 classes: a slider leaves many behind


class Evaluator:
    """Evaluates prediction sets; keeps what was asked for last."""

    def __init__(self, results: ResultSets) -> None:
        self._results = results
        self._sets: Cache[PredictionSet] = Cache(most_entries=_KEPT_EVALUATIONS)
        self._data: Cache[EvaluationData] = Cache(most_entries=_KEPT_SETS)
        self._filters: Cache[Filter] = Cache(most_entries=_KEPT_EVALUATIONS)
        self._points: Cache[OperatingPoint] = Cache(most_entries=_KEPT_EVALUATIONS)
        self._answers: Cache[AnyEvaluation] = Cache(
            _ANSWER_BYTES,
            lambda answer: answer.nbytes,
            most_entries=_MOST_ANSWERS,
            least_entries=_LEAST_ANSWERS,
            grows=True,
        )

    def evaluate(self, store: Store, request: EvaluationRequest) -> AnyEvaluation:
        """Return a prediction set's evaluation.

        Raises:
            NotFoundError: there is no such set.
            QueryError: the query cannot be used as a filter.
            UsageError: the set cannot be evaluated for the task, or a threshold is out of range.
        """
        known = self._find(store, request.predictions)
        other = self._find(store, request.compared_with) if request.compared_with else None
        request = _resolve(request, known)
        if request.confidence is None:
            request = replace(request, confidence=self.operating_point(store, request).confidence)
        version = (store.version(tags=True), known.number, None if other is None else other.number)
        key = (version, request)

        def answer() -> AnyEvaluation:
            task: Task[Any, Any] = _CLASSIFICATION if request.task == "classification" else _DETECTION
            data = self._load(store, task, known, request)
            covered = data.covered if request.covered_only else None
            if covered is not None and other is not None:
                covered = covered & self._load(store, task, other, request).covered
            chosen = self._filter(store, task, data, covered, version, request)
            return cast("AnyEvaluation", task.evaluate(data, chosen, request, key))

        return self._answers.get(key, answer)

    def compare(
        self, store: Store, request: EvaluationRequest, other: str, compared_confidence: float | None = None
    ) -> AnyComparison:
        """Return the comparison of a set with another.

        Args:
            store: The project.
            request: About the one set.
            other: The other's name.
            compared_confidence: From where on the other's predictions count, as of :meth:`EvaluationRequest.beside`.

        Raises:
            NotFoundError: there is no set of a name.
            QueryError: the query cannot be used as a filter.
            UsageError: the two are one, a threshold is out of range, or a set cannot be evaluated for the task.
        """
        ours, theirs = request.beside(other, compared_confidence)
        first = self.evaluate(store, ours)
        second = self.evaluate(store, replace(theirs, task=first.request.task))
        if isinstance(first, DetectionEvaluation) and isinstance(second, DetectionEvaluation):
            return first.compare(second)
        assert isinstance(first, ClassificationEvaluation)  # noqa: S101 - both are of one task
        assert isinstance(second, ClassificationEvaluation)  # noqa: S101
        return first.compare(second)

    def operating_point(self, store: Store, request: EvaluationRequest) -> OperatingPoint:
        """Return from which confidence on a set's predictions count for a task: as it is kept, else found now.

        Raises:
            NotFoundError: there is no such set.
            UsageError: the set cannot be evaluated for the task.
        """
        known = self._find(store, request.predictions)
        task = _task_of(known, request.task)
        if task == "classification":
            return OF_CLASSIFICATIONS
        if task in known.operating_points:
            return known.operating_points[task]
        asked = EvaluationRequest(known.name, task, sigmas=request.sigmas)

        def find() -> OperatingPoint:
            data = self._load(store, _DETECTION, known, asked)
            if request.sigmas is not None:
                with suppress(UsageError):  # the categories' own do not fit: then these are all that there is
                    data = self._load(store, _DETECTION, known, replace(asked, sigmas=None))
            return find_operating_point(cast("DetectionData", data).pairing)

        return self._points.get((store.version(), known.number, task, request.sigmas), find)

    def is_of_classes(self, store: Store, name: str) -> bool:
        """Return whether a set holds classifications.

        Raises:
            NotFoundError: there is no such set.
        """
        return self._find(store, name).kind == "classification"

    def _find(self, store: Store, name: str) -> PredictionSet:
        """Return a prediction set; asked for at every move of a slider, so it is remembered."""
        return self._sets.get((store.version(), name), lambda: get_set(store, name))

    def _load(
        self, store: Store, task: Task[Any, Any], known: PredictionSet, request: EvaluationRequest
    ) -> EvaluationData:
        """Return what a set holds; several requests of a page at once need one set of pairs."""
        key = (store.version(), known.number, request.task, request.sigmas)
        return self._data.get(key, lambda: task.load(store, known, request))

    def _filter(
        self,
        store: Store,
        task: Task[Any, Any],
        data: EvaluationData,
        covered: BoolArray | None,
        version: Hashable,
        request: EvaluationRequest,
    ) -> Filter:
        """Return what a filter leaves, with what no slider changes."""

        def select() -> Filter:
            found: Filter = task.select(data, read_filter(store, self._results, data, request.filter, covered), request)
            return found

        return self._filters.get((version, request.task, request.sigmas, request.filter, request.covered_only), select)


def _task_of(known: PredictionSet, task: TaskName | None) -> TaskName:
    return task or ("classification" if known.kind == "classification" else "bbox")


def _resolve(request: EvaluationRequest, known: PredictionSet) -> EvaluationRequest:
    """Return a request with the task that it is answered for, and without what that has not.

    Raises:
        UsageError: sigmas are given for classes of images.
    """
    task = _task_of(known, request.task)
    if task != "classification":
        return replace(request, task=task, filter=request.filter.strip())
    if request.sigmas is not None:
        raise UsageError(
            "Classes of images have no keypoint sigmas.",
            item="sigmas",
            expected="none",
            actual=", ".join(f"{sigma:g}" for sigma in request.sigmas)[:100],
        )
    return EvaluationRequest(
        request.predictions,
        task,
        confidence=request.confidence,
        filter=request.filter.strip(),
        covered_only=request.covered_only,
        compared_with=request.compared_with,
    )
