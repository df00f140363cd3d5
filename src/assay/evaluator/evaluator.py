"""Prediction sets that are being evaluated: what they hold is read once, a threshold is a pass over it."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Hashable
from contextlib import suppress
from dataclasses import replace
from typing import Any, TypeVar, cast

from assay.arrays import BoolArray
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
Kept = TypeVar("Kept")
_DETECTION, _CLASSIFICATION = DetectionTask(), ClassificationTask()
_KEPT_SETS = 6
_KEPT_EVALUATIONS = 64
_LEAST_ANSWERS, _MOST_ANSWERS = 3, 64
_ANSWER_BYTES = 32_000_000  # with all that was asked of it one takes 8 MB for 80 classes: a slider leaves many behind


class Evaluator:
    """Evaluates prediction sets; keeps what was asked for last."""

    def __init__(self, results: ResultSets) -> None:
        self._results = results
        self._sets: OrderedDict[Hashable, PredictionSet] = OrderedDict()
        self._data: OrderedDict[Hashable, EvaluationData] = OrderedDict()
        self._filters: OrderedDict[Hashable, Filter] = OrderedDict()
        self._answers: OrderedDict[Hashable, AnyEvaluation] = OrderedDict()
        self._points: OrderedDict[Hashable, OperatingPoint] = OrderedDict()
        self._mutex = threading.Lock()
        self._loading = threading.Lock()

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
        version = (
            f"{store.directory}:{store.manifest.uuid}",
            store.data_version,
            store.tag_version,
            known.number,
            None if other is None else other.number,
        )
        key = (version, request)
        with self._mutex:
            if key in self._answers:
                self._answers.move_to_end(key)
                return self._answers[key]
        task: Task[Any, Any] = _CLASSIFICATION if request.task == "classification" else _DETECTION
        data = self._load(store, task, known, request)
        covered = data.covered if request.covered_only else None
        if covered is not None and other is not None:
            covered = covered & self._load(store, task, other, request).covered
        chosen = self._filter(store, task, data, covered, version, request)
        answer = cast("AnyEvaluation", task.evaluate(data, chosen, request, key))
        with self._mutex:
            self._answers[key] = answer
            self._forget_oldest()
        return answer

    def compare(self, store: Store, request: EvaluationRequest, other: str) -> AnyComparison:
        """Return the comparison of a set with another.

        Raises:
            NotFoundError: there is no set of a name.
            QueryError: the query cannot be used as a filter.
            UsageError: the two are one, or a set cannot be evaluated for the task.
        """
        ours, theirs = request.beside(other)
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
        key = (f"{store.directory}:{store.manifest.uuid}", store.data_version, known.number, task, request.sigmas)
        with self._mutex:
            if key in self._points:
                return self._points[key]
        asked = EvaluationRequest(known.name, task, sigmas=request.sigmas)
        data = self._load(store, _DETECTION, known, asked)
        if request.sigmas is not None:
            with suppress(UsageError):  # the categories' own do not fit: then these are all that there is
                data = self._load(store, _DETECTION, known, replace(asked, sigmas=None))
        found = find_operating_point(cast("DetectionData", data).pairing)
        with self._mutex:
            _keep(self._points, key, found, _KEPT_EVALUATIONS)
        return found

    def is_of_classes(self, store: Store, name: str) -> bool:
        """Return whether a set holds classifications.

        Raises:
            NotFoundError: there is no such set.
        """
        return self._find(store, name).kind == "classification"

    def _forget_oldest(self) -> None:
        held = {key: kept.nbytes for key, kept in self._answers.items()}  # they grow as they are asked
        for key in list(held)[:-_LEAST_ANSWERS]:
            if len(held) <= _MOST_ANSWERS and sum(held.values()) <= _ANSWER_BYTES:
                break
            del self._answers[key]
            del held[key]

    def _find(self, store: Store, name: str) -> PredictionSet:
        """Return a prediction set; asked for at every move of a slider, so it is remembered."""
        key = (f"{store.directory}:{store.manifest.uuid}", store.data_version, name)
        with self._mutex:
            known = self._sets.get(key)
        if known is None:
            known = get_set(store, name)
            with self._mutex:
                _keep(self._sets, key, known, _KEPT_EVALUATIONS)
        return known

    def _load(
        self, store: Store, task: Task[Any, Any], known: PredictionSet, request: EvaluationRequest
    ) -> EvaluationData:
        version = (f"{store.directory}:{store.manifest.uuid}", store.data_version)
        key = (version, known.number, request.task, request.sigmas)
        with self._loading:  # several requests of a page at once need one set of pairs
            with self._mutex:
                if key in self._data:
                    self._data.move_to_end(key)
                    return self._data[key]
            data: EvaluationData = task.load(store, known, request)
            with self._mutex:
                _keep(self._data, key, data, _KEPT_SETS)
        return data

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
        key = (version, request.task, request.sigmas, request.filter, request.covered_only)
        with self._mutex:
            if key in self._filters:
                self._filters.move_to_end(key)
                return self._filters[key]
        found: Filter = task.select(data, read_filter(store, self._results, data, request.filter, covered), request)
        with self._mutex:
            _keep(self._filters, key, found, _KEPT_EVALUATIONS)
        return found


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


def _keep(kept: OrderedDict[Hashable, Kept], key: Hashable, value: Kept, most: int) -> None:
    kept[key] = value
    while len(kept) > most:
        kept.popitem(last=False)
