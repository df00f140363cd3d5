"""Result sets: the rows of a query in their order, as one int32 array that pages and positions are slices of."""

from __future__ import annotations

import threading
from collections import OrderedDict
from typing import Any

import numpy as np
from numpy.typing import NDArray

from assay.errors import QueryError
from assay.project.store import Store
from assay.query.fields import ROW, Fields, Scope, tables

_CACHED_ROWS = 50_000_000

Rows = NDArray[np.int32]


class ResultSets:
    """The most recent result sets of this process, by project, query, order and data version."""

    def __init__(self) -> None:
        self._cache: OrderedDict[tuple[str, int, Scope, str, str | None], Rows] = OrderedDict()
        self._mutex = threading.Lock()

    def get(self, store: Store, scope: Scope, query: str, sort: str | None) -> Rows:
        """Return the rows of a query in order; NULLs come last, equal values by row.

        Args:
            scope: What the rows are of.
            query: The query's text; the empty one is everything.
            sort: A key, or ``-key`` for descending; None for the order of the rows.

        Raises:
            QueryError: the query or the key cannot be understood.
        """
        key = (f"{store.directory}:{store.manifest.uuid}", store.data_version, scope, query.strip(), sort)
        with self._mutex:
            if key in self._cache:
                self._cache.move_to_end(key)
                return self._cache[key]
        rows = _run(store, scope, query.strip(), sort)
        with self._mutex:
            self._cache[key] = rows
            while len(self._cache) > 1 and sum(len(r) for r in self._cache.values()) > _CACHED_ROWS:
                self._cache.popitem(last=False)
        return rows


def position_of(rows: Rows, row: int) -> int | None:
    """Return where a row stands in a result set, or None."""
    found = np.flatnonzero(rows == row)
    return int(found[0]) if len(found) else None


def _run(store: Store, scope: Scope, query: str, sort: str | None) -> Rows:
    if query:
        raise QueryError(
            "This version of Assay has no query language yet.",
            item=query[:100],
            expected="an empty query, which is everything",
            actual="a query text",
        )
    order = ROW[scope]
    if sort:
        key, direction = (sort[1:], "DESC") if sort.startswith("-") else (sort, "ASC")
        order = f"{Fields(store, scope).sql(key)} {direction} NULLS LAST, {order}"
    with store.read() as cursor:
        found = cursor.execute(
            f"SELECT {ROW[scope]} AS row FROM {tables(scope, [order])} ORDER BY {order}"
        ).fetchnumpy()
    return np.ascontiguousarray(np.ma.getdata(found["row"]), dtype=np.int32)


def fetch(store: Store, scope: Scope, rows: Rows, expressions: dict[str, str]) -> dict[str, list[Any]]:
    """Return columns of the given rows, in their order.

    Args:
        expressions: SQL by name, made by this layer, never by a request.
    """
    wanted = {"assay_row": rows, "assay_order": np.arange(len(rows), dtype=np.int32)}
    names = list(expressions)
    columns = ", ".join(expressions.values())
    with store.read() as cursor:
        cursor.register("assay_wanted", wanted)
        found = cursor.execute(
            f"SELECT {columns} FROM {tables(scope, expressions.values())} "
            f"JOIN assay_wanted wanted ON wanted.assay_row = {ROW[scope]} "
            "ORDER BY wanted.assay_order"
        ).fetchall()
        cursor.unregister("assay_wanted")
    return {name: [record[i] for record in found] for i, name in enumerate(names)}
