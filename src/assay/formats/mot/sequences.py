"""MOTChallenge's sequences on disk: a folder each, with its frames, its boxes and what it says of itself."""

from __future__ import annotations

import configparser
import re
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from assay.errors import InputError
from assay.formats.gathering import read_size
from assay.formats.label_text import is_label_file, read_label_text
from assay.formats.mot.lines import CLASSES
from assay.media.files import IMAGE_EXTENSIONS, list_images

_FILE = "seqinfo.ini"
_DEPTH = 4
_MOST_FRAMES = 100_000  # that a file may promise without their being there
_SPLITS = frozenset({"train", "val", "test"})
_FRAMES = "img1"


@dataclass(frozen=True)
class Sequence:
    """A sequence.

    Attributes:
        folder: Where it lies.
        name: What it is called.
        frames_folder: The folder of its frames, below it.
        ending: Of its frames' files.
        length: How many frames it says to have; 0 where it does not.
        size: Width and height of its frames, or None.
        split: That of the folder round it, or None.
    """

    folder: Path
    name: str
    frames_folder: str = _FRAMES
    ending: str = ".jpg"
    length: int = 0
    size: tuple[int, int] | None = None
    split: str | None = None

    @property
    def truth(self) -> Path:
        """Its boxes."""
        return self.folder / "gt" / "gt.txt"

    @property
    def detections(self) -> Path:
        """What a detector found."""
        return self.folder / "det" / "det.txt"

    @cached_property
    def pictures(self) -> dict[int, str]:
        """The files of frames by number, as they are called, else in their order."""
        folder = self.folder / self.frames_folder
        names = [name for name in (list_images(folder) if folder.is_dir() else []) if "/" not in name]
        stems = [name.rpartition(".")[0] for name in names]
        if all(stem.isascii() and stem.isdecimal() and len(stem) < 10 for stem in stems):
            return {int(stem): name for stem, name in zip(stems, names, strict=True) if int(stem) >= 1}
        return dict(enumerate(sorted(names, key=_natural), start=1))

    def picture_of(self, frame: int) -> str:
        """Return the file of a frame below the sequence's folder, also where it is missing."""
        name = self.pictures.get(frame) or f"{frame:06d}{self.ending}"
        return f"{self.frames_folder}/{name}" if self.frames_folder else name

    def class_names(self) -> dict[int, str]:
        """Return what numbers of classes mean: lines of ``gt/labels.txt``, as CVAT writes it, else MOTChallenge's."""
        file = self.folder / "gt" / "labels.txt"
        if not is_label_file(file):
            return CLASSES
        return {at: line.strip() for at, line in enumerate(read_label_text(file).splitlines(), start=1) if line.strip()}


def find_sequences(path: Path) -> list[Sequence]:
    """Return the sequence that lies in a folder, else those in the folders below it, by name.

    Raises:
        InputError: there is none.
    """
    folders = _search(path, _DEPTH)
    if not folders:
        raise InputError(
            "The folder holds no sequence of MOTChallenge.",
            item=str(path),
            expected=f"{_FILE}, gt/gt.txt or det/det.txt, there or in folders below",
            actual="none of them",
        )
    return [_describe(folder, path) for folder in folders]


def is_sequence(folder: Path) -> bool:
    """Tell whether a sequence lies in a folder."""
    return any(is_label_file(folder / name) for name in (_FILE, "gt/gt.txt", "det/det.txt"))


def _search(folder: Path, depth: int) -> list[Path]:
    if is_sequence(folder):
        return [folder]
    if depth == 0 or not folder.is_dir():
        return []
    try:
        below = sorted(each for each in folder.iterdir() if each.is_dir() and not each.name.startswith("."))
    except OSError:
        return []
    return [found for each in below for found in _search(each, depth - 1)]


def _describe(folder: Path, root: Path) -> Sequence:
    told = _read_info(folder / _FILE) if is_label_file(folder / _FILE) else {}
    sides = read_size(told.get("imwidth")), read_size(told.get("imheight"))
    frames = told.get("imdir", _FRAMES).strip("/\\ ")
    if not re.fullmatch(r"[\w.\- ]*", frames) or frames.startswith("."):
        frames = _FRAMES  # it would lead elsewhere
    ending = told.get("imext", ".jpg").lower()
    length = read_size(told.get("seqlength")) or 0
    between = [folder.name, *(each.name for each in folder.parents if each.is_relative_to(root))][1:]
    return Sequence(
        folder,
        folder.absolute().name,
        frames if (folder / frames).is_dir() or not _has_pictures(folder) else "",
        ending if ending in IMAGE_EXTENSIONS else ".jpg",
        length if length <= _MOST_FRAMES else 0,
        (sides[0], sides[1]) if sides[0] and sides[1] else None,
        next((name.lower() for name in between if name.lower() in _SPLITS), None),
    )


def _has_pictures(folder: Path) -> bool:
    return any(each.suffix.lower() in IMAGE_EXTENSIONS for each in folder.iterdir())


def _read_info(file: Path) -> dict[str, str]:
    """Return what a sequence says of itself; nothing where that is no such file."""
    parser = configparser.ConfigParser(interpolation=None, strict=False)
    try:
        parser.read_string(read_label_text(file))
    except (configparser.Error, InputError):
        return {}
    section = next((name for name in parser.sections() if name.lower() == "sequence"), None)
    return {} if section is None else dict(parser.items(section))


def _natural(name: str) -> list[tuple[int, str]]:
    """Return a key that puts numbers in names in their order."""
    parts = re.split(r"([0-9]+)", name)
    return [(int(part), "") if part.isascii() and part.isdigit() and len(part) < 100 else (-1, part) for part in parts]
