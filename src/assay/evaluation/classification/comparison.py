"""Two sets of classifications of the same images: paired intervals of all differences."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from assay.arrays import BoolArray, FloatArray, IndexArray
from assay.evaluation.classification.drawn import measure_drawn
from assay.evaluation.classification.numbers import Classification, classify
from assay.evaluation.statistics import (
    LEAST_OBJECTS,
    RESAMPLES,
    SEED,
    WEIGHTS_PER_STEP,
    percentile_interval,
    ratio,
)
from assay.evaluation.types import check_indices, check_mask

NUMBERS = (
    "accuracy",
    "macro_precision",
    "macro_recall",
    "macro_f1",
    "weighted_f1",
    "correct",
    "misclassified",
)


@dataclass(frozen=True)
class ClassificationDifferences:
    """The second set minus the first, as 95 % paired intervals; NaN where there are too few images.

    Attributes:
        numbers: Low and high of each of :data:`NUMBERS`.
        precision, recall, f1: float64 ``(classes, 2)``, low and high of each class.
    """

    numbers: dict[str, tuple[float, float]]
    precision: FloatArray
    recall: FloatArray
    f1: FloatArray


def bootstrap_differences(
    label: IndexArray,
    first: IndexArray,
    second: IndexArray,
    count: int,
    classes: BoolArray | None = None,
    resamples: int = RESAMPLES,
    seed: int = SEED,
) -> ClassificationDifferences:
    """Resample images with replacement, both sets alike, and return the intervals of all differences.

    Images that agree in label and both predictions are alike, so that drawing images is drawing the counts of these
    groups from a multinomial. Differences of all classes together are told by percentiles (they held .92 to .96 at 30
    to 500 images of ten classes). Of one class these held .74 to .90 at 100 images, where a set that is all right never
    varies: there the intervals of both sets are put together, by how their draws go along with one another.

    Args:
        label: int32 ``(n,)``, each image's class.
        first, second: int32 ``(n,)``, the predicted classes; -1 where a set predicts none, which is not evaluated then.
        count: Number of classes.
        classes: bool ``(count,)``, the class filter.
        resamples: How many.
        seed: Of the draws.

    Raises:
        UsageError: A label is out of range.
    """
    check_indices("label", label, count)
    chosen = check_mask("classes", classes, count)
    groups, sizes = np.unique(np.stack([label, first, second], axis=1), axis=0, return_counts=True)
    numbers: dict[str, list[FloatArray]] = {name: [] for name in NUMBERS}
    by_class: dict[str, list[tuple[FloatArray, FloatArray]]] = {name: [] for name in ("precision", "recall", "f1")}
    random = np.random.default_rng(seed)
    step = max(1, WEIGHTS_PER_STEP // max(len(groups), count, 1))
    for start in range(0, resamples if len(label) else 0, step):
        drawn = random.multinomial(len(label), sizes / len(label), size=min(step, resamples - start))
        before, after = (measure_drawn(drawn, groups[:, 0], groups[:, side], chosen) for side in (1, 2))
        for name, parts in numbers.items():
            parts.append(after.numbers[name] - before.numbers[name])
        for name, pairs in by_class.items():
            pairs.append((before.by_class[name], after.by_class[name]))
    enough = int(np.count_nonzero(chosen[label])) >= LEAST_OBJECTS
    alone = _classify(label, first, count), _classify(label, second, count)
    return ClassificationDifferences(
        {
            name: percentile_interval(np.concatenate(parts)) if enough else (math.nan, math.nan)
            for name, parts in numbers.items()
        },
        **{name: _differences_by_class(name, *alone, pairs) for name, pairs in by_class.items()},
    )


def _classify(label: IndexArray, predicted: IndexArray, count: int) -> Classification:
    evaluated = predicted >= 0
    return classify(label[evaluated], predicted[evaluated], count)


def _differences_by_class(
    name: str, first: Classification, second: Classification, drawn: list[tuple[FloatArray, FloatArray]]
) -> FloatArray:
    """Return float64 ``(classes, 2)``: intervals of the differences of a number, from those of both sets.

    Zou and Donner (2008), "Construction of confidence limits about effect measures": the distance of each end from the
    difference is that of two sides of a triangle, with the correlation of the sets' numbers as the angle.

    Args:
        name: ``precision``, ``recall`` or ``f1``.
        first, second: Both sets.
        drawn: Of the draws, float64 ``(r, classes)`` of the first and of the second set.
    """
    ours, theirs = first.intervals()[name].T, second.intervals()[name].T
    before, after = getattr(first, name), getattr(second, name)
    few = np.zeros(len(before), dtype=np.bool_)
    for each in (first, second):
        seen = {"precision": each.predicted, "recall": each.support}.get(
            name, each.support + each.predicted - each.cells.diagonal
        )
        few |= seen < LEAST_OBJECTS
    if not drawn or few.all():
        return np.full((len(before), 2), np.nan)
    together = _correlation(*(np.concatenate(part) for part in zip(*drawn, strict=True)))

    def reach(one: FloatArray, other: FloatArray) -> FloatArray:
        length: FloatArray = np.sqrt(np.maximum(0.0, one**2 - 2 * together * one * other + other**2))
        return length

    difference = after - before
    low = difference - reach(after - theirs[0], ours[1] - before)
    high = difference + reach(theirs[1] - after, before - ours[0])
    return np.where(few[:, None], np.nan, np.stack([low, high], axis=1))


def _correlation(first: FloatArray, second: FloatArray) -> FloatArray:
    """Return float64 ``(classes,)``: how the columns of ``(r, classes)`` go along, 0 where one of them is constant."""
    ours, theirs = first - first.mean(axis=0), second - second.mean(axis=0)
    spread = np.sqrt((ours**2).sum(axis=0) * (theirs**2).sum(axis=0))
    return np.nan_to_num(ratio((ours * theirs).sum(axis=0), spread))
