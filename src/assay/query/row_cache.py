"""A cache of values that are made of single items, by row, until the data changes."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Mapping
from typing import Any, TypeVar, cast

import numpy as np
from numpy.typing import NDArray

from assay.cache import Cache
from assay.project.store import Store

_MOST_BYTES = 64 << 20

Rows = NDArray[np.int32]
T = TypeVar("T")


class RowCache:
    """The most recently used answers about items, up to so many bytes, by project, data version, kind and row.

    A page of cards shows items that other pages have shown: what is made of an item then costs a look-up.
    """

    def __init__(self, most_bytes: int = _MOST_BYTES) -> None:
        self._items: Cache[tuple[Any, int]] = Cache(most_bytes, lambda entry: entry[1])

    def get(
        self,
        store: Store,
        kind: Hashable,
        rows: Rows,
        make: Callable[[Rows], Mapping[int, T]],
        size_of: Callable[[T], int],
    ) -> dict[int, T]:
        """Return the value of each row, from the cache or from ``make``; without rows that ``make`` leaves out.

        Args:
            store: The project.
            kind: The kind of the values; the same kind has always the same type.
            rows: int32 ``(n,)``.
            make: Returns the values of rows that are not in the cache, by row.
            size_of: Returns about the size of a value in bytes.
        """
        version = (store.version(), kind)
        distinct = np.unique(rows).tolist()
        entries = dict(zip(distinct, self._items.find((version, row) for row in distinct), strict=True))
        values: dict[int, T] = {row: cast("T", entry[0]) for row, entry in entries.items() if entry is not None}
        unknown = [row for row, entry in entries.items() if entry is None]
        if unknown:
            fresh = make(np.array(unknown, dtype=np.int32))
            values.update(fresh)
            self._items.put([((version, row), (value, size_of(value))) for row, value in fresh.items()])
        return values
