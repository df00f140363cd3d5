"""Files that are written whole and renamed into place."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path


@contextmanager
def replacing(path: Path, temporary: Path) -> Iterator[Path]:
    """Give the temporary file to write, which takes the place of another when the block ends well, else goes.

    Raises:
        OSError: It cannot be renamed.
    """
    try:
        yield temporary
        temporary.replace(path)
    except BaseException:
        with suppress(OSError):
            temporary.unlink(missing_ok=True)
        raise
