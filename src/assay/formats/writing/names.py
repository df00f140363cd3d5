"""What exported files are called: safe below a folder on any system, and each name once."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable
from pathlib import PurePosixPath

from assay.text import HIDDEN

_DRIVE = re.compile(r"[A-Za-z]:$")
_SCHEME = re.compile(r"[A-Za-z][A-Za-z0-9+.\-]+:$")
_RESERVED = re.compile(r"(con|prn|aux|nul|com[0-9]|lpt[0-9])(\.|$)", re.IGNORECASE)
_MOST_BYTES = 200  # of a name; systems take 255, and endings and numbers are added
_MOST_PATH = 1_000
_LABELS = (".txt", ".json", ".xml")


def safe_name(name: str) -> str:
    """Return a file name as a relative path with forward slashes that leads nowhere else: no drive, root or ``..``."""
    parts = [part for part in name.replace("\\", "/").split("/") if part not in ("", ".", "..")]
    if len(parts) > 1 and (_DRIVE.match(parts[0]) or _SCHEME.match(parts[0])):
        parts = parts[1:]
    safe = [safe_part(part) for part in parts]
    while len(safe) > 1 and len("/".join(safe).encode()) > _MOST_PATH:
        del safe[0]
    return "/".join(safe) or "unnamed"


def safe_part(text: str) -> str:
    """Return a text as the name of a file or folder: no separators, hidden characters, dot in front, or device."""
    name = HIDDEN.sub("_", text.replace("\x00", "")).replace("/", "_").replace("\\", "_").strip().rstrip(".")
    if name.startswith(".") or _RESERVED.match(name):
        name = f"_{name}"
    if len(name.encode()) > _MOST_BYTES:
        stem, dot, ending = name.rpartition(".")
        ending = f"{dot}{ending}" if stem and len(ending.encode()) < 20 else ""
        kept = name.encode()[: _MOST_BYTES - len(ending.encode())].decode(errors="ignore")
        name = kept.rstrip(". ") + ending
    return name or "_"


def make_names(names: Iterable[str], *, by_stem: bool) -> tuple[list[str], int]:
    """Return what files of some names are called, and how many that changes.

    None is another one's folder, and none differs from another in capitals or composed letters alone.

    Args:
        names: The names that a project has.
        by_stem: Whether two must not differ in their endings alone, since a label file has the name's stem.
    """
    files: set[str] = set()
    folders: set[str] = set()
    made: list[str] = []
    changed = 0
    for name in names:
        safe = PurePosixPath(safe_name(name))
        if by_stem and safe.suffix.lower() in _LABELS:
            safe = safe.with_name(f"{safe.name}_")  # no label file
        candidate, number = safe, 1
        while True:
            own, above = _files_of(candidate, by_stem=by_stem), {_key(each) for each in candidate.parents[:-1]}
            if files.isdisjoint(own | above) and folders.isdisjoint(own):
                break
            number += 1
            candidate = safe.with_name(f"{safe.stem}-{number}{safe.suffix}")
            if not files.isdisjoint(above):
                candidate = PurePosixPath(f"{safe.parts[0]}-{number}", *safe.parts[1:])
        files |= own
        folders |= above
        made.append(str(candidate))
        changed += str(candidate) != name
    return made, changed


def _files_of(name: PurePosixPath, *, by_stem: bool) -> set[str]:
    stem = str(name.with_suffix(""))
    return {_key(name), *(_key(stem + ending) for ending in _LABELS if by_stem)}


def _key(name: PurePosixPath | str) -> str:
    return unicodedata.normalize("NFC", str(name)).casefold()
