"""Result sets: the rows of a query in their order, as one int32 array that pages and positions are slices of."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from assay.project.store import Store
from assay.query.columns import Columns, is_numeric
from assay.query.compile import read_query
from assay.query.fields import ROW, Scope, fields_of, rows_clause, tables

_CACHED_ROWS = 50_000_000
_FEW = 8  # a filter that leaves less than one in so many is sorted by itself
_PAGE = 2_000  # so few rows are named in the statement, which spares a join

Rows = NDArray[np.int32]


class ResultSets:
    """The most recent result sets of this process, by project, query, order and version of the data.

    Attributes:
        columns: Columns in memory, from which orders are made.
    """

    def __init__(self) -> None:
        self.columns = Columns()
        self._cache: OrderedDict[tuple[Any, ...], Rows] = OrderedDict()
        self._mutex = threading.Lock()

    def get(self, store: Store, scope: Scope, query: str, sort: str | None = None) -> Rows:
        """Return the rows of a query in order; NULLs come last, equal values by row.

        Args:
            store: The project.
            scope: What the rows are of.
            query: The query's text; the empty one is everything.
            sort: A key, or ``-key`` for descending; None for the order of the rows.

        Raises:
            QueryError: the query or the key cannot be understood.
        """
        text = query.strip()
        return self._cached(store, scope, text, sort or None, lambda: self._make(store, scope, text, sort))

    def _make(self, store: Store, scope: Scope, text: str, sort: str | None) -> Rows:
        if not sort:
            return _filter(store, scope, text)
        key, descending = (sort[1:], True) if sort.startswith("-") else (sort, False)
        fields = fields_of(store, scope)
        expression = fields.sql(key)
        rows = self.get(store, scope, text)
        if not is_numeric(fields, key):
            return _keep(rows, self._whole(store, scope, sort, lambda: _order(store, scope, expression, descending)))
        values = self.columns.numbers(store, scope, key)
        everything = self.get(store, scope, "")
        if len(rows) * _FEW < len(everything):
            return _sort(rows, values, descending=descending)
        whole = self._whole(store, scope, sort, lambda: _sort(everything, values, descending=descending))
        return whole if len(rows) == len(everything) else _keep(rows, whole)

    def _whole(self, store: Store, scope: Scope, sort: str, make: Callable[[], Rows]) -> Rows:
        return self._cached(store, scope, "", sort, make)

    def _cached(self, store: Store, scope: Scope, text: str, sort: str | None, make: Callable[[], Rows]) -> Rows:
        tags = store.tag_version if "tag" in text else None
        key = (f"{store.directory}:{store.manifest.uuid}", store.data_version, tags, scope, text, sort)
        with self._mutex:
            if key in self._cache:
                self._cache.move_to_end(key)
                return self._cache[key]
        rows = make()
        rows.flags.writeable = False
        with self._mutex:
            self._cache[key] = rows
            while len(self._cache) > 1 and sum(len(r) for r in self._cache.values()) > _CACHED_ROWS:
                self._cache.popitem(last=False)
        return rows


def position_of(rows: Rows, row: int) -> int | None:
    """Return where a row stands in a result set, or None."""
    found = np.flatnonzero(rows == row)
    return int(found[0]) if len(found) else None


def _filter(store: Store, scope: Scope, text: str) -> Rows:
    """Return the rows that a query holds for, in rising order."""
    where, values = "", {}
    if text:
        _, condition = read_query(store, scope, text)
        where, values = f"WHERE {condition.sql}", condition.values
    with store.read() as cursor:
        found = cursor.execute(f"SELECT {ROW[scope]} AS row FROM {tables(scope, [where])} {where}", values).fetchnumpy()
    return np.sort(np.ma.getdata(found["row"]).astype(np.int32, copy=False))


def _order(store: Store, scope: Scope, expression: str, descending: bool) -> Rows:
    order = f"{expression} {'DESC' if descending else 'ASC'} NULLS LAST, {ROW[scope]}"
    with store.read() as cursor:
        found = cursor.execute(
            f"SELECT {ROW[scope]} AS row FROM {tables(scope, [order])} ORDER BY {order}"
        ).fetchnumpy()
    return np.ma.getdata(found["row"]).astype(np.int32)


def _sort(rows: Rows, values: NDArray[np.float64], *, descending: bool) -> Rows:
    """Return rows by their values, NaN last, equal values in the order of the rows."""
    chosen = values[rows]
    if descending:
        chosen = -chosen
    order = np.argsort(chosen)  # not stable, but several times as fast
    ranked = chosen[order]
    fresh = np.ones(len(ranked), dtype=np.bool_)
    np.not_equal(ranked[1:], ranked[:-1], out=fresh[1:])
    fresh[np.isnan(ranked)] = False
    if len(ranked) and np.isnan(ranked[-1]):
        fresh[np.searchsorted(ranked, np.nan)] = True
    if not fresh.all():
        # equal values: sort by the number of the run, then by the place within ``rows``
        run = np.cumsum(fresh)
        order = np.sort(run * len(rows) + order) % len(rows)
    return rows[order]


def _keep(rows: Rows, order: Rows) -> Rows:
    """Return those of ``order`` that are among ``rows``."""
    among = np.zeros(int(max(rows.max(initial=-1), order.max(initial=-1))) + 1, dtype=np.bool_)
    among[rows] = True
    return order[among[order]]


def fetch(
    store: Store, scope: Scope, rows: Rows, expressions: dict[str, str], columns: Columns
) -> dict[str, list[Any]]:
    """Return fields of the given rows, in their order.

    Args:
        store: The project.
        scope: What the rows are of.
        rows: int32 ``(n,)``, each once.
        expressions: SQL by name, made by this layer, never by a request.
        columns: Where the images of annotations are known.
    """
    names = list(expressions)
    chosen = ", ".join([*expressions.values(), f"{ROW[scope]} AS assay_row"])
    wanted = [*expressions.values(), ROW[scope]]
    with store.read() as cursor:
        if len(rows) <= _PAGE:
            images = np.unique(columns.image_of(store)[rows]) if scope == "annotation" else rows
            found = cursor.execute(f"SELECT {chosen} FROM {rows_clause(scope, wanted, rows, images)}").fetchall()
        else:
            cursor.register("assay_wanted", {"assay_wanted_row": rows})
            found = cursor.execute(
                f"SELECT {chosen} FROM {tables(scope, wanted)} "
                f"JOIN assay_wanted wanted ON wanted.assay_wanted_row = {ROW[scope]}"
            ).fetchall()
            cursor.unregister("assay_wanted")
    by_row = {record[-1]: record for record in found}
    ordered = [by_row[row] for row in rows.tolist() if row in by_row]
    return {name: [record[i] for record in ordered] for i, name in enumerate(names)}
