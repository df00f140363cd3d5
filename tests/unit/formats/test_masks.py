"""Masks as runs of pixels, against pycocotools and pixel by pixel."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from pycocotools import mask as coco_mask

from assay.errors import InputError
from assay.formats import masks
from assay.formats.masks import encode_mask, place_mask, place_runs
from assay.formats.values import find_values
from assay.project import rle


def encode(whole):
    """Return the RLE of a picture as pycocotools has it, None where nothing is covered."""
    found = coco_mask.encode(np.asfortranarray(whole, dtype=np.uint8))
    return {"size": list(whole.shape), "counts": found["counts"].decode()} if whole.any() else None


sides = st.integers(1, 9)
parts = st.tuples(sides, sides).flatmap(lambda shape: arrays(np.bool_, shape))
places = st.integers(-9, 9)


@given(part=parts, left=places, top=places, height=sides, width=sides, band=st.sampled_from([1, 4, 1 << 22]))
@settings(max_examples=300, deadline=None)
@pytest.mark.parametrize("gain", [1, 1 << 30])
def test_a_part_of_a_picture_is_encoded_as_pycocotools_encodes_the_picture(part, left, top, height, width, band, gain):
    whole = np.zeros((height + 40, width + 40), dtype=np.bool_)
    whole[top + 20 : top + 20 + part.shape[0], left + 20 : left + 20 + part.shape[1]] = part
    whole = whole[20 : 20 + height, 20 : 20 + width]
    flat = np.concatenate(([False], part.ravel(), [False]))
    bounds = np.flatnonzero(flat[1:] != flat[:-1])
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(rle, "BAND", band)
        patch.setattr(masks, "_LEAST_GAIN", gain)  # as rectangles, and as pixels
        placed = place_mask(part, left, top, height, width)
        assert encode(whole) == (None if placed is None or not masks.mask_box(placed)[2] else placed)
        if len(bounds):
            of_runs = place_runs(bounds, part.shape[1], left, top, height, width)
            assert (of_runs and of_runs["counts"]) == (encode(whole) or {"counts": None})["counts"]


@given(pixels=st.tuples(sides, sides).flatmap(lambda shape: arrays(np.uint8, shape, elements=st.integers(0, 3))))
@settings(max_examples=200, deadline=None)
def test_every_number_of_a_picture_has_its_mask(pixels):
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("assay.formats.values.BAND", 7)
        found = find_values([(pixels, np.asarray)])
        pairs = find_values([(pixels, np.asarray), (pixels // 2, np.asarray)])
    present, counts = np.unique(pixels, return_counts=True)
    assert (found.present, found.counts) == (present.tolist(), counts.tolist())
    assert {value: found.mask(value) for value in (*found.present, 9)} == {
        value: encode(pixels == value) for value in (*found.present, 9)
    }
    assert pairs.present == [(value << 32) + value // 2 for value in found.present]


def test_masks_of_a_large_picture_take_what_they_cover_and_not_the_picture():
    size = 1 << 16  # drawn, the picture would be 4 GB
    corners = place_runs(np.array([0, 1, size * size - 2, size * size - 1]), size, 0, 0, size, size - 1)
    assert (masks.mask_box(corners), coco_mask.area(masks.as_coco(corners))) == ([0, 0, size - 1, size], 2)
    assert place_runs(np.array([0, size * (size - 1)]), size - 1, 0, 0, size, size - 1)["counts"] == encode_full(size)
    assert masks.mask_box(place_mask(np.ones((3, 4)), 9_000, 8_000, size, size - 1)) == [9_000, 8_000, 4, 3]


def encode_full(size):
    return coco_mask.frPyObjects({"size": [size, size - 1], "counts": [0, size * (size - 1)]}, size, size - 1)[
        "counts"
    ].decode()


def test_noise_is_no_mask(monkeypatch):
    monkeypatch.setattr(rle, "MOST_RUNS", 3)
    noise = np.eye(5, dtype=np.uint8)
    for work in (lambda: encode_mask(noise), lambda: find_values([(noise, np.asarray)])):
        with pytest.raises(InputError, match="too fine"):
            work()
