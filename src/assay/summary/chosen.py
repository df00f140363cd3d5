"""The rows of a result within SQL statements."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from assay.project.store import Connection, Store
from assay.query.joins import QueryScope
from assay.query.outcomes import EvaluatedItems
from assay.query.results import ResultSets


@contextmanager
def chosen_rows(
    store: Store,
    results: ResultSets,
    scope: QueryScope,
    query: str,
    column: str,
    evaluated: EvaluatedItems | None = None,
) -> Iterator[tuple[Connection, str]]:
    """Give a cursor and the condition that holds for the items of a result.

    Args:
        store: The project.
        results: Result sets.
        scope: What the items are.
        query: Which items.
        column: The SQL of the items' rows in the statement.
        evaluated: The evaluation that items are evaluated by, or None.
    """
    with store.read() as cursor:
        if evaluated is None and not query.strip():
            yield cursor, "true"
            return
        cursor.register("assay_chosen", {"row": results.get(store, scope, query, evaluated=evaluated)})
        try:
            yield cursor, f"{column} IN (SELECT row FROM assay_chosen)"
        finally:
            cursor.unregister("assay_chosen")
