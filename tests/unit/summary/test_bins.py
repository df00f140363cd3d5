"""Bins that people can read, and counts that equal numpy's."""

from __future__ import annotations

import numpy as np
from hypothesis import example, given
from hypothesis import strategies as st

from assay.summary.bins import count_values, place, round_edges, suiting_scale

NUMBERS = st.floats(-1e12, 1e12, allow_nan=False).map(lambda x: float(np.float64(x)))
VALUES = st.lists(NUMBERS, min_size=1, max_size=60).map(np.array)
BINS = st.integers(1, 60)


def test_edges_are_round_numbers_that_enclose_the_values():
    assert round_edges(0.0123, 0.9871, 5).tolist() == [0.01, 0.21, 0.4, 0.6, 0.79, 0.99]
    assert round_edges(3.2, 1234.5, 4).tolist() == [0, 310, 620, 930, 1240]


def test_an_axis_is_logarithmic_where_a_few_values_are_far_greater_than_most():
    assert suiting_scale("positive", 3, 900, 390_000) == "log"
    assert suiting_scale("positive", 0, 900, 10_801) == "log"
    assert suiting_scale("positive", 3, 900, 10_800) == "linear"
    assert suiting_scale("fraction", 0.001, 0.01, 0.9) == "linear"
    assert suiting_scale("signed", -1, 900, 390_000) == "linear"
    assert suiting_scale("positive", 0, 0, 5) == "linear"
    assert suiting_scale("positive", None, None, None) == "linear"


def test_whole_numbers_get_bins_that_no_number_falls_between():
    assert round_edges(1, 5, 80, whole=True).tolist() == [1, 2, 3, 4, 5, 6]
    assert round_edges(0, 9, 4, whole=True).tolist() == [0, 3, 6, 9, 12]


def test_equal_values_get_one_bin():
    assert round_edges(0.25, 0.25, 10).tolist() == [0.25, 0.25]
    assert count_values(np.full(7, 0.25), round_edges(0.25, 0.25, 10)).tolist() == [7]


@given(values=VALUES, bins=BINS, whole=st.booleans())
@example(values=np.array([0.0, 5e-324]), bins=1, whole=False)
@example(values=np.array([-5e-324, 2e-322]), bins=9, whole=False)
def test_linear_bins_count_as_numpy_does(values, bins, whole):
    edges = round_edges(float(values.min()), float(values.max()), bins, whole=whole)
    assert edges[0] <= values.min()
    assert edges[-1] >= values.max()
    assert len(edges) <= bins + 2
    if len(edges) > 2:
        assert (np.diff(edges) > 0).all()
        assert count_values(values, edges).tolist() == np.histogram(values, edges)[0].tolist()


@given(values=st.lists(st.floats(1e-300, 1e300), min_size=1, max_size=60).map(np.array), bins=BINS)
def test_logarithmic_bins_count_as_numpy_does(values, bins):
    edges = round_edges(float(values.min()), float(values.max()), bins, log=True)
    assert edges[0] <= values.min()
    assert edges[-1] >= values.max()
    if len(edges) > 2:
        assert count_values(values, edges).tolist() == np.histogram(values, edges)[0].tolist()


def test_a_value_on_an_edge_belongs_to_the_bin_above_but_for_the_last():
    edges = np.array([0.0, 0.1, 0.2, 0.3])
    assert place(np.array([0.0, 0.1, 0.2, 0.3]), edges).tolist() == [0, 1, 2, 2]
