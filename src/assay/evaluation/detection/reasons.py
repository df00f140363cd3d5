"""Why a prediction is an FP and an annotation an FN (after TIDE, Bolya et al. 2020)."""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum

import numpy as np
from numpy.typing import NDArray

from assay.arrays import BoolArray, CodeArray, FloatArray, IndexArray
from assay.evaluation.detection.matching import FN, FP, IGNORED, LEFT_OUT, TP, Matches, effective_threshold
from assay.evaluation.detection.pairs import Overlaps, Pairing
from assay.evaluation.kernels import kernel

GREATEST_BACKGROUND_IOU = 0.1


class Reason(IntEnum):
    """Why there is an error; an FN is ``MISSED``, or has the reason of the FP that points at its annotation."""

    NONE = 0
    LOCALISATION = 1
    CLASS = 2
    DUPLICATE = 3
    BACKGROUND = 4
    CLASS_AND_LOCALISATION = 5
    MISSED = 6


REASON_NAMES = ("none", "localisation", "class", "duplicate", "background", "class+localisation", "missed")
"""What a reason is called outside, by its value."""


@dataclass(frozen=True)
class Reasons:
    """Reasons at a threshold and confidence, in file order.

    Attributes:
        confidence: Predictions below have no reason, and leave their annotations FN.
        prediction_reason: uint8 ``(n,)``, a :class:`Reason`, ``NONE`` unless an FP.
        target: int32 ``(n,)``, the annotation that an FP points at, -1 for background.
        annotation_reason: uint8 ``(g,)``, a :class:`Reason`, ``NONE`` unless an FN.
        evidence: int32 ``(g,)``, the localisation or class FP that points at an FN, of several the one with the
            highest score; -1 where none does.
    """

    confidence: float
    prediction_reason: CodeArray
    target: IndexArray
    annotation_reason: CodeArray
    evidence: IndexArray

    def counts(self, predictions: BoolArray | None = None, annotations: BoolArray | None = None) -> dict[str, int]:
        """Return the number of FPs of each of the five reasons, and of FNs that are missed.

        Args:
            predictions: bool ``(n,)``, which to count.
            annotations: bool ``(g,)``, which to count.
        """
        wrong = self.prediction_reason if predictions is None else self.prediction_reason[predictions]
        lost = self.annotation_reason if annotations is None else self.annotation_reason[annotations]
        numbers = np.bincount(wrong, minlength=len(REASON_NAMES))
        numbers[Reason.MISSED] = np.count_nonzero(lost == Reason.MISSED)
        return {REASON_NAMES[reason]: int(numbers[reason]) for reason in Reason if reason != Reason.NONE}


def find_reasons(pairing: Pairing, matches: Matches, confidence: float = 0.0) -> Reasons:
    """Give each FP and FN its reason; only annotations that count give one.

    Args:
        pairing: With pairs across classes.
        matches: The matching at t.
        confidence: c; predictions of at least this score are kept.

    Raises:
        UsageError: The pairs across classes are missing.
    """
    threshold = effective_threshold(matches.iou_threshold)
    outcome = matches.prediction_outcome[pairing.prediction_order]
    wrong = (outcome == FP) & (pairing.score >= confidence)
    annotation_outcome = outcomes_at_confidence(pairing, matches, confidence)[1][pairing.annotation_order]
    reason, target, evidence = _find_reasons(
        wrong,
        matches.annotation_counts[pairing.annotation_order],
        annotation_outcome == FN,
        pairing.score,
        pairing.own,
        pairing.across_classes,
        threshold,
        min(GREATEST_BACKGROUND_IOU, threshold),
    )
    lost = annotation_outcome == FN
    annotation_reason = np.where(lost, np.uint8(Reason.MISSED), np.uint8(Reason.NONE))
    explained = evidence >= 0
    annotation_reason[explained] = reason[evidence[explained]]
    return Reasons(
        confidence,
        pairing.predictions_in_file_order(reason),
        pairing.predictions_in_file_order(_translate(target, pairing.annotation_order)),
        pairing.annotations_in_file_order(annotation_reason),
        pairing.annotations_in_file_order(_translate(evidence, pairing.prediction_order)),
    )


def outcomes_at_confidence(pairing: Pairing, matches: Matches, confidence: float) -> tuple[CodeArray, CodeArray]:
    """Return the outcomes of predictions and annotations, in file order, when predictions below c are dropped.

    A dropped prediction is ignored, and the annotation that it matched is an FN.

    Args:
        pairing: The pairs.
        matches: Their matching.
        confidence: c; predictions of at least this score are kept.
    """
    dropped = pairing.file_score < confidence
    predictions, annotations = matches.prediction_outcome.copy(), matches.annotation_outcome.copy()
    predictions[dropped & (predictions != LEFT_OUT)] = IGNORED
    matched = np.flatnonzero(annotations == TP)
    annotations[matched[dropped[matches.prediction_of[matched]]]] = FN
    return predictions, annotations


def _translate(index: IndexArray, order: IndexArray) -> IndexArray:
    """Return file positions of sorted positions, -1 staying -1."""
    result = index.copy()
    result[index >= 0] = order[index[index >= 0]]
    return result


@kernel
def _find_reasons(
    wrong: BoolArray,
    counts: BoolArray,
    lost: BoolArray,
    score: FloatArray,
    own_pairs: Overlaps,
    other_pairs: Overlaps,
    threshold: float,
    background: float,
) -> tuple[CodeArray, IndexArray, IndexArray]:
    reason = np.zeros(len(wrong), dtype=np.uint8)
    target = np.full(len(wrong), -1, dtype=np.int32)
    evidence = np.full(len(counts), -1, dtype=np.int32)
    for prediction in range(len(wrong)):
        if not wrong[prediction]:
            continue
        own, own_best = greatest(prediction, own_pairs, counts)
        other, other_best = greatest(prediction, other_pairs, counts)
        if background <= own_best < threshold:
            reason[prediction], target[prediction] = 1, own
        elif other_best >= threshold:
            reason[prediction], target[prediction] = 2, other
        elif own_best >= threshold:
            reason[prediction], target[prediction] = 3, own
        elif max(own_best, other_best) <= background:
            reason[prediction] = 4
        else:
            reason[prediction], target[prediction] = 5, other
        if reason[prediction] == 1 or reason[prediction] == 2:
            annotation = target[prediction]
            known = evidence[annotation]
            if lost[annotation] and (known < 0 or score[prediction] > score[known]):
                evidence[annotation] = prediction
    return reason, target, evidence


@kernel
def greatest(prediction: int, pairs: Overlaps, counts: BoolArray) -> tuple[int, float]:
    """Return the annotation that counts which a prediction overlaps most, of equals the later, and the IoU; or -1, 0.

    Args:
        prediction: Sorted position.
        pairs: Of all predictions.
        counts: bool ``(g,)``.
    """
    best, best_iou = -1, 0.0
    annotation, iou = pairs.annotation, pairs.iou
    for pair in range(pairs.offsets[prediction], pairs.offsets[prediction + 1]):
        if counts[annotation[pair]] and iou[pair] >= best_iou:
            best, best_iou = annotation[pair], iou[pair]
    return best, best_iou


def count_by_class(codes: CodeArray, class_: IndexArray, classes: int, names: int) -> NDArray[np.int64]:
    """Return int64 ``(classes, names)``: how often each code occurs in each class.

    Args:
        codes: uint8 ``(n,)``.
        class_: int32 ``(n,)``.
        classes: Number of classes.
        names: Number of codes.
    """
    return np.bincount(class_.astype(np.int64) * names + codes, minlength=classes * names).reshape(classes, names)
