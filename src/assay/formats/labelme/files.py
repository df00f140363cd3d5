"""Which files are LabelMe's, and where the pictures lie that they are about."""

from __future__ import annotations

import base64
import binascii
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from assay.errors import InputError
from assay.formats.label_text import parse_labels, read_label_bytes
from assay.media.files import IMAGE_EXTENSIONS, list_images

_LOOKED_INTO = 24  # files of a folder, to tell what it is


def is_labelme(content: Any) -> bool:
    """Tell whether a parsed JSON file is one of LabelMe's."""
    if not isinstance(content, dict) or not isinstance(content.get("shapes"), list):
        return False
    return any(name in content for name in ("imagePath", "imageData", "imageHeight"))


def find_picture(file: Path, path: Any, images: Path | None = None, below: Path = Path()) -> Path | None:
    """Return the picture that a label file is about; None where none is there.

    It is the one that ``imagePath`` names from the file's folder on; else the one of that name, or of the file's own
    but for its ending, in the file's folder or the images folder.

    Args:
        file: The label file.
        path: Its ``imagePath``.
        images: The images folder.
        below: The file's folder, from that of all labels on: pictures may lie in folders of the same names.
    """
    folders = [file.parent, *([] if images is None else dict.fromkeys((images / below, images)))]
    parts = written_path(path).split("/")
    tails = list(dict.fromkeys(("/".join(parts), parts[-1]))) if parts[-1] else []
    for folder in folders:
        for tail in tails:
            found = folder / tail
            if is_file(found):
                return Path(os.path.normpath(found))
    for folder in folders if not tails else []:
        for ending in IMAGE_EXTENSIONS:
            if is_file(folder / (file.stem + ending)):
                return folder / (file.stem + ending)
    return None


def written_path(path: Any) -> str:
    """Return an ``imagePath`` with forward slashes; empty where it is none."""
    return path.replace("\\", "/") if isinstance(path, str) and "\0" not in path else ""


def is_file(path: Path) -> bool:
    """Tell whether something that can be opened is at a path; no name raises."""
    try:
        return path.is_file()
    except (OSError, ValueError):
        return False


def embedded_picture(file: Path) -> bytes | None:
    """Return the picture that a label file holds; None where it holds none, or can no longer be read."""
    try:
        content, _ = parse_labels(read_label_bytes(file))
        return decode_picture(content)
    except (InputError, ValueError):
        return None


def decode_picture(content: Any) -> bytes | None:
    """Return the picture in a file's ``imageData``; None where there is none."""
    text = content.get("imageData") if isinstance(content, dict) else None
    if not isinstance(text, str) or not text:
        return None
    try:
        return base64.b64decode(text.partition(",")[2] if text.startswith("data:") else text)
    except (binascii.Error, ValueError):
        return None


def sample(labels: Path) -> Iterator[tuple[Path, Any]]:
    """Yield some label files of a folder, or the one file, with what they hold.

    Raises:
        InputError: the folder cannot be listed.
    """
    files = [labels / name for name in list_images(labels, ["*.json"])] if labels.is_dir() else [labels]
    step = max(1, -(-len(files) // _LOOKED_INTO))
    for file in files[::step]:
        try:
            content, _ = parse_labels(read_label_bytes(file))
        except (InputError, ValueError):
            continue
        if is_labelme(content):
            yield file, content


def common_folder(labels: Path, pictures: list[Path]) -> Path:
    """Return the folder that the names of pictures are best relative to: the labels' own, or what has all of them."""
    own = labels if labels.is_dir() else labels.parent
    folders = {os.path.abspath(each.parent) for each in pictures}  # noqa: PTH100 - links stay
    if not folders:
        return own
    together = Path(os.path.commonpath(folders))
    return own if together.is_relative_to(os.path.abspath(own)) else together  # noqa: PTH100
