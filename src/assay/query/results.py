"""Result sets: the rows of a query in their order, as one int32 array that pages and positions are slices of."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from assay.cache import Cache
from assay.errors import QueryError
from assay.project.store import Store
from assay.project.vocabulary import AcquisitionKey, OutcomeCountKey
from assay.query.columns import Columns, is_numeric
from assay.query.compile import read_query
from assay.query.fields import EVALUATED, Scope, fields_of
from assay.query.joins import ROW, Column, QueryScope, rows_clause, tables
from assay.query.outcomes import EvaluatedItems
from assay.query.outlier_order import PREFIX, has_limits, score_outliers
from assay.query.pairs import fold_pairs
from assay.query.tree import Node, Term, terms

_CACHED_BYTES = 200_000_000
_CACHED_EVALUATED_BYTES = 16_000_000  # each position of a slider leaves one behind, which hardly anybody asks for again
_KEY_BYTES = 2_000  # about, with the question of an evaluation and an array's own head
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
        self._cache: Cache[Rows] = Cache(_CACHED_BYTES, _size_of)
        self._evaluated: Cache[Rows] = Cache(_CACHED_EVALUATED_BYTES, _size_of)

    def get(
        self,
        store: Store,
        scope: QueryScope,
        query: str,
        sort: str | None = None,
        evaluated: EvaluatedItems | None = None,
    ) -> Rows:
        """Return the rows of a query in order; NULLs come last, equal values by row.

        Args:
            store: The project.
            scope: What the rows are of.
            query: The query's text; the empty one is everything.
            sort: A key, ``-key`` for descending, or ``worst:metric`` for the most suspicious values first, whichever
                side they lie on; None for the order of the rows.
            evaluated: The outcomes of an evaluation, for ``outcome:``, ``reason:``, ``iou`` and ``compared:``; in
                prediction scope the rows are those that it is of.

        Raises:
            QueryError: the query or the key cannot be understood.
        """
        text = query.strip()
        return self._cached(
            store, scope, text, sort or None, lambda: self._make(store, scope, text, sort, evaluated), evaluated
        )

    def numbers(
        self, store: Store, scope: QueryScope, key: str, evaluated: EvaluatedItems | None = None
    ) -> NDArray[np.float64]:
        """Return a numeric field of every item, as :meth:`Columns.numbers`; also numbers of an evaluation."""
        if evaluated is not None and key == "iou" and scope == "prediction":
            return evaluated.predictions.numbers()
        if evaluated is not None and key in evaluated.image_metrics:
            values = evaluated.image_metrics[key]
            if scope == "image":
                return values
            images = self.columns.image_of(store, scope)
            return np.where(images >= 0, values[images], np.nan)
        return self.columns.numbers(store, scope, key)

    def first_of_pairs(self, store: Store, scope: Scope, query: str, sort: str) -> Rows:
        """Return the rows of a query in order, without those that are outliers because of one before them.

        Args:
            store: The project.
            scope: What the rows are of.
            query: The query's text.
            sort: As for :meth:`get`, by a metric whose evidence names partners.

        Raises:
            QueryError: the query or the key cannot be understood.
        """
        key = sort.removeprefix(PREFIX).removeprefix("-")
        limits = fields_of(store, scope).limits(scope).get(key)
        rows = self.get(store, scope, query, sort)
        if limits is None:
            return rows

        def fold() -> Rows:
            return fold_pairs(store, rows, key, self.numbers(store, scope, key), limits)

        return self._cached(store, scope, query.strip(), f"first of pairs {sort}", fold)

    def _make(
        self, store: Store, scope: QueryScope, text: str, sort: str | None, evaluated: EvaluatedItems | None
    ) -> Rows:
        if not sort:
            return _filter(store, scope, text, evaluated)
        if sort.startswith(PREFIX):
            return self._worst_first(store, scope, text, sort.removeprefix(PREFIX), evaluated)
        key, descending = (sort[1:], True) if sort.startswith("-") else (sort, False)
        rows = self.get(store, scope, text, evaluated=evaluated)
        of_set = evaluated is not None and (key == "iou" or key in evaluated.image_metrics)
        if of_set or (scope == "prediction" and is_numeric(fields_of(store, scope), key)):
            return _sort(rows, self.numbers(store, scope, key, evaluated), descending=descending)
        fields = fields_of(store, scope)
        column = fields.column(key)
        if not is_numeric(fields, key):
            return _keep(rows, self._whole(store, scope, sort, lambda: _order(store, scope, column, descending)))
        values = self.columns.numbers(store, scope, key)
        everything = self.get(store, scope, "")
        if len(rows) * _FEW < len(everything):
            return _sort(rows, values, descending=descending)
        whole = self._whole(store, scope, sort, lambda: _sort(everything, values, descending=descending))
        return whole if len(rows) == len(everything) else _keep(rows, whole)

    def _worst_first(
        self, store: Store, scope: QueryScope, text: str, key: str, evaluated: EvaluatedItems | None
    ) -> Rows:
        """Return the rows of a query, those whose value is most suspicious first; equal ones by row."""
        fields = fields_of(store, scope)
        fields.column(key)
        metric = fields.metric(key)
        limits = fields.limits(metric.level).get(key) if metric is not None else None
        if limits is None or not has_limits(limits):
            raise QueryError(
                "No value of this is suspicious.",
                item=f"{PREFIX}{key}"[:100],
                expected="a metric that has outliers",
                actual="a field without outlier limits",
                hint=f"Sort by {key} or -{key}.",
            )
        rows = self.get(store, scope, text, evaluated=evaluated)
        values = self.columns.numbers(store, scope, key)[rows]
        score = score_outliers(values, limits)
        return rows[np.lexsort((rows, np.nan_to_num(-score, nan=np.inf)))]

    def _whole(self, store: Store, scope: QueryScope, sort: str, make: Callable[[], Rows]) -> Rows:
        return self._cached(store, scope, "", sort, make)

    def _cached(
        self,
        store: Store,
        scope: QueryScope,
        text: str,
        sort: str | None,
        make: Callable[[], Rows],
        evaluated: EvaluatedItems | None = None,
    ) -> Rows:
        def make_fixed() -> Rows:
            rows = make()
            rows.flags.writeable = False
            return rows

        key = (store.version(tags="tag" in text), scope, text, sort, None if evaluated is None else evaluated.key)
        return (self._cache if evaluated is None else self._evaluated).get(key, make_fixed)


def _size_of(rows: Rows) -> int:
    return _KEY_BYTES + rows.nbytes


def position_of(rows: Rows, row: int) -> int | None:
    """Return the position of a row in a result set, or None."""
    places = np.flatnonzero(rows == row)
    return int(places[0]) if len(places) else None


def _filter(store: Store, scope: QueryScope, text: str, evaluated: EvaluatedItems | None) -> Rows:
    """Return the rows that a query holds for, in rising order."""
    where, values, aliases = "", {}, frozenset[str]()
    if text:
        tree, condition = read_query(store, scope, text)
        _check_evaluated(tree, evaluated)
        where, values, aliases = f"WHERE {condition.sql}", condition.values, condition.tables
    of_set = evaluated is not None and scope == "prediction"
    source = tables(scope, aliases | {"pj"} if of_set else aliases)
    statement = f"SELECT {ROW[scope]} AS row FROM {source} {where}"
    evaluated_tables = {} if evaluated is None else evaluated.tables(statement)
    with store.read() as cursor:
        for name, columns in evaluated_tables.items():
            cursor.register(name, columns)
        rows = cursor.execute(statement, values).fetchnumpy()
        for name in evaluated_tables:
            cursor.unregister(name)
    return np.sort(np.ma.getdata(rows["row"]).astype(np.int32, copy=False))


def _check_evaluated(tree: Node, evaluated: EvaluatedItems | None) -> None:
    """Check that there is the evaluation, or the comparison, that a query's terms need.

    Raises:
        QueryError: no prediction set is named, or no other one to compare with.
    """
    for term in terms(tree):
        if not isinstance(term, Term) or term.key not in EVALUATED:
            continue
        missing = _find_missing(evaluated, term.key)
        if missing is not None:
            one, expected, actual = missing
            raise QueryError(
                f"“{term.key}” needs {one}.",
                item=term.key,
                expected=expected,
                actual=actual,
                hint="On the command line: --predictions NAME --iou 0.5"
                + (" --compare OTHER" if term.key == "compared" else ""),
                position=term.span[0],
                length=len(term.key),
            )


def _find_missing(evaluated: EvaluatedItems | None, key: str) -> tuple[str, str, str] | None:
    """Return, for an error, what a key needs, expected and actual; None where the evaluation has it."""
    if key == "compared" and (evaluated is None or evaluated.make_changes is None):
        return "two prediction sets", "the names of two prediction sets", "none" if evaluated is None else "one"
    if evaluated is None:
        return "an evaluation", "the name of a prediction set, and an IoU threshold", "none"
    if key in tuple(OutcomeCountKey) and key not in evaluated.image_metrics:
        return "an evaluation of detections", "a prediction set of objects", "one of classifications"
    if key in tuple(AcquisitionKey) and key not in evaluated.image_metrics:
        return "probabilities of the classes", "a prediction set that tells them", "one that does not"
    return None


def _order(store: Store, scope: QueryScope, column: Column, descending: bool) -> Rows:
    order = f"{column.sql} {'DESC' if descending else 'ASC'} NULLS LAST, {ROW[scope]}"
    with store.read() as cursor:
        ordered = cursor.execute(
            f"SELECT {ROW[scope]} AS row FROM {tables(scope, [column.table])} ORDER BY {order}"
        ).fetchnumpy()
    return np.ma.getdata(ordered["row"]).astype(np.int32)


def _sort(rows: Rows, values: NDArray[np.float64], *, descending: bool) -> Rows:
    """Return rows by their values, NaN last, equal values in the order of the rows."""
    keys = values[rows]
    if descending:
        keys = -keys
    order = np.argsort(keys)  # not stable, but several times as fast
    ranked = keys[order]
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
    """Return the elements of ``order`` that are among ``rows``."""
    among = np.zeros(int(max(rows.max(initial=-1), order.max(initial=-1))) + 1, dtype=np.bool_)
    among[rows] = True
    return order[among[order]]


def fetch(
    store: Store, scope: QueryScope, rows: Rows, fields: dict[str, Column], columns: Columns
) -> dict[str, list[Any]]:
    """Return fields of the given rows, in their order.

    Args:
        store: The project.
        scope: What the rows are of.
        rows: int32 ``(n,)``, each once.
        fields: Columns by name.
        columns: Where the images of annotations are known.
    """
    names = list(fields)
    selected = ", ".join([*(field.sql for field in fields.values()), f"{ROW[scope]} AS assay_row"])
    aliases = {field.table for field in fields.values()}
    with store.read() as cursor:
        if len(rows) <= _PAGE:
            images = rows if scope == "image" else np.unique(columns.image_of(store, scope)[rows])
            records = cursor.execute(f"SELECT {selected} FROM {rows_clause(scope, aliases, rows, images)}").fetchall()
        else:
            cursor.register("assay_wanted", {"assay_wanted_row": rows})
            records = cursor.execute(
                f"SELECT {selected} FROM {tables(scope, aliases)} "
                f"JOIN assay_wanted wanted ON wanted.assay_wanted_row = {ROW[scope]}"
            ).fetchall()
            cursor.unregister("assay_wanted")
    by_row = {record[-1]: record for record in records}
    ordered = [by_row[row] for row in rows.tolist() if row in by_row]
    return {name: [record[i] for record in ordered] for i, name in enumerate(names)}
