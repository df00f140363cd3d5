"""Fields of items, read into arrays."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from assay.project.store import Store, quote
from assay.query.joins import ROW, Column, QueryScope, tables


def read_fields(
    store: Store, scope: QueryScope, rows: NDArray[np.int32], fields: Mapping[str, Column]
) -> dict[str, NDArray[Any]]:
    """Return fields of items as arrays in the rows' order.

    Args:
        rows: int32 ``(n,)``, of the scope.
        fields: Where each is read from.

    Returns:
        By the same keys, each ``(n,)``: integers and booleans as they are if none is missing, else numbers as float64
        with NaN; times with NaT; text as objects with None.
    """
    if not fields:
        return {}
    columns = ", ".join(f"{column.sql} AS {quote(f'f{i}')}" for i, column in enumerate(fields.values()))
    with store.read() as cursor:
        cursor.register("assay_wanted", {"assay_row": rows, "assay_order": np.arange(len(rows), dtype=np.int32)})
        values = cursor.execute(
            f"SELECT {columns} FROM {tables(scope, [column.table for column in fields.values()])} "
            f"JOIN assay_wanted wanted ON wanted.assay_row = {ROW[scope]} ORDER BY wanted.assay_order"
        ).fetchnumpy()
        cursor.unregister("assay_wanted")
    return {key: _plain(values[f"f{i}"]) for i, key in enumerate(fields)}


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
