"""The declaration of a metric."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Scope = Literal["image", "annotation", "prediction"]
Kind = Literal["fraction", "count", "positive", "signed", "rank"]
Tail = Literal["low", "high", "both", "none"]
Needs = Literal["metadata", "geometry", "pixels", "embeddings", "sequence"]
Group = Literal["label_errors", "unusual", "colours_and_sizes"]
"""The meaning of an outlier: a label that is likely wrong, an item to look at, or just an unusual look."""


@dataclass(frozen=True)
class OutlierRule:
    """An absolute outlier rule, which replaces the interquartile fences.

    Attributes:
        kind: ``"at_least"`` flags high values, ``"at_most"`` low ones, ``"outside"`` both; ``"octaves"`` flags values
            whose absolute log2 distance from the median reaches the bounds.
        moderate: Bound of a moderate outlier, None where the rule knows only severe ones; the lower one of
            ``"outside"``.
        severe: Bound of a severe outlier, likewise.
        inclusive: Whether a value equal to a bound is an outlier.
        moderate_high, severe_high: The upper bounds of ``"outside"``.
    """

    kind: Literal["at_least", "at_most", "outside", "octaves"]
    moderate: float | None
    severe: float
    inclusive: bool = True
    moderate_high: float | None = None
    severe_high: float | None = None


@dataclass(frozen=True)
class Metric:
    """The declaration of one metric.

    Attributes:
        key: Stable snake_case name, the same in queries, files and the database.
        title: Name for people.
        scopes: What the metric has one value for: images, annotations, predictions.
        kind: What range its values have: ``fraction`` 0..1, ``count``, ``positive``, ``signed``, ``rank``.
        unit: Unit of the values, ``""`` for plain numbers.
        suspicious: The tail in which outliers are looked for.
        needs: The costliest input that is read.
        summary: One line.
        description: Markdown with the formula: what is measured, how, why it matters, what to do.
        version: Raised when the definition changes, so that stored values are computed anew.
        rule: Absolute outlier rule, None for fences.
        log_fences: Whether the fences are laid on ln(value).
        group: What its outliers point at.
        explains: Whether its values may be the reason for an error: not where they are random, define the outcome or
            mirror another metric.
        pairs: Whether an item is an outlier because of another one, which the evidence names: the two are one finding.
    """

    key: str
    title: str
    scopes: tuple[Scope, ...]
    kind: Kind
    unit: str
    suspicious: Tail
    needs: Needs
    summary: str
    description: str
    version: int = 1
    rule: OutlierRule | None = None
    log_fences: bool = False
    group: Group = "unusual"
    explains: bool = True
    pairs: bool = False
