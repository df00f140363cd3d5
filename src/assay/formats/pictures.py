"""The pictures that labels name, and their sizes, where labels tell coordinates as shares of them."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path

from assay.formats.gathering import read_shown_size
from assay.media.files import resolve_image_files
from assay.media.path_ends import match_path_ends


def find_pictures(root: Path, names: Sequence[str]) -> list[Path | None]:
    """Return the file of each name below a folder, found as those of a source are; None where there is none."""
    matches = resolve_image_files(root, names)
    ends = match_path_ends(root, matches)
    paths = [each.path or (ends[at].path if at in ends else None) for at, each in enumerate(matches)]
    return [None if path is None else Path(path) for path in paths]


def relative_name(picture: Path, root: Path) -> str:
    """Return a picture's path below a folder, with forward slashes."""
    return os.path.relpath(picture, root).replace(os.sep, "/")


def read_sizes(root: Path, names: Sequence[str]) -> list[tuple[int, int] | None]:
    """Return width and height of each named picture as it is shown; None where it is not there or unreadable."""
    return [None if path is None else read_shown_size(path) for path in find_pictures(root, names)]
