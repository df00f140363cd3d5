"""Which metrics each image and the annotations in it have values of, and in which versions.

A recipe is a set of metric versions under a number. Images that were measured alike share one, so that the state of
a million images is one small integer each.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
import orjson
from numpy.typing import NDArray

from assay.project.store import Connection, Store

Stage = Literal["geometry", "pixels"]
StagedRun = Literal["geometry", "pixels", "predictions"]
Versions = dict[str, int]


@dataclass(frozen=True)
class Gap:
    """Images that lack the same metrics.

    Attributes:
        missing: The metrics to compute, with their versions.
        recipe: Number of the recipe that the images have, None for images never measured.
        rows: int32 ``(n,)``, the images' rows, rising.
    """

    missing: Versions
    recipe: int | None
    rows: NDArray[np.int32]


def find_gaps(store: Store, stage: Stage, wanted: Versions, *, readable: bool = False) -> list[Gap]:
    """Return what is missing of the wanted metrics, grouped by what the images have.

    Args:
        readable: Only images whose file can be read.
    """
    condition = "WHERE f.status = 0" if readable else ""
    with store.read() as cursor:
        recipes = {int(number): orjson.loads(text) for number, text in _all(cursor)}
        found = cursor.execute(
            f"SELECT i.row, coalesce(m.{stage}, -1) AS recipe FROM image i LEFT JOIN image_measured m USING (row) "
            f"LEFT JOIN image_file f USING (row) {condition} ORDER BY i.row"
        ).fetchnumpy()
    rows, numbers = np.ma.getdata(found["row"]).astype(np.int32), np.ma.getdata(found["recipe"])
    gaps = []
    for number in np.unique(numbers).tolist():
        has: Versions = recipes.get(number, {})
        missing = {key: version for key, version in wanted.items() if has.get(key) != version}
        if missing:
            gaps.append(Gap(missing, None if number < 0 else number, rows[numbers == number]))
    return gaps


def note_measured(cursor: Connection, stage: Stage, gap: Gap, staged: str) -> None:
    """Write down that the images of a staging table now have what they lacked, in the running transaction.

    Args:
        staged: Name of the table whose ``row`` column holds the images.
    """
    recipes = {int(number): orjson.loads(text) for number, text in _all(cursor)}
    number = number_recipe(cursor, {**recipes.get(-1 if gap.recipe is None else gap.recipe, {}), **gap.missing})
    other = "pixels" if stage == "geometry" else "geometry"
    cursor.execute(
        "CREATE OR REPLACE TEMP TABLE now_measured AS "
        f"SELECT s.row, m.{other} AS other FROM {staged} s LEFT JOIN image_measured m USING (row)"
    )
    cursor.execute("DELETE FROM image_measured WHERE row IN (SELECT row FROM now_measured)")
    cursor.execute(
        f"INSERT INTO image_measured (row, {stage}, {other}) SELECT row, ?, other FROM now_measured", [number]
    )
    cursor.execute("DROP TABLE now_measured")


def number_recipe(cursor: Connection, full: Versions) -> int:
    """Return the number of the recipe of exactly these metric versions, made where there is none."""
    recipes = {int(number): orjson.loads(text) for number, text in _all(cursor)}
    number = next((n for n, versions in recipes.items() if versions == full), None)
    if number is None:
        number = max(recipes, default=-1) + 1
        text = orjson.dumps(full, option=orjson.OPT_SORT_KEYS).decode()
        cursor.execute("INSERT INTO recipe VALUES (?, ?)", [number, text])
    return number


def forget_metric(cursor: Connection, key: str) -> None:
    """Take a metric out of all recipes, so that it counts as never computed."""
    for number, text in _all(cursor):
        versions = orjson.loads(text)
        if versions.pop(key, None) is not None:
            cursor.execute("UPDATE recipe SET versions = ? WHERE recipe = ?", [orjson.dumps(versions).decode(), number])


def _all(cursor: Connection) -> list[tuple[int, str]]:
    return cursor.execute("SELECT recipe, versions FROM recipe").fetchall()
