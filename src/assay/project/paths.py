"""Paths as a person or a program gives them."""

from __future__ import annotations

import errno
import os
from pathlib import Path

from assay.errors import InputError
from assay.project.naming import is_text

_SHOWN = 500


def absolute(path: str | Path) -> Path:
    """Return a path from the root on; ``~`` is the home folder, an unknown user's home stays as it is written.

    Raises:
        InputError: no file can have the path, or it is relative and the working folder is gone.
    """
    text = os.fspath(path)
    if "\0" in text or not is_text(text):
        raise InputError(
            "The path cannot be a file's.",
            item=text[:_SHOWN].encode(errors="backslashreplace").decode().replace("\0", "\\x00"),
            expected="a path in UTF-8 without NUL characters",
            actual="a NUL character" if "\0" in text else "half a surrogate pair, or bytes that are no text",
        )
    full = Path(os.path.expanduser(text))  # noqa: PTH111 - Path.expanduser raises for an unknown user
    try:
        full = full.absolute()
    except FileNotFoundError as error:
        raise InputError(
            "The working folder is gone.",
            item=text[:_SHOWN],
            expected="a path from the root on, or a working folder that is there",
            actual="a relative path in a folder that was removed",
            hint="Change to another folder: cd",
        ) from error
    try:
        os.lstat(full)
    except OSError as error:
        if error.errno == errno.ENAMETOOLONG:
            raise InputError(
                "The path is too long.",
                item=f"{text[:_SHOWN]}…",
                expected="a path and a name of the lengths that the system allows",
                actual=f"{len(text):,} characters",
            ) from error
    return full
