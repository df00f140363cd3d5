"""Evaluation of detections: objects found, missed and mistaken, by how well they overlap the annotated ones."""

from __future__ import annotations

from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any, cast

import numpy as np

from assay.arrays import BoolArray, CodeArray, FloatArray, IndexArray, OffsetArray
from assay.evaluation.calibration import Calibration, calibrate
from assay.evaluation.detection.accumulate import DETECTION, KEYPOINTS, coco_numbers
from assay.evaluation.detection.comparison import Change, Differences, compare_images, paired_differences, wrong_images
from assay.evaluation.detection.confusion import Confusion, confuse
from assay.evaluation.detection.curves import ClassEvaluation, Counts, count_at_confidence, evaluate_classes
from assay.evaluation.detection.error_costs import cost_of_errors
from assay.evaluation.detection.halves import Samples, evaluate_halves
from assay.evaluation.detection.matching import Matches, match
from assay.evaluation.detection.pairs import best_iou
from assay.evaluation.detection.reasons import REASON_NAMES, Reasons, find_reasons, outcomes_at_confidence
from assay.evaluation.types import Outcome, Task
from assay.evaluator.data import look_up
from assay.evaluator.detection_data import DetectionData, load_detections
from assay.evaluator.filters import Filter
from assay.evaluator.request import EvaluationRequest
from assay.evaluator.sides import EvaluatedSide
from assay.evaluator.task import Comparison, Evaluation, order_classes
from assay.project.predictions import PredictionSet
from assay.project.store import Store
from assay.query.outcomes import CHANGES, OUTCOMES, REASONS, Changes, Outcomes

_PREDICTION = {Outcome.IGNORED: "ignored", Outcome.TP: "tp", Outcome.FP: "fp"}
_ANNOTATION = {Outcome.IGNORED: "ignored", Outcome.TP: "matched", Outcome.FN: "fn"}
_REASON = np.array([REASONS.index(name) for name in REASON_NAMES], dtype=np.uint8)
_CHANGES = {
    Change.FIXED: "fixed",
    Change.BROKEN: "broken",
    Change.WRONG_IN_BOTH: "wrong",
    Change.RIGHT_IN_BOTH: "right",
}


@dataclass(frozen=True)
class DetectionFilter(Filter):
    """What of a set of detections is evaluated, with the COCO table of it, which no slider changes."""

    coco: dict[str, float]


class DetectionEvaluation(Evaluation[DetectionData, DetectionFilter]):
    """One request about a set of detections answered."""

    finds_objects = True

    @property
    def task(self) -> Task:
        """What an overlap is."""
        return self.data.task

    @cached_property
    def matches(self) -> Matches:
        """The matching at t."""
        return match(self.data.pairing, self.request.iou, self.filter.selection)

    @cached_property
    def classes(self) -> ClassEvaluation:
        """AP, AR and curve of each class at t."""
        return evaluate_classes(self.data.pairing, self.matches)

    @cached_property
    def counts(self) -> Counts:
        """TP, FP and FN of each class at the confidence."""
        return count_at_confidence(self.data.pairing, self.matches, self.confidence)

    @property
    def numbers(self) -> dict[str, Any]:
        """MAP, mAR, counts and rates of the chosen classes together; NaN where undefined."""
        chosen = self.filter.classes
        total = self.counts.total(chosen)
        return {
            "mAP": self.classes.mean_average_precision(chosen),
            "mAR": self.classes.mean_average_recall(chosen),
            "tp": int(total.tp),
            "fp": int(total.fp),
            "fn": int(total.fn),
            "precision": total.precision,
            "recall": total.recall,
            "f1": total.f1,
        }

    @cached_property
    def shown_classes(self) -> OffsetArray:
        """int64 ``(k,)``: the chosen classes that occur in annotations or predictions, the most frequent first."""
        occurs = (self.classes.annotations > 0) | (self.counts.tp + self.counts.fp > 0)
        return order_classes(self.chosen_classes & occurs, self.classes.annotations)

    @property
    def annotations(self) -> int:
        """How many annotations of the chosen classes count."""
        return int(self.classes.annotations[self.chosen_classes].sum())

    @cached_property
    def reasons(self) -> Reasons:
        """Why FPs and FNs are wrong, at the confidence."""
        return find_reasons(self.data.pairing, self.matches, self.confidence)

    @property
    def reason_counts(self) -> dict[str, int]:
        """Errors of the chosen classes by reason."""
        chosen = () if self.filter.classes is None else (self.chosen_predictions, self.chosen_annotations)
        return self.reasons.counts(*chosen)

    @cached_property
    def outcomes(self) -> tuple[CodeArray, CodeArray]:
        """Outcomes of predictions and of annotations at the confidence, in file order."""
        return outcomes_at_confidence(self.data.pairing, self.matches, self.confidence)

    @cached_property
    def confusion(self) -> Confusion:
        """Which class is taken for which, at the confidence."""
        return confuse(self.data.pairing, self.matches, self.confidence)

    @property
    def calibration(self) -> Calibration:
        """Scores of TPs and FPs against how often they are right."""
        outcome = self.outcomes[0]
        evaluated = ((outcome == Outcome.TP) | (outcome == Outcome.FP)) & self.chosen_predictions
        return calibrate(self.data.pairing.file_score[evaluated], outcome[evaluated] == Outcome.TP)

    @cached_property
    def samples(self) -> Samples:
        """Halves of the images, for intervals."""
        return evaluate_halves(self.data.pairing, self.matches, self.filter.selection, self.confidence)

    @property
    def intervals(self) -> dict[str, tuple[float, float]]:
        """95 % intervals of the numbers of the chosen classes."""
        return self.samples.intervals(self.filter.classes)

    @property
    def class_intervals(self) -> dict[str, FloatArray]:
        """95 % intervals of AP, AR, precision, recall and F1 of each class."""
        return self.samples.intervals_by_class()

    @cached_property
    def costs(self) -> dict[str, float]:
        """What each reason costs in mAP at t, over the whole ranking."""
        whole = self.reasons if self.confidence == 0 else find_reasons(self.data.pairing, self.matches)
        return cost_of_errors(self.data.pairing, self.matches, whole, self.filter.classes)

    @cached_property
    def chosen_predictions(self) -> BoolArray:
        """Bool ``(n,)``: predictions of the classes that are evaluated, in file order."""
        return self._of_classes(self.data.prediction_class)

    @cached_property
    def chosen_annotations(self) -> BoolArray:
        """Bool ``(g,)``: annotations of the classes that are evaluated, in file order."""
        return self._of_classes(self.data.annotation_class)

    def _of_classes(self, class_: IndexArray) -> BoolArray:
        chosen: BoolArray = self.chosen_classes[class_]
        return chosen

    @property
    def image_metrics(self) -> Mapping[str, FloatArray]:
        """The set's acquisition functions, float64 indexed by row, by key."""
        return self.data.image_metrics

    @property
    def ignored(self) -> int:
        """Annotations of the evaluated images and classes that do not count."""
        ignored = self.matches.annotation_outcome == Outcome.IGNORED
        return int(np.count_nonzero(ignored & self.chosen_annotations))

    @property
    def sides(self) -> tuple[EvaluatedSide, ...]:
        """Predictions, TP or FP, and annotations, matched or FN, of the classes that are evaluated, in file order."""
        data = self.data
        evaluated, missed = self.outcomes
        of_predictions = ((evaluated == Outcome.TP) | (evaluated == Outcome.FP)) & self.chosen_predictions
        of_annotations = ((missed == Outcome.TP) | (missed == Outcome.FN)) & self.chosen_annotations
        return (
            EvaluatedSide(
                scope="prediction",
                concerns="precision",
                rows={"prediction": data.prediction_rows[of_predictions]},
                image=data.prediction_image[of_predictions],
                class_=data.prediction_class[of_predictions],
                wrong=evaluated[of_predictions] == Outcome.FP,
            ),
            EvaluatedSide(
                scope="annotation",
                concerns="recall",
                rows={"annotation": data.annotation_rows[of_annotations]},
                image=data.annotation_image[of_annotations],
                class_=data.annotation_class[of_annotations],
                wrong=missed[of_annotations] == Outcome.FN,
            ),
        )

    @cached_property
    def prediction_outcomes(self) -> Outcomes:
        """The outcomes of predictions at or above the confidence, of the evaluated images and classes.

        The partner is the annotation that a prediction is matched with, or that explains why it is wrong.
        """
        data, outcome = self.data, self.outcomes[0]
        kept = data.pairing.file_score >= self.confidence
        evaluated = kept & self.chosen_predictions & (outcome != Outcome.LEFT_OUT)
        matched, target = self.matches.annotation_of, self.reasons.target
        return Outcomes(
            rows=data.prediction_rows[evaluated],
            outcome=_translate(outcome[evaluated], _PREDICTION),
            reason=_REASON[self.reasons.prediction_reason[evaluated]],
            iou=best_iou(data.pairing)[evaluated],
            partner=look_up(data.annotation_rows, np.where(matched >= 0, matched, target)[evaluated]),
            other_class=look_up(data.class_rows[data.annotation_class], self.confusion.annotation_of[evaluated]),
            class_names=data.names_by_row(),
        )

    @cached_property
    def annotation_outcomes(self) -> Outcomes:
        """The outcomes of the annotations beside the set, of the evaluated images and classes.

        The partner is the prediction that an annotation is matched with, or the error that explains why it is not.
        """
        data, outcome = self.data, self.outcomes[1]
        evaluated = self.chosen_annotations & (outcome != Outcome.LEFT_OUT)
        matched = np.where(outcome == Outcome.TP, self.matches.prediction_of, -1)
        return Outcomes(
            rows=data.annotation_rows[evaluated],
            outcome=_translate(outcome[evaluated], _ANNOTATION),
            reason=_REASON[self.reasons.annotation_reason[evaluated]],
            iou=np.full(int(evaluated.sum()), np.nan),
            partner=look_up(data.prediction_rows, np.where(matched >= 0, matched, self.reasons.evidence)[evaluated]),
            other_class=look_up(data.class_rows[data.prediction_class], self.confusion.prediction_of[evaluated]),
            class_names=data.names_by_row(),
        )

    def compare(self, second: DetectionEvaluation) -> DetectionComparison:
        """Return the comparison with another set's evaluation over the same images, classes and objects."""
        return DetectionComparison(self, second)


def _translate(codes: CodeArray, names: dict[Outcome, str]) -> CodeArray:
    table: Sequence[int] = [OUTCOMES.index(names.get(outcome, "ignored")) for outcome in sorted(Outcome)]
    return np.array(table, dtype=np.uint8)[codes]


class DetectionComparison(Comparison[DetectionEvaluation]):
    """Two sets of detections; an image is wrong with any FP or FN."""

    @cached_property
    def changes(self) -> Changes:
        """What became of each image that is evaluated."""
        wrong = [
            wrong_images(each.data.pairing, each.matches, each.confidence, each.filter.classes)
            for each in (self.first, self.second)
        ]
        change = compare_images(wrong[0], wrong[1], self.first.filter.selection)
        evaluated = change != Change.LEFT_OUT
        codes = np.array([CHANGES.index(_CHANGES.get(each, "right")) for each in sorted(Change)], dtype=np.uint8)
        return Changes(self.first.data.image_rows[evaluated], codes[change[evaluated]])

    @cached_property
    def differences(self) -> Differences:
        """Paired intervals of the second set minus the first."""
        return paired_differences(self.first.samples, self.second.samples, self.first.filter.classes)

    @property
    def shown_classes(self) -> OffsetArray:
        """int64 ``(k,)``: the chosen classes that occur in annotations or either set, the most frequent first."""
        first, second = self.first, self.second
        annotations = first.classes.annotations
        predicted = first.counts.tp + first.counts.fp + second.counts.tp + second.counts.fp
        return order_classes(first.chosen_classes & ((annotations > 0) | (predicted > 0)), annotations)


class DetectionTask:
    """Sets of detections beside the annotated objects."""

    def load(self, store: Store, known: PredictionSet, request: EvaluationRequest) -> DetectionData:
        """Return a set and the annotations with their pairs.

        Raises:
            UsageError: the set, or the annotations, lack what the task compares, or the set holds no detections.
        """
        return load_detections(store, known, cast("Task", request.task), request.sigmas)

    def select(self, data: DetectionData, chosen: Filter, request: EvaluationRequest) -> DetectionFilter:
        """Return a filter with the COCO table of what it leaves."""
        protocol = KEYPOINTS if request.task == "keypoints" else DETECTION
        coco = coco_numbers(data.pairing, chosen.selection, protocol, chosen.classes)
        return DetectionFilter(chosen.selection, chosen.classes, coco)

    def evaluate(
        self, data: DetectionData, chosen: DetectionFilter, request: EvaluationRequest, key: Hashable
    ) -> DetectionEvaluation:
        """Return the evaluation of what a filter leaves."""
        return DetectionEvaluation(data, chosen, request, key)
