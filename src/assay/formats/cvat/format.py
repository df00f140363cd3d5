"""CVAT's XML as a format of the registry."""

from __future__ import annotations

from pathlib import Path

from assay.errors import InputError
from assay.formats.cvat.messages import MESSAGES
from assay.formats.cvat.predictions import read_predictions
from assay.formats.cvat.reader import read_cvat
from assay.formats.cvat.writer import write_cvat
from assay.formats.format import Format, Options, PredictionReader, Recognised, Writer
from assay.formats.xml_stream import read_elements

_MOST_FILES = 20  # of a folder that are looked into
_PARTS = ("version", "meta", "image", "track")


class CvatOptions(Options):
    """A CVAT XML file, and the folder that file names are relative to.

    Paths are paths of the machine that serves the project. Without ``images`` it is the folder ``images`` beside the
    file, where there is one, else the file's own.
    """

    images: str | None = None
    annotations: str


def _recognise(path: Path) -> Recognised | None:
    """Return what a file is, or a folder of which one file is CVAT's."""
    if path.is_file():
        return _recognise_file(path)
    if not path.is_dir():
        return None
    files = sorted(path.glob("*.xml"))[:_MOST_FILES]
    found = [(file, seen) for file in files if (seen := _recognise_file(file)) is not None]
    if len(found) == 1:
        [(file, seen)] = found
        return Recognised(f"{file.name}: {seen.reason}", seen.options)
    return Recognised(f"{len(found)} CVAT files: {', '.join(file.name for file, _ in found)}", {}) if found else None


def _recognise_file(file: Path) -> Recognised | None:
    if file.suffix.lower() != ".xml":
        return None
    try:
        elements = read_elements(file)
        root, first = next(elements, None), next(elements, None)
    except InputError:
        return None
    if root is None or root.tag != "annotations" or first is None or first.tag not in _PARTS:
        return None
    beside = file.parent / "images"
    options = {"annotations": str(file), "images": str(beside if beside.is_dir() else file.parent)}
    return Recognised(f"an XML document of annotations, with {first.tag} first", options)


FORMATS = (
    Format(
        key="cvat",
        title="a CVAT dataset",
        options=CvatOptions,
        images="images",
        labels="annotations",
        read=read_cvat,
        kinds=("cvat",),
        recognises=_recognise,
        messages=MESSAGES,
        writer=Writer(Options, write_cvat),
        predictions=PredictionReader("shapes of CVAT", read_predictions),
    ),
)
