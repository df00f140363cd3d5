"""What a result looks like as a whole. Every count carries the query that yields it."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from assay.api.schemas.base import CountOf, ItemCount, ItemScope, Schema, Scope
from assay.project.vocabulary import Severity


class WorstItem(Schema):
    """An outlier to look at."""

    row: int
    image_row: int
    value: float
    severity: Severity


class MetricOutliers(Schema):
    """The outliers of one metric, the most severe ones by name."""

    key: str
    title: str
    scope: Scope
    severe: CountOf
    moderate: CountOf
    outliers: CountOf = Field(description="severe and moderate ones")
    sort: str = Field(description="the order that has the worst first")
    reach: float = Field(description="how far the worst lies beyond the limits: 0 at the moderate one, 1 at the severe")
    worst: list[WorstItem] = Field(description="the most severe ones, of a pair one")


class CheckedMetric(Schema):
    """A metric that was looked at and has no outliers."""

    key: str
    title: str
    sort: str


class OutlierGroup(Schema):
    """Metrics whose outliers point at the same thing."""

    key: Literal["label_errors", "unusual", "colours_and_sizes"]
    title: str
    metrics: list[str] = Field(description="keys of those with outliers, the worst beyond their limits first")
    none: list[CheckedMetric] = Field(description="those with values and limits, but no outliers")


class Summary(Schema):
    """The numbers of a result and its outliers."""

    scope: Scope
    query: str
    items: CountOf
    severe: CountOf = Field(description="distinct items that are severe outliers of any metric")
    moderate: CountOf = Field(description="distinct items that are moderate outliers of a metric and severe of none")
    severe_sum: int = Field(description="severe outliers, an item counted for each metric")
    moderate_sum: int
    images: CountOf | None = Field(description="of the whole project, or of a filter of images")
    annotations: CountOf | None = Field(description="of the whole project, or of a filter of annotations")
    classes: int
    without_annotations: CountOf | None
    median_width: float | None
    median_height: float | None
    metrics: list[MetricOutliers] = Field(description="by number of outliers")
    groups: list[OutlierGroup] = Field(description="the same by what they point at, likely label errors first")


class DistributionValue(Schema):
    """One value of a property."""

    label: str
    count: int
    share: float = Field(description="0..1 of the result's items")
    query: str
    color: str | None
    rare: bool = Field(description="whether it has a tenth of an even share or less")


class Distribution(Schema):
    """The most frequent values of a property."""

    scope: ItemScope
    query: str
    property: str
    items: int
    values: list[DistributionValue]
    other: int = Field(description="further values that are not listed")
    none: ItemCount


class Property(Schema):
    """A property that a distribution can be asked for."""

    property: str
    title: str
    values: int


class DensityAxis(Schema):
    """One axis of a density."""

    key: str
    title: str
    unit: str
    kind: str
    scale: Literal["linear", "log"]
    edges: list[float]


class DensityCell(Schema):
    """Items in one cell, by column and row."""

    x: int
    y: int
    count: int
    query: str


class DensityTrend(Schema):
    """Least squares over all points: y = slope · x + intercept; log axes by their natural logarithm."""

    slope: float
    intercept: float
    correlation: float
    count: int


class Density(Schema):
    """Two numeric fields against each other."""

    scope: Scope
    query: str
    x: DensityAxis
    y: DensityAxis
    cells: list[DensityCell]
    none: CountOf
    trend: DensityTrend | None


class ClassLabels(Schema):
    """One class in numbers; areas in px²."""

    class_row: int
    name: str
    color: str
    annotations: CountOf
    images: CountOf | None = Field(description="null under a filter")
    share: float
    median_area: float | None
    mean_area: float | None
    rare: bool


class ClassName(Schema):
    """A class by name."""

    class_row: int
    name: str
    color: str


class CoOccurrenceCell(Schema):
    """Images that hold both of two classes, by their place among the classes."""

    a: int
    b: int
    count: int
    scope: Scope
    query: str


class CoOccurrence(Schema):
    """Which of the most frequent classes occur together; empty under a filter."""

    classes: list[ClassName]
    cells: list[CoOccurrenceCell]


class AnnotatorLabels(Schema):
    """The annotations of one annotator."""

    name: str
    annotations: CountOf
    share: float
    classes: int
    means: dict[str, float | None]


class SplitLabels(Schema):
    """The images and annotations of one split."""

    name: str | None
    images: CountOf | None = Field(description="null under a filter")
    annotations: CountOf
    share: float
    classes: int
    means: dict[str, float | None]


class ImageSizeCount(Schema):
    """Images of one size in px."""

    width: int
    height: int
    count: int
    share: float = Field(description="0..1 of the images whose size is known")
    scope: Scope
    query: str


class LabelStatistics(Schema):
    """A result's annotations as labels."""

    scope: Scope
    query: str
    classes: list[ClassLabels]
    cooccurrence: CoOccurrence
    annotators: list[AnnotatorLabels]
    splits: list[SplitLabels]
    image_sizes: list[ImageSizeCount] = Field(description="the most frequent ones")
    other_sizes: int = Field(description="further sizes that are not listed")
