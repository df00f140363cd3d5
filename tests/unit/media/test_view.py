from __future__ import annotations

import io

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image, ImageOps

from assay.errors import InputError
from assay.media.header import read_header
from assay.media.view import find_crop_region, make_crop, make_view


def view(data, **options):
    return make_view(data, **{"apply_orientation": True, **options})


def with_orientation(orientation):
    exif = Image.Exif()
    exif[274] = orientation
    return exif


def pixels(data):
    return np.asarray(Image.open(io.BytesIO(data)).convert("RGB")).astype(int)


@pytest.mark.parametrize(
    ("format_name", "mode"), [("JPEG", "RGB"), ("JPEG", "L"), ("PNG", "RGB"), ("PNG", "P"), ("WEBP", "RGB")]
)
def test_what_a_browser_shows_passes_unchanged(encode, gradient, format_name, mode):
    image = Image.fromarray(gradient)
    data = encode(image.quantize(8) if mode == "P" else image.convert(mode), format_name)
    for apply_orientation in (True, False):
        assert view(data, apply_orientation=apply_orientation) == (data, f"image/{format_name.lower()}")


@pytest.mark.parametrize(
    ("format_name", "mode"),
    [("TIFF", "RGB"), ("BMP", "RGB"), ("GIF", "P"), ("JPEG", "CMYK"), ("PNG", "RGBA"), ("PNG", "I;16")],
)
def test_what_a_browser_does_not_show_as_measured_is_encoded_as_jpeg(encode, gradient, format_name, mode):
    image = Image.new(mode, (64, 48), 300) if mode == "I;16" else Image.fromarray(gradient).convert(mode)
    result, media_type = view(encode(image, format_name))
    assert media_type == "image/jpeg"
    assert Image.open(io.BytesIO(result)).size == (64, 48)
    if mode == "RGB":
        assert np.abs(pixels(result) - gradient).mean() < 3


@pytest.mark.parametrize("format_name", ["PNG", "WEBP"])
def test_animations_become_their_first_frame(encode, format_name):
    first, second = Image.new("RGB", (8, 8), "red"), Image.new("RGB", (8, 8), "blue")
    result, media_type = view(encode(first, format_name, save_all=True, append_images=[second]))
    assert media_type == "image/jpeg"
    assert np.abs(pixels(result)[4, 4] - (255, 0, 0)).max() <= 4


def test_an_oriented_jpeg_passes_when_browsers_turn_it_as_wanted(encode, gradient):
    data = encode(gradient, "JPEG", exif=with_orientation(6))
    assert view(data) == (data, "image/jpeg")


@pytest.mark.parametrize("format_name", ["JPEG", "PNG", "WEBP", "TIFF"])
def test_an_unwanted_orientation_is_not_left_to_the_browser(encode, gradient, format_name):
    result, _ = view(encode(gradient, format_name, exif=with_orientation(6)), apply_orientation=False)
    assert read_header(result).exif_orientation == 1
    assert np.abs(pixels(result) - gradient).mean() < 6


@pytest.mark.parametrize("format_name", ["PNG", "WEBP", "TIFF"])
def test_oriented_files_other_than_jpeg_are_turned_here(encode, gradient, format_name):
    result, media_type = view(encode(gradient, format_name, exif=with_orientation(8)))
    assert media_type == "image/jpeg"
    assert read_header(result).exif_orientation == 1
    expected = np.asarray(Image.fromarray(gradient).transpose(Image.Transpose.ROTATE_90)).astype(int)
    assert np.abs(pixels(result) - expected).mean() < 6


def test_a_large_image_is_scaled_down_and_turned(encode, gradient):
    data = encode(gradient, "JPEG", exif=with_orientation(6), quality=95)
    result, _ = view(data, max_edge=32)
    assert Image.open(io.BytesIO(result)).size == (24, 32)
    turned = ImageOps.exif_transpose(Image.open(io.BytesIO(data))).resize((24, 32), Image.Resampling.BOX)
    assert np.abs(pixels(result) - np.asarray(turned).astype(int)).mean() < 5


def test_a_file_that_cannot_be_decoded_is_named(encode, gradient):
    data = encode(gradient, "TIFF")
    with pytest.raises(InputError) as caught:
        make_view(data[:-3000], apply_orientation=True, item="scan.tif")
    assert caught.value.item == "scan.tif"


def test_a_crop_has_context_and_four_to_three():
    # Box 100 x 60 at (300, 200): margin 25 on each side gives 150 x 110; 4:3 widens the height to 112.5.
    assert find_crop_region(1000, 800, (300, 200, 100, 60), context=0.25) == (275, 173, 150, 114)


def test_a_crop_of_a_tiny_object_is_at_least_64_pixels():
    x, y, w, h = find_crop_region(1000, 800, (500, 400, 2, 2), context=0.25)
    assert (h, w) == (64, 86)
    assert (x, y) == (458, 369)


def test_a_crop_at_the_border_is_moved_inwards():
    x, y, w, h = find_crop_region(1000, 800, (0, 780, 40, 40), context=0.5)
    assert (x, y + h) == (0, 800)
    assert w >= 80


def test_a_crop_from_a_small_image_is_the_whole_image():
    rgb = np.zeros((20, 30, 3), dtype=np.uint8)
    data, region = make_crop(rgb, (5, 5, 10, 10))
    assert region == (0, 0, 30, 20)
    assert Image.open(io.BytesIO(data)).size == (30, 20)


def test_a_crop_shows_the_pixels_of_its_region(gradient):
    data, (x, y, w, h) = make_crop(np.tile(gradient, (4, 4, 1)), (100, 80, 40, 30), context=0.25)
    expected = np.tile(gradient, (4, 4, 1))[y : y + h, x : x + w]
    assert np.abs(pixels(data) - expected).mean() < 12


def test_a_large_crop_is_scaled_down():
    data, region = make_crop(np.zeros((900, 1200, 3), dtype=np.uint8), (0, 0, 1200, 900), longest_edge=160)
    assert region == (0, 0, 1200, 900)
    assert Image.open(io.BytesIO(data)).size == (160, 120)


def test_a_box_that_is_not_finite_is_the_typed_error():
    with pytest.raises(InputError, match="box"):
        make_crop(np.zeros((9, 9, 3), dtype=np.uint8), (0, float("nan"), 1, 1))


coordinates = st.floats(-1e7, 1e7)


@given(st.integers(1, 3000), st.integers(1, 3000), st.tuples(*[coordinates] * 4), st.floats(0, 4))
def test_a_crop_lies_in_the_image_and_holds_the_visible_part_of_the_box(width, height, box, context):
    x, y, w, h = find_crop_region(width, height, box, context=context)
    assert 0 <= x < x + w <= width
    assert 0 <= y < y + h <= height
    for start, length, low, size, limit in ((box[0], box[2], x, w, width), (box[1], box[3], y, h, height)):
        near, far = sorted((start, start + length))
        assert low <= min(max(near, 0), limit) + 1e-6
        assert min(max(far, 0), limit) <= low + size + 1e-6
