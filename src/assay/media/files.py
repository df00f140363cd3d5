"""Finding image files: the ones that annotations name, and the ones that a folder holds.

Names come from annotation files and are not trusted: a name never leads out of its root folder. Symbolic
links are the folder owner's own doing and are followed unless the caller says otherwise.
"""

from __future__ import annotations

import os
import re
import sys
import unicodedata
from collections import deque
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Literal

from assay.errors import InputError

IMAGE_EXTENSIONS = (
    ".jpg",
    ".jpeg",
    ".jpe",
    ".jfif",
    ".png",
    ".tif",
    ".tiff",
    ".webp",
    ".bmp",
    ".dib",
    ".gif",
    ".ppm",
    ".pgm",
    ".pbm",
    ".pnm",
    ".jp2",
    ".j2k",
    ".avif",
)
"""The extensions, in lower case, of the formats that Assay decodes."""

FileState = Literal["found", "missing", "outside", "remote", "invalid"]

_URL = re.compile(r"[A-Za-z][A-Za-z0-9+.\-]+://")
_WINDOWS_ABSOLUTE = re.compile(r"[A-Za-z]:[\\/]|\\\\")
_IGNORES_CASE = sys.platform in ("win32", "darwin")


@dataclass(frozen=True, slots=True)
class FileMatch:
    """The result of looking for one name.

    Attributes:
        name: The name as it was given.
        path: The file's absolute path where it was found, else None.
        state: `found`; `missing`; `outside` the root folder (not looked at); `remote`, a URL (not looked
            at); `invalid`, empty or with a NUL character.
    """

    name: str
    path: str | None
    state: FileState


def resolve_image_files(root: Path | str, names: Sequence[str], *, follow_links: bool = True) -> list[FileMatch]:
    """Find the files that `names` name below `root`; each folder involved is listed once, no file is opened.

    A name may lie in sub-folders, use Windows separators, differ in Unicode composition from the name on
    disk (and in case, on Windows and macOS), or be an absolute path inside `root`. No name raises.

    Args:
        root: The folder that names are relative to; it need not exist.
        names: File names as annotations give them.
        follow_links: Follow symbolic links that lead out of `root`; False reports those as `outside`.

    Returns:
        One result per name, in the order of `names`.
    """
    listings = _Listings(os.path.abspath(root), follow_links)  # noqa: PTH100 - keeps links, as the owner wrote them
    return [_resolve(listings, name) for name in names]


def list_images(root: Path | str, patterns: Iterable[str] | None = None) -> list[str]:
    """Return the paths of the images below `root`, relative, with forward slashes, sorted.

    Hidden files and folders (a leading dot) are left out. Links to folders are followed, each real folder
    once, so that a loop of links ends.

    Args:
        root: The folder to search.
        patterns: Shell patterns, case ignored; one without a slash is held against the file's name, one with
            a slash against the relative path. None takes every extension of a format that Assay decodes.

    Raises:
        InputError: `root` is not a folder that can be listed.
    """
    lower_patterns = [pattern.lower() for pattern in patterns] if patterns is not None else None
    images: list[str] = []
    visited: set[tuple[int, int]] = set()
    pending: deque[str] = deque([""])
    while pending:
        prefix = pending.popleft()
        folder = os.path.join(root, prefix)  # noqa: PTH118 - plain strings keep a large tree fast
        try:
            facts = os.stat(folder)  # noqa: PTH116
            if (facts.st_dev, facts.st_ino) in visited:
                continue
            visited.add((facts.st_dev, facts.st_ino))
            with os.scandir(folder) as entries:
                visible = [entry for entry in entries if not entry.name.startswith(".")]
        except (OSError, ValueError) as error:
            if prefix:
                continue
            raise InputError(
                "The folder cannot be listed.", item=os.fspath(root), expected="a folder", actual=str(error)
            ) from error
        for entry in visible:
            relative = prefix + entry.name
            if _is_folder(entry):
                # Links come last, so that a folder is listed under its real name where it has one here.
                queue = pending.append if entry.is_symlink() else pending.appendleft
                queue(relative + "/")
            elif _is_wanted(relative, entry.name, lower_patterns) and _is_file(entry):
                images.append(relative)
    return sorted(images)


class _Listings:
    """The files of each folder below a root, read when first asked for."""

    def __init__(self, root: str, follow_links: bool) -> None:
        self.root = root
        self.real_root = os.path.realpath(root)
        self._follow_links = follow_links
        self._files: dict[str, dict[str, FileState]] = {}
        self._folded: dict[str, dict[str, str]] = {}

    def look_up(self, folder: str, name: str) -> tuple[str, FileState]:
        """Return the name on disk and the state of the file `name` in `folder` (relative; "" is the root)."""
        files = self._files.get(folder)
        if files is None:
            files = self._files[folder] = self._list(folder)
        if name in files:
            return name, files[name]
        if _IGNORES_CASE or not name.isascii():
            if folder not in self._folded:
                self._folded[folder] = {_fold(actual): actual for actual in files}
            actual = self._folded[folder].get(_fold(name))
            if actual is not None:
                return actual, files[actual]
        return name, "missing"

    def _list(self, folder: str) -> dict[str, FileState]:
        path = os.path.join(self.root, folder)  # noqa: PTH118
        try:
            outside = not self._follow_links and not self._contains(path)
            with os.scandir(path) as entries:
                return {
                    entry.name: "outside" if outside or self._leads_out(entry) else "found"
                    for entry in entries
                    if _is_file(entry)
                }
        except (OSError, ValueError):
            return {}

    def _leads_out(self, entry: os.DirEntry[str]) -> bool:
        return not self._follow_links and entry.is_symlink() and not self._contains(entry.path)

    def _contains(self, path: str) -> bool:
        return _relative_to(os.path.realpath(path), self.real_root) is not None


def _resolve(listings: _Listings, name: str) -> FileMatch:
    if not name or "\0" in name:
        return FileMatch(name, None, "invalid")
    match = _resolve_as_written(listings, name)
    if match.state == "missing" and "\\" in name and os.sep == "/":
        if _WINDOWS_ABSOLUTE.match(name):
            return FileMatch(name, None, "outside")
        again = _resolve_as_written(listings, name.replace("\\", "/"))
        return FileMatch(name, again.path, again.state)
    return match


def _resolve_as_written(listings: _Listings, name: str) -> FileMatch:
    relative = _locate(listings, name)
    if relative is None:
        return FileMatch(name, None, "remote" if _URL.match(name) else "outside")
    folder, _, base = relative.rpartition(os.sep)
    actual, state = listings.look_up(folder, base)
    path = os.path.join(listings.root, folder, actual) if state == "found" else None  # noqa: PTH118
    return FileMatch(name, path, state)


def _locate(listings: _Listings, name: str) -> str | None:
    """Return the name as a plain path below the root, or None if it leads out of it or is a URL."""
    if _URL.match(name):
        return None
    plain = os.path.normpath(name)
    drive, rest = os.path.splitdrive(plain)
    if not drive and not rest.startswith(os.sep):
        return None if rest == ".." or rest.startswith(".." + os.sep) else rest
    inside = _relative_to(plain, listings.root)
    return inside if inside is not None else _relative_to(plain, listings.real_root)


def _relative_to(path: str, root: str) -> str | None:
    """Return `path` relative to `root` by their spelling alone, or None if it does not lie below it."""
    if path == root:
        return "."
    stem = root if root.endswith(os.sep) else root + os.sep
    inside = os.path.normcase(path).startswith(os.path.normcase(stem))
    return path[len(stem) :] if inside else None


def _fold(name: str) -> str:
    composed = unicodedata.normalize("NFC", name)
    return composed.casefold() if _IGNORES_CASE else composed


def _is_wanted(relative: str, name: str, patterns: list[str] | None) -> bool:
    if patterns is None:
        return name.lower().endswith(IMAGE_EXTENSIONS)
    return any(fnmatchcase((relative if "/" in p else name).lower(), p) for p in patterns)


def _is_file(entry: os.DirEntry[str]) -> bool:
    """Tell whether an entry is a file. Pipes, sockets and devices count: opening them names them. Dead links do not."""
    try:
        return entry.is_file() or (not entry.is_dir() and entry.stat() is not None)
    except OSError:
        return False


def _is_folder(entry: os.DirEntry[str]) -> bool:
    try:
        return entry.is_dir()
    except OSError:
        return False


def is_text(name: str) -> bool:
    """Tell whether a file's name is Unicode text: on some systems it may be any bytes."""
    try:
        name.encode()
    except UnicodeEncodeError:
        return False
    return True
