"""Pairs of items that are outliers because of one another: of each pair a list may show the first one only."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from assay.arrays import FloatArray
from assay.project.store import Store
from assay.query.outlier_order import score_outliers

Rows = NDArray[np.int32]


def fold_pairs(store: Store, rows: Rows, key: str, values: FloatArray, limits: Mapping[str, Any]) -> Rows:
    """Return rows without those whose partner stands before them, where both are outliers and each other's best.

    Args:
        store: The project.
        rows: int32 ``(n,)``, each once, in their order.
        key: The metric whose evidence names partners.
        values: float64, the metric's values indexed by row.
        limits: The metric's outlier limits.
    """
    with store.read() as cursor:
        pairs = cursor.execute(
            "SELECT item, first(partner ORDER BY value DESC, partner) AS partner FROM ("
            "  SELECT row AS item, partner, value FROM evidence WHERE metric = $key AND partner >= 0"
            "  UNION ALL SELECT partner, row, value FROM evidence WHERE metric = $key AND partner >= 0"
            ") GROUP BY item",
            {"key": key},
        ).fetchnumpy()
    item, partner = (np.ma.getdata(pairs[name]).astype(np.int32) for name in ("item", "partner"))
    best = np.full(len(values), -1, dtype=np.int32)
    best[item] = partner
    with np.errstate(invalid="ignore"):
        is_outlier = score_outliers(values, limits) >= 0
    place = np.full(len(values), -1, dtype=np.int64)
    place[rows] = np.arange(len(rows))
    other = best[rows]
    known = other >= 0
    folded = np.zeros(len(rows), dtype=np.bool_)
    own, theirs = rows[known], other[known]
    folded[known] = (
        (best[theirs] == own)
        & is_outlier[own]
        & is_outlier[theirs]
        & (place[theirs] >= 0)
        & (place[theirs] < place[own])
    )
    return rows[~folded]
