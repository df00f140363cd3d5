"""The images and classes that an evaluation of any task is over."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from assay.arrays import BoolArray, IndexArray
from assay.project.predictions import PredictionSet
from assay.project.source_ids import rank, read_source_id
from assay.project.store import Connection, Store

_OCCURRING = "SELECT class FROM annotation UNION SELECT class FROM prediction"


@dataclass(frozen=True)
class Items:
    """The images and classes that a set is evaluated over, in ascending order of their ids.

    Attributes:
        image_rows: int32 ``(images,)``.
        class_rows: int32 ``(classes,)``.
        class_names: Their names.
        class_ids: Their ids in the source.
        class_fields: What the source's records of classes hold beside the known fields, as JSON texts.
        covered: bool ``(images,)``, which images the set was run on.
    """

    image_rows: IndexArray
    class_rows: IndexArray
    class_names: list[str]
    class_ids: list[Any]
    class_fields: list[Any]
    covered: BoolArray

    def names_by_row(self) -> dict[int, str]:
        """Return the names of the evaluated classes by row."""
        return dict(zip(self.class_rows.tolist(), self.class_names, strict=True))


@dataclass(frozen=True)
class EvaluationData(Items):
    """A prediction set and the annotations beside it.

    Attributes:
        annotation_rows: int32 ``(g,)``.
        prediction_rows: int32 ``(n,)``.
    """

    annotation_rows: IndexArray
    prediction_rows: IndexArray


def load_items(store: Store, known: PredictionSet, *, occurring: bool = False) -> Items:
    """Return the project's images and classes, and which images a set was run on.

    Args:
        store: The project.
        known: The set.
        occurring: Leave out classes that neither an annotation nor a prediction of any set is of.
    """
    which = f"WHERE row IN ({_OCCURRING})" if occurring else ""
    with store.read() as cursor:
        image_rows = _rank_images(cursor)
        classes = cursor.execute(f"SELECT row, name, source_id, source_key, extra FROM class {which}").fetchall()
        covered = cursor.execute('SELECT image FROM prediction_coverage WHERE "set" = ?', [known.number]).fetchnumpy()[
            "image"
        ]
    classes.sort(key=lambda each: (rank(each[2], each[3]), each[0]))
    is_covered = np.zeros(len(image_rows), dtype=np.bool_)
    is_covered[index_rows(image_rows)[np.ma.getdata(covered)]] = True
    return Items(
        image_rows=image_rows,
        class_rows=np.array([row for row, *_ in classes], dtype=np.int32),
        class_names=[name for _, name, *_ in classes],
        class_ids=[read_source_id(number, text) for _, _, number, text, _ in classes],
        class_fields=[fields for *_, fields in classes],
        covered=is_covered,
    )


def _rank_images(cursor: Connection) -> IndexArray:
    """Return the images' rows in ascending order of their ids; pycocotools breaks ties of scores by that order."""
    [(odd,)] = cursor.execute("SELECT count(*) FROM image WHERE source_id IS NULL").fetchall()
    if not odd:
        rows = cursor.execute("SELECT row FROM image ORDER BY source_id, row").fetchnumpy()["row"]
        return np.ma.getdata(rows).astype(np.int32)
    images = cursor.execute("SELECT row, source_id, source_key FROM image ORDER BY row").fetchall()
    images.sort(key=lambda image: rank(image[1], image[2]))
    return np.array([row for row, *_ in images], dtype=np.int32)


def index_rows(rows: IndexArray) -> IndexArray:
    """Return the place of each row: int32 indexed by row."""
    index = np.full(int(rows.max(initial=-1)) + 1, -1, dtype=np.int32)
    index[rows] = np.arange(len(rows), dtype=np.int32)
    return index


def look_up(rows: IndexArray, places: IndexArray) -> IndexArray:
    """Return the rows at places, -1 at -1."""
    found = np.full(len(places), -1, dtype=np.int32)
    found[places >= 0] = rows[places[places >= 0]]
    return found
