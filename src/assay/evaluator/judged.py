"""What an evaluation has found out, as columns that queries speak of."""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from assay.evaluation.pairs import best_iou
from assay.evaluation.reasons import REASON_NAMES
from assay.evaluation.types import Outcome
from assay.evaluator.session import Evaluation
from assay.query.judged import Judged

_PREDICTION = {Outcome.IGNORED: "ignored", Outcome.TP: "tp", Outcome.FP: "fp"}
_ANNOTATION = {Outcome.IGNORED: "ignored", Outcome.TP: "matched", Outcome.FN: "fn"}


def judge_predictions(evaluation: Evaluation, key: Hashable) -> Judged:
    """Return the outcomes of a set's predictions at the threshold and confidence."""
    loaded = evaluation.loaded
    return Judged(
        key=("prediction", key),
        rows=loaded.prediction_rows,
        outcome=_names(evaluation.outcomes[0], _PREDICTION),
        reason=_reasons(evaluation.reasons.prediction_reason),
        iou=best_iou(loaded.pairing),
    )


def judge_annotations(evaluation: Evaluation, key: Hashable) -> Judged:
    """Return the outcomes of the annotations beside a prediction set at the threshold and confidence."""
    return Judged(
        key=("annotation", key),
        rows=evaluation.loaded.annotation_rows,
        outcome=_names(evaluation.outcomes[1], _ANNOTATION),
        reason=_reasons(evaluation.reasons.annotation_reason),
        iou=np.zeros(len(evaluation.loaded.annotation_rows)),
    )


def _names(codes: NDArray[np.uint8], names: dict[Outcome, str]) -> NDArray[np.object_]:
    return _look_up(codes, [names.get(outcome) for outcome in sorted(Outcome)])


def _reasons(codes: NDArray[np.uint8]) -> NDArray[np.object_]:
    return _look_up(codes, [None, *REASON_NAMES[1:]])


def _look_up(codes: NDArray[np.uint8], names: Sequence[Any]) -> NDArray[np.object_]:
    table = np.empty(len(names), dtype=object)
    table[:] = names
    chosen: NDArray[np.object_] = table[codes]
    return chosen
