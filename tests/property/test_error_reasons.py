"""Reasons and confusions against plain loops over IoUs that pycocotools computes."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pycocotools import mask as coco_mask

from assay.evaluation.detection.confusion import confuse
from assay.evaluation.detection.matching import match
from assay.evaluation.detection.reasons import REASON_NAMES, find_reasons
from assay.evaluation.types import Outcome
from tests.unit.evaluation.scenes import box, make_annotations, make_predictions, pair

CLASSES = 3
coordinate = st.integers(0, 6).map(lambda value: value * 3.0)
side = st.sampled_from([6.0, 9.0, 20.0])
shapes = st.builds(box, coordinate, coordinate, side, side)
image, class_ = st.integers(0, 1), st.integers(0, CLASSES - 1)
annotations = st.lists(
    st.builds(
        lambda i, k, s, c: (i, k, s, s[2] * s[3], c), image, class_, shapes, st.sampled_from([False] * 4 + [True])
    ),
    max_size=8,
)
predictions = st.lists(
    st.builds(lambda i, k, s, p: (i, k, s, s[2] * s[3], p), image, class_, shapes, st.floats(0, 1)), max_size=10
)
thresholds = st.sampled_from([0.01, 0.05, 0.1, 0.3, 0.5, 0.75])


def overlaps(truth, found):
    """Return the IoU of every prediction with every annotation of its image that counts, else -1."""
    iou = np.full((len(found), len(truth)), -1.0)
    if len(truth) and len(found):
        iou = coco_mask.iou(found.xywh, truth.xywh, [0] * len(truth))
        iou[found.image[:, None] != truth.image[None, :]] = -1
        iou[:, truth.crowd] = -1
    return iou


def expected_reason(iou, same, threshold):
    own = max((value for value, is_own in zip(iou, same, strict=True) if is_own), default=0.0)
    other = max((value for value, is_own in zip(iou, same, strict=True) if not is_own), default=0.0)
    background = min(0.1, threshold)
    if background <= own < threshold:
        return "localisation"
    if other >= threshold:
        return "class"
    if own >= threshold:
        return "duplicate"
    return "background" if max(own, other) <= background else "class+localisation"


@settings(max_examples=200)
@given(annotations, predictions, thresholds, st.sampled_from([0.0, 0.5]))
def test_reasons_are_the_first_that_applies(truths, guesses, threshold, confidence):
    pairing = pair(truths, guesses, classes=CLASSES)
    matches = match(pairing, threshold)
    reasons = find_reasons(pairing, matches, confidence)
    truth, found = make_annotations(*truths), make_predictions(*guesses)
    iou = overlaps(truth, found)
    for i in range(len(found)):
        wrong = matches.prediction_outcome[i] == Outcome.FP and found.score[i] >= confidence
        same = truth.class_ == found.class_[i]
        expected = expected_reason(iou[i], same, threshold) if wrong else "none"
        assert REASON_NAMES[reasons.prediction_reason[i]] == expected
        if expected not in {"none", "background"}:
            assert iou[i, reasons.target[i]] == pytest.approx(
                max(iou[i][same] if expected in {"localisation", "duplicate"} else iou[i][~same])
            )
    pointing = {"localisation", "class"}
    for j in range(len(truth)):
        matched = matches.prediction_of[j]
        lost = not truth.crowd[j] and (matched < 0 or found.score[matched] < confidence)
        accusers = [
            i
            for i in range(len(found))
            if reasons.target[i] == j and REASON_NAMES[reasons.prediction_reason[i]] in pointing
        ]
        if lost and accusers:
            best = reasons.evidence[j]
            assert found.score[best] == max(found.score[accusers])
            assert reasons.annotation_reason[j] == reasons.prediction_reason[best]
        else:
            assert REASON_NAMES[reasons.annotation_reason[j]] == ("missed" if lost else "none")
            assert reasons.evidence[j] == -1


@settings(max_examples=200)
@given(annotations, predictions, thresholds)
def test_leftovers_meet_across_classes_by_descending_iou(truths, guesses, threshold):
    pairing = pair(truths, guesses, classes=CLASSES)
    matches = match(pairing, threshold)
    truth, found = make_annotations(*truths), make_predictions(*guesses)
    iou = overlaps(truth, found)
    matrix = np.zeros((CLASSES + 1, CLASSES + 1), dtype=np.int64)
    for i in np.flatnonzero(matches.prediction_outcome == Outcome.TP):
        matrix[found.class_[i], found.class_[i]] += 1
    free = set(np.flatnonzero(matches.prediction_outcome == Outcome.FP).tolist())
    lost = set(np.flatnonzero(matches.annotation_outcome == Outcome.FN).tolist())
    pairs = [(-iou[i, j], -found.score[i], i, j) for i in free for j in lost if iou[i, j] >= threshold]
    position = np.argsort(pairing.prediction_order)  # of equal IoU and score the sorted order decides
    label_position = np.argsort(pairing.annotation_order)
    for *_, i, j in sorted(pairs, key=lambda each: (*each[:2], position[each[2]], label_position[each[3]])):
        if i in free and j in lost and truth.class_[j] != found.class_[i]:
            matrix[truth.class_[j], found.class_[i]] += 1
            free.remove(i)
            lost.remove(j)
    for i in free:
        matrix[CLASSES, found.class_[i]] += 1
    for j in lost:
        matrix[truth.class_[j], CLASSES] += 1
    assert confuse(pairing, matches).matrix.tolist() == matrix.tolist()
