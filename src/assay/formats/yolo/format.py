"""YOLO's text labels as a format of the registry."""

from __future__ import annotations

from pathlib import Path

from assay.errors import InputError
from assay.formats.doctor import Doctor
from assay.formats.format import Format, Options, PredictionReader, Recognised, Writer
from assay.formats.label_text import read_label_start
from assay.formats.yolo.dataset import common_root, find_dataset, label_of
from assay.formats.yolo.messages import MESSAGES
from assay.formats.yolo.predictions import read_predictions
from assay.formats.yolo.reader import read_yolo
from assay.formats.yolo.writer import YoloExport, write_yolo

_YAML = (".yaml", ".yml")


class YoloOptions(Options):
    """A YOLO dataset: its YAML file, obj.data or folder, and the folder that file names are relative to.

    Paths are paths of the machine that serves the project. Without ``images`` it is the folder that the dataset tells,
    or the one that all its images have in common.
    """

    images: str | None = None
    dataset: str


def _recognise(path: Path) -> Recognised | None:
    """Return what a description of images is, or a folder of which some image has a label file."""
    is_description = path.is_file() and (path.suffix.lower() in _YAML or path.name.lower() == "obj.data")
    if not is_description and not path.is_dir():
        return None
    try:
        found = find_dataset(path, Doctor())
    except InputError:
        return None
    labelled = next((image for image in found.images if label_of(image).is_file()), None)
    if not found.is_described and (labelled is None or not _has_numbers(label_of(labelled))):
        return None
    told = (
        "without labels" if labelled is None else f"{labelled.name} among them with labels in {label_of(labelled).name}"
    )
    options = {"dataset": str(path), "images": str(common_root(found))}
    return Recognised(f"{len(found.images):,} images, {told}", options)


def _has_numbers(file: Path) -> bool:
    """Tell whether a label file is empty, or starts with a number as YOLO's lines do and KITTI's do not."""
    try:
        words = read_label_start(file).split(maxsplit=1)
        return not words or float(words[0]) >= 0
    except (InputError, ValueError):
        return False


def _images_of(path: Path) -> Path:
    return common_root(find_dataset(path, Doctor()))


FORMATS = (
    Format(
        key="yolo",
        title="a YOLO dataset",
        options=YoloOptions,
        images="images",
        labels="dataset",
        read=read_yolo,
        kinds=("yolo",),
        ids="name",
        in_one_file=False,
        recognises=_recognise,
        images_of=_images_of,
        messages=MESSAGES,
        writer=Writer(YoloExport, write_yolo, ("copy", "link", "reference"), is_folder=True),
        predictions=PredictionReader(
            "a folder of YOLO's text files with confidences, or its predictions.json", read_predictions
        ),
    ),
)
