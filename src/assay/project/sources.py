"""A project's sources and splits: which one is asked for, and to which one something from elsewhere belongs."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from assay.errors import InputError, NotFoundError
from assay.project.places import resolve_path
from assay.project.store import Connection

_SHOWN = 20


@dataclass(frozen=True)
class Source:
    """A source of a project.

    Attributes:
        number: What the database calls it.
        path: Its annotation file, table or folder.
        label: The shortest end of the path that no other source has.
        splits: The splits of its images.
    """

    number: int
    path: str
    label: str
    splits: tuple[str, ...]

    def __str__(self) -> str:
        """Return the source as messages name it."""
        split = f", split {self.splits[0]}" if len(self.splits) == 1 else ""
        return f"{self.label} (source {self.number}{split})"


@dataclass(frozen=True)
class Part:
    """A part of a project's images: those of a source, of a split, of both; all where neither is given."""

    source: int | None = None
    split: str | None = None

    @property
    def is_whole(self) -> bool:
        """Whether it is the whole project."""
        return self.source is None and self.split is None

    @property
    def images(self) -> str:
        """SQL of the rows of its images; :attr:`values` are bound in it."""
        return "(SELECT row FROM image WHERE source = coalesce(?, source) AND (?::VARCHAR IS NULL OR split = ?))"

    @property
    def values(self) -> list[Any]:
        """What :attr:`images` binds."""
        return [self.source, self.split, self.split]


def path_parts(path: str) -> tuple[str, ...]:
    """Return the folders and the name of a path, whichever slashes it is written with, without ``.`` and ``..``."""
    return tuple(part for part in path.replace("\\", "/").split("/") if part not in ("", ".", ".."))


def list_sources(cursor: Connection) -> list[Source]:
    """Return a project's sources by number."""
    rows = cursor.execute(
        "SELECT s.source, s.path, (SELECT list(DISTINCT i.split ORDER BY i.split) FROM image i "
        "WHERE i.source = s.source AND i.split IS NOT NULL) FROM source s ORDER BY s.source"
    ).fetchall()
    parts = [path_parts(path) for _, path, _ in rows]
    return [
        Source(number, path, _shortest_end(own, [p for p in parts if p is not own]), tuple(splits or ()))
        for (number, path, splits), own in zip(rows, parts, strict=True)
    ]


def list_roots(cursor: Connection, directory: Path) -> dict[int, tuple[str, ...]]:
    """Return the folders of the images of each source of a project in a directory, from the root on."""
    roots = cursor.execute("SELECT source, image_root FROM source").fetchall()
    return {number: path_parts(str(resolve_path(directory, root))) for number, root in roots}


def _shortest_end(own: tuple[str, ...], others: Sequence[tuple[str, ...]]) -> str:
    length = next((n for n in range(1, len(own)) if all(p[-n:] != own[-n:] for p in others)), len(own))
    return "/".join(own[-length:])


def find_source(cursor: Connection, reference: int | str, directory: Path) -> Source:
    """Return the source of a number, or of a file's or folder's name or path, of which the end suffices.

    Args:
        cursor: Of the project.
        reference: The number or the path.
        directory: The project's, which stored paths may be relative to.

    Raises:
        NotFoundError: there is none, or more than one.
    """
    sources = list_sources(cursor)
    text = str(reference).strip()
    matches = [source for source in sources if text == str(source.number)]
    if not matches and isinstance(reference, str):
        end = path_parts(text)
        full = {each.number: path_parts(str(resolve_path(directory, each.path))) for each in sources}
        matches = [each for each in sources if end and full[each.number][-len(end) :] == end]
    if len(matches) == 1:
        return matches[0]
    raise NotFoundError(
        "More than one source has that name." if matches else "The project has no such source.",
        item=text[:200],
        expected=_list(matches or sources) or "a project with a source",
        actual=f"{len(matches)} sources" if matches else "an unknown source",
        hint="Give its number, or more of its path." if matches else None,
    )


def find_part(cursor: Connection, source: int | str | None, split: str | None, directory: Path) -> Part:
    """Return the part of a project that a source, a split or both stand for.

    Raises:
        NotFoundError: there is no such source, or no such split in it.
    """
    part = Part(None if source is None else find_source(cursor, source, directory).number, split)
    if split is None:
        return part
    splits = cursor.execute(
        "SELECT split, count(*) FROM image WHERE source = coalesce(?, source) AND split IS NOT NULL "
        "GROUP BY 1 ORDER BY 1",
        [part.source],
    ).fetchall()
    if split not in dict(splits):
        raise NotFoundError(
            "The project has no such split." if source is None else "The source has no such split.",
            item=split[:100],
            expected=", ".join(f"{name} ({count:,} images)" for name, count in splits[:_SHOWN])
            or "images that belong to a split",
            actual="an unknown split",
        )
    return part


def settle(
    sources: Iterable[Source],
    holders: Sequence[Iterable[int]],
    fitting: Sequence[Iterable[int]],
    counts: Sequence[int],
    *,
    item: str,
    what: str,
) -> Source | None:
    """Return the one source that everything belongs to, where some of it might belong to several.

    Args:
        sources: The project's.
        holders: For each thing, the numbers of the sources that have it.
        fitting: For each thing, those of them in which it fits in all respects.
        counts: How many records are about each.
        item: The file, for messages.
        what: What is counted: ``records``, ``lines``.

    Returns:
        None where nothing is found in more than one source: then each thing belongs where it is found.

    Raises:
        InputError: several sources have all of it, or none has.
    """
    places = [frozenset(each) for each in holders]
    if all(len(each) < 2 for each in places):
        return None
    fitting_records = dict.fromkeys(sorted(frozenset().union(*places)), 0)
    total = 0
    for place, good, count in zip(places, fitting, counts, strict=True):
        total += count if place else 0
        for number in good:
            fitting_records[number] += count
    candidates = [source for source in sources if source.number in fitting_records]
    complete = [source for source in candidates if fitting_records[source.number] == total]
    if len(complete) == 1:
        return complete[0]
    lines = [f"{source}: {fitting_records[source.number]:,} of {total:,} {what}" for source in candidates]
    splits = [source.splits[0] for source in candidates if len(source.splits) == 1]
    option = (
        f"--split {splits[-1]} or --source {candidates[-1].number}" if splits else f"--source {candidates[-1].number}"
    )
    raise InputError(
        f"It is ambiguous which source the {what} belong to: several have the same ids or file names.",
        item=item,
        expected=f"{what} that fit one source, or the choice of a source",
        actual="; ".join(lines[:_SHOWN]),
        hint=f"Choose the source: in the app in the dialog, elsewhere for example with {option}",
    )


def _list(sources: Sequence[Source]) -> str:
    return ", ".join(map(str, sources[:_SHOWN]))
