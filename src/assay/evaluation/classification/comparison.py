"""Two sets of classifications of the same images: paired intervals of all differences."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from assay.arrays import BoolArray, FloatArray, IndexArray
from assay.evaluation.classification.numbers import sum_by
from assay.evaluation.statistics import (
    RESAMPLES,
    SEED,
    WEIGHTS_PER_STEP,
    percentile_interval,
    percentile_intervals,
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
    """The second set minus the first, as 95 % paired intervals.

    Attributes:
        numbers: Low and high of each of :data:`NUMBERS`.
        precision, recall, f1: float64 ``(classes, 2)``, low and high of each class.
    """

    numbers: dict[str, tuple[float, float]]
    precision: FloatArray
    recall: FloatArray
    f1: FloatArray


@dataclass(frozen=True)
class _Resampled:
    """Numbers of one set in ``r`` resamples: by name float64 ``(r,)``, by class float64 ``(r, classes)``."""

    numbers: dict[str, FloatArray]
    by_class: dict[str, FloatArray]


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
    groups from a multinomial.

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
    by_class: dict[str, list[FloatArray]] = {name: [] for name in ("precision", "recall", "f1")}
    random = np.random.default_rng(seed)
    step = max(1, WEIGHTS_PER_STEP // max(len(groups), count, 1))
    for start in range(0, resamples if len(label) else 0, step):
        drawn = random.multinomial(len(label), sizes / len(label), size=min(step, resamples - start))
        before, after = (_measure(drawn, groups[:, 0], groups[:, side], chosen) for side in (1, 2))
        for name, parts in numbers.items():
            parts.append(after.numbers[name] - before.numbers[name])
        for name, parts in by_class.items():
            parts.append(after.by_class[name] - before.by_class[name])
    return ClassificationDifferences(
        {name: percentile_interval(_join(parts)) for name, parts in numbers.items()},
        **{
            name: percentile_intervals(np.concatenate(parts)) if parts else np.full((count, 2), np.nan)
            for name, parts in by_class.items()
        },
    )


def _join(parts: list[FloatArray]) -> FloatArray:
    return np.concatenate(parts) if parts else np.zeros(0)


def _measure(
    drawn: NDArray[np.int64], label: NDArray[np.int32], predicted: NDArray[np.int32], chosen: BoolArray
) -> _Resampled:
    """Return one set's numbers in each resample, by scikit-learn's definitions with ``zero_division=0``."""
    evaluated = np.flatnonzero(predicted >= 0)
    drawn, label, predicted = drawn[:, evaluated], label[evaluated], predicted[evaluated]
    right = np.flatnonzero(label == predicted)
    classes = len(chosen)
    support, choices = (sum_by(drawn, index, classes) for index in (label, predicted))
    hits = sum_by(drawn[:, right], label[right], classes)
    precision, recall = (np.nan_to_num(ratio(hits, total)) for total in (choices, support))
    f1 = np.nan_to_num(ratio(2 * hits, support + choices))
    occurs = (support + choices > 0) & chosen
    correct, total = hits[:, chosen].sum(axis=1), support[:, chosen].sum(axis=1)
    means = {
        f"macro_{name}": ratio(np.where(occurs, values, 0.0).sum(axis=1), occurs.sum(axis=1))
        for name, values in (("precision", precision), ("recall", recall), ("f1", f1))
    }
    return _Resampled(
        {
            "accuracy": ratio(correct, total),
            **means,
            "weighted_f1": ratio((f1 * support)[:, chosen].sum(axis=1), total),
            "correct": correct.astype(np.float64),
            "misclassified": (total - correct).astype(np.float64),
        },
        {"precision": precision, "recall": recall, "f1": f1},
    )
