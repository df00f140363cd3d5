import math

import numpy as np
import pytest
import shapely
from tests.unit.metrics.coco_objects import (
    box,
    keypoints,
    label,
    make_images,
    make_objects,
    mask,
    point,
    polygon,
    polyline,
    rotated_box,
)

from assay.errors import UsageError
from assay.metrics.compute import measure_batch, measure_images, measure_objects

NAN = math.nan


def density(*items, sizes=((100, 100),)):
    return measure_images(make_images(*sizes), make_objects(*items))["object_density"].tolist()


def test_size_metrics_follow_from_the_declared_size():
    values = measure_images(make_images((640, 480), (NAN, 480), (10, 0)), make_objects())
    assert values["width"].tolist() == pytest.approx([640, NAN, 10], nan_ok=True)
    assert values["height"].tolist() == [480, 480, 0]
    assert values["area"].tolist() == pytest.approx([307_200, NAN, 0], nan_ok=True)
    assert values["aspect_ratio"].tolist() == pytest.approx([4 / 3, NAN, NAN], nan_ok=True)


def test_crowds_are_counted_and_image_level_labels_are_not():
    items = [
        label(class_=7),
        box(0, 0, 1, 1),
        box(0, 0, 1, 1, crowd=True),
        point(1, 1, class_=2),
        box(0, 0, 1, 1, image=2),
    ]
    values = measure_images(make_images((9, 9), (9, 9), (9, 9)), make_objects(*items))
    assert values["object_count"].tolist() == [3, 0, 1]
    assert values["class_count"].tolist() == [2, 0, 1]


def test_images_may_come_in_any_order_and_objects_of_others_are_left_out():
    images = make_images((100, 100), (100, 100))
    images.row[:] = [9, 4]
    values = measure_images(images, make_objects(box(0, 0, 10, 10, image=4), box(0, 0, 50, 50, image=5)))
    assert values["object_count"].tolist() == [0, 1]
    assert values["object_density"].tolist() == [0, 0.01]


@pytest.mark.parametrize(
    ("items", "expected"),
    [
        pytest.param([], 0, id="no objects"),
        pytest.param([box(0, 0, 10, 10), box(50, 50, 10, 10)], 0.02, id="apart"),
        pytest.param([box(0, 0, 10, 10), box(0, 0, 10, 10)], 0.01, id="twice the same"),
        pytest.param([box(0, 0, 10, 10), box(5, 0, 10, 10), box(10, 0, 10, 10)], 0.02, id="a chain"),
        pytest.param([box(0, 0, 10, 10), box(5, 0, 10, 10), box(4, 5, 10, 10)], 0.02, id="a triangle"),
        pytest.param([box(-5, -5, 10, 10)], 0.0025, id="clipped"),
        pytest.param([box(-5, 0, 10, 10), box(-10, 0, 12, 10)], 0.005, id="shared outside"),
        pytest.param([box(200, 200, 10, 10)], 0, id="outside"),
        pytest.param([box(0, 0, 10, 10, crowd=True)], 0.01, id="crowd"),
        pytest.param([polygon([(0, 0), (10, 10), (10, 0), (0, 10)])], 0.005, id="bow tie"),
        pytest.param([rotated_box(40, 40, 20, 10, 30)], 0.02, id="rotated box"),
        pytest.param([point(1, 1), polyline((0, 0), (9, 9)), keypoints((1, 1, 2)), label()], 0, id="no areas"),
        pytest.param([box(5, 5, -3, 10), polygon([]), polygon([(1, 1)]), box(0, 0, 10, 10)], 0.01, id="degenerate"),
    ],
)
def test_density_is_the_share_of_the_image_that_any_object_covers(items, expected):
    assert density(*items) == pytest.approx([expected])


def test_density_is_null_where_the_image_size_is_unknown():
    assert density(box(0, 0, 1, 1), sizes=((NAN, 100),)) == pytest.approx([NAN], nan_ok=True)
    assert density(box(0, 0, 1, 1), sizes=((0, 100),)) == pytest.approx([NAN], nan_ok=True)


def test_density_counts_pixels_where_the_image_holds_a_mask():
    pixels = np.zeros((20, 10))
    pixels[0:10, 0:5] = 1
    items = [
        mask(pixels),
        box(0, 5, 5, 10, size=(10, 20)),
        polygon([(0, 0), (5, 0), (5, 5), (0, 5)], size=(10, 20)),
    ]
    assert density(*items, sizes=((10, 20),)) == pytest.approx([75 / 200])
    assert density(mask(pixels, crowd=True), sizes=((10, 20),)) == pytest.approx([50 / 200])


def test_density_counts_no_pixels_of_a_mask_beyond_the_image():
    assert density(mask(np.ones((20, 20)), size=(10, 10)), sizes=((10, 10),)) == [1]


def test_density_equals_the_union_by_shapely_for_crowded_images():
    rng = np.random.default_rng(11)
    for count in (2, 3, 4, 6, 10, 40):
        items, shapes = [], []
        for _ in range(count):
            ring = rng.uniform(-5, 105, 2) + rng.uniform(-15, 15, (5, 2))
            items.append(polygon(ring))
            shapes.append(shapely.make_valid(shapely.Polygon(ring)))
        expected = shapely.union_all(shapes).intersection(shapely.box(0, 0, 100, 100)).area / 1e4
        assert density(*items) == pytest.approx([expected], rel=1e-9, abs=1e-12)


def test_measuring_a_batch_at_once_gives_the_values_of_measuring_apart():
    images, objects = (
        make_images((100, 100), (100, 100)),
        make_objects(box(0, 0, 9, 9), box(1, 1, 9, 9, image=1)),
    )
    together = measure_batch(images, objects, seed=3)
    for key, column in measure_images(images, objects, seed=3).items():
        assert together.images[key].tolist() == column.tolist()
    for key, column in measure_objects(objects, seed=3).values.items():
        assert together.objects.values[key].tolist() == pytest.approx(column.tolist(), nan_ok=True, rel=0, abs=0)


def test_a_batch_without_the_image_of_an_object_is_refused():
    with pytest.raises(UsageError) as caught:
        measure_batch(make_images((9, 9)), make_objects(box(0, 0, 1, 1, image=3, row=17)))
    assert caught.value.item == "object row 17"
    assert caught.value.actual == "image row 3 is missing"
