"""What exported pictures are called: safe below a folder, and each name once."""

from __future__ import annotations

import re
from collections.abc import Iterable
from pathlib import PurePosixPath

_DRIVE = re.compile(r"[A-Za-z]:$")
_SCHEME = re.compile(r"[A-Za-z][A-Za-z0-9+.\-]+:$")


def safe_name(name: str) -> str:
    """Return a file name as a relative path with forward slashes that leads nowhere else: no drive, root or ``..``."""
    parts = [part for part in name.replace("\\", "/").split("/") if part not in ("", ".", "..")]
    if len(parts) > 1 and (_DRIVE.match(parts[0]) or _SCHEME.match(parts[0])):
        parts = parts[1:]
    return "/".join(part.replace("\x00", "").strip() or "_" for part in parts) or "unnamed"


def make_names(names: Iterable[str], *, by_stem: bool) -> tuple[list[str], int]:
    """Return what files of some names are called, and how many that changes.

    Args:
        names: The names that a project has.
        by_stem: Whether two must not differ in their endings alone, since a label file has the name's stem.
    """
    taken: set[str] = set()
    made: list[str] = []
    changed = 0
    for name in names:
        safe = PurePosixPath(safe_name(name))
        candidate, number = safe, 1
        while (key := str(candidate.with_suffix("") if by_stem else candidate).casefold()) in taken:
            number += 1
            candidate = safe.with_name(f"{safe.stem}-{number}{safe.suffix}")
        taken.add(key)
        made.append(str(candidate))
        changed += str(candidate) != name
    return made, changed
