"""Metrics that need only coordinates, for a batch of whole images or of whole sequences."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from assay.metrics.compute import BatchMeasurements, measure_batch, measure_sequences
from assay.metrics.family import Measured
from assay.metrics.sequence_batch import Frames
from assay.project.geometry import Images, Objects


@dataclass(frozen=True)
class GeometryTask:
    """Images, all objects in them, and the objects' confidence."""

    images: Images
    objects: Objects
    confidence: NDArray[np.float64]


@dataclass(frozen=True)
class GeometryResult:
    """The measurements of a batch, and the rows of its images and objects."""

    images: NDArray[np.int32]
    objects: NDArray[np.int32]
    measurements: BatchMeasurements


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


@dataclass(frozen=True)
class SequenceTask:
    """Whole sequences: their frames, all objects in them, and the track of each object, -1 for none."""

    frames: Frames
    objects: Objects
    track: NDArray[np.int32]


def follow_objects(tasks: list[SequenceTask]) -> list[tuple[NDArray[np.int32], Measured]]:
    """Measure runs of sequences one after another; return the rows of the objects with their measurements."""
    return [(task.objects.row, measure_sequences(task.objects, task.frames, task.track)) for task in tasks]
