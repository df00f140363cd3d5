"""What else is known of an annotation, as formats take it that have room for names and plain values only."""

from __future__ import annotations

from collections.abc import Collection
from math import isfinite
from typing import Any

Plain = bool | int | float | str


def plain_fields(extra: dict[str, Any], own: Collection[str]) -> tuple[dict[str, Plain], int]:
    """Return an annotation's plain fields, those in ``attributes`` among them, and how many are none.

    Args:
        extra: Its further fields.
        own: Fields that the format has a place of its own for; they are left out, and the rotation with them.
    """
    attributes = extra.get("attributes")
    opened = attributes if isinstance(attributes, dict) else {}
    others = {name: value for name, value in extra.items() if name not in own and not (name == "attributes" and opened)}
    fields = {**others, **{name: value for name, value in opened.items() if name != "rotation"}}
    found = {name: value for name, value in fields.items() if _is_plain(value)}
    return found, sum(value is not None for value in fields.values()) - len(found)


def _is_plain(value: Any) -> bool:
    return isinstance(value, bool | int | str) or (isinstance(value, float) and isfinite(value))
