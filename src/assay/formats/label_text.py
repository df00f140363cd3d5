"""Label files as text, whatever wrote them: with or without a mark of the encoding, and regular files only."""

from __future__ import annotations

import codecs
import json
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from assay.errors import InputError
from assay.formats.json_text import parse
from assay.media.reading import greatest_label_file, open_image
from assay.stopping import poll

_LINES = 1 << 14  # characters that are cut into lines at a time

_START = 256
_KIND = "a label file"
_MARKS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF32_LE, "utf-32-le"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)


def read_label_bytes(path: Path) -> bytes:
    """Return a label file's bytes; a pipe or device is not waited for.

    Raises:
        InputError: it is no regular file, too large, or cannot be read.
    """
    try:
        with open_image(path, expected=_KIND) as (descriptor, found), open(descriptor, "rb", closefd=False) as file:
            if found.st_size > greatest_label_file():
                raise too_large(str(path), found.st_size)
            return file.read(found.st_size)
    except (OSError, ValueError) as error:
        raise _unreadable(path, error) from error


def read_label_start(path: Path) -> bytes:
    """Return the first bytes of a label file, without a mark of UTF-8 and space before them.

    Raises:
        InputError: it is no regular file, or cannot be read.
    """
    try:
        with open_image(path, expected=_KIND) as (descriptor, _):
            return os.read(descriptor, _START).removeprefix(codecs.BOM_UTF8).lstrip()
    except (OSError, ValueError) as error:
        raise _unreadable(path, error) from error


def read_label_text(path: Path) -> str:
    """Return a label file as text, in whichever encoding; see :func:`read_label_bytes`.

    Raises:
        InputError: it is no regular file, too large, or cannot be read.
    """
    return to_text(read_label_bytes(path))[0]


def is_label_file(path: Path) -> bool:
    """Tell whether a regular file is at a path, also a path that no system can have."""
    try:
        return path.is_file()
    except (OSError, ValueError):
        return False


def too_large(item: str, size: int) -> InputError:
    """Return the error of what would be read as a whole and is larger than the setting ``max_label_file``."""
    return InputError(
        "A label file is too large to be read as a whole.",
        item=item,
        expected=f"at most {greatest_label_file():,} bytes",
        actual=f"{size:,} bytes",
        hint="Read larger ones with: assay config set max_label_file 1GB",
    )


def _unreadable(path: Path, error: Exception) -> InputError:
    return InputError(
        "A label file cannot be read.", item=str(path), expected="a readable file", actual=str(error)[:300]
    )


def each_line(text: str) -> Iterator[str]:
    """Yield the lines of a text as ``splitlines`` has them, without holding all of them; stops where its thread is to.

    A line of one character takes fifty bytes.
    """
    start = 0
    while start < len(text):
        poll()
        end = text.find("\n", start + _LINES) + 1 or len(text)
        yield from text[start:end].splitlines()
        start = end


def to_text(data: bytes) -> tuple[str, str | None]:
    """Return bytes as text, and the encoding where it is not UTF-8: by its mark, else Windows-1252 or Latin-1."""
    for mark, encoding in _MARKS:
        if data.startswith(mark):
            text = data[len(mark) :].decode(encoding, "replace")
            return text, None if encoding == "utf-8" else encoding
    for encoding in ("utf-8", "cp1252"):
        try:
            return data.decode(encoding), None if encoding == "utf-8" else encoding
        except UnicodeDecodeError:
            continue
    return data.decode("latin-1"), "latin-1"


def parse_labels(data: bytes) -> tuple[Any, str | None]:
    """Return the value of a JSON file, and its encoding where it is not UTF-8.

    Raises:
        ValueError: it is not JSON.
    """
    try:
        return parse(data), None  # of nearly all files, without a text between
    except (ValueError, RecursionError):
        text, encoding = to_text(data)
    try:
        return parse(text.encode("utf-8", "surrogatepass")), encoding
    except json.JSONDecodeError as error:
        raise ValueError(f"{error.msg} at line {error.lineno}") from error
    except RecursionError as error:
        raise ValueError("nested too deeply") from error
