"""A reproducible random number per item: to sample, to shuffle, and as a null for importance."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from assay.arrays import FloatArray
from assay.metrics.batch import ImageBatch, ObjectBatch
from assay.metrics.definition import Metric
from assay.metrics.family import Family, Measured

GOLDEN_GAMMA = 0x9E3779B97F4A7C15
_DESCRIPTION = (
    "A number $0 \\le r < 1$, uniform and the same on every machine: the hash of the item's source id and "
    "the metric's seed go through the finaliser of splitmix64, and the top 53 bits are read as a "
    "fraction.\n\n"
    "It says nothing about the item. Sort by it to look at a fair sample, cut a range of it to draw one "
    "(`{key} < 0.1` is a tenth of the data), and compare other metrics with it: what explains model errors "
    "no better than this number explains nothing. It never reports outliers."
)
RANDOM = Metric(
    key="random",
    title="Random",
    scopes=("image",),
    kind="fraction",
    unit="",
    suspicious="none",
    needs="metadata",
    explains=False,
    summary="A reproducible random number per image.",
    description=_DESCRIPTION.format(key="random"),
)
OBJECT_RANDOM = Metric(
    key="object_random",
    title="Random",
    scopes=("annotation",),
    kind="fraction",
    unit="",
    suspicious="none",
    needs="metadata",
    explains=False,
    summary="A reproducible random number per annotation.",
    description=_DESCRIPTION.format(key="object_random"),
)


def uniform(random_key: NDArray[np.uint64], seed: int) -> FloatArray:
    """Return float64 ``(n,)`` in [0, 1) from hashes and a seed.

    The finaliser is that of splitmix64 (Steele, Lea, Flood: Fast Splittable Pseudorandom Number Generators,
    2014), whose state is the key advanced by ``seed + 1`` steps.
    """
    step = np.uint64((seed + 1) * GOLDEN_GAMMA % 2**64)
    mixed = random_key + step
    mixed = (mixed ^ (mixed >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    mixed = (mixed ^ (mixed >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    mixed ^= mixed >> np.uint64(31)
    return (mixed >> np.uint64(11)).astype(np.float64) * 2.0**-53


def _measure_images(batch: ImageBatch) -> dict[str, FloatArray]:
    return {RANDOM.key: uniform(batch.images.random_key, batch.seed)}


def _measure_objects(batch: ObjectBatch) -> Measured:
    return Measured({OBJECT_RANDOM.key: uniform(batch.objects.random_key, batch.seed)})


IMAGE_FAMILY = Family(metrics=(RANDOM,), measure_images=_measure_images)
OBJECT_FAMILY = Family(metrics=(OBJECT_RANDOM,), measure_objects=_measure_objects)
