"""Datasets as new projects, from Python."""

from __future__ import annotations

import warnings
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Literal

from assay.client.annotations import AnnotatedImage, Annotation, labels_written
from assay.client.connection import Connection, connect
from assay.client.project import Project
from assay.errors import InputError
from assay.project.manifest import make_workspace
from assay.project.naming import suggest_project_name
from assay.project.paths import absolute

Files = Literal["in-place", "copy", "symlinks"]


def import_coco(
    annotations: str | Path,
    images: str | Path,
    workspace: str | Path = ".",
    *,
    name: str | None = None,
    split: str | None = None,
    add: bool = False,
    files: Files = "in-place",
) -> Project:
    """Import a COCO dataset and open the project.

    Args:
        annotations: The JSON file.
        images: The folder that file names are relative to.
        workspace: Where the project's directory is made.
        name: The project's name; the images folder's where None.
        split: The split that the images belong to.
        add: Add to the project of that name instead of making it.
        files: Leave the images where they are, copy them into the project, or link to them.

    Raises:
        InputError: a file cannot be read or yields no image.
        ExistsError: the name is taken.
    """
    body = {"annotations": str(absolute(annotations)), "images": str(absolute(images))}
    return import_dataset("coco", workspace, body, name=name, split=split, add=add, files=files)


def import_folder(
    folder: str | Path,
    workspace: str | Path = ".",
    *,
    splits: Sequence[str] | None = None,
    name: str | None = None,
    split: str | None = None,
    add: bool = False,
    files: Files = "in-place",
) -> Project:
    """Import images that lie in folders named after their classes, and open the project.

    Args:
        folder: Holds the folders of the classes, or folders ``train``, ``val``, ``test`` that hold them.
        workspace: Where the project's directory is made.
        splits: The folders directly in ``folder`` that are splits and hold the folders of the classes; empty where
            every folder is a class; None for what is recognised.
        name: The project's name; the folder's where None.
        split: The split that the images belong to, where the folder does not tell it.
        add: Add to the project of that name instead of making it.
        files: Leave the images where they are, copy them into the project, or link to them.

    Raises:
        InputError: there are no images in folders of classes, or no folders that ``splits`` names.
        ExistsError: the name is taken.
    """
    body = {"root": str(absolute(folder)), "splits": None if splits is None else list(splits)}
    return import_dataset("folder", workspace, body, name=name, split=split, add=add, files=files)


def import_csv(
    table: str | Path,
    images: str | Path | None = None,
    workspace: str | Path = ".",
    *,
    path_column: str | None = None,
    label_column: str | None = None,
    id_column: str | None = None,
    box_columns: Sequence[str] | None = None,
    box_format: Literal["xyxy", "xywh", "cxcywh"] | None = None,
    box_units: Literal["pixels", "shares"] | None = None,
    columns: Sequence[str] | None = None,
    name: str | None = None,
    split: str | None = None,
    add: bool = False,
    files: Files = "in-place",
) -> Project:
    """Import objects, or images and their classes, that stand in a CSV file, and open the project.

    Columns that are not named are guessed by their names.

    Args:
        table: A CSV file with an object in every row where it has boxes, else with an image and its class; further
            columns become fields ``attr.NAME`` of objects, or ``meta.NAME`` of images.
        images: The folder that paths are relative to; the table's where None.
        workspace: Where the project's directory is made.
        path_column: The column that names the image.
        label_column: The column that names the class; empty cells leave an image without one.
        id_column: The column of the image's id; ``id`` or ``image_id`` where None and there is one.
        box_columns: Four columns, or one that holds four numbers; ``["none"]`` for labels of images whatever there is.
        box_format: What they hold: corners, corner and size, or centre and size.
        box_units: Whether they are pixels or shares of the image's size; what their numbers say where None.
        columns: What the columns are called, of a table without a header.
        name: The project's name; the images folder's where None.
        split: The split that the images belong to.
        add: Add to the project of that name instead of making it.
        files: Leave the images where they are, copy them into the project, or link to them.

    Raises:
        InputError: the table cannot be read, lacks a column, or names no image.
        ExistsError: the name is taken.
    """
    file = absolute(table)
    body = {
        "table": str(file),
        "images": str(file.parent if images is None else absolute(images)),
        "path_column": path_column,
        "label_column": label_column,
        "id_column": id_column,
        "box_columns": None if box_columns is None else list(box_columns),
        "box_format": box_format,
        "box_units": box_units,
        "columns": None if columns is None else list(columns),
    }
    return import_dataset("csv", workspace, body, name=name, split=split, add=add, files=files)


def import_annotations(
    annotated: Mapping[str, Sequence[Annotation]],
    images: str | Path,
    workspace: str | Path = ".",
    *,
    name: str | None = None,
    split: str | None = None,
    files: Files = "in-place",
) -> Project:
    """Make a project of annotations that were made in Python, and open it.

    They are written to ``NAME.labels.json`` in the workspace, in COCO's form, from which a refresh reads them.

    Args:
        annotated: The annotations of each image by its path below `images`; images without any have an empty list.
        images: The folder of the images.
        workspace: Where the project's directory is made.
        name: The project's name; the images folder's where None.
        split: The split that the images belong to.
        files: Leave the images where they are, copy them into the project, or link to them.

    Raises:
        InputError: there is no image.
        ExistsError: the name is taken.
    """
    folder, place = absolute(images), make_workspace(absolute(workspace))
    name = name or suggest_project_name(folder)
    found = (AnnotatedImage(file, each) for file, each in annotated.items())
    with labels_written(place, name, found) as labels:
        return import_coco(labels, folder, place, name=name, split=split, files=files)


def import_path(
    path: str | Path,
    workspace: str | Path = ".",
    *,
    name: str | None = None,
    split: str | None = None,
    add: bool = False,
    files: Files = "in-place",
    **options: Any,
) -> Project:
    """Import a file or folder in whichever format it is recognised to be, and open the project.

    Args:
        path: The dataset.
        workspace: Where the project's directory is made.
        name: The project's name; the images folder's where None.
        split: The split that the images belong to.
        add: Add to the project of that name instead of making it.
        files: Leave the images where they are, copy them into the project, or link to them.
        options: Options of the format that do not follow from the path, such as ``images`` of a COCO file that lies
            far from them.

    Raises:
        InputError: it is in no format that is known, or may be in several; or it cannot be read or yields no image.
        ExistsError: the name is taken.
    """
    place = make_workspace(absolute(workspace))
    with connect(place, actor="python") as connection:
        formats = connection.post("/api/projects/import/recognise", {"path": str(absolute(path))})
    recognised = only_recognised(path, formats, {each["format"]: each["format"] for each in formats})
    plain_options = {key: str(absolute(value)) if isinstance(value, Path) else value for key, value in options.items()}
    return import_dataset(
        recognised["format"],
        place,
        {**recognised["options"], **plain_options},
        name=name,
        split=split,
        add=add,
        files=files,
    )


def import_dataset(
    format_: str,
    workspace: str | Path,
    options: Mapping[str, Any],
    *,
    name: str | None = None,
    split: str | None = None,
    add: bool = False,
    files: Files = "in-place",
) -> Project:
    """Import a dataset of any format of the registry and open the project.

    Args:
        format_: The format's key.
        workspace: Where the project's directory is made.
        options: What the format is asked with; paths from the root on.
        name: The project's name; the images folder's where None.
        split: The split that the images belong to.
        add: Add to the project of that name instead of making it.
        files: Leave the images where they are, copy them into the project, or link to them.

    Raises:
        InputError: a file cannot be read or yields no image.
        ExistsError: the name is taken.
    """
    body = {**options, "name": name, "split": split, "add": add, "files": files}
    place = make_workspace(absolute(workspace))
    connection = Connection(place, project=body["name"])
    try:
        result = connection.run_job(f"/api/projects/import/{format_}", body)
        if "everything_lost" in result:
            warnings.warn(result["everything_lost"], stacklevel=3)
        return Project(Path(result["project"]), connection)
    except BaseException:
        connection.close()
        raise


def only_recognised(
    path: str | Path, formats: Sequence[Mapping[str, Any]], names: Mapping[str, str]
) -> Mapping[str, Any]:
    """Return the one of the formats that a path was recognised as.

    Args:
        path: What was looked at.
        formats: The answer of the recognition: ``format``, ``title``, ``reason`` and ``options`` of each.
        names: How formats are chosen, by key; others do not count.

    Raises:
        InputError: there is none, or there are several.
    """
    candidates = [each for each in formats if each["format"] in names]
    if len(candidates) != 1:
        listed = "; ".join(f"{each['title']} ({names[each['format']]}): {each['reason']}" for each in candidates)
        raise InputError(
            "The dataset may be in several formats." if candidates else "The dataset's format is not recognised.",
            item=str(path),
            expected="one format" if candidates else "a file or folder in a format that is known",
            actual=listed or "none of them",
            hint="Choose the format.",
        )
    return candidates[0]
