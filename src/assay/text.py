"""Text of strangers where characters that nobody sees would act: on a terminal, in a spreadsheet.

Names of classes, files and sets come from data that others made. A control character in one moves the cursor or clears
the screen, a direction mark turns what stands round it, a line break makes up lines, and a spreadsheet runs a cell that
begins like a formula.
"""

from __future__ import annotations

import csv
import io
import json
import re
from collections.abc import Iterable, Sequence

HIDDEN = re.compile(
    "[\x00-\x1f\x7f-\x9f\xad\u061c\u180e\u200b\u200e\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb"
    "\ud800-\udfff\U000e0000-\U000e007f]"
)
"""Control characters, direction marks, line separators and what takes no space; not the joiners that scripts need."""

_FORMULA = re.compile(r"'*[=+\-@\uff1d\uff0b\uff0d\uff20]")
_QUOTED_FORMULA = re.compile(r"'+[=+\-@\uff1d\uff0b\uff0d\uff20]")
_NUMBER = re.compile(r"-?[0-9]+(\.[0-9]+)?([eE][+-]?[0-9]+)?")


def printable(text: str) -> str:
    r"""Return a text with hidden characters as Python would write them, such as ``\x1b`` and ``\u202e``."""
    return HIDDEN.sub(lambda match: repr(match[0])[1:-1], text)


def escape_json(text: str) -> str:
    r"""Return a JSON text with hidden characters as ``\u202e``: the same data, and nothing that acts on a terminal."""
    return HIDDEN.sub(lambda match: match[0] if match[0] in "\n\r\t" else json.dumps(match[0])[1:-1], text)


def write_cell(value: object) -> object:
    r"""Return a value as a cell of a CSV file that no spreadsheet runs; :func:`read_cell` gives a text back exactly.

    A text with hidden characters or spaces round it, or that begins with ``"``, becomes a JSON string: ``"a\u202eb"``.
    Before one that begins like a formula (``= + - @``, after any number of apostrophes) stands an apostrophe. Numbers
    stay numbers.
    """
    if not isinstance(value, str) or _NUMBER.fullmatch(value):
        return value
    if value.startswith('"') or value != value.strip() or HIDDEN.search(value):
        return HIDDEN.sub(lambda match: json.dumps(match[0])[1:-1], json.dumps(value, ensure_ascii=False))
    return f"'{value}" if _FORMULA.match(value) else value


def read_cell(text: str) -> str:
    """Return the text that :func:`write_cell` has escaped; text that it cannot have written stays as it is."""
    if text.startswith('"'):
        try:
            value = json.loads(text)
        except ValueError:
            return text
        return value if isinstance(value, str) else text
    return text[1:] if _QUOTED_FORMULA.match(text) else text


def write_csv(header: Sequence[str], rows: Iterable[Sequence[object]]) -> str:
    """Return a table as CSV; texts of strangers are to be cells as :func:`write_cell` makes them."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(header)
    writer.writerows(rows)
    return text.getvalue()
