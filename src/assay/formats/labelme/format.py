"""LabelMe's JSON files as a format of the registry."""

from __future__ import annotations

from pathlib import Path

from assay.errors import InputError
from assay.formats.format import Format, Options, Recognised, Writer
from assay.formats.labelme.files import common_folder, find_picture, sample
from assay.formats.labelme.messages import MESSAGES
from assay.formats.labelme.reader import read_labelme
from assay.formats.labelme.writer import write_labelme


class LabelmeOptions(Options):
    """LabelMe's JSON files, a folder of them or one, and the folder that file names are relative to.

    Paths are paths of the machine that serves the project. Without ``images`` it is the labels' own folder where the
    pictures lie in it, else the one that has all of them.
    """

    images: str | None = None
    labels: str


def _recognise(path: Path) -> Recognised | None:
    """Return what a file, or a folder of which some files are LabelMe's, is."""
    if not path.is_dir() and path.suffix.lower() != ".json":
        return None
    try:
        found = list(sample(path))
    except InputError:
        return None
    if not found:
        return None
    pictures = [picture for file, content in found if (picture := find_picture(file, content.get("imagePath")))]
    told = f"{found[0][0].name} is a JSON object with shapes and imagePath"
    return Recognised(told, {"labels": str(path), "images": str(common_folder(path, pictures))})


FORMATS = (
    Format(
        key="labelme",
        title="LabelMe's files",
        options=LabelmeOptions,
        images="images",
        labels="labels",
        read=read_labelme,
        kinds=("labelme",),
        ids="name",
        in_one_file=False,
        recognises=_recognise,
        messages=MESSAGES,
        writer=Writer(Options, write_labelme, ("copy", "link", "reference"), is_folder=True),
    ),
)
