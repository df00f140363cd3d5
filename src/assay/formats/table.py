"""CSV tables: a header and rows of text, and what the text of a column stands for."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from math import isnan
from pathlib import Path
from typing import Any

from assay.errors import InputError
from assay.formats.dialect import PLAIN, Dialect, allow_long_cells
from assay.formats.fields import MAX_EXACT
from assay.formats.json_text import verbatim
from assay.media.reading import open_image
from assay.query.fields import nearest
from assay.stopping import poll
from assay.text import read_cell

_TRUTH = {"true": True, "false": False}


def _keep(text: str) -> str:
    return text


@dataclass(frozen=True)
class Row:
    """One line of a table.

    Attributes:
        position: Its place among the lines below the header, from 0.
        line: The line of the file on which it ends, from 1.
        cells: As many texts as the header has, without space around them; absent cells are empty.
        surplus: Texts beyond the header's last column: the row is not to be used, since a comma that is no separator
            has moved its cells. Empty ones are left out.
    """

    position: int
    line: int
    cells: list[str]
    surplus: list[str]

    @property
    def place(self) -> str:
        """The row as messages name it."""
        return f"row {self.position + 1}"

    def describe_surplus(self) -> str:
        """Return what is wrong with a row that is longer than the header."""
        return f"beyond its {len(self.cells)} columns {', '.join(self.surplus)[:100]!r}"


class Table:
    """A CSV file with a header; rows are read as they are asked for, so that it may be large.

    Args:
        path: The file.
        dialect: Its encoding and what parts its cells.
        names: What its columns are called, of a file without a header.
        raw: Whether cells stay as they stand; else what :func:`assay.text.write_cell` has escaped is undone.

    Attributes:
        header: The columns' names.

    Raises:
        InputError: it cannot be read, has no header, or names a column twice.
    """

    def __init__(self, path: Path, dialect: Dialect = PLAIN, names: Sequence[str] = (), *, raw: bool = False) -> None:
        self.path = path
        self._read_cell = _keep if raw else read_cell
        self.dialect = dialect
        self._names = list(names)
        self.header: list[str] = []
        for _ in self._lines(lambda _share: None):
            break
        named = [name for name in self.header if name]
        if not named or len(set(named)) < len(named):
            raise InputError(
                "A column stands twice in the table." if named else "The table has no header.",
                item=str(path)[:200],
                expected="a line of column names, each once",
                actual=", ".join(named)[:200] or "an empty file",
            )

    def find(self, name: str, meaning: str) -> int:
        """Return the place of a column.

        Args:
            name: The column's.
            meaning: What it is wanted for, told in the error.

        Raises:
            InputError: there is none of that name.
        """
        if name in self.header and name:
            return self.header.index(name)
        like = nearest(name, [known for known in self.header if known])
        raise InputError(
            f"The table has no such column for {meaning}.",
            item=name[:100],
            expected=f"one of {', '.join(known for known in self.header if known)[:500]}",
            actual="an unknown column",
            hint=f"Did you mean {like}?" if like else None,
        )

    def rows(self, report: Callable[[float], None] = lambda _share: None) -> Iterator[Row]:
        """Yield the rows that are not blank; of each the caller must look at the surplus.

        Args:
            report: Called now and then with the share 0..1 of the file that has been read.

        Raises:
            InputError: the file cannot be read to its end.
        """
        width = len(self.header)
        for position, (number, line) in enumerate(self._lines(report)):
            poll()
            cells = [self._read_cell(cell.strip()) for cell in line]
            surplus = [cell for cell in cells[width:] if cell]
            yield Row(position, number, cells[:width] + [""] * (width - len(cells)), surplus)

    def sound_rows(self) -> Iterator[Row]:
        """Yield the rows that are not blank, of a file that is used as a whole or not at all.

        Raises:
            InputError: the file cannot be read to its end, or a row is longer than the header.
        """
        for row in self.rows():
            if row.surplus:
                raise InputError(
                    "A row of the table is longer than its header; nothing was taken in.",
                    item=f"{self.path}:{row.line}: {row.place}"[-300:],
                    expected=f"{len(self.header)} columns: {', '.join(self.header)}"[:300],
                    actual=row.describe_surplus(),
                    hint="A cell with a comma in it needs double quotes around it.",
                )
            yield row

    def _lines(self, report: Callable[[float], None]) -> Iterator[tuple[int, list[str]]]:
        try:
            with (
                open_image(self.path, expected="a CSV file") as (descriptor, found),
                open(descriptor, "rb", closefd=False) as raw,
            ):
                size = max(1, found.st_size)
                allow_long_cells()
                text = io.TextIOWrapper(raw, encoding=self.dialect.encoding, newline="")
                reader = csv.reader(text, delimiter=self.dialect.delimiter, strict=True)
                self.header = self._names or [self._read_cell(name.strip()) for name in next(reader, [])]
                while self.header and not self.header[-1]:
                    self.header.pop()  # a comma at the end makes no column
                for number, line in enumerate(reader):
                    if number % 1_000 == 0:
                        report(min(1.0, raw.tell() / size))
                    if line:
                        yield reader.line_num, line
        except (OSError, UnicodeDecodeError, ValueError, csv.Error) as error:
            raise InputError(
                "The table cannot be read.",
                item=str(self.path)[:200],
                expected="a CSV file in UTF-8",
                actual=str(error)[:200],
            ) from error


def convert_column(texts: list[str]) -> list[Any]:
    """Return a column's values as what all of them are: truth values, numbers, else text; None for empty cells."""
    present = [text for text in texts if text]
    if all(text.lower() in _TRUTH for text in present):
        return [_TRUTH.get(text.lower()) for text in texts]
    try:
        return [_to_number(text) if text else None for text in texts]
    except ValueError:
        return [text or None for text in texts]


def _to_number(text: str) -> float:
    return int(text) if text.isascii() and text.removeprefix("-").isdigit() and len(text) < 16 else float(text)


def write_text(value: Any) -> str:
    """Return a value as the text of a cell: nothing for what is missing, JSON of lists and records.

    Whole numbers have no point, truth values are in lower case.
    """
    if value is None or (isinstance(value, float) and isnan(value)):
        return ""
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, float):
        return str(int(value)) if value.is_integer() and abs(value) < MAX_EXACT else repr(value)
    if isinstance(value, list | tuple | dict):
        try:
            return verbatim(list(value) if isinstance(value, tuple) else value)
        except TypeError as error:
            raise InputError(
                "A cell cannot be read.", item=repr(value)[:100], expected="what JSON can hold", actual=str(error)
            ) from error
    return str(value)
