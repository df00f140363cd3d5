"""Laws that pixel metrics obey for any picture and any boxes."""

import math

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from assay.metrics.crop_batch import pixel_bounds
from assay.metrics.measure_pixels import measure_crops, measure_picture
from assay.metrics.pixel_maps import Picture, spread
from tests.unit.metrics.pixel_reference import CROP_KEYS, IMAGE_KEYS, crop_values, image_values

few = settings(max_examples=60)
side = st.integers(1, 20)
shapes = st.tuples(side, side, st.just(3))
speckled = hnp.arrays(np.uint8, shapes, elements=st.integers(0, 255))
two_coloured = hnp.arrays(np.uint8, shapes, elements=st.sampled_from([0, 255]))
noisy = st.builds(
    lambda shape, seed, low, high: np.random.default_rng(seed).integers(
        min(low, high), max(low, high) + 1, shape, dtype=np.uint8
    ),
    shapes,
    st.integers(0, 2**32 - 1),
    st.integers(0, 255),
    st.integers(0, 255),
)
pictures = st.one_of(noisy, speckled, two_coloured)
coordinate = st.one_of(st.integers(-8, 28).map(float), st.floats(-8, 28))
box = st.tuples(coordinate, coordinate, coordinate, coordinate)
boxes = st.lists(box, max_size=12).map(lambda rows: np.array(rows, dtype=np.float64).reshape(-1, 4))

MOST_COLOURFUL = math.sqrt(1.25 * 1.09)
"""No pixel's (rg, yb) is longer than √1.25 · 255, so M3 / 255 ≤ √(1.25 - m²) + .3 m, which is most at m² = .103."""


def measure(rgb):
    return measure_picture(Picture(np.ascontiguousarray(rgb)))


def crops(rgb, rows):
    return measure_crops(Picture(np.ascontiguousarray(rgb)), rows)


def bits(columns):
    return {key: column.tobytes() for key, column in columns.items()}


@few
@given(pictures, boxes)
def test_values_are_those_of_the_definitions(rgb, rows):
    measured, expected = measure(rgb), image_values(rgb)
    for key in IMAGE_KEYS:
        assert measured[key] == pytest.approx(expected[key], rel=1e-9, abs=1e-13), key
    measured, expected = crops(rgb, rows), crop_values(rgb, rows)
    for key in CROP_KEYS:
        assert measured[key] == pytest.approx(expected[key], rel=1e-9, abs=1e-13, nan_ok=True), key


@few
@given(pictures)
def test_mirroring_and_turning_a_picture_changes_nothing(rgb):
    upright = measure(rgb)
    for turned in (rgb[:, ::-1], rgb[::-1], rgb[::-1, ::-1], np.rot90(rgb), rgb.transpose(1, 0, 2)):
        assert measure(turned) == upright


@few
@given(pictures, st.randoms(use_true_random=False))
def test_all_but_sharpness_heeds_only_which_pixels_there_are(rgb, random):
    order = list(range(rgb.shape[0] * rgb.shape[1]))
    random.shuffle(order)
    before, after = measure(rgb), measure(rgb.reshape(-1, 3)[order].reshape(rgb.shape))
    for key in set(IMAGE_KEYS) - {"sharpness", "blur"}:
        assert after[key] == before[key], key


@few
@given(pictures)
def test_a_box_over_the_whole_picture_has_the_pictures_values(rgb):
    height, width = rgb.shape[:2]
    whole = measure(rgb)
    values = crops(rgb, np.array([[0, 0, width, height], [-3, -0.4, width + 7, height + 0.4]], dtype=np.float64))
    for key in CROP_KEYS:
        expected = whole[key.removeprefix("crop_")] if min(height, width) >= 4 else math.nan
        assert np.array_equal(values[key], [expected] * 2, equal_nan=True), key


@few
@given(pictures, boxes)
def test_values_stay_within_their_ranges(rgb, rows):
    values = measure(rgb)
    for key in set(IMAGE_KEYS) - {"colorfulness"}:
        assert 0 <= values[key] <= 1, key
    assert values["contrast"] <= 0.5
    assert values["sharpness"] <= 0.5
    assert 0 <= values["colorfulness"] <= MOST_COLOURFUL
    assert values["red"] + values["green"] + values["blue"] <= 1 + 1e-12
    assert values["dark_share"] + values["light_share"] <= 1 + 1e-12
    for key, column in crops(rgb, rows).items():
        present = column[~np.isnan(column)]
        assert ((present >= 0) & (present <= 1)).all(), key


@few
@given(pictures)
def test_turning_light_into_dark_keeps_contrast_and_sharpness(rgb):
    before, after = measure(rgb), measure(255 - rgb)
    assert after["brightness"] == pytest.approx(1 - before["brightness"], rel=1e-12, abs=1e-12)
    for key in ("contrast", "sharpness", "blur"):
        assert after[key] == pytest.approx(before[key], rel=1e-12, abs=1e-12), key


@few
@given(pictures)
def test_a_picture_in_grey_has_no_colour(rgb):
    grey = np.repeat(rgb[..., :1], 3, axis=2)
    values = measure(grey)
    assert [values[key] for key in ("red", "green", "blue", "colorfulness")] == [0, 0, 0, 0]


@few
@given(pictures, boxes, st.randoms(use_true_random=False))
def test_boxes_in_another_order_have_the_same_values_in_that_order(rgb, rows, random):
    order = list(range(len(rows)))
    random.shuffle(order)
    forward, shuffled = crops(rgb, rows), crops(rgb, rows[order])
    assert bits(shuffled) == bits({key: column[order] for key, column in forward.items()})


@few
@given(pictures, boxes)
def test_each_box_alone_has_the_very_same_values(rgb, rows):
    together = crops(rgb, rows)
    for i in range(len(rows)):
        assert bits(crops(rgb, rows[i : i + 1])) == bits({key: column[i : i + 1] for key, column in together.items()})


@few
@given(pictures, boxes)
def test_boxes_are_mirrored_with_their_picture(rgb, rows):
    width = rgb.shape[1]
    mirrored = np.stack([width - rows[:, 2], rows[:, 1], width - rows[:, 0], rows[:, 3]], axis=1)
    for edges in (rows[:, ::2], mirrored[:, ::2]):
        assume(not (edges % 1 == 0.5).any())  # a centre on the border of a box belongs to it on one side only
    assert bits(crops(rgb[:, ::-1], mirrored)) == bits(crops(rgb, rows))


@few
@given(coordinate, coordinate, coordinate, side)
def test_boxes_side_by_side_share_no_pixel_and_leave_none_out(first, second, third, width):
    low, middle, high = sorted((first, second, third))
    rows = np.array([[low, 0, middle, 5], [middle, 0, high, 5], [low, 0, high, 5]])
    bounds, _ = pixel_bounds(rows, 5, width)
    left, right, both = ([*range(start, end)] for start, _, end, _ in bounds.tolist())
    assert left + right == both


@few
@given(hnp.arrays(np.int16, st.tuples(side, side, st.integers(1, 3)), elements=st.integers(-1020, 1020)))
def test_sums_are_exact(values):
    found = spread(values)
    numbers = [int(v) for v in values.ravel()]
    assert (found.count, found.total, found.squares) == (len(numbers), sum(numbers), sum(n * n for n in numbers))
    assert found.deviation == pytest.approx(float(values.std(dtype=np.float64)), rel=1e-9, abs=1e-9)
    assert (found.deviation == 0) == (len(set(numbers)) == 1)
