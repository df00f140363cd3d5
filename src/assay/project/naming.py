"""Names of projects: folder names that work on every system."""

from __future__ import annotations

import re
from pathlib import Path

from assay.errors import UsageError

_FORBIDDEN = re.compile(r'[<>:"/\\|?*\x00-\x1f]')
_RESERVED = {
    "con",
    "prn",
    "aux",
    "nul",
    *(f"com{i}" for i in range(1, 10)),
    *(f"lpt{i}" for i in range(1, 10)),
}
_MAX_LENGTH = 100


def check_project_name(name: str) -> str:
    """Return ``name`` if it can be a folder's name on every system.

    Raises:
        UsageError: the name is empty, too long, starts with a dot or holds a reserved character.
    """
    problem = None
    if not is_text(name):
        problem = "bytes that are no text"
    elif not name.strip():
        problem = "an empty name"
    elif len(name.encode()) > _MAX_LENGTH:
        problem = f"{len(name.encode())} bytes"
    elif _FORBIDDEN.search(name):
        problem = f"the character {_FORBIDDEN.search(name)[0]!r}"  # type: ignore[index]
    elif name[0] == "." or name[-1] in ". " or name[0] == " ":
        problem = "a name that starts with a dot or space, or ends with one"
    elif name.split(".", maxsplit=1)[0].lower() in _RESERVED:
        problem = "a name that Windows reserves"
    if problem:
        raise UsageError(
            "This cannot be a project's name.",
            item=name[:60].encode(errors="backslashreplace").decode(),
            expected=f'1 to {_MAX_LENGTH} bytes without < > : " / \\ | ? * and not starting with a dot',
            actual=problem,
            hint="Choose another name with --name.",
        )
    return name


def is_text(name: str) -> bool:
    """Tell whether a file's name is text; one that is other bytes could not be named in a request."""
    try:
        name.encode()
    except UnicodeEncodeError:
        return False
    return True


def suggest_project_name(source: Path) -> str:
    """Return a legal project name made from a file's or folder's name."""
    name = _FORBIDDEN.sub("-", source.stem if source.is_file() else source.name).strip(". ")
    name = name.encode()[:_MAX_LENGTH].decode(errors="ignore").strip(". ") or "project"
    return f"{name}-data" if name.split(".")[0].lower() in _RESERVED else name
