"""From a mask to polygons, boxes and run lengths: small shapes worked out by hand."""

from __future__ import annotations

import numpy as np
import pytest
import shapely
from pycocotools import mask as coco_mask

from assay.project.rle import encode_part
from assay.sandbox.labels import annotate, mask_box, mask_iou, trace, without_specks
from assay.sandbox.planting import annotation_iou


def test_tracing_a_rectangle_gives_its_corners():
    mask = np.zeros((6, 8), np.uint8)
    mask[1:4, 2:7] = 1
    (ring,) = trace(mask)
    assert shapely.Polygon(ring).bounds == (2, 1, 7, 4)
    assert shapely.Polygon(ring).area == 15


def test_two_parts_give_two_rings_and_a_hole_gives_a_mask():
    mask = np.zeros((40, 40), np.uint8)
    mask[2:38, 2:10] = mask[2:38, 20:38] = 1
    assert len(annotate(mask, 0, 0, (40, 40), "polygon")["segmentation"]) == 2
    mask[10:20, 25:32] = 0
    assert set(annotate(mask, 0, 0, (40, 40), "polygon")["segmentation"]) == {"size", "counts"}


def test_an_annotation_is_where_its_mask_is_in_the_picture():
    mask = np.zeros((10, 12), np.uint8)
    mask[2:8, 3:11] = 1
    box = annotate(mask, 20, 30, (60, 80), "box")
    assert box == {"bbox": [23, 32, 8, 6], "iscrowd": 0, "area": 48}
    polygon = annotate(mask, 20, 30, (60, 80), "polygon")
    assert shapely.Polygon(np.reshape(polygon["segmentation"][0], (-1, 2))).bounds == (23, 32, 31, 38)
    assert (polygon["bbox"], polygon["area"]) == (box["bbox"], 48)


@pytest.mark.parametrize(("x", "y"), [(0, 0), (3, 0), (0, 5), (3, 5), (0, 2), (7, 0), (7, 5)])
def test_the_run_lengths_of_a_part_are_those_of_the_whole_mask(x, y):
    part = (np.random.default_rng(1).random((9, 11)) < 0.6).astype(np.uint8)
    part[[0, -1], [0, -1]] = 1
    whole = np.zeros((14, 18), np.uint8)
    whole[y : y + 9, x : x + 11] = part
    encoded = encode_part(part, x, y, 14, 18)
    assert encoded["size"] == [14, 18]
    assert np.array_equal(coco_mask.decode(encoded), whole)
    assert encoded["counts"] == coco_mask.encode(np.asfortranarray(whole))["counts"].decode()


def test_a_part_that_ends_at_the_lower_border_does_not_run_on_to_the_end_of_the_picture():
    encoded = encode_part(np.ones((2, 2), np.uint8), 1, 2, 4, 6)
    expected = np.zeros((4, 6), np.uint8)
    expected[2:4, 1:3] = 1
    assert np.array_equal(coco_mask.decode(encoded), expected)


def test_specks_are_dropped_and_parts_are_kept():
    mask = np.zeros((30, 30), np.uint8)
    mask[5:25, 5:25] = 1
    mask[0, 0] = 1
    assert without_specks(mask).sum() == 400
    mask[27:30, 27:30] = 1
    assert without_specks(mask).sum() == 409


def test_box_and_iou_of_masks():
    mask = np.zeros((6, 8), np.uint8)
    mask[1:3, 2:7] = 1
    other = np.zeros((6, 8), np.uint8)
    other[2:4, 2:7] = 1
    assert mask_box(mask) == (2, 1, 5, 2)
    assert mask_iou(mask, other) == 5 / 15
    assert mask_iou(np.zeros_like(mask), np.zeros_like(mask)) == 0


def test_iou_of_boxes_is_the_one_worked_out_by_hand():
    assert annotation_iou({"bbox": [0, 0, 10, 10]}, {"bbox": [5, 0, 10, 10]}) == pytest.approx(50 / 150)
