"""Importance, correlation and the statistics beneath, against scikit-learn, SciPy and values worked out by hand."""

import numpy as np
import pytest
from scipy import stats
from sklearn.metrics import mutual_info_score

from assay.evaluation.importance import (
    correlate,
    equal_frequency_bins,
    measure_importance,
    normalised_information,
)
from assay.evaluation.statistics import reject_by_false_discovery_rate, wilson_interval

NONE = {}


def importance_of(values, right, **options):
    image = np.zeros(len(right), dtype=np.int32)
    return measure_importance(right, image, {"m": values}, NONE, images=1, **options)["m"]


@pytest.mark.parametrize("seed", range(5))
def test_information_is_scikit_learns_plus_the_correction_of_miller_and_madow(seed):
    random = np.random.default_rng(seed)
    bins, right = random.integers(0, 6, 200), random.random(200) < 0.3
    right |= bins == 2
    plug_in = mutual_info_score(bins, right)
    cells = len(set(zip(bins.tolist(), right.tolist(), strict=True)))
    corrected = plug_in + (6 + 2 - cells - 1) / (2 * 200)
    share = right.mean()
    entropy = -share * np.log(share) - (1 - share) * np.log(1 - share)
    found = normalised_information(np.bincount(bins[right], minlength=6), np.bincount(bins, minlength=6))
    assert float(found) == pytest.approx(max(corrected, 0) / entropy, abs=1e-12)


def test_a_metric_that_decides_the_outcome_has_importance_one():
    values = np.arange(1000.0)
    importance = importance_of(values, values >= 500)
    assert importance.importance == pytest.approx(1.0)
    assert importance.p_value == 1 / 1000
    assert importance.significant


def test_a_metric_without_bearing_has_almost_none():
    random = np.random.default_rng(3)
    importance = importance_of(random.random(5000), random.random(5000) < 0.3)
    assert importance.importance < 0.01
    assert not importance.significant


def test_nulls_are_a_bin_of_their_own():
    right = np.arange(400) % 2 == 0
    importance = importance_of(np.where(right, np.nan, 5.0), right)
    assert importance.importance == pytest.approx(1.0)
    assert np.isnan(importance.correlation)  # among the others the metric is constant


@pytest.mark.parametrize("right", [np.ones(50, dtype=np.bool_), np.zeros(50, dtype=np.bool_), np.zeros(0, np.bool_)])
def test_a_constant_outcome_has_no_importance(right):
    importance = importance_of(np.arange(float(len(right))), right)
    assert np.isnan([importance.importance, importance.p_value, importance.correlation]).all()
    assert not importance.significant


def test_bins_hold_equal_counts_and_equal_values_share_one():
    bins, count = equal_frequency_bins(np.arange(64.0))
    assert (count, np.bincount(bins).tolist()) == (32, [2] * 32)
    bins, count = equal_frequency_bins(np.array([1.0, 1.0, 1.0, np.nan, 2.0]))
    assert (count, bins.tolist()) == (3, [0, 0, 0, 2, 1])
    assert equal_frequency_bins(np.full(3, np.nan)) [1] == 1  # fmt: skip


def test_image_metrics_are_permuted_over_images():
    # Outcomes are the same throughout an image, so 40 images of 50 objects are 40 observations, not 2,000: a metric of
    # the image that is as good as random must not look significant, though as an object metric it would.
    random = np.random.default_rng(11)
    image = np.repeat(np.arange(40, dtype=np.int32), 50)
    right = (random.random(40) < 0.5)[image]
    metric = random.random(40)
    of_image = measure_importance(right, image, NONE, {"m": metric}, images=40)["m"]
    of_object = measure_importance(right, image, {"m": metric[image]}, NONE, images=40)["m"]
    assert of_image.importance == pytest.approx(of_object.importance)
    assert of_object.significant
    assert not of_image.significant


def test_an_image_metric_that_matters_is_significant():
    random = np.random.default_rng(12)
    image = np.repeat(np.arange(300, dtype=np.int32), 5)
    metric = random.random(300)
    right = random.random(1500) < 0.2 + 0.6 * metric[image]
    found = measure_importance(right, image, {"noise": random.random(1500)}, {"m": metric}, images=300)
    assert found["m"].significant
    assert not found["noise"].significant
    assert found["m"].importance > found["noise"].importance


def test_the_same_seed_gives_the_same_answer():
    random = np.random.default_rng(4)
    values = random.random(300)
    right = random.random(300) < 0.3 + 0.3 * values
    assert importance_of(values, right) == importance_of(values, right)
    assert importance_of(values, right).p_value != importance_of(values, right, seed=1).p_value


@pytest.mark.parametrize("seed", range(3))
def test_correlation_is_scipys_point_biserial(seed):
    random = np.random.default_rng(seed)
    values, right = random.normal(size=80), random.random(80) < 0.4
    values[:7] = np.nan
    expected = stats.pointbiserialr(right[7:], values[7:]).statistic
    assert correlate(values, right) == pytest.approx(expected, abs=1e-12)


def test_discoveries_are_scipys():
    random = np.random.default_rng(9)
    for _ in range(50):
        p_values = random.random(12) ** 3
        adjusted = stats.false_discovery_control(p_values)
        assert reject_by_false_discovery_rate(p_values).tolist() == (adjusted <= 0.05).tolist()
    assert reject_by_false_discovery_rate(np.array([np.nan, 0.001])).tolist() == [False, True]


@pytest.mark.parametrize(("hits", "total"), [(0, 5), (3, 7), (50, 50), (120, 400)])
def test_wilson_intervals_are_scipys(hits, total):
    expected = stats.binomtest(hits, total).proportion_ci(0.95, method="wilson")
    low, high = wilson_interval(np.array(hits), np.array(total))
    assert (float(low), float(high)) == pytest.approx((expected.low, expected.high), abs=1e-12)


def test_wilson_intervals_of_nothing_are_undefined():
    assert np.isnan(wilson_interval(np.array([0]), np.array([0]))).all()
