"""What the project layer has to know of a source's kind; formats tell it where they are registered."""

from __future__ import annotations

from collections.abc import Iterable

_leads_on: dict[str, bool] = {}


def add_kinds(kinds: Iterable[str], *, leads_on: bool) -> None:
    """Put down whether labels of these kinds name, or are, further files, which reading them opens."""
    _leads_on.update(dict.fromkeys(kinds, leads_on))


def leads_on(kind: str) -> bool:
    """Tell whether labels of a kind lead to further files, perhaps outside the project; of an unknown kind they may."""
    return _leads_on.get(kind, True)
