"""Tables in memory as projects: of pandas, Arrow or polars, mappings of columns, or lists of rows."""

from __future__ import annotations

import csv
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any, Literal

from assay.client.annotations import kept_beside
from assay.client.importing import Files, import_csv
from assay.client.project import Project
from assay.errors import UsageError
from assay.formats.table import write_text
from assay.project.manifest import make_workspace
from assay.project.naming import suggest_project_name
from assay.project.paths import absolute
from assay.text import escape_json, write_cell


def import_table(
    table: Any,
    images: str | Path,
    workspace: str | Path = ".",
    *,
    path_column: str | None = None,
    label_column: str | None = None,
    id_column: str | None = None,
    box_columns: Sequence[str] | None = None,
    box_format: Literal["xyxy", "xywh", "cxcywh"] | None = None,
    box_units: Literal["pixels", "shares"] | None = None,
    name: str | None = None,
    split: str | None = None,
    files: Files = "in-place",
) -> Project:
    """Import a table with a row an object, or an image and its class, and open the project.

    It is written to ``NAME.labels.csv`` in the workspace, which is read as by :func:`import_csv`, now and at a refresh.

    Args:
        table: A data frame of pandas or polars, an Arrow table, a mapping of columns, or mappings that are rows.
        images: The folder that paths are relative to.
        workspace: Where the project's directory is made.
        path_column, label_column, id_column: Columns of the image's path, the class and the image's id, else guessed.
        box_columns, box_format, box_units: As of :func:`import_csv`.
        name: The project's name; the images folder's where None.
        split: The split that the images belong to.
        files: Leave the images where they are, copy them into the project, or link to them.

    Raises:
        InputError: the table names no image, or its columns cannot be told apart.
        UsageError: it is no table.
        ExistsError: the name is taken.
    """
    columns = read_columns(table)
    folder, place = absolute(images), make_workspace(absolute(workspace))
    name = name or suggest_project_name(folder)
    with kept_beside(place, name, ".labels.csv", lambda file: _write(file, columns)) as labels:
        return import_csv(
            labels, folder, place, path_column=path_column, label_column=label_column, id_column=id_column,
            box_columns=box_columns, box_format=box_format, box_units=box_units, name=name, split=split, files=files,
        )  # fmt: skip


def read_columns(table: Any) -> dict[str, list[Any]]:
    """Return a table's columns as lists, whatever made it.

    Raises:
        UsageError: it is no table, or its columns differ in length.
    """
    if isinstance(table, Mapping):
        columns = {str(name): list(values) for name, values in table.items()}
    elif hasattr(table, "to_pydict"):  # Arrow
        columns = dict(table.to_pydict())
    elif hasattr(table, "to_dicts"):  # polars
        columns = dict(table.to_dict(as_series=False))
    elif hasattr(table, "to_dict") and hasattr(table, "columns"):  # pandas
        columns = {str(name): table[name].tolist() for name in table.columns}
    else:
        columns = _from_rows(table)
    if not columns or len({len(values) for values in columns.values()}) > 1:
        raise UsageError(
            "The table has no columns of one length.",
            item=type(table).__name__,
            expected="a data frame, an Arrow table, a mapping of columns or rows",
            actual=", ".join(f"{name}: {len(values):,}" for name, values in columns.items())[:300] or "no columns",
        )
    return columns


def _from_rows(table: Any) -> dict[str, list[Any]]:
    rows = list(table) if isinstance(table, Iterable) and not isinstance(table, str | bytes) else [table]
    odd = next((row for row in rows if not isinstance(row, Mapping)), None)
    if odd is not None:
        raise UsageError(
            "This is no table.",
            item=type(table).__name__,
            expected="a data frame, an Arrow table, a mapping of columns or rows",
            actual=f"rows of {type(odd).__name__}",
        )
    names = dict.fromkeys(str(name) for row in rows for name in row)
    return {name: [row.get(name) for row in rows] for name in names}


def _write(file: Path, columns: dict[str, list[Any]]) -> None:
    with file.open("x", encoding="utf-8", newline="") as stream:
        table = csv.writer(stream, lineterminator="\n")
        table.writerow([write_cell(name) for name in columns])
        for row in zip(*columns.values(), strict=True):
            table.writerow([_cell(value) for value in row])


def _cell(value: Any) -> object:
    """Return a value as a cell: see :func:`assay.formats.table.write_text`."""
    if hasattr(value, "tolist"):  # of numpy
        value = value.tolist()
    if str(value) in ("NaT", "<NA>"):
        return ""
    text = write_text(value)
    return escape_json(text) if isinstance(value, list | tuple | dict) else write_cell(text)
