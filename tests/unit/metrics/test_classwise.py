import math

import cv2
import numpy as np
import pytest
import shapely
from tests.unit.metrics.coco_objects import box, make_objects, mask, point, polygon, rotated_box

from assay.metrics.classwise import group_medians, robust_z
from assay.metrics.compute import measure_classes, measure_objects
from assay.metrics.moments import mask_hu, polygon_hu

NAN = math.nan


def classwise(*items):
    objects = make_objects(*items)
    return measure_classes(objects.class_, objects.shape, measure_objects(objects).features)


def reference_z(values):
    values = np.asarray(values, dtype=np.float64)
    deviation = np.median(np.abs(values - np.median(values)))
    return 0.6745 * (values - np.median(values)) / deviation


def blob(rng, shape=(40, 50)):
    """A random connected-ish mask."""
    pixels = np.zeros(shape, dtype=np.uint8)
    centre = (int(rng.integers(15, 35)), int(rng.integers(12, 28)))
    axes = (int(rng.integers(3, 12)), int(rng.integers(3, 9)))
    cv2.ellipse(pixels, centre, axes, float(rng.uniform(0, 180)), 0, float(rng.uniform(180, 360)), 1, -1)
    return pixels


def test_robust_z_by_hand():
    values = np.array([1.0, 2, 3, 4, 5, 6, 7, 8, 9, 100])  # median 5.5, MAD 2.5
    assert robust_z(values, np.zeros(10, np.int32)) == pytest.approx(0.6745 * (values - 5.5) / 2.5)


def test_groups_are_judged_apart_and_nulls_left_out():
    rng = np.random.default_rng(1)
    values, group = rng.normal(size=80), rng.integers(0, 3, 80).astype(np.int32)
    values[::7] = NAN
    z = robust_z(values, group)
    medians = np.array([np.nanmedian(values[group == number]) for number in range(3)])
    overall = np.nanmedian(np.abs(values - medians[group]))
    for number in range(3):
        chosen = (group == number) & ~np.isnan(values)
        x = values[chosen]
        own, n = np.median(np.abs(x - np.median(x))), len(x)
        spread = math.sqrt((n * own**2 + 20 * overall**2) / (n + 20))
        assert z[chosen] == pytest.approx(0.6745 * (x - np.median(x)) / spread)
    assert np.isnan(z[::7]).all()


@pytest.mark.parametrize("groups", [1, 3, 300, 70_000])
def test_medians_are_those_of_numpy_however_many_groups_there_are(groups):
    rng = np.random.default_rng(groups)
    member = rng.permutation(np.concatenate([np.arange(groups), rng.integers(0, groups, 2 * groups)]))
    values = rng.integers(-9, 9, len(member)) / 4  # many of them equal
    found = group_medians(values, member, np.bincount(member))
    for group in rng.integers(0, groups, 50):
        assert found[group] == np.median(values[member == group])


def test_few_or_equal_members_take_the_spread_of_all_classes():
    two, ten = [box(0, 0, 1, 1 + i) for i in range(2)], [box(0, 0, 1, 1 + i, class_=1) for i in range(10)]
    same = [box(0, 0, 5, 5, class_=2) for _ in range(9)] + [box(0, 0, 5, 50, class_=2), box(0, 0, 3, 3, class_=3)]
    objects = [*two, *ten, *same]
    sides = [[1, 2], list(range(1, 11)), [25] * 9 + [250]]
    logs = [np.log(np.array(of_class, dtype=np.float64)) for of_class in sides]
    distances = [np.abs(x - np.median(x)) for x in logs]
    overall = np.median(np.concatenate(distances))
    expected = [
        0.6745 * (x - np.median(x)) / math.sqrt((len(x) * np.median(d) ** 2 + 20 * overall**2) / (len(x) + 20))
        for x, d in zip(logs, distances, strict=True)
    ]
    values = classwise(*objects)
    assert values["size_for_class"] == pytest.approx(np.concatenate([*expected, [0.0]]))
    assert np.isfinite(values["shape_for_class"]).all()
    assert abs(values["size_for_class"][-2]) < 50


def test_without_any_spread_there_is_no_value():
    values = classwise(*[box(0, 0, 5, 5, class_=i % 3) for i in range(30)])
    assert np.isnan(values["size_for_class"]).all()
    assert np.isnan(values["shape_for_class"]).all()


def test_a_spread_of_mere_rounding_is_none():
    square = np.array([(0, 0), (7, 0), (7, 7), (0, 7)], dtype=np.float64)
    moved = [polygon(square + 0.1 * i, size=(500, 500)) for i in range(30)]
    values = classwise(*moved)
    assert np.isnan(values["size_for_class"]).all()
    assert np.isnan(values["shape_for_class"]).all()


def test_size_is_the_z_of_the_logarithm_of_the_area():
    sides = [1, 2, 3, 5, 8, 13, 21, 34, 55, 60, 70]
    values = classwise(*[box(0, 0, side, 2) for side in sides], box(0, 0, 0, 5), point(1, 1))
    assert values["size_for_class"][:11] == pytest.approx(reference_z(np.log(sides)))
    assert np.isnan(values["size_for_class"][11:]).all()


def test_the_shape_of_boxes_is_the_absolute_z_of_their_log_ratio():
    widths = [1, 2, 3, 5, 8, 13, 21, 34, 55, 60]
    boxes = [box(0, 0, width, 10) for width in widths[:-1]]
    values = classwise(*boxes, rotated_box(0, 0, 10, widths[-1], 90), box(0, 0, 5, 0))
    assert values["shape_for_class"][:10] == pytest.approx(np.abs(reference_z(np.log(np.array(widths) / 10))))
    assert np.isnan(values["shape_for_class"][10])


def test_boxes_and_outlines_are_separate_populations():
    rng = np.random.default_rng(2)
    outlines = [polygon(rng.uniform(0, 90, (3, 2))) for _ in range(10)]
    alone = classwise(*outlines)["shape_for_class"]
    assert classwise(*outlines, *[box(0, 0, 1, 1 + i) for i in range(9)])["shape_for_class"][:10] == pytest.approx(
        alone
    )


def test_the_shape_of_masks_is_the_rms_z_of_their_hu_moments_by_opencv():
    rng = np.random.default_rng(3)
    blobs = [blob(rng) for _ in range(25)]
    hu = np.array([cv2.HuMoments(cv2.moments(pixels, binaryImage=True)).ravel()[:6] for pixels in blobs])
    z = np.stack([reference_z(column) for column in np.arcsinh(1e8 * hu).T])
    expected = np.sqrt((z**2).mean(axis=0))
    assert classwise(*[mask(pixels) for pixels in blobs])["shape_for_class"] == pytest.approx(expected, rel=1e-6)


def test_invariants_without_spread_are_left_out_of_the_mean():
    # Rectangles have no third moments: only the first two invariants differ.
    sides = np.arange(3.0, 16.0)
    rectangles = [polygon([(0, 0), (side, 0), (side, 4), (0, 4)]) for side in sides]
    first = (sides / 4 + 4 / sides) / 12
    second = ((sides / 4 - 4 / sides) / 12) ** 2
    z = np.stack([reference_z(np.arcsinh(1e8 * h)) for h in (first, second)])
    assert classwise(*rectangles)["shape_for_class"] == pytest.approx(np.sqrt((z**2).mean(axis=0)), rel=1e-6)


def test_the_moments_of_masks_are_those_of_opencv():
    rng = np.random.default_rng(4)
    for _ in range(20):
        pixels = blob(rng)
        expected = cv2.HuMoments(cv2.moments(pixels, binaryImage=True)).ravel()[:6]
        assert mask_hu([mask(pixels)["mask"]])[0] == pytest.approx(expected, rel=1e-7, abs=1e-15)


@pytest.mark.parametrize(
    "columns",
    [
        pytest.param([(0, 40), (0, 40), (0, 40)], id="whole columns, one run"),
        pytest.param([(0, 0), (13, 40), (0, 40), (0, 5)], id="a run that goes on over three columns"),
        pytest.param([(0, 3), (0, 0), (39, 40)], id="the first and the last pixel"),
        pytest.param([(20, 40), (0, 1)], id="end of one column and start of the next"),
        pytest.param([(7, 8)], id="one pixel"),
    ],
)
def test_the_moments_of_a_mask_are_right_where_its_runs_meet_the_edges(columns):
    pixels = np.zeros((40, len(columns)), dtype=np.uint8)
    for column, (start, stop) in enumerate(columns):
        pixels[start:stop, column] = 1
    expected = cv2.HuMoments(cv2.moments(pixels, binaryImage=True)).ravel()[:6]
    assert mask_hu([mask(pixels)["mask"]])[0] == pytest.approx(expected, rel=1e-7, abs=1e-13)


def test_the_moments_of_speckled_masks_are_those_of_opencv():
    rng = np.random.default_rng(6)
    for share in (0.02, 0.5, 0.98):
        pixels = (rng.random((90, 70)) < share).astype(np.uint8)
        expected = cv2.HuMoments(cv2.moments(pixels, binaryImage=True)).ravel()[:6]
        assert mask_hu([mask(pixels)["mask"]])[0] == pytest.approx(expected, rel=1e-7, abs=1e-13)


def test_the_moments_of_polygons_are_those_of_opencv():
    rng = np.random.default_rng(5)
    for _ in range(20):
        angle = np.sort(rng.uniform(0, 2 * np.pi, 12))
        ring = 50 + rng.uniform(10, 40, (12, 1)) * np.stack([np.cos(angle), np.sin(angle)], axis=1)
        ring = ring.astype(np.float32)
        expected = cv2.HuMoments(cv2.moments(ring)).ravel()[:6]
        for drawn in (ring, ring[::-1]):
            found = polygon_hu(np.array([shapely.make_valid(shapely.Polygon(drawn))], dtype=object))[0]
            assert found == pytest.approx(expected, rel=1e-5, abs=1e-13)


def test_holes_and_several_parts_count_as_areas_with_signs():
    # A fine raster of the same shape is an independent reference for the exact integrals.
    outline = shapely.box(0, 0, 40, 30).difference(shapely.box(5, 5, 20, 25)).union(shapely.box(50, 10, 60, 40))
    scale = 20
    y, x = (np.mgrid[0 : 45 * scale, 0 : 65 * scale] + 0.5) / scale
    inside = shapely.contains_xy(outline, x.ravel(), y.ravel()).reshape(x.shape).astype(np.uint8)
    expected = cv2.HuMoments(cv2.moments(inside, binaryImage=True)).ravel()[:6]
    assert polygon_hu(np.array([outline], dtype=object))[0] == pytest.approx(expected, rel=1e-2)


def test_the_first_two_moments_of_a_rectangle_by_hand():
    found = polygon_hu(np.array([shapely.box(600, 400, 606, 402)], dtype=object))[0]
    assert found[:2] == pytest.approx([(3 + 1 / 3) / 12, ((3 - 1 / 3) / 12) ** 2], rel=1e-12)
    assert np.abs(found[2:]).max() < 1e-20


def test_polygons_and_masks_of_a_class_are_separate_populations():
    rng = np.random.default_rng(6)
    masks = [mask(blob(rng)) for _ in range(9)]
    outlines = [polygon(rng.uniform(0, 40, (3, 2)), size=(50, 40)) for _ in range(5)]
    found = classwise(*masks, *outlines)["shape_for_class"]
    assert found[:9] == pytest.approx(classwise(*masks)["shape_for_class"])
    assert found[9:] == pytest.approx(classwise(*outlines)["shape_for_class"])


def test_an_empty_table_has_empty_values():
    assert {key: len(column) for key, column in classwise().items()} == {
        "size_for_class": 0,
        "shape_for_class": 0,
    }
