"""Which metrics, in which versions, each stage of measuring has found of each image and the annotations in it.

A set of metric versions has a number, a row of the table ``recipe``. Images that were measured alike share one, so that
the state of a million images is one small integer each and stage.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import orjson
from numpy.typing import NDArray

from assay.project.store import Connection, Store

MetricVersions = dict[str, int]


@dataclass(frozen=True)
class MissingMetrics:
    """Images that lack the same metrics.

    Attributes:
        versions: The metrics to compute, with their versions.
        present: Number of the metric versions that the images have, None for images never measured.
        rows: int32 ``(n,)``, the images' rows, rising.
    """

    versions: MetricVersions
    present: int | None
    rows: NDArray[np.int32]


def find_missing(store: Store, stage: str, required: MetricVersions, *, readable: bool = False) -> list[MissingMetrics]:
    """Return the missing metrics of a stage, one group of images for each set of versions that they have.

    Args:
        readable: Only images whose file can be read.
    """
    condition = "WHERE f.status = 0" if readable else ""
    with store.read() as cursor:
        versions_of = _read_all(cursor)
        columns = cursor.execute(
            "SELECT i.row, coalesce(m.recipe, -1) AS recipe FROM image i "
            "LEFT JOIN image_measured m ON m.row = i.row AND m.stage = ? "
            f"LEFT JOIN image_file f ON f.row = i.row {condition} ORDER BY i.row",
            [stage],
        ).fetchnumpy()
    rows, numbers = np.ma.getdata(columns["row"]).astype(np.int32), np.ma.getdata(columns["recipe"])
    groups = []
    for number in np.unique(numbers).tolist():
        present = versions_of.get(number, {})
        missing = {key: version for key, version in required.items() if present.get(key) != version}
        if missing:
            groups.append(MissingMetrics(missing, None if number < 0 else number, rows[numbers == number]))
    return groups


def record_measured(cursor: Connection, stage: str, measured: MissingMetrics, staged: str) -> None:
    """Write down that the images of a staging table now have what they lacked, in the running transaction.

    Args:
        staged: Name of the table whose ``row`` column holds the images.
    """
    before = {} if measured.present is None else _read_all(cursor).get(measured.present, {})
    number = number_versions(cursor, before | measured.versions)
    cursor.execute(f"DELETE FROM image_measured WHERE stage = ? AND row IN (SELECT row FROM {staged})", [stage])
    cursor.execute(f"INSERT INTO image_measured SELECT row, ?, ? FROM {staged}", [stage, number])


def number_versions(cursor: Connection, full: MetricVersions) -> int:
    """Return the number of exactly these metric versions, made where there is none."""
    numbered = _read_all(cursor)
    number = next((n for n, versions in numbered.items() if versions == full), None)
    if number is None:
        number = max(numbered, default=-1) + 1
        cursor.execute("INSERT INTO recipe VALUES (?, ?)", [number, _dump(full)])
    return number


def complete_numbers(cursor: Connection, required: MetricVersions) -> list[int]:
    """Return the numbers of all metric versions that hold at least the wanted ones."""
    return [number for number, versions in _read_all(cursor).items() if required.items() <= versions.items()]


def forget_metric(cursor: Connection, key: str) -> None:
    """Take a metric out of all metric versions, so that it counts as never computed."""
    for number, versions in _read_all(cursor).items():
        if versions.pop(key, None) is not None:
            cursor.execute("UPDATE recipe SET versions = ? WHERE recipe = ?", [_dump(versions), number])


def _read_all(cursor: Connection) -> dict[int, MetricVersions]:
    rows = cursor.execute("SELECT recipe, versions FROM recipe").fetchall()
    return {int(number): orjson.loads(text) for number, text in rows}


def _dump(versions: MetricVersions) -> str:
    return orjson.dumps(versions, option=orjson.OPT_SORT_KEYS).decode()
