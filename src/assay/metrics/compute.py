"""The functions that the rest of Assay calls to measure images and objects.

Values of images and objects do not depend on the batch they come in, bit for bit, as long as a batch holds
whole images, or whole sequences where frames are compared. Class-wise values depend on the whole table by
definition and are measured last, from features.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from assay.arrays import FloatArray
from assay.errors import UsageError
from assay.metrics import classwise
from assay.metrics.batch import ImageBatch, ObjectBatch
from assay.metrics.family import Measured
from assay.metrics.registry import all_families
from assay.metrics.sequence_batch import Frames, SequenceBatch
from assay.project.geometry import Evidence, Images, Objects

CLASS_KEYS = frozenset({classwise.SIZE.key, classwise.SHAPE.key})  # they compare an object with all of its class


@dataclass(frozen=True)
class ObjectMeasurements:
    """The measurements of ``n`` objects.

    Attributes:
        values: Per metric key float64 ``(n,)``, NaN for NULL.
        evidence: Per metric that explains its values, records of pairs or objects.
        features: Per name float64 ``(n,)``, what :func:`measure_classes` needs of the whole table.
    """

    values: dict[str, FloatArray]
    evidence: list[Evidence]
    features: dict[str, FloatArray]


@dataclass(frozen=True)
class BatchMeasurements:
    """The measurements of images and of the objects in them.

    Attributes:
        images: Per metric key float64, one value per image, NaN for NULL.
        objects: What was measured of the objects.
    """

    images: dict[str, FloatArray]
    objects: ObjectMeasurements


def measure_objects(objects: Objects, *, seed: int = 0, confidence: FloatArray | None = None) -> ObjectMeasurements:
    """Measure everything about objects that their own image suffices for.

    Args:
        objects: All objects of each image that occurs, ``n``.
        seed: Of the random metric.
        confidence: float64 ``(n,)``, NaN where the source gives none; None for annotations without any.

    Returns:
        Values, evidence and features, in the order of ``objects``.

    Raises:
        UsageError: ``confidence`` has another length than ``objects``.
    """
    return _measure_object_batch(ObjectBatch(objects, seed=seed, confidence=confidence))


def measure_images(images: Images, objects: Objects, *, seed: int = 0) -> dict[str, FloatArray]:
    """Measure images by their metadata and the objects in them.

    Args:
        images: ``n`` images.
        objects: All of their objects; those of other images are left out.
        seed: Of the random metric.

    Returns:
        Per metric key float64 ``(n,)``, NaN for NULL.
    """
    in_batch = np.isin(objects.image, images.row)
    own = objects if in_batch.all() else objects.take(in_batch)
    return _measure_image_batch(ImageBatch(images, ObjectBatch(own, seed=seed), seed=seed))


def measure_batch(
    images: Images, objects: Objects, *, seed: int = 0, confidence: FloatArray | None = None
) -> BatchMeasurements:
    """Measure images and objects at once; the same values, but polygons are built and repaired only once.

    Args:
        images: The images.
        objects: All objects of these images, and of no others.
        seed: Of the random metric.
        confidence: float64, one value per object, NaN where the source gives none.

    Raises:
        UsageError: An object belongs to none of the images, or ``confidence`` has another length.
    """
    strangers = ~np.isin(objects.image, images.row)
    if strangers.any():
        raise UsageError(
            "A batch must hold the image of each of its objects.",
            item=f"object row {objects.row[strangers][0]}",
            actual=f"image row {objects.image[strangers][0]} is missing",
        )
    batch = ObjectBatch(objects, seed=seed, confidence=confidence)
    return BatchMeasurements(
        images=_measure_image_batch(ImageBatch(images, batch, seed=seed)),
        objects=_measure_object_batch(batch),
    )


def measure_classes(
    class_: NDArray[np.int32], shape: NDArray[np.uint8], features: dict[str, FloatArray]
) -> dict[str, FloatArray]:
    """Compute the metrics that compare objects with all others of their class.

    Args:
        class_: int32 ``(n,)``, of all objects of the project or prediction set.
        shape: uint8 ``(n,)``, their :class:`~assay.project.geometry.Shape`.
        features: Per name float64 ``(n,)``, the batches' features joined.

    Returns:
        Per metric key float64 ``(n,)``, NaN for NULL.
    """
    return {
        classwise.SIZE.key: classwise.measure_size(class_, features),
        classwise.SHAPE.key: classwise.measure_shape(class_, shape, features),
    }


def measure_sequences(objects: Objects, frames: Frames, track: NDArray[np.int32]) -> Measured:
    """Compute the metrics that compare objects with objects in other frames of their sequence.

    The values depend neither on the order of the objects and images nor on which other sequences are there.

    Args:
        objects: All objects of each sequence that occurs, ``n``; others have no value.
        frames: All images of these sequences, those without objects too, and the image of each other object.
        track: int32 ``(n,)``, one number per object, the same for objects of one track of a sequence, -1 for none.

    Returns:
        Values, NaN for NULL, and evidence, in the order of ``objects``.

    Raises:
        UsageError: ``track`` has another length than ``objects``, or the image of an object is missing.
    """
    batch = SequenceBatch(objects, frames, track)
    values: dict[str, FloatArray] = {}
    evidence: list[Evidence] = []
    for family in all_families():
        if family.measure_sequences is None:
            continue
        measurements = family.measure_sequences(batch)
        evidence.extend(measurements.evidence)
        for key, column in measurements.values.items():
            values[key] = np.full(len(objects), np.nan)
            values[key][batch.index] = column
    return Measured(values, evidence)


def _measure_object_batch(batch: ObjectBatch) -> ObjectMeasurements:
    values: dict[str, FloatArray] = {}
    evidence: list[Evidence] = []
    for family in all_families():
        if family.measure_objects is not None:
            measurements = family.measure_objects(batch)
            values.update(measurements.values)
            evidence.extend(measurements.evidence)
    return ObjectMeasurements(values, evidence, classwise.measure_features(batch))


def _measure_image_batch(batch: ImageBatch) -> dict[str, FloatArray]:
    values: dict[str, FloatArray] = {}
    for family in all_families():
        if family.measure_images is not None:
            values.update(family.measure_images(batch))
    return values
