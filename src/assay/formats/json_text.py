"""JSON texts to values and back without loss: NaN, infinity, integers of any size and half surrogates included.

orjson does the work; what it refuses, or would round, goes through Python's own ``json``.
"""

from __future__ import annotations

import json
import math
import re
from typing import Any

import orjson

from assay.errors import InputError

_DIGITS_AS_ZEROS = bytes(48 if 48 <= byte <= 57 else 32 for byte in range(256))
_NINETEEN_DIGITS = b"0" * 19  # the shortest integers that may not fit 64 bits
_LONG_INTEGER = re.compile(rb"(?<![0-9.])[0-9]{19,}(?![0-9.eE])")


def parse(text: bytes) -> Any:
    """Return the value of a JSON text, exactly; NaN and Infinity are read as Python writes them.

    Raises:
        json.JSONDecodeError: the text is not JSON; its ``doc`` is the decoded text.
        UnicodeDecodeError: it is not UTF-8.
        ValueError: it holds an integer of more digits than Python converts.
        RecursionError: it is nested too deeply.
    """
    if not _may_have_long_integer(text):
        try:
            return orjson.loads(text)
        except orjson.JSONDecodeError:
            pass  # malformed, or what strict JSON forbids: read below
    return json.loads(text.decode())


def _may_have_long_integer(text: bytes) -> bool:
    """Tell whether an integer may exceed 64 bits: orjson would round it to a float without a word."""
    return _NINETEEN_DIGITS in text.translate(_DIGITS_AS_ZEROS) and bool(_LONG_INTEGER.search(text))


def load(text: str) -> Any:
    """Return the value of which :func:`verbatim` wrote the text."""
    return parse(text.encode())


def verbatim(value: Any) -> str:
    """Return a parsed value as JSON text that gives the same value back.

    Raises:
        InputError: it is nested too deeply.
    """
    try:
        text = orjson.dumps(value)
        if b"null" not in text or not has_non_finite(value):  # orjson writes NaN as null
            return text.decode()
    except orjson.JSONEncodeError:
        pass  # integers beyond 64 bits, half surrogates, more than 254 levels
    try:
        return json.dumps(value)
    except RecursionError as error:
        raise InputError(
            "The annotation file holds a record that is nested too deeply.",
            item=f"a record with the fields {', '.join(value)[:200]}" if isinstance(value, dict) else None,
            expected="at most a few hundred levels",
            actual="more",
        ) from error


def has_non_finite(value: Any) -> bool:
    """Tell whether NaN or infinity lies anywhere in a parsed JSON value."""
    stack = [value]
    while stack:
        part = stack.pop()
        if isinstance(part, float):
            if not math.isfinite(part):
                return True
        elif isinstance(part, dict):
            stack.extend(part.values())
        elif isinstance(part, list):
            stack.extend(part)
    return False


def shorten(value: Any, length: int = 60) -> str:
    """Return a value as JSON text for a message, cut where it is long."""
    text = verbatim(value)
    return text if len(text) <= length else text[: length - 1] + "…"
