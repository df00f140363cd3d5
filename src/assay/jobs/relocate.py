"""Find annotation files and images folders again after the project or its data have moved."""

from __future__ import annotations

import logging
import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import orjson

from assay.errors import AssayError, InputError, NotFoundError, UsageError
from assay.formats.doctor import Doctor
from assay.formats.format import Format
from assay.formats.registry import format_of_kind
from assay.jobs.sources import check_folder, find_files, hash_file
from assay.project.places import follow, guess_places, home_of, make_link, resolve_path, store_path, store_paths
from assay.project.store import Store, insert_columns

logger = logging.getLogger(__name__)

_SAMPLE = 50
_ENOUGH = 0.5  # of the sampled images, to take a folder for the right one without being told so


@dataclass(frozen=True)
class Place:
    """A source and the places that the project has stored for it.

    Attributes:
        path, root: As they are stored.
    """

    number: int
    kind: str
    path: str
    root: str
    files: str
    content_hash: str | None
    options: dict[str, Any]

    @property
    def format(self) -> Format:
        """The format that reads the source."""
        return format_of_kind(self.kind)

    @property
    def is_folder(self) -> bool:
        """Whether the source is nothing but its images folder."""
        return self.format.is_folder


@dataclass(frozen=True)
class Relocated:
    """The result of looking for a source.

    Attributes:
        images: Its images folder, from the root on.
        annotations: Its annotation file, None where it has none.
        found, total: Of its images, how many files are there, and how many it has.
        changed: Whether anything was put down anew.
    """

    source: int
    kind: str
    images: str
    annotations: str | None
    found: int
    total: int
    changed: bool


def follow_move(store: Store) -> None:
    """Put down anew where the sources of a project lie that has been moved without them; called on opening.

    What is not found stays as it is: a refresh tells what to do.
    """
    home = home_of(store.directory)
    if store.read_only or store.manifest.home == home:
        return
    try:
        followed = [_follow(store, place) for place in list_places(store)]
        if all(followed):
            store.save_manifest(home=home)
    except (AssayError, OSError) as error:
        logger.info("%s: its sources were not looked for: %s", store.directory.name, error)


def _follow(store: Store, place: Place) -> bool:
    """Tell whether a source is at its stored place, or was found elsewhere."""
    root, path = _find_root(store, place), _find_file(store, place)
    if root is not None and not store.trust.may_read_images(root):
        return False
    if root is not None and (resolve_path(store.directory, place.root) != root or not _sees_images(store, place)):
        _put_down_root(store, place, root)
    if root is not None or path is not None:
        _put_down(store, place, root, path)
    if root is None or path is None:
        return False
    store.trust.approve_images(root)  # under its new path, too: else a further move would lose it
    if store.trust.may_read_file(path, leads_on=True):
        store.trust.approve_file(path)
    return True


def list_places(store: Store) -> list[Place]:
    """Return the sources with their places."""
    with store.read() as cursor:
        rows = cursor.execute(
            "SELECT source, kind, path, image_root, files, content_hash, options FROM source ORDER BY source"
        ).fetchall()
    return [
        Place(number, kind, path, root, files, content_hash, orjson.loads(options or "{}"))
        for number, kind, path, root, files, content_hash, options in rows
    ]


def relocate(
    store: Store, actor: str, *, images: Path | None, annotations: Path | None, source: int | None
) -> list[Relocated]:
    """Put down where a project's data lie now; look for them where nothing is named.

    Args:
        images: The images folder.
        annotations: The annotation file.
        source: The source that they are of; needed where there are several.

    Raises:
        InputError: what is named is not there or is not the source's; what is looked for cannot be found.
        NotFoundError: there is no such source.
        UsageError: there are several sources and none is named, or the source has no annotation file.
    """
    places = _choose(list_places(store), source, named=images is not None or annotations is not None)
    roots = {place.number: images or _find_root(store, place) for place in places}
    paths = {
        place.number: roots[place.number] if place.is_folder else annotations or _find_file(store, place)
        for place in places
    }
    for place in places:
        _check(store, place, roots[place.number], paths[place.number], images, annotations)
    if images is not None:  # who names a place has approved it
        store.trust.approve_images(images)
    if annotations is not None:
        store.trust.approve_file(annotations)
    return [_relocate(store, actor, place, roots[place.number], paths[place.number]) for place in places]


def _choose(places: list[Place], source: int | None, *, named: bool) -> list[Place]:
    if source is not None:
        selected = [place for place in places if place.number == source]
        if not selected:
            numbers = ", ".join(str(place.number) for place in places) or "none"
            raise NotFoundError("There is no such source.", item=f"source {source}", expected=numbers, actual="unknown")
        return selected
    if named and len(places) > 1:
        raise UsageError(
            "The project has several sources.",
            item="source",
            expected="the number of one: " + ", ".join(f"{p.number} ({p.path})" for p in places[:10]),
            actual="none",
            hint="Name it with --source.",
        )
    return places


def _check(
    store: Store, place: Place, root: Path | None, path: Path | None, images: Path | None, annotations: Path | None
) -> None:
    if annotations is not None and place.is_folder:
        raise UsageError(
            "The source has no annotation file.",
            item=f"source {place.number}",
            expected="the images folder alone",
            actual=str(annotations),
        )
    if images is not None:
        check_folder(images)
        names = _names(store, place)
        if names and not any(_find(names, images)):
            raise InputError(
                "None of the source's images are in the folder.",
                item=str(images),
                expected=f"files such as {names[0]}",
                actual=f"0 of {len(names):,} images found",
            )
    if annotations is not None:
        _check_annotations(store, place, annotations)
    for what, location, stored, option in (
        ("images folder", root, place.root, "--images DIR"),
        ("annotation file", path, place.path, "--annotations FILE"),
    ):
        if location is None:
            raise InputError(
                f"The {what} of source {place.number} cannot be found.",
                item=str(resolve_path(store.directory, stored)),
                expected=f"the {what} there, or below the folders that the project lies in",
                actual="nothing that fits",
                hint=f"Name it: assay project relocate {option}",
            )


def _check_annotations(store: Store, place: Place, file: Path) -> None:
    """Check that a file is the source's, by its hash or, if it has been edited since, by the images that it names.

    Raises:
        InputError: it cannot be read, or names no image of the source.
    """
    if not place.format.has_labels(file):
        raise InputError(
            "The annotation file cannot be read.",
            item=str(file),
            expected="a file" if place.format.in_one_file else "a file or folder",
            actual="a folder" if file.is_dir() else "nothing there",
        )
    list_names = place.format.list_names
    if list_names is None or _is_of_hash(file, place):
        return
    listed = set(list_names(file, place.options))
    names = _names(store, place)
    if names and not listed & set(names):
        raise InputError(
            "The file names none of the source's images.",
            item=str(file),
            expected=f"images such as {names[0]}",
            actual=f"{len(listed):,} others",
        )


def _relocate(store: Store, actor: str, place: Place, root: Path | None, path: Path | None) -> Relocated:
    assert root is not None  # noqa: S101 - checked
    assert path is not None  # noqa: S101 - checked
    count = _put_down_root(store, place, root)
    changed = _put_down(store, place, root, path)
    if changed:
        with store.write(changes_data=False) as cursor:
            detail = {"source": place.number, "images": str(root), "annotations": str(path)}
            Store.record(cursor, actor, "relocate", detail)
    return Relocated(
        place.number,
        place.kind,
        str(root),
        None if place.is_folder else str(path),
        count,
        len(_names(store, place)),
        changed,
    )


# ------------------------------------------------------------ looking


def _names(store: Store, place: Place) -> list[str]:
    with store.read() as cursor:
        rows = cursor.execute("SELECT file_name FROM image WHERE source = ? ORDER BY row", [place.number]).fetchall()
    return [name for (name,) in rows]


def _find(names: list[str], root: Path) -> list[Path | None]:
    return find_files(Doctor(), names, root)


def _sample(store: Store, place: Place) -> list[tuple[str, str, int | None]]:
    """Return name, path and known size of some images that had a file, spread over all."""
    with store.read() as cursor:
        rows = cursor.execute(
            "SELECT i.file_name, i.path, c.size_bytes FROM image i LEFT JOIN image_content c USING (row) "
            "WHERE i.source = ? AND i.path IS NOT NULL ORDER BY i.row",
            [place.number],
        ).fetchall()
    return rows[:: max(1, len(rows) // _SAMPLE)]


def _sees_images(store: Store, place: Place) -> bool:
    sample = _sample(store, place)
    return not sample or any(os.path.exists(store.directory / path) for _, path, _ in sample)  # noqa: PTH110


def _find_root(store: Store, place: Place) -> Path | None:
    """Return the images folder: at its stored path, else where enough of its images are."""
    stored = resolve_path(store.directory, place.root)
    if stored.is_dir():
        return stored
    sample = _sample(store, place)
    for candidate in _root_candidates(store, place, sample):
        if candidate.is_dir() and store.trust.may_read_images(candidate) and _fits(candidate, sample):
            return candidate
    return None


def _root_candidates(store: Store, place: Place, sample: list[tuple[str, str, int | None]]) -> Iterator[Path]:
    if place.files == "in-place":
        for name, path, _ in sample[:1]:
            if path.endswith(f"/{name}"):  # relative to the project, and so moved with it
                yield resolve_path(store.directory, path.removesuffix(f"/{name}"))
    yield from guess_places(store.directory, store.manifest.home, place.root)


def _fits(root: Path, sample: list[tuple[str, str, int | None]]) -> bool:
    if not sample:
        return True
    files = _find([name for name, _, _ in sample], root)
    right = sum(
        file is not None and size in (None, file.stat().st_size)
        for file, (_, _, size) in zip(files, sample, strict=True)
    )
    return right >= _ENOUGH * len(sample)


def _find_file(store: Store, place: Place) -> Path | None:
    """Return the annotation file: at its stored path, else a file of the same content, or that moved along."""
    if place.is_folder:
        return _find_root(store, place)
    stored = resolve_path(store.directory, place.path)
    if place.format.has_labels(stored):
        return stored
    root = _find_root(store, place)
    along = None if root is None else follow(place.path, place.root, root)
    near = guess_places(store.directory, store.manifest.home, place.path)
    guesses = [file for file in near if place.format.has_labels(file)]
    if along is not None and place.format.has_labels(along):
        guesses.insert(0, along)
    guesses = [file for file in guesses if store.trust.may_read_file(file, leads_on=place.format.leads_on)]
    for file in guesses:
        if _is_of_hash(file, place):
            return file
    return guesses[0] if along in guesses or len(guesses) == 1 else None  # edited since


def _is_of_hash(file: Path, place: Place) -> bool:
    return place.content_hash is not None and file.is_file() and hash_file(file) == place.content_hash


# ------------------------------------------------------------ putting down


def _put_down(store: Store, place: Place, root: Path | None, path: Path | None) -> bool:
    """Write down the places; return whether they are others than before."""
    new_root = place.root if root is None else store_path(store.directory, root)
    new_path = place.path if path is None else store_path(store.directory, path)
    if (new_root, new_path) == (place.root, place.path):
        return False
    with store.write(changes_data=False) as cursor:
        cursor.execute(
            "UPDATE source SET image_root = ?, path = ? WHERE source = ?", [new_root, new_path, place.number]
        )
    return True


def _put_down_root(store: Store, place: Place, root: Path) -> int:
    """Let a source's images that lie in place be read from a folder; return how many are there.

    Those copied into the project stay; links in the project are led to the files anew.
    """
    with store.read() as cursor:
        rows = cursor.execute(
            "SELECT row, file_name, path FROM image WHERE source = ? ORDER BY row", [place.number]
        ).fetchall()
    files = _find([name for _, name, _ in rows], root)
    count = sum(file is not None for file in files)
    if place.files == "symlinks":
        for file, (_, _, path) in zip(files, rows, strict=True):
            if file is not None and path is not None:
                link_again(store.directory / path, file)
    if place.files != "in-place":
        return count
    paths = store_paths(store.directory, files)
    new = [(row, now) for (row, _, old), now in zip(rows, paths, strict=True) if now is not None and now != old]
    if new:
        with store.write() as cursor:
            numbers = np.array([row for row, _ in new], dtype=np.int32)
            cursor.execute("CREATE OR REPLACE TEMP TABLE moved (row INTEGER, path VARCHAR)")
            insert_columns(cursor, "moved", {"row": numbers, "path": [path for _, path in new]})
            cursor.execute("UPDATE image SET path = moved.path FROM moved WHERE moved.row = image.row")
            cursor.execute("DROP TABLE moved")
    return count


def link_again(link: Path, file: Path) -> None:
    """Let a symbolic link in the project lead to a file, relative where possible; a regular file stays."""
    if os.path.lexists(link):
        if not link.is_symlink() or (link.exists() and link.samefile(file)):
            return
        link.unlink()
    link.parent.mkdir(parents=True, exist_ok=True)
    make_link(link, file)
