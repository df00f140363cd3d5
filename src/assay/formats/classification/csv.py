"""Labels by the rows of a CSV file as a format of the registry."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from pathlib import Path
from typing import Annotated, Any

from pydantic import Field

from assay.formats.classification.labels import LabelledImages, make_source
from assay.formats.classification.messages import MESSAGES
from assay.formats.classification.results import read_classifications
from assay.formats.classification.rows import Columns, label_by_rows, note_unlabelled
from assay.formats.doctor import Doctor
from assay.formats.format import Format, Options, PredictionReader, Reading, Writer
from assay.formats.source import Source
from assay.formats.writing.table import write_table


class CsvOptions(Options):
    """A table of images and their classes. Paths are paths of the machine that serves the project."""

    images: str
    table: str
    path_column: Annotated[str, Field(max_length=200)]
    label_column: Annotated[str, Field(max_length=200)]
    id_column: Annotated[str | None, Field(max_length=200)] = Field(
        default=None, description="`id` or `image_id` where the table has one; else images are numbered"
    )


def _read(reading: Reading) -> Source:
    """Read a table of labels.

    Raises:
        InputError: it cannot be read, lacks a column, or names no image.
    """
    reading.stage("Reading labels", None)
    reading.kept.update({key: reading.options[key] for key in ("path_column", "label_column", "id_column")})
    doctor = Doctor()
    found = _label(reading.labels, reading.options, doctor)
    note_unlabelled(found, doctor)
    return make_source(found, reading.known, doctor)


def _list_names(file: Path, options: Mapping[str, Any]) -> Collection[str]:
    return _label(file, options, Doctor()).names


def _label(file: Path, options: Mapping[str, Any], doctor: Doctor) -> LabelledImages:
    columns = Columns(options["path_column"], options["label_column"], options["id_column"])
    return label_by_rows(file, columns, doctor)


CSV = Format(
    key="csv",
    title="images labelled by the rows of a CSV file",
    options=CsvOptions,
    images="images",
    labels="table",
    read=_read,
    kinds=("csv",),
    ids="name",
    list_names=_list_names,
    messages=MESSAGES,
    writer=Writer(Options, write_table),
    predictions=PredictionReader(
        "a table of classifications: one image and its class in every row", read_classifications, "classification"
    ),
)
