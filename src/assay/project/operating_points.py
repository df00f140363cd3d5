"""Operating points: from which confidence on the predictions of a set count where nothing else is asked."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from assay.project.store import Connection, Store


@dataclass(frozen=True)
class OperatingPoint:
    """A set's confidence for one task.

    Attributes:
        confidence: 0..1; predictions of at least this score count.
        by_hand: Whether a person has set it; it then stays when annotations change.
    """

    confidence: float
    by_hand: bool = False


OF_CLASSIFICATIONS = OperatingPoint(0.0)
"""Of every set of classifications: each image has one label."""


def read_operating_points(cursor: Connection) -> dict[int, dict[str, OperatingPoint]]:
    """Return the stored operating points by set and task."""
    points: dict[int, dict[str, OperatingPoint]] = {}
    for number, task, confidence, by_hand in cursor.execute(
        'SELECT "set", task, confidence, by_hand FROM operating_point'
    ).fetchall():
        points.setdefault(number, {})[task] = OperatingPoint(confidence, by_hand)
    return points


def store_operating_points(store: Store, number: int, points: Mapping[str, OperatingPoint]) -> None:
    """Keep operating points of a set, in place of those of before for the same tasks.

    Raises:
        StorageError: the project is read-only.
    """
    with store.write() as cursor:
        for task, point in points.items():
            cursor.execute('DELETE FROM operating_point WHERE "set" = ? AND task = ?', [number, task])
            cursor.execute(
                "INSERT INTO operating_point VALUES (?, ?, ?, ?)", [number, task, point.confidence, point.by_hand]
            )


def forget_computed_points(cursor: Connection) -> None:
    """Forget the operating points of all sets that nobody has set by hand, since the annotations change."""
    cursor.execute("DELETE FROM operating_point WHERE NOT by_hand")
