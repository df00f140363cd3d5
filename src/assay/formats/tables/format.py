"""Tables as a format of the registry: a row an object, or an image and its class."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import Field

from assay.errors import InputError, UsageError
from assay.formats.classification.labels import LabelledImages, make_source
from assay.formats.classification.rows import Columns, label_by_rows, note_unlabelled
from assay.formats.dialect import PLAIN
from assay.formats.doctor import Doctor
from assay.formats.format import Format, Options, PredictionReader, Reading, Recognised, Writer
from assay.formats.source import Source
from assay.formats.tables.columns import Asked, Layout, find_layout, split_of
from assay.formats.tables.messages import MESSAGES
from assay.formats.tables.objects import read_objects
from assay.formats.tables.predictions import read_predictions
from assay.formats.writing.parquet import write_parquet
from assay.formats.writing.table import write_table

_Name = Annotated[str, Field(max_length=200)]
_NO_BOXES = ["none"]


class TableOptions(Options):
    """A table of objects, or of images and their classes. Paths are paths of the machine that serves the project.

    Columns that are not named are guessed by their names, and the answer tells them in ``read_as``. ``box_columns`` are
    four, or one with four numbers in a cell; ``["none"]`` where a table with boxes is to be read as labels of images.
    """

    images: str
    table: str
    path_column: _Name | None = None
    label_column: _Name | None = None
    id_column: _Name | None = Field(
        default=None, description="`id` or `image_id` where the table has one; else images are numbered"
    )
    box_columns: Annotated[list[_Name], Field(max_length=4)] | None = None
    box_format: Literal["xyxy", "xywh", "cxcywh"] | None = None
    box_units: Literal["pixels", "shares"] | None = None


class CsvOptions(TableOptions):
    """A table of objects, or of images and their classes. Paths are paths of the machine that serves the project.

    Columns that are not named are guessed by their names, and the answer tells them in ``read_as``. ``box_columns`` are
    four, or one with four numbers in a cell; ``["none"]`` where a table with boxes is to be read as labels of images.
    ``columns`` names those of a table without a header.
    """

    columns: Annotated[list[_Name], Field(max_length=1_000)] | None = None


def _asked(options: Mapping[str, Any]) -> Asked:
    """Return what was said of the columns.

    Raises:
        UsageError: boxes have neither one column nor four.
    """
    is_older = "table" not in options and "path_column" in options  # kept before tables had boxes
    box = options.get("box_columns", _NO_BOXES if is_older else None)
    box = None if box is None else [] if box == _NO_BOXES else box
    if box and len(box) not in (1, 4):
        raise UsageError(
            "A box has four columns, or one with four numbers in a cell.",
            item="box_columns",
            expected="4 columns, 1, or none",
            actual=", ".join(box)[:200],
        )
    return Asked(
        options.get("path_column"),
        options.get("label_column"),
        options.get("id_column"),
        None if box is None else tuple(box),
        options.get("box_format"),
        options.get("box_units"),
        tuple(options.get("columns") or ()),
    )


def _read(reading: Reading) -> Source:
    """Read a table of objects or of labels.

    Raises:
        InputError: it cannot be read, lacks a column, or names no image.
    """
    reading.stage("Reading labels", None)
    layout = find_layout(reading.labels, _asked(reading.options))
    told = layout.describe()
    reading.kept.update(_keep(layout, reading.options))
    if layout.box:
        table = read_objects(reading, layout)
        source, told["units"] = table.source, table.units
        reading.kept["box_units"] = table.units
    else:
        doctor = Doctor()
        found = _label(reading.labels, reading.options, layout, doctor)
        note_unlabelled(found, doctor)
        source = make_source(found, reading.known, doctor)
    if layout.dialect.encoding != PLAIN.encoding:
        source.doctor.note("label_file_encoding", f"{reading.labels.name}: {layout.dialect.encoding}")
    reading.kept["read_as"] = told
    return source


def _keep(layout: Layout, options: Mapping[str, Any]) -> dict[str, Any]:
    """Return the options with which a refresh reads the same columns, whatever is added to the table."""
    box = [layout.header[at] for at in layout.box]
    return {
        "path_column": layout.header[layout.path] if layout.path >= 0 else None,
        "label_column": layout.header[layout.label],
        "id_column": options.get("id_column"),
        "box_columns": None if layout.form == "vertices" else box or _NO_BOXES,
        "box_format": None if layout.form == "vertices" else layout.form,
        "columns": list(layout.names) or None,
    }


def _list_names(file: Path, options: Mapping[str, Any]) -> Collection[str]:
    layout = find_layout(file, _asked(options))
    at = layout.path if layout.path >= 0 else layout.id
    return dict.fromkeys(row.cells[at] for row in layout.open(file).rows() if row.cells[at] and not row.surplus)


def _label(file: Path, options: Mapping[str, Any], layout: Layout, doctor: Doctor) -> LabelledImages:
    columns = Columns(layout.header[layout.path], layout.header[layout.label], options.get("id_column"))
    found = label_by_rows(file, columns, doctor, layout.dialect, layout.names)
    if layout.names and "set" in layout.names:  # as Google's AutoML has it
        for extra in found.extras:
            split = split_of(str(extra.pop("set", "")), has_header=False)
            extra.update({} if split is None else {"split": split})
    return found


def _recognise(path: Path, *endings: str) -> Recognised | None:
    """Return what a table of such an ending is whose columns hold boxes, or are called what images and classes are."""
    if not path.is_file() or path.suffix.lower() not in endings:
        return None
    try:
        layout = find_layout(path, Asked())
    except InputError:
        return None
    if {"ImageID", "LabelName"} <= set(layout.header):  # Open Images has a format of its own
        return None
    if layout.box:
        told = f"boxes in {', '.join(layout.header[at] for at in layout.box)}"
    elif layout.path >= 0 and not layout.names:
        told = f"images in {layout.header[layout.path]} and their classes in {layout.header[layout.label]}"
    else:
        return None
    return Recognised(f"a table with {told}", {"table": str(path), "images": str(path.parent)})


FORMATS = (
    Format(
        key="csv",
        title="a table of objects, or of images and their classes",
        options=CsvOptions,
        images="images",
        labels="table",
        read=_read,
        kinds=("csv",),
        ids="name",
        list_names=_list_names,
        recognises=lambda path: _recognise(path, ".csv", ".tsv"),
        messages=MESSAGES,
        writer=Writer(Options, write_table),
        predictions=PredictionReader(
            "a table of objects with scores, or of classifications: one image and its class in every row",
            read_predictions,
            "classification",
        ),
    ),
    Format(
        key="parquet",
        title="a Parquet file of objects, or of images and their classes",
        options=TableOptions,
        images="images",
        labels="table",
        read=_read,
        kinds=("parquet",),
        ids="name",
        list_names=_list_names,
        recognises=lambda path: _recognise(path, ".parquet"),
        messages=MESSAGES,
        writer=Writer(Options, write_parquet),
    ),
)
