"""Halves of the images equal evaluating datasets of just these; intervals are worked out by hand."""

import numpy as np
import pytest
from tests.unit.evaluation.scenes import annotation, pair, pair_and_match, prediction, random_scene

from assay.evaluation import statistics
from assay.evaluation.detection import halves
from assay.evaluation.detection.comparison import Change, compare_images, paired_differences, wrong_images
from assay.evaluation.detection.curves import count_at_confidence, evaluate_classes
from assay.evaluation.detection.matching import match
from assay.evaluation.types import Selection

IMAGES, CLASSES = 12, 3


@pytest.mark.parametrize("seed", range(3))
def test_a_sample_is_the_whole_then_halves_of_the_images(seed):
    truth, guesses = random_scene(seed)
    pairing = pair(truth, guesses, images=IMAGES, classes=CLASSES)
    samples = halves.evaluate_halves(pairing, match(pairing, 0.5), confidence=0.4, resamples=20, seed=seed)
    everything = np.arange(IMAGES, dtype=np.int32)
    drawn = halves._draw(np.random.default_rng(seed), everything, IMAGES, 21, whole=True)
    assert drawn.sum(axis=1).tolist() == [IMAGES, *[IMAGES // 2] * 20]
    assert (drawn[1:].sum(axis=0) > 0).all()
    assert len(np.unique(drawn, axis=0)) > 15
    for number, weights in enumerate(drawn):
        rows = [[row for row in side if weights[row[0]]] for side in (truth, guesses)]
        copy = pair(*rows, images=IMAGES, classes=CLASSES)
        matches = match(copy, 0.5)
        evaluation = evaluate_classes(copy, matches)
        assert samples.average_precision[number] == pytest.approx(evaluation.average_precision, abs=1e-12, nan_ok=True)
        assert samples.greatest_recall[number] == pytest.approx(evaluation.greatest_recall, abs=1e-12, nan_ok=True)
        counts = count_at_confidence(copy, matches, 0.4)
        for part in ("tp", "fp", "fn"):
            assert getattr(samples.counts, part)[number].tolist() == getattr(counts, part).tolist()
            times = 1 if number == 0 else 2
            assert samples.numbers()[part][number] == times * getattr(counts, part).sum()
        assert samples.numbers()["mAP"][number] == pytest.approx(evaluation.mean_average_precision())
        assert samples.numbers()["f1"][number] == pytest.approx(counts.total().f1)


def test_the_same_seed_gives_the_same_samples_in_steps_of_any_size(monkeypatch):
    pairing = pair(*random_scene(4), images=IMAGES, classes=CLASSES)
    matches = match(pairing, 0.5)
    whole = halves.evaluate_halves(pairing, matches, resamples=50)
    monkeypatch.setattr(halves, "WEIGHTS_PER_STEP", 7 * IMAGES)
    assert np.array_equal(
        halves.evaluate_halves(pairing, matches, resamples=50).average_precision, whole.average_precision
    )


def test_only_images_of_the_filter_are_drawn():
    pairing = pair([annotation(0, image=i) for i in range(3)], [prediction(0, 0.9)], images=3)
    selection = Selection(images=np.array([True, True, False]))
    samples = halves.evaluate_halves(pairing, match(pairing, 0.5, selection), selection, resamples=20)
    assert (samples.counts.tp + samples.counts.fn)[:, 0].tolist() == [2] + [1] * 20
    assert samples.images == 2


def test_an_interval_takes_the_bias_off_and_is_as_wide_as_halves_are_spread():
    halves = [0.5, 0.6, 0.7, 0.8]  # mean .65, standard deviation sqrt(.05 / 3)
    values = np.array([0.6, *halves, np.nan])
    half_width = 1.959963984540054 * np.sqrt(0.05 / 3)
    middle = 0.6 - 1.5 * 0.05
    expected = (middle - half_width, middle + half_width)
    assert statistics.half_sample_interval(values, 100) == pytest.approx(expected)
    assert statistics.half_sample_interval(values, 100, (0.4, 0.7)) == pytest.approx((0.4, 0.7))
    # 4 of 9 images: the mean of 4 differs from that of 9 by 1/4 - 1/9, that of 9 from the whole by 1/9: 4/5 of it
    middle, half_width = 0.6 - 0.8 * 1.5 * 0.05, half_width * np.sqrt(0.8)
    expected = (middle - half_width, middle + half_width)
    assert statistics.half_sample_interval(values, 9) == pytest.approx(expected)


def test_where_the_bias_is_beyond_the_half_width_there_is_no_interval():
    assert np.isnan(statistics.half_sample_interval(np.array([0.5, 0.9, 0.91, 0.92]), 100)).all()
    assert np.isnan(statistics.half_sample_interval(np.full(4, np.nan), 100)).all()
    assert np.isnan(statistics.half_sample_interval(np.array([0.5, 0.5, np.nan, np.nan]), 100)).all()
    assert np.isnan(statistics.half_sample_interval(np.array([1.0, np.nan]), 1)).all()


def test_fewer_than_ten_objects_have_no_interval():
    def intervals(annotations, predictions):
        truth = [annotation(0, image=i) for i in range(annotations)]
        pairing = pair(truth, [prediction(0, 0.9, image=i) for i in range(predictions)], images=20)
        found = halves.evaluate_halves(pairing, match(pairing, 0.5), resamples=40).intervals()
        return {name for name, ends in found.items() if not np.isnan(ends).any()}

    assert intervals(10, 10) == {"mAP", "mAR", "tp", "fp", "fn", "precision", "recall", "f1"}
    assert intervals(9, 10) == {"fp", "precision"}
    assert intervals(10, 9) == {"mAP", "mAR", "tp", "fn", "recall", "f1"}


def test_a_set_compared_with_itself_differs_by_nothing():
    pairing = pair(*random_scene(1), images=IMAGES, classes=CLASSES)
    samples = halves.evaluate_halves(pairing, match(pairing, 0.5), resamples=30)
    differences = paired_differences(samples, samples)
    assert set(differences.numbers.values()) == {(0.0, 0.0)}
    assert (differences.average_precision == 0).all()


def test_pairing_makes_the_interval_of_a_steady_difference_narrow():
    # the second set is the first and a spurious box in every image: one FP more in each resample's each image
    truth, guesses = random_scene(2)
    spurious = [prediction(500, 0.99, image=image) for image in range(IMAGES)]
    pairings = [pair(truth, rows, images=IMAGES, classes=CLASSES) for rows in (guesses, guesses + spurious)]
    first, second = (halves.evaluate_halves(p, match(p, 0.5), resamples=40) for p in pairings)
    differences = paired_differences(first, second)
    assert differences.numbers["fp"] == (IMAGES, IMAGES)
    assert differences.numbers["tp"] == (0, 0)


def test_images_are_fixed_broken_or_wrong_in_both():
    annotations = [annotation(0, image=i) for i in range(4)]
    first, second = (
        pair_and_match(annotations, [prediction(0, 0.9, image=i) for i in found], images=5)
        for found in ((0, 1), (0, 2))
    )
    change = compare_images(
        wrong_images(*first), wrong_images(*second), Selection(images=np.array([True, True, True, True, False]))
    )
    assert change.tolist() == [
        Change.RIGHT_IN_BOTH, Change.BROKEN, Change.FIXED, Change.WRONG_IN_BOTH, Change.LEFT_OUT,
    ]  # fmt: skip


def test_images_are_wrong_by_the_chosen_classes_and_confidence():
    pairing, matches = pair_and_match([annotation(0)], [prediction(0, 0.4), prediction(0, 0.9, class_=1, image=1)])
    assert wrong_images(pairing, matches).tolist() == [False, True]
    assert wrong_images(pairing, matches, 0.5).tolist() == [True, True]
    assert wrong_images(pairing, matches, classes=np.array([True, False])).tolist() == [False, False]
