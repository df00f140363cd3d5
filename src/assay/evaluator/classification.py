"""Evaluation of classifications: images with one label, and the class that a set predicts for each."""

from __future__ import annotations

from collections.abc import Hashable
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from assay.arrays import BoolArray, CodeArray, FloatArray, IndexArray, OffsetArray
from assay.errors import QueryError
from assay.evaluation.calibration import Calibration, calibrate
from assay.evaluation.cells import Cells
from assay.evaluation.classification.comparison import ClassificationDifferences, bootstrap_differences
from assay.evaluation.classification.drawn import intervals_of_means
from assay.evaluation.classification.numbers import (
    Average,
    Classification,
    classify,
    share_within,
)
from assay.evaluation.statistics import wilson_interval
from assay.evaluator.classification_data import NO_LABEL, SEVERAL_LABELS, ClassificationData, load_classifications
from assay.evaluator.data import look_up
from assay.evaluator.filters import Filter
from assay.evaluator.request import EvaluationRequest
from assay.evaluator.sides import EvaluatedSide
from assay.evaluator.task import Comparison, Evaluation, order_classes
from assay.project.predictions import PredictionSet
from assay.project.store import Store
from assay.query.outcomes import CHANGES, OUTCOMES, REASONS, Changes, Outcomes

MOST_K = 5
_IGNORED, _TP, _FP, _MATCHED, _FN = (OUTCOMES.index(name) for name in ("ignored", "tp", "fp", "matched", "fn"))
_NONE, _CLASS, _MISSED = (REASONS.index(name) for name in ("none", "class", "missed"))


class ClassificationEvaluation(Evaluation[ClassificationData, Filter]):
    """One request about a set of classifications answered.

    Evaluated are the images that the filter leaves, have one label, and a prediction at the confidence. A class filter
    leaves the images labelled with these classes for shares and counts; the row of a class is the same under any.
    """

    finds_objects = False

    @cached_property
    def predicted(self) -> BoolArray:
        """Bool ``(images,)``: which have a prediction of at least the confidence."""
        place = self.data.prediction_of
        found = place >= 0
        found[found] = self.data.score[place[found]] >= self.confidence
        return found

    @cached_property
    def single(self) -> BoolArray:
        """Bool ``(images,)``: which of the filter's images have one label."""
        return self.images & (self.data.label >= 0)

    @cached_property
    def evaluated(self) -> IndexArray:
        """int32 ``(m,)``: the images with one label and a prediction."""
        return np.flatnonzero(self.single & self.predicted).astype(np.int32)

    @cached_property
    def found(self) -> Classification:
        """All evaluated images, of whatever class."""
        label, predicted = self.data.label[self.evaluated], self._predictions(self.evaluated)
        return classify(label, predicted, len(self.data.class_rows))

    @cached_property
    def counted(self) -> IndexArray:
        """int32 ``(k,)``: the evaluated images that are labelled with a chosen class."""
        return self.evaluated[self._is_chosen(self.evaluated)]

    @cached_property
    def right(self) -> BoolArray:
        """Bool ``(k,)``: which of the counted images are classified correctly."""
        right: BoolArray = self.data.label[self.counted] == self._predictions(self.counted)
        return right

    @property
    def numbers(self) -> dict[str, Any]:
        """Accuracy, averages and counts of the chosen classes; NaN where undefined."""
        correct = int(self.right.sum())
        return {
            "accuracy": self.accuracy,
            "macro_precision": self.macro.precision,
            "macro_recall": self.macro.recall,
            "macro_f1": self.macro.f1,
            "weighted_f1": self.weighted.f1,
            "correct": correct,
            "misclassified": len(self.right) - correct,
        }

    @property
    def intervals(self) -> dict[str, tuple[float, float]]:
        """95 % intervals of accuracy and the averages; NaN where there are too few images."""
        low, high = wilson_interval(np.array([self.right.sum()]), np.array([len(self.right)]))
        return {"accuracy": (float(low[0]), float(high[0]))} | self.intervals_of_means

    @cached_property
    def intervals_of_means(self) -> dict[str, tuple[float, float]]:
        """95 % intervals of the averages over the chosen classes."""
        return intervals_of_means(self.found.cells, self.filter.classes)

    @property
    def class_intervals(self) -> dict[str, FloatArray]:
        """95 % intervals of precision, recall and F1 of each class."""
        return self.found.intervals()

    @property
    def confusion(self) -> Cells:
        """Labels against predictions of all evaluated images."""
        return self.found.cells

    @cached_property
    def shown_classes(self) -> OffsetArray:
        """int64 ``(k,)``: the chosen classes that occur as a label or prediction, the most frequent first."""
        return order_classes(self.chosen_classes & (self.found.support + self.found.predicted > 0), self.found.support)

    @property
    def sides(self) -> tuple[EvaluatedSide, ...]:
        """The counted images, each with its label and its prediction."""
        data, image = self.data, self.counted
        return (
            EvaluatedSide(
                scope="prediction",
                concerns="accuracy",
                rows={
                    "image": data.image_rows[image],
                    "annotation": data.first_labels[image],
                    "prediction": data.prediction_rows[data.prediction_of[image]],
                },
                image=image,
                class_=data.label[image],
                wrong=~self.right,
                class_key="true_class",
            ),
        )

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
        return int(np.count_nonzero(self.images & (self.data.label == NO_LABEL)))

    @property
    def several(self) -> int:
        """Images of the filter with several labels."""
        return int(np.count_nonzero(self.images & (self.data.label == SEVERAL_LABELS)))

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
        if self.data.rank is None:
            return None
        ranks = self.data.rank[self.data.prediction_of[self.counted]]
        return {k: share_within(ranks, k) for k in range(1, min(MOST_K, len(self.data.class_rows)) + 1)}

    @cached_property
    def calibration(self) -> Calibration:
        """Confidence of the counted images against how often they are right."""
        return calibrate(self.data.score[self.data.prediction_of[self.counted]], self.right)

    @cached_property
    def prediction_outcomes(self) -> Outcomes:
        """The outcomes of classifications at or above the confidence, of the evaluated images and labels.

        ``tp`` is a correct one, ``fp`` one that is not, for the reason ``class``; ignored are those of images with
        several labels or none. The partner is the image's label.
        """
        data = self.data
        kept = (data.score >= self.confidence) & (data.prediction_class >= 0)
        rows = np.flatnonzero(self._labelled_as_chosen[data.prediction_image] & kept)
        image = data.prediction_image[rows]
        single = data.label[image] >= 0
        right = data.label[image] == data.prediction_class[rows]
        wrong = single & ~right
        return Outcomes(
            rows=data.prediction_rows[rows],
            outcome=_choose(len(rows), {_TP: right, _FP: wrong}, _IGNORED),
            reason=_choose(len(rows), {_CLASS: wrong}, _NONE),
            iou=right.astype(np.float64),
            partner=np.where(single, data.first_labels[image], -1).astype(np.int32),
            other_class=np.where(single, data.class_rows[np.maximum(data.label[image], 0)], -1).astype(np.int32),
            class_names=data.names_by_row(),
        )

    @cached_property
    def annotation_outcomes(self) -> Outcomes:
        """The outcomes of labels beside the set, of the evaluated images and labels.

        Reasons of ``fn`` are ``class`` where another class is predicted, ``missed`` where none is. The partner is the
        image's prediction.
        """
        data = self.data
        rows = np.flatnonzero(self._labelled_as_chosen[data.annotation_image])
        image = data.annotation_image[rows]
        single = data.label[image] >= 0
        place = np.where(single & self.predicted[image], data.prediction_of[image], -1)
        found = place >= 0
        right = found.copy()
        right[found] = data.prediction_class[place[found]] == data.annotation_class[rows[found]]
        return Outcomes(
            rows=data.annotation_rows[rows],
            outcome=_choose(len(rows), {_MATCHED: right, _FN: single & ~right}, _IGNORED),
            reason=_choose(len(rows), {_CLASS: found & ~right, _MISSED: single & ~found}, _NONE),
            iou=np.full(len(rows), np.nan),
            partner=look_up(data.prediction_rows, place),
            other_class=look_up(data.class_rows[data.prediction_class], place),
            class_names=data.names_by_row(),
        )

    @property
    def _labelled_as_chosen(self) -> BoolArray:
        """Bool ``(images,)``: those of the filter; under a class filter those with one of these labels."""
        if self.filter.classes is None:
            return self.images
        chosen = np.zeros(len(self.data.label), dtype=np.bool_)
        single = self.data.label >= 0
        chosen[single] = self.filter.classes[self.data.label[single]]
        return chosen & self.images

    @cached_property
    def predicted_class(self) -> IndexArray:
        """int32 ``(images,)``: the class predicted for each image, -1 without one at the confidence."""
        place = np.where(self.predicted, self.data.prediction_of, -1)
        found = np.full(len(place), -1, dtype=np.int32)
        found[place >= 0] = self.data.prediction_class[place[place >= 0]]
        return found

    def compare(self, second: ClassificationEvaluation) -> ClassificationComparison:
        """Return the comparison with another set's evaluation over the same images and classes."""
        return ClassificationComparison(self, second)

    def _is_chosen(self, images: NDArray[np.integer]) -> BoolArray:
        chosen: BoolArray = self.chosen_classes[self.data.label[images]]
        return chosen

    def _predictions(self, images: IndexArray) -> IndexArray:
        return self.data.prediction_class[self.data.prediction_of[images]]


def _choose(count: int, chosen: dict[int, BoolArray], otherwise: int) -> CodeArray:
    codes = np.full(count, otherwise, dtype=np.uint8)
    for code, items in chosen.items():
        codes[items] = code
    return codes


class ClassificationComparison(Comparison[ClassificationEvaluation]):
    """Two sets of classifications; without a prediction at the confidence an image is wrong."""

    @cached_property
    def changes(self) -> Changes:
        """What became of each image with one label that both sets are evaluated on."""
        first, second = self.first, self.second
        both = first.single & second.single
        both[both] = first.chosen_classes[first.data.label[both]]
        before, after = ((each.predicted_class != each.data.label)[both] for each in (first, second))
        names = {
            "right": ~before & ~after,
            "fixed": before & ~after,
            "broken": ~before & after,
            "wrong": before & after,
        }
        chosen = {CHANGES.index(name): images for name, images in names.items()}
        return Changes(first.data.image_rows[both], _choose(int(both.sum()), chosen, 0))

    @property
    def _single(self) -> NDArray[np.intp]:
        return np.flatnonzero(self.first.single)

    @cached_property
    def support(self) -> OffsetArray:
        """int64 ``(classes,)``: images with one label, of each class."""
        labels = self.first.data.label[self._single]
        return np.bincount(labels, minlength=len(self.first.data.class_rows))

    @cached_property
    def differences(self) -> ClassificationDifferences:
        """Paired intervals of the second set minus the first."""
        first, single = self.first, self._single
        before, after = (each.predicted_class[single] for each in (first, self.second))
        classes = len(first.data.class_rows)
        return bootstrap_differences(first.data.label[single], before, after, classes, first.filter.classes)

    @property
    def shown_classes(self) -> OffsetArray:
        """int64 ``(k,)``: the chosen classes that occur as a label or in either set, the most frequent first."""
        occurs = self.support + self.first.found.predicted + self.second.found.predicted > 0
        return order_classes(self.first.chosen_classes & occurs, self.support)


class ClassificationTask:
    """Sets of classifications beside the labels of images."""

    def load(self, store: Store, known: PredictionSet, request: EvaluationRequest) -> ClassificationData:  # noqa: ARG002 - of tasks that overlap
        """Return a set and the labels of the project's images.

        Raises:
            UsageError: the set holds detections.
        """
        return load_classifications(store, known)

    def select(self, data: ClassificationData, chosen: Filter, request: EvaluationRequest) -> Filter:  # noqa: ARG002
        """Return a filter.

        Raises:
            QueryError: it has conditions on annotations.
        """
        if chosen.selection.annotations is not None:
            raise QueryError(
                "An evaluation of classes cannot be filtered by conditions on annotations.",
                item=request.filter[:100],
                expected="conditions on images and classes",
                actual="a condition on annotations",
            )
        return chosen

    def evaluate(
        self, data: ClassificationData, chosen: Filter, request: EvaluationRequest, key: Hashable
    ) -> ClassificationEvaluation:
        """Return the evaluation of what a filter leaves."""
        return ClassificationEvaluation(data, chosen, request, key)
