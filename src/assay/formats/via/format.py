"""VIA's files as a format of the registry."""

from __future__ import annotations

from pathlib import Path

from assay.errors import InputError
from assay.formats.format import Format, Options, Recognised
from assay.formats.label_text import parse_labels, read_label_bytes, read_label_start
from assay.formats.via.reader import is_table, is_via, read_via

_MOST_BYTES = 1 << 26  # of a file that is looked into

MESSAGES = {
    "via_image": "Records without a filename.",
    "via_row": "Rows whose attributes are no JSON objects.",
    "via_shape": "Regions of a shape that is not known.",
    "via_points": "Regions whose points are no numbers, or too few.",
    "via_same_image": "Records of an image that an earlier record is of; their regions go together.",
    "via_without_class": "Regions without a class; they are called object.",
    "label_file_encoding": "Label files that are not UTF-8; read as Windows-1252, or as the mark at their start says.",
}


class ViaOptions(Options):
    """A project or export of VGG Image Annotator, and the folder that file names are relative to.

    Paths are paths of the machine that serves the project. ``label`` is the region attribute that names the class;
    without it, one that is called class, label, name, type or the like, else that which most regions have.
    """

    images: str
    annotations: str
    label: str | None = None


def _recognise(path: Path) -> Recognised | None:
    """Return what a file is that has VIA's records, or its table."""
    if not path.is_file() or path.suffix.lower() not in (".json", ".csv"):
        return None
    options = {"annotations": str(path), "images": str(path.parent)}
    try:
        start = read_label_start(path)
        if path.suffix.lower() == ".csv":
            is_one = is_table(start.decode("utf-8", "replace"))
            return Recognised("a table with region_shape_attributes", options) if is_one else None
        if (
            not start.startswith(b"{")
            or path.stat().st_size > _MOST_BYTES
            or (b"via" not in start and b"filename" not in start)
        ):
            return None
        content, _ = parse_labels(read_label_bytes(path))
    except (InputError, OSError, ValueError):
        return None
    return Recognised("a JSON object of records with filename and regions", options) if is_via(content) else None


FORMATS = (
    Format(
        key="via",
        title="a VGG Image Annotator dataset",
        options=ViaOptions,
        images="images",
        labels="annotations",
        read=read_via,
        kinds=("via",),
        ids="name",
        recognises=_recognise,
        messages=MESSAGES,
    ),
)
