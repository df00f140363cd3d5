"""What an evaluation has found out, as columns that queries speak of."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from assay.evaluation.pairs import best_iou
from assay.evaluation.reasons import REASON_NAMES
from assay.evaluation.types import Outcome
from assay.query.judged import OUTCOMES, REASONS, Judged

if TYPE_CHECKING:
    from assay.evaluator.load import Items, Loaded
    from assay.evaluator.session import Evaluation

CodeArray = NDArray[np.uint8]
_PREDICTION = {Outcome.IGNORED: "ignored", Outcome.TP: "tp", Outcome.FP: "fp"}
_ANNOTATION = {Outcome.IGNORED: "ignored", Outcome.TP: "matched", Outcome.FN: "fn"}
_REASON = np.array([REASONS.index(name) for name in REASON_NAMES], dtype=np.uint8)


def judge_predictions(evaluation: Evaluation) -> Judged:
    """Return the outcomes of a set's predictions at or above the confidence, of the evaluated images and classes.

    The partner is the annotation that a prediction is matched with, or that explains why it is wrong.
    """
    loaded, outcome = evaluation.loaded, evaluation.outcomes[0]
    kept = loaded.pairing.file_score >= evaluation.question.confidence
    judged = kept & evaluation.chosen_predictions & (outcome != Outcome.LEFT_OUT)
    matched, target = evaluation.matches.annotation_of, evaluation.reasons.target
    return Judged(
        rows=loaded.prediction_rows[judged],
        outcome=_translate(outcome[judged], _PREDICTION),
        reason=_REASON[evaluation.reasons.prediction_reason[judged]],
        iou=best_iou(loaded.pairing)[judged],
        partner=look_up(loaded.annotation_rows, np.where(matched >= 0, matched, target)[judged]),
        other_class=look_up(loaded.class_rows[loaded.annotation_class], evaluation.confusion.annotation_of[judged]),
        class_names=name_classes(loaded),
    )


def judge_annotations(evaluation: Evaluation) -> Judged:
    """Return the outcomes of the annotations beside a prediction set, of the evaluated images and classes.

    The partner is the prediction that an annotation is matched with, or the error that explains why it is not.
    """
    loaded, outcome = evaluation.loaded, evaluation.outcomes[1]
    judged = evaluation.chosen_annotations & (outcome != Outcome.LEFT_OUT)
    matched = np.where(outcome == Outcome.TP, evaluation.matches.prediction_of, -1)
    return Judged(
        rows=loaded.annotation_rows[judged],
        outcome=_translate(outcome[judged], _ANNOTATION),
        reason=_REASON[evaluation.reasons.annotation_reason[judged]],
        iou=np.full(int(judged.sum()), np.nan),
        partner=look_up(loaded.prediction_rows, np.where(matched >= 0, matched, evaluation.reasons.evidence)[judged]),
        other_class=look_up(loaded.class_rows[loaded.prediction_class], evaluation.confusion.prediction_of[judged]),
        class_names=name_classes(loaded),
    )


def _translate(codes: CodeArray, names: dict[Outcome, str]) -> CodeArray:
    table: Sequence[int] = [OUTCOMES.index(names.get(outcome, "ignored")) for outcome in sorted(Outcome)]
    return np.array(table, dtype=np.uint8)[codes]


def look_up(rows: NDArray[np.int32], places: NDArray[np.int32]) -> NDArray[np.int32]:
    """Return the rows at places, -1 at -1."""
    found = np.full(len(places), -1, dtype=np.int32)
    found[places >= 0] = rows[places[places >= 0]]
    return found


def name_classes(loaded: Loaded | Items) -> dict[int, str]:
    """Return the names of the evaluated classes by row."""
    return dict(zip(loaded.class_rows.tolist(), loaded.class_names, strict=True))
