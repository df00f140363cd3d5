"""Two prediction sets side by side: the same question to both, and what became of each image."""

from __future__ import annotations

from dataclasses import replace
from functools import cached_property
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

from assay.errors import UsageError
from assay.evaluation.comparison import Change, Differences, compare_images, paired_differences, wrong_images
from assay.evaluator.question import ClassificationQuestion, Question
from assay.evaluator.session import Evaluation, Evaluator
from assay.project.store import Store
from assay.query.judged import CHANGES, Changes

Asked = TypeVar("Asked", Question, ClassificationQuestion)
_WORDS = {
    Change.FIXED: "fixed",
    Change.BROKEN: "broken",
    Change.WRONG_IN_BOTH: "wrong",
    Change.RIGHT_IN_BOTH: "right",
}
"""What a change is called outside, in the order in which they are told."""


class Comparison:
    """The evaluations of two sets over the same images, classes and objects."""

    def __init__(self, first: Evaluation, second: Evaluation) -> None:
        self.first = first
        self.second = second

    @cached_property
    def change(self) -> NDArray[np.uint8]:
        """uint8 ``(images,)``: the :class:`~assay.evaluation.comparison.Change` of each image."""
        wrong = [
            wrong_images(each.loaded.pairing, each.matches, each.question.confidence, each.filter.classes)
            for each in (self.first, self.second)
        ]
        return compare_images(wrong[0], wrong[1], self.first.filter.selection)

    @cached_property
    def counts(self) -> dict[str, int]:
        """How many of the evaluated images are fixed, broken, wrong in both and right in both."""
        counted = np.bincount(self.change, minlength=len(Change))
        return {word: int(counted[change]) for change, word in _WORDS.items()}

    @cached_property
    def differences(self) -> Differences:
        """Paired intervals of the second set minus the first."""
        return paired_differences(self.first.samples, self.second.samples, self.first.filter.classes)


def ask_both(question: Asked, other: str) -> tuple[Asked, Asked]:
    """Return a question about one set and the same about the other; what both cover is what counts as covered.

    Raises:
        UsageError: they are one set.
    """
    if other == question.name:
        raise UsageError(
            "A prediction set cannot be compared with itself.",
            item=other[:100],
            expected="the name of another set",
            actual="the same name twice",
        )
    if not question.covered_only:  # then neither answer depends on the other set, and serves other pages, too
        return question, replace(question, name=other)
    return replace(question, beside=other), replace(question, name=other, beside=question.name)


def compare(evaluator: Evaluator, store: Store, question: Question, other: str) -> Comparison:
    """Return the comparison of a set with another.

    Args:
        evaluator: Evaluates both.
        store: The project.
        question: About the first set.
        other: Name of the second.

    Raises:
        NotFoundError: there is no set of a name.
        QueryError: the query cannot be used as a filter.
        UsageError: the two are one, or a set cannot be evaluated for the task.
    """
    first, second = ask_both(question, other)
    return Comparison(evaluator.evaluate(store, first), evaluator.evaluate(store, second))


def judge_images(comparison: Comparison) -> Changes:
    """Return what became of the images that are evaluated, for queries."""
    evaluated = comparison.change != Change.LEFT_OUT
    codes = np.array([CHANGES.index(_WORDS.get(change, "right")) for change in sorted(Change)], dtype=np.uint8)
    return Changes(comparison.first.loaded.image_rows[evaluated], codes[comparison.change[evaluated]])
