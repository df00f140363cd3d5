"""Pascal VOC as a format of the registry."""

from __future__ import annotations

from pathlib import Path

from assay.errors import InputError
from assay.formats.format import Format, Options, PredictionReader, Recognised, Writer
from assay.formats.voc.files import find_layout, sample
from assay.formats.voc.messages import MESSAGES
from assay.formats.voc.predictions import read_predictions
from assay.formats.voc.reader import read_voc
from assay.formats.voc.writer import write_voc


class VocOptions(Options):
    """A Pascal VOC dataset: its folder, or that of its XML files; and the folder that file names are relative to.

    Paths are paths of the machine that serves the project. Without ``images`` it is ``JPEGImages`` beside the
    annotations, or the folder in which pictures lie beside them.
    """

    images: str | None = None
    folder: str


def _recognise(path: Path) -> Recognised | None:
    """Return what a folder is in which XML files are annotations of Pascal VOC."""
    if not path.is_dir():
        return None
    try:
        layout = find_layout(path)
        found = sample(layout.annotations)
    except (InputError, OSError):
        return None
    if not found:
        return None
    told = f"{found[0].name} is XML with an annotation, its filename and objects"
    return Recognised(told, {"folder": str(path), "images": str(layout.images)})


def _images_of(path: Path) -> Path:
    return find_layout(path).images


FORMATS = (
    Format(
        key="voc",
        title="a Pascal VOC dataset",
        options=VocOptions,
        images="images",
        labels="folder",
        read=read_voc,
        kinds=("voc",),
        ids="name",
        in_one_file=False,
        recognises=_recognise,
        images_of=_images_of,
        messages=MESSAGES,
        writer=Writer(Options, write_voc, ("copy", "link", "reference"), is_folder=True),
        predictions=PredictionReader("Pascal VOC's results, a file a class, or XML with confidences", read_predictions),
    ),
)
