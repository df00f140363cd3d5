"""Orders of predictions and annotations: by class and image, and the ranking by score within each class."""

from __future__ import annotations

import numpy as np

from assay.arrays import FloatArray, IndexArray, OffsetArray
from assay.evaluation.kernels import kernel


@kernel
def order_by_bucket(keys: IndexArray, order: IndexArray, buckets: int) -> tuple[IndexArray, OffsetArray]:
    """Sort an order stably by small integer keys.

    Args:
        keys: int32 ``(n,)``, each in ``0..buckets-1``.
        order: int32 ``(n,)``, a permutation.
        buckets: Number of distinct keys.

    Returns:
        int32 ``(n,)``, the permutation sorted by ``keys[order]``, and int64 ``(buckets + 1,)``, where each key starts.
    """
    offsets = np.zeros(buckets + 1, dtype=np.int64)
    for key in keys:
        offsets[key + 1] += 1
    for bucket in range(buckets):
        offsets[bucket + 1] += offsets[bucket]
    place = offsets[:-1].copy()
    result = np.empty_like(order)
    for item in order:
        key = keys[item]
        result[place[key]] = item
        place[key] += 1
    return result, offsets


@kernel
def order_by_descending_score(scores: FloatArray, order: IndexArray) -> IndexArray:
    """Sort an order stably by descending score: a radix sort over the four 16-bit digits of the doubles.

    Args:
        scores: float64 ``(n,)``, no NaN.
        order: int32 ``(n,)``, a permutation.
    """
    sign = np.uint64(1) << np.uint64(63)
    # Adding 0 turns -0 into 0: equal scores must have equal keys.
    keys = (scores[order] + 0.0).view(np.uint64)
    for i in range(len(keys)):
        # Doubles compare as integers once negative ones are inverted; descending order needs the positive inverted.
        keys[i] = keys[i] if keys[i] & sign else ~(keys[i] | sign)
    current, following = order.copy(), np.empty_like(order)
    following_keys = np.empty_like(keys)
    count = np.zeros(65537, dtype=np.int64)
    for digit in range(4):
        shift = np.uint64(16 * digit)
        count[:] = 0
        for key in keys:
            count[((key >> shift) & np.uint64(65535)) + np.uint64(1)] += 1
        if count.max() == len(keys):
            continue
        for value in range(65536):
            count[value + 1] += count[value]
        # keys move along with the items, so that both are read in sequence
        for i in range(len(keys)):
            value = (keys[i] >> shift) & np.uint64(65535)
            place = count[value]
            count[value] += 1
            following[place], following_keys[place] = current[i], keys[i]
        current, following = following, current
        keys, following_keys = following_keys, keys
    return current


@kernel
def rank_within_cells(image: IndexArray, class_: IndexArray) -> IndexArray:
    """Return int32 ``(n,)``: the position of each prediction among those of its image and class.

    Args:
        image: int32 ``(n,)``, of predictions sorted by class and image.
        class_: int32 ``(n,)``.
    """
    rank = np.zeros(len(image), dtype=np.int32)
    for i in range(1, len(image)):
        if image[i] == image[i - 1] and class_[i] == class_[i - 1]:
            rank[i] = rank[i - 1] + 1
    return rank
