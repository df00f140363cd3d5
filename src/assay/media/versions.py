"""Keys of cached renderings of an image file: another key as soon as the file is another."""

from __future__ import annotations

import hashlib
import os

_RENDERING = 2
"""To be raised whenever a file is shown differently: what was made before, or lies in a browser, is made anew.

2: 16-bit files of few bits are stretched.
"""


def file_version(path: str, stat: os.stat_result | None, *, oriented: bool) -> str:
    """Return a short text that changes when the file does; ``stat`` is None where it cannot be read."""
    if stat is None:
        return "missing"
    text = f"{_RENDERING}|{path}|{stat.st_mtime_ns}|{stat.st_size}|{oriented}"
    return hashlib.blake2b(text.encode("utf-8", "surrogatepass"), digest_size=8).hexdigest()


def thumbnail_key(path: str, stat: os.stat_result | None, *, oriented: bool) -> str:
    """Return the key of a file's thumbnail."""
    return f"t320:{file_version(path, stat, oriented=oriented)}"
