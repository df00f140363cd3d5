"""Reasons and the cost of errors, worked out by hand."""

import pytest
from tests.unit.evaluation.scenes import annotation, pair, pair_and_match, prediction, random_scene

from assay.errors import UsageError
from assay.evaluation.detection.curves import evaluate_classes
from assay.evaluation.detection.error_costs import cost_of_errors
from assay.evaluation.detection.matching import match
from assay.evaluation.detection.reasons import REASON_NAMES, find_reasons

# IoU of two boxes 10 px wide: shifted by 2.5 px .6, by 5 px 1/3, by 8 px 1/9, by 9 px 1/19


def reasons_of(annotations, predictions, iou_threshold=0.5, confidence=0.0):
    pairing, matches = pair_and_match(annotations, predictions, iou_threshold)
    return find_reasons(pairing, matches, confidence)


def names(codes):
    return [REASON_NAMES[code] for code in codes]


def costs_of(annotations, predictions, iou_threshold=0.5, **options):
    pairing, matches = pair_and_match(annotations, predictions, iou_threshold)
    return cost_of_errors(pairing, matches, find_reasons(pairing, matches), **options)


@pytest.mark.parametrize(
    ("annotations", "predictions", "reason"),
    [
        ([annotation(0)], [prediction(5, 0.9)], "localisation"),
        ([annotation(0)], [prediction(8, 0.9)], "localisation"),
        ([annotation(0)], [prediction(9, 0.9)], "background"),
        ([annotation(0)], [prediction(300, 0.9)], "background"),
        ([annotation(0, class_=1)], [prediction(2, 0.9)], "class"),
        ([annotation(0, class_=1)], [prediction(5, 0.9)], "class+localisation"),
        ([annotation(0), annotation(9, class_=1)], [prediction(5, 0.9)], "localisation"),  # the first that applies
        ([annotation(0), annotation(9, class_=1)], [prediction(9, 0.9)], "class"),
        ([annotation(0, class_=1, crowd=True)], [prediction(0, 0.9)], "background"),  # ignored ones give no reason
    ],
)
def test_the_first_reason_that_applies(annotations, predictions, reason):
    assert names(reasons_of(annotations, predictions).prediction_reason) == [reason]


def test_a_second_prediction_of_a_taken_annotation_is_a_duplicate():
    reasons = reasons_of([annotation(0)], [prediction(0, 0.9), prediction(1, 0.8)])
    assert names(reasons.prediction_reason) == ["none", "duplicate"]
    assert reasons.target.tolist() == [-1, 0]


def test_a_duplicate_that_fits_another_class_is_a_class_error():
    reasons = reasons_of([annotation(0), annotation(1, class_=1)], [prediction(0, 0.9), prediction(1, 0.8)])
    assert names(reasons.prediction_reason) == ["none", "class"]


def test_below_a_threshold_of_a_tenth_the_background_begins_at_the_threshold():
    # IoU 1/19 = .0526
    assert names(reasons_of([annotation(0)], [prediction(9, 0.9)], 0.06).prediction_reason) == ["background"]
    assert names(reasons_of([annotation(0, class_=1)], [prediction(9, 0.9)], 0.05).prediction_reason) == ["class"]


def test_an_fn_has_the_best_scored_fp_that_points_at_it_as_evidence():
    annotations = [annotation(0), annotation(100), annotation(200)]
    predictions = [prediction(5, 0.3), prediction(5, 0.7), prediction(100, 0.5, class_=1)]
    reasons = reasons_of(annotations, predictions)
    assert names(reasons.annotation_reason) == ["localisation", "class", "missed"]
    assert reasons.evidence.tolist() == [1, 2, -1]
    assert reasons.counts() == {
        "localisation": 2, "class": 1, "duplicate": 0, "background": 0, "class+localisation": 0, "missed": 1,
    }  # fmt: skip


def test_below_the_confidence_there_are_no_fps_and_no_matches():
    reasons = reasons_of([annotation(0)], [prediction(0, 0.4), prediction(5, 0.3)], confidence=0.5)
    assert names(reasons.prediction_reason) == ["none", "none"]
    assert names(reasons.annotation_reason) == ["missed"]


def test_reasons_need_pairs_across_classes():
    pairing = pair([annotation(0)], [prediction(0, 0.4)], across_classes=False)
    with pytest.raises(UsageError, match="across classes"):
        find_reasons(pairing, match(pairing, 0.5))


def test_a_localisation_error_put_right_finds_its_annotation():
    # before: recall 1/2 at precision 1, that is 51 of 101 points; after: all
    costs = costs_of([annotation(0), annotation(100)], [prediction(0, 0.9), prediction(105, 0.8)])
    assert costs["localisation"] == pytest.approx(50 / 101)
    assert costs["missed"] == 0  # the FN has the localisation error as evidence


def test_a_localisation_error_at_a_taken_annotation_is_removed():
    # before: TP, FP, TP: 51 points of 1, 50 of 2/3; after: all 1
    annotations = [annotation(0), annotation(100)]
    predictions = [prediction(0, 0.9), prediction(5, 0.8), prediction(100, 0.7)]
    assert costs_of(annotations, predictions)["localisation"] == pytest.approx(50 / 3 / 101)


def test_of_two_localisation_errors_at_one_annotation_the_better_scored_becomes_the_tp():
    # before: nothing found; after: a TP and nothing else
    costs = costs_of([annotation(0)], [prediction(5, 0.6), prediction(5.5, 0.9)])
    assert costs["localisation"] == pytest.approx(1.0)


def test_a_class_error_put_right_moves_to_the_class_of_its_annotation():
    # before: class 0 finds nothing (AP 0), class 1 has FP then TP (AP 1/2); after: both 1
    annotations = [annotation(0), annotation(100, class_=1)]
    predictions = [prediction(0, 0.9, class_=1), prediction(100, 0.5, class_=1)]
    costs = costs_of(annotations, predictions)
    assert costs["class"] == pytest.approx(0.75)
    assert costs["missed"] == 0


@pytest.mark.parametrize(
    ("reason", "wrong"),
    [
        ("duplicate", prediction(1, 0.8)),
        ("background", prediction(300, 0.8)),
        ("class+localisation", prediction(205, 0.8)),
    ],
)
def test_other_fps_are_removed(reason, wrong):
    # class 0: TP, FP, TP as above; class 1 has an annotation that nothing finds: mAP halves the gain
    annotations = [annotation(0), annotation(100), annotation(200, class_=1)]
    costs = costs_of(annotations, [prediction(0, 0.9), wrong, prediction(100, 0.7)])
    assert costs[reason] == pytest.approx(50 / 3 / 101 / 2)


def test_missed_annotations_leave_the_denominator():
    costs = costs_of([annotation(0), annotation(100)], [prediction(0, 0.9)])
    assert costs["missed"] == pytest.approx(50 / 101)


def test_costs_are_those_of_the_whole_ranking():
    pairing, matches = pair_and_match([annotation(0)], [prediction(0, 0.4)])
    with pytest.raises(UsageError, match="whole ranking"):
        cost_of_errors(pairing, matches, find_reasons(pairing, matches, 0.5))


@pytest.mark.parametrize("seed", range(5))
def test_no_cost_is_negative_and_none_exceeds_what_is_lacking(seed):
    annotations, predictions = random_scene(seed)
    pairing = pair(annotations, predictions, images=12, classes=3)
    matches = match(pairing, 0.6)
    lacking = 1 - evaluate_classes(pairing, matches).mean_average_precision()
    costs = cost_of_errors(pairing, matches, find_reasons(pairing, matches))
    assert all(-1e-12 <= cost <= lacking + 1e-12 for cost in costs.values())
    assert max(costs.values()) > 0
