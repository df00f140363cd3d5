"""Metrics, their statistics and histograms."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from assay.api.schemas.base import ItemCount, ItemScope, Schema


class OutlierLimits(Schema):
    """Values at which an item counts as an outlier; null where that side has no limit."""

    moderate_low: float | None
    severe_low: float | None
    moderate_high: float | None
    severe_high: float | None
    inclusive: bool
    common: list[float] = Field(
        default_factory=list, description="values beyond a limit that too many items share to be outliers"
    )


class MetricInfo(Schema):
    """What a metric measures."""

    key: str
    title: str
    scope: ItemScope
    kind: Literal["fraction", "count", "positive", "signed", "rank"]
    unit: str
    suspicious: Literal["low", "high", "both", "none"]
    needs: str
    scopes: list[ItemScope] = Field(description="the kinds of item that it has values for")
    explains: bool = Field(
        description="whether it may be a reason for errors: not random, no mirror of another, not the outcome itself"
    )
    pairs: bool = Field(description="whether an outlier is one because of another item: the two are one finding")
    group: Literal["label_errors", "unusual", "colours_and_sizes"] = Field(description="what its outliers point at")
    summary: str
    description: str


class MetricQueries(Schema):
    """What finds the items behind a metric's numbers."""

    count: str
    nulls: str
    moderate: str
    severe: str


class MetricSummary(MetricInfo):
    """A metric with the statistics of its values in this project."""

    count: int
    nulls: int
    min: float | None
    q1: float | None
    median: float | None
    q3: float | None
    max: float | None
    mean: float | None
    moderate: int
    severe: int
    limits: OutlierLimits
    scale: Literal["linear", "log"] = Field(
        description="the axis that suits the values of the whole project: logarithmic where a few are far greater"
    )
    queries: MetricQueries
    computed: bool = Field(description="whether it has been measured; if not, every value is null")
    custom: bool = Field(description="whether the user has added it")
    source: str | None = Field(default=None, description="the file or module of a metric that the user has added")
    problem: str | None = Field(default=None, description="why the last run of an added metric stopped")


class RunMetrics(Schema):
    """Ask for metrics to be computed wherever they are missing."""

    metrics: list[str] | None = Field(
        default=None, max_length=1_000, description="keys or titles; null for all that need no embeddings"
    )
    again: bool = Field(default=False, description="whether those that are up to date are computed, too")
    workers: Annotated[int | None, Field(ge=1, le=64)] = Field(
        default=None, description="number of processes; null for one a core"
    )
    predictions: str | None = Field(
        default=None, max_length=20_000, description="name of a prediction set: measure its crops, not the project"
    )


class AddMetrics(Schema):
    """Ask for the metrics of a Python file of the machine that serves the project."""

    path: str


class HistogramBin(Schema):
    """Half-open [low, high); the last one is closed."""

    low: float
    high: float
    count: int
    query: str


class Histogram(Schema):
    """How the values of a metric are spread."""

    key: str
    scope: ItemScope
    query: str
    scale: Literal["linear", "log"]
    bins: list[HistogramBin] = Field(description="with the same edges under every filter")
    nulls: ItemCount
    below: ItemCount = Field(description="values ≤ 0 that a logarithmic scale has no place for")
