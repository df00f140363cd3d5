"""KITTI's labels as a format of the registry."""

from __future__ import annotations

from pathlib import Path

from assay.errors import InputError
from assay.formats.format import Format, Options, PredictionReader, Recognised
from assay.formats.gathering import RecordFault
from assay.formats.kitti.lines import parse_line, read_lines
from assay.formats.kitti.messages import MESSAGES
from assay.formats.kitti.reader import find_folders, read_kitti, read_predictions
from assay.media.files import list_images

_SAMPLE = 20


class KittiOptions(Options):
    """KITTI's labels: the dataset's folder, or that of its labels; and the folder that file names are relative to.

    Paths are paths of the machine that serves the project. Without ``images`` it is ``image_2`` beside ``label_2``,
    ``images`` beside ``labels``, or the folder of the labels.
    """

    images: str | None = None
    folder: str


def _recognise(path: Path) -> Recognised | None:
    """Return what a folder is of whose first label files one starts with a line of KITTI's."""
    if not path.is_dir():
        return None
    labels, images = find_folders(path)
    try:
        for name in list_images(labels, ["*.txt"])[:_SAMPLE]:
            for _, line in read_lines(labels / name):
                parse_line(line)
                told = f"{name} has lines of a class and fourteen numbers"
                return Recognised(told, {"folder": str(path), "images": str(images)})
    except (InputError, RecordFault):
        pass  # another format's
    return None


FORMATS = (
    Format(
        key="kitti",
        title="KITTI's labels",
        options=KittiOptions,
        images="images",
        labels="folder",
        read=read_kitti,
        kinds=("kitti",),
        ids="name",
        in_one_file=False,
        recognises=_recognise,
        images_of=lambda path: find_folders(path)[1],
        messages=MESSAGES,
        predictions=PredictionReader("KITTI's lines with scores", read_predictions),
    ),
)
