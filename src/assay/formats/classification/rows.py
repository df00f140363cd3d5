"""Labels by the rows of a table: one column names the image, another its class."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from assay.errors import InputError
from assay.formats.classification.labels import LabelledImages
from assay.formats.dialect import PLAIN, Dialect
from assay.formats.doctor import Doctor
from assay.formats.fields import IMAGE_FIELDS
from assay.formats.parquet_table import open_table
from assay.formats.table import Table, convert_column

ID_COLUMNS = ("id", "image_id")
_TAKEN = "_column"  # what is added to a column's name that a record's own field has


@dataclass(frozen=True)
class Columns:
    """Which columns of a table say what.

    Attributes:
        path: The image's path.
        label: Its class.
        id: Its id; None for a column named ``id`` or ``image_id`` if there is one.
    """

    path: str
    label: str
    id: str | None = None


def label_by_rows(
    table: Path, columns: Columns, doctor: Doctor, dialect: Dialect = PLAIN, names: Sequence[str] = ()
) -> LabelledImages:
    """Read a table of labels; the rows of one path make one image with all of their labels.

    Further columns become fields of the images: numbers, truth values or text, whichever fits all cells.

    Args:
        table: A CSV file.
        columns: What its columns are.
        doctor: Told of what is odd.
        dialect: How the file is written.
        names: What its columns are called, where it has no header.

    Raises:
        InputError: the table cannot be read, lacks a column, or names no image.
    """
    file = open_table(table, dialect, names)
    path, label = file.find(columns.path, "paths of images"), file.find(columns.label, "labels")
    own = _find_id(file, columns)
    free = [at for at, name in enumerate(file.header) if name and at not in (path, label, own)]
    found, ids, place, cells = LabelledImages(), list[str](), dict[str, int](), list[list[str]]()
    for row in file.rows():
        name, class_ = row.cells[path], row.cells[label]
        if row.surplus:
            doctor.note("row_too_long", f"{row.place}: {row.describe_surplus()}", skipped=True)
            continue
        if not name:
            doctor.note("row_without_path", row.place, skipped=True)
            continue
        if name in place:
            doctor.note("repeated_path", f"{row.place}: {name}")
        else:
            place[name] = len(found.names)
            found.names.append(name)
            found.labels.append([])
            ids.append("" if own is None else row.cells[own])
            cells.append([row.cells[at] for at in free])
        known = found.labels[place[name]]
        if class_ and class_ not in known:
            known.append(class_)
    if not found.names:
        raise InputError(
            "The table names no image.",
            item=str(table),
            expected="rows with a path and a label",
            actual=", ".join(f"{count:,} × {code}" for code, count in doctor.skipped.items()) or "no rows",
        )
    if own is not None:
        found.ids = _read_ids(ids, found.names, file.header[own], doctor)
    found.extras = _fields([_plain(file.header[at]) for at in free], cells)
    return found


def note_unlabelled(found: LabelledImages, doctor: Doctor) -> None:
    """Tell the doctor of images without a label."""
    for name, labels in zip(found.names, found.labels, strict=True):
        if not labels:
            doctor.note("image_without_label", name)


def _find_id(file: Table, columns: Columns) -> int | None:
    if columns.id is not None:
        return file.find(columns.id, "ids of images")
    for name in ID_COLUMNS:
        if name in file.header and name not in (columns.path, columns.label):
            return file.header.index(name)
    return None


def _read_ids(texts: list[str], names: list[str], column: str, doctor: Doctor) -> list[Any]:
    """Return ids as numbers where all of them are whole ones, written plainly; else as text.

    Raises:
        InputError: an image has none.
    """
    if "" in texts:
        raise InputError(
            "An image has no id.",
            item=names[texts.index("")][:200],
            expected=f"an id in the column {column} of every image",
            actual=f"{texts.count(''):,} empty cells",
            hint="Name another column with --id-column, or rename this one to have the images numbered.",
        )
    seen: set[str] = set()
    for text in texts:
        if text in seen:
            doctor.note("duplicate_image_id", f"image {text}")
        seen.add(text)
    return [int(text) for text in texts] if all(map(_is_whole, texts)) else list(texts)


def _is_whole(text: str) -> bool:
    return text.removeprefix("-").isdecimal() and len(text) < 19 and str(int(text)) == text


def _plain(name: str) -> str:
    name = name.removeprefix("meta.")
    return name + _TAKEN if name in IMAGE_FIELDS else name


def _fields(names: list[str], cells: list[list[str]]) -> list[dict[str, Any]]:
    columns = [convert_column([row[at] for row in cells]) for at in range(len(names))]
    return [
        {name: column[at] for name, column in zip(names, columns, strict=True) if column[at] is not None}
        for at in range(len(cells))
    ]
