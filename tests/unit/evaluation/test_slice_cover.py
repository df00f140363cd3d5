"""The few of many weak slices that are told, and how their bounds are written, worked out by hand."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from assay.arrays import IndexArray
from assay.evaluation.slice_cover import correlated_metrics, cover_errors, round_ranges
from assay.evaluation.slices import Slice, find_weak_slices

INFINITE = (-math.inf, math.inf)


def slice_of(size: int = 100, class_: int | None = None, **ranges: tuple[float, float]) -> Slice:
    return Slice(ranges, class_, size, 50, 0.5, 0.1, 0.3, 0.5, 30.0, 0.001)


def images_of(n: int) -> IndexArray:
    """An image for each object."""
    return np.arange(n, dtype=np.int32)


def round_one(low: float, high: float, values, size: int = 100) -> tuple[float, float]:
    return round_ranges(slice_of(size, m=(low, high)), {"m": np.asarray(values, dtype=np.float64)}).ranges["m"]


def test_bounds_have_the_fewest_digits_that_move_two_in_a_hundred():
    heights = np.arange(1000, dtype=np.float64)
    assert round_one(-math.inf, 118, heights, size=118) == (-math.inf, 120)  # two more of 118 come in
    assert round_one(-math.inf, 118, heights, size=90) == (-math.inf, 118)
    assert round_one(317.5, math.inf, heights, size=682) == (320, math.inf)  # 318 and 319 go out
    assert round_one(317.2718, math.inf, heights * 1.00001, size=10) == (318, math.inf)


def test_noise_about_zero_becomes_zero_or_the_least_that_is_read():
    values = np.r_[np.full(50, 1.665e-15), np.full(50, -3e-16), np.linspace(0.2, 0.4, 100)]
    assert round_one(1.665e-15, math.inf, values) == (0, math.inf)
    assert round_one(-math.inf, 1.665e-15, values, size=50) == (-math.inf, 0)
    assert round_one(-math.inf, 0.2, values) == (-math.inf, 0.2)
    assert round_one(1.665e-15, math.inf, values * 1e-14) == (0, math.inf)


def test_values_far_from_zero_keep_the_digits_that_tell_them_apart():
    times = 1_700_000_000 + np.arange(1000, dtype=np.float64)
    assert round_one(1_700_000_512.25, math.inf, times) == (1_700_000_510, math.inf)


def test_a_bound_that_is_read_easily_stays():
    values = np.linspace(0, 1, 101)
    assert round_one(0.25, 0.75, values) == (0.25, 0.75)
    assert round_one(0, 0.5, values) == (0, 0.5)
    assert round_one(*INFINITE, values) == INFINITE


@given(
    values=st.lists(
        st.floats(-1e9, 1e9, allow_nan=False) | st.floats(-1e-12, 1e-12) | st.integers(-50, 50), min_size=8, max_size=80
    ),
    data=st.data(),
)
def test_rounded_bounds_are_short_and_numbers_are_counted_with_them(values, data):
    column = np.array([*values, *values, math.nan], dtype=np.float64)
    low, high = sorted((data.draw(st.sampled_from(values)), data.draw(st.sampled_from(values))))
    rounded = round_one(low, high, column, size=len(values))
    spread = np.subtract(*np.nanquantile(column, [0.75, 0.25]))
    great = np.nanquantile(np.abs(column), 0.9)
    for before, after in zip((low, high), rounded, strict=True):
        short = after == float(f"{after:.3g}")
        # more digits only where those would not tell the values' quartiles apart
        assert short or abs(after) > 9 * spread > 0
        assert after == 0 or abs(after) >= 1e-11 * max(great, 1)
        assert abs(after - before) <= max(abs(before), 1e-3 * great, 1e-9)


def test_slices_that_hold_the_same_errors_are_told_once():
    # a holds the errors 0-39, b 0-39 and 40-49 (a fifth new), c 40-59 (all new but those of b)
    n = 200
    error = np.arange(n) < 60
    position = np.arange(n, dtype=np.float64)
    mixed = np.random.default_rng(0).permutation(n).astype(np.float64)
    metrics = {
        "a": np.where(position < 40, 0.0, 1 + mixed),
        "b": np.where(position < 50, 0.0, 1 + mixed[::-1]),
        "c": np.where((position >= 30) & (position < 60), 0.0, 1 + (mixed * 7) % n),
    }
    assert correlated_metrics(metrics) == set()
    found = [slice_of(**{key: (-math.inf, 1.0)}) for key in "abc"]
    told = cover_errors(found, error, np.zeros(n, dtype=np.int32), images_of(n), metrics)
    assert [list(each.ranges) for each in told] == [["a"], ["c"]]
    assert [(each.size, each.errors) for each in told] == [(40, 40), (30, 30)]  # 20 of c's 30 are new
    assert told[0].rest_rate == pytest.approx(20 / 160)
    assert [
        each.ranges for each in cover_errors(found[::-1], error, np.zeros(n, dtype=np.int32), images_of(n), metrics)
    ] == [
        {"c": (-math.inf, 1.0)},
        {"b": (-math.inf, 1.0)},
    ]


def test_of_correlated_metrics_one_is_told():
    random = np.random.default_rng(5)
    width, other = random.random(4000), random.random(4000)
    metrics = {"width": width, "area": width**2 + random.normal(0, 0.01, 4000), "other": other, "gone": other * np.nan}
    metrics["gone"][:3000] = width[:3000]
    assert correlated_metrics(metrics) == {
        frozenset(pair) for pair in (("width", "area"), ("width", "gone"), ("area", "gone"))
    }
    # small ones are wrong, and so are quite large ones, which only the area's slice would show
    error = (width < 0.2) | ((width > 0.8) & (random.random(4000) < 0.6)) | (other > 0.9)
    found = [slice_of(width=(-math.inf, 0.2)), slice_of(area=(0.64, math.inf)), slice_of(other=(0.9, math.inf))]
    told = cover_errors(found, error, np.zeros(4000, dtype=np.int32), images_of(4000), metrics)
    assert {key for each in told for key in each.ranges} == {"width", "other"}
    # a rectangle of two that tell the same says one thing twice
    assert (
        cover_errors(
            [slice_of(width=(0, 0.2), area=(0, 0.04))], error, np.zeros(4000, dtype=np.int32), images_of(4000), metrics
        )
        == []
    )


def test_metrics_that_are_mostly_alike_are_not_correlated_by_their_order():
    values = np.zeros((2, 1000))
    values[0, :50], values[1, 500:550] = 1, 1
    assert correlated_metrics({"one": values[0], "other": values[1], "null": np.full(1000, np.nan)}) == set()
    assert correlated_metrics({}) == set()


def test_at_most_five_are_told_the_worst_first_and_none_that_rounding_made_like_the_rest():
    n = 4000
    class_ = (np.arange(n) % 8).astype(np.int32)
    error = np.random.default_rng(6).random(n) < class_ / 10
    found = find_weak_slices(error, class_, {}, classes=8)
    told = cover_errors(found, error, class_, images_of(n), {})
    assert [each.class_ for each in told] == [7, 6, 5]
    assert len(cover_errors(found, error, class_, images_of(n), {}, most=2)) == 2
    assert cover_errors([slice_of(class_=1)], error, class_, images_of(n), {}) == []  # fewer errors than elsewhere


def test_errors_that_gather_in_few_images_make_no_slice_and_many_images_narrow_the_interval():
    # a tenth of the objects is wrong, and half of those whose metric is small
    n = 3000
    values = np.random.default_rng(8).random(n)
    error = np.random.default_rng(9).random(n) < np.where(values < 0.25, 0.5, 0.1)
    metrics, classes = {"m": values}, np.zeros(n, dtype=np.int32)
    found = [slice_of(m=(-math.inf, 0.25))]
    inside = values < 0.25
    alone = cover_errors(found, error, classes, images_of(n), metrics)[0]
    # each object its own image: the standard error is that of two independent shares, a hit and a miss added to each
    shares = [(np.count_nonzero(error[part]) + 1) / (np.count_nonzero(part) + 2) for part in (inside, ~inside)]
    sizes = [np.count_nonzero(part) + 2 for part in (inside, ~inside)]
    deviation = math.sqrt(sum(p * (1 - p) / size for p, size in zip(shares, sizes, strict=True)))
    assert (alone.high - alone.low) / 2 == pytest.approx(2.576 * deviation, rel=0.01)
    assert (alone.high + alone.low) / 2 == pytest.approx(shares[0] - shares[1])
    # the same objects, ten of one kind an image, know less
    order = np.argsort(np.argsort(error * 2 + inside, kind="stable")).astype(np.int32)
    together = cover_errors(found, error, classes, order // 10, metrics)[0]
    assert (together.high - together.low) / (alone.high - alone.low) == pytest.approx(10**0.5, rel=0.1)
    assert cover_errors(found, error, classes, order // 400, metrics) == []  # 8 images
