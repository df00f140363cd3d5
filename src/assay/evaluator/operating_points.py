"""The confidence that a set's predictions count from where nothing else is asked: that of the best F1 at IoU .5."""

from __future__ import annotations

from contextlib import suppress

from assay.errors import UsageError
from assay.evaluation.detection.curves import operating_points
from assay.evaluation.detection.matching import match
from assay.evaluation.detection.pairs import Pairing
from assay.evaluation.types import Task
from assay.evaluator.detection_data import load_detections
from assay.project.operating_points import OperatingPoint, store_operating_points
from assay.project.predictions import PredictionSet, list_sets, list_tasks
from assay.project.store import Store

IOU = 0.5


def find_operating_point(pairing: Pairing) -> OperatingPoint:
    """Return the least score with the greatest F1 over all images and classes; 0 where there is no TP."""
    points = operating_points(pairing, match(pairing, IOU))
    return OperatingPoint(0.0 if points.best is None else float(points.confidence[points.best]))


def renew_operating_points(store: Store) -> None:
    """Find and keep the operating points that sets of detections lack."""
    for known in list_sets(store):
        if known.kind == "classification":
            continue
        lacking = [task for task in list_tasks(store, known) if task not in known.operating_points]
        if lacking:
            store_operating_points(store, known.number, _find(store, known, lacking))


def set_operating_point(store: Store, known: PredictionSet, confidence: float | None, task: str | None = None) -> None:
    """Keep a confidence for a set, or the one of the best F1.

    Args:
        store: The project.
        known: The set.
        confidence: 0..1; None for the one of the best F1, which annotations that change move.
        task: For which task; None for all that the set can be evaluated for.

    Raises:
        UsageError: the set holds classifications, or cannot be evaluated for the task.
        StorageError: the project is read-only.
    """
    if known.kind == "classification":
        raise UsageError(
            "Classifications have no operating point: each image has one label.",
            item=known.name[:100],
            expected="a set of detections",
            actual="a set of classifications",
        )
    able = list_tasks(store, known)
    tasks = [each for each in able if task is None or each == task]
    if not tasks:
        raise UsageError(
            "The prediction set cannot be evaluated for that task.",
            item=known.name[:100],
            expected=" or ".join(able),
            actual=str(task),
        )
    if confidence is None:
        store_operating_points(store, known.number, _find(store, known, tasks))
    else:
        store_operating_points(store, known.number, dict.fromkeys(tasks, OperatingPoint(confidence, by_hand=True)))


def _find(store: Store, known: PredictionSet, tasks: list[Task]) -> dict[str, OperatingPoint]:
    found: dict[str, OperatingPoint] = {}
    for task in tasks:
        with suppress(UsageError):  # no mask can be drawn of any object: there is nothing to be evaluated for it
            found[task] = find_operating_point(load_detections(store, known, task).pairing)
    return found
