"""Where an export goes: a file, or a folder of files, which is there whole in the end or not at all."""

from __future__ import annotations

import errno
import os
import secrets
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cached_property, partial
from pathlib import Path
from typing import BinaryIO

from assay.errors import ExistsError
from assay.formats.writing.options import Placement
from assay.media.reading import open_image
from assay.outputs import writing
from assay.ownfiles import clear_left, holding, refuse_links, replacing
from assay.patience import PatientThreads
from assay.project.places import make_link
from assay.project.trust import is_below


@dataclass(frozen=True)
class Kept:
    """What the project is made of, which no export replaces.

    Attributes:
        places: Its own folder, the labels, and the images folders.
        labels: Folders of labels.
        pictures: The images' files.
    """

    places: list[Path]
    labels: list[Path]
    pictures: list[str]

    def refuse(self, place: Path) -> None:
        """Refuse to replace what is one of them, has one in it, or lies among labels; a link is replaced itself.

        Raises:
            ExistsError: it is.
        """
        real = _own_place(place)
        found = next((each for each in self._real_places if is_below(each, real)), None)
        found = found or next((each for each in self._real_labels if is_below(real, each)), None)
        if found is not None or real in self._real_pictures:
            raise ExistsError(
                "What the project is made of lies where the export would be written; nothing was replaced.",
                item=str(place)[:500],
                expected="a file or folder of its own",
                actual=(found or "an image of the project, or its folder")[:500],
            )

    @cached_property
    def _real_places(self) -> list[str]:
        return [real for place in self.places for real in (os.path.realpath(place), _own_place(place))]

    @cached_property
    def _real_labels(self) -> list[str]:
        return [os.path.realpath(folder) for folder in self.labels]

    @cached_property
    def _real_pictures(self) -> set[str]:
        """The images' files with links followed and not, and all folders that they lie in."""
        folders: dict[str, str] = {}
        found: set[str] = set()
        for picture in self.pictures:
            folder, name = os.path.split(picture)
            if folder not in folders:
                folders[folder] = os.path.realpath(folder)
            own = os.path.join(folders[folder], name)  # noqa: PTH118 - texts keep millions of them fast
            for path in (own, os.path.realpath(own)) if os.path.islink(own) else (own,):  # noqa: PTH114
                while path not in found:
                    found.add(path)
                    path = os.path.dirname(path)  # noqa: PTH120, PLW2901
        return found


def _own_place(path: Path) -> str:
    """Return a path with the links on its way followed, but not a link at its end."""
    return os.path.join(os.path.realpath(path.parent), path.name)  # noqa: PTH118


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
    def finishing(self, keep: Kept) -> Iterator[None]:
        """Give a block that writes; when it ends well the folder takes its place, else nothing of it is left.

        Args:
            keep: What must not be replaced.

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
        clear_left(self.path)
        self._work.mkdir()
        try:
            with holding(self._work):
                yield
                self._take_place(keep)
        finally:
            shutil.rmtree(self._work, ignore_errors=True)

    def write(self, name: str, data: bytes) -> None:
        """Write a file at a path below the folder."""
        if not self.is_dry:
            with self._place(name).open("xb") as file:  # never through a link that stands there
                file.write(data)

    @contextmanager
    def open(self, name: str) -> Iterator[BinaryIO]:
        """Give a file at a path below the folder to write."""
        with Path(os.devnull).open("wb") if self.is_dry else self._place(name).open("xb") as file:
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

    def _take_place(self, keep: Kept) -> None:
        try:
            self._work.rename(self.path)  # also over an empty folder
        except OSError as error:
            if error.errno not in (errno.ENOTEMPTY, errno.EEXIST, errno.ENOTDIR):
                raise
        else:
            return
        if not self.path.is_dir() or self.path.is_symlink():
            keep.refuse(self.path)
            self.path.unlink()
            self._work.rename(self.path)
            return
        entries = sorted(self._work.iterdir())
        for entry in entries:
            if os.path.lexists(self.path / entry.name):
                keep.refuse(self.path / entry.name)
        self._swap(entries)

    def _swap(self, entries: list[Path]) -> None:
        """Put the new entries in the place of the old ones, which are deleted last; all of them or none."""
        away = self._work / f".{secrets.token_hex(8)}"
        away.mkdir()
        moved: list[tuple[Path, Path]] = []  # from, to
        try:
            for entry in entries:
                place = self.path / entry.name
                for source, target in ((place, away / entry.name), (entry, place)):
                    if os.path.lexists(source):
                        source.rename(target)
                        moved.append((source, target))
        except OSError:
            for source, target in reversed(moved):
                target.rename(source)
            raise


@contextmanager
def file_output(path: Path, directory: Path, keep: Kept, *, is_dry: bool) -> Iterator[BinaryIO]:
    """Give a file to write that takes its place when the block ends well.

    Args:
        path: The file.
        directory: The project's.
        keep: What must not be replaced.
        is_dry: Whether nothing is written.

    Raises:
        ExistsError: something that must stay lies there.
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
    if path.is_file():
        keep.refuse(Path(os.path.realpath(path)))  # a link to a file stays one
    clear_left(path)
    with replacing(path) if is_own else writing(path) as file:
        yield file
