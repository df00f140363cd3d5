"""Prediction sets that are being evaluated: pairs are found once, a threshold is a pass over them."""

from __future__ import annotations

import threading
from collections import OrderedDict
from dataclasses import is_dataclass
from functools import cached_property
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

from assay.evaluation.accumulate import DETECTION, KEYPOINTS, coco_numbers
from assay.evaluation.bootstrap import Samples, bootstrap
from assay.evaluation.confusion import Confusion, confuse
from assay.evaluation.curves import ClassEvaluation, Counts, count_at_confidence, evaluate_classes
from assay.evaluation.fixes import cost_of_errors
from assay.evaluation.matching import Matches, match
from assay.evaluation.reasons import Reasons, find_reasons, outcomes_at_confidence
from assay.evaluation.types import Outcome
from assay.evaluator.filters import Filter, read_filter
from assay.evaluator.judged import judge_annotations, judge_predictions
from assay.evaluator.load import Loaded, load
from assay.evaluator.question import Question
from assay.project.predictions import PredictionSet, get_set
from assay.project.store import Store
from assay.query.judged import Judgement
from assay.query.results import ResultSets

Key = TypeVar("Key")
Kept = TypeVar("Kept")
_KEPT_SETS = 6
_KEPT_EVALUATIONS = 64
_LEAST_ANSWERS, _MOST_ANSWERS = 3, 64
_ANSWER_BYTES = 32_000_000  # with all that was asked of it one takes 8 MB for 80 classes: a slider leaves many behind


_SHARED = ("version", "loaded", "filter", "question", "coco")


class Evaluation:
    """One question answered; every number is computed when it is first asked for."""

    def __init__(
        self, loaded: Loaded, chosen: Filter, question: Question, coco: dict[str, float], version: tuple[object, ...]
    ) -> None:
        self.version = version
        self.loaded = loaded
        self.filter = chosen
        self.question = question
        self.coco = coco

    @cached_property
    def matches(self) -> Matches:
        """The matching at t."""
        return match(self.loaded.pairing, self.question.iou, self.filter.selection)

    @cached_property
    def classes(self) -> ClassEvaluation:
        """AP, AR and curve of each class at t."""
        return evaluate_classes(self.loaded.pairing, self.matches)

    @cached_property
    def counts(self) -> Counts:
        """TP, FP and FN of each class at the confidence."""
        return count_at_confidence(self.loaded.pairing, self.matches, self.question.confidence)

    @cached_property
    def reasons(self) -> Reasons:
        """Why FPs and FNs are wrong, at the confidence."""
        return find_reasons(self.loaded.pairing, self.matches, self.question.confidence)

    @cached_property
    def outcomes(self) -> tuple[NDArray[np.uint8], NDArray[np.uint8]]:
        """Outcomes of predictions and of annotations at the confidence, in file order."""
        return outcomes_at_confidence(self.loaded.pairing, self.matches, self.question.confidence)

    @cached_property
    def confusion(self) -> Confusion:
        """Which class is taken for which, at the confidence."""
        return confuse(self.loaded.pairing, self.matches, self.question.confidence)

    @cached_property
    def samples(self) -> Samples:
        """Resamples of the images, for intervals."""
        return bootstrap(self.loaded.pairing, self.matches, self.filter.selection, self.question.confidence)

    @cached_property
    def costs(self) -> dict[str, float]:
        """What each reason costs in mAP at t, over the whole ranking."""
        whole = self.reasons if self.question.confidence == 0 else find_reasons(self.loaded.pairing, self.matches)
        return cost_of_errors(self.loaded.pairing, self.matches, whole, self.filter.classes)

    @cached_property
    def chosen_predictions(self) -> NDArray[np.bool_]:
        """Bool ``(n,)``: predictions of the classes that are evaluated, in file order."""
        return self._of_classes(self.loaded.prediction_class)

    @cached_property
    def chosen_annotations(self) -> NDArray[np.bool_]:
        """Bool ``(g,)``: annotations of the classes that are evaluated, in file order."""
        return self._of_classes(self.loaded.annotation_class)

    def _of_classes(self, class_: NDArray[np.int32]) -> NDArray[np.bool_]:
        if self.filter.classes is None:
            return np.ones(len(class_), dtype=np.bool_)
        chosen: NDArray[np.bool_] = self.filter.classes[class_]
        return chosen

    @cached_property
    def images(self) -> NDArray[np.bool_]:
        """Bool ``(images,)``: which images are evaluated."""
        chosen = self.filter.selection.images
        return np.ones(len(self.loaded.image_rows), dtype=np.bool_) if chosen is None else chosen

    @cached_property
    def judgement(self) -> Judgement:
        """The outcomes, for queries to speak of."""
        return Judgement(
            key=(self.version, self.question),
            make_predictions=lambda: judge_predictions(self),
            make_annotations=lambda: judge_annotations(self),
            make_images=lambda: self.loaded.image_rows[self.images],
            make_image_metrics=lambda: self.loaded.image_metrics,
        )

    @property
    def nbytes(self) -> int:
        """What has been computed so far takes, in bytes; without what is shared with other answers."""
        return sum(_count_bytes(value) for key, value in list(vars(self).items()) if key not in _SHARED)

    @property
    def coverage(self) -> float:
        """Share 0..1 of the evaluated images that the set covers; 1 where there are none."""
        return float(self.loaded.covered[self.images].mean()) if self.images.any() else 1.0

    @property
    def ignored(self) -> int:
        """Annotations of the evaluated images and classes that do not count."""
        ignored = self.matches.annotation_outcome == Outcome.IGNORED
        return int(np.count_nonzero(ignored & self.chosen_annotations))


class Evaluator:
    """Evaluates prediction sets; keeps what was asked for last."""

    def __init__(self, results: ResultSets) -> None:
        self._results = results
        self._sets: OrderedDict[tuple[str, int, str], PredictionSet] = OrderedDict()
        self._loaded: OrderedDict[tuple[object, ...], Loaded] = OrderedDict()
        self._tables: OrderedDict[tuple[object, ...], tuple[Filter, dict[str, float]]] = OrderedDict()
        self._answers: OrderedDict[tuple[object, ...], Evaluation] = OrderedDict()
        self._mutex = threading.Lock()
        self._loading = threading.Lock()

    def evaluate(self, store: Store, question: Question) -> Evaluation:
        """Return a prediction set's evaluation.

        Raises:
            NotFoundError: there is no such set.
            QueryError: the query cannot be used as a filter.
            UsageError: the set cannot be evaluated for the task, or a threshold is out of range.
        """
        known = self._find(store, question.name)
        beside = self._find(store, question.beside) if question.beside else None
        version = (
            f"{store.directory}:{store.manifest.uuid}",
            store.data_version,
            store.tag_version,
            known.number,
            None if beside is None else beside.number,
        )
        key = (version, question)
        with self._mutex:
            if key in self._answers:
                self._answers.move_to_end(key)
                return self._answers[key]
        loaded = self._load(store, known, question)
        covered = loaded.covered
        if beside is not None and question.covered_only:
            covered = covered & self._load(store, beside, question).covered
        chosen, coco = self._filter(store, loaded, covered, version, question)
        answer = Evaluation(loaded, chosen, question, coco, version)
        with self._mutex:
            self._answers[key] = answer
            self._forget_oldest()
        return answer

    def _forget_oldest(self) -> None:
        held = {key: kept.nbytes for key, kept in self._answers.items()}  # they grow as they are asked
        for key in list(held)[:-_LEAST_ANSWERS]:
            if len(held) <= _MOST_ANSWERS and sum(held.values()) <= _ANSWER_BYTES:
                break
            # it holds the answer, which else waits for the garbage collector with all its arrays
            vars(self._answers.pop(key)).pop("judgement", None)
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

    def _load(self, store: Store, known: PredictionSet, question: Question) -> Loaded:
        task, sigmas = question.task, question.sigmas
        key = (f"{store.directory}:{store.manifest.uuid}", store.data_version, known.number, task, sigmas)
        with self._loading:  # several questions of a page at once need one set of pairs
            with self._mutex:
                if key in self._loaded:
                    self._loaded.move_to_end(key)
                    return self._loaded[key]
            loaded = load(store, known, task, sigmas)
            with self._mutex:
                _keep(self._loaded, key, loaded, _KEPT_SETS)
        return loaded

    def _filter(
        self,
        store: Store,
        loaded: Loaded,
        covered: NDArray[np.bool_],
        version: tuple[object, ...],
        question: Question,
    ) -> tuple[Filter, dict[str, float]]:
        """Return what a filter leaves, and the COCO numbers of it, which no slider changes."""
        key = (version, question.task, question.sigmas, question.query.strip(), question.covered_only)
        with self._mutex:
            if key in self._tables:
                self._tables.move_to_end(key)
                return self._tables[key]
        among = covered if question.covered_only else None
        chosen = read_filter(store, self._results, loaded, question.query, among)
        protocol = KEYPOINTS if question.task == "keypoints" else DETECTION
        found = (chosen, coco_numbers(loaded.pairing, chosen.selection, protocol, chosen.classes))
        with self._mutex:
            _keep(self._tables, key, found, _KEPT_EVALUATIONS)
        return found


def _count_bytes(value: object) -> int:
    if isinstance(value, np.ndarray):
        return value.nbytes
    if isinstance(value, tuple | list):
        return sum(map(_count_bytes, value))
    return sum(map(_count_bytes, list(vars(value).values()))) if is_dataclass(value) else 0


def _keep(kept: OrderedDict[Key, Kept], key: Key, value: Kept, most: int) -> None:
    kept[key] = value
    while len(kept) > most:
        kept.popitem(last=False)
