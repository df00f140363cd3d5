"""Which of a project's items are meant by ids and file names that come from elsewhere."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from assay.errors import InputError
from assay.formats.json_text import verbatim
from assay.formats.known import Classes, Images, Known
from assay.project.source_ids import as_text, read_id
from assay.project.sources import Part, Source, list_roots, list_sources, settle
from assay.project.store import Connection
from assay.query.fields import Scope


def load_known(cursor: Connection, part: Part, directory: Path) -> Known:
    """Return the images and classes of a part of a project in a directory, with the ids that sources give them."""
    images = cursor.execute(
        "SELECT row, source, source_id, source_key, file_name, width, height FROM image "
        f"WHERE row IN {part.images} ORDER BY source, position",
        part.values,
    ).fetchall()
    classes = cursor.execute(
        "SELECT source, source_id, source_key, class FROM (SELECT *, 1 AS rank FROM (SELECT source, source_id, "
        "source_key, class, position FROM class_source) UNION ALL SELECT source, source_id, source_key, class, 0, 2 "
        "FROM category_alias) ORDER BY source, rank, position"
    ).fetchall()
    return Known(
        Images(
            ((row, source, read_id(number, text), name) for row, source, number, text, name, *_ in images),
            list_roots(cursor, directory),
            {row: (width, height) for row, *_, width, height in images},
        ),
        Classes((source, read_id(number, text), row) for source, number, text, row in classes),
        dict(cursor.execute("SELECT name, row FROM class ORDER BY row DESC").fetchall()),
        list_sources(cursor),
    )


def find_listed(known: Known, names: list[Any], source: Source | None) -> NDArray[np.int32]:
    """Return the rows of listed images, each once: of file names, else of ids.

    Args:
        known: The project's images.
        names: File names and ids.
        source: The source that they belong to, where that is known.

    Raises:
        InputError: one is not there, or may be one of several.
    """
    images = known.images
    rows_of = [_find_listed(images, each) for each in names]
    if source is not None:
        rows_of = [tuple(row for row in rows if images.source_of[row] == source.number) for rows in rows_of]
    unknown = [str(each) for each, rows in zip(names, rows_of, strict=True) if not rows]
    if unknown:
        raise InputError(
            "The list of covered images names images that the project does not have.",
            item=unknown[0][:200],
            expected="file names or ids of the project's images",
            actual=f"{len(unknown):,} unknown",
        )
    places = [{images.source_of[row] for row in rows} for rows in rows_of]
    common_source = settle(
        known.sources, places, places, [1] * len(names), item="the list of covered images", what="listed images"
    )
    rows = []
    for each, several in zip(names, rows_of, strict=True):
        own = [row for row in several if common_source is None or images.source_of[row] == common_source.number]
        if len(own) > 1:
            raise InputError(
                "A listed image may be one of several.",
                item=str(each)[:200],
                expected="its whole file name, or its id",
                actual=" or ".join(images.name_of[row] for row in own[:3]),
            )
        rows.append(own[0])
    return np.unique(np.array(rows, dtype=np.int32))


def _find_listed(images: Images, each: Any) -> tuple[int, ...]:
    by_name = images.with_name(each) if isinstance(each, str) else ()
    return by_name or images.with_id(each) or images.with_text(each)


class Items:
    """A project's images or annotations, or some of them, by the names or ids in the lines of a table.

    Args:
        items: Row, source's number, id, and the image's file name of each, in row order.
        sources: The project's sources.
        roots: The images folder of each source.
    """

    def __init__(
        self, items: list[tuple[int, int, Any, str]], sources: list[Source], roots: dict[int, tuple[str, ...]]
    ) -> None:
        self._sources = sources
        self._source_of = {row: source for row, source, _, _ in items}
        self._name_of = {row: name for row, _, _, name in items}
        self._images = Images(items, roots)
        self._by_id: dict[str, list[int]] = {}
        self._by_text: dict[str, list[int]] = {}
        for row, _, value, _ in items:
            if value is not None:
                self._by_id.setdefault(value if isinstance(value, str) else verbatim(value), []).append(row)
                self._by_text.setdefault(as_text(value), []).append(row)

    def with_id(self, text: str) -> list[int]:
        """Return the rows of an id; several where sources share it, or one gives it twice."""
        return self._by_id.get(text) or self._by_text.get(as_text(text), [])

    def with_name(self, name: str) -> list[int]:
        """Return the rows of images whose path is the name, or ends with it, or is its end."""
        return list(self._images.with_name(name))

    def within(self, rows: list[int], *, name: str | None = None, label: str | None = None) -> list[int]:
        """Return the rows that lie in images of a name and belong to a source of a label.

        A label that no source has excludes no row.
        """
        labels = {source.number for source in self._sources if source.label == label}
        return [
            row
            for row in rows
            if (name is None or self._name_of[row] == name) and (not labels or self._source_of[row] in labels)
        ]

    def example(self, *, by_id: bool) -> str:
        """Return a name or an id by which a line may name an item, for messages."""
        names = self._by_id if by_id else self._name_of.values()
        return next(iter(names), "none: the project is empty")

    def match(self, names: list[str], *, by_id: bool, item: str) -> tuple[list[list[int]], Source | None]:
        """Return the rows that each line is about, and the source that all are about where several have such items.

        Raises:
            InputError: it is ambiguous which items are meant.
        """
        find = self.with_id if by_id else self.with_name
        rows_of = {name: find(name) if name else [] for name in dict.fromkeys(names)}
        return self.settle([rows_of[name] for name in names], names, item=item)

    def settle(self, groups: list[list[int]], names: list[str], *, item: str) -> tuple[list[list[int]], Source | None]:
        """Return, of the rows that lines may be about, the rows in the one source that fits all lines.

        Args:
            groups: Rows for each line.
            names: The name in each line, for messages.
            item: The file, for messages.

        Raises:
            InputError: several sources fit, or files of other names do.
        """
        places = [{self._source_of[row] for row in rows} for rows in groups]
        source = settle(self._sources, places, places, [1] * len(groups), item=item, what="lines")
        if source is not None:
            groups = [[row for row in rows if self._source_of[row] == source.number] for rows in groups]
        for name, rows in zip(names, groups, strict=True):
            if len(rows) > 1 and len(files := sorted({self._name_of[row] for row in rows})) > 1:
                raise InputError(
                    "It is ambiguous which image a line is about.",
                    item=name[:200],
                    expected="a file name, with as many folders as tell images apart",
                    actual=f"{len(files):,} images: {', '.join(files[:3])}",
                )
        return groups, source


def find_items(cursor: Connection, scope: Scope, part: Part, directory: Path) -> Items:
    """Return the images or annotations of a part of a project in a directory."""
    image = "x.row" if scope == "image" else "x.image"
    rows = cursor.execute(
        f"SELECT x.row, x.source, x.source_id, x.source_key, i.file_name FROM {scope} x "
        f"JOIN image i ON i.row = {image} WHERE i.row IN {part.images} ORDER BY x.row",
        part.values,
    ).fetchall()
    return Items(
        [(row, source, read_id(number, text), name) for row, source, number, text, name in rows],
        list_sources(cursor),
        list_roots(cursor, directory),
    )
