import dataclasses
import math

import numpy as np
import pytest

from assay.metrics.definition import Metric, OutlierRule
from assay.metrics.outliers import OutlierLimits, classify, limits, summarise
from assay.metrics.registry import all_metrics, get_metric

FENCED = dataclasses.replace(get_metric("size_for_class"), key="fenced")
LOGARITHMIC = get_metric("object_width")
NAN = math.nan


def with_rule(*rule, **options) -> Metric:
    return dataclasses.replace(FENCED, rule=OutlierRule(*rule, **options))


def test_fences_lie_one_and_a_half_and_two_and_a_half_iqr_beyond_the_quartiles():
    values = np.arange(1.0, 10.0)  # quartiles 3 and 7
    assert limits(FENCED, values) == OutlierLimits(-3.0, -7.0, 13.0, 17.0, inclusive=False)


def test_a_value_on_a_fence_is_not_beyond_it():
    values = np.array([1.0, 2, 3, 4, 5, 6, 7, 8, 9])
    bounds = limits(FENCED, values)
    probes = np.array([-7.0, -7.1, -3.0, -3.1, 13.0, 13.1, 17.0, 17.1])
    assert bounds.classify(probes).tolist() == [1, 2, 0, 1, 0, 1, 1, 2]


@pytest.mark.parametrize(("tail", "expected"), [("low", [2, 0]), ("high", [0, 2]), ("both", [2, 2]), ("none", [0, 0])])
def test_only_the_suspicious_tail_has_outliers(tail, expected):
    metric = dataclasses.replace(FENCED, suspicious=tail)
    values = np.concatenate([np.arange(100.0), [-1e6, 1e6]])
    assert classify(metric, values)[-2:].tolist() == expected
    assert not classify(metric, values)[:-2].any()


def test_nothing_is_an_outlier_where_half_the_values_are_equal():
    assert not classify(FENCED, np.array([1.0] * 8 + [1e9])).any()
    assert not classify(LOGARITHMIC, np.array([1.0] * 8 + [1e9, 0.0])).any()


def test_logarithmic_fences_are_those_of_the_logarithms():
    values = np.exp(np.arange(1.0, 10.0))
    bounds = limits(LOGARITHMIC, values)
    found = [bounds.moderate_low, bounds.severe_low, bounds.moderate_high, bounds.severe_high]
    assert np.log(found) == pytest.approx([-3, -7, 13, 17])


def test_values_that_have_no_logarithm_are_severe_and_do_not_move_the_quartiles():
    values = np.exp(np.arange(1.0, 10.0))
    polluted = np.concatenate([values, np.zeros(30), [-5.0]])
    assert limits(LOGARITHMIC, polluted).severe_high == limits(LOGARITHMIC, values).severe_high
    # that three quarters share a value is nothing unusual
    assert classify(LOGARITHMIC, polluted).tolist() == [0] * 39 + [2]
    rare = np.concatenate([np.exp(np.linspace(1, 9, 399)), [0.0]])
    assert classify(LOGARITHMIC, rare).tolist() == [0] * 399 + [2]


def test_severe_outliers_are_among_the_furthest_hundredth_and_moderate_ones_among_three_hundredths():
    rng = np.random.default_rng(3)
    values = np.concatenate([rng.uniform(-1, 1, 900), rng.uniform(50, 90, 100)])  # a tenth lies beyond both fences
    severity = classify(FENCED, values)
    order = np.argsort(-values)
    assert severity[order[:10]].tolist() == [2] * 10
    assert severity[order[10:30]].tolist() == [1] * 20
    assert not severity[order[30:]].any()
    assert classify(FENCED, -values).tolist() == severity.tolist()


def test_equal_values_at_the_cut_of_a_tail_are_outliers_together():
    values = np.concatenate([np.linspace(-1, 1, 990), [60.0] * 5, [50.0] * 19])  # ⌈.01 · 1014⌉ = 11, 19 < 2 %
    assert classify(FENCED, values)[990:].tolist() == [2] * 24


@pytest.mark.parametrize(("shared", "expected"), [(19, 1), (20, 0), (21, 0)])
def test_a_value_that_two_hundredths_share_is_no_outlier_while_rarer_ones_about_it_are(shared, expected):
    below, above = [40.0] * 3, [70.0] * 3
    values = np.concatenate([np.linspace(-1, 1, 994 - shared), below, [50.0] * shared, above])
    bounds = limits(FENCED, values)
    assert classify(FENCED, values)[994 - shared :].tolist() == [1] * 3 + [expected * 2] * shared + [2] * 3
    assert list(bounds.common) == ([] if expected else [50.0])


def test_of_few_items_a_single_value_is_not_shared():
    values = np.concatenate([np.arange(20.0), [1e6]])
    assert classify(FENCED, values).tolist() == [0] * 20 + [2]


def test_a_rule_can_flag_both_sides():
    rule = with_rule("outside", 0.2, 0.1, moderate_high=0.8, severe_high=0.9)
    values = np.array([0.05, 0.1, 0.2, 0.3, 0.79, 0.8, 0.9, NAN])
    assert classify(rule, values).tolist() == [2, 2, 1, 0, 0, 1, 2, 0]


@pytest.mark.parametrize("seed", range(5))
def test_what_lies_within_nothing_unusual_is_rarely_flagged(seed):
    """False alarms on clean data of four spreads: at most 2 % of the values are severe on two tails, 6 % flagged."""
    rng = np.random.default_rng(seed)
    spreads = (rng.normal(size=2000), rng.lognormal(size=2000), rng.standard_t(2, 2000), rng.exponential(size=2000))
    for values in spreads:
        severity = classify(FENCED, values)
        assert np.mean(severity == 2) <= 0.02
        assert np.mean(severity > 0) <= 0.06


def test_zero_is_severe_even_where_the_low_fence_underflows():
    values = np.exp(np.arange(-700.0, 700.0, 100.0))
    assert classify(LOGARITHMIC, np.append(values, 0.0))[-1] == 2
    assert limits(LOGARITHMIC, values).severe_high is None


def test_an_absolute_rule_replaces_the_fences_and_includes_its_bounds():
    metric = get_metric("annotation_duplicates")
    values = np.array([0.0, 0.59, 0.6, 0.849, 0.85, 1.0, NAN])
    assert classify(metric, values).tolist() == [0, 0, 1, 1, 2, 2, 0]
    assert limits(metric, values) == OutlierLimits(None, None, 0.6, 0.85, inclusive=True)


def test_a_rule_can_flag_low_values_with_or_without_its_bounds():
    values = np.array([0.0, 0.1, 0.2, 0.3])
    assert classify(with_rule("at_most", 0.2, 0.0), values).tolist() == [2, 1, 1, 0]
    assert classify(with_rule("at_most", 0.2, 0.1, inclusive=False), values).tolist() == [2, 1, 0, 0]


def test_a_rule_can_know_only_severe_outliers():
    assert classify(with_rule("at_least", None, 2.0), np.array([1.0, 2.0, 3.0])).tolist() == [0, 2, 2]


def test_image_area_is_judged_by_octaves_from_the_median():
    values = np.array([100.0] * 5 + [50.0, 51.0, 25.0, 199.0, 200.0, 400.0, NAN])
    assert classify(get_metric("area"), values).tolist() == [0] * 5 + [1, 0, 2, 0, 1, 2, 0]


def test_octaves_have_no_limits_without_a_positive_median():
    assert limits(get_metric("area"), np.zeros(3)) == OutlierLimits(inclusive=True)


def test_ranks_and_random_numbers_never_are_outliers():
    values = np.concatenate([np.arange(100.0), [1e9]])
    rank = dataclasses.replace(FENCED, kind="rank")
    for metric in (rank, get_metric("random"), get_metric("object_random")):
        assert limits(metric, values) == OutlierLimits()
        assert not classify(metric, values).any()


@pytest.mark.parametrize("metric", all_metrics(), ids=lambda metric: metric.key)
def test_comparing_with_the_limits_alone_reproduces_the_classification(metric):
    rng = np.random.default_rng(7)
    values = np.concatenate([rng.lognormal(size=500), rng.normal(size=20) * 50, [0.0, 0.5, 0.6, 0.85, 1.0, NAN]])
    bounds = limits(metric, values)
    values = np.append(values, [v for v in dataclasses.astuple(bounds)[:4] if v is not None])
    bounds = limits(metric, values)

    def beyond(value, low, high):
        if bounds.inclusive:
            return (low is not None and value <= low) or (high is not None and value >= high)
        return (low is not None and value < low) or (high is not None and value > high)

    expected = [
        2
        if beyond(value, bounds.severe_low, bounds.severe_high)
        else int(beyond(value, bounds.moderate_low, bounds.moderate_high))
        for value in values.tolist()
    ]
    assert classify(metric, values).tolist() == expected


def test_statistics_count_severe_outliers_apart_from_moderate_ones():
    values = np.concatenate([np.arange(1.0, 10.0), [NAN, NAN]])
    statistics = summarise(FENCED, values)
    assert (statistics.count, statistics.nulls) == (9, 2)
    assert (statistics.minimum, statistics.q1, statistics.median) == (1.0, 3.0, 5.0)
    assert (statistics.q3, statistics.maximum, statistics.mean) == (7.0, 9.0, 5.0)
    duplicates = summarise(get_metric("annotation_duplicates"), np.array([0.1, 0.7, 0.7, 0.9]))
    assert (duplicates.moderate, duplicates.severe) == (2, 1)


@pytest.mark.parametrize("values", [[], [NAN, NAN]])
@pytest.mark.parametrize("key", ["object_width", "size_for_class", "annotation_duplicates", "area", "random"])
def test_statistics_of_nothing_are_none(key, values):
    statistics = summarise(get_metric(key), np.array(values, dtype=np.float64))
    assert statistics.count == 0
    assert statistics.nulls == len(values)
    assert statistics.minimum is statistics.median is statistics.maximum is statistics.mean is None
    assert statistics.moderate == statistics.severe == 0
