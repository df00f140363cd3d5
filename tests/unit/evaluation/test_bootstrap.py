"""Resamples equal to evaluating datasets in which images occur as often as they were drawn."""

import numpy as np
import pytest
from tests.unit.evaluation.scenes import annotation, pair, pair_and_match, prediction, random_scene

from assay.evaluation import statistics
from assay.evaluation.detection import bootstrap
from assay.evaluation.detection.comparison import Change, compare_images, paired_differences, wrong_images
from assay.evaluation.detection.curves import count_at_confidence, evaluate_classes
from assay.evaluation.detection.matching import match
from assay.evaluation.types import Selection

IMAGES, CLASSES = 12, 3


def repeated(rows, weights):
    """Return the objects of a dataset in which each image occurs as often as its weight says."""
    first = np.cumsum(weights) - weights
    return [(int(first[row[0]]) + copy, *row[1:]) for row in rows for copy in range(weights[row[0]])]


@pytest.mark.parametrize("seed", range(3))
def test_a_resample_is_a_dataset_with_repeated_images(seed):
    truth, guesses = random_scene(seed)
    pairing = pair(truth, guesses, images=IMAGES, classes=CLASSES)
    samples = bootstrap.bootstrap(pairing, match(pairing, 0.5), confidence=0.4, resamples=21, seed=seed)
    drawn = bootstrap._draw(np.random.default_rng(seed), np.arange(IMAGES, dtype=np.int32), IMAGES, 21)
    for number, weights in enumerate(drawn):
        copy = pair(repeated(truth, weights), repeated(guesses, weights), images=IMAGES, classes=CLASSES)
        matches = match(copy, 0.5)
        evaluation = evaluate_classes(copy, matches)
        assert samples.average_precision[number] == pytest.approx(evaluation.average_precision, abs=1e-12, nan_ok=True)
        assert samples.greatest_recall[number] == pytest.approx(evaluation.greatest_recall, abs=1e-12, nan_ok=True)
        counts = count_at_confidence(copy, matches, 0.4)
        for part in ("tp", "fp", "fn"):
            assert getattr(samples.counts, part)[number].tolist() == getattr(counts, part).tolist()
        assert samples.numbers()["mAP"][number] == pytest.approx(evaluation.mean_average_precision())
        assert samples.numbers()["f1"][number] == pytest.approx(counts.total().f1)


def test_the_same_seed_gives_the_same_samples_in_steps_of_any_size(monkeypatch):
    pairing = pair(*random_scene(4), images=IMAGES, classes=CLASSES)
    matches = match(pairing, 0.5)
    whole = bootstrap.bootstrap(pairing, matches, resamples=50)
    monkeypatch.setattr(bootstrap, "WEIGHTS_PER_STEP", 7 * IMAGES)
    assert np.array_equal(
        bootstrap.bootstrap(pairing, matches, resamples=50).average_precision, whole.average_precision
    )


def test_only_images_of_the_filter_are_drawn():
    pairing = pair([annotation(0), annotation(0, image=1)], [prediction(0, 0.9)])
    selection = Selection(images=np.array([True, False]))
    samples = bootstrap.bootstrap(pairing, match(pairing, 0.5, selection), selection, resamples=20)
    assert (samples.counts.tp[:, 0] == 1).all()
    assert (samples.counts.fn == 0).all()


def test_the_interval_holds_the_middle_of_the_samples():
    assert statistics.percentile_interval(np.append(np.arange(101.0), np.nan)) == pytest.approx((2.5, 97.5))
    assert np.isnan(statistics.percentile_interval(np.full(3, np.nan))).all()


def test_a_set_compared_with_itself_differs_by_nothing():
    pairing = pair(*random_scene(1), images=IMAGES, classes=CLASSES)
    samples = bootstrap.bootstrap(pairing, match(pairing, 0.5), resamples=30)
    differences = paired_differences(samples, samples)
    assert set(differences.numbers.values()) == {(0.0, 0.0)}
    assert (differences.average_precision == 0).all()


def test_pairing_makes_the_interval_of_a_steady_difference_narrow():
    # the second set is the first and a spurious box in every image: one FP more in each resample's each image
    truth, guesses = random_scene(2)
    spurious = [prediction(500, 0.99, image=image) for image in range(IMAGES)]
    pairings = [pair(truth, rows, images=IMAGES, classes=CLASSES) for rows in (guesses, guesses + spurious)]
    first, second = (bootstrap.bootstrap(p, match(p, 0.5), resamples=40) for p in pairings)
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
