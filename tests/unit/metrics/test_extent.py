import math

import numpy as np
import pytest
from tests.unit.metrics.coco_objects import (
    box,
    keypoints,
    label,
    make_objects,
    mask,
    point,
    polygon,
    polyline,
    rotated_box,
)

from assay.errors import UsageError
from assay.metrics.compute import measure_objects
from assay.metrics.randomness import uniform

NAN = math.nan


def measured(key, *items):
    return measure_objects(make_objects(*items)).values[key].tolist()


def pixel_block(top, left, bottom, right, shape=(100, 100)):
    pixels = np.zeros(shape, dtype=np.uint8)
    pixels[top:bottom, left:right] = 1
    return pixels


L_SHAPE = [(0, 0), (20, 0), (20, 10), (10, 10), (10, 20), (0, 20)]


@pytest.mark.parametrize(
    ("item", "width", "height", "area"),
    [
        pytest.param(box(1, 2, 30, 40), 30, 40, 1200, id="box"),
        pytest.param(rotated_box(10, 20, 30, 10, 90), 10, 30, 300, id="rotated box on end"),
        pytest.param(
            rotated_box(0, 0, 20, 20, 45),
            20 * math.sqrt(2),
            20 * math.sqrt(2),
            400,
            id="box turned by 45 degrees",
        ),
        pytest.param(polygon(L_SHAPE), 20, 20, 300, id="polygon"),
        pytest.param(polygon([*L_SHAPE, L_SHAPE[0]]), 20, 20, 300, id="closed polygon"),
        pytest.param(polygon([(0, 0), (4, 0), (4, 4), (0, 4)], [(2, 0), (6, 0), (6, 4), (2, 4)]), 6, 4, 24, id="union"),
        pytest.param(polygon([(0, 0), (10, 10), (10, 0), (0, 10)]), 10, 10, 50, id="bow tie"),
        pytest.param(mask(pixel_block(10, 20, 15, 50)), 30, 5, 150, id="mask"),
        pytest.param(polyline((1, 1), (4, 5)), 3, 4, NAN, id="polyline"),
        pytest.param(keypoints((1, 1, 2), (6, 9, 1), (99, 99, 0)), 5, 8, NAN, id="visible keypoints"),
        pytest.param(keypoints((1, 1, 2), (6, 9, 1), xywh=(0, 0, 7, 8)), 7, 8, NAN, id="keypoints with a box"),
        pytest.param(keypoints((1, 1, 0)), NAN, NAN, NAN, id="no visible keypoint"),
        pytest.param(point(5, 5), NAN, NAN, NAN, id="point"),
        pytest.param(label(), NAN, NAN, NAN, id="label"),
        pytest.param(box(5, 5, -3, 4), 0, 4, 0, id="negative width"),
        pytest.param(polygon([]), NAN, NAN, 0, id="empty ring"),
        pytest.param(polygon([(1, 1), (4, 5)]), 3, 4, 0, id="two points"),
        pytest.param(mask(np.zeros((4, 5))), 0, 0, 0, id="empty mask"),
    ],
)
def test_size_is_that_of_the_shape(item, width, height, area):
    values = measure_objects(make_objects(item)).values
    assert values["object_width"][0] == pytest.approx(width, nan_ok=True)
    assert values["object_height"][0] == pytest.approx(height, nan_ok=True)
    assert values["object_area"][0] == pytest.approx(area, nan_ok=True)


def test_metrics_use_the_segmentation_rather_than_the_files_box():
    assert measured("object_width", polygon(L_SHAPE, xywh=(0, 0, 99, 99))) == [20]


def test_relative_area_is_null_where_the_image_size_is_unknown():
    sizes = [(100, 50), (NAN, 50), (100, NAN), (0, 50)]
    values = measured("object_area_relative", *[box(0, 0, 10, 10, size=size) for size in sizes])
    assert values == pytest.approx([0.02, NAN, NAN, NAN], nan_ok=True)


def test_aspect_ratio_is_width_over_height_and_null_for_no_height():
    assert measured("object_aspect_ratio", box(0, 0, 30, 10), box(0, 0, 5, 0), box(0, 0, 0, 5)) == pytest.approx(
        [3, NAN, 0], nan_ok=True
    )


@pytest.mark.parametrize(
    ("item", "closeness"),
    [
        (box(40, 40, 20, 20), 0.6),
        (box(0, 40, 20, 20), 1.0),
        (box(40, 70, 20, 25), 0.95),
        (box(40, 70, 200, 25), 1.0),
        (box(50, 50, 0, 0), 0.5),
        (point(90, 50), 0.9),
        (mask(pixel_block(10, 30, 60, 60)), 0.9),
        (box(0, 0, 9, 9, size=(NAN, NAN)), NAN),
        (mask(np.zeros((4, 5))), NAN),
        (label(), NAN),
    ],
)
def test_border_closeness_is_one_where_the_object_touches_the_border(item, closeness):
    assert measured("border_closeness", item) == pytest.approx([closeness], nan_ok=True)


SQUARE = [(10, 10), (20, 10), (20, 20), (10, 20)]


@pytest.mark.parametrize(
    ("item", "value", "detail"),
    [
        pytest.param(box(10, 10, 5, 5), 0, None, id="sound box"),
        pytest.param(box(10, 10, 91, 5), 0, None, id="one pixel over"),
        pytest.param(box(10, 10, 93.2, 5), 0.5, "3.2 px beyond the right border", id="right"),
        pytest.param(
            box(-2, -4, 50, 50),
            0.5,
            "4 px beyond the top border, 2 px beyond the left border",
            id="two borders",
        ),
        pytest.param(box(10, 10, 5, 1e300), 0.5, "1e+15 px beyond the bottom border", id="huge"),
        pytest.param(box(10, 10, 5, 0), 1, "zero area", id="flat box"),
        pytest.param(box(10, 10, -5, -5), 1, "zero area", id="negative box"),
        pytest.param(box(100, 10, 5, 5), 1, "outside the image", id="beside"),
        pytest.param(box(100, 10, 5, 5, size=(NAN, NAN)), 0, None, id="unknown image size"),
        pytest.param(rotated_box(91, 91, 40, 2, -45), 1, "outside the image", id="slanted past the corner"),
        pytest.param(polygon(SQUARE), 0, None, id="sound polygon"),
        pytest.param(polygon([(10, 10), (20, 20), (20, 10), (10, 20)]), 0.5, "self-crossing", id="bow tie"),
        pytest.param(polygon([(10, 10), (20, 20)]), 1, "fewer than 3 points", id="two points"),
        pytest.param(polygon([(10, 10)]), 1, "fewer than 3 points", id="one point"),
        pytest.param(polygon([]), 1, "fewer than 3 points", id="empty ring"),
        pytest.param(polygon(), 1, "fewer than 3 points", id="no ring"),
        pytest.param(polygon([(10, 10), (20, 20), (10, 10)]), 1, "fewer than 3 points", id="there and back"),
        pytest.param(polygon([(0.1, 0.1), (0.2, 0.2), (0.3, 0.3)]), 1, "zero area", id="collinear"),
        pytest.param(polygon([(5, 5), (5, 5), (5, 5)]), 1, "fewer than 3 points", id="coincident"),
        pytest.param(mask(np.zeros((4, 5))), 1, "zero area", id="empty mask"),
        pytest.param(point(100, 100), 0, None, id="point on the corner"),
        pytest.param(point(100.5, 100), 1, "outside the image", id="point outside"),
        pytest.param(polyline((1, 1), (10, 10), (1, 10), (10, 1)), 0, None, id="polylines may cross themselves"),
        pytest.param(label(), NAN, None, id="label"),
    ],
)
def test_validity_names_the_fault(item, value, detail):
    result = measure_objects(make_objects(item))
    assert result.values["validity"].tolist() == pytest.approx([value], nan_ok=True)
    evidence = next(e for e in result.evidence if e.metric == "validity")
    assert evidence.detail.tolist() == ([] if detail is None else [detail])
    assert evidence.partner.tolist() == [-1] * len(evidence.row)


@pytest.mark.parametrize(
    ("item", "mismatch", "detail"),
    [
        pytest.param(polygon(SQUARE, xywh=(10, 10, 10, 10)), 0, None, id="fits"),
        pytest.param(polygon(SQUARE, xywh=(10, 10, 20, 10)), 0.5, "tight box x 10, y 10, 10 x 10 px", id="twice"),
        pytest.param(polygon(SQUARE, xywh=(50, 50, 5, 5)), 1, "tight box x 10, y 10, 10 x 10 px", id="elsewhere"),
        pytest.param(polygon(SQUARE, xywh=(10, 10, -10, 10)), 1, "tight box x 10, y 10, 10 x 10 px", id="negative"),
        pytest.param(polygon([(1, 1), (1, 1)], xywh=(1, 1, 0, 0)), 1, "tight box x 1, y 1, 0 x 0 px", id="0/0 is 0"),
        pytest.param(mask(pixel_block(10, 20, 15, 50), xywh=(20, 10, 30, 5)), 0, None, id="mask"),
        pytest.param(polygon(SQUARE), NAN, None, id="no file box"),
        pytest.param(box(1, 1, 5, 5), NAN, None, id="no segmentation"),
    ],
)
def test_box_fit_compares_the_files_box_with_the_tight_one(item, mismatch, detail):
    result = measure_objects(make_objects(item))
    assert result.values["box_fit"].tolist() == pytest.approx([mismatch], nan_ok=True)
    evidence = next(e for e in result.evidence if e.metric == "box_fit")
    assert evidence.detail.tolist() == ([] if detail is None else [detail])


def test_confidence_is_one_where_the_source_has_none():
    objects = make_objects(box(0, 0, 1, 1), label())
    assert measure_objects(objects).values["confidence"].tolist() == [1, 1]
    own = measure_objects(objects, confidence=np.array([0.3, NAN]))
    assert own.values["confidence"].tolist() == [0.3, 1]


def test_a_confidence_of_the_wrong_length_is_refused_with_both_shapes():
    with pytest.raises(UsageError) as caught:
        measure_objects(make_objects(label()), confidence=np.ones(2))
    assert (caught.value.expected, caught.value.actual) == ("shape (1,)", "shape (2,)")


def test_random_is_the_published_splitmix64_sequence():
    # First outputs of splitmix64 from state 1234567, as in its reference implementation.
    expected = [6457827717110365317, 3203168211198807973, 9817491932198370423]
    for step, output in enumerate(expected):
        value = uniform(np.array([1234567], dtype=np.uint64), seed=step)
        assert value.tolist() == [(output >> 11) / 2**53]


def test_random_depends_on_seed_and_key_and_is_uniform():
    keys = np.arange(20_000, dtype=np.uint64)
    first, second = uniform(keys, 0), uniform(keys, 12)
    assert np.corrcoef(first, second)[0, 1] == pytest.approx(0, abs=0.03)
    assert first.min() >= 0
    assert first.max() < 1
    assert np.histogram(first, bins=10, range=(0, 1))[0] == pytest.approx(2000, rel=0.1)
    assert uniform(keys[5:7], 0).tolist() == first[5:7].tolist()


def test_an_empty_batch_has_empty_values():
    result = measure_objects(make_objects())
    assert {len(column) for column in result.values.values()} == {0}
    assert {len(column) for column in result.features.values()} == {0}


def test_more_than_255_masks_in_one_batch_have_their_areas() -> None:
    """pycocotools 2.0.11 overflows under numpy 2 when asked for the areas of more than 255 masks at once."""
    pixels = np.zeros((10, 12), dtype=np.uint8)
    pixels[2:5, 3:7] = 1
    objects = make_objects(*(mask(pixels, image=index) for index in range(300)))
    assert measure_objects(objects).values["object_area"].tolist() == [12.0] * 300
