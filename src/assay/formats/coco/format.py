"""COCO's JSON as a format of the registry."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from pathlib import Path
from typing import Annotated, Any

from pydantic import Field

from assay.formats.coco.messages import MESSAGES
from assay.formats.coco.reader import read_coco
from assay.formats.coco.recognise import recognise
from assay.formats.coco.results import read_results
from assay.formats.coco.writer import write_coco
from assay.formats.format import Format, Options, PredictionReader, Reading, Writer, Writing
from assay.formats.source import Source
from assay.project.sources import find_source


class CocoOptions(Options):
    """A COCO file and the folder of its images. Paths are paths of the machine that serves the project."""

    images: str
    annotations: str


class CocoExport(Options):
    """Which source is written."""

    source: Annotated[int, Field(ge=0, le=32_767)] | Annotated[str, Field(max_length=4_000)] = Field(
        default=0, description="a source's number, or its file or the end of its path"
    )


def _read(reading: Reading) -> Source:
    file = reading.labels
    reading.stage("Reading annotations", file.stat().st_size if file.is_file() else None)
    return read_coco(file, reading.append, reading.progress)


def _list_names(file: Path, _options: Mapping[str, Any]) -> Collection[str]:
    return read_coco(file, lambda _words: 0).images.file_name


def _write(writing: Writing) -> dict[str, Any]:
    store = writing.store
    with store.read() as cursor:
        number = find_source(cursor, writing.options["source"], store.directory).number
    writing.stage("Writing the dataset", None)
    return {"records": write_coco(store, number, writing.path, writing.progress)}


COCO = Format(
    key="coco",
    title="a COCO dataset",
    options=CocoOptions,
    images="images",
    labels="annotations",
    read=_read,
    kinds=("coco", "sandbox"),
    list_names=_list_names,
    recognises=recognise,
    messages=MESSAGES,
    writer=Writer(CocoExport, _write),
    predictions=PredictionReader("COCO results", read_results),
)

FORMATS = (COCO,)
