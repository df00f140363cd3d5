"""Labels by folder: the first folder of a path is the class, below one for the split where there are such."""

from __future__ import annotations

from assay.errors import InputError
from assay.formats.classification.labels import LabelledImages

SPLITS = frozenset({"train", "val", "valid", "validation", "test"})


def label_by_folder(names: list[str], root: str) -> LabelledImages:
    """Return images with the label, and perhaps the split, that their folders stand for.

    Args:
        names: Paths of images relative to the folder, with forward slashes.
        root: The folder, named in errors.

    Raises:
        InputError: no image lies in a class's folder.
    """
    tops = {name.split("/", 1)[0] for name in names if "/" in name}
    has_splits = bool(tops) and all(top.lower() in SPLITS for top in tops)
    found = LabelledImages()
    for name in names:
        parts = name.split("/")
        split = parts.pop(0) if has_splits and len(parts) > 1 else None
        found.names.append(name)
        found.labels.append(parts[:1] if len(parts) > 1 else [])
        found.extras.append({} if split is None else {"split": split})
    if not any(found.labels):
        raise InputError(
            "No image lies in the folder of a class.",
            item=root,
            expected="folders named after splits, with folders named after classes in them"
            if has_splits
            else "folders named after classes, with images in them",
            actual=f"for example {names[0]}",
            hint="Take the images in without labels: assay init FOLDER",
        )
    return found
