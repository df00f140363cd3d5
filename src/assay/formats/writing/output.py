"""Where an export goes: a file, or a folder of files, which is there whole in the end or not at all."""

from __future__ import annotations

import errno
import os
import secrets
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import BinaryIO

from assay.errors import ExistsError
from assay.formats.writing.options import Placement
from assay.media.reading import open_image
from assay.outputs import writing
from assay.ownfiles import refuse_links, replacing
from assay.patience import PatientThreads
from assay.project.places import make_link

_COPY_LIMIT_S = 120.0
_COPIED_AT_ONCE = 1 << 20


class FolderOutput:
    """A folder that is written beside its place and renamed into it.

    Where there is a folder already and may be replaced, those of its entries are that the new one has; others stay.

    Args:
        path: The folder.
        directory: The project's.
        is_dry: Whether nothing is written.
    """

    def __init__(self, path: Path, directory: Path, *, is_dry: bool) -> None:
        self.path = path
        self.is_dry = is_dry
        self._directory = directory
        self._work = path.with_name(f".{path.name[:100]}.{secrets.token_hex(8)}.tmp")
        self._made: set[Path] = set()
        self._threads = PatientThreads("assay-copying", 1, _COPY_LIMIT_S)

    @contextmanager
    def finishing(self, keep: list[Path]) -> Iterator[None]:
        """Give a block that writes; when it ends well the folder takes its place, else nothing of it is left.

        Args:
            keep: Files and folders that must not be replaced.

        Raises:
            ExistsError: something that must stay lies in its place.
            OSError: it cannot be written.
        """
        if self.is_dry:
            yield
            return
        if self.path.is_relative_to(self._directory):
            refuse_links(self._directory, self.path.parent)
        self.path.parent.mkdir(parents=True, exist_ok=True)
        self._work.mkdir()
        try:
            yield
            self._take_place(keep)
        finally:
            shutil.rmtree(self._work, ignore_errors=True)

    def write(self, name: str, data: bytes) -> None:
        """Write a file at a path below the folder."""
        if not self.is_dry:
            self._place(name).write_bytes(data)

    @contextmanager
    def open(self, name: str) -> Iterator[BinaryIO]:
        """Give a file at a path below the folder to write."""
        with (Path(os.devnull) if self.is_dry else self._place(name)).open("wb") as file:
            yield file

    def place(self, name: str, picture: Path, how: Placement) -> bool:
        """Copy a picture to a path below the folder, or link it there; return whether there is such a file.

        Raises:
            UnavailableError: a disk or share does not answer.
            OSError: it cannot be read or written.
        """
        work = partial(self._put, None if self.is_dry else self._place(name), picture, how)
        return self._threads.wait(self._threads.submit(str(picture.parent), work, item=str(picture)))

    def _put(self, target: Path | None, picture: Path, how: Placement) -> bool:
        if not picture.is_file():
            return False
        if target is None or how == "reference":
            return True
        if how == "link":
            make_link(target, picture)
            return True
        with (
            open_image(picture) as (descriptor, _),
            target.open("xb") as copy,
            open(descriptor, "rb", closefd=False) as f,
        ):
            shutil.copyfileobj(f, copy, _COPIED_AT_ONCE)
        return True

    def _place(self, name: str) -> Path:
        place = self._work / name
        if place.parent not in self._made:
            place.parent.mkdir(parents=True, exist_ok=True)
            self._made.add(place.parent)
        return place

    def _take_place(self, keep: list[Path]) -> None:
        try:
            self._work.rename(self.path)  # also over an empty folder
        except OSError as error:
            if error.errno not in (errno.ENOTEMPTY, errno.EEXIST, errno.ENOTDIR):
                raise
        else:
            return
        if not self.path.is_dir() or self.path.is_symlink():
            self.path.unlink()
            self._work.rename(self.path)
            return
        entries = sorted(self._work.iterdir())
        for entry in entries:
            _refuse_kept(self.path / entry.name, keep)
        for entry in entries:
            old = self.path / entry.name
            if old.is_dir() and not old.is_symlink():
                shutil.rmtree(old)
            elif os.path.lexists(old):
                old.unlink()
            entry.rename(old)


def _refuse_kept(place: Path, keep: list[Path]) -> None:
    real = Path(os.path.realpath(place))
    for each in keep:
        if Path(os.path.realpath(each)).is_relative_to(real):
            raise ExistsError(
                "What the project is made of lies where the export would be written; nothing was replaced.",
                item=str(place)[:500],
                expected="a folder of its own",
                actual=f"{each} is in it"[:500],
            )


@contextmanager
def file_output(path: Path, directory: Path, *, is_dry: bool) -> Iterator[BinaryIO]:
    """Give a file to write that takes its place when the block ends well.

    Args:
        path: The file.
        directory: The project's.
        is_dry: Whether nothing is written.

    Raises:
        StorageError: it lies in the project, behind a symbolic link.
        OSError: it cannot be written.
    """
    if is_dry:
        with Path(os.devnull).open("wb") as nothing:
            yield nothing
        return
    is_own = path.is_relative_to(directory)
    if is_own:
        refuse_links(directory, path.parent)
    with replacing(path) if is_own else writing(path) as file:
        yield file
