"""Labels by folder as a format of the registry: a folder on disk, read and previewed."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

from pydantic import Field

from assay.errors import InputError, UsageError
from assay.formats.classification.folder import AMBIGUOUS, Layout, choose_layout, label_by_folder, recognise_layout
from assay.formats.classification.labels import make_source
from assay.formats.classification.messages import MESSAGES
from assay.formats.classification.rows import note_unlabelled
from assay.formats.doctor import Doctor
from assay.formats.format import Format, Options, Reading, Recognised
from assay.formats.source import Source
from assay.media.files import IMAGE_EXTENSIONS, is_text, list_images

GENERAL = frozenset({"images", "labels", "annotations", "masks", "img", "imgs", "jpegimages"})
"""Names of folders that are no classes: those of other formats."""

_FRAMES = "img1"
"""What a folder is no class for that lies in one: MOTChallenge's frames."""


class FolderOptions(Options):
    """Images labelled by folder. Paths are paths of the machine that serves the project."""

    root: str
    splits: Annotated[list[Annotated[str, Field(max_length=4_000)]], Field(max_length=10_000)] | None = Field(
        default=None,
        description="the first folders that are splits; empty: every first folder is a class; null: what is recognised",
    )


def _read(reading: Reading) -> Source:
    """Read a folder of folders named after classes.

    Raises:
        InputError: it holds no images, or none in a class's folder.
        UsageError: a split was asked for, and the folder tells splits itself.
    """
    reading.stage("Listing images", None)
    root, doctor = reading.images, Doctor()
    names = list_labelled(root, doctor)
    layout = _layout(reading, names)
    if layout is not None:
        reading.kept.update(wrapping=list(layout.wrapping), splits=sorted(layout.splits))
    found = label_by_folder(names, str(root), doctor, layout)
    note_unlabelled(found, doctor)
    if reading.split and any("split" in extra for extra in found.extras):
        raise UsageError(
            "The folder tells the splits of its images itself.",
            item=str(root),
            expected="an import without a split, or a folder of classes",
            actual=f"split {reading.split}",
        )
    return make_source(found, reading.known, doctor)


def _layout(reading: Reading, names: list[str]) -> Layout | None:
    """Return what a person chose that the folders stand for, now or at the import; None for what is recognised."""
    options = reading.options
    if options.get("splits") is None:
        return None
    if "wrapping" in options:
        return Layout(tuple(options["wrapping"]), frozenset(options["splits"]))
    return choose_layout(names, options["splits"], str(reading.images))


def preview_class_folder(root: Path, splits: list[str] | None) -> dict[str, Any]:
    """Return what the folders of an import would stand for.

    Args:
        root: The folder.
        splits: The folders that are splits; None for what is recognised.

    Raises:
        InputError: it holds no images, none in a class's folder, or not these folders.
    """
    doctor = Doctor()
    names = list_labelled(root, doctor)
    layout = recognise_layout(names, doctor) if splits is None else choose_layout(names, splits, str(root))
    found = label_by_folder(names, str(root), doctor, layout)
    paths = [name.split("/")[len(layout.wrapping) :] for name in names]
    return {
        "root": str(root),
        "wrapping": "/".join(layout.wrapping) or None,
        "folders": sorted({path[0] for path in paths if len(path) > 1}),
        "splits": sorted(layout.splits),
        "classes": sorted({label for labels in found.labels for label in labels}),
        "images": len(names),
        "unlabelled": sum(not labels for labels in found.labels),
        "ambiguous": splits is None and not AMBIGUOUS.isdisjoint(doctor.counts),
    }


def list_labelled(root: Path, doctor: Doctor) -> list[str]:
    """Return the paths, relative to a folder, of the images in it.

    Args:
        root: The folder.
        doctor: Told of the other files.

    Raises:
        InputError: it holds no images.
    """
    names = []
    for name in list_images(root, ["*"]):
        if not name.lower().endswith(IMAGE_EXTENSIONS):
            doctor.note("not_an_image", name if is_text(name) else repr(name), skipped=True)
        elif is_text(name):
            names.append(name)
        else:
            doctor.note("file_name_not_utf8", repr(name), skipped=True)
    if not names:
        others = doctor.counts.get("not_an_image", 0)
        raise InputError(
            "The folder holds no images.",
            item=str(root),
            expected="folders named after classes, with images in them",
            actual=f"{others:,} files that are no images" if others else "no files",
        )
    return names


def _recognise(path: Path) -> Recognised | None:
    """Return what a folder is whose images all lie in folders named after two classes or more."""
    if not path.is_dir():
        return None
    try:
        preview = preview_class_folder(path, None)
    except InputError:
        return None
    classes = preview["classes"]
    if any((path / name / _FRAMES).is_dir() for name in preview["folders"]):
        return None
    if len(classes) < 2 or preview["unlabelled"] or not GENERAL.isdisjoint(name.lower() for name in classes):
        return None
    told = f"{preview['images']:,} images in {len(classes):,} folders, named {', '.join(classes[:5])}"
    return Recognised(told, {"root": str(path)})


FOLDER = Format(
    key="folder",
    title="images labelled by the folders that they lie in",
    options=FolderOptions,
    images="root",
    labels="root",
    read=_read,
    kinds=("class-folder",),
    ids="content",
    recognises=_recognise,
    in_one_file=False,
    messages=MESSAGES,
)
