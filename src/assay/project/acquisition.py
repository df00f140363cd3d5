"""Metrics of images that belong to a prediction set: the acquisition functions."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from assay.project.store import Connection, Store, insert_columns

TABLE = "prediction_image_metric"


def write_acquisition(
    cursor: Connection, number: int, images: NDArray[np.int32], values: dict[str, NDArray[np.float64]]
) -> None:
    """Store a set's acquisition functions in place of those it had.

    Args:
        cursor: In a transaction.
        number: Of the set.
        images: int32 ``(n,)``, rows.
        values: float64 ``(n,)`` by key.
    """
    cursor.execute(f'DELETE FROM {TABLE} WHERE "set" = ?', [number])
    if len(images):
        columns = {"set": np.full(len(images), number, dtype=np.int32), "image": images.astype(np.int32), **values}
        insert_columns(cursor, TABLE, columns)


def read_acquisition(store: Store, number: int) -> dict[str, NDArray[np.float64]]:
    """Return a set's acquisition functions by key: float64 indexed by image row, NaN where an image has none.

    Empty where the set's predictions tell no probabilities.
    """
    with store.read() as cursor:
        stored = cursor.execute(f'SELECT * EXCLUDE ("set") FROM {TABLE} WHERE "set" = ?', [number]).fetchnumpy()
        [(count,)] = cursor.execute("SELECT coalesce(max(row), -1) + 1 FROM image").fetchall()
    rows = np.ma.getdata(stored.pop("image"))
    if not len(rows):
        return {}
    columns = {}
    for key, values in stored.items():
        columns[key] = np.full(count, np.nan)
        columns[key][rows] = np.ma.getdata(values)
    return columns
