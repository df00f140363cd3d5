"""Parquet files as tables: what the readers of CSV read, with nothing to be guessed of how it is written."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import duckdb

from assay.errors import InputError
from assay.formats.dialect import PLAIN, Dialect
from assay.formats.label_text import read_label_start
from assay.formats.table import Table, write_text
from assay.project.database import CLOSED

_MAGIC = b"PAR1"
_ROWS = 4_096
_PATTERN = frozenset("*?[")


def is_parquet(path: Path) -> bool:
    """Tell whether a file is one of Parquet.

    Raises:
        InputError: it cannot be read.
    """
    return read_label_start(path).startswith(_MAGIC)


def open_table(path: Path, dialect: Dialect = PLAIN, names: Sequence[str] = ()) -> Table:
    """Return a table of a CSV or a Parquet file; the latter needs neither dialect nor names.

    Raises:
        InputError: it cannot be read, or names a column twice.
    """
    return ParquetTable(path, raw=True) if is_parquet(path) else Table(path, dialect, names)


class ParquetTable(Table):
    """A Parquet file; its values are given as texts, as a CSV file has them."""

    def _lines(self, report: Callable[[float], None]) -> Iterator[tuple[int, list[str]]]:
        if not _PATTERN.isdisjoint(str(self.path)):  # which would name other files
            raise InputError(
                "The table's name cannot be used.", item=str(self.path), expected="none of * ? [", actual=self.path.name
            )
        try:
            with duckdb.connect(config=CLOSED) as connection:
                file = str(self.path)
                [(total,)] = connection.execute("SELECT sum(num_rows) FROM parquet_file_metadata(?)", [file]).fetchall()
                found = connection.execute("SELECT * FROM read_parquet(?, hive_partitioning = false)", [file])
                self.header = [name.strip() for name, *_ in found.description or ()]
                number = 1
                while rows := found.fetchmany(_ROWS):
                    report(min(1.0, number / max(1, total)))
                    for number, row in enumerate(rows, start=number + 1):  # noqa: B020 - it goes on
                        yield number, [write_text(value) for value in row]
        except duckdb.Error as error:
            raise InputError(
                "The table cannot be read.", item=file, expected="a Parquet file", actual=str(error)[:200]
            ) from error
