import itertools
import math
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import shapely
from pycocotools import mask as coco_mask
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

from assay.metrics import pairs as pairs_module
from assay.metrics.compute import measure_objects
from assay.metrics.pairs import overlapping_boxes

NAN = math.nan
ROOT = Path(__file__).resolve().parents[3]


def overlaps(*items, key="annotation_duplicates"):
    """Return the values, and the evidence as (row, partner, IoU)."""
    result = measure_objects(make_objects(*items))
    evidence = next(e for e in result.evidence if e.metric == key)
    return result.values[key].tolist(), list(
        zip(evidence.row.tolist(), evidence.partner.tolist(), evidence.value.tolist(), strict=True)
    )


def star(rng, centre, radius, vertices=9):
    """A simple polygon around a centre."""
    angle = np.sort(rng.uniform(0, 2 * np.pi, vertices))
    reach = radius * rng.uniform(0.5, 1.5, vertices)
    return np.stack([centre[0] + reach * np.cos(angle), centre[1] + reach * np.sin(angle)], axis=1)


def test_duplicate_pairs_give_each_annotation_one_value_and_share_one_record():
    values, evidence = overlaps(box(0, 0, 10, 10), box(0, 0, 10, 5), box(50, 50, 5, 5))
    assert values == [0.5, 0.5, 0.0]
    assert evidence == [(0, 1, 0.5)]


def test_a_record_names_the_lower_row_first_whatever_the_order():
    _, evidence = overlaps(box(0, 0, 10, 10, row=8), box(0, 0, 10, 5, row=3))
    assert evidence == [(3, 8, 0.5)]


def test_every_pair_that_is_the_best_of_a_member_is_recorded():
    # b is the best of a, c the best of b: two records; a and c are no one's best.
    items = [box(0, 0, 10, 10), box(0, 0, 10, 8), box(0, 0, 10, 7)]
    values, evidence = overlaps(*items)
    assert values == pytest.approx([0.8, 0.875, 0.875])
    assert [pair[:2] for pair in evidence] == [(0, 1), (1, 2)]


def test_of_equal_partners_the_one_with_the_lowest_row_is_taken():
    values, evidence = overlaps(*[box(0, 0, 10, 10)] * 3)
    assert values == [1, 1, 1]
    assert evidence == [(0, 1, 1.0), (0, 2, 1.0)]


def test_classes_and_images_are_kept_apart():
    items = [box(0, 0, 10, 10), box(0, 0, 10, 5, class_=1), box(0, 0, 10, 10, image=1)]
    assert overlaps(*items) == ([0, 0, 0], [])
    assert overlaps(*items, key="class_overlap") == ([0.5, 0.5, 0], [(0, 1, 0.5)])


def test_shapes_without_area_and_crowds_have_no_value_and_are_no_partner():
    square = [(0, 0), (10, 0), (10, 10), (0, 10)]
    crowds = [
        polygon(square, crowd=True),
        mask(np.ones((100, 100)), crowd=True),
        box(0, 0, 10, 10, crowd=True),
    ]
    shapeless = [label(), point(5, 5), polyline((0, 0), (9, 9)), keypoints((1, 1, 2), xywh=(0, 0, 10, 10))]
    values, evidence = overlaps(polygon(square), *crowds, *shapeless)
    assert values == pytest.approx([0] + [NAN] * 7, nan_ok=True)
    assert evidence == []


def test_shapes_that_only_touch_do_not_overlap():
    assert overlaps(box(0, 0, 10, 10), box(10, 0, 10, 10), box(0, 10, 10, 10)) == ([0, 0, 0], [])


def test_objects_of_zero_area_overlap_nothing():
    flat = [
        box(0, 0, 10, 0),
        box(0, 0, 10, 0),
        polygon([(0, 0), (9, 0)]),
        polygon([]),
        mask(np.zeros((100, 100))),
    ]
    assert overlaps(box(0, 0, 10, 10), *flat) == ([0] * 6, [])


def test_polygons_overlap_by_their_exact_area_not_by_their_boxes():
    lower, upper = [(0, 0), (10, 0), (0, 10)], [(10, 10), (10, 0), (0, 10)]
    assert overlaps(polygon(lower), polygon(upper))[0] == [0, 0]
    assert overlaps(polygon(lower), box(0, 0, 10, 10))[0] == [0.5, 0.5]


def test_a_self_crossing_polygon_counts_with_its_repaired_area():
    bow_tie = [(0, 0), (10, 10), (10, 0), (0, 10)]
    assert overlaps(polygon(bow_tie), box(0, 0, 10, 10))[0] == pytest.approx([0.5, 0.5])


def test_a_rotated_box_turns_clockwise_on_the_screen():
    # 20 x 2 about (10, 10): turned by 45 degrees it runs from top left to bottom right.
    bar = rotated_box(0, 9, 20, 2, 45)
    falling, rising = box(14, 14, 2, 2), box(14, 4, 2, 2)
    assert overlaps(bar, falling)[0][1] > 0
    assert overlaps(bar, rising)[0][1] == 0


def test_both_are_rasterised_as_pycocotools_does_if_either_is_a_mask():
    ring = [3.3, 4.1, 30.7, 8.2, 25.4, 33.9, 5.6, 21.2]
    pixels = np.zeros((40, 50), dtype=np.uint8)
    pixels[5:25, 4:28] = 1
    rle = coco_mask.merge(coco_mask.frPyObjects([ring], 40, 50))
    drawn = coco_mask.decode(rle).astype(bool)
    expected = (drawn & (pixels > 0)).sum() / (drawn | (pixels > 0)).sum()
    values, _ = overlaps(polygon(ring, size=(50, 40)), mask(pixels))
    assert values == pytest.approx([expected, expected])


def test_masks_overlap_by_pixels_even_where_they_disagree_on_the_image_size():
    small, large = np.zeros((6, 8)), np.zeros((10, 10))
    small[0:4, 0:4] = 1
    large[2:6, 0:4] = 1
    assert overlaps(mask(small), mask(large))[0] == pytest.approx([8 / 24, 8 / 24])


def test_polygons_far_beyond_the_image_are_rasterised_without_walking_there():
    canvas = np.zeros((20, 20))
    canvas[:, 10:] = 1
    giant = polygon([(10, -1e9), (1e9, -1e9), (1e9, 1e9), (10, 1e9)], size=(20, 20))
    values, _ = overlaps(giant, mask(canvas))
    assert values == [1, 1]


def test_cutting_far_polygons_keeps_what_they_fill_within_the_image():
    # A bow tie around a far corner: its crossing is outside, its slanted edges run through the image.
    ring = np.array([(-900.0, -860.0), (930.0, 910.0), (930.0, -910.0), (-900.0, 880.0)])
    near = shapely.make_valid(shapely.Polygon(ring)).intersection(shapely.box(0, 0, 20, 20))
    values, _ = overlaps(polygon(ring, size=(20, 20)), mask(np.ones((20, 20))))
    assert values[0] == pytest.approx(near.area / 400, abs=0.05)


def test_rings_of_one_or_two_points_are_no_obstacle_beside_a_mask():
    broken = [
        polygon([(1, 1)], size=(4, 4)),
        polygon([(1, 1), (2, 2)], [(0, 0), (4, 0), (4, 4), (0, 4)], size=(4, 4)),
    ]
    assert overlaps(mask(np.ones((4, 4))), *broken)[0] == [1, 0, 1]


def test_iou_of_random_shapes_equals_that_of_all_pairs_by_shapely():
    rng = np.random.default_rng(3)
    items, shapes = [], []
    for index in range(60):
        centre, radius = rng.uniform(10, 90, 2), rng.uniform(2, 30)
        given = {"image": index // 20, "class_": int(rng.integers(2))}
        if index % 3 == 0:
            items.append(box(*(centre - radius), 2 * radius, radius, **given))
            shapes.append(shapely.box(*(centre - radius), centre[0] + radius, centre[1]))
        else:
            rings = [star(rng, centre, radius), star(rng, centre + 5, radius)]
            items.append(polygon(*rings, **given))
            shapes.append(shapely.union_all([shapely.make_valid(shapely.Polygon(ring)) for ring in rings]))
    for key, same in (("annotation_duplicates", True), ("class_overlap", False)):
        expected = np.zeros(60)
        for i, j in itertools.permutations(range(60), 2):
            one, other = items[i], items[j]
            if one["image"] == other["image"] and (one["class_"] == other["class_"]) == same:
                iou = shapes[i].intersection(shapes[j]).area / shapes[i].union(shapes[j]).area
                expected[i] = max(expected[i], iou)
        values, evidence = overlaps(*items, key=key)
        assert values == pytest.approx(expected.tolist(), rel=1e-9, abs=1e-12)
        assert all(expected[i] == pytest.approx(iou) or expected[j] == pytest.approx(iou) for i, j, iou in evidence)


def test_iou_of_random_masks_equals_that_of_their_pixels():
    rng = np.random.default_rng(4)
    rasters = []
    for _ in range(8):
        pixels = np.zeros((30, 40), dtype=bool)
        top, left = rng.integers(0, 15, 2)
        pixels[top : top + 12, left : left + 15] = rng.random((12, 15)) < 0.8
        rasters.append(pixels)
    expected = [
        max((one & other).sum() / (one | other).sum() for other in rasters if other is not one) for one in rasters
    ]
    assert overlaps(*[mask(pixels) for pixels in rasters])[0] == pytest.approx(expected)


def test_the_sweep_finds_exactly_the_pairs_of_boxes_that_share_an_area(monkeypatch):
    rng = np.random.default_rng(5)
    corner = rng.integers(0, 20, (200, 2)).astype(float)  # integers, so that many boxes touch
    boxes = np.hstack([corner, corner + rng.integers(1, 8, (200, 2))])
    group = rng.integers(0, 4, 200)
    expected = [
        (i, j)
        for i, j in itertools.combinations(range(200), 2)
        if group[i] == group[j] and (boxes[i, :2] < boxes[j, 2:]).all() and (boxes[j, :2] < boxes[i, 2:]).all()
    ]
    for step in (2_000_000, 7):
        monkeypatch.setattr(pairs_module, "PAIRS_PER_STEP", step)
        left, right = overlapping_boxes(boxes, group)
        assert list(zip(left.tolist(), right.tolist(), strict=True)) == expected


def test_crowded_images_are_looked_at_in_pieces_with_the_same_values(monkeypatch):
    rng = np.random.default_rng(5)
    items = []
    for number in range(120):
        x, y = rng.uniform(0, 60, 2)
        shape = polygon(star(rng, (x, y), 12)) if number % 3 == 0 else box(x, y, *rng.integers(5, 30, 2))
        items.append(shape)
    items += items[:20]  # equal shapes, between which the random key decides
    for key in ("annotation_duplicates", "class_overlap"):
        whole = overlaps(*items, key=key)
        with monkeypatch.context() as patched:
            patched.setattr(pairs_module, "CROWDED_PAIRS", 0)
            patched.setattr(pairs_module, "PAIRS_PER_STEP", 50)
            assert overlaps(*items, key=key) == whole


CROWD = """
import resource, sys
import numpy as np
from tests.unit.metrics.coco_objects import box, make_objects
from assay.metrics.compute import measure_objects
rng = np.random.default_rng(0)
items = make_objects(*(box(x, y, 900, 900) for x, y in rng.uniform(0, 80, (4000, 2))))
before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
values = measure_objects(items).values["annotation_duplicates"]
assert values.min() > 0.9, values.min()
print((resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) // 1024)
"""


@pytest.mark.skipif(sys.platform != "linux", reason="peak memory in kilobytes")
def test_thousands_of_boxes_on_one_another_take_bounded_memory():
    """8 million pairs: over a gigabyte if they were held together."""
    found = subprocess.run([sys.executable, "-c", CROWD], capture_output=True, text=True, cwd=ROOT, check=False)
    assert found.returncode == 0, found.stderr[-1_000:]
    assert int(found.stdout) < 500
