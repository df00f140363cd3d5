"""Compiling all kernels before they are needed; with a filled cache it takes a fraction of a second."""

from __future__ import annotations

import numpy as np

from assay.evaluation.calibration import calibrate
from assay.evaluation.detection.accumulate import make_coco_table
from assay.evaluation.detection.confusion import confuse
from assay.evaluation.detection.curves import best_f1_confidences, count_at_confidence, evaluate_classes
from assay.evaluation.detection.error_costs import cost_of_errors
from assay.evaluation.detection.halves import evaluate_halves
from assay.evaluation.detection.matching import match
from assay.evaluation.detection.pairs import find_pairs
from assay.evaluation.detection.reasons import find_reasons
from assay.evaluation.importance import measure_importance
from assay.evaluation.slices import find_weak_slices
from assay.evaluation.types import Annotations, Outcome, Predictions, Task


def warm_up() -> None:
    """Run every kernel once on a handful of objects."""
    image, class_ = np.array([0, 0, 1], dtype=np.int32), np.array([0, 1, 0], dtype=np.int32)
    boxes = np.array([[0.0, 0.0, 10.0, 10.0], [40.0, 0.0, 10.0, 10.0], [80.0, 0.0, 10.0, 10.0]])
    zero, area, score = np.zeros(3), boxes[:, 2] * boxes[:, 3], np.array([0.9, 0.5, 0.1])
    annotations = Annotations(image, class_, boxes, area, np.zeros(3, dtype=np.bool_), rotation=zero)
    predictions = Predictions(image, class_[::-1].copy(), boxes, area, score, rotation=zero)
    tasks: tuple[Task, ...] = ("obb", "bbox")
    for task in tasks:
        pairing = find_pairs(annotations, predictions, images=2, classes=2, task=task)
    make_coco_table(pairing)
    matches = match(pairing, 0.5)
    evaluate_classes(pairing, matches)
    count_at_confidence(pairing, matches)
    best_f1_confidences(pairing, matches)
    cost_of_errors(pairing, matches, find_reasons(pairing, matches))
    confuse(pairing, matches)
    evaluate_halves(pairing, matches, resamples=1)
    right = matches.prediction_outcome == Outcome.TP
    right[0] = ~right[1]  # a constant outcome would be answered without a kernel
    calibrate(score, right)
    measure_importance(right, image, {}, {"": np.array([0.0, 1.0])}, images=2, permutations=1)
    find_weak_slices(~right, class_, {"one": score, "other": area}, classes=2)
