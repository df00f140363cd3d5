"""Labels by folder: the first folder of a path is the class, below one for the split where there are such."""

from __future__ import annotations

from collections import defaultdict

from assay.errors import InputError
from assay.formats.classification.labels import LabelledImages
from assay.formats.coco.doctor import Doctor

SPLITS = frozenset(
    {"train", "training", "val", "valid", "validation", "dev", "test", "testing", "eval", "evaluation", "holdout"}
)


def label_by_folder(names: list[str], root: str, doctor: Doctor) -> LabelledImages:
    """Return images with the label, and perhaps the split, that their folders stand for.

    A single folder round all others is passed over. Folders named after splits are splits where classes lie in them;
    then a folder beside them is a split, too, where it holds the same classes; the images of any other have no label.

    Args:
        names: Paths of images relative to the folder, with forward slashes.
        root: The folder, named in errors.
        doctor: Told of folders that could be meant otherwise.

    Raises:
        InputError: no image lies in a class's folder.
    """
    paths = [name.split("/") for name in names]
    wrapping = _find_wrapping(paths)
    if wrapping:
        inner = sorted({path[len(wrapping)] for path in paths})
        doctor.note("wrapping_folder", f"{'/'.join(wrapping)}: holds {', '.join(inner)[:150]}")
    paths = [path[len(wrapping) :] for path in paths]
    splits, others = _find_splits(paths)
    for folder in sorted(each for each in splits if not _is_split(each)):
        doctor.note("split_folder", folder)
    found = LabelledImages()
    for name, path in zip(names, paths, strict=True):
        top, inside = path[0], len(path) > 1
        split: str | None = path.pop(0) if inside and top in splits else None
        is_beside = inside and top in others
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
            if splits
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


def _find_splits(paths: list[list[str]]) -> tuple[set[str], set[str]]:
    """Return the first folders that are splits, and those beside them that are neither splits nor classes."""
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
        return named, set()
    deep = {top for top in named if top in classes}
    known = set().union(*(classes[top] for top in deep))
    alike = {top for top in tops - named if classes[top] & known}
    if not deep or (len(deep) < 2 and not alike):
        return set(), set()
    return deep | alike, tops - deep - alike
