"""Acquisition functions: how unsure a model is about an image, as the mean over its predictions."""

from __future__ import annotations

import numpy as np

from assay.errors import UsageError
from assay.evaluation.curves import ratio
from assay.evaluation.kernels import FloatArray, IndexArray
from assay.evaluation.types import check_indices


def measure_acquisition(
    image: IndexArray, probabilities: FloatArray, score: FloatArray, images: int
) -> dict[str, FloatArray]:
    """Return the acquisition functions, float64 ``(images,)`` by metric key, NaN for images without predictions.

    Entropy is -Σ p·log₂ p; least confidence 1 - the greatest p; margin the greatest p minus the second; variance that
    of the probabilities (population); all are means over an image's predictions.

    Args:
        image: int32 ``(n,)``, each prediction's image.
        probabilities: float64 ``(n, classes)``, at least two classes.
        score: float64 ``(n,)``.
        images: Number of images.

    Raises:
        UsageError: The arrays do not fit each other, or an image is out of range.
    """
    check_indices("image", image, images)
    if probabilities.ndim != 2 or len(probabilities) != len(image) or probabilities.shape[1] < 2:
        raise UsageError(
            "There must be a probability of each class for every prediction.",
            item="probabilities",
            expected=f"shape ({len(image)}, 2 or more)",
            actual=f"shape {probabilities.shape}",
        )
    logarithm = np.log2(probabilities, out=np.zeros_like(probabilities), where=probabilities > 0)
    ordered = np.sort(probabilities, axis=1)
    columns = {
        "acq_entropy": -(probabilities * logarithm).sum(axis=1),
        "acq_least_confidence": 1 - ordered[:, -1],
        "acq_margin": ordered[:, -1] - ordered[:, -2],
        "acq_variance": probabilities.var(axis=1),
        "acq_mean_confidence": score,
    }
    count = np.bincount(image, minlength=images)
    return {key: ratio(np.bincount(image, weights=values, minlength=images), count) for key, values in columns.items()}
