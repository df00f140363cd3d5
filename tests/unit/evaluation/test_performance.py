"""Metric performance, weak slices and acquisition functions, worked out by hand."""

import math

import numpy as np
import pytest

from assay.errors import UsageError
from assay.evaluation.acquisition import mean_over_images, measure_unsureness
from assay.evaluation.performance import (
    Side,
    bin_edges,
    find_bins,
    measure_performance,
    measure_performance_by_confidence,
)
from assay.evaluation.slices import find_weak_slices


def side(values, error, class_=None):
    class_ = np.zeros(len(error), dtype=np.int32) if class_ is None else np.array(class_, dtype=np.int32)
    return Side(None if values is None else np.array(values), np.array(error, dtype=np.bool_), class_)


def test_bins_are_half_open_and_the_last_is_closed():
    edges = bin_edges([np.array([0.0, 4.0, np.nan]), np.array([2.0])], 4)
    assert edges.tolist() == [0, 1, 2, 3, 4]
    assert find_bins(np.array([0.0, 1.0, 3.999, 4.0, np.nan, 5.0, -1.0]), edges).tolist() == [0, 1, 3, 3, -1, -1, -1]


def test_bins_of_equal_counts_and_of_one_value():
    assert bin_edges([np.arange(101.0)], 4, "count").tolist() == [0, 25, 50, 75, 100]
    assert bin_edges([np.array([3.0, 3.0])], 10).tolist() == [3, 3]
    assert find_bins(np.array([3.0, 2.0]), np.array([3.0, 3.0])).tolist() == [0, -1]
    assert np.isnan(bin_edges([], 10)).all()
    with pytest.raises(UsageError, match="bin"):
        bin_edges([np.zeros(2)], 0)


def test_both_sides_share_the_edges():
    predictions = side([0.0, 1.0, 1.5, np.nan], [True, False, False, True])
    annotations = side([1.0, 2.0, 4.0], [False, True, True])
    performance = measure_performance(predictions, annotations, classes=1, bins=2)
    assert performance.edges.tolist() == [0, 2, 4]
    precision, lost = performance.precision(), performance.false_negative_rate()
    assert precision.count.tolist() == [3, 0]
    assert precision.value.tolist() == pytest.approx([2 / 3, np.nan], nan_ok=True)
    assert precision.overall == pytest.approx(1 / 2)  # the one without a value included
    assert lost.count.tolist() == [1, 2]
    assert lost.value.tolist() == [0, 1]
    assert lost.overall == pytest.approx(2 / 3)


def test_a_side_that_lacks_the_metric_has_no_rate():
    performance = measure_performance(side(None, [True]), side([1.0, 2.0], [False, True]), classes=1, bins=2)
    assert performance.precision() is None
    assert performance.false_negative_rate().count.tolist() == [1, 1]


def test_rates_of_chosen_classes():
    predictions = side([0.0, 0.0, 1.0, 1.0], [False, True, True, True], [0, 1, 0, 1])
    performance = measure_performance(predictions, side([0.0], [False]), classes=2, bins=2)
    assert performance.precision(np.array([True, False])).value.tolist() == [1, 0]
    assert performance.precision(np.array([False, True])).value.tolist() == [0, 0]
    assert performance.precision().value.tolist() == [1 / 2, 0]


def test_by_confidence_the_false_negative_rate_is_that_at_the_lower_edge():
    predictions = side([0.125, 0.25, 0.375, 0.625], [True, False, True, False])
    performance = measure_performance_by_confidence(
        predictions, np.zeros(4, dtype=np.int32), np.array([0.25, 0.625, -np.inf, -np.inf]), classes=1, bins=4
    )
    assert performance.edges == pytest.approx([0.125, 0.25, 0.375, 0.5, 0.625])
    lost = performance.false_negative_rate()
    # at .125 and .25 the two unmatched, from .375 on also the one matched at .25
    assert lost.value.tolist() == [0.5, 0.5, 0.75, 0.75]
    assert lost.count.tolist() == [4] * 4
    assert lost.overall == 0.5
    assert performance.precision().value.tolist() == [0, 1, 0, 1]


@pytest.mark.parametrize(("confidence", "missed"), [(0.0, 0.5), (0.25, 0.5), (0.26, 0.75), (0.7, 1.0)])
def test_by_confidence_the_rate_over_all_is_that_at_the_slider(confidence, missed):
    performance = measure_performance_by_confidence(
        side([0.25, 0.625], [False, False]),
        np.zeros(4, dtype=np.int32),
        np.array([0.25, 0.625, -np.inf, -np.inf]),
        classes=1,
        confidence=confidence,
    )
    assert performance.false_negative_rate().overall == missed


def slice_metrics(random, count):
    return {"planted": random.random(count), "noise": random.random(count), "other": random.random(count)}


def test_a_planted_weak_range_is_found_and_noise_is_not():
    random = np.random.default_rng(1)
    metrics = slice_metrics(random, 4000)
    error = random.random(4000) < np.where(metrics["planted"] < 0.25, 0.6, 0.2)
    found = find_weak_slices(error, np.zeros(4000, dtype=np.int32), metrics, classes=1)
    worst = found[0]
    assert list(worst.ranges) == ["planted"]
    low, high = worst.ranges["planted"]
    assert low == -math.inf
    assert high == pytest.approx(0.25, abs=0.02)
    assert worst.errors == np.count_nonzero(error & (metrics["planted"] < high))
    assert worst.effect == pytest.approx(0.4, abs=0.06)
    assert worst.low < worst.effect < worst.high
    assert worst.excess == pytest.approx(worst.size * (1 - worst.size / 4000) * worst.low)
    assert len(found) == 1


def test_a_weak_corner_of_two_metrics_is_found():
    random = np.random.default_rng(2)
    metrics = slice_metrics(random, 6000)
    corner = (metrics["planted"] < 0.25) & (metrics["other"] > 0.75)
    error = random.random(6000) < np.where(corner, 0.9, 0.1)
    worst = find_weak_slices(error, np.zeros(6000, dtype=np.int32), metrics, classes=1)[0]
    assert set(worst.ranges) == {"planted", "other"}
    assert worst.rate == pytest.approx(0.9, abs=0.06)


def test_a_weak_class_is_found():
    random = np.random.default_rng(3)
    class_ = random.integers(0, 4, 2000).astype(np.int32)
    error = random.random(2000) < np.where(class_ == 2, 0.7, 0.3)
    found = find_weak_slices(error, class_, {}, classes=4)
    assert [slice_.class_ for slice_ in found] == [2]


def test_slices_of_pure_noise_are_told_in_few_of_many_data_sets():
    random = np.random.default_rng(4)
    told = 0
    for _ in range(100):
        metrics = {str(i): random.random(1000) for i in range(4)}
        class_ = random.integers(0, 5, 1000).astype(np.int32)
        told += bool(find_weak_slices(random.random(1000) < 0.3, class_, metrics, classes=5))
    assert told <= 10  # 5 % are expected


def test_without_errors_or_with_nothing_else_there_is_no_slice():
    class_ = np.arange(100, dtype=np.int32) % 2
    for error in (np.zeros(100, dtype=np.bool_), np.ones(100, dtype=np.bool_)):
        assert find_weak_slices(error, class_, {"m": np.full(100, np.nan)}, classes=2) == []


def test_acquisition_functions_are_means_over_an_images_predictions():
    probabilities = np.array([[0.5, 0.25, 0.25], [1.0, 0.0, 0.0], [1 / 3, 1 / 3, 1 / 3]])
    image = np.array([0, 0, 2], dtype=np.int32)
    found = mean_over_images(image, measure_unsureness(probabilities, np.array([0.5, 1.0, 0.4])), 3)
    assert found["acq_entropy"].tolist() == pytest.approx([0.75, np.nan, np.log2(3)], nan_ok=True)
    assert found["acq_least_confidence"][0] == pytest.approx(0.25)
    assert found["acq_margin"][[0, 2]].tolist() == pytest.approx([(0.25 + 1) / 2, 0])
    # variances: (1/6)² + 2·(1/12)² over 3 = 1/72, and (2/3)² + 2·(1/3)² over 3 = 2/9
    assert found["acq_variance"][0] == pytest.approx((1 / 72 + 2 / 9) / 2)
    assert found["acq_mean_confidence"].tolist() == pytest.approx([0.75, np.nan, 0.4], nan_ok=True)
    with pytest.raises(UsageError, match="probability"):
        measure_unsureness(np.zeros((2, 3)), np.zeros(3))
    with pytest.raises(UsageError, match="out of range"):
        mean_over_images(np.array([3], dtype=np.int32), {"a": np.zeros(1)}, 3)
