"""Two sets of classifications side by side: the same question to both, and what became of each image."""

from __future__ import annotations

from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from assay.evaluation.classification_comparison import ClassificationDifferences, bootstrap_differences
from assay.evaluator.classification import ClassificationEvaluation, ClassificationEvaluator
from assay.evaluator.classification_judged import judge_classification_changes
from assay.evaluator.comparison import ask_both
from assay.evaluator.question import ClassificationQuestion
from assay.project.store import Store
from assay.query.judged import CHANGES, Changes


class ClassificationComparison:
    """The evaluations of two sets over the same images and classes."""

    def __init__(self, first: ClassificationEvaluation, second: ClassificationEvaluation) -> None:
        self.first = first
        self.second = second

    @cached_property
    def changes(self) -> Changes:
        """What became of the images with one label; without a prediction at the confidence an image is wrong."""
        return judge_classification_changes(self.first, self.second)

    @cached_property
    def counts(self) -> dict[str, int]:
        """How many images are fixed, broken, wrong in both and right in both."""
        counted = np.bincount(self.changes.change, minlength=len(CHANGES))
        return {name: int(counted[CHANGES.index(name)]) for name in ("fixed", "broken", "wrong", "right")}

    @cached_property
    def differences(self) -> ClassificationDifferences:
        """Paired intervals of the second set minus the first."""
        single = np.flatnonzero(self.first.single)
        label = self.first.loaded.label[single]
        before, after = (_predictions(each)[single] for each in (self.first, self.second))
        classes = len(self.first.loaded.class_rows)
        return bootstrap_differences(label, before, after, classes, self.first.filter.classes)


def _predictions(evaluation: ClassificationEvaluation) -> NDArray[np.int32]:
    """Return int32 ``(images,)``: the class predicted for each image, -1 without one at the confidence."""
    place = np.where(evaluation.predicted, evaluation.loaded.prediction_of, -1)
    found = np.full(len(place), -1, dtype=np.int32)
    found[place >= 0] = evaluation.loaded.prediction_class[place[place >= 0]]
    return found


def compare_classifications(
    evaluator: ClassificationEvaluator, store: Store, question: ClassificationQuestion, other: str
) -> ClassificationComparison:
    """Return the comparison of a set with another.

    Raises:
        NotFoundError: there is no set of a name.
        QueryError: the query cannot be used as a filter.
        UsageError: the two are one, or one holds detections.
    """
    first, second = ask_both(question, other)
    return ClassificationComparison(evaluator.evaluate(store, first), evaluator.evaluate(store, second))
