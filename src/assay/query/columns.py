"""Whole numeric columns in memory: what orders, histograms and densities are made from."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from assay.cache import Cache
from assay.errors import QueryError
from assay.project.store import Store
from assay.project.values import metric_table
from assay.query.fields import Field, Fields, fields_of
from assay.query.joins import NOTHING, ROW, QueryScope, tables

_CACHED_BYTES = 400 << 20

Column = NDArray[Any]


class Columns:
    """The most recently used columns of this process, by project, data version, scope and key."""

    def __init__(self) -> None:
        self._cache: Cache[Column] = Cache(_CACHED_BYTES, lambda column: column.nbytes)

    def numbers(self, store: Store, scope: QueryScope, key: str) -> NDArray[np.float64]:
        """Return a numeric field of every item.

        Args:
            store: The project.
            scope: What the items are.
            key: A metric or another numeric field; of an image also in annotation scope.

        Returns:
            float64 ``(n,)`` indexed by row, NaN for NULL and for rows that no item has.

        Raises:
            QueryError: the key is unknown, or no number.
        """
        return self._get(store, scope, key, self._read_numbers)

    def extent(self, store: Store, scope: QueryScope, key: str) -> NDArray[np.float64]:
        """Return a numeric field's least, least positive and greatest value: float64 ``(3,)``, NaN where there is none.

        Raises:
            QueryError: the key is unknown, or no number.
        """
        return self._get(store, scope, f"{key} extent", lambda *_: extent_of(self.numbers(store, scope, key)))

    def image_of(self, store: Store, scope: QueryScope = "annotation") -> NDArray[np.int32]:
        """Return the image of every annotation or prediction: int32 ``(n,)`` indexed by row, -1 for rows without."""
        return self._get(store, scope, "", _read_images)

    def _get(self, store: Store, scope: QueryScope, key: str, read: Any) -> Column:
        def make() -> Column:
            column: Column = read(store, scope, key)
            column.flags.writeable = False
            return column

        return self._cache.get((store.version(), scope, key), make)

    def _read_numbers(self, store: Store, scope: QueryScope, key: str) -> NDArray[np.float64]:
        field = _numeric(fields_of(store, scope), key)
        if field.level != scope:  # of the annotation's image
            images = self.image_of(store, scope)
            values = self.numbers(store, "image", key)
            return np.where(images >= 0, values[images], np.nan) if len(values) else np.full(len(images), np.nan)
        column = field.column
        if column.table == _METRIC_ALIAS[scope]:  # of the wide table alone: nothing is joined
            source, row, value = f"{metric_table(scope)} m", "m.row", column.of("m")
        else:
            source, row, value = tables(scope, [column.table]), ROW[scope], column.sql
        with store.read() as cursor:
            table = cursor.execute(f"SELECT {row} AS row, {value} AS value FROM {source}").fetchnumpy()
            count = _count(cursor, scope)
        values = np.full(count, np.nan)
        values[np.ma.getdata(table["row"])] = np.ma.filled(np.ma.asarray(table["value"]).astype(np.float64), np.nan)
        return values


_METRIC_ALIAS = {"image": "im", "annotation": "am", "prediction": "pm"}


def is_numeric(fields: Fields, key: str) -> bool:
    """Return whether a key is a column of numbers."""
    try:
        return fields.find(key).type in ("number", "id") and fields.column(key) is not NOTHING
    except QueryError:
        return False


def _numeric(fields: Fields, key: str) -> Field:
    fields.column(key)  # raises for what is no column of the scope
    field = fields.find(key)
    if field.type not in ("number", "id"):
        raise QueryError("The key is no number.", item=key, expected="a metric or a numeric field", actual=field.type)
    return field


def extent_of(values: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the least, the least positive and the greatest of values: float64 ``(3,)``, NaN where there is none."""
    present = values[np.isfinite(values)]
    positive = present[present > 0]
    return np.array(
        [
            present.min() if len(present) else np.nan,
            positive.min() if len(positive) else np.nan,
            present.max() if len(present) else np.nan,
        ]
    )


def _read_images(store: Store, scope: QueryScope, _key: str) -> NDArray[np.int32]:
    with store.read() as cursor:
        table = cursor.execute(f"SELECT row, image FROM {scope}").fetchnumpy()
        count = _count(cursor, scope)
    images = np.full(count, -1, dtype=np.int32)
    images[np.ma.getdata(table["row"])] = np.ma.getdata(table["image"])
    return images


def _count(cursor: Any, scope: QueryScope) -> int:
    return int(cursor.execute(f"SELECT coalesce(max(row), -1) + 1 FROM {scope}").fetchall()[0][0])
