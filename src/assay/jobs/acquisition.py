"""Acquisition functions of a prediction set, from the class probabilities that its results file has."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from assay.project.acquisition import write_acquisition
from assay.project.store import Store

_PROBABILITIES = 4_000_000  # read at once
_LEAST_CLASSES = 2  # a margin has two sides


def measure_acquisition(store: Store, number: int) -> None:
    """Compute and store the acquisition functions of a set; nothing where no prediction tells probabilities."""
    with store.read() as cursor:
        table = cursor.execute(
            "SELECT image, score, probability_start AS start, probability_count AS count FROM prediction "
            'WHERE "set" = ? AND probability_count >= ? ORDER BY probability_start',
            [number, _LEAST_CLASSES],
        ).fetchnumpy()
    image, score, start, count = (np.ma.getdata(table[name]) for name in ("image", "score", "start", "count"))
    if not len(image):
        return
    from assay.evaluation.acquisition import mean_over_images, measure_unsureness  # noqa: PLC0415 - numba is slow to load

    place: list[NDArray[np.int64]] = []
    parts: dict[str, list[NDArray[np.float64]]] = {}
    for classes in np.unique(count).tolist():  # of one model, so there is one number as a rule
        alike = np.flatnonzero(count == classes)
        for some in np.split(alike, range(_PROBABILITIES // classes, len(alike), _PROBABILITIES // classes)):
            probabilities = store.coordinates.values[start[some][:, None] + np.arange(classes)]
            place.append(some)
            for key, values in measure_unsureness(np.asarray(probabilities), score[some]).items():
                parts.setdefault(key, []).append(values)
    rows, dense = np.unique(image[np.concatenate(place)], return_inverse=True)
    columns = {key: np.concatenate(values) for key, values in parts.items()}
    means = mean_over_images(dense.astype(np.int32), columns, len(rows))
    with store.write() as cursor:
        write_acquisition(cursor, number, rows.astype(np.int32), means)
