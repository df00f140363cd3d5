"""Fields of a result as columns."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from assay.api.evaluated_items import read_outcomes
from assay.project.store import Store
from assay.query.field_values import read_fields
from assay.query.fields import fields_of
from assay.query.joins import QueryScope
from assay.query.outcomes import EvaluatedItems
from assay.query.results import Rows

_TEXT = frozenset(("outcome", "reason", "compared", "true_class", "predicted_class"))


def read_columns(
    store: Store,
    scope: QueryScope,
    rows: Rows,
    fields: list[str],
    evaluated: EvaluatedItems | None = None,
    images: Rows | None = None,
) -> dict[str, NDArray[Any]]:
    """Return fields of rows as arrays in the rows' order; numbers as float64 with NaN, text as objects.

    Raises:
        QueryError: a field is unknown.
    """
    names = fields_of(store, scope)
    told = read_outcomes(evaluated, scope, rows, fields, images)
    chosen = fields or ["row"]
    columns = read_fields(store, scope, rows, {key: names.column(key) for key in chosen if key not in told})
    columns |= {key: np.array(column, dtype=object if key in _TEXT else np.float64) for key, column in told.items()}
    return {key: columns[key] for key in chosen}
