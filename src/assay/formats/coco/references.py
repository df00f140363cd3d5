"""Which image or category an annotation names: by its id, or where no id equals the reference, by the id as text."""

from __future__ import annotations

from collections.abc import Iterable
from itertools import repeat
from typing import Any

import numpy as np
from numpy.typing import NDArray

from assay.formats.fields import is_id


class IdIndex:
    """Rows by id; of equal ids the first one's counts.

    Attributes:
        repeated: Ids that stand for another row, too, once for each.
    """

    def __init__(self, pairs: Iterable[tuple[Any, int]]) -> None:
        self._rows: dict[Any, int] = {}
        self._is_plain = True
        self.repeated: list[Any] = []
        for value, row in pairs:
            if is_id(value):
                self._is_plain = self._is_plain and type(value) is int
                if self._rows.setdefault(value, row) != row:
                    self.repeated.append(value)

    def find(self, references: list[Any]) -> NDArray[np.int32]:
        """Return int32 ``(n,)``: the row that each reference stands for, -1 for none."""
        return np.fromiter(map(self._rows.get, references, repeat(-1)), dtype=np.int32, count=len(references))

    def find_as_text(self, references: list[Any]) -> NDArray[np.int32]:
        """Return int32 ``(n,)``: the row whose id is written as each reference is, -1 for none or several."""
        by_text: dict[str, int] = {}
        for value, row in self._rows.items():
            text = _write(value)
            by_text[text] = row if by_text.get(text, row) == row else -1
        return np.array([by_text.get(_write(each), -1) for each in references], dtype=np.int32)

    def is_plain(self, references: list[Any]) -> bool:
        """Tell whether all ids and references are integers, so that a reference found is what the id is."""
        return self._is_plain and set(map(type, references)) <= {int}


def _write(value: Any) -> str:
    return str(int(value)) if isinstance(value, float) and value.is_integer() else str(value).strip()
