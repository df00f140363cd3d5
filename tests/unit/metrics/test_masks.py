"""Masks by runs: pycocotools' bits wherever it has them, and no pixel in memory where they would be billions."""

import numpy as np
import pytest
from pycocotools import mask as coco_mask

from assay.metrics import masks
from assay.metrics.moments import mask_hu


def some_ring(draw, kind):
    count = int(draw.integers(3, 9))
    if kind == "whole":
        return draw.integers(-20, 80, (count, 2)).astype(np.float64)
    if kind == "large":
        return draw.normal(0, 3000, (count, 2))
    if kind == "steps":  # on pycocotools' own grid of fifths of a pixel
        return np.round(draw.uniform(0, 60, (count, 2)) * 5) / 5
    ring = draw.uniform(-20, 80, (count, 2))
    if kind == "spiked":
        far = draw.random((count, 2)) < 0.2
        ring[far] = draw.choice([-1e5, 1e5, 2e4], int(far.sum()))
    if kind == "repeated":
        ring[1] = ring[0]
    return ring


@pytest.mark.parametrize("kind", ["any", "whole", "large", "steps", "spiked", "repeated"])
def test_rings_are_filled_without_a_walk_as_pycocotools_fills_them(kind):
    draw = np.random.default_rng(3)
    for _ in range(300):
        height, width = draw.integers(1, 60, 2).tolist()
        ring = some_ring(draw, kind)
        [expected] = coco_mask.frPyObjects([ring.ravel().tolist()], height, width)
        assert masks.rasterise([ring], height, width, near=False) == expected


def test_a_ring_that_reaches_far_is_cut_by_the_image_whatever_the_distance():
    for far in (1e6, 1e8, 1e12, 1e15, 1e300):
        ring = np.array([[5, 5], [far, 5], [far, 25], [5, 25]])
        drawn = masks.rasterise([ring], 48, 64)
        assert coco_mask.area(drawn) == 20 * (64 - 5)
        assert coco_mask.toBbox(drawn).tolist() == [5, 5, 59, 20]
        turned = masks.rasterise([-ring], 48, 64)
        assert coco_mask.area(turned) == 0


def test_rings_of_less_than_three_points_fill_nothing():
    square = np.array([[5, 5], [25, 5], [25, 25], [5, 25]], dtype=np.float64)
    short = np.array([[1, 1], [2, 2]], dtype=np.float64)
    whole = masks.rasterise([square], 48, 64)
    assert coco_mask.area(whole) == 400
    assert masks.rasterise([short, square], 48, 64) == whole
    listed_last = coco_mask.frPyObjects([square.ravel().tolist(), short.ravel().tolist()], 48, 64)
    assert coco_mask.merge(listed_last) == whole
    assert masks.rasterise([short], 48, 64) == masks.rasterise([short[:1]], 48, 64) == masks.empty(48, 64)


def test_no_mask_is_made_of_no_pixel_or_of_more_than_32_bits_count():
    square = np.array([[5, 5], [25, 5], [25, 25], [5, 25]], dtype=np.float64)
    assert masks.rasterise([square], 0, 64) is None
    assert masks.rasterise([square], 2**16, 2**16) is None
    assert coco_mask.area(masks.rasterise([square], 2**16, 2**16 - 1)) == 400
    wide = np.array([[0, 0], [2**31, 0], [2**31, 1], [0, 1]], dtype=np.float64)
    assert masks.rasterise([wide], 1, 2**31) is None


def test_masks_are_cut_and_extended_as_pixels_would_be():
    draw = np.random.default_rng(4)
    for _ in range(300):
        (height, width), (rows, columns) = draw.integers(1, 40, (2, 2)).tolist()
        pixels = np.asfortranarray(draw.random((height, width)) < draw.random(), dtype=np.uint8)
        expected = np.zeros((rows, columns), dtype=np.uint8, order="F")
        expected[:height, :width] = pixels[:rows, :columns]
        assert masks.resize(coco_mask.encode(pixels), (rows, columns)) == coco_mask.encode(expected)


def test_blocks_are_the_set_pixels():
    draw = np.random.default_rng(5)
    for _ in range(300):
        height, width = draw.integers(1, 30, 2).tolist()
        pixels = np.asfortranarray(draw.random((height, width)) < draw.random(), dtype=np.uint8)
        again = np.zeros_like(pixels)
        for column, columns, top, bottom in zip(*masks.blocks(coco_mask.encode(pixels)), strict=True):
            again[top:bottom, column : column + columns] += 1
        assert (again == pixels).all()


def test_hu_features_of_a_mask_of_billions_of_pixels_are_those_of_its_shape():
    side = 40_000  # 1.6 GB of pixels
    rle = coco_mask.frPyObjects({"size": [side, side], "counts": [0, side * side]}, side, side)
    small = coco_mask.frPyObjects({"size": [200, 200], "counts": [0, 40_000]}, 200, 200)
    assert mask_hu([rle])[0, 0] == pytest.approx(1 / 6)  # of a square: twice 1/12
    assert mask_hu([rle])[0] == pytest.approx(mask_hu([small])[0], abs=1e-4)
    assert masks.resize(rle, (48, 64)) == coco_mask.encode(np.ones((48, 64), dtype=np.uint8, order="F"))
