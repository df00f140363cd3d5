"""What has been made of single items, by row, until the data changes."""

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
        """Return what is known of rows, made for those that nothing is known of; without rows that ``make`` leaves out.

        Args:
            store: The project.
            kind: What is asked of the rows; the same kind has always the same type.
            rows: int32 ``(n,)``.
            make: Returns it by row for some of the rows.
            size_of: Returns about how many bytes one takes.
        """
        version = (store.version(), kind)
        asked = np.unique(rows).tolist()
        entries = dict(zip(asked, self._items.find((version, row) for row in asked), strict=True))
        found: dict[int, T] = {row: cast("T", entry[0]) for row, entry in entries.items() if entry is not None}
        unknown = [row for row, entry in entries.items() if entry is None]
        if unknown:
            made = make(np.array(unknown, dtype=np.int32))
            found.update(made)
            self._items.put([((version, row), (value, size_of(value))) for row, value in made.items()])
        return found
