"""What an evaluation has found out of items, for queries to speak of."""

from __future__ import annotations

from collections.abc import Hashable
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True)
class Judged:
    """Outcomes of ``n`` predictions of a set, or of annotations beside it.

    Attributes:
        key: Tells one evaluation from another, for caches.
        rows: int32 ``(n,)``, each once.
        outcome: object ``(n,)``: ``tp``, ``fp``, ``ignored``; of annotations ``matched``, ``fn``, ``ignored``; None for
            items of images that are not evaluated.
        reason: object ``(n,)``, None where there is no error.
        iou: float64 ``(n,)``, greatest IoU with an annotation of the class that counts; zeros for annotations.
    """

    key: Hashable
    rows: NDArray[np.int32]
    outcome: NDArray[np.object_]
    reason: NDArray[np.object_]
    iou: NDArray[np.float64]

    def columns(self) -> dict[str, Any]:
        """Return the columns by the names that queries use."""
        return {"row": self.rows, "outcome": self.outcome, "reason": self.reason, "iou": self.iou}

    def by_row(self, name: str) -> dict[int, Any]:
        """Return a column by row."""
        return dict(zip(self.rows.tolist(), self.columns()[name].tolist(), strict=True))

    def numbers(self) -> NDArray[np.float64]:
        """Return the IoU indexed by row: float64, NaN for rows that are not judged."""
        values = np.full(int(self.rows.max(initial=-1)) + 1, np.nan)
        values[self.rows] = self.iou
        return values
