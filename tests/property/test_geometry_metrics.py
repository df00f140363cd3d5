"""Laws that geometry metrics obey for any shapes."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from assay.metrics.compute import measure_images, measure_objects
from assay.metrics.outliers import classify, limits
from assay.metrics.registry import get_metric
from tests.unit.metrics.coco_objects import box, make_images, make_objects, polygon, rotated_box

SIZE = (128.0, 96.0)
coordinate = st.integers(-40, 160).map(lambda value: value / 2)
side = st.integers(-4, 120).map(lambda value: value / 2)
placement = st.fixed_dictionaries({"class_": st.integers(0, 1), "image": st.integers(0, 2), "size": st.just(SIZE)})
corner = st.tuples(coordinate, coordinate)
ring = st.lists(corner, min_size=0, max_size=7)
shapes = st.one_of(
    st.builds(lambda c, w, h, p: box(*c, w, h, **p), corner, side, side, placement),
    st.builds(
        lambda c, w, h, a, p: rotated_box(*c, w, h, a, **p),
        corner,
        side,
        side,
        st.integers(-180, 180),
        placement,
    ),
    st.builds(lambda rings, p: polygon(*rings, **p), st.lists(ring, min_size=1, max_size=3), placement),
)
scenes = st.lists(shapes, min_size=1, max_size=8)
polygons = st.lists(corner, min_size=3, max_size=7)
few = settings(max_examples=80)


def moved(item, dx, dy, scale=1.0):
    changed = dict(item)
    shift = np.array([dx, dy])
    if "xywh" in item:
        x, y, w, h = item["xywh"]
        changed["xywh"] = (scale * x + dx, scale * y + dy, scale * w, scale * h)
    if "rings" in item:
        changed["rings"] = [scale * np.asarray(r, dtype=np.float64).reshape(-1, 2) + shift for r in item["rings"]]
    changed["size"] = (SIZE[0] * scale, SIZE[1] * scale)
    return changed


def in_order(scene):
    return make_objects(*sorted(scene, key=lambda item: item["image"]))


@few
@given(scenes)
def test_values_stay_within_their_ranges(scene):
    values = measure_objects(in_order(scene)).values
    for key in ("annotation_duplicates", "class_overlap", "box_fit", "validity"):
        column = values[key][~np.isnan(values[key])]
        assert ((column >= 0) & (column <= 1)).all(), key
    closeness = values["border_closeness"][~np.isnan(values["border_closeness"])]
    assert ((closeness >= 0.5) & (closeness <= 1)).all()
    box_area = values["object_width"] * values["object_height"]
    assert not (values["object_area"] > box_area * (1 + 1e-9)).any()
    density = measure_images(make_images(*[SIZE] * 3), in_order(scene))["object_density"]
    assert ((density >= 0) & (density <= 1)).all()


@few
@given(scenes, st.integers(-30, 30), st.integers(-30, 30))
def test_moving_a_scene_changes_neither_sizes_nor_overlaps(scene, dx, dy):
    before = measure_objects(in_order(scene)).values
    after = measure_objects(in_order([moved(item, dx, dy) for item in scene])).values
    for key in ("object_width", "object_height", "object_area", "annotation_duplicates", "class_overlap"):
        assert after[key] == pytest.approx(before[key], rel=1e-9, abs=1e-9, nan_ok=True), key


@few
@given(scenes, st.sampled_from([0.25, 0.5, 2.0, 8.0]))
def test_scaling_a_scene_scales_lengths_and_areas_and_keeps_ratios(scene, scale):
    before = measure_objects(in_order(scene)).values
    after = measure_objects(in_order([moved(item, 0, 0, scale) for item in scene])).values
    powers = {
        "object_width": 1,
        "object_height": 1,
        "object_area": 2,
        "object_area_relative": 0,
        "border_closeness": 0,
        "annotation_duplicates": 0,
        "class_overlap": 0,
    }
    for key, power in powers.items():
        assert after[key] == pytest.approx(before[key] * scale**power, rel=1e-9, abs=1e-9, nan_ok=True), key


@few
@given(polygons, st.integers(-50, 50), st.sampled_from([0.5, 3.0]))
def test_hu_features_survive_moving_scaling_and_reversing(points, dx, scale):
    item = polygon(points, size=SIZE)
    original = measure_objects(make_objects(item))
    changed = dict(moved(item, dx, -dx, scale))
    changed["rings"] = [r[::-1] for r in changed["rings"]]
    features = measure_objects(make_objects(changed)).features
    if original.values["object_area"][0] < 1.0:
        return
    for number in range(1, 7):
        key = f"hu_{number}"
        assert np.sinh(features[key]) == pytest.approx(np.sinh(original.features[key]), rel=1e-6, abs=1e-4), key


@few
@given(scenes)
def test_a_recorded_pair_is_the_best_of_a_member_and_every_overlap_is_explained(scene):
    result = measure_objects(in_order(scene))
    for evidence in result.evidence:
        if evidence.metric not in ("annotation_duplicates", "class_overlap"):
            continue
        values = result.values[evidence.metric]
        of_row, of_partner = values[evidence.row], values[evidence.partner]
        assert (evidence.row < evidence.partner).all()
        assert (evidence.value == np.minimum(of_row, of_partner)).all()
        explained = set(evidence.row.tolist()) | set(evidence.partner.tolist())
        assert explained == set(np.flatnonzero(values > 0).tolist())


@few
@given(scenes)
def test_the_order_of_objects_within_an_image_does_not_matter(scene):
    forward = measure_objects(in_order(scene)).values
    objects = in_order(scene)
    order = np.lexsort((-np.arange(len(objects)), objects.image))
    backward = measure_objects(objects.take(order)).values
    for key in ("annotation_duplicates", "class_overlap", "object_area", "validity"):
        assert backward[key] == pytest.approx(forward[key][order], rel=1e-12, abs=1e-12, nan_ok=True), key


@few
@given(scenes)
def test_each_image_alone_gives_the_very_same_bits(scene):
    objects = in_order(scene)
    whole = measure_objects(objects)
    for image in np.unique(objects.image):
        chosen = objects.image == image
        alone = measure_objects(objects.take(chosen))
        for key, column in {**alone.values, **alone.features}.items():
            assert column.tobytes() == {**whole.values, **whole.features}[key][chosen].tobytes(), key


@few
@given(
    st.lists(st.one_of(st.floats(-1e6, 1e6), st.just(np.nan)), max_size=60),
    st.sampled_from(["object_width", "size_for_class", "area", "annotation_duplicates", "confidence", "random"]),
)
def test_an_outlier_stays_one_however_much_farther_out_it_lies(numbers, key):
    metric, values = get_metric(key), np.array(numbers, dtype=np.float64)
    severity = classify(metric, values)
    assert severity.shape == values.shape
    assert not severity[np.isnan(values)].any()
    bounds = limits(metric, values)
    rising = np.sort(values[~np.isnan(values)])
    ordered = bounds.classify(rising)
    middle = np.flatnonzero(ordered == 0)
    if len(middle):
        assert (np.diff(ordered[: middle[0] + 1]) <= 0).all()
        assert (np.diff(ordered[middle[-1] :]) >= 0).all()
        assert not ordered[middle[0] : middle[-1] + 1].any()
