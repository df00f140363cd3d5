"""Classification with one label per image: the numbers are scikit-learn's."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from assay.arrays import BoolArray, FloatArray, IndexArray
from assay.errors import UsageError
from assay.evaluation.calibration import Calibration, calibrate
from assay.evaluation.cells import Cells, count_cells
from assay.evaluation.statistics import ratio, wilson_interval
from assay.evaluation.types import check_indices, check_mask


@dataclass(frozen=True)
class Average:
    """Precision, recall and F1 averaged over classes."""

    precision: float
    recall: float
    f1: float


@dataclass(frozen=True)
class Classification:
    """How well labels are predicted; shares of nothing are 0, as scikit-learn's ``zero_division=0`` has it.

    Attributes:
        right: bool ``(n,)``.
        accuracy: NaN without images.
        precision, recall, f1: float64 ``(classes,)``.
        support: int64 ``(classes,)``, images labelled with each class.
        predicted: int64 ``(classes,)``, images predicted as each class.
        cells: Rows: labels, columns: predictions.
    """

    right: BoolArray
    accuracy: float
    precision: FloatArray
    recall: FloatArray
    f1: FloatArray
    support: NDArray[np.int64]
    predicted: NDArray[np.int64]
    cells: Cells

    @property
    def matrix(self) -> NDArray[np.int64]:
        """int64 ``(classes, classes)``: all cells."""
        return self.cells.matrix

    @property
    def macro(self) -> Average:
        """The plain mean over the classes that occur as a label or prediction."""
        return self.average("macro")

    @property
    def weighted(self) -> Average:
        """The mean weighted by the labels of each class."""
        return self.average("weighted")

    def average(self, how: Literal["macro", "weighted"], classes: BoolArray | None = None) -> Average:
        """Return the mean over some classes, as scikit-learn's ``labels`` has it; NaN where none of them occurs.

        Args:
            how: ``macro`` for the plain mean over those that occur, ``weighted`` for that by labels.
            classes: bool ``(classes,)``; None for all.
        """
        weights = self.support if how == "weighted" else (self.support + self.predicted > 0).astype(np.int64)
        weights = weights * check_mask("classes", classes, len(weights))
        if weights.sum() == 0:
            return Average(float("nan"), float("nan"), float("nan"))
        return Average(*(float(np.average(v, weights=weights)) for v in (self.precision, self.recall, self.f1)))

    def intervals(self) -> dict[str, FloatArray]:
        """Return float64 ``(classes, 2)`` of ``precision``, ``recall`` and ``f1``: 95 %, NaN where nothing tells.

        Precision and recall are shares of images that vary alone: Wilson's. F1 = 2 J / (1 + J) rises with the share J
        of the right ones among the images that are labelled with a class or predicted as it: its ends are those of J.
        They held .94 to .97 at 30, 100 and 500 images of ten classes, down to a single image of a class.
        """
        hits = self.cells.diagonal
        either = np.stack(wilson_interval(hits, self.support + self.predicted - hits), axis=1)
        return {
            "precision": np.stack(wilson_interval(hits, self.predicted), axis=1),
            "recall": np.stack(wilson_interval(hits, self.support), axis=1),
            "f1": 2 * either / (1 + either),
        }


def classify(label: IndexArray, predicted: IndexArray, classes: int) -> Classification:
    """Compare predicted with labelled classes.

    Args:
        label: int32 ``(n,)``.
        predicted: int32 ``(n,)``.
        classes: Number of classes.

    Raises:
        UsageError: A class is out of range, or the lengths differ.
    """
    check_indices("label", label, classes)
    check_indices("predicted", predicted, classes)
    if len(label) != len(predicted):
        raise UsageError(
            "There must be one prediction per label.",
            item="predicted",
            expected=f"shape ({len(label)},)",
            actual=f"shape ({len(predicted)},)",
        )
    cells = count_cells(label, predicted, classes)
    hits, support, chosen = cells.diagonal, cells.row_totals, cells.column_totals
    right = label == predicted
    return Classification(
        right=right,
        accuracy=float(right.mean()) if len(label) else float("nan"),
        precision=np.nan_to_num(ratio(hits, chosen)),
        recall=np.nan_to_num(ratio(hits, support)),
        f1=np.nan_to_num(ratio(2 * hits, support + chosen)),
        support=support,
        predicted=chosen,
        cells=cells,
    )


def top_k_accuracy(label: IndexArray, probabilities: FloatArray, k: int) -> float:
    """Return the share of images whose label is among the k likeliest classes; of equals the later class is likelier.

    Args:
        label: int32 ``(n,)``.
        probabilities: float64 ``(n, classes)``.
        k: How many classes count.
    """
    return share_within(rank_labels(label, probabilities), k)


def rank_labels(label: IndexArray, probabilities: FloatArray) -> IndexArray:
    """Return int32 ``(n,)``: how many classes are likelier than each label; of equals the later class is likelier.

    Args:
        label: int32 ``(n,)``.
        probabilities: float64 ``(n, classes)``.
    """
    own = np.take_along_axis(probabilities, label[:, None].astype(np.int64), axis=1)
    later = np.arange(probabilities.shape[1]) > label[:, None]
    ranks: IndexArray = ((probabilities > own) | ((probabilities == own) & later)).sum(axis=1).astype(np.int32)
    return ranks


def share_within(ranks: IndexArray, k: int) -> float:
    """Return the share of :func:`rank_labels` that are among the k likeliest; NaN without any."""
    return float((ranks < k).mean()) if len(ranks) else float("nan")


def calibrate_classification(label: IndexArray, predicted: IndexArray, confidence: FloatArray) -> Calibration:
    """Compare the probability of each predicted class with how often it is right.

    Args:
        label: int32 ``(n,)``.
        predicted: int32 ``(n,)``.
        confidence: float64 ``(n,)``, in 0..1.
    """
    return calibrate(confidence, label == predicted)
