"""Fields of a result as columns."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from assay.api.judging import tell
from assay.project.store import Store, quote
from assay.query.fields import fields_of
from assay.query.joins import ROW, Column, QueryScope, tables
from assay.query.outcomes import Judgement
from assay.query.results import Rows

_TEXT = frozenset(("outcome", "reason", "compared", "true_class", "predicted_class"))


def read_columns(
    store: Store,
    scope: QueryScope,
    rows: Rows,
    fields: list[str],
    judged: Judgement | None = None,
    images: Rows | None = None,
) -> dict[str, NDArray[Any]]:
    """Return fields of rows as arrays in the rows' order; numbers as float64 with NaN, text as objects.

    Raises:
        QueryError: a field is unknown.
    """
    names = fields_of(store, scope)
    told = tell(judged, scope, rows, fields, images)
    chosen = fields or ["row"]
    wanted = {key: names.column(key) for key in chosen if key not in told}
    columns = _read(store, scope, rows, wanted) if wanted else {}
    columns |= {key: np.array(column, dtype=object if key in _TEXT else np.float64) for key, column in told.items()}
    return {key: columns[key] for key in chosen}


def _read(store: Store, scope: QueryScope, rows: Rows, wanted: dict[str, Column]) -> dict[str, NDArray[Any]]:
    columns = ", ".join(f"{column.sql} AS {quote(f'f{i}')}" for i, column in enumerate(wanted.values()))
    with store.read() as cursor:
        cursor.register("assay_wanted", {"assay_row": rows, "assay_order": np.arange(len(rows), dtype=np.int32)})
        found = cursor.execute(
            f"SELECT {columns} FROM {tables(scope, [column.table for column in wanted.values()])} "
            f"JOIN assay_wanted wanted ON wanted.assay_row = {ROW[scope]} ORDER BY wanted.assay_order"
        ).fetchnumpy()
        cursor.unregister("assay_wanted")
    return {key: _plain(found[f"f{i}"]) for i, key in enumerate(wanted)}


def _plain(values: Any) -> NDArray[Any]:
    data, mask = np.ma.getdata(values), np.ma.getmaskarray(values)
    if data.dtype.kind in "iu" and not mask.any():
        return data
    if data.dtype.kind in "iuf":
        return np.where(mask, np.nan, data.astype(np.float64))
    if data.dtype.kind == "M":
        return np.where(mask, np.datetime64("NaT"), data)
    if data.dtype.kind == "b" and not mask.any():
        return data
    return np.array([None if m else str(v) for v, m in zip(data, mask, strict=True)] or [], dtype=object)
