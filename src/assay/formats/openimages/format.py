"""Open Images as a format of the registry."""

from __future__ import annotations

from pathlib import Path

from assay.errors import InputError
from assay.formats.classification.messages import MESSAGES as OF_LABELS
from assay.formats.dialect import sniff
from assay.formats.format import Format, Options, Recognised
from assay.formats.openimages.reader import read_openimages
from assay.formats.openimages.rows import find_columns
from assay.formats.table import Table

MESSAGES = {
    "row_too_long": OF_LABELS["row_too_long"],
    "openimages_not_a_number": "Rows with a side of the box that is no number.",
    "openimages_box_turned": "Rows whose right or lower side lies before the other.",
    "openimages_size_unknown": "Rows of images that cannot be read: shares of an unknown size are no pixels.",
    "openimages_incomplete": "Rows without an ImageID or LabelName.",
    "openimages_class_without_name": "Rows of a class without a name in the table of names; called by its code.",
    "openimages_mask": "Rows with a mask in a file of its own: the box was taken, the mask was not.",
}


class OpenImagesOptions(Options):
    """A table of Open Images, the table of classes' names, and the folder that the pictures lie in, or below.

    Paths are paths of the machine that serves the project. Without ``classes`` it is ``*class-descriptions*.csv``
    beside the table, or one folder up.
    """

    images: str
    annotations: str
    classes: str | None = None


def _recognise(path: Path) -> Recognised | None:
    """Return what a table is that has Open Images' columns."""
    if not path.is_file() or path.suffix.lower() != ".csv":
        return None
    try:
        columns = find_columns(Table(path, sniff(path)))
    except InputError:
        return None
    told = "XMin, XMax, YMin, YMax" if columns.box else "Confidence"
    if not columns.box and columns.confidence < 0:
        return None
    return Recognised(
        f"a table with ImageID, LabelName and {told}", {"annotations": str(path), "images": str(path.parent)}
    )


FORMATS = (
    Format(
        key="openimages",
        title="an Open Images dataset",
        options=OpenImagesOptions,
        images="images",
        labels="annotations",
        read=read_openimages,
        kinds=("openimages",),
        ids="name",
        names_files=True,  # that of the classes' names
        recognises=_recognise,
        messages=MESSAGES,
    ),
)
