"""What a format is: how it is asked for, read, read again and written."""

from __future__ import annotations

import os
from collections.abc import Callable, Collection, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, BinaryIO, Literal

import numpy as np
from numpy.typing import NDArray
from pydantic import BaseModel, ConfigDict

from assay.formats.known import Known
from assay.formats.predictions import Results
from assay.formats.source import Source
from assay.formats.writing.contents import Contents
from assay.formats.writing.options import Placement
from assay.formats.writing.output import FolderOutput, Kept, file_output
from assay.formats.writing.selection import Selection
from assay.media.files import list_images
from assay.project.places import resolve_path
from assay.project.store import Store
from assay.project.trust import is_wide

Ids = Literal["own", "name", "content"]
Append = Callable[[NDArray[np.float64]], int]

_WITHOUT_LABELS = ("folder", "class-folder")  # kinds whose labels are the images folder


class Options(BaseModel):
    """Base of what a format is asked with; unknown fields are refused."""

    model_config = ConfigDict(extra="forbid")


@dataclass(frozen=True)
class KnownIds:
    """Ids that a project has given already and that stay: a refresh or addition gives new ones to what is new.

    Attributes:
        images: By file name.
        classes: By name.
        next_image: The least id that no image or annotation has.
    """

    images: Mapping[str, int] = field(default_factory=dict)
    classes: Mapping[str, int] = field(default_factory=dict)
    next_image: int = 1


@dataclass
class Reading:
    """What a reader works with.

    Attributes:
        labels: The file or folder that the labels come from; see :meth:`label_files`.
        images: The folder that file names are relative to.
        options: The format's options as they were asked for; at a refresh what the reader left in `kept`.
        append: Takes coordinates to keep, float64, and returns the word at which they start.
        known: Ids that stay, for a format that numbers its records by :attr:`Format.ids`.
        split: The split that all images are to belong to, where one was asked for.
        stage: Called with what is being done, and of how much.
        progress: Called with how much is done, and of how much.
        kept: What a refresh must know to read the source again; the reader fills it.
    """

    labels: Path
    images: Path
    options: Mapping[str, Any]
    append: Append
    known: KnownIds = field(default_factory=KnownIds)
    split: str | None = None
    stage: Callable[[str, int | None], None] = lambda _name, _total: None
    progress: Callable[[int, int | None], None] = lambda _done, _total: None
    kept: dict[str, Any] = field(default_factory=dict)

    def label_files(self, *endings: str) -> list[Path]:
        """Return the labels' file or, of a folder, the files in it and below that end so, sorted.

        Raises:
            InputError: the folder cannot be listed.
        """
        if not self.labels.is_dir():
            return [self.labels]
        return [self.labels / name for name in list_images(self.labels, [f"*{ending}" for ending in endings])]


@dataclass(frozen=True)
class Writing:
    """What a writer works with.

    Attributes:
        store: The project.
        path: Where it is written; whether something may be replaced there has been checked.
        options: The writer's options as they were asked for.
        selection: What of the project is written, and under which classes.
        placement: What becomes of pictures: one of :attr:`Writer.placements`.
        is_dry: Whether nothing is written and only counted what would be, and what would be lost.
        stage: Called with what is being done, and of how much.
        progress: Called now and then with how much is done, and of how much; raises CancelledError where the job is to
            stop, and then no half of a file may be left.
    """

    store: Store
    path: Path
    options: Mapping[str, Any]
    selection: Selection
    placement: Placement = "reference"
    is_dry: bool = False
    stage: Callable[[str, int | None], None] = lambda _name, _total: None
    progress: Callable[[int, int | None], None] = lambda _done, _total: None

    def contents(
        self, *, by_stem: bool = False, folder_of: Callable[[str | None], str] = lambda _split: ""
    ) -> Contents:
        """Return the images and objects that are written, see :meth:`Contents.of`."""
        return Contents.of(self.store, self.selection, by_stem=by_stem, folder_of=folder_of)

    def open_file(self) -> AbstractContextManager[BinaryIO]:
        """Give the file to write, of a format that is one: see :func:`file_output`."""
        return file_output(self.path, self.store.directory, self._kept(), is_dry=self.is_dry)

    @contextmanager
    def open_folder(self) -> Iterator[FolderOutput]:
        """Give the folder to write, of a format that is one: see :class:`FolderOutput`."""
        output = FolderOutput(self.path, self.store.directory, is_dry=self.is_dry)
        with output.finishing(self._kept()):
            yield output

    def _kept(self) -> Kept:
        """Return what the project is made of."""
        directory = self.store.directory
        with self.store.read() as cursor:
            sources = cursor.execute("SELECT path, image_root, kind FROM source").fetchall()
            pictures = cursor.execute("SELECT path FROM image WHERE path IS NOT NULL").fetchall()
        labels = [resolve_path(directory, path) for path, _, _ in sources]
        return Kept(
            [directory, *labels, *(resolve_path(directory, root) for _, root, _ in sources)],
            [
                path
                for path, (*_, kind) in zip(labels, sources, strict=True)
                if kind not in _WITHOUT_LABELS and path.is_dir()
            ],
            [str(directory / path) for (path,) in pictures],
        )


@dataclass(frozen=True)
class Writer:
    """How a project is written in a format.

    Attributes:
        options: What it is asked with, beside what every export is.
        write: Writes a project; returns what the job tells beside the path: ``images``, ``annotations``, and in
            ``lost`` by reason how often something was left out that the format cannot say.
        placements: What may become of pictures; the first is the default.
        is_folder: Whether a folder is written; else a file.
    """

    options: type[Options]
    write: Callable[[Writing], dict[str, Any]]
    placements: tuple[Placement, ...] = ("reference",)
    is_folder: bool = False


@dataclass(frozen=True)
class Recognised:
    """What a path is in a format.

    Attributes:
        reason: What was seen, for people: "a JSON object with images and annotations".
        options: The options that follow from the path; what a format needs beside them has to be asked for.
    """

    reason: str
    options: Mapping[str, Any]


@dataclass(frozen=True)
class PredictionReader:
    """How predictions are read in a format.

    Attributes:
        title: What is read, for the documentation: "COCO results".
        read: Reads a file: given its path, what comes into question as images and classes, what takes coordinates to
            keep (see :attr:`Reading.append`) and what is called with the share 0..1 that has been read.
        kind: What sets that come of it are: ``coco`` where records are objects, else ``classification``.
    """

    title: str
    read: Callable[[Path, Known, Append, Callable[[float], None]], Results]
    kind: Literal["coco", "classification"] = "coco"


@dataclass(frozen=True, eq=False)  # one is another format than any other, and can be a key
class Format:
    """A format that datasets come in.

    Attributes:
        key: Its name in routes, jobs and Python.
        title: What it gives, after "Import": "a COCO dataset".
        options: What it is asked with.
        images: The option that names the images folder.
        labels: The option that names the file or folder of the labels; `images` where that is all there is.
        read: Reads a source.
        kinds: What sources of it are called in projects; the first is written.
        ids: Where records' ids come from: the source's ``own``; or numbers that stay with an image's ``name``, or,
            where its file was renamed, with the file's ``content``.
        in_one_file: Whether all labels lie in the one file that `labels` names: then a refresh passes over a source
            whose file is as it was. Else they lie in a folder, or in files that are named there.
        names_files: Whether that one file names further ones, which are opened while it is read.
        list_names: Returns the file names of a labels file, read with what was kept, by which a file that has moved is
            told from another's; None where they cannot be told.
        recognises: Tells what a file or folder is in this format; None where it is not, or cannot be told, and where
            nothing is recognised at all. Reads little: it is asked of every format.
        images_of: Returns the folder that the images of labels are best relative to, where none is named; what
            :attr:`recognises` tells where None. None of a path for which it cannot be told.
        messages: What only it tells the import doctor, by code.
        writer: How a project is written in it; None where it cannot be.
        predictions: How predictions are read in it; None where they cannot be.
    """

    key: str
    title: str
    options: type[Options]
    images: str
    labels: str
    read: Callable[[Reading], Source]
    kinds: tuple[str, ...]
    ids: Ids = "own"
    in_one_file: bool = True
    names_files: bool = False
    list_names: Callable[[Path, Mapping[str, Any]], Collection[str]] | None = None
    recognises: Callable[[Path], Recognised | None] | None = None
    images_of: Callable[[Path], Path | None] | None = None
    messages: Mapping[str, str] = field(default_factory=dict)
    writer: Writer | None = None
    predictions: PredictionReader | None = None

    @property
    def is_folder(self) -> bool:
        """Whether the images folder is all that a source consists of."""
        return self.images == self.labels

    @property
    def leads_on(self) -> bool:
        """Whether reading labels opens further files, which lie among them or are named in them."""
        return not self.is_folder and (self.names_files or not self.in_one_file)

    def find_images(self, labels: Path) -> Path | None:
        """Return the folder that the images of some labels lie in; None where it does not follow from them.

        Neither does it where that were all of a disk or of a person's files: labels must not lead there.
        """
        folder: Path | str | None = None
        if self.images_of is not None:
            folder = self.images_of(labels)
        elif self.recognises is not None and (seen := self.recognises(labels)) is not None:
            folder = seen.options.get(self.images)
        return None if folder is None or is_wide_folder(folder) else Path(folder)

    def has_labels(self, path: Path) -> bool:
        """Tell whether labels can be at a path: a file where all are in one, else also a folder."""
        return path.is_file() or (not self.in_one_file and path.is_dir())


def is_wide_folder(folder: Path | str | None) -> bool:
    """Tell whether a folder holds all of a disk, or of a person's files."""
    return folder is not None and (is_wide(os.path.abspath(folder)) or is_wide(os.path.realpath(folder)))  # noqa: PTH100
