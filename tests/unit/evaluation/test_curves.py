"""Counts, curves, confusion and calibration, worked out by hand."""

from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given, settings, strategies
from tests.unit.evaluation.scenes import annotation, pair, pair_and_match, prediction, random_scene

from assay.evaluation.calibration import calibrate
from assay.evaluation.detection.confusion import confuse
from assay.evaluation.detection.curves import (
    best_f1_confidences,
    count_at_confidence,
    evaluate_classes,
    operating_points,
)
from assay.evaluation.detection.matching import match
from assay.evaluation.types import Outcome
from assay.evaluator.operating_points import find_operating_point

# class 0: TP .9, FP .8, TP .7, and an annotation at 200 that nothing finds; class 1: no annotation, an FP
ANNOTATIONS = [annotation(0), annotation(100), annotation(200)]
PREDICTIONS = [prediction(100, 0.7), prediction(0, 0.9), prediction(300, 0.8), prediction(0, 0.6, class_=1)]


def test_average_precision_is_the_mean_of_the_envelope_at_101_recalls():
    evaluation = evaluate_classes(*pair_and_match(ANNOTATIONS, PREDICTIONS))
    # recall 1/3 at precision 1 covers 0 … .33 (34 points), recall 2/3 at 2/3 covers .34 … .66 (33 points)
    assert evaluation.average_precision[0] == pytest.approx((34 + 33 * 2 / 3) / 101)
    assert evaluation.greatest_recall[0] == pytest.approx(2 / 3)
    assert evaluation.precision[0, [0, 33, 34, 66, 67]] == pytest.approx([1, 1, 2 / 3, 2 / 3, 0])


def test_classes_without_annotations_have_no_ap_and_no_part_in_map():
    evaluation = evaluate_classes(*pair_and_match(ANNOTATIONS, PREDICTIONS))
    assert np.isnan(evaluation.average_precision[1])
    assert evaluation.mean_average_precision() == evaluation.average_precision[0]
    assert np.isnan(evaluation.mean_average_precision(np.array([False, True])))
    assert evaluation.mean_average_recall() == pytest.approx(2 / 3)


def test_counts_at_a_confidence():
    pairing, matches = pair_and_match(ANNOTATIONS, PREDICTIONS)
    counts = count_at_confidence(pairing, matches, 0.8)
    assert (counts.tp.tolist(), counts.fp.tolist(), counts.fn.tolist()) == ([1, 0], [1, 0], [2, 0])
    assert counts.precision.tolist() == pytest.approx([1 / 2, np.nan], nan_ok=True)
    total = count_at_confidence(pairing, matches).total()
    assert (int(total.tp), int(total.fp), int(total.fn)) == (2, 2, 1)
    assert float(total.f1) == pytest.approx(4 / 7)


def test_operating_points_have_one_point_a_score():
    pairing, matches = pair_and_match(ANNOTATIONS, [*PREDICTIONS, prediction(400, 0.7)])
    points = operating_points(pairing, matches, 0)
    assert points.confidence.tolist() == [0.9, 0.8, 0.7]
    assert points.counts.tp.tolist() == [1, 1, 2]
    assert points.counts.fp.tolist() == [0, 1, 2]
    assert points.counts.fn.tolist() == [2, 2, 1]
    everything = operating_points(pairing, matches)
    assert everything.confidence.tolist() == [0.9, 0.8, 0.7, 0.6]
    assert everything.counts.fp.tolist() == [0, 1, 2, 3]


def test_the_best_f1_is_at_the_score_whose_prefix_has_it():
    pairing, matches = pair_and_match(ANNOTATIONS, PREDICTIONS)
    # F1: .9 → 2/4, .8 → 2/5, .7 → 4/6
    assert best_f1_confidences(pairing, matches).tolist() == pytest.approx([0.7, np.nan], nan_ok=True)
    assert operating_points(pairing, matches, 0).best == 2
    assert operating_points(pairing, matches, 1).best is None
    assert operating_points(*pair_and_match([], [])).best is None


def test_of_equally_good_confidences_the_least_is_the_best():
    # two annotations; TP .9 → 2/3, then FP .8 → 1/2, TP and FP .7 → 4/6 again, FP .6
    guesses = [prediction(0, 0.9), prediction(300, 0.8), prediction(100, 0.7), prediction(400, 0.7)]
    pairing, matches = pair_and_match([annotation(0), annotation(100)], [*guesses, prediction(500, 0.6)])
    assert operating_points(pairing, matches, 0).counts.f1.tolist() == [2 / 3, 1 / 2, 2 / 3, 4 / 7]
    assert best_f1_confidences(pairing, matches)[0] == 0.7
    assert find_operating_point(pairing).confidence == 0.7


def test_without_a_hit_everything_counts():
    assert find_operating_point(pair([], [prediction(0, 0.9)])).confidence == 0
    assert find_operating_point(pair([annotation(0)], [])).confidence == 0
    assert find_operating_point(pair([annotation(0)], [prediction(300, 0.9)])).confidence == 0


@settings(max_examples=60, deadline=None)
@given(seed=strategies.integers(0, 2**20), levels=strategies.integers(1, 12))
def test_the_operating_point_is_the_best_of_all_scores(seed, levels):
    truth, guesses = random_scene(seed, images=3, annotations=12, predictions=30)
    guesses = [(*guess[:-1], np.ceil(guess[-1] * levels) / levels) for guess in guesses]
    pairing = pair(truth, guesses, images=3, classes=3)
    matches = match(pairing, 0.5)
    score = np.array([guess[-1] for guess in guesses])
    right, wrong = matches.prediction_outcome == Outcome.TP, matches.prediction_outcome == Outcome.FP
    positives = sum(not row[4] for row in truth)
    best = (Fraction(0), 0.0)
    for edge in sorted(set(score[right | wrong].tolist()), reverse=True):
        tp, fp = int((right & (score >= edge)).sum()), int((wrong & (score >= edge)).sum())
        f1 = Fraction(2 * tp, tp + fp + positives)
        best = (f1, edge) if f1 and f1 >= best[0] else best
    assert find_operating_point(pairing).confidence == best[1]


@pytest.mark.parametrize("seed", range(4))
def test_every_operating_point_is_what_counting_at_its_confidence_gives(seed):
    pairing = pair(*random_scene(seed), images=12, classes=3)
    matches = match(pairing, 0.5)
    for class_ in range(3):
        points = operating_points(pairing, matches, class_)
        for i in range(0, len(points.confidence), 7):
            counts = count_at_confidence(pairing, matches, points.confidence[i])
            assert points.counts.tp[i] == counts.tp[class_]
            assert points.counts.fp[i] == counts.fp[class_]
            assert points.counts.fn[i] == counts.fn[class_]
        assert best_f1_confidences(pairing, matches)[class_] == points.confidence[points.best]


def test_confusion_matches_within_classes_then_across_then_with_background():
    annotations = [annotation(0), annotation(100), annotation(200, class_=1), annotation(300, class_=1)]
    predictions = [
        prediction(0, 0.9),  # its own class
        prediction(0, 0.8, class_=1),  # the annotation is taken: background
        prediction(101, 0.5, class_=1),  # IoU 9/11 …
        prediction(102, 0.9, class_=1),  # … is closer than 8/12, whatever the score
        prediction(203, 0.3),  # IoU 7/13 across classes
    ]
    confusion = confuse(*pair_and_match(annotations, predictions))
    # rows: class 0, class 1, background; columns alike
    assert confusion.matrix.tolist() == [[1, 1, 0], [1, 0, 1], [0, 2, 0]]
    assert confusion.annotation_of.tolist() == [0, -1, 1, -1, 2]
    assert confusion.prediction_of.tolist() == [0, 2, 4, -1]


def test_confusion_at_a_confidence_knows_only_what_is_kept():
    pairing, matches = pair_and_match([annotation(0)], [prediction(0, 0.4), prediction(0, 0.9, class_=1)])
    assert confuse(pairing, matches, 0.5).matrix.tolist() == [[0, 1, 0], [0, 0, 0], [0, 0, 0]]


@pytest.mark.parametrize("seed", range(4))
def test_confusion_counts_every_judged_object_once(seed):
    pairing = pair(*random_scene(seed), images=12, classes=3)
    matches = match(pairing, 0.5)
    for confidence in (0.0, 0.5):
        counts = count_at_confidence(pairing, matches, confidence)
        matrix = confuse(pairing, matches, confidence).matrix
        assert np.diag(matrix)[:3].tolist() == counts.tp.tolist()
        assert matrix[:, :3].sum(axis=0).tolist() == (counts.tp + counts.fp).tolist()
        assert matrix[:3].sum(axis=1).tolist() == (counts.tp + counts.fn).tolist()


def test_calibration_weighs_the_gap_of_each_bin():
    calibration = calibrate(np.array([0.95, 0.99, 1.0, 0.5]), np.array([True, True, False, True]))
    # bins of 1/15: .95, .99 and 1 lie in the last, mean .98, precision 2/3; .5 in the eighth, precision 1
    assert calibration.count.tolist() == [0] * 7 + [1] + [0] * 6 + [3]
    assert calibration.precision[[7, 14]].tolist() == pytest.approx([1, 2 / 3])
    assert calibration.error == pytest.approx((3 * (0.98 - 2 / 3) + 0.5) / 4)
    edges = calibration.edges
    assert calibrate(edges, np.ones(16, dtype=np.bool_)).count.tolist() == [1] * 14 + [2]
    assert np.isnan(calibrate(np.zeros(0), np.zeros(0, dtype=np.bool_)).error)
