"""Write images and their objects as a Parquet file: the rows and columns of the table in CSV, with their types."""

from __future__ import annotations

import math
import shutil
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, BinaryIO

import duckdb

from assay.errors import StorageError
from assay.formats.format import Writing
from assay.formats.json_text import verbatim
from assay.formats.writing.table import Rows
from assay.project.database import CLOSED
from assay.project.store import quote

_TYPES = {
    "image_width": "BIGINT", "image_height": "BIGINT", "image_tags": "VARCHAR[]", "x": "DOUBLE", "y": "DOUBLE",
    "width": "DOUBLE", "height": "DOUBLE", "rotation": "DOUBLE", "area": "DOUBLE", "crowd": "BOOLEAN",
    "score": "DOUBLE", "segmentation": "VARCHAR", "keypoints": "DOUBLE[]", "tags": "VARCHAR[]", "label": "VARCHAR",
    "file_name": "VARCHAR", "split": "VARCHAR",
}  # fmt: skip
_BIGGEST = 2**63
_MOST_ROW = 1 << 26  # bytes of a row


def write_parquet(writing: Writing) -> dict[str, Any]:
    """Write a Parquet file of the columns that the table in CSV has.

    Ids and free fields are whole numbers, numbers or truth values where all of a column are, else text; what is nested
    is JSON, as are outlines. Names that differ in capitals only get a number.

    Raises:
        StorageError: it cannot be written.
    """
    rows = Rows.of(writing)
    columns = _Columns(rows.header)
    with TemporaryDirectory(prefix="assay-") as folder, writing.open_file() as file:
        lines, parquet = Path(folder) / "rows.jsonl", Path(folder) / "rows.parquet"
        with lines.open("wb") as spool:
            for row in rows.each(writing):
                columns.spool(spool, row)
        rows.contents.lost["column_names_changed"] += columns.renamed
        if not writing.is_dry:
            columns.convert(lines, parquet)
            with parquet.open("rb") as made:
                shutil.copyfileobj(made, file)
    return rows.result()


class _Columns:
    """The columns of a file, whose types show when all rows have been seen."""

    def __init__(self, header: list[str]) -> None:
        self._place = {name: f"c{at}" for at, name in enumerate(header)}
        self._seen: dict[str, set[type]] = {name: set() for name in header if name not in _TYPES}
        self._names = _make_distinct(header)
        self.renamed = sum(name != own for name, own in zip(header, self._names, strict=True))

    def spool(self, file: BinaryIO, row: dict[str, Any]) -> None:
        """Write a row as a line of JSON."""
        told = {}
        for name, value in row.items():
            if value is None or (isinstance(value, float) and math.isnan(value)):
                continue
            if name in self._seen:
                kind = type(value)
                self._seen[name].add(float if kind is int and abs(value) >= _BIGGEST else kind)
            is_json = isinstance(value, list | dict) and (name == "segmentation" or name in self._seen)
            told[self._place[name]] = verbatim(value) if is_json else value
        file.write(verbatim(told).encode() + b"\n")

    def convert(self, lines: Path, parquet: Path) -> None:
        """Make the file of the lines.

        Raises:
            StorageError: it cannot be made.
        """
        types = ", ".join(f"{place}: '{self._type_of(name)}'" for name, place in self._place.items())
        told = ", ".join(
            f"{place} AS {quote(name)}" for place, name in zip(self._place.values(), self._names, strict=True)
        )
        try:
            with duckdb.connect(config=CLOSED) as connection:
                connection.execute(
                    f"COPY (SELECT {told} FROM read_json({_literal(lines)}, format='newline_delimited', "
                    f"maximum_object_size={_MOST_ROW}, columns={{{types}}})) "
                    f"TO {_literal(parquet)} (FORMAT parquet)"
                )
        except duckdb.Error as error:
            raise StorageError(
                "The Parquet file cannot be written.",
                item=str(parquet),
                expected="room for it",
                actual=str(error)[:300],
            ) from error

    def _type_of(self, name: str) -> str:
        if name in _TYPES:
            return _TYPES[name]
        seen = self._seen[name]
        if seen == {bool}:
            return "BOOLEAN"
        return "BIGINT" if seen == {int} else "DOUBLE" if seen and seen <= {int, float} else "VARCHAR"


def _literal(path: Path) -> str:
    """Return a path as a text of SQL."""
    quoted = str(path).replace("'", "''")
    return f"'{quoted}'"


def _make_distinct(header: list[str]) -> list[str]:
    """Return names of which no two differ in capitals only."""
    taken: set[str] = set()
    names = []
    for name in header:
        own, number = name, 2
        while own.lower() in taken:
            own, number = f"{name}_{number}", number + 1
        taken.add(own.lower())
        names.append(own)
    return names
