"""Prediction sets: named, any number of them, each untouched by the others."""

from __future__ import annotations

from dataclasses import asdict, dataclass, field
from typing import Any, Literal

import orjson

from assay.errors import ExistsError, NotFoundError
from assay.project.operating_points import OperatingPoint, read_operating_points
from assay.project.sources import Part
from assay.project.staging import drop_staged
from assay.project.store import Connection, Store
from assay.project.tags import check_name

DetectionTask = Literal["bbox", "segm", "keypoints", "obb"]


@dataclass(frozen=True)
class Matching:
    """How the records of a set were matched with the project's images.

    Attributes:
        by: How many records by ``id``, ``text`` (an id that is text on one side and a number on the other),
            ``file_name`` or ``stem``.
        decided: The source that all of them were found to belong to, where several have the same ids.
        asked: The part of the project that they were said to belong to.
        warnings: What was assumed, told for people.
        doubts: Those of the warnings that say that its ids may be another dataset's.
    """

    by: dict[str, int] = field(default_factory=dict)
    decided: str | None = None
    asked: Part = field(default_factory=Part)
    warnings: list[str] = field(default_factory=list)
    doubts: list[str] = field(default_factory=list)

    def dump(self) -> str:
        """Return the matching as JSON."""
        return orjson.dumps(asdict(self)).decode()

    @classmethod
    def load(cls, text: str | None) -> Matching:
        """Return the matching that :meth:`dump` wrote; an empty one for None, of sets imported by older versions."""
        if text is None:
            return cls()
        content = orjson.loads(text)
        return cls(
            content["by"], content["decided"], Part(**content["asked"]), content["warnings"], content.get("doubts", [])
        )


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
        matching: How its records were matched with images.
        operating_points: Those that are stored, by task.
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
    matching: Matching
    operating_points: dict[str, OperatingPoint]


_TABLES = (
    "prediction",
    "prediction_coverage",
    "prediction_image_metric",
    "prediction_measured",
    "operating_point",
    "prediction_set",
)
_LIST = """
SELECT s."set", s.name, s.path, s.kind, s.area_rule, s.coverage, s.imported_at, s.skipped,
       (SELECT count(*) FROM prediction p WHERE p."set" = s."set"),
       (SELECT count(*) FROM prediction_coverage c WHERE c."set" = s."set"), s.matching
FROM prediction_set s ORDER BY s.imported_at, s."set"
"""


def list_sets(store: Store) -> list[PredictionSet]:
    """Return all prediction sets in the order in which they were imported."""
    with store.read() as cursor:
        rows = cursor.execute(_LIST).fetchall()
        points = read_operating_points(cursor)
    return [_describe(row, points.get(row[0], {})) for row in rows]


def _describe(row: tuple[Any, ...], points: dict[str, OperatingPoint]) -> PredictionSet:
    number, name, path, kind, area_rule, coverage, at, skipped, predictions, images, matching = row
    return PredictionSet(
        number,
        name,
        path,
        kind,
        area_rule,
        coverage,
        at.isoformat(),
        orjson.loads(skipped),
        predictions,
        images,
        Matching.load(matching),
        points,
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


def list_tasks(store: Store, prediction_set: PredictionSet) -> list[DetectionTask]:
    """Return the tasks that a set of detections can be evaluated for: set and annotations have the shapes for them."""
    shapes = "count(*) FILTER (shape IN (3, 4)), count(*) FILTER (keypoint_count > 0), count(*) FILTER (shape = 2)"
    with store.read() as cursor:
        [annotated] = cursor.execute(f"SELECT {shapes} FROM annotation").fetchall()
        [predicted] = cursor.execute(
            f'SELECT {shapes} FROM prediction WHERE "set" = ?', [prediction_set.number]
        ).fetchall()
    others: tuple[DetectionTask, ...] = ("segm", "keypoints", "obb")
    return ["bbox", *(task for task, a, b in zip(others, annotated, predicted, strict=True) if a and b)]


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
    prediction_set = get_set(store, name)
    with store.write() as cursor:  # whoever remembers sets by name must forget them
        plain = check_name(new_name) if new_name.strip() == name else check_free(cursor, new_name)
        cursor.execute('UPDATE prediction_set SET name = ? WHERE "set" = ?', [plain, prediction_set.number])
        Store.record(cursor, actor, "rename predictions", {"from": name, "to": plain})


def remove_set(store: Store, name: str, actor: str) -> PredictionSet:
    """Take a prediction set out of the project and return its record. Other sets and tags stay as they are.

    Raises:
        NotFoundError: there is no such set.
    """
    prediction_set = get_set(store, name)
    with store.write() as cursor:
        rows = 'SELECT row FROM prediction WHERE "set" = ?'
        cursor.execute(f"DELETE FROM prediction_metric WHERE row IN ({rows})", [prediction_set.number])
        drop_staged(cursor, "predictions")  # rows and numbers are given to others
        for table in _TABLES:
            cursor.execute(f'DELETE FROM {table} WHERE "set" = ?', [prediction_set.number])
        Store.record(cursor, actor, "remove predictions", {"set": name, "predictions": prediction_set.predictions})
    store.save_manifest(prediction_sets=len(list_sets(store)))
    return prediction_set
