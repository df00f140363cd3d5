"""Labels by folder: the first folder of a path is the class, below one for the split where there are such."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection
from dataclasses import dataclass

from assay.errors import InputError
from assay.formats.classification.labels import LabelledImages
from assay.formats.doctor import Doctor

SPLITS = frozenset(
    {"train", "training", "val", "valid", "validation", "dev", "test", "testing", "eval", "evaluation", "holdout"}
)


AMBIGUOUS = frozenset({"wrapping_folder", "split_folder", "folder_beside_splits", "class_like_split"})
"""The doctor's words for folders that could be meant otherwise."""


@dataclass(frozen=True, slots=True)
class Layout:
    """What the folders of a source stand for.

    Attributes:
        wrapping: The folders, from the outermost in, that hold all others and stand for nothing.
        splits: Names of the folders therein that are splits. The folders in these are classes; where there are no
            splits, all folders are.
    """

    wrapping: tuple[str, ...] = ()
    splits: frozenset[str] = frozenset()


def recognise_layout(names: list[str], doctor: Doctor) -> Layout:
    """Return what folders stand for by their names and by what lies in them.

    A single folder round all others is passed over. Folders named after splits are splits where classes lie in them;
    then a folder beside them is a split, too, where it holds the same classes.

    Args:
        names: Paths of images relative to the source, with forward slashes; at least one.
        doctor: Told of folders that could be meant otherwise.
    """
    paths = [name.split("/") for name in names]
    wrapping = _find_wrapping(paths)
    inner = [path[len(wrapping) :] for path in paths]
    tops = sorted({path[0] for path in inner if len(path) > 1})
    splits = _find_splits(inner)
    if wrapping:
        doctor.note("wrapping_folder", f"{'/'.join(wrapping)}: holds {', '.join(tops)[:150]}")
    for folder in tops:
        if folder in splits and not _is_split(folder):
            doctor.note("split_folder", folder)
        elif not splits and _is_split(folder):
            doctor.note("class_like_split", folder)
    return Layout(tuple(wrapping), frozenset(splits))


def choose_layout(names: list[str], splits: Collection[str], root: str) -> Layout:
    """Return the layout in which the named folders are splits; where none is named, every first folder is a class.

    Args:
        names: As for `recognise_layout`.
        splits: Names of first folders, or of folders in the one round all others.
        root: The source, named in errors.

    Raises:
        InputError: one of them is no such folder.
    """
    if not splits:
        return Layout()
    wanted = {split.rstrip("/") for split in splits}
    paths = [name.split("/") for name in names]
    tops = {path[0] for path in paths if len(path) > 1}
    if wanted <= tops:
        return Layout((), frozenset(wanted))
    wrapping = _find_wrapping(paths)
    inner = {path[len(wrapping)] for path in paths if len(path) > len(wrapping) + 1}
    if wanted <= inner:
        return Layout(tuple(wrapping), frozenset(wanted))
    folders = ", ".join(sorted(tops)) or "none"
    within = f"; in {'/'.join(wrapping)}: {', '.join(sorted(inner))}" if wrapping else ""
    raise InputError(
        "A split is no folder with images here.",
        item=root,
        expected=f"some of the folders {folders}{within}",
        actual=", ".join(sorted(wanted - tops - inner) or sorted(wanted)),
    )


def label_by_folder(names: list[str], root: str, doctor: Doctor, layout: Layout | None = None) -> LabelledImages:
    """Return images with the label, and perhaps the split, that their folders stand for.

    Images in folders beside those of splits have no label.

    Args:
        names: As for `recognise_layout`.
        root: The folder, named in errors.
        doctor: Told of folders that could be meant otherwise.
        layout: What the folders stand for; recognised where None.

    Raises:
        InputError: no image lies in a class's folder.
    """
    if layout is None:
        layout = recognise_layout(names, doctor)
    depth = len(layout.wrapping)
    found = LabelledImages()
    for name in names:
        path = name.split("/")
        is_within = tuple(path[:depth]) == layout.wrapping
        path = path[depth:] if is_within else path
        inside = len(path) > 1
        split = path.pop(0) if inside and is_within and path[0] in layout.splits else None
        is_beside = inside and split is None and bool(layout.splits)
        if is_beside:
            doctor.note("folder_beside_splits", name)
        found.names.append(name)
        found.labels.append(path[:1] if len(path) > 1 and not is_beside else [])
        found.extras.append({} if split is None else {"split": split})
    if not any(found.labels):
        raise InputError(
            "No image lies in the folder of a class.",
            item=root,
            expected="folders named after splits, with folders named after classes in them"
            if layout.splits
            else "folders named after classes, with images in them",
            actual=f"for example {names[0]}",
            hint="Take the images in without labels: assay init FOLDER",
        )
    return found


def _is_split(folder: str) -> bool:
    return folder.lower() in SPLITS


def _find_wrapping(paths: list[list[str]]) -> list[str]:
    """Return the folders that hold all images in several folders, or in folders named after splits; often none."""
    wrapping: list[str] = []
    while True:
        depth = len(wrapping)
        tops = {path[depth] for path in paths}
        if any(len(path) < depth + 3 for path in paths) or len(tops) > 1 or _is_split(next(iter(tops))):
            return wrapping
        inner = {path[depth + 1] for path in paths}
        deeper = any(len(path) > depth + 3 for path in paths)
        if len(inner) == 1 and not deeper and not _is_split(next(iter(inner))):
            return wrapping  # one class, in folders of its own
        wrapping.append(tops.pop())


def _find_splits(paths: list[list[str]]) -> set[str]:
    """Return the first folders that are splits."""
    classes: dict[str, set[str]] = defaultdict(set)
    flat: set[str] = set()
    for path in paths:
        if len(path) > 2:
            classes[path[0]].add(path[1])
        elif len(path) == 2:
            flat.add(path[0])
    tops = {*classes, *flat}
    named = {top for top in tops if _is_split(top)}
    if named == tops:
        return named
    deep = {top for top in named if top in classes}
    known = set().union(*(classes[top] for top in deep))
    alike = {top for top in tops - named if classes[top] & known}
    if not deep or (len(deep) < 2 and not alike):
        return set()
    return deep | alike
