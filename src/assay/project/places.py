"""Where files outside the project lie: put down relative to the project's directory where possible.

So project and data can be moved together. A project also remembers where it lay itself (``home`` in project.json):
what is not found from its new place is looked for from the old one.
"""

from __future__ import annotations

import ntpath
import os
from collections.abc import Iterator
from pathlib import Path, PurePosixPath, PureWindowsPath

_MOST_ANCESTORS = 6


def home_of(directory: Path) -> str:
    """Return a project's own place, links followed, since paths are relative to that."""
    return os.path.realpath(directory)


def store_path(directory: Path, place: Path) -> str:
    """Return the path under which a project stores a place: relative to itself where possible, with forward slashes.

    The path is as written if it leads there from the project's real directory, else with links followed.
    """
    home = home_of(directory)
    try:
        relative = os.path.relpath(place, home)
        if not _leads_to(os.path.join(home, relative), place):  # noqa: PTH118 - texts
            relative = os.path.relpath(os.path.realpath(place), home)
    except ValueError:  # another drive
        return place.as_posix()
    return Path(relative).as_posix()


def store_paths(directory: Path, files: list[Path | None]) -> list[str | None]:
    """Return the paths under which a project stores many files, None for those that are None."""
    folders: dict[Path, str] = {}
    paths: list[str | None] = []
    for file in files:
        if file is None:
            paths.append(None)
            continue
        folder = folders.get(file.parent)
        if folder is None:
            folder = folders[file.parent] = store_path(directory, file.parent)
        paths.append(str(PurePosixPath(folder, file.name)))
    return paths


def resolve_path(directory: Path | str, stored: str) -> Path:
    """Return the full path of a stored one; a path of another system as it is."""
    if is_foreign(stored):
        return Path(stored)
    return Path(os.path.normpath(os.path.join(home_of(Path(directory)), stored)))  # noqa: PTH118 - texts


def make_link(link: Path, file: Path) -> None:
    """Make a symbolic link to a file, relative to the link where possible, so that both can be moved together."""
    link.symlink_to(store_path(link.parent, file.absolute()))


def is_foreign(stored: str) -> bool:
    """Tell whether a path is an absolute one of Windows, seen on another system."""
    return os.name != "nt" and bool(PureWindowsPath(stored).drive)


def guess_places(directory: Path, home: str | None, stored: str) -> Iterator[Path]:
    """Yield the places where a file that is not at its stored path may lie: the likeliest first.

    First relative to the project's earlier home; then below the folders that the project lies in now, under the
    longest end of the path that is there. Nothing that does not exist is yielded.
    """
    if home is not None and not is_foreign(stored):
        place = Path(os.path.normpath(os.path.join(home, stored)))  # noqa: PTH118 - texts
        if _exists(place):
            yield place
    parts = (PureWindowsPath(stored) if is_foreign(stored) else PurePosixPath(stored.replace(os.sep, "/"))).parts
    names = [part for part in parts if part not in ("..", ".") and not part.endswith(("\\", "/"))]
    ancestors = Path(home_of(directory)).parents[:_MOST_ANCESTORS]
    for length in range(len(names), 0, -1):
        for ancestor in ancestors:
            place = ancestor.joinpath(*names[-length:])
            if _exists(place):
                yield place


def follow(stored: str, other: str, moved: Path) -> Path | None:
    """Return the new place of a path that has moved together with another one; None where the two are unrelated.

    Args:
        stored: The path as it was stored.
        other: Another path as it was stored.
        moved: Where the other path lies now.
    """
    if is_foreign(stored) and is_foreign(other):
        try:
            relative = ntpath.relpath(stored, other).replace("\\", "/")
        except ValueError:  # another drive
            return None
    elif is_foreign(stored) or is_foreign(other) or os.path.isabs(stored) != os.path.isabs(other):  # noqa: PTH117
        return None
    else:
        relative = os.path.relpath(os.path.join("/", stored), os.path.join("/", other))  # noqa: PTH118 - texts
    return Path(os.path.normpath(moved / relative))


def _leads_to(path: str, place: Path) -> bool:
    try:
        return place.samefile(path)
    except OSError:
        return not _exists(place)  # what is not there cannot be compared


def _exists(place: Path) -> bool:
    return os.path.exists(place)  # noqa: PTH110 - false, not an error, for a path no system can have
