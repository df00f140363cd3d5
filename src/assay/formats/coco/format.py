"""COCO's JSON as a format of the registry."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from pathlib import Path
from typing import Any

from assay.formats.coco.messages import MESSAGES
from assay.formats.coco.reader import read_coco
from assay.formats.coco.recognise import recognise
from assay.formats.coco.results import read_results
from assay.formats.coco.writer import write_coco
from assay.formats.format import Format, Options, PredictionReader, Reading, Writer
from assay.formats.source import Source


class CocoOptions(Options):
    """A COCO file and the folder of its images. Paths are paths of the machine that serves the project."""

    images: str
    annotations: str


def _read(reading: Reading) -> Source:
    file = reading.labels
    reading.stage("Reading annotations", file.stat().st_size if file.is_file() else None)
    return read_coco(file, reading.append, reading.progress)


def _list_names(file: Path, _options: Mapping[str, Any]) -> Collection[str]:
    return read_coco(file, lambda _words: 0).images.file_name


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
    writer=Writer(Options, write_coco),
    predictions=PredictionReader("COCO results", read_results),
)

FORMATS = (COCO,)
