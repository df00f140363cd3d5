"""Import of images with labels of their own: by folder, or by the rows of a table."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

from assay.errors import InputError, UsageError
from assay.formats.classification.folder import AMBIGUOUS, Layout, choose_layout, label_by_folder, recognise_layout
from assay.formats.classification.labels import KnownIds, LabelledImages, make_source
from assay.formats.classification.rows import Columns, label_by_rows, note_unlabelled
from assay.formats.coco.doctor import Doctor
from assay.formats.coco.reader import CocoSource
from assay.jobs.create import take_in
from assay.jobs.manager import JobContext
from assay.jobs.sources import is_text
from assay.media.files import IMAGE_EXTENSIONS, list_images
from assay.project.store import Connection


def import_folder(context: JobContext) -> dict[str, Any]:
    """Import images labelled by the folders that they lie in."""
    root = Path(context.params["root"])
    chosen: list[str] | None = context.params.get("splits")
    options: dict[str, Any] = {}

    def read(_append: Callable[[Any], int]) -> CocoSource:
        with context.store.read() as cursor:
            known = known_ids(cursor, {})
        names, doctor = _list_names(context, root)
        layout = None if chosen is None else choose_layout(names, chosen, str(root))
        if layout is not None:  # told to the project after this has been read
            options.update(wrapping=list(layout.wrapping), splits=sorted(layout.splits))
        source = _label(names, root, known, doctor, layout)
        if context.params.get("split") and any("split" in extra for extra in source.images.extras.values()):
            raise UsageError(
                "The folder tells the splits of its images itself.",
                item=str(root),
                expected="an import without a split, or a folder of classes",
                actual=f"split {context.params['split']}",
            )
        return source

    return take_in(context, "class-folder", root, root, read, options=options)


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


def import_csv(context: JobContext) -> dict[str, Any]:
    """Import images labelled by the rows of a CSV file."""
    params = context.params
    table, folder = Path(params["table"]), Path(params["images"])
    options = {key: params[key] for key in ("path_column", "label_column", "id_column")}

    def read(_append: Callable[[Any], int]) -> CocoSource:
        with context.store.read() as cursor:
            known = known_ids(cursor, {})
        return read_rows(context, table, options, known)

    return take_in(context, "csv", table, folder, read, options=options)


def read_class_folder(context: JobContext, root: Path, options: dict[str, Any], known: KnownIds) -> CocoSource:
    """Read a folder of folders named after classes again.

    Args:
        options: ``wrapping`` and ``splits`` where a person chose what the folders stand for.

    Raises:
        InputError: it holds no images, or none in a class's folder.
    """
    names, doctor = _list_names(context, root)
    layout = Layout(tuple(options["wrapping"]), frozenset(options["splits"])) if "splits" in options else None
    return _label(names, root, known, doctor, layout)


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


def _list_names(context: JobContext, root: Path) -> tuple[list[str], Doctor]:
    context.stage("Listing images")
    doctor = Doctor()
    return list_labelled(root, doctor), doctor


def _label(names: list[str], root: Path, known: KnownIds, doctor: Doctor, layout: Layout | None) -> CocoSource:
    return _finish(label_by_folder(names, str(root), doctor, layout), known, doctor)


def _finish(found: LabelledImages, known: KnownIds, doctor: Doctor) -> CocoSource:
    note_unlabelled(found, doctor)
    source = make_source(found, known)
    source.doctor = doctor
    return source


def read_rows(context: JobContext, table: Path, options: dict[str, Any], known: KnownIds) -> CocoSource:
    """Read a table of labels.

    Args:
        options: ``path_column``, ``label_column``, ``id_column``.

    Raises:
        InputError: it cannot be read, lacks a column, or names no image.
    """
    context.stage("Reading labels")
    doctor = Doctor()
    columns = Columns(options["path_column"], options["label_column"], options["id_column"])
    return _finish(label_by_rows(table, columns, doctor), known, doctor)


def known_ids(cursor: Connection, images: dict[str, int]) -> KnownIds:
    """Return the ids that a project has given.

    Args:
        images: Those of the source's own images by name.
    """
    classes = cursor.execute("SELECT name, source_id FROM class WHERE source_id IS NOT NULL ORDER BY row DESC")
    known = dict(classes.fetchall())
    [(greatest,)] = cursor.execute(
        "SELECT greatest(coalesce(max(source_id), 0), (SELECT coalesce(max(source_id), 0) FROM annotation)) FROM image"
    ).fetchall()
    return KnownIds(images, known, max(0, greatest) + 1)
