"""What an evaluation of classifications has found out, as columns that queries speak of."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from assay.evaluator.judged import look_up, name_classes
from assay.query.judged import CHANGES, OUTCOMES, REASONS, Changes, Judged

if TYPE_CHECKING:
    from assay.evaluator.classification import ClassificationEvaluation, Classified

_IGNORED, _TP, _FP, _MATCHED, _FN = (OUTCOMES.index(name) for name in ("ignored", "tp", "fp", "matched", "fn"))
_NONE, _CLASS, _MISSED = (REASONS.index(name) for name in ("none", "class", "missed"))


def judge_classifications(evaluation: ClassificationEvaluation) -> Judged:
    """Return the outcomes of a set's classifications at or above the confidence, of the evaluated images and labels.

    ``tp`` is a correct one, ``fp`` one that is not, for the reason ``class``; ignored are those of images with several
    labels or none. The partner is the image's label.
    """
    loaded = evaluation.loaded
    rows = np.flatnonzero(_evaluated(evaluation)[loaded.prediction_image] & _is_kept(evaluation))
    image = loaded.prediction_image[rows]
    single = loaded.label[image] >= 0
    right = loaded.label[image] == loaded.prediction_class[rows]
    wrong = single & ~right
    return Judged(
        rows=loaded.prediction_rows[rows],
        outcome=_choose(len(rows), {_TP: right, _FP: wrong}, _IGNORED),
        reason=_choose(len(rows), {_CLASS: wrong}, _NONE),
        iou=right.astype(np.float64),
        partner=np.where(single, _first_labels(loaded)[image], -1).astype(np.int32),
        other_class=np.where(single, loaded.class_rows[np.maximum(loaded.label[image], 0)], -1).astype(np.int32),
        class_names=name_classes(loaded),
    )


def judge_labels(evaluation: ClassificationEvaluation) -> Judged:
    """Return the outcomes of labels beside a set, of the evaluated images and labels.

    Reasons of ``fn`` are ``class`` where another class is predicted, ``missed`` where none is. The partner is the
    image's prediction.
    """
    loaded = evaluation.loaded
    rows = np.flatnonzero(_evaluated(evaluation)[loaded.annotation_image])
    image = loaded.annotation_image[rows]
    single = loaded.label[image] >= 0
    place = np.where(single & evaluation.predicted[image], loaded.prediction_of[image], -1)
    found = place >= 0
    right = found.copy()
    right[found] = loaded.prediction_class[place[found]] == loaded.annotation_class[rows[found]]
    predicted = loaded.class_rows[loaded.prediction_class]
    return Judged(
        rows=loaded.annotation_rows[rows],
        outcome=_choose(len(rows), {_MATCHED: right, _FN: single & ~right}, _IGNORED),
        reason=_choose(len(rows), {_CLASS: found & ~right, _MISSED: single & ~found}, _NONE),
        iou=np.full(len(rows), np.nan),
        partner=look_up(loaded.prediction_rows, place),
        other_class=look_up(predicted, place),
        class_names=name_classes(loaded),
    )


def judge_classification_changes(first: ClassificationEvaluation, second: ClassificationEvaluation) -> Changes:
    """Return what became of the images with one label that both sets are evaluated on; none predicted is wrong."""
    both = first.single & second.single
    if first.filter.classes is not None:
        both[both] = first.filter.classes[first.loaded.label[both]]
    before, after = (_is_wrong(each)[both] for each in (first, second))
    names = {"right": ~before & ~after, "fixed": before & ~after, "broken": ~before & after, "wrong": before & after}
    chosen = {CHANGES.index(name): images for name, images in names.items()}
    return Changes(first.loaded.image_rows[both], _choose(int(both.sum()), chosen, 0))


def _is_wrong(evaluation: ClassificationEvaluation) -> NDArray[np.bool_]:
    """Return bool ``(images,)``: no prediction that is kept has the image's label."""
    loaded = evaluation.loaded
    wrong = np.ones(len(loaded.label), dtype=np.bool_)
    judged = evaluation.judged
    wrong[judged] = loaded.label[judged] != loaded.prediction_class[loaded.prediction_of[judged]]
    return wrong


def _evaluated(evaluation: ClassificationEvaluation) -> NDArray[np.bool_]:
    """Return bool ``(images,)``: those of the filter; under a class filter those with one of these labels."""
    label, classes = evaluation.loaded.label, evaluation.filter.classes
    if classes is None:
        return evaluation.images
    chosen = np.zeros(len(label), dtype=np.bool_)
    chosen[label >= 0] = classes[label[label >= 0]]
    return chosen & evaluation.images


def _is_kept(evaluation: ClassificationEvaluation) -> NDArray[np.bool_]:
    loaded = evaluation.loaded
    kept: NDArray[np.bool_] = (loaded.score >= evaluation.question.confidence) & (loaded.prediction_class >= 0)
    return kept


def _first_labels(loaded: Classified) -> NDArray[np.int32]:
    """Return int32 ``(images,)``: the row of each one's first label, -1 without any."""
    first = np.full(len(loaded.label), -1, dtype=np.int32)
    first[loaded.annotation_image[::-1]] = loaded.annotation_rows[::-1]
    return first


def _choose(count: int, chosen: dict[int, NDArray[np.bool_]], otherwise: int) -> NDArray[np.uint8]:
    codes = np.full(count, otherwise, dtype=np.uint8)
    for code, items in chosen.items():
        codes[items] = code
    return codes
