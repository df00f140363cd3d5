"""A confusion matrix by the cells that are not empty: of many classes few pairs occur."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from assay.arrays import PlaceArray


@dataclass(frozen=True)
class Cells:
    """Counts of pairs of classes.

    Attributes:
        rows, columns: int64 ``(k,)``, of each cell, ascending by row and then by column.
        counts: int64 ``(k,)``, above 0.
        size: Number of rows, and of columns.
    """

    rows: NDArray[np.int64]
    columns: NDArray[np.int64]
    counts: NDArray[np.int64]
    size: int

    @property
    def row_totals(self) -> NDArray[np.int64]:
        """int64 ``(size,)``: the sum of each row."""
        return self._sum_by(self.rows)

    @property
    def column_totals(self) -> NDArray[np.int64]:
        """int64 ``(size,)``: the sum of each column."""
        return self._sum_by(self.columns)

    @property
    def diagonal(self) -> NDArray[np.int64]:
        """int64 ``(size,)``: the cells whose row is their column."""
        found = np.zeros(self.size, dtype=np.int64)
        same = self.rows == self.columns
        found[self.rows[same]] = self.counts[same]
        return found

    @property
    def matrix(self) -> NDArray[np.int64]:
        """int64 ``(size, size)``: all cells; 8 bytes each."""
        return self.dense(np.arange(self.size))

    def of_rows(self, chosen: NDArray[np.bool_]) -> Cells:
        """Return the cells of some rows, bool ``(size,)``."""
        kept = chosen[self.rows]
        return Cells(self.rows[kept], self.columns[kept], self.counts[kept], self.size)

    def dense(self, kept: PlaceArray) -> NDArray[np.int64]:
        """Return int64 ``(k, k)``: the cells of k rows and the same columns, integer ``(k,)``."""
        place = np.full(self.size, -1, dtype=np.int64)
        place[kept] = np.arange(len(kept))
        row, column = place[self.rows], place[self.columns]
        inside = (row >= 0) & (column >= 0)
        found = np.zeros((len(kept), len(kept)), dtype=np.int64)
        found[row[inside], column[inside]] = self.counts[inside]
        return found

    def _sum_by(self, index: NDArray[np.int64]) -> NDArray[np.int64]:
        found = np.zeros(self.size, dtype=np.int64)
        np.add.at(found, index, self.counts)
        return found


def count_cells(rows: PlaceArray, columns: PlaceArray, size: int) -> Cells:
    """Count pairs of classes.

    Args:
        rows: Integer ``(n,)``, each below ``size``.
        columns: Integer ``(n,)``, likewise.
        size: Number of rows, and of columns.
    """
    cell, counts = np.unique(rows.astype(np.int64) * size + columns, return_counts=True)
    return Cells(cell // size, cell % size, counts.astype(np.int64), size)
