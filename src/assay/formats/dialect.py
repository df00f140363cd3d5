"""How a table is written: its encoding, what parts its cells, and how its numbers are told."""

from __future__ import annotations

import codecs
import csv
import re
from collections import Counter
from dataclasses import dataclass
from pathlib import Path

from assay.errors import InputError
from assay.media.reading import greatest_label_file, open_image

_DELIMITERS = ";\t|,"  # of equal ones the first: a comma may be that of decimals
_START = 1 << 16
_BLOCK = 1 << 20
_LINES = 20
_NUMBER = re.compile(r"[+-]?([0-9]+\.?[0-9]*|\.[0-9]+)([eE][+-]?[0-9]{1,3})?", re.ASCII)


@dataclass(frozen=True)
class Dialect:
    """How a table is written.

    Attributes:
        delimiter: What parts its cells.
        encoding: By Python's name.
    """

    delimiter: str = ","
    encoding: str = "utf-8-sig"


PLAIN = Dialect()


def allow_long_cells() -> None:
    """Let Python's CSV readers take cells as long as a label file may be: an outline has more than their 128 kB.

    The limit is the whole process's, so that whatever reads CSV calls this first.
    """
    csv.field_size_limit(greatest_label_file())


def sniff(path: Path) -> Dialect:
    """Return how a table is written: what parts its lines alike and most often, and an encoding that fits all of it.

    Raises:
        InputError: it is no regular file, or cannot be read.
    """
    try:
        with open_image(path, expected="a CSV file") as (descriptor, _), open(descriptor, "rb", closefd=False) as raw:
            start = raw.read(_START)
            encoding = "utf-16" if start[:2] in (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE) else "utf-8-sig"
            if encoding == "utf-8-sig" and b"\0" not in start and not _is_utf8(start, raw):
                encoding = "cp1252"
    except (OSError, ValueError) as error:
        raise InputError(
            "The table cannot be read.", item=str(path)[:200], expected="a CSV file", actual=str(error)[:200]
        ) from error
    lines = start.decode(encoding, "ignore").splitlines()
    whole = lines[:-1] if len(start) == _START else lines
    return Dialect(_find_delimiter([line for line in whole if line.strip()][:_LINES]), encoding)


def _is_utf8(start: bytes, raw: object) -> bool:
    decoder = codecs.getincrementaldecoder("utf-8")()
    try:
        decoder.decode(start)
        while block := raw.read(_BLOCK):  # type: ignore[attr-defined]
            decoder.decode(block)
        decoder.decode(b"", final=True)
    except UnicodeDecodeError:
        return False
    return True


def _find_delimiter(lines: list[str]) -> str:
    """Return what parts most lines into the same number of cells, the greatest; a comma where nothing does."""
    best, cells = ",", 1
    for delimiter in _DELIMITERS:
        try:
            counts = Counter(len(row) for row in csv.reader(lines, delimiter=delimiter))
        except csv.Error:
            continue
        count, times = max(counts.items(), key=lambda each: each[1], default=(1, 0))
        if 2 * times > len(lines) and count > cells:
            best, cells = delimiter, count
    return best


def read_decimal(text: str) -> float | None:
    """Return a number that is written with a point or a decimal comma, spaces round it; None where it is none."""
    plain = text.strip()
    if plain.count(",") == 1 and "." not in plain:
        plain = plain.replace(",", ".")
    if len(plain) > 400 or not _NUMBER.fullmatch(plain):
        return None
    value = float(plain)
    return value if abs(value) < 2**53 else None
