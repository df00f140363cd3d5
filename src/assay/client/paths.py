"""Paths that a person wrote, as the process that serves a project can understand them."""

from __future__ import annotations

import os
from pathlib import Path

from assay.project.paths import absolute


def name_source(source: int | str | Path | None) -> int | str | None:
    """Return the reference to a source in a request: a number, or a path of which the end suffices.

    A path that depends on where one is (``../val.json``, ``~/val.json``) is written from the root on.
    """
    if source is None or isinstance(source, int):
        return source
    text = str(source)
    depends = text.startswith("~") or {".", ".."} & set(text.replace("\\", "/").split("/"))
    return os.path.normpath(absolute(text)) if depends else text
