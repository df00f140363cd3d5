"""Symbolic links inside the project: its own files must be its own."""

from __future__ import annotations

import os
from collections.abc import Iterator

from assay.project.checkup.subject import Finding, Subject
from assay.project.coordinates import GEOMETRY_FILE
from assay.project.lock import PROJECT_LOCK
from assay.project.manifest import COVER, DATABASE, MANIFEST

_OWN = (MANIFEST, DATABASE, f"{DATABASE}.wal", GEOMETRY_FILE, PROJECT_LOCK, COVER, "cache", "embeddings")


def check_links(subject: Subject) -> Iterator[Finding]:
    """Find the project's own files and folders that are links; links to images are the import's own."""
    for name in _OWN:
        path = subject.directory / name
        if path.is_symlink():
            yield Finding(
                "error",
                "A file of the project is a symbolic link.",
                item=str(path),
                expected="a file or folder of its own",
                actual=f"a link to {os.readlink(path)}",  # noqa: PTH115 - the text, not a path
                hint="Replace the link by what it leads to, if you trust where the project comes from.",
            )
