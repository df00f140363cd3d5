"""Metrics that need only coordinates, for a batch of whole images."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from assay.metrics.compute import BatchMeasurements, measure_batch
from assay.project.geometry import Images, Objects


@dataclass(frozen=True)
class GeometryTask:
    """Images, all objects in them, and the objects' confidence."""

    images: Images
    objects: Objects
    confidence: NDArray[np.float64]


@dataclass(frozen=True)
class GeometryResult:
    """What was measured, and the rows of the images and objects that it was measured of."""

    images: NDArray[np.int32]
    objects: NDArray[np.int32]
    measured: BatchMeasurements


def measure_geometry(tasks: list[GeometryTask]) -> list[GeometryResult]:
    """Measure batches of images one after another."""
    return [
        GeometryResult(
            task.images.row,
            task.objects.row,
            measure_batch(task.images, task.objects, confidence=task.confidence),
        )
        for task in tasks
    ]
