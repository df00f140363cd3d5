"""Which images, annotations and classes of a project an export writes."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from assay.errors import UsageError
from assay.formats.writing.options import ExportOptions
from assay.project.predictions import get_set
from assay.project.sources import find_part
from assay.project.store import Connection, Store
from assay.query.fields import nearest
from assay.query.results import ResultSets

DROPPED = -1
"""What stands for the number of a class that is not written."""


@dataclass(frozen=True)
class ClassMap:
    """The classes that are written.

    Attributes:
        names: What they are called, in the order of the project's classes.
        number: int32, by the row of a class of the project its place in `names`, :data:`DROPPED` for none.
        first: By place the row of the first of the project's classes that it stands for.
    """

    names: list[str]
    number: NDArray[np.int32]
    first: list[int]


@dataclass(frozen=True)
class Selection:
    """What of a project is written.

    Attributes:
        sources: The numbers of its sources, rising.
        images: int32, rows in the order of sources and their files.
        annotations: int32, rising rows; None for all of the images.
        classes: Its classes.
        prediction_set: The number of the prediction set that is written instead of annotations, or None.
        is_mapped: Whether classes are renamed, merged or left out.
        is_whole: Whether it is all of its sources.
    """

    sources: list[int]
    images: NDArray[np.int32]
    annotations: NDArray[np.int32] | None
    classes: ClassMap
    prediction_set: int | None = None
    is_mapped: bool = False
    is_whole: bool = True

    def chooses(self, rows: NDArray[np.int32]) -> NDArray[np.bool_]:
        """Tell which annotations, or predictions, of the images are among those that are written."""
        if self.annotations is None:
            return np.ones(len(rows), dtype=np.bool_)
        return np.isin(rows, self.annotations)


def select(store: Store, options: ExportOptions) -> Selection:
    """Return what an export writes.

    Raises:
        NotFoundError: there is no such source, split or prediction set.
        QueryError: the query cannot be understood.
        UsageError: a class that is to be renamed is not there, or annotations are asked for of a prediction set.
    """
    if options.predictions is not None and options.scope == "annotation":
        raise UsageError(
            "Predictions are written by their images.",
            item="scope annotation",
            expected="scope image where a prediction set is written",
            actual="a query of annotations",
        )
    with store.read() as cursor:
        part = find_part(cursor, options.source, options.split, store.directory)
        found = cursor.execute(
            f"SELECT row, source FROM image WHERE row IN {part.images} ORDER BY source, position", part.values
        ).fetchnumpy()
        listed = [number for (number,) in cursor.execute("SELECT source FROM source ORDER BY source").fetchall()]
    images = np.ma.getdata(found["row"]).astype(np.int32)
    sources = listed if part.source is None else [part.source]
    annotations = None
    if options.query.strip():
        rows = ResultSets().get(store, options.scope, options.query)
        if options.scope == "annotation":
            annotations, rows = rows, _images_of(store, rows)
        images = images[np.isin(images, rows)]
    elif options.scope == "annotation":
        images = images[np.isin(images, _images_of(store, None))]
    return Selection(
        sources,
        images,
        annotations,
        _map_classes(store, sources, options.map),
        None if options.predictions is None else get_set(store, options.predictions).number,
        bool(options.map),
        not options.query.strip() and options.scope == "image" and options.split is None,
    )


def _images_of(store: Store, annotations: NDArray[np.int32] | None) -> NDArray[np.int32]:
    with store.read() as cursor:
        if annotations is None:
            found = cursor.execute("SELECT DISTINCT image FROM annotation").fetchnumpy()
        else:
            cursor.register("chosen_annotations", {"row": annotations})
            found = cursor.execute(
                "SELECT DISTINCT image FROM annotation WHERE row IN (SELECT row FROM chosen_annotations)"
            ).fetchnumpy()
            cursor.unregister("chosen_annotations")
    return np.ma.getdata(found["image"]).astype(np.int32)


def _map_classes(store: Store, sources: list[int], wanted: dict[str, str]) -> ClassMap:
    with store.read() as cursor:
        classes = _list_classes(cursor, sources)
    known = [name for _, name in classes]
    wanted = {old: new.strip() for old, new in wanted.items()}
    for old in wanted:
        if old not in known:
            like = nearest(old, known)
            raise UsageError(
                "There is no such class to be renamed.",
                item=old[:100],
                expected=", ".join(known)[:500] or "a project with classes",
                actual="an unknown class",
                hint=f"Did you mean {like}?" if like else None,
            )
    names: list[str] = []
    first: list[int] = []
    places: dict[str, int] = {}
    number = np.full(max((row for row, _ in classes), default=-1) + 1, DROPPED, dtype=np.int32)
    targets = {new for new in wanted.values() if new}
    for row, name in classes:
        if name in wanted and not wanted[name]:
            continue
        new = wanted.get(name, name)
        merges = new in targets  # classes of one name that nobody renames stay apart
        if not merges or new not in places:
            if merges:
                places[new] = len(names)
            number[row] = len(names)
            names.append(new)
            first.append(row)
        else:
            number[row] = places[new]
    return ClassMap(names, number, first)


def _list_classes(cursor: Connection, sources: list[int]) -> list[tuple[int, str]]:
    return cursor.execute(
        "SELECT row, name FROM class WHERE row IN (SELECT class FROM class_source WHERE list_contains(?, source)) "
        "ORDER BY row",
        [sources],
    ).fetchall()
