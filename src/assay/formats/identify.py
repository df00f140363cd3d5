"""Which images are meant: ids and file names of a file that was written elsewhere, matched with a project's images."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from assay.errors import InputError
from assay.formats.json_text import shorten
from assay.formats.known import Images, Known
from assay.project.sources import Source, settle

By = Literal["id", "text", "file_name", "stem"]
Key = tuple[Any, str | None]
"""What a record says of its image: id, and file name or None."""

_TOLD: dict[By, str] = {
    "text": "ids written as text on one side and as numbers on the other",
    "file_name": "file names",
    "stem": "file names without ending",
}


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
