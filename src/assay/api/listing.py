"""The list that a request asks for: the rows of its query in their order."""

from __future__ import annotations

from assay.api.app import App
from assay.api.schemas.requests import ListQuery
from assay.jobs.catalogue import Catalogue
from assay.project.store import Store
from assay.query.outcomes import EvaluatedItems
from assay.query.outlier_order import PREFIX
from assay.query.results import Rows


def list_items(asked: ListQuery, store: Store, app: App, evaluated: EvaluatedItems | None) -> tuple[Rows, Rows]:
    """Return the rows to list, int32 ``(n,)``, and all that the query finds: more where pairs are folded.

    Args:
        asked: The request.
        store: The project.
        app: What keeps results.
        evaluated: The evaluation that items are evaluated by, or None; beside one nothing is folded, since an item's
            partner is what it is matched with.

    Raises:
        QueryError: the query or the key cannot be understood.
    """
    rows = app.results.get(store, asked.scope, asked.query, asked.sort, evaluated)
    if not asked.fold_pairs or not asked.sort or evaluated is not None or asked.scope == "prediction":
        return rows, rows
    metric = Catalogue(store).try_get(asked.sort.removeprefix(PREFIX).removeprefix("-"))
    if metric is None or not metric.pairs or asked.scope not in metric.scopes:
        return rows, rows
    return app.results.first_of_pairs(store, asked.scope, asked.query, asked.sort), rows
