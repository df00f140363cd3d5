"""Two prediction sets side by side: differences with paired intervals, and images that one gets right."""

from __future__ import annotations

import math
from dataclasses import dataclass
from enum import IntEnum

import numpy as np

from assay.arrays import BoolArray, CodeArray, FloatArray
from assay.errors import UsageError
from assay.evaluation.detection.halves import Samples, class_intervals
from assay.evaluation.detection.matching import FN, FP, Matches
from assay.evaluation.detection.pairs import Pairing
from assay.evaluation.detection.reasons import outcomes_at_confidence
from assay.evaluation.statistics import LEAST_OBJECTS, half_sample_interval
from assay.evaluation.types import EVERYTHING, Selection, check_mask


class Change(IntEnum):
    """What became of an image from the first set to the second; an image is wrong with any FP or FN."""

    RIGHT_IN_BOTH = 0
    FIXED = 1
    BROKEN = 2
    WRONG_IN_BOTH = 3
    LEFT_OUT = 4


@dataclass(frozen=True)
class Differences:
    """The second set minus the first, as 95 % paired intervals; NaN where there are too few objects.

    Attributes:
        numbers: Low and high of mAP, mAR, tp, fp, fn, precision, recall and f1 by name.
        average_precision, greatest_recall: float64 ``(classes, 2)``, low and high of each class, NaN where undefined.
        tp, fp, fn: float64 ``(classes, 2)``, of each class's counts at the confidence.
    """

    numbers: dict[str, tuple[float, float]]
    average_precision: FloatArray
    greatest_recall: FloatArray
    tp: FloatArray
    fp: FloatArray
    fn: FloatArray


def paired_differences(first: Samples, second: Samples, classes: BoolArray | None = None) -> Differences:
    """Return intervals of all differences.

    Args:
        first: Of one set.
        second: Of the other, with the same images, selection, resamples and seed.
        classes: bool ``(classes,)``, the class filter.

    Raises:
        UsageError: The samples are not of the same shape.
    """
    if first.average_precision.shape != second.average_precision.shape:
        raise UsageError(
            "Paired samples must have the same resamples and classes.",
            item="second",
            expected=f"shape {first.average_precision.shape}",
            actual=f"shape {second.average_precision.shape}",
        )
    images = first.images
    ours, theirs = first.numbers(classes), second.numbers(classes)
    enough, also_enough = first.enough(classes), second.enough(classes)
    annotated = (first.counts.tp + first.counts.fn)[0] >= LEAST_OBJECTS
    predicted = (first.counts.tp + first.counts.fp + second.counts.tp + second.counts.fp)[0] >= LEAST_OBJECTS
    return Differences(
        {
            name: half_sample_interval(theirs[name] - ours[name], images)
            if enough[name] and also_enough[name]
            else (math.nan, math.nan)
            for name in ours
        },
        class_intervals(second.average_precision - first.average_precision, images, annotated),
        class_intervals(second.greatest_recall - first.greatest_recall, images, annotated),
        *(
            class_intervals(first.extrapolate(theirs - ours), images, able)
            for ours, theirs, able in (
                (first.counts.tp, second.counts.tp, annotated),
                (first.counts.fp, second.counts.fp, predicted),
                (first.counts.fn, second.counts.fn, annotated),
            )
        ),
    )


def wrong_images(
    pairing: Pairing, matches: Matches, confidence: float = 0.0, classes: BoolArray | None = None
) -> BoolArray:
    """Return bool ``(images,)``: those with an FP or FN of the chosen classes.

    Args:
        pairing: The pairs.
        matches: Their matching at t.
        confidence: c; predictions below are dropped.
        classes: bool ``(classes,)``, the class filter.
    """
    chosen = check_mask("classes", classes, pairing.classes)
    predictions, annotations = outcomes_at_confidence(pairing, matches, confidence)
    wrong = np.zeros(pairing.images, dtype=np.bool_)
    spurious = (predictions[pairing.prediction_order] == FP) & chosen[pairing.prediction_class]
    lost = (annotations[pairing.annotation_order] == FN) & chosen[pairing.annotation_class]
    wrong[pairing.prediction_image[spurious]] = True
    wrong[pairing.annotation_image[lost]] = True
    return wrong


def compare_images(first_wrong: BoolArray, second_wrong: BoolArray, selection: Selection = EVERYTHING) -> CodeArray:
    """Return uint8 ``(images,)``, the :class:`Change` of each image.

    Args:
        first_wrong: bool ``(images,)``, from :func:`wrong_images`.
        second_wrong: bool ``(images,)``, of the other set.
        selection: What both were matched for.
    """
    change = np.full(len(first_wrong), Change.RIGHT_IN_BOTH, dtype=np.uint8)
    change[first_wrong & ~second_wrong] = Change.FIXED
    change[~first_wrong & second_wrong] = Change.BROKEN
    change[first_wrong & second_wrong] = Change.WRONG_IN_BOTH
    change[~check_mask("selection.images", selection.images, len(change))] = Change.LEFT_OUT
    return change
