"""TIFF files without compression are shown scaled down without their pixels in full."""

import cv2
import numpy as np
import pytest

from assay.errors import InputError
from assay.media import _plain_tiff
from assay.media.decode import can_reduce, decode_rgb
from assay.media.display import LargePictures, PictureFile
from assay.media.header import read_layout


def means(samples, reduction):
    """Return the means of square blocks, the last ones filled up with the last row and column."""
    height, width = samples.shape[:2]
    filled = np.pad(samples, [(0, -height % reduction), (0, -width % reduction), (0, 0)], "edge").astype(np.float64)
    height, width, channels = filled.shape
    return filled.reshape(height // reduction, reduction, width // reduction, reduction, channels).mean(axis=(1, 3))


@pytest.mark.parametrize("order", ["<", ">"])
@pytest.mark.parametrize("dtype", [np.uint8, np.uint16])
@pytest.mark.parametrize("channels", [1, 3])
@pytest.mark.parametrize("reduction", [2, 8])
def test_samples_are_means_of_blocks(build_tiff, monkeypatch, order, dtype, channels, reduction):
    monkeypatch.setattr(_plain_tiff, "_BAND_BYTES", 2_000)
    samples = np.random.default_rng(1).integers(0, np.iinfo(dtype).max, (45, 67, channels), dtype=dtype)
    samples[:, :30] //= 3
    data = build_tiff(samples if channels == 3 else samples[..., 0], order=order, orientation=6)
    found = decode_rgb(data, apply_orientation=False, reduction=reduction, rounded=True).rgb
    expected = means(samples, reduction) / (256 if dtype == np.uint16 else 1)
    assert found.shape == (-(-45 // reduction), -(-67 // reduction), 3)
    assert np.abs(found - expected).max() <= 1
    turned = decode_rgb(data, apply_orientation=True, reduction=reduction, rounded=True).rgb
    assert np.array_equal(turned, np.rot90(found, -1))
    kept = decode_rgb(data, apply_orientation=False, reduction=reduction).rgb
    assert np.array_equal(kept, found)


@pytest.mark.parametrize("rows", [1, 7, 16, 45])
def test_strips_of_any_height_are_read(rows):
    samples = np.random.default_rng(2).integers(0, 255, (45, 30, 3), dtype=np.uint8)
    options = [cv2.IMWRITE_TIFF_COMPRESSION, 1, cv2.IMWRITE_TIFF_ROWSPERSTRIP, rows]
    data = cv2.imencode(".tiff", samples[..., ::-1], options)[1].tobytes()
    assert can_reduce(read_layout(data))
    found = decode_rgb(data, apply_orientation=False, reduction=2).rgb
    assert np.abs(found - means(samples, 2)).max() <= 1


def test_a_file_that_takes_most_of_the_bound_is_shown_scaled_down(build_tiff, monkeypatch):
    monkeypatch.setattr("assay.media.display._LARGE_BYTES", 0)
    samples = np.full((400, 600, 3), 40_000, dtype=np.uint16)
    data = build_tiff(samples)  # 1.44 MB
    pictures = LargePictures(most_bytes=len(data) + 400_000)  # as 8 bits of half the size they take 180 kB, and a copy
    small = pictures.shrink(PictureFile("k", "a.tif", True, len(data), lambda: data), 600)
    assert (small.shape, set(small.ravel().tolist())) == ((200, 300, 3), {40_000 >> 8})


def test_others_are_not_reduced_and_a_file_that_ends_early_is_named(build_tiff):
    samples = np.zeros((40, 60, 3), dtype=np.uint16)
    packed = cv2.imencode(".tiff", samples, [cv2.IMWRITE_TIFF_COMPRESSION, 5])[1].tobytes()
    transparent = build_tiff(np.zeros((40, 60, 4), dtype=np.uint8), extra_samples=2)
    inverted = build_tiff(samples[..., 0], photometric=0)
    assert [can_reduce(read_layout(data)) for data in (packed, transparent, inverted)] == [False] * 3
    data = bytearray(build_tiff(samples))
    at = data.index(b"\x11\x01\x04\x00\x01\x00\x00\x00")  # where the strip starts
    data[at + 8 : at + 12] = (len(data) - 100).to_bytes(4, "little")
    with pytest.raises(InputError):
        decode_rgb(bytes(data), apply_orientation=False, reduction=2)
