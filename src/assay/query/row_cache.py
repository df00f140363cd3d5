"""What has been made of single items, by row, until the data changes."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Callable, Hashable, Mapping
from typing import Any, TypeVar, cast

import numpy as np
from numpy.typing import NDArray

from assay.project.store import Store

_MOST_BYTES = 64 << 20

Rows = NDArray[np.int32]
T = TypeVar("T")


class RowCache:
    """The most recently used answers about items, up to so many bytes, by project, data version, kind and row.

    A page of cards shows items that other pages have shown: what is made of an item then costs a look-up.
    """

    def __init__(self, most_bytes: int = _MOST_BYTES) -> None:
        self._most_bytes = most_bytes
        self._bytes = 0
        self._items: OrderedDict[Hashable, tuple[Any, int]] = OrderedDict()
        self._mutex = threading.Lock()

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
        version = (f"{store.directory}:{store.manifest.uuid}", store.data_version, kind)
        found: dict[int, T] = {}
        unknown = []
        with self._mutex:
            for row in np.unique(rows).tolist():
                entry = self._items.get((version, row))
                if entry is None:
                    unknown.append(row)
                else:
                    self._items.move_to_end((version, row))
                    found[row] = cast("T", entry[0])
        if unknown:
            made = make(np.array(unknown, dtype=np.int32))
            found.update(made)
            with self._mutex:
                for row, value in made.items():
                    self._put((version, row), value, size_of(value))
        return found

    def _put(self, key: Hashable, value: object, size: int) -> None:
        if key in self._items:
            self._bytes -= self._items.pop(key)[1]
        self._items[key] = (value, size)
        self._bytes += size
        while self._bytes > self._most_bytes and len(self._items) > 1:
            self._bytes -= self._items.popitem(last=False)[1][1]
