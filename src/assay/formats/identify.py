"""Which images are meant: ids and file names of a file that was written elsewhere, matched with a project's images."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from assay.errors import InputError
from assay.formats.json_text import shorten
from assay.project.source_ids import as_text
from assay.project.sources import Source, path_parts, settle

By = Literal["id", "text", "file_name", "stem"]
Key = tuple[Any, str | None]
"""What a record says of its image: id, and file name or None."""

_TOLD: dict[By, str] = {
    "text": "ids written as text on one side and as numbers on the other",
    "file_name": "file names",
    "stem": "file names without ending",
}


class Images:
    """A project's images, or some of them, by what files call them.

    Args:
        images: Row, source's number, id and file name of each, in the order of sources and their files.
        roots: The images folder of each source, which a longer name may go on with.
    """

    def __init__(
        self, images: Iterable[tuple[int, int, Any, str]], roots: Mapping[int, tuple[str, ...]] | None = None
    ) -> None:
        self._roots = roots or {}
        self.source_of: dict[int, int] = {}
        self.name_of: dict[int, str] = {}
        self._by_id: dict[Any, tuple[int, ...]] = {}
        for row, source, value, name in images:
            self.source_of[row] = source
            self.name_of[row] = name
            if isinstance(value, str | int | float) and not isinstance(value, bool):
                before = self._by_id.get(value, ())
                if all(self.source_of[each] != source for each in before):  # of equal ids in a source the first counts
                    self._by_id[value] = (*before, row)

    def __len__(self) -> int:
        return len(self.source_of)

    def with_id(self, value: Any) -> tuple[int, ...]:
        """Return the rows of an id, at most one of each source."""
        return self._by_id.get(value, ())

    def with_text(self, value: Any) -> tuple[int, ...]:
        """Return the rows whose id is written differently: "7" for 7."""
        return self._by_text.get(as_text(value), ())

    @cached_property
    def _by_text(self) -> dict[str, tuple[int, ...]]:
        found: dict[str, tuple[int, ...]] = {}
        for value, rows in self._by_id.items():
            text = as_text(value)
            found[text] = (*found.get(text, ()), *rows)
        return found

    def with_name(self, name: str) -> tuple[int, ...]:
        """Return the rows whose path is the name, else those of which one's path is the end of the other's, longest.

        Of a name with more folders than images have in their source those count that the source's own folder has.
        """
        return _longest(path_parts(name), self._by_base)

    def with_stem(self, name: Any) -> tuple[int, ...]:
        """Return the rows whose path is the name but for the endings; a whole number stands for its digits."""
        parts = path_parts(name if isinstance(name, str) else as_text(name))
        if isinstance(name, float) and not name.is_integer():
            return ()  # its decimals are no ending
        if not parts:
            return ()
        folders, last = parts[:-1], parts[-1]
        return (
            _longest(parts, self._by_stem)
            or _longest((*folders, _stem(last)), self._by_stem)
            or _longest((*folders, as_text(last)), self._by_number)
        )

    def has_base(self, row: int, name: str) -> bool:
        """Tell whether an image's own name, without folders and ending, is that of a path."""
        own, other = path_parts(self.name_of[row]), path_parts(name)
        return bool(own and other) and _stem(own[-1]) == _stem(other[-1])

    @cached_property
    def _paths(self) -> list[_Path]:
        return [
            (row, self._roots.get(self.source_of[row], ()), parts)
            for row, name in self.name_of.items()
            if (parts := path_parts(name))
        ]

    @cached_property
    def _by_base(self) -> _Ends:
        return _index(self._paths)

    @cached_property
    def _by_stem(self) -> _Ends:
        return _index((row, root, (*parts[:-1], _stem(parts[-1]))) for row, root, parts in self._paths)

    @cached_property
    def _by_number(self) -> _Ends:
        stems = ((row, root, parts[:-1], _stem(parts[-1])) for row, root, parts in self._paths)
        return _index((row, root, (*folders, as_text(stem))) for row, root, folders, stem in stems if stem.isdecimal())


_Path = tuple[int, tuple[str, ...], tuple[str, ...]]
"""An image's row, the folders of its source, and its path below them."""

_Ends = dict[str, list[_Path]]


def _index(paths: Iterable[_Path]) -> _Ends:
    found: _Ends = {}
    for path in paths:
        found.setdefault(path[2][-1], []).append(path)
    return found


def _longest(parts: tuple[str, ...], index: _Ends) -> tuple[int, ...]:
    """Return the rows whose path ends as the other does, or is its end: those of the longest common end."""
    best, rows = 0, list[int]()
    for row, root, own in index.get(parts[-1], ()) if parts else ():
        common = min(len(own), len(parts))
        if own[-common:] != parts[-common:]:
            continue
        if common == len(own):
            common += _count_common(root, parts[:-common])
        score = 2 * common + (own == parts)
        if score > best:
            best, rows = score, []
        if score == best:
            rows.append(row)
    return tuple(rows)


def _count_common(first: tuple[str, ...], second: tuple[str, ...]) -> int:
    """Return how many parts two paths have in common at their ends."""
    pairs = zip(reversed(first), reversed(second), strict=False)
    return next((at for at, (one, other) in enumerate(pairs) if one != other), min(len(first), len(second)))


def _stem(name: str) -> str:
    return name.rsplit(".", 1)[0] if "." in name[1:] else name


@dataclass
class Found:
    """Which images are meant by some keys.

    Attributes:
        rows: For each key the images that it may mean; several where sources share ids or names.
        by: For each key how it was found; None where it was not.
        contrary: For each key, whether its id is that of another image than its file name, which counts.
        warnings: What was assumed, for people.
    """

    rows: list[tuple[int, ...]] = field(default_factory=list)
    by: list[By | None] = field(default_factory=list)
    contrary: list[bool] = field(default_factory=list)
    warnings: list[str] = field(default_factory=list)

    def count_by(self, counts: Sequence[int]) -> dict[str, int]:
        """Return how many records were found in which way."""
        tally: Counter[str] = Counter()
        for by, count in zip(self.by, counts, strict=True):
            if by is not None:
                tally[by] += count
        return dict(tally)


def find_images(
    images: Images, keys: Sequence[Key], counts: Sequence[int], *, item: str, from_table: bool = False
) -> Found:
    """Find the images that ids and file names stand for.

    A file name counts more than an id that contradicts it; then ids without a file name say nothing. Else they are
    read in one way for the whole file: as ids; or as file names, with or without ending, where that fits more of them.

    Args:
        images: Those that come into question.
        keys: What records say.
        counts: How many records say each.
        item: The file, for messages.
        from_table: Whether all is text, so that an id as text is nothing to speak of.

    Raises:
        InputError: ids can be read in two ways, and neither is better; or file names contradict some of them and others
            have none.
    """
    names_win = _reads_names(images, keys, counts, item, from_table=from_table)
    found = Found()
    elsewhere = 0
    for (value, name), count in zip(keys, counts, strict=True):
        rows, by = _by_id(images, value, from_table=from_table)
        contrary = False
        if name is not None:
            named, way = _by_name(images, name)
            both = tuple(row for row in rows if row in named)
            if both or value == name:
                rows, by = (both, by) if both else (named, way) if named else (rows, by)
            elif named:
                contrary = bool(rows)
                rows, by = named, way
            else:
                rows = tuple(row for row in rows if images.has_base(row, name))
                elsewhere += count if rows else 0
        elif names_win:
            rows, by = _by_name(images, value)
        found.rows.append(rows)
        found.by.append(by if rows else None)
        found.contrary.append(contrary)
    found.warnings = _warn(found, counts, elsewhere)
    if not names_win:
        _check_bare_ids(keys, counts, found, item)
    return found


def _check_bare_ids(keys: Sequence[Key], counts: Sequence[int], found: Found, item: str) -> None:
    """Check that ids without a file name can be relied on.

    Raises:
        InputError: file names beside other ids show that the file's ids are not the project's.
    """
    alone = [at for at, (_, name) in enumerate(keys) if name is None and found.rows[at]]
    contrary = sum(count for count, odd in zip(counts, found.contrary, strict=True) if odd)
    if alone and contrary:
        bare = sum(counts[at] for at in alone)
        raise InputError(
            "It is ambiguous which images are meant: some records name other images than those of their ids.",
            item=item,
            expected="a file_name in every record, or in none",
            actual=f"{contrary:,} records whose file_name contradicts the id; {bare:,} without a file_name",
        )


def _by_id(images: Images, value: Any, *, from_table: bool) -> tuple[tuple[int, ...], By]:
    exact = () if value is None else images.with_id(value)
    if exact or value is None:
        return exact, "id"
    return images.with_text(value), "id" if from_table else "text"


def _by_name(images: Images, name: Any) -> tuple[tuple[int, ...], By]:
    if name is None:
        return (), "file_name"
    rows = images.with_name(name) if isinstance(name, str) else ()
    return (rows, "file_name") if rows else (images.with_stem(name), "stem")


def _reads_names(images: Images, keys: Sequence[Key], counts: Sequence[int], item: str, *, from_table: bool) -> bool:
    """Tell whether ids without a file name stand for file names.

    Raises:
        InputError: both fits, differently.
    """
    alone = [(value, count) for (value, name), count in zip(keys, counts, strict=True) if name is None]
    total = sum(count for _, count in alone)
    if all(images.with_id(value) for value, _ in alone):
        return False  # what the format says; also of a file without such ids
    as_ids = as_names = as_written = 0
    differ = False
    for value, count in alone:
        rows, by = _by_id(images, value, from_table=from_table)
        named, _ = _by_name(images, value)
        as_ids += count if rows else 0
        as_written += count if rows and by == "id" else 0
        as_names += count if named else 0
        differ |= bool(rows and named) and not set(rows) & set(named)
    if as_names < total and as_ids >= as_names:
        return False
    if not differ:
        return as_names > as_ids
    if as_ids == total and as_written == total:
        return False
    raise InputError(
        "It is ambiguous which images are meant: the image ids can be read as ids and as file names.",
        item=item,
        expected="ids that are the project's, or a file_name in every record",
        actual=f"as ids: {as_ids:,} of {total:,} records; as file names without ending: {as_names:,} of {total:,}",
        hint="Write the dataset's own ids, or give every record the file_name of its image.",
    )


UNKNOWN, AMBIGUOUS = -1, -2
"""What stands for the row of an image that is not there, or is one of several in one source."""


@dataclass(frozen=True)
class Placed:
    """Where records belong.

    Attributes:
        rows: int32, the image's row for each key; :data:`UNKNOWN`, :data:`AMBIGUOUS`.
        source: The source that all of them belong to, where some might belong to several.
    """

    rows: NDArray[np.int32]
    source: Source | None


def place(
    known: Known,
    found: Found,
    keys: Sequence[int],
    fitting: Sequence[Iterable[int]] | None,
    counts: Sequence[int],
    *,
    item: str,
) -> Placed:
    """Decide which source's image is meant where several sources have one.

    Args:
        known: The project's images and sources.
        found: Which images the keys may mean.
        keys: For each thing that is counted its key.
        fitting: For each thing the sources in which all of it fits; None where having the image is all.
        counts: How many records are about each thing.
        item: The file, for messages.

    Raises:
        InputError: it cannot be decided.
    """
    sources = [frozenset(known.images.source_of[row] for row in rows) for rows in found.rows]
    places = [sources[key] for key in keys]
    source = settle(known.sources, places, fitting or places, counts, item=item, what="records")
    chosen = np.full(len(found.rows), UNKNOWN, dtype=np.int32)
    for key, rows in enumerate(found.rows):
        own = [row for row in rows if source is None or known.images.source_of[row] == source.number]
        if own:
            chosen[key] = own[0] if len(own) == 1 else AMBIGUOUS
    return Placed(chosen, source)


def explain(
    images: Images, key: Key, rows: Sequence[int], row: int, *, from_table: bool = False
) -> tuple[str, str] | None:
    """Return the reason and what to tell people of a record without an image; None where it has one.

    Args:
        key: What the record says.
        rows: The images that it may mean.
        row: What :func:`place` made of them.
        from_table: Whether the id is text only because all is.
    """
    if row >= 0:
        return None
    value, name = key
    parts = [] if value is None or value == name else [f"image id {value[:100] if from_table else shorten(value)}"]
    told = ", ".join(parts if name is None else [*parts, f"file {name[:100]}"])
    if row == UNKNOWN:
        return "unknown_image", told
    names = [images.name_of[each] for each in rows]
    return "ambiguous_image", f"{told} may be {' or '.join(names[:3])}"


def told_source(source: Source, what: str) -> str:
    """Return the note that says how a source was decided."""
    return f"Several sources have images of the same ids or file names; all {what} fit only {source}, so they are its."


def _warn(found: Found, counts: Sequence[int], elsewhere: int) -> list[str]:
    tally = found.count_by(counts)
    warnings = [
        f"{tally[by]:,} records were matched with images by {told}." for by, told in _TOLD.items() if tally.get(by)
    ]
    against = sum(count for count, contrary in zip(counts, found.contrary, strict=True) if contrary)
    if against:
        warnings.append(
            f"{against:,} records have the id of another image than the one that their file_name names: "
            "the file name counts."
        )
    if elsewhere:
        warnings.append(
            f"{elsewhere:,} records name a file in another folder than that of the image with their id: the id counts."
        )
    return warnings


class Classes:
    """What sources call the project's classes.

    Args:
        classes: Source's number, category id and class row, in the order of sources and their files.
    """

    def __init__(self, classes: Iterable[tuple[int, Any, int]]) -> None:
        self._of: dict[int, dict[Any, int]] = {}
        everywhere: dict[Any, set[int]] = {}
        for source, value, row in classes:
            if isinstance(value, str | int | float) and not isinstance(value, bool):
                self._of.setdefault(source, {}).setdefault(value, row)
        for own in self._of.values():
            for value, row in own.items():
                everywhere.setdefault(value, set()).add(row)
        agree = all(len(rows) == 1 for rows in everywhere.values())
        self._shared = {value: min(rows) for value, rows in everywhere.items() if agree or len(rows) == 1}
        self._agree = agree
        self._text_of: dict[int | None, dict[str, set[int]]] = {}

    def fits(self, source: int, value: Any) -> bool:
        """Tell whether a source has a category of that id, or no categories at all."""
        return source not in self._of or self._find(source, self._of[source], value) is not None

    def find(self, source: int, value: Any) -> int | None:
        """Return the class row of an id in records about a source's images.

        The source's own categories count; those of others where it has none, or where no two sources disagree.
        """
        own = self._of.get(source)
        found = None if own is None else self._find(source, own, value)
        if found is None and (own is None or self._agree):
            return self._find(None, self._shared, value)
        return found

    def is_text(self, source: int, value: Any) -> bool:
        """Tell whether an id stands for a class only by how it is written."""
        return value not in self._of.get(source, self._shared) and value not in self._shared

    def _find(self, source: int | None, classes: dict[Any, int], value: Any) -> int | None:
        if value in classes:
            return classes[value]
        if source not in self._text_of:
            texts: dict[str, set[int]] = {}
            for each, row in classes.items():
                texts.setdefault(as_text(each), set()).add(row)
            self._text_of[source] = texts
        rows = self._text_of[source].get(as_text(value), set())
        return min(rows) if len(rows) == 1 else None


@dataclass(frozen=True)
class Known:
    """What comes into question as the images and classes of records.

    Attributes:
        images: The images.
        classes: The classes by their sources' ids.
        names: Rows of classes by name.
        sources: The project's sources.
    """

    images: Images
    classes: Classes
    names: dict[str, int]
    sources: list[Source]
