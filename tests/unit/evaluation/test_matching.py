"""Matching on scenes that can be worked out by hand; the property tests compare with pycocotools."""

import numpy as np
import pytest
from tests.unit.evaluation.scenes import (
    annotation,
    box,
    make_annotations,
    make_predictions,
    pair,
    pair_and_match,
    prediction,
)

from assay.errors import UsageError
from assay.evaluation.detection.matching import match
from assay.evaluation.detection.pairs import best_iou, find_pairs
from assay.evaluation.types import Annotations, Outcome, Predictions, Selection

IGNORED, TP, FP, FN, LEFT_OUT = Outcome


def test_the_better_scored_prediction_takes_the_annotation():
    _, matches = pair_and_match([annotation(0)], [prediction(1, 0.6), prediction(2, 0.9)])
    assert matches.prediction_outcome.tolist() == [FP, TP]
    assert matches.annotation_of.tolist() == [-1, 0]
    assert matches.prediction_of.tolist() == [1]


def test_outcomes_are_in_file_order_whatever_the_order_of_images_and_classes():
    annotations = [annotation(0, image=1, class_=1), annotation(0, image=0), annotation(50, image=0, class_=1)]
    predictions = [prediction(50, 0.3, class_=1), prediction(80, 0.9), prediction(0, 0.5, image=1, class_=1)]
    _, matches = pair_and_match(annotations, predictions)
    assert matches.prediction_outcome.tolist() == [TP, FP, TP]
    assert matches.annotation_of.tolist() == [2, -1, 0]
    assert matches.annotation_outcome.tolist() == [TP, FN, TP]


def test_an_iou_equal_to_the_threshold_matches():
    # intersection 50, union 100
    _, matches = pair_and_match([annotation(0)], [prediction(0, 0.9, shape=box(0, 0, 5, 10))], 0.5)
    assert matches.prediction_outcome.tolist() == [TP]


def test_a_threshold_of_one_takes_equal_boxes():
    _, matches = pair_and_match([annotation(0.1)], [prediction(0.1, 0.9)], 1.0)
    assert matches.prediction_outcome.tolist() == [TP]


def test_any_number_of_predictions_may_lie_in_a_crowd_by_their_own_area():
    # each lies wholly inside the crowd: intersection over prediction area is 1, though the IoU is .1
    crowd = annotation(0, crowd=True, shape=box(0, 0, 100, 10))
    _, matches = pair_and_match([crowd], [prediction(5, 0.9), prediction(40, 0.8), prediction(200, 0.7)])
    assert matches.prediction_outcome.tolist() == [IGNORED, IGNORED, FP]
    assert matches.annotation_outcome.tolist() == [IGNORED]


def test_an_annotation_that_counts_is_preferred_to_an_ignored_one_of_greater_iou():
    annotations = [annotation(0, crowd=True), annotation(2)]
    _, matches = pair_and_match(annotations, [prediction(0, 0.9)])
    assert matches.prediction_outcome.tolist() == [TP]
    assert matches.annotation_of.tolist() == [1]


def test_outside_the_area_range_unmatched_predictions_are_ignored():
    pairing = pair([annotation(0), annotation(50, area=500.0)], [prediction(0, 0.9), prediction(200, 0.8)])
    matches = match(pairing, 0.5, area_range=(100.0, 200.0))
    assert matches.annotation_outcome.tolist() == [TP, IGNORED]
    assert matches.prediction_outcome.tolist() == [TP, FP]
    matches = match(pairing, 0.5, area_range=(101.0, 600.0))
    assert matches.prediction_outcome.tolist() == [IGNORED, IGNORED]
    assert matches.annotation_outcome.tolist() == [IGNORED, FN]


def test_objects_of_images_that_a_filter_leaves_out_have_no_outcome():
    pairing = pair([annotation(0), annotation(0, image=1)], [prediction(0, 0.9), prediction(0, 0.9, image=1)])
    matches = match(pairing, 0.5, Selection(images=np.array([False, True])))
    assert matches.prediction_outcome.tolist() == [LEFT_OUT, TP]
    assert matches.annotation_outcome.tolist() == [LEFT_OUT, TP]


def test_annotations_and_unmatched_predictions_that_fail_a_condition_are_ignored():
    pairing = pair([annotation(0), annotation(50)], [prediction(0, 0.9), prediction(50, 0.8), prediction(100, 0.7)])
    selection = Selection(annotations=np.array([True, False]), predictions=np.array([False, False, False]))
    matches = match(pairing, 0.5, selection)
    assert matches.prediction_outcome.tolist() == [TP, IGNORED, IGNORED]  # a match that counts stays a TP
    assert matches.annotation_outcome.tolist() == [TP, IGNORED]


def test_the_hundred_and_first_prediction_of_an_image_and_class_is_ignored():
    predictions = [prediction(200, 0.9)] * 100 + [prediction(0, 0.8), prediction(0, 0.8, class_=1)]
    _, matches = pair_and_match([annotation(0), annotation(0, class_=1)], predictions)
    assert matches.prediction_outcome[100:].tolist() == [IGNORED, TP]


def test_best_iou_looks_at_annotations_of_the_class_that_count():
    annotations = [annotation(0), annotation(5), annotation(100, crowd=True), annotation(200, class_=1)]
    predictions = [prediction(100, 0.2), prediction(5, 0.9, shape=box(5, 0, 20, 10)), prediction(200, 0.5)]
    # the second shares 100 px² with the box at 5: 100 / 200
    assert best_iou(pair(annotations, predictions)).tolist() == pytest.approx([0.0, 0.5, 0.0])


def test_rotated_boxes_meet_by_their_exact_area():
    # a square of side 10 and itself turned by 45° share a regular octagon: 100·(2·√2 - 2)
    annotations = Annotations(
        np.zeros(1, np.int32), np.zeros(1, np.int32), np.array([box(0)]), np.array([100.0]), np.zeros(1, np.bool_),
        rotation=np.array([0.0]),
    )  # fmt: skip
    predictions = Predictions(
        np.zeros(2, np.int32), np.zeros(2, np.int32), np.array([box(0), box(30)]), np.full(2, 100.0),
        np.array([0.9, 0.8]), rotation=np.array([45.0, 45.0]),
    )  # fmt: skip
    pairing = find_pairs(annotations, predictions, images=1, classes=1, task="obb")
    shared = 100 * (2 * np.sqrt(2) - 2)
    assert pairing.own.iou.tolist() == pytest.approx([shared / (200 - shared)])


def test_rotated_boxes_without_a_turn_have_the_iou_of_boxes():
    random = np.random.default_rng(5)
    boxes = np.concatenate([random.random((80, 2)) * 30, random.random((80, 2)) * 20], axis=1)
    zeros, area = np.zeros(40, np.int32), boxes[:, 2] * boxes[:, 3]
    annotations = Annotations(zeros, zeros, boxes[:40], area[:40], np.arange(40) % 5 == 0, rotation=np.zeros(40))
    predictions = Predictions(zeros, zeros, boxes[40:], area[40:], np.ones(40), rotation=np.zeros(40))
    turned, upright = (
        find_pairs(annotations, predictions, images=1, classes=1, task=task).own for task in ("obb", "bbox")
    )
    assert turned.annotation.tolist() == upright.annotation.tolist()
    assert turned.iou == pytest.approx(upright.iou, abs=1e-9)


@pytest.mark.parametrize("threshold", [0.0, -0.1, 1.01, float("nan")])
def test_impossible_thresholds_are_refused(threshold):
    with pytest.raises(UsageError, match="threshold"):
        match(pair([], []), threshold)


def test_an_empty_scene_has_no_outcomes():
    _, matches = pair_and_match([], [])
    assert len(matches.prediction_outcome) == len(matches.annotation_outcome) == 0


def test_wrong_input_is_named():
    good = make_predictions(prediction(0, 0.5))
    with pytest.raises(UsageError, match=r"predictions\.score") as error:
        Predictions(good.image, good.class_, good.xywh, good.area, np.zeros(2))
    assert (error.value.expected, error.value.actual) == ("float64 (1,)", "float64 (2,)")
    with pytest.raises(UsageError, match="Scores must be numbers"):
        Predictions(good.image, good.class_, good.xywh, good.area, np.array([np.nan]))
    with pytest.raises(UsageError, match=r"predictions\.image") as error:
        Predictions(good.image.astype(np.int64), good.class_, good.xywh, good.area, good.score)
    assert (error.value.expected, error.value.actual) == ("int32 (1,)", "int64 (1,)")
    with pytest.raises(UsageError, match=r"predictions\.class_\[0\]"):
        find_pairs(make_annotations(), make_predictions(prediction(0, 0.5, class_=3)), images=1, classes=3)
    with pytest.raises(UsageError, match="masks"):
        find_pairs(make_annotations(annotation(0)), good, images=1, classes=1, task="segm")
    with pytest.raises(UsageError, match=r"selection\.images"):
        match(pair([], []), 0.5, Selection(images=np.ones(5, dtype=np.bool_)))
