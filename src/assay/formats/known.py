"""What comes into question as the images and classes of a file that was written elsewhere, by what it may call them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property
from math import nan
from typing import Any

from assay.project.source_ids import as_text
from assay.project.sources import Source, path_parts


class Images:
    """A project's images, or some of them, by what files call them.

    Args:
        images: Row, source's number, id and file name of each, in the order of sources and their files.
        roots: The images folder of each source, which a longer name may go on with.
        sizes: Width and height of each by row, where they are known.
    """

    def __init__(
        self,
        images: Iterable[tuple[int, int, Any, str]],
        roots: Mapping[int, tuple[str, ...]] | None = None,
        sizes: Mapping[int, tuple[int | None, int | None]] | None = None,
    ) -> None:
        self._roots = roots or {}
        self._sizes = sizes or {}
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

    def size_of(self, row: int) -> tuple[float, float]:
        """Return an image's width and height in pixels; NaN where they are not known."""
        width, height = self._sizes.get(row, (None, None))
        return width or nan, height or nan

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
