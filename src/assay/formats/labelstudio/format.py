"""Label Studio's JSON as a format of the registry."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from assay.errors import InputError
from assay.formats.format import Format, Options, PredictionReader, Recognised, Writer
from assay.formats.label_text import read_label_start
from assay.formats.labelstudio.messages import MESSAGES
from assay.formats.labelstudio.names import is_image
from assay.formats.labelstudio.predictions import read_predictions
from assay.formats.labelstudio.reader import each_task, read_labelstudio
from assay.formats.labelstudio.writer import write_labelstudio


class LabelstudioOptions(Options):
    """A JSON file of Label Studio, long or short, or its COCO, and the folder that file names are relative to.

    Paths are paths of the machine that serves the project. Without ``images`` it is the folder ``images`` beside the
    file, where there is one, else the file's own.
    """

    images: str | None = None
    annotations: str


def _recognise(path: Path) -> Recognised | None:
    """Return what a file is whose first task has data, or the regions of a short export."""
    if not path.is_file() or path.suffix.lower() != ".json":
        return None
    try:
        is_list = read_label_start(path).startswith(b"[")
        first = next(each_task(path), None) if is_list else (0, None)
    except InputError:
        return None
    options = {"annotations": str(path), "images": str(_images_of(path))}
    told = None if first is None else _describe(first[1])
    if told is None:
        return None
    return Recognised(told, options)


def _images_of(path: Path) -> Path:
    """Return the folder of a file's pictures, also of its COCO, by which it is not told from others."""
    beside = path.parent / "images"
    return beside if beside.is_dir() else path.parent


def _describe(task: Any) -> str | None:
    if not isinstance(task, dict):
        return None
    if isinstance(task.get("data"), dict) and any(
        name in task for name in ("annotations", "completions", "predictions")
    ):
        return "a JSON array of tasks with data and annotations"
    if "annotation_id" in task and any(map(is_image, task.values())):
        return "a JSON array of short tasks with an image and annotation_id"
    return None


FORMATS = (
    Format(
        key="labelstudio",
        title="a Label Studio export",
        options=LabelstudioOptions,
        images="images",
        labels="annotations",
        read=read_labelstudio,
        kinds=("labelstudio",),
        names_files=True,
        recognises=_recognise,
        images_of=_images_of,
        messages=MESSAGES,
        writer=Writer(Options, write_labelstudio),
        predictions=PredictionReader("regions of Label Studio", read_predictions),
    ),
)
