"""Masks in PNG files as a format of the registry."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path, PurePosixPath
from typing import Literal

from assay.errors import InputError
from assay.formats.format import Append, Format, Options, PredictionReader, Reading, Recognised
from assay.formats.known import Known
from assay.formats.pngmasks.classes import LISTS
from assay.formats.pngmasks.reader import read_masks, stem_of
from assay.formats.predictions import Results
from assay.formats.scored import match_source
from assay.media.files import list_images

_LABELS = ("*.json", "*.xml", "*.txt", "*.csv")
_NAMES = ("mask", "segmentation", "label", "annotation", "gt")

MESSAGES = {
    "mask_unreadable": "Masks that are no PNG files, or damaged.",
    "mask_without_image": "Masks of which there is no image, or not one alone.",
    "mask_of_same_image": "Masks of an image that an earlier mask is of.",
    "mask_void": "Pixels of the value 255, which stands for what is not labelled.",
}


class MasksOptions(Options):
    """A folder of masks, a PNG an image, and the folder that file names are relative to.

    Paths are paths of the machine that serves the project. ``values`` says whether a value is a class (``semantic``)
    or an object (``instance``); without it they are classes, but for folders and files that are called instance, or
    SegmentationObject. Without ``images`` it is the folder ``images`` or ``JPEGImages`` beside the masks, else theirs.
    """

    images: str | None = None
    masks: str
    values: Literal["semantic", "instance"] | None = None


def _recognise(path: Path) -> Recognised | None:
    """Return what a folder of PNG files is that is called as masks are, or has pictures of the same names beside it."""
    if not path.is_dir():
        return None
    beside = [path.parent / name for name in ("images", "JPEGImages", "imgs")]
    images = next((folder for folder in beside if folder.is_dir() and folder != path), path)
    try:
        masks = list_images(path, ["*.png"])
        if set(list_images(path, _LABELS)) - set(LISTS):  # of another format, whose pictures are PNG files
            return None
        pictures = list_images(images) if masks else []
    except InputError:
        return None
    own = {PurePosixPath(name).stem for name in pictures if images != path or not name.lower().endswith(".png")}
    twins = sum(stem_of(name) in own for name in masks)
    if not masks or not (twins or any(part in path.name.lower() for part in _NAMES)):
        return None
    return Recognised(
        f"{len(masks):,} PNG files, {twins:,} of them called as pictures are",
        {"masks": str(path), "images": str(images)},
    )


def _read_predictions(path: Path, known: Known, append: Append, report: Callable[[float], None]) -> Results:
    """Read masks as predictions, an object a class or value: see :func:`assay.formats.scored.match_source`.

    Raises:
        InputError: there is no mask, or it cannot be decided which images are meant.
    """

    def progress(done: int, total: int | None) -> None:
        report(done / (total or 1))

    return match_source(path, known, read_masks(Reading(path, path, {}, append, progress=progress)))


FORMATS = (
    Format(
        key="masks",
        title="masks in PNG files",
        options=MasksOptions,
        images="images",
        labels="masks",
        read=read_masks,
        kinds=("masks",),
        ids="name",
        in_one_file=False,
        recognises=_recognise,
        messages=MESSAGES,
        predictions=PredictionReader("masks in PNG files", _read_predictions),
    ),
)
