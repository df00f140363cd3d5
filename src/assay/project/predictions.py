"""Prediction sets: named, any number of them, each untouched by the others."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal

import orjson

from assay.errors import ExistsError, NotFoundError
from assay.project.staging import drop_staged
from assay.project.store import Connection, Store
from assay.project.tags import check_name


@dataclass(frozen=True)
class PredictionSet:
    """A prediction set as lists show it.

    Attributes:
        number: What the database calls it.
        name: What people call it.
        path: The file it came from.
        kind: ``coco`` or ``classification``.
        area_rule: What a prediction's area is: ``bbox``, ``segmentation`` or ``keypoints``.
        coverage: Which images it was run on: ``with`` predictions, ``all``, or a ``list``.
        imported_at: When, in ISO format.
        skipped: Records of the file that were left out, by reason.
        predictions: How many it has.
        images: How many images it covers.
    """

    number: int
    name: str
    path: str
    kind: Literal["coco", "classification"]
    area_rule: Literal["bbox", "segmentation", "keypoints"]
    coverage: Literal["with", "all", "list"]
    imported_at: str
    skipped: dict[str, int]
    predictions: int
    images: int


_TABLES = ("prediction", "prediction_coverage", "prediction_image_metric", "prediction_measured", "prediction_set")
_LIST = """
SELECT s."set", s.name, s.path, s.kind, s.area_rule, s.coverage, s.imported_at, s.skipped,
       (SELECT count(*) FROM prediction p WHERE p."set" = s."set"),
       (SELECT count(*) FROM prediction_coverage c WHERE c."set" = s."set")
FROM prediction_set s ORDER BY s.imported_at, s."set"
"""


def list_sets(store: Store) -> list[PredictionSet]:
    """Return all prediction sets in the order in which they were imported."""
    with store.read() as cursor:
        rows = cursor.execute(_LIST).fetchall()
    return [_describe(row) for row in rows]


def _describe(row: tuple[Any, ...]) -> PredictionSet:
    number, name, path, kind, area_rule, coverage, at, skipped, predictions, images = row
    return PredictionSet(
        number, name, path, kind, area_rule, coverage, at.isoformat(), orjson.loads(skipped), predictions, images
    )


def get_set(store: Store, name: str) -> PredictionSet:
    """Return the prediction set of a name.

    Raises:
        NotFoundError: there is none.
    """
    sets = list_sets(store)
    for each in sets:
        if each.name == name:
            return each
    raise NotFoundError(
        "There is no such prediction set.",
        item=name[:100],
        expected=", ".join(each.name for each in sets) or "a project with predictions",
        actual="an unknown name",
        hint=None if sets else "Import one with: assay import predictions --coco FILE --name NAME",
    )


def check_free(cursor: Connection, name: str) -> str:
    """Return a name that a new set may take.

    Raises:
        ExistsError: a set has it.
        UsageError: it cannot be used.
    """
    plain = check_name(name)
    if cursor.execute("SELECT 1 FROM prediction_set WHERE name = ?", [plain]).fetchone():
        raise ExistsError(
            "There is a prediction set of that name already.",
            item=plain,
            expected="a new name",
            actual="the name of another set",
            hint="Choose another name, or remove that set with `assay predictions remove`.",
        )
    return plain


def rename_set(store: Store, name: str, new_name: str, actor: str) -> None:
    """Give a prediction set another name.

    Raises:
        NotFoundError: there is no such set.
        ExistsError: another set has the name.
        UsageError: the name cannot be used.
    """
    known = get_set(store, name)
    with store.write() as cursor:  # whoever remembers sets by name must forget them
        plain = check_name(new_name) if new_name.strip() == name else check_free(cursor, new_name)
        cursor.execute('UPDATE prediction_set SET name = ? WHERE "set" = ?', [plain, known.number])
        Store.record(cursor, actor, "rename predictions", {"from": name, "to": plain})


def remove_set(store: Store, name: str, actor: str) -> PredictionSet:
    """Take a prediction set out of the project; return what it was. Other sets and tags stay as they are.

    Raises:
        NotFoundError: there is no such set.
    """
    known = get_set(store, name)
    with store.write() as cursor:
        rows = 'SELECT row FROM prediction WHERE "set" = ?'
        cursor.execute(f"DELETE FROM prediction_metric WHERE row IN ({rows})", [known.number])
        drop_staged(cursor, "predictions")  # rows and numbers are given to others
        for table in _TABLES:
            cursor.execute(f'DELETE FROM {table} WHERE "set" = ?', [known.number])
        Store.record(cursor, actor, "remove predictions", {"set": name, "predictions": known.predictions})
    store.save_manifest(prediction_sets=len(list_sets(store)))
    return known
