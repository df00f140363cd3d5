"""Evaluation of classifications: images with one label, and the class that a set predicts for each."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Callable, Hashable
from dataclasses import dataclass
from functools import cached_property
from typing import Generic, TypeVar

import numpy as np
from numpy.typing import NDArray

from assay.errors import QueryError, UsageError
from assay.evaluation.calibration import Calibration, calibrate
from assay.evaluation.classification import (
    Average,
    Classification,
    bootstrap_classification,
    classify,
    rank_labels,
    share_within,
)
from assay.evaluator.classification_judged import judge_classifications, judge_labels
from assay.evaluator.filters import Filter, read_filter
from assay.evaluator.load import Items, index_rows, load_items
from assay.evaluator.question import ClassificationQuestion
from assay.project.geometry import Shape
from assay.project.predictions import PredictionSet, get_set
from assay.project.store import Store
from assay.query.judged import Judgement
from assay.query.results import ResultSets

FloatArray = NDArray[np.float64]
IndexArray = NDArray[np.int32]
BoolArray = NDArray[np.bool_]
Kept = TypeVar("Kept")
MOST_K = 5
NO_LABEL, SEVERAL_LABELS = -1, -2
_KEPT_SETS, _KEPT_EVALUATIONS = 6, 64
_WORDS = 4_000_000  # probabilities that are held at a time


@dataclass(frozen=True)
class Classified(Items):
    """A set of classifications and the labels beside it; images and classes are dense indices.

    Attributes:
        annotation_rows, annotation_image, annotation_class: int32 ``(g,)``, labels of images in row order.
        prediction_rows, prediction_image, prediction_class: int32 ``(n,)``, in row order; at most one an image.
        score: float64 ``(n,)``.
        rank: int32 ``(n,)``: how many classes are likelier than the image's label; None unless all have probabilities.
        label: int32 ``(images,)``: each one's class, or ``NO_LABEL`` or ``SEVERAL_LABELS``.
        prediction_of: int32 ``(images,)``: the place of its prediction; -1 without one, or if its class is gone.
    """

    annotation_rows: IndexArray
    annotation_image: IndexArray
    annotation_class: IndexArray
    prediction_rows: IndexArray
    prediction_image: IndexArray
    prediction_class: IndexArray
    score: FloatArray
    rank: IndexArray | None
    label: IndexArray
    prediction_of: IndexArray


class ClassificationEvaluation:
    """One question answered; every number is computed when it is first asked for.

    Judged are the images that the filter leaves, have one label, and a prediction at the confidence. A class filter
    leaves the images labelled with these classes for shares and counts; the row of a class is the same under any.
    """

    def __init__(self, loaded: Classified, chosen: Filter, question: ClassificationQuestion, key: Hashable) -> None:
        self.key = key
        self.loaded = loaded
        self.filter = chosen
        self.question = question

    @cached_property
    def images(self) -> BoolArray:
        """Bool ``(images,)``: which images the filter leaves, whatever their labels."""
        chosen = self.filter.selection.images
        return np.ones(len(self.loaded.image_rows), dtype=np.bool_) if chosen is None else chosen

    @cached_property
    def predicted(self) -> BoolArray:
        """Bool ``(images,)``: which have a prediction of at least the confidence."""
        place = self.loaded.prediction_of
        found = place >= 0
        found[found] = self.loaded.score[place[found]] >= self.question.confidence
        return found

    @cached_property
    def single(self) -> BoolArray:
        """Bool ``(images,)``: which of the filter's images have one label."""
        return self.images & (self.loaded.label >= 0)

    @cached_property
    def judged(self) -> IndexArray:
        """int32 ``(m,)``: the images with one label and a prediction."""
        return np.flatnonzero(self.single & self.predicted).astype(np.int32)

    @cached_property
    def found(self) -> Classification:
        """All judged images, of whatever class."""
        label, predicted = self.loaded.label[self.judged], self._predictions(self.judged)
        return classify(label, predicted, len(self.loaded.class_rows))

    @cached_property
    def counted(self) -> IndexArray:
        """int32 ``(k,)``: the judged images that are labelled with a chosen class."""
        return self.judged[self._is_chosen(self.judged)]

    @cached_property
    def right(self) -> BoolArray:
        """Bool ``(k,)``: which of the counted images are classified correctly."""
        right: BoolArray = self.loaded.label[self.counted] == self._predictions(self.counted)
        return right

    @property
    def accuracy(self) -> float:
        """Share of the counted images that is right; NaN without any."""
        return float(self.right.mean()) if len(self.right) else float("nan")

    @property
    def unpredicted(self) -> int:
        """Images with one label, of a chosen class, without a prediction at the confidence."""
        missed = np.flatnonzero(self.single & ~self.predicted)
        return int(np.count_nonzero(self._is_chosen(missed)))

    @property
    def unlabelled(self) -> int:
        """Images of the filter without a label."""
        return int(np.count_nonzero(self.images & (self.loaded.label == NO_LABEL)))

    @property
    def several(self) -> int:
        """Images of the filter with several labels."""
        return int(np.count_nonzero(self.images & (self.loaded.label == SEVERAL_LABELS)))

    @property
    def coverage(self) -> float:
        """Share 0..1 of the filter's images that the set covers; 1 where there are none."""
        return float(self.loaded.covered[self.images].mean()) if self.images.any() else 1.0

    @property
    def macro(self) -> Average:
        """Plain mean over the chosen classes that occur."""
        return self.found.average("macro", self.filter.classes)

    @property
    def weighted(self) -> Average:
        """Mean over the chosen classes by their labels."""
        return self.found.average("weighted", self.filter.classes)

    @cached_property
    def top_k(self) -> dict[int, float] | None:
        """Share of the counted images whose label is among the k likeliest classes; None without probabilities."""
        if self.loaded.rank is None:
            return None
        ranks = self.loaded.rank[self.loaded.prediction_of[self.counted]]
        return {k: share_within(ranks, k) for k in range(1, min(MOST_K, len(self.loaded.class_rows)) + 1)}

    @cached_property
    def calibration(self) -> Calibration:
        """Confidence of the counted images against how often they are right."""
        return calibrate(self.loaded.score[self.loaded.prediction_of[self.counted]], self.right)

    @cached_property
    def samples(self) -> dict[str, FloatArray]:
        """Accuracy and macro F1 in resamples of the judged images."""
        return bootstrap_classification(self.found.cells, self.filter.classes)

    @cached_property
    def judgement(self) -> Judgement:
        """The outcomes, for queries to speak of."""
        return Judgement(
            key=self.key,
            make_predictions=lambda: judge_classifications(self),
            make_annotations=lambda: judge_labels(self),
            make_images=lambda: self.loaded.image_rows[self.images],
        )

    @property
    def chosen_classes(self) -> BoolArray:
        """Bool ``(classes,)``: the class filter."""
        classes = self.filter.classes
        return np.ones(len(self.loaded.class_rows), dtype=np.bool_) if classes is None else classes

    def _is_chosen(self, images: NDArray[np.integer]) -> BoolArray:
        chosen: BoolArray = self.chosen_classes[self.loaded.label[images]]
        return chosen

    def _predictions(self, images: IndexArray) -> IndexArray:
        return self.loaded.prediction_class[self.loaded.prediction_of[images]]


class ClassificationEvaluator:
    """Evaluates sets of classifications; keeps what was asked for last."""

    def __init__(self, results: ResultSets) -> None:
        self._results = results
        self._sets = Recent[PredictionSet](_KEPT_EVALUATIONS)
        self._loaded = Recent[Classified](_KEPT_SETS)
        self._answers = Recent[ClassificationEvaluation](_KEPT_EVALUATIONS)

    def evaluate(self, store: Store, question: ClassificationQuestion) -> ClassificationEvaluation:
        """Return a set's evaluation.

        Raises:
            NotFoundError: there is no such set.
            QueryError: the query is no condition on images and classes.
            UsageError: the set holds detections.
        """
        version = (f"{store.directory}:{store.manifest.uuid}", store.data_version)
        known = self._find(store, question.name)
        beside = self._find(store, question.beside) if question.beside else known
        loaded = self._load(store, known)
        covered = loaded.covered & self._load(store, beside).covered if question.covered_only else None
        key = (version, store.tag_version, known.number, beside.number, question)
        return self._answers.get(key, lambda: self._evaluate(store, loaded, covered, question, key))

    def _load(self, store: Store, known: PredictionSet) -> Classified:
        version = (f"{store.directory}:{store.manifest.uuid}", store.data_version)
        return self._loaded.get((version, known.number), lambda: load_classified(store, known))

    def suits(self, store: Store, name: str) -> bool:
        """Return whether a set holds classifications.

        Raises:
            NotFoundError: there is no such set.
        """
        return self._find(store, name).kind == "classification"

    def _find(self, store: Store, name: str) -> PredictionSet:
        version = (f"{store.directory}:{store.manifest.uuid}", store.data_version)
        return self._sets.get((version, name), lambda: get_set(store, name))

    def _evaluate(
        self,
        store: Store,
        loaded: Classified,
        covered: BoolArray | None,
        question: ClassificationQuestion,
        key: Hashable,
    ) -> ClassificationEvaluation:
        chosen = read_filter(store, self._results, loaded, question.query, covered)
        if chosen.selection.annotations is not None:
            raise QueryError(
                "An evaluation of classes cannot be filtered by conditions on annotations.",
                item=question.query[:100],
                expected="conditions on images and classes",
                actual="a condition on annotations",
            )
        return ClassificationEvaluation(loaded, chosen, question, key)


class Recent(Generic[Kept]):
    """The values that were asked for last, each made once, even if several threads ask at once."""

    def __init__(self, most: int) -> None:
        self._most = most
        self._values: OrderedDict[Hashable, Kept] = OrderedDict()
        self._mutex = threading.Lock()

    def get(self, key: Hashable, make: Callable[[], Kept]) -> Kept:
        """Return the value of a key, made if it is not here."""
        with self._mutex:
            if key not in self._values:
                self._values[key] = make()
            self._values.move_to_end(key)
            while len(self._values) > self._most:
                self._values.popitem(last=False)
            return self._values[key]


def load_classified(store: Store, known: PredictionSet) -> Classified:
    """Return a set of classifications and the labels of the project's images.

    Raises:
        UsageError: the set holds detections.
    """
    if known.kind != "classification":
        raise UsageError(
            "The prediction set holds objects, not classes of images.",
            item=known.name,
            expected="a set imported from a table of classifications",
            actual="a set of detections",
        )
    items = load_items(store, known)
    image_index, class_index = index_rows(items.image_rows), index_rows(items.class_rows)
    with store.read() as cursor:
        truth = cursor.execute(
            "SELECT row, image, class FROM annotation WHERE shape = ? ORDER BY row", [int(Shape.LABEL)]
        ).fetchnumpy()
        found = cursor.execute(
            "SELECT row, image, class, score, probability_start, probability_count FROM prediction "
            'WHERE "set" = ? ORDER BY row',
            [known.number],
        ).fetchnumpy()
    labels, predictions = (
        {name: np.ma.getdata(values) for name, values in columns.items()} for columns in (truth, found)
    )
    annotation_image = image_index[labels["image"]]
    annotation_class = class_index[labels["class"]]
    prediction_image = image_index[predictions["image"]]
    prediction_class = _find(class_index, predictions["class"])
    prediction_of = np.full(len(items.image_rows), -1, dtype=np.int32)
    usable = np.flatnonzero(prediction_class >= 0)
    prediction_of[prediction_image[usable]] = usable
    label = _single_labels(annotation_image, annotation_class, len(items.image_rows))
    return Classified(
        **vars(items),
        annotation_rows=labels["row"].astype(np.int32),
        annotation_image=annotation_image,
        annotation_class=annotation_class,
        prediction_rows=predictions["row"].astype(np.int32),
        prediction_image=prediction_image,
        prediction_class=prediction_class,
        score=predictions["score"].astype(np.float64),
        rank=_rank(
            store,
            predictions["probability_start"],
            predictions["probability_count"],
            items.class_rows,
            np.maximum(label[prediction_image], 0),
        ),
        label=label,
        prediction_of=prediction_of,
    )


def _find(index: IndexArray, rows: NDArray[np.int32]) -> IndexArray:
    """Return the place of each row, -1 for rows that a refresh has taken away since the set was imported."""
    place = np.full(len(rows), -1, dtype=np.int32)
    known = rows < len(index)
    place[known] = index[rows[known]]
    return place


def _single_labels(image: IndexArray, class_: IndexArray, images: int) -> IndexArray:
    """Return each image's class, ``NO_LABEL``, or ``SEVERAL_LABELS`` where they differ."""
    label = np.full(images, NO_LABEL, dtype=np.int32)
    label[image] = class_
    label[image[label[image] != class_]] = SEVERAL_LABELS
    return label


def _rank(
    store: Store, start: NDArray[np.int64], count: NDArray[np.int32], class_rows: IndexArray, label: IndexArray
) -> IndexArray | None:
    """Return the ranks of labels among probabilities, whose words lie by class row; later classes have none."""
    if not len(count) or not count.all():
        return None
    known = np.flatnonzero(class_rows < count.min())
    ranks = np.zeros(len(count), dtype=np.int32)
    step = max(1, _WORDS // len(class_rows))
    for first in range(0, len(count), step):
        part = slice(first, first + step)
        chances = np.zeros((len(start[part]), len(class_rows)))
        chances[:, known] = store.words.values[start[part, None] + class_rows[known]]
        ranks[part] = rank_labels(label[part], chances)
    return ranks
