"""Families of metrics that are measured together, with their functions and the results of these."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from assay.arrays import FloatArray
from assay.metrics.batch import ImageBatch, ObjectBatch
from assay.metrics.crop_batch import Crops
from assay.metrics.definition import Metric
from assay.metrics.pixel_maps import Picture
from assay.metrics.sequence_batch import SequenceBatch
from assay.project.geometry import Evidence


@dataclass(frozen=True)
class Measured:
    """The measurements of a family on a batch of objects.

    Attributes:
        values: Per metric key float64 ``(n,)``, NaN for NULL.
        evidence: Why values are what they are.
    """

    values: dict[str, FloatArray]
    evidence: list[Evidence] = field(default_factory=list)


@dataclass(frozen=True)
class Cause:
    """The facts behind an item's value of a metric, for a sentence that explains it.

    Attributes:
        value: The value.
        class_name: The class of an annotation.
        partner_id: The id that its source gives the annotation beside it; None where there is none.
        partner_class: The class of that one.
        detail: What the family has told as evidence; empty where it told nothing.
        same_pixels: Returns names of other images with an image's pixels, so many at most.
    """

    value: float | None
    class_name: str | None = None
    partner_id: Any = None
    partner_class: str | None = None
    detail: str = ""
    same_pixels: Callable[[int], list[str]] = lambda _: []


@dataclass(frozen=True)
class Family:
    """Metrics that are measured together, with the functions that measure them.

    A family is one file and one entry of :mod:`assay.metrics.registry`. Class-wise metrics have no function
    here: they need the whole table, see :func:`assay.metrics.compute.measure_classes`. ``explain`` says in a sentence
    why an item has its value of the metric of a key, where more is to be said than what stands in the evidence.
    """

    metrics: tuple[Metric, ...]
    measure_objects: Callable[[ObjectBatch], Measured] | None = None
    measure_images: Callable[[ImageBatch], dict[str, FloatArray]] | None = None
    measure_picture: Callable[[Picture], dict[str, float]] | None = None
    measure_crops: Callable[[Crops], dict[str, FloatArray]] | None = None
    measure_sequences: Callable[[SequenceBatch], Measured] | None = None
    explain: Callable[[str, Cause], str] | None = None
