"""Worst first: severe before moderate before all others, whichever side a value lies on."""

from __future__ import annotations

import numpy as np
from hypothesis import example, given
from hypothesis import strategies as st

from assay.metrics.outliers import OutlierLimits
from assay.query.outlier_order import score_outliers

NONE = {
    "moderate_low": None,
    "severe_low": None,
    "moderate_high": None,
    "severe_high": None,
    "inclusive": True,
    "common": (),
}


def test_the_score_is_0_at_the_moderate_and_1_at_the_severe_limit_of_either_side():
    limits = NONE | {"moderate_low": 10.0, "severe_low": 2.0, "moderate_high": 100.0, "severe_high": 300.0}
    values = np.array([10.0, 2.0, 0.0, 100.0, 300.0, 700.0, 50.0, np.nan])
    assert score_outliers(values, limits)[:6].tolist() == [0, 1, 1.25, 0, 1, 3]
    assert score_outliers(values, limits)[6] < 0
    assert np.isnan(score_outliers(values, limits)[7])


def test_a_side_with_a_severe_limit_only_has_no_moderate_values():
    score = score_outliers(np.array([1.0, 2.0, 4.0]), NONE | {"severe_high": 2.0})
    assert score.tolist() == [0.5, 1.0, 2.0]


def test_without_limits_nothing_is_worse():
    assert np.isnan(score_outliers(np.array([1.0, 2.0]), NONE)).all()


LIMITS = st.lists(st.floats(-1e6, 1e6), min_size=4, max_size=4, unique=True).map(sorted)


@example(bounds=[0.0, 1.0, 2.0, 3.0], values=[3.7e-97, -8.8e-35], inclusive=False)  # equal but for rounding
@example(bounds=[0.0, 2.2250738585072014e-308, 1.0, 2.0], values=[4.0], inclusive=True)
@given(bounds=LIMITS, values=st.lists(st.floats(-2e6, 2e6), min_size=1, max_size=30), inclusive=st.booleans())
def test_an_order_by_the_score_is_an_order_by_severity(bounds, values, inclusive):
    severe_low, moderate_low, moderate_high, severe_high = bounds
    limits = OutlierLimits(moderate_low, severe_low, moderate_high, severe_high, inclusive=inclusive)
    numbers = np.array(values)
    score = score_outliers(numbers, vars(limits))
    severity = limits.classify(numbers)
    assert (score >= 1).tolist() == (severity == 2).tolist()
    assert (np.diff((severity == 2)[np.argsort(-score, kind="stable")].astype(int)) <= 0).all()
