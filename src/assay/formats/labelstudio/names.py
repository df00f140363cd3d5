"""What images are called that Label Studio names by URL."""

from __future__ import annotations

import re
from collections import Counter
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit

from assay.media.files import IMAGE_EXTENSIONS, list_images

_UPLOAD = re.compile(r"^[0-9a-f]{8}-(?=.)")
_STORED = re.compile(r"(?:^|/)(?:data/)?upload/\d+/")
_HTTP = ("http", "https")


def is_image(value: Any) -> bool:
    """Tell whether a task's value may be the URL of its image."""
    if not isinstance(value, str) or not value or len(value) > 1 << 26:
        return False
    if value.startswith("data:image/"):
        return True
    path = value.partition("?d=")[2] if "local-files/?d=" in value else value.partition("?")[0]
    return unquote(path).lower().endswith(IMAGE_EXTENSIONS) or "://" in value or "/data/" in value


def path_of(url: str) -> str:
    """Return the path that an URL names, decoded: of an upload the file's name, of a bucket that and what is in it."""
    url = url.strip()
    try:
        parts = urlsplit(url)
    except ValueError:
        return url
    told = parse_qs(parts.query).get("d")
    if told and parts.path.rstrip("/").endswith("local-files"):
        return told[0].lstrip("/")
    if len(parts.scheme) < 2:  # none, or a drive of Windows
        parts = urlsplit("")
        path = unquote(url.partition("?")[0])
    else:
        path = unquote(parts.path)
    stored = _STORED.search(path)
    if stored:
        return path[stored.end() :]
    path = path.lstrip("/")
    return path if not parts.netloc or parts.scheme in _HTTP else f"{parts.netloc}/{path}"


def bare_name(path: str) -> str:
    """Return a file's name without the eight digits that an upload adds."""
    return _UPLOAD.sub("", path.rpartition("/")[2])


def count_files(images: Path) -> Counter[str]:
    """Return how often a file of each name lies in the images folder and below."""
    return Counter(name.rpartition("/")[2] for name in (list_images(images) if images.is_dir() else []))


def name_images(paths: list[str], found: Counter[str]) -> list[str]:
    """Return what images are called: as their paths say, or without the eight digits that an upload adds.

    The digits are left out where no file has them, and the name without is one file's and one image's.

    Args:
        paths: What :func:`path_of` returns of each.
        found: What :func:`count_files` returns.
    """
    bare = [bare_name(path) for path in paths]
    wanted = Counter(dict.fromkeys(zip(paths, bare, strict=True)))
    claims = Counter(name for _, name in wanted)
    return [
        name if path.rpartition("/")[2] not in found and found[name] == 1 and claims[name] == 1 else path
        for path, name in zip(paths, bare, strict=True)
    ]
