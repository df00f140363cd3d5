"""What is measured together: a family of metrics, with the functions that measure them and what these return."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

from assay.metrics.batch import ImageBatch, ObjectBatch
from assay.metrics.crop_batch import Crops
from assay.metrics.definition import FloatArray, Metric
from assay.metrics.pixel_maps import Picture
from assay.metrics.sequence_batch import SequenceBatch
from assay.project.geometry import Evidence


@dataclass(frozen=True)
class Measured:
    """What a family measured of a batch of objects.

    Attributes:
        values: Per metric key float64 ``(n,)``, NaN for NULL.
        evidence: Why values are what they are.
    """

    values: dict[str, FloatArray]
    evidence: list[Evidence] = field(default_factory=list)


@dataclass(frozen=True)
class Family:
    """Metrics that are measured together, with the functions that measure them.

    A family is one file and one entry of :mod:`assay.metrics.registry`. Class-wise metrics have no function
    here: they need the whole table, see :func:`assay.metrics.compute.measure_classes`.
    """

    metrics: tuple[Metric, ...]
    measure_objects: Callable[[ObjectBatch], Measured] | None = None
    measure_images: Callable[[ImageBatch], dict[str, FloatArray]] | None = None
    measure_picture: Callable[[Picture], dict[str, float]] | None = None
    measure_crops: Callable[[Crops], dict[str, FloatArray]] | None = None
    measure_sequences: Callable[[SequenceBatch], Measured] | None = None
