"""The cache of thumbnails: whether all that its packs hold can be read."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from functools import partial

from assay.media.packs import PackStore
from assay.project.checkup.subject import Finding, Subject
from assay.project.store import THUMBNAILS


def check_cache(subject: Subject) -> Iterator[Finding]:
    """Read every record; a cache with a damaged one is thrown away when healed, and fills again by itself."""
    folder = subject.directory / THUMBNAILS
    if not folder.exists():
        return
    damaged = PackStore(folder, max_bytes=1).count_damaged()
    if damaged:
        yield Finding(
            "warning",
            "The cache of thumbnails is damaged.",
            item=str(folder),
            expected="packs that can be read to their end",
            actual=f"{damaged} records or packs that cannot",
            hint="`assay project doctor --heal` empties it; it fills again by itself.",
            count=damaged,
            heal=partial(shutil.rmtree, folder),
        )
