"""Which metrics tell something about right and wrong: mutual information with permutation tests, and correlation."""

from __future__ import annotations

from collections.abc import Hashable, Mapping
from dataclasses import dataclass
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

from assay.arrays import BoolArray, FloatArray, IndexArray
from assay.evaluation.kernels import kernel, run_in_threads, split_evenly
from assay.evaluation.statistics import reject_by_false_discovery_rate
from assay.evaluation.types import check_indices

Key = TypeVar("Key", bound=Hashable)
MAX_BINS = 32
PERMUTATIONS = 999
SEED = 20_178


@dataclass(frozen=True)
class Importance:
    """What one metric tells about the outcome; NaN where the outcome, or for correlation the metric, is constant.

    Attributes:
        importance: Mutual information in shares of the outcome's entropy, 0..1.
        p_value: Share of 999 permutations and the observation itself that reach it.
        significant: Whether it is among the discoveries of its side at a false discovery rate of 5 %.
        correlation: Point-biserial with being right.
    """

    importance: float
    p_value: float
    significant: bool
    correlation: float


def measure_importance(
    right: BoolArray,
    image: IndexArray,
    object_metrics: Mapping[Key, FloatArray],
    image_metrics: Mapping[Key, FloatArray],
    *,
    images: int,
    permutations: int = PERMUTATIONS,
    seed: int = SEED,
) -> dict[Key, Importance]:
    """Measure the importance of every metric for one side: predictions (TP or FP), or annotations (matched or FN).

    Args:
        right: bool ``(n,)``, of the objects that are evaluated.
        image: int32 ``(n,)``, each one's image.
        object_metrics: float64 ``(n,)`` by metric, NaN for NULL.
        image_metrics: float64 ``(images,)`` by metric, NaN for NULL.
        images: Number of images.
        permutations: How many.
        seed: Of the permutations.

    Raises:
        UsageError: An image is out of range.
    """
    check_indices("image", image, images)
    keys = [*object_metrics, *image_metrics]
    if len(right) == 0 or right.all() or not right.any():
        return dict.fromkeys(keys, Importance(float("nan"), float("nan"), significant=False, correlation=float("nan")))
    random = np.random.default_rng(seed)
    measured, p_values = [], []
    for values in object_metrics.values():
        bins, count = equal_frequency_bins(values)
        total = np.bincount(bins, minlength=count)
        observed = normalised_information(np.bincount(bins[right], minlength=count), total)
        # Outcomes dealt out anew over the objects: the right ones fall into the bins like balls from an urn.
        drawn = random.multivariate_hypergeometric(total, int(right.sum()), size=permutations, method="marginals")
        measured.append(float(observed))
        p_values.append(_p_value(observed, normalised_information(drawn, total)))
    joined = {key: values[image] for key, values in image_metrics.items()}
    for observed, permuted in _permute_images(right, image, list(image_metrics.values()), images, permutations, random):
        measured.append(float(observed))
        p_values.append(_p_value(observed, permuted))
    significant = reject_by_false_discovery_rate(np.array(p_values))
    columns = [*object_metrics.values(), *joined.values()]
    return {
        key: Importance(measured[i], p_values[i], bool(significant[i]), correlate(columns[i], right))
        for i, key in enumerate(keys)
    }


def equal_frequency_bins(values: FloatArray, bins: int = MAX_BINS) -> tuple[NDArray[np.int64], int]:
    """Put values into at most so many bins of about equal counts; equal values share one, NULLs have their own.

    Args:
        values: float64 ``(n,)``, NaN for NULL.
        bins: Greatest number of bins, without that of NULLs.

    Returns:
        int64 ``(n,)``, the bins; their number, that of NULLs included if there are any.
    """
    null = np.isnan(values)
    present = np.sort(values[~null])
    if len(present) == 0:
        return np.zeros(len(values), dtype=np.int64), 1
    starts = np.unique(present[(np.arange(bins) * len(present)) // bins])
    found = np.maximum(np.searchsorted(starts, values, side="right") - 1, 0)
    if null.any():
        found[null] = len(starts)
        return found, len(starts) + 1
    return found, len(starts)


def normalised_information(right: NDArray[np.int64], total: NDArray[np.int64]) -> FloatArray:
    """Return mutual information of bin and outcome over the outcome's entropy, clamped to 0..1.

    Plug-in estimate with the correction of Miller (1955) and Madow for the numbers of occupied bins and cells.

    Args:
        right: int64 ``(..., bins)``, right objects in each bin.
        total: int64 ``(..., bins)`` or ``(bins,)``, objects in each bin.
    """
    total = np.broadcast_to(total, np.shape(right))
    wrong = total - right
    count = total.sum(axis=-1)
    hits = right.sum(axis=-1)
    entropy = _entropy(np.stack([hits, count - hits], axis=-1))
    cells = np.concatenate([right, wrong], axis=-1)
    information = entropy + _entropy(total) - _entropy(cells)
    occupied, occupied_cells = (total > 0).sum(axis=-1), (cells > 0).sum(axis=-1)
    information += (occupied + 2 - occupied_cells - 1) / (2 * count)
    result: FloatArray = np.clip(information / entropy, 0.0, 1.0)
    return result


def correlate(values: FloatArray, right: BoolArray) -> float:
    """Return the point-biserial correlation of a metric with being right, NULLs left out; NaN if either is constant.

    Args:
        values: float64 ``(n,)``, NaN for NULL.
        right: bool ``(n,)``.
    """
    present = ~np.isnan(values)
    x, y = values[present], right[present].astype(np.float64)
    if len(x) < 2 or x.min() == x.max() or y.min() == y.max():
        return float("nan")
    x, y = x - x.mean(), y - y.mean()
    scale = np.sqrt((x * x).sum() * (y * y).sum())
    return float(np.clip((x * y).sum() / scale, -1.0, 1.0)) if scale > 0 else float("nan")


def _p_value(observed: FloatArray, permuted: FloatArray) -> float:
    # a rounding error must not tell apart permutations that equal the observation
    reached = np.count_nonzero(permuted >= observed - 1e-12)
    return float((1 + reached) / (1 + len(permuted)))


def _permute_images(
    right: BoolArray,
    image: IndexArray,
    metrics: list[FloatArray],
    images: int,
    permutations: int,
    random: np.random.Generator,
) -> list[tuple[FloatArray, FloatArray]]:
    """Return observed and permuted information of metrics whose values are dealt out anew over the images."""
    total = np.bincount(image, minlength=images)
    occupied = np.flatnonzero(total)
    hits = np.bincount(image[right], minlength=images)[occupied]
    total = total[occupied]
    width = MAX_BINS + 1
    bins = np.zeros((len(metrics), len(occupied)), dtype=np.int32)
    for row, values in zip(bins, metrics, strict=True):
        # Bins hold about equally many objects, so each image's value counts as often as it has objects.
        row[:] = _bins_by_weight(values[occupied], total)
    if not metrics:
        return []
    orders = np.tile(np.arange(len(occupied), dtype=np.int32), (permutations + 1, 1))
    random.permuted(orders[1:], axis=1, out=orders[1:])
    counts = np.zeros((2, len(metrics), len(orders), width), dtype=np.int64)

    def count(share: tuple[int, int]) -> None:
        part = slice(*share)
        _count_bins(bins, hits, total, orders[part], counts[0, :, part], counts[1, :, part])

    run_in_threads(count, split_evenly(len(orders), 16))
    information = normalised_information(counts[0], counts[1])
    return [(row[0], row[1:]) for row in information]


def _bins_by_weight(values: FloatArray, weights: NDArray[np.int64]) -> NDArray[np.int64]:
    """Return the bins of :func:`equal_frequency_bins` for values that stand for ``weights`` equal ones each."""
    bins, _ = equal_frequency_bins(np.repeat(values, weights))
    return bins[np.cumsum(weights) - 1]


def _entropy(counts: NDArray[np.int64]) -> FloatArray:
    """Return the plug-in entropy in nats along the last axis."""
    share = counts / counts.sum(axis=-1, keepdims=True)
    entropy: FloatArray = -(share * np.log(share, out=np.zeros_like(share), where=share > 0)).sum(axis=-1)
    return entropy


@kernel
def _count_bins(
    bins: IndexArray,
    hits: NDArray[np.int64],
    total: NDArray[np.int64],
    orders: IndexArray,
    hit_counts: NDArray[np.int64],
    counts: NDArray[np.int64],
) -> None:
    # both numbers in one word, so that an image costs one addition; neither reaches 2³¹
    packed = (total << 32) + hits
    for number in range(len(orders)):
        permuted = packed[orders[number]]
        for metric in range(len(bins)):
            sums = np.zeros(counts.shape[2], dtype=np.int64)
            row = bins[metric]
            for image in range(len(permuted)):
                sums[row[image]] += permuted[image]
            counts[metric, number] = sums >> 32
            hit_counts[metric, number] = sums & 0xFFFFFFFF
