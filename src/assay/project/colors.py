"""Class colours: the ten most frequent classes get hues that colour-blind people tell apart; the rest repeat.

A colour belongs to a class's rank by frequency at the time of asking; every face asks here, so all agree.
"""

from __future__ import annotations

_TEN = (
    "#e0663b", "#3b6fe0", "#2a9d6f", "#c59a1a", "#b54fc4", "#1a9fb5", "#d64570", "#6b8e23", "#8a63d2", "#a0623a"
)  # fmt: skip


def class_color(rank: int) -> str:
    """Return the colour of the class that is ``rank``-th by frequency, counted from 0."""
    return _TEN[rank % len(_TEN)]
