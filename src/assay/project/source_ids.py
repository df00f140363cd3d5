"""Ids that sources give: the two columns that hold one as a value, as a rank, and as what a text may mean by it.

A whole number of 64 bits lies in ``source_id``, any other id as JSON text in ``source_key``.
"""

from __future__ import annotations

import json
import math
import re
from typing import Any

_WHOLE = re.compile(r"[+-]?[0-9]{1,400}(\.0{1,20})?")


def read_id(number: int | None, text: str | None) -> Any:
    """Return the source's id, exactly; None where it gives none."""
    if number is not None:
        return int(number)
    if text is None:
        return None
    if text.startswith('"') and "\\" not in text:
        return text[1:-1]
    return json.loads(text)


def read_source_id(number: int | None, text: str | None) -> Any:
    """Return the source's id for an answer in JSON; as text where JSON's readers have no place for it.

    That is: not a number, infinity, half of a surrogate pair, a list or an object.
    """
    value = read_id(number, text)
    if isinstance(value, str):
        return value if _is_unicode(value) else text
    if value is None or type(value) is int:
        return value
    return value if isinstance(value, bool) or (isinstance(value, float) and math.isfinite(value)) else text


def _is_unicode(value: str) -> bool:
    return not any("\ud800" <= letter <= "\udfff" for letter in value)


def rank(number: int | None, text: str | None) -> tuple[Any, ...]:
    """Return a key that sorts ids as pycocotools does, through Python and numpy: numbers by value, texts by code point.

    Texts, which Python does not compare with numbers, follow them; what is no id comes last.
    """
    value = read_id(number, text)
    if isinstance(value, str):
        return (1, value)
    if isinstance(value, int | float) and not math.isnan(value):
        return (0, value)
    return (2, text or "")


def as_text(value: Any) -> str:
    """Return one text for an id and whatever else writes the same one: 7, 7.0, "7" and "007" are one."""
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    text = str(value)
    return str(int(text.split(".", maxsplit=1)[0])) if _WHOLE.fullmatch(text) else text
