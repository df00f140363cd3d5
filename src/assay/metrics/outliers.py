"""Outlier limits, classification and statistics of one metric's values.

Everything that calls a value an outlier goes through :func:`limits`: four thresholds in value units.
Classifying is comparing a value with them, so a database can do the same in SQL.

Source of the fences q1 - k · IQR and q3 + k · IQR: J. W. Tukey, Exploratory Data Analysis (1977).
"""

from __future__ import annotations

import math
import sys
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from assay.arrays import BoolArray, FloatArray
from assay.metrics.definition import Metric, OutlierRule

MODERATE_FENCE = 1.5
SEVERE_FENCE = 2.5
MODERATE_TAIL = 0.03
SEVERE_TAIL = 0.01
COMMON_SHARE = 0.02


@dataclass(frozen=True)
class OutlierLimits:
    """Thresholds in value units, None where a side or a severity has none.

    Attributes:
        moderate_low, severe_low: A value below is an outlier.
        moderate_high, severe_high: A value above is an outlier.
        inclusive: Whether a value equal to a threshold is an outlier: true for absolute rules (``>=``,
            ``<=``), false for fences (``>``, ``<``).
        common: Values beyond a threshold that so many items share that they are no outliers; of fences only.
    """

    moderate_low: float | None = None
    severe_low: float | None = None
    moderate_high: float | None = None
    severe_high: float | None = None
    inclusive: bool = False
    common: tuple[float, ...] = ()

    @property
    def any_side(self) -> bool:
        """Whether there is any threshold, so that a value can be an outlier."""
        sides = (self.moderate_low, self.severe_low, self.moderate_high, self.severe_high)
        return any(side is not None for side in sides)

    def classify(self, values: FloatArray) -> NDArray[np.int8]:
        """Return int8 ``(n,)``: 0 no outlier, 1 moderate, 2 severe; NULL (NaN) is 0."""
        result = np.zeros(len(values), dtype=np.int8)
        result[self._beyond(values, self.moderate_low, self.moderate_high)] = 1
        result[self._beyond(values, self.severe_low, self.severe_high)] = 2
        if self.common:
            result[np.isin(values, self.common)] = 0
        return result

    def _beyond(self, values: FloatArray, low: float | None, high: float | None) -> BoolArray:
        beyond = np.zeros(len(values), dtype=np.bool_)
        if low is not None:
            beyond |= values <= low if self.inclusive else values < low
        if high is not None:
            beyond |= values >= high if self.inclusive else values > high
        return beyond


@dataclass(frozen=True)
class MetricStatistics:
    """Summary of one metric's values; the numbers are None where there is no value at all.

    Attributes:
        count: Values that are not NULL.
        nulls: NULL values.
        minimum, q1, median, q3, maximum, mean: Of the values, quartiles by linear interpolation.
        moderate: Moderate outliers, the severe ones not among them.
        severe: Severe outliers.
        limits: The thresholds that were applied.
    """

    count: int
    nulls: int
    minimum: float | None
    q1: float | None
    median: float | None
    q3: float | None
    maximum: float | None
    mean: float | None
    moderate: int
    severe: int
    limits: OutlierLimits


def limits(metric: Metric, values: FloatArray) -> OutlierLimits:
    """Return the outlier thresholds that a metric has among these values.

    Args:
        metric: The declaration; its rule replaces the fences.
        values: float64 ``(n,)``, NaN for NULL.
    """
    if metric.suspicious == "none" or metric.kind == "rank":
        return OutlierLimits()
    present = values[np.isfinite(values)]
    if metric.rule is not None:
        return _rule_limits(metric.rule, present)
    return _fence_limits(metric, present)


def classify(metric: Metric, values: FloatArray) -> NDArray[np.int8]:
    """Return int8 ``(n,)``: 0 no outlier, 1 moderate, 2 severe; NULL (NaN) is 0."""
    return limits(metric, values).classify(values)


def summarise(metric: Metric, values: FloatArray) -> MetricStatistics:
    """Return count, quartiles, mean and numbers of outliers of a metric's values, NaN for NULL."""
    return summarise_within(values, limits(metric, values))


def summarise_within(values: FloatArray, bounds: OutlierLimits) -> MetricStatistics:
    """Return the same of values, NaN for NULL, whose outlier limits are given."""
    severity = bounds.classify(values)
    present = values[~np.isnan(values)]
    numbers: list[float | None] = [None] * 6
    if len(present):
        numbers = [float(q) for q in np.quantile(present, (0.0, 0.25, 0.5, 0.75, 1.0))]
        numbers.append(float(present.mean()))
    minimum, q1, median, q3, maximum, mean = numbers
    return MetricStatistics(
        count=len(present),
        nulls=len(values) - len(present),
        minimum=minimum,
        q1=q1,
        median=median,
        q3=q3,
        maximum=maximum,
        mean=mean,
        moderate=int(np.count_nonzero(severity == 1)),
        severe=int(np.count_nonzero(severity == 2)),
        limits=bounds,
    )


def _rule_limits(rule: OutlierRule, present: FloatArray) -> OutlierLimits:
    if rule.kind == "at_least":
        return OutlierLimits(moderate_high=rule.moderate, severe_high=rule.severe, inclusive=rule.inclusive)
    if rule.kind == "at_most":
        return OutlierLimits(moderate_low=rule.moderate, severe_low=rule.severe, inclusive=rule.inclusive)
    if rule.kind == "outside":
        return OutlierLimits(rule.moderate, rule.severe, rule.moderate_high, rule.severe_high, inclusive=rule.inclusive)
    median = float(np.median(present)) if len(present) else 0.0
    if median <= 0:
        return OutlierLimits(inclusive=rule.inclusive)
    severe = 2.0**rule.severe
    moderate = None if rule.moderate is None else 2.0**rule.moderate
    return OutlierLimits(
        moderate_low=None if moderate is None else median / moderate,
        severe_low=median / severe,
        moderate_high=None if moderate is None else median * moderate,
        severe_high=median * severe,
        inclusive=rule.inclusive,
    )


def _fence_limits(metric: Metric, present: FloatArray) -> OutlierLimits:
    scaled = np.log(present[present > 0]) if metric.log_fences else present
    if len(scaled) == 0:
        return OutlierLimits()
    q1, q3 = (float(q) for q in np.quantile(scaled, (0.25, 0.75)))
    spread = q3 - q1
    if spread == 0:
        return OutlierLimits()
    ordered = np.sort(present)

    def threshold(tail: str, fence: float, share: float) -> float | None:
        if metric.suspicious not in (tail, "both"):
            return None
        place = math.ceil(share * len(ordered)) - 1  # of the last value that counts, from the end of the tail
        if tail == "low":
            low = q1 - fence * spread
            bound = _exponential(low) if metric.log_fences else low
            return None if bound is None else min(bound, float(np.nextafter(ordered[place], np.inf)))
        high = q3 + fence * spread
        bound = _exponential(high) if metric.log_fences else high
        return None if bound is None else max(bound, float(np.nextafter(ordered[-1 - place], -np.inf)))

    bounds = OutlierLimits(
        moderate_low=threshold("low", MODERATE_FENCE, MODERATE_TAIL),
        severe_low=threshold("low", SEVERE_FENCE, SEVERE_TAIL),
        moderate_high=threshold("high", MODERATE_FENCE, MODERATE_TAIL),
        severe_high=threshold("high", SEVERE_FENCE, SEVERE_TAIL),
    )
    return replace(bounds, common=_common_values(ordered, bounds))


def _common_values(ordered: FloatArray, bounds: OutlierLimits) -> tuple[float, ...]:
    """Return the values beyond the moderate limits that 2 % or more of the items share, two items at least."""
    beyond, counts = np.unique(ordered[bounds.classify(ordered) > 0], return_counts=True)
    return tuple(beyond[counts >= max(2, COMMON_SHARE * len(ordered))].tolist())


def _exponential(fence: float) -> float | None:
    """Return e**fence, never 0, so that zero stays below any low fence; None where no value can exceed it."""
    if fence > math.log(sys.float_info.max):
        return None
    return max(math.exp(fence), sys.float_info.min)
