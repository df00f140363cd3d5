"""What an evaluation of classifications has found out, as columns that queries speak of."""

from __future__ import annotations

from collections.abc import Hashable

import numpy as np
from numpy.typing import NDArray

from assay.evaluator.classification import ClassificationEvaluation
from assay.query.judged import Judged


def judge_classifications(evaluation: ClassificationEvaluation, key: Hashable) -> Judged:
    """Return the outcomes of a set's classifications: ``tp`` if correct, ``fp`` for the reason ``class`` if not.

    Ignored are those below the confidence, and those of images with several labels or none.
    """
    loaded = evaluation.loaded
    image = loaded.prediction_image
    is_judged = (evaluation.single & evaluation.predicted)[image]
    right = is_judged & (loaded.label[image] == loaded.prediction_class)
    outcome = _ignored(evaluation.images[image])
    outcome[is_judged] = "fp"
    outcome[right] = "tp"
    return Judged(
        key=("prediction", key),
        rows=loaded.prediction_rows,
        outcome=outcome,
        reason=_reason({"class": is_judged & ~right}, len(image)),
        iou=right.astype(np.float64),
    )


def judge_labels(evaluation: ClassificationEvaluation, key: Hashable) -> Judged:
    """Return the outcomes of images' labels beside a set: ``matched``, or ``fn``.

    Reasons of ``fn`` are ``class`` where another class is predicted, ``missed`` where none is.
    """
    loaded = evaluation.loaded
    image = loaded.annotation_image
    single, predicted = evaluation.single[image], (evaluation.single & evaluation.predicted)[image]
    found = loaded.prediction_class[loaded.prediction_of[image]] if len(loaded.prediction_class) else -1
    right = predicted & (found == loaded.annotation_class)
    outcome = _ignored(evaluation.images[image])
    outcome[single] = "fn"
    outcome[right] = "matched"
    return Judged(
        key=("annotation", key),
        rows=loaded.annotation_rows,
        outcome=outcome,
        reason=_reason({"class": predicted & ~right, "missed": single & ~predicted}, len(image)),
        iou=np.zeros(len(image)),
    )


def _ignored(evaluated: NDArray[np.bool_]) -> NDArray[np.object_]:
    """Return ``ignored`` for items of images that are evaluated, None for others."""
    outcome = np.full(len(evaluated), None, dtype=object)
    outcome[evaluated] = "ignored"
    return outcome


def _reason(chosen: dict[str, NDArray[np.bool_]], count: int) -> NDArray[np.object_]:
    reason = np.full(count, None, dtype=object)
    for name, items in chosen.items():
        reason[items] = name
    return reason
