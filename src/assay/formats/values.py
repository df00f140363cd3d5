"""Pictures whose pixels are numbers: which numbers there are, and the mask of each.

One pass down the columns, some of them at a time, finds where the number changes; all masks are made of that, so that
neither time nor memory grows with how many numbers there are.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from assay.project.rle import BAND, encode_runs, refuse_too_fine

Convert = Callable[[NDArray[Any]], NDArray[Any]]
"""Makes numbers ``(H, w)`` of some columns of a picture, ``(H, w)`` or ``(H, w, C)``."""


@dataclass
class Values:
    """A picture's numbers as runs of equal ones down its columns, ``n`` of them.

    Attributes:
        height, width: The picture's.
        start: int32 ``(n,)``, where each run starts, in pixels counted down the columns.
        value: ``(n,)``, its number.
    """

    height: int
    width: int
    start: NDArray[np.int32]
    value: NDArray[Any]

    @cached_property
    def _order(self) -> NDArray[np.int64]:
        return np.argsort(self.value, kind="stable")

    @cached_property
    def _first(self) -> NDArray[np.int64]:
        """Where the runs of each number begin in that order."""
        ordered = self.value[self._order]
        return np.concatenate(([0], np.flatnonzero(ordered[1:] != ordered[:-1]) + 1))

    @cached_property
    def present(self) -> list[int]:
        """The numbers that there are, ascending."""
        found: list[int] = self.value[self._order[self._first]].tolist()
        return found

    @cached_property
    def counts(self) -> list[int]:
        """How many pixels each of them has."""
        lengths = np.diff(self.start, append=np.int32(self.height * self.width))
        found: list[int] = np.add.reduceat(lengths[self._order], self._first, dtype=np.int64).tolist()
        return found

    @cached_property
    def _place(self) -> dict[int, int]:
        return {value: at for at, value in enumerate(self.present)}

    def mask(self, value: int) -> dict[str, Any] | None:
        """Return the pixels of a number as compressed RLE; None where there are none."""
        at = self._place.get(value)
        if at is None:
            return None
        last = self._first[at + 1] if at + 1 < len(self._first) else len(self._order)
        runs = self._order[self._first[at] : last]
        ends = np.append(self.start, np.int32(self.height * self.width))[runs + 1] if len(runs) else runs
        bounds = np.stack((self.start[runs], ends), axis=1).ravel().astype(np.int64)
        return encode_runs(bounds, self.height, self.width)


def find_values(pictures: list[tuple[NDArray[Any], Convert]]) -> Values:
    """Return the numbers of a picture; of two pictures of one size those of the first times 2**32 and of the second.

    Args:
        pictures: Their samples, ``(H, W)`` or ``(H, W, C)``, and what makes numbers of them.

    Raises:
        InputError: the number changes too often for a mask.
    """
    height, width = pictures[0][0].shape[:2]
    step, total = max(1, BAND // max(height, 1)), 0
    starts, values = [np.empty(0, dtype=np.int32)], list[NDArray[Any]]()
    before: Any = None
    for first in range(0, width, step):
        bands = [convert(samples[:, first : first + step]) for samples, convert in pictures]
        band = bands[0] if len(bands) == 1 else bands[0].astype(np.int64) << 32 | bands[1]
        flat = band.T.ravel()
        changes = np.flatnonzero(flat[1:] != flat[:-1]) + 1
        if before is None or flat[0] != before:
            changes = np.concatenate(([0], changes))
        before = flat[-1]
        total += len(changes)
        refuse_too_fine(total)
        starts.append((changes + first * height).astype(np.int32))
        values.append(flat[changes])
    return Values(height, width, np.concatenate(starts), np.concatenate(values) if values else np.empty(0, np.int32))
