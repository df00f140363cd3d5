"""The confusion matrix of a detector, with a row and a column for the background."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from assay.arrays import BoolArray, IndexArray
from assay.evaluation.cells import Cells, count_cells
from assay.evaluation.detection.matching import FN, FP, TP, Matches, effective_threshold
from assay.evaluation.detection.pairs import Pairing
from assay.evaluation.detection.reasons import outcomes_at_confidence
from assay.evaluation.kernels import kernel


@dataclass(frozen=True)
class Confusion:
    """Which class is taken for which.

    Attributes:
        cells: Of ``classes + 1`` rows: the annotation's class, and columns: the predicted class; the last row counts
            predictions on background, the last column annotations that nothing matches.
        annotation_of: int32 ``(n,)``, in file order, the annotation each prediction is counted with, -1 for background
            and for predictions that are not counted.
        prediction_of: int32 ``(g,)``, in file order, the prediction each annotation is counted with, -1 for none.
    """

    cells: Cells
    annotation_of: IndexArray
    prediction_of: IndexArray

    @property
    def matrix(self) -> NDArray[np.int64]:
        """int64 ``(classes + 1, classes + 1)``: all cells."""
        return self.cells.matrix


def confuse(pairing: Pairing, matches: Matches, confidence: float = 0.0) -> Confusion:
    """Match within classes, then what is left across classes by descending IoU of at least t, then with background.

    Of pairs with the same IoU the one of the higher score is first.

    Args:
        pairing: With pairs across classes.
        matches: The matching at t.
        confidence: c; predictions of at least this score are kept.

    Raises:
        UsageError: The pairs across classes are missing.
    """
    prediction_outcome, annotation_outcome = outcomes_at_confidence(pairing, matches, confidence)
    free = (prediction_outcome == FP)[pairing.prediction_order]
    lost = (annotation_outcome == FN)[pairing.annotation_order]
    other = pairing.across_classes
    close = np.flatnonzero(other.iou >= effective_threshold(matches.iou_threshold))
    prediction = other.prediction
    close = close[free[prediction[close]] & lost[other.annotation[close]]]
    first, second = prediction[close], other.annotation[close]
    order = np.lexsort((-pairing.score[first], -other.iou[close]))
    kept = _match_greedily(first[order], second[order], free.copy(), lost.copy())
    first, second = pairing.prediction_order[first[order][kept]], pairing.annotation_order[second[order][kept]]
    hit = np.flatnonzero(prediction_outcome == TP)
    annotation_of = np.full(len(free), -1, dtype=np.int32)
    prediction_of = np.full(len(lost), -1, dtype=np.int32)
    annotation_of[hit], annotation_of[first] = matches.annotation_of[hit], second
    prediction_of[annotation_of[hit]], prediction_of[second] = hit, first

    background = pairing.classes
    predicted = pairing.predictions_in_file_order(pairing.prediction_class)
    labelled = np.append(pairing.annotations_in_file_order(pairing.annotation_class), background)
    evaluated = (prediction_outcome == TP) | (prediction_outcome == FP)
    unmatched = labelled[:-1][(annotation_outcome == FN) & (prediction_of < 0)]
    rows = np.concatenate([labelled[annotation_of[evaluated]], unmatched])
    columns = np.concatenate([predicted[evaluated], np.full_like(unmatched, background)])
    return Confusion(count_cells(rows, columns, background + 1), annotation_of, prediction_of)


@kernel
def _match_greedily(first: IndexArray, second: IndexArray, free: BoolArray, lost: BoolArray) -> BoolArray:
    kept = np.zeros(len(first), dtype=np.bool_)
    for pair in range(len(first)):
        if free[first[pair]] and lost[second[pair]]:
            free[first[pair]] = False
            lost[second[pair]] = False
            kept[pair] = True
    return kept
