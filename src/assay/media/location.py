"""Locations of image files, which a process of another machine can open as well.

A location names a root by a key and a path below it. Where the root lies, each machine knows for itself: as the project
has it, unless the variable ``ASSAY_IMAGE_ROOTS`` says otherwise there, a JSON object such as
``{"source-0": "/mnt/photographs"}``.
"""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache

from assay.errors import UsageError

_VARIABLE = "ASSAY_IMAGE_ROOTS"
Roots = Mapping[str, str]
"""Where roots lie: per key a folder, without a slash at its end."""


@dataclass(frozen=True, slots=True)
class ImageLocation:
    """Where an image's file is.

    Attributes:
        root: Key of a root; empty for a file below none, which only machines with the same file system can open.
        path: Below the root, with forward slashes; a whole path where ``root`` is empty.
    """

    root: str
    path: str

    def resolve(self, roots: Roots) -> str:
        """Return the path of the file where the roots lie so.

        Raises:
            UsageError: There is no root of that key.
        """
        if not self.root:
            return self.path
        if self.root not in roots:
            raise UsageError(
                "The place of the images is not known here.",
                item=self.root,
                expected=", ".join(sorted(roots)) or "a root of that key",
                actual="no such root",
                hint=f"Name its place on this machine in {_VARIABLE}.",
            )
        return f"{roots[self.root]}/{self.path}"


def locate_below(path: str, roots: Roots) -> ImageLocation:
    """Return the location of a file: below the root that is nearest to it, or below none."""
    path = path.replace(os.sep, "/")
    best = ""
    for key, place in roots.items():
        below = path.startswith(f"{place}/") and not path.startswith(f"{place}/../")
        if below and (not best or len(place) > len(roots[best])):
            best = key
    return ImageLocation(best, path[len(roots[best]) + 1 :] if best else path)


def roots_here(roots: Roots) -> Roots:
    """Return the paths of a project's roots on this machine.

    Args:
        roots: Where they lie on the machine that has the project.

    Raises:
        UsageError: The variable does not hold a JSON object of folders.
    """
    text = os.environ.get(_VARIABLE)
    return {**roots, **_parse(text)} if text else roots


@lru_cache(maxsize=1)
def _parse(text: str) -> dict[str, str]:
    try:
        places = json.loads(text)
    except ValueError:
        places = None
    if not isinstance(places, dict) or not all(isinstance(place, str) for place in places.values()):
        raise UsageError(
            "The places of the images cannot be read.",
            item=_VARIABLE,
            expected='a JSON object such as {"source-0": "/mnt/photographs"}',
            actual=text[:100],
        )
    return {key: place.rstrip("/") for key, place in places.items()}
