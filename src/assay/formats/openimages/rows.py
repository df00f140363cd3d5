"""Rows of Open Images' tables, and the names of its classes."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from assay.errors import InputError
from assay.formats.dialect import read_decimal, sniff
from assay.formats.gathering import RecordFault
from assay.formats.table import Table

SIDES = ("XMin", "XMax", "YMin", "YMax")
_BOX_SIDES = tuple(f"Box{side}" for side in SIDES)  # of the table of masks
FLAGS = ("IsOccluded", "IsTruncated", "IsGroupOf", "IsDepiction", "IsInside")
_SPLIT = re.compile(r"(?:oidv\d+-)?(train|validation|test)(?:-|_|\.|$)", re.IGNORECASE)
_NAMES = ("*class-descriptions*.csv", "*class_descriptions*.csv", "*classes*.csv")


@dataclass(frozen=True)
class Columns:
    """Places of the columns of a table, in its header.

    Attributes:
        image, label: Of the image's id and the class's.
        box: Of the four sides; empty for labels of images.
        confidence: Of how sure the label is, -1 where there is none.
        others: Of further columns, by name.
    """

    image: int
    label: int
    box: tuple[int, ...]
    confidence: int
    others: dict[str, int]


def find_columns(table: Table) -> Columns:
    """Return the columns of a table; capitals do not count.

    Raises:
        InputError: they are not Open Images'.
    """
    place = {name.lower(): at for at, name in reversed(list(enumerate(table.header)))}
    image, label = place.get("imageid", -1), place.get("labelname", -1)
    if image < 0 or label < 0:
        raise InputError(
            "The table is none of Open Images'.",
            item=str(table.path)[-200:],
            expected="columns ImageID and LabelName, and XMin, XMax, YMin, YMax of boxes",
            actual=", ".join(table.header)[:300],
        )
    box = next((own for sides in (SIDES, _BOX_SIDES) if min(own := _places(place, sides)) >= 0), ())
    confidence = place.get("confidence", -1)
    known = {image, label, confidence, *box}
    others = {name: at for at, name in enumerate(table.header) if name and at not in known}
    return Columns(image, label, box, confidence, others)


def _places(place: dict[str, int], names: tuple[str, ...]) -> tuple[int, ...]:
    return tuple(place.get(name.lower(), -1) for name in names)


def read_shares(cells: list[str], columns: Columns) -> tuple[float, float, float, float]:
    """Return left, top, right and lower side as shares of the image's.

    Raises:
        RecordFault: one is no number, or the box is turned.
    """
    values = [read_decimal(cells[at]) for at in columns.box]
    if None in values:
        told = ", ".join(cells[at] for at in columns.box)
        raise RecordFault("openimages_not_a_number", f"expected four numbers, found {told[:100]!r}")
    left, right, top, bottom = (float(value) for value in values if value is not None)
    if right < left or bottom < top:
        raise RecordFault("openimages_box_turned", f"{left:g} to {right:g}, {top:g} to {bottom:g}")
    return left, top, right, bottom


def read_fields(cells: list[str], columns: Columns) -> dict[str, Any]:
    """Return further cells as fields: numbers where they are such, empty ones left out."""
    found: dict[str, Any] = {}
    for name, at in columns.others.items():
        if text := cells[at]:
            number = read_decimal(text)
            found[name] = text if number is None else int(number) if number.is_integer() else number
    return found


def split_of(file: Path) -> str | None:
    """Return the split that a table is of, by its name."""
    found = _SPLIT.match(file.name)
    return found[1].lower() if found else None


def find_names(file: Path) -> Path | None:
    """Return the table of classes' names beside a table, or one folder up; that which is called after boxes first."""
    for folder in (file.parent, file.parent.parent):
        for pattern in _NAMES:
            found = sorted(folder.glob(pattern), key=lambda each: ("boxable" not in each.name, each.name))
            if found:
                return found[0]
    return None


def read_names(file: Path) -> dict[str, str]:
    """Return what classes are called, by their codes, of a table with or without a header.

    Raises:
        InputError: it cannot be read.
    """
    table = Table(file, sniff(file), ("code", "name"))
    rows = (row.cells for row in table.rows())
    return {code: name for code, name in rows if code and name and code.lower() != "labelname"}
