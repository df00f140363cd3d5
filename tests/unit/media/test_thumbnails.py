from __future__ import annotations

import io

import numpy as np
import pytest
from PIL import Image

from assay.errors import StorageError
from assay.media.thumbnails import encode_jpeg, make_thumbnail, scale_down


def opened(data):
    image = Image.open(io.BytesIO(data))
    assert image.format == "JPEG"
    return image


@pytest.mark.parametrize(
    ("size", "expected"),
    [
        ((640, 480), (320, 240)),
        ((480, 640), (240, 320)),
        ((320, 200), (320, 200)),
        ((5, 3), (5, 3)),
        ((1, 1), (1, 1)),
        ((10_000, 1), (320, 1)),
        ((2, 5000), (1, 320)),
    ],
)
def test_thumbnails_keep_the_aspect_ratio_and_are_never_enlarged(size, expected):
    rgb = np.zeros((size[1], size[0], 3), dtype=np.uint8)
    assert opened(make_thumbnail(rgb)).size == expected


def test_thumbnails_keep_red_red():
    rgb = np.full((50, 50, 3), (250, 10, 20), dtype=np.uint8)
    assert np.abs(np.asarray(opened(make_thumbnail(rgb))).astype(int) - (250, 10, 20)).max() <= 4


def test_scaling_down_averages_areas():
    rgb = np.zeros((2, 4, 3), dtype=np.uint8)
    rgb[0, :2] = 100
    assert scale_down(rgb, 2)[..., 0].tolist() == [[50, 0]]


def test_an_image_too_long_for_jpeg_is_the_typed_error():
    with pytest.raises(StorageError, match="JPEG"):
        encode_jpeg(np.zeros((1, 70_000, 3), dtype=np.uint8), 85)
