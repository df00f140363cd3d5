"""Acquisition functions: how unsure a model is about an image, as the mean over its predictions."""

from __future__ import annotations

import numpy as np

from assay.arrays import FloatArray, IndexArray
from assay.errors import UsageError
from assay.evaluation.statistics import ratio
from assay.evaluation.types import check_indices


def measure_unsureness(probabilities: FloatArray, score: FloatArray) -> dict[str, FloatArray]:
    """Return each prediction's share in the acquisition functions, float64 ``(n,)`` by metric key.

    Entropy is -Σ p·log₂ p; least confidence 1 - the greatest p; margin the greatest p minus the second; variance that
    of the probabilities (population).

    Args:
        probabilities: float64 ``(n, classes)``, at least two classes.
        score: float64 ``(n,)``.

    Raises:
        UsageError: The arrays do not fit each other.
    """
    if probabilities.ndim != 2 or len(probabilities) != len(score) or probabilities.shape[1] < 2:
        raise UsageError(
            "There must be a probability of each class for every prediction.",
            item="probabilities",
            expected=f"shape ({len(score)}, 2 or more)",
            actual=f"shape {probabilities.shape}",
        )
    logarithm = np.log2(probabilities, out=np.zeros_like(probabilities), where=probabilities > 0)
    ordered = np.sort(probabilities, axis=1)
    return {
        "acq_entropy": -(probabilities * logarithm).sum(axis=1),
        "acq_least_confidence": 1 - ordered[:, -1],
        "acq_margin": ordered[:, -1] - ordered[:, -2],
        "acq_variance": probabilities.var(axis=1),
        "acq_mean_confidence": score,
    }


def mean_over_images(image: IndexArray, columns: dict[str, FloatArray], images: int) -> dict[str, FloatArray]:
    """Return the mean of each column over the predictions of an image, float64 ``(images,)``, NaN without any.

    Args:
        image: int32 ``(n,)``, each prediction's image.
        columns: float64 ``(n,)`` by key.
        images: Number of images.

    Raises:
        UsageError: An image is out of range.
    """
    check_indices("image", image, images)
    count = np.bincount(image, minlength=images)
    return {key: ratio(np.bincount(image, weights=values, minlength=images), count) for key, values in columns.items()}
