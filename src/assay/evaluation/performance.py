"""Performance against a metric: precision and false-negative rate in bins of its values."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from assay.arrays import BoolArray, FloatArray, IndexArray
from assay.errors import UsageError
from assay.evaluation.statistics import ratio, wilson_interval
from assay.evaluation.types import check_mask

Binning = Literal["width", "count"]


@dataclass(frozen=True)
class Side:
    """Predictions, or annotations, that are not ignored.

    Attributes:
        values: float64 ``(n,)``, the metric, NaN for NULL; None where this side lacks it.
        error: bool ``(n,)``, FP or FN.
        class_: int32 ``(n,)``.
    """

    values: FloatArray | None
    error: BoolArray
    class_: IndexArray


@dataclass(frozen=True)
class Rate:
    """A share in each bin with its 95 % Wilson interval; NaN where nothing is counted.

    Attributes:
        count: int64 ``(bins,)``.
        value, low, high: float64 ``(bins,)``.
        overall: The same share over all of the side, values NULL or not: the reference line.
    """

    count: NDArray[np.int64]
    value: FloatArray
    low: FloatArray
    high: FloatArray
    overall: float


@dataclass(frozen=True)
class Performance:
    """Counts by class and bin.

    Attributes:
        edges: float64 ``(bins + 1,)``; bins are half-open, the last is closed.
        predictions, tp: int64 ``(classes, bins)``; None where predictions lack the metric.
        annotations, fn: int64 ``(classes, bins)``; None where annotations lack it.
        prediction_totals, annotation_totals: int64 ``(classes, 2)``, all evaluated objects and the errors among them.
    """

    edges: FloatArray
    predictions: NDArray[np.int64] | None
    tp: NDArray[np.int64] | None
    annotations: NDArray[np.int64] | None
    fn: NDArray[np.int64] | None
    prediction_totals: NDArray[np.int64]
    annotation_totals: NDArray[np.int64]

    def precision(self, classes: BoolArray | None = None) -> Rate | None:
        """Return TP / (TP + FP) in each bin over the chosen classes, None where predictions lack the metric."""
        chosen = check_mask("classes", classes, len(self.prediction_totals))
        if self.predictions is None or self.tp is None:
            return None
        total, errors = self.prediction_totals[chosen].sum(axis=0)
        return _rate(self.tp[chosen].sum(axis=0), self.predictions[chosen].sum(axis=0), total - errors, total)

    def false_negative_rate(self, classes: BoolArray | None = None) -> Rate | None:
        """Return FN / (FN + matched) in each bin over the chosen classes, None where annotations lack the metric."""
        chosen = check_mask("classes", classes, len(self.annotation_totals))
        if self.annotations is None or self.fn is None:
            return None
        total, errors = self.annotation_totals[chosen].sum(axis=0)
        return _rate(self.fn[chosen].sum(axis=0), self.annotations[chosen].sum(axis=0), errors, total)


def measure_performance(
    predictions: Side, annotations: Side, *, classes: int, bins: int = 20, binning: Binning = "width"
) -> Performance:
    """Count right and wrong in bins of a metric.

    Args:
        predictions: TPs and FPs.
        annotations: Matched ones and FNs.
        classes: Number of classes.
        bins: How many; bins of equal counts are fewer where values repeat.
        binning: Equal widths, or equal counts, over the values of both sides together.

    Raises:
        UsageError: There is not at least one bin.
    """
    edges = bin_edges([side.values for side in (predictions, annotations) if side.values is not None], bins, binning)
    evaluated, wrong = _count(predictions, edges, classes)
    counted, lost = _count(annotations, edges, classes)
    return Performance(
        edges=edges,
        predictions=evaluated,
        tp=None if evaluated is None or wrong is None else evaluated - wrong,
        annotations=counted,
        fn=lost,
        prediction_totals=_totals(predictions, classes),
        annotation_totals=_totals(annotations, classes),
    )


def measure_performance_by_confidence(
    predictions: Side,
    class_: IndexArray,
    matched_score: FloatArray,
    *,
    classes: int,
    bins: int = 20,
    binning: Binning = "width",
    confidence: float = 0.0,
) -> Performance:
    """Count right and wrong in bins of the score.

    For annotations a bin at confidence c has all that count, and as FN those that are unmatched once predictions
    below c, the bin's lower edge, are dropped.

    Args:
        predictions: TPs and FPs; their values are their scores.
        class_: int32 ``(m,)``, of annotations that count.
        matched_score: float64 ``(m,)``, score of the prediction matched with each, -inf where unmatched.
        classes: Number of classes.
        bins: How many.
        binning: Equal widths, or equal counts, over the scores.
        confidence: Predictions below are dropped for the rate over all annotations.
    """
    values = np.zeros(0) if predictions.values is None else predictions.values
    edges = bin_edges([values], bins, binning)
    evaluated, wrong = _count(predictions, edges, classes)
    number = np.bincount(class_, minlength=classes)
    lost = np.stack(
        [np.bincount(class_[matched_score < low], minlength=classes) for low in edges[:-1]], axis=1
    ).reshape(classes, len(edges) - 1)
    is_missed = np.isneginf(matched_score) | (matched_score < confidence)
    unmatched = np.bincount(class_[is_missed], minlength=classes)
    return Performance(
        edges=edges,
        predictions=evaluated,
        tp=None if evaluated is None or wrong is None else evaluated - wrong,
        annotations=np.repeat(number[:, None], len(edges) - 1, axis=1),
        fn=lost,
        prediction_totals=_totals(predictions, classes),
        annotation_totals=np.stack([number, unmatched], axis=1),
    )


def bin_edges(columns: list[FloatArray], bins: int, binning: Binning = "width") -> FloatArray:
    """Return float64 ``(bins + 1,)`` edges over the values of several columns together; ``(2,)`` NaN without values.

    Args:
        columns: float64 each, NaN for NULL.
        bins: How many; fewer where all values are equal, or, for equal counts, where they repeat.
        binning: Equal widths or equal counts.

    Raises:
        UsageError: There is not at least one bin.
    """
    if bins < 1:
        raise UsageError("There must be a bin.", item="bins", expected="1 or more", actual=f"{bins}")
    values = np.concatenate([column[~np.isnan(column)] for column in columns]) if columns else np.zeros(0)
    if len(values) == 0:
        return np.full(2, np.nan)
    low, high = float(values.min()), float(values.max())
    if low == high:
        return np.array([low, high])
    if binning == "count":
        return np.unique(np.quantile(values, np.linspace(0.0, 1.0, bins + 1)))
    return np.linspace(low, high, bins + 1)


def find_bins(values: FloatArray, edges: FloatArray) -> NDArray[np.int64]:
    """Return int64 ``(n,)``: the half-open bin of each value, the last closed; -1 for NULL and values outside."""
    found = np.searchsorted(edges, values, side="right") - 1
    found[values == edges[-1]] = len(edges) - 2
    found[np.isnan(values) | (found >= len(edges) - 1)] = -1
    return found


def _count(side: Side, edges: FloatArray, classes: int) -> tuple[NDArray[np.int64] | None, NDArray[np.int64] | None]:
    """Return int64 ``(classes, bins)`` twice: all objects, and the errors."""
    if side.values is None:
        return None, None
    bins = len(edges) - 1
    found = find_bins(side.values, edges)
    inside = found >= 0
    cell = side.class_.astype(np.int64) * bins + found
    return (
        np.bincount(cell[inside], minlength=classes * bins).reshape(classes, bins),
        np.bincount(cell[inside & side.error], minlength=classes * bins).reshape(classes, bins),
    )


def _totals(side: Side, classes: int) -> NDArray[np.int64]:
    return np.stack(
        [np.bincount(side.class_, minlength=classes), np.bincount(side.class_[side.error], minlength=classes)], axis=1
    )


def _rate(hits: NDArray[np.int64], count: NDArray[np.int64], all_hits: int, total: int) -> Rate:
    low, high = wilson_interval(hits, count)
    return Rate(count, ratio(hits, count), low, high, float(all_hits / total) if total else float("nan"))
