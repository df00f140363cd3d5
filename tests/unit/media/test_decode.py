from __future__ import annotations

import io

import cv2
import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from PIL import Image, ImageOps

from assay.errors import InputError
from assay.media import decode
from assay.media.decode import (
    apply_exif_orientation,
    content_hash,
    decode_rgb,
    needs_orientation,
    pixel_hash,
)
from assay.media.header import ImageHeader


def decoded(data):
    image = decode_rgb(data, apply_orientation=True)
    assert image.damaged is None
    assert image.rgb.dtype == np.uint8
    assert image.rgb.flags.c_contiguous
    return image.rgb


def by_pillow(data):
    return np.asarray(Image.open(io.BytesIO(data)).convert("RGB"))


def by_pillow_on_white(data):
    image = Image.open(io.BytesIO(data)).convert("RGBA")
    return np.asarray(Image.alpha_composite(Image.new("RGBA", image.size, "white"), image).convert("RGB"))


def largest_difference(left, right):
    assert left.shape == right.shape
    return int(np.abs(left.astype(int) - right.astype(int)).max())


LOSSLESS = [
    ("PNG", {}),
    ("TIFF", {}),
    ("TIFF", {"compression": "tiff_lzw"}),
    ("WEBP", {"lossless": True}),
    ("BMP", {}),
]


@pytest.mark.parametrize(("format_name", "options"), LOSSLESS)
def test_lossless_colour_comes_back_exactly(encode, gradient, format_name, options):
    assert np.array_equal(decoded(encode(gradient, format_name, **options)), gradient)


@pytest.mark.parametrize("format_name", ["PNG", "TIFF", "BMP", "GIF"])
def test_grey_and_bilevel_images_become_equal_channels(encode, gradient, format_name):
    for mode in ("L", "1"):
        grey = Image.fromarray(gradient).convert(mode)
        expected = np.asarray(grey.convert("RGB"))
        assert np.array_equal(decoded(encode(grey, format_name)), expected)


@pytest.mark.parametrize("format_name", ["PNG", "TIFF", "BMP", "GIF"])
@pytest.mark.parametrize("colours", [2, 16, 256])
def test_palette_images_take_the_colours_of_their_palette(encode, gradient, format_name, colours):
    palette = Image.fromarray(gradient).quantize(colours)
    assert np.array_equal(decoded(encode(palette, format_name)), np.asarray(palette.convert("RGB")))


@pytest.mark.parametrize("options", [{}, {"progressive": True}, {"quality": 100, "subsampling": 0}])
@pytest.mark.parametrize("mode", ["RGB", "L"])
def test_jpegs_decode_as_in_libjpeg(encode, gradient, options, mode):
    data = encode(Image.fromarray(gradient).convert(mode), "JPEG", **options)
    assert largest_difference(decoded(data), by_pillow(data)) <= 1


def test_adobe_inverted_cmyk_jpegs_look_right(encode, gradient):
    data = encode(Image.fromarray(gradient).convert("CMYK"), "JPEG", quality=95)
    assert b"Adobe" in data  # Pillow, like Photoshop, stores the inverted values
    assert largest_difference(decoded(data), by_pillow(data)) <= 2
    assert largest_difference(decoded(data), gradient) <= 2


def test_ycck_and_unmarked_cmyk_jpegs_decode_as_in_pillow(encode, gradient):
    data = encode(Image.fromarray(gradient).convert("CMYK"), "JPEG", quality=95)
    marker = data.index(b"Adobe")
    ycck = data[: marker + 11] + b"\x02" + data[marker + 12 :]
    unmarked = data[: marker - 4] + data[marker + 12 :]
    for variant in (ycck, unmarked):
        assert largest_difference(decoded(variant), by_pillow(variant)) <= 2
    assert largest_difference(decoded(ycck), decoded(data)) > 50


def test_cmyk_tiffs_decode_as_in_pillow(encode, gradient):
    data = encode(Image.fromarray(gradient).convert("CMYK"), "TIFF")
    assert largest_difference(decoded(data), by_pillow(data)) <= 2


@pytest.mark.parametrize("end", [".png", ".tiff"])
@pytest.mark.parametrize("channels", [1, 3])
def test_of_16_bit_samples_the_high_byte_is_kept(end, channels):
    samples = np.random.default_rng(3).integers(0, 65536, (20, 30, 3), dtype=np.uint16)
    stored = samples[..., ::-1] if channels == 3 else samples[..., 0]
    data = cv2.imencode(end, stored)[1].tobytes()
    expected = samples >> 8 if channels == 3 else np.repeat(samples[..., :1] >> 8, 3, axis=2)
    assert np.array_equal(decoded(data), expected)


def test_big_endian_16_bit_tiffs_keep_the_high_byte(build_tiff):
    samples = np.random.default_rng(4).integers(0, 65536, (20, 30, 3), dtype=np.uint16)
    assert np.array_equal(decoded(build_tiff(samples, order=">")), samples >> 8)


@pytest.mark.parametrize("mode", ["RGBA", "LA"])
def test_png_alpha_is_laid_on_white(encode, gradient_alpha, mode):
    data = encode(Image.fromarray(gradient_alpha).convert(mode), "PNG")
    assert largest_difference(decoded(data), by_pillow_on_white(data)) <= 1


@pytest.mark.parametrize(
    ("format_name", "options"), [("PNG", {}), ("TIFF", {}), ("WEBP", {"lossless": True, "exact": True})]
)
def test_alpha_on_white_has_the_values_worked_out_by_hand(encode, format_name, options):
    pixels = np.array([[[10, 20, 30, 0], [10, 20, 30, 255], [0, 100, 200, 51]]], dtype=np.uint8)
    expected = np.array([[[255, 255, 255], [10, 20, 30], [204, 224, 244]]])
    assert largest_difference(decoded(encode(pixels, format_name, **options)), expected) <= 1


def test_16_bit_alpha_is_laid_on_white(gradient_alpha):
    samples = gradient_alpha.astype(np.uint16) * 257
    data = cv2.imencode(".png", cv2.cvtColor(samples, cv2.COLOR_RGBA2BGRA))[1].tobytes()
    alpha = gradient_alpha[..., 3:] / 255
    expected = gradient_alpha[..., :3] * alpha + 255 * (1 - alpha)
    assert largest_difference(decoded(data), np.rint(expected)) <= 1


@pytest.mark.parametrize("depth", [np.uint8, np.uint16])
@pytest.mark.parametrize(("extra_samples", "premultiplied"), [(2, False), (1, True)])
def test_tiff_alpha_is_laid_on_white_whether_multiplied_in_or_not(
    build_tiff, gradient_alpha, depth, extra_samples, premultiplied
):
    alpha = gradient_alpha[..., 3:] / 255
    colour = gradient_alpha[..., :3].astype(float)
    stored = np.dstack([np.rint(colour * alpha) if premultiplied else colour, gradient_alpha[..., 3]])
    samples = (stored * (257 if depth == np.uint16 else 1)).astype(depth)
    data = build_tiff(samples, extra_samples=extra_samples)
    assert largest_difference(decoded(data), np.rint(colour * alpha + 255 * (1 - alpha))) <= 1


def test_a_fourth_tiff_band_that_is_not_alpha_is_left_out(build_tiff, gradient_alpha):
    assert np.array_equal(decoded(build_tiff(gradient_alpha, extra_samples=0)), gradient_alpha[..., :3])


def test_a_transparent_grey_tiff_says_that_its_transparency_is_left_out(encode, gradient_alpha):
    image = decode_rgb(encode(Image.fromarray(gradient_alpha).convert("LA"), "TIFF"), apply_orientation=True)
    assert "transparency" in image.damaged


@pytest.mark.parametrize("format_name", ["PNG", "GIF"])
def test_a_transparent_palette_entry_is_white(encode, gradient, format_name):
    palette = Image.fromarray(gradient).quantize(16)
    data = encode(palette, format_name, transparency=3)
    rgb, transparent = decoded(data), np.asarray(palette) == 3
    assert transparent.any()
    assert (rgb[transparent] == 255).all()
    assert np.array_equal(rgb[~transparent], np.asarray(palette.convert("RGB"))[~transparent])


def test_palette_entries_may_be_half_transparent(encode, gradient):
    palette = Image.fromarray(gradient).quantize(16)
    data = encode(palette, "PNG", transparency=bytes(range(0, 256, 16)))
    assert largest_difference(decoded(data), by_pillow_on_white(data)) <= 1


def test_a_transparent_colour_is_white(encode, gradient):
    data = encode(gradient, "PNG", transparency=tuple(int(v) for v in gradient[5, 6]))
    rgb = decoded(data)
    assert (rgb[5, 6] == 255).all()
    assert np.array_equal(rgb[0], gradient[0])


def test_a_transparent_grey_is_white_at_every_depth(encode, gradient):
    grey = gradient[..., 0]
    rgb = decoded(encode(grey, "PNG", transparency=20))
    assert np.array_equal(rgb[..., 0], np.where(grey == 20, 255, grey))
    deep = np.array([[5000, 5001, 5100]], dtype=np.uint16)
    assert decoded(encode(deep, "PNG", transparency=5001))[..., 0].tolist() == [[19, 255, 19]]
    bilevel = Image.fromarray(np.array([[0, 255]], dtype=np.uint8)).convert("1")
    assert decoded(encode(bilevel, "PNG", transparency=0))[..., 0].tolist() == [[255, 255]]


def test_damage_in_the_later_frames_of_a_png_does_not_reach_the_decoder(encode):
    frames = [Image.new("RGB", (64, 48), (200, 10, shade)) for shade in (20, 120, 220)]
    data = bytearray(encode(frames[0], "PNG", save_all=True, append_images=frames[1:]))
    for chunk in (b"acTL", b"fdAT"):
        where = data.index(chunk)
        data[where + 4 : where + 12] = bytes([0xAB] * 8)
    second = data.index(b"fcTL", data.index(b"fcTL") + 4)
    data[second + 8 : second + 24] = bytes([0x7F] * 16)
    assert np.array_equal(decoded(bytes(data)), np.asarray(frames[0]))


@pytest.mark.parametrize("format_name", ["GIF", "WEBP", "PNG", "TIFF"])
def test_of_several_frames_the_first_is_decoded(encode, format_name):
    first, second = Image.new("RGB", (8, 8), (200, 10, 20)), Image.new("RGB", (8, 8), (0, 0, 250))
    options = {"lossless": True} if format_name == "WEBP" else {}
    data = encode(first, format_name, save_all=True, append_images=[second], **options)
    assert np.array_equal(decoded(data), np.asarray(first))


def test_a_colour_profile_is_ignored(encode, gradient):
    from PIL import ImageCms

    profile = ImageCms.ImageCmsProfile(ImageCms.createProfile("LAB")).tobytes()
    assert np.array_equal(decoded(encode(gradient, "PNG", icc_profile=profile)), gradient)


@pytest.mark.parametrize("format_name", ["JPEG", "PNG", "TIFF", "WEBP"])
@pytest.mark.parametrize("orientation", range(1, 9))
def test_orientation_is_applied_as_pillow_does_and_only_on_request(encode, gradient, format_name, orientation):
    exif = Image.Exif()
    exif[274] = orientation
    options = {"lossless": True} if format_name == "WEBP" else {}
    data = encode(gradient, format_name, exif=exif, **options)
    stored = Image.open(io.BytesIO(data))
    stored.load()
    assert np.array_equal(decode_rgb(data, apply_orientation=True).rgb, ImageOps.exif_transpose(stored))
    plain = decode_rgb(data, apply_orientation=False).rgb
    assert plain.shape == gradient.shape
    if format_name != "JPEG":
        assert np.array_equal(plain, gradient)


@pytest.mark.parametrize("orientation", range(1, 9))
@pytest.mark.parametrize("order", ["<", ">"])
def test_oriented_16_bit_tiffs_are_turned_once(build_tiff, gradient, orientation, order):
    data = build_tiff(gradient.astype(np.uint16) * 256, orientation=orientation, order=order)
    assert np.array_equal(decode_rgb(data, apply_orientation=False).rgb, gradient)
    turned = decode_rgb(data, apply_orientation=True).rgb
    assert np.array_equal(turned, apply_exif_orientation(gradient, orientation))


def test_orientation_six_turns_clockwise_by_hand():
    rgb = np.array([[[1] * 3, [2] * 3], [[3] * 3, [4] * 3], [[5] * 3, [6] * 3]], dtype=np.uint8)
    assert apply_exif_orientation(rgb, 6)[..., 0].tolist() == [[5, 3, 1], [6, 4, 2]]


def test_a_truncated_jpeg_is_shown_as_far_as_it_goes_and_marked(encode, gradient):
    noise = np.random.default_rng(0).integers(0, 256, (200, 300, 3), dtype=np.uint8)
    for options in ({}, {"progressive": True}):
        data = encode(noise, "JPEG", **options)
        image = decode_rgb(data[: len(data) // 2], apply_orientation=True)
        assert image.rgb.shape == (200, 300, 3)
        assert "ends early" in image.damaged
    whole = encode(gradient, "JPEG")
    cut = decode_rgb(whole[:-2], apply_orientation=True)
    assert cut.damaged
    assert np.array_equal(cut.rgb, decoded(whole))


def test_the_end_of_an_embedded_preview_does_not_hide_a_truncation(encode, gradient):
    data = encode(gradient, "JPEG")
    preview = b"\xff\xe1\x00\x0aprev" + b"\xff\xd9" + b"\0\0"
    with_preview = data[:2] + preview + data[2:]
    assert decoded(with_preview).shape == gradient.shape
    assert decode_rgb(with_preview[:-40], apply_orientation=True).damaged


def test_bytes_after_the_end_of_a_jpeg_are_no_damage(encode, gradient):
    data = encode(gradient, "JPEG")
    assert np.array_equal(decoded(data + bytes(1000)), decoded(data))


@pytest.mark.parametrize("format_name", ["PNG", "TIFF", "WEBP", "BMP", "GIF"])
@pytest.mark.parametrize("share", [0.1, 0.5, 0.98])
def test_other_formats_that_end_early_are_errors(encode, format_name, share):
    noise = np.random.default_rng(0).integers(0, 256, (60, 80, 3), dtype=np.uint8)
    data = encode(noise, format_name)
    with pytest.raises(InputError) as caught:
        decode_rgb(data[: int(len(data) * share)], apply_orientation=True, item="a/b.png")
    assert caught.value.item == "a/b.png"


def test_a_png_with_a_damaged_chunk_length_is_refused_before_room_is_made_for_it(encode, gradient):
    data = bytearray(encode(gradient, "PNG"))
    for chunk in (b"IDAT", b"IEND"):
        damaged = data.copy()
        damaged[data.index(chunk) - 4] = 0x7F
        with pytest.raises(InputError) as caught:
            decode_rgb(bytes(damaged), apply_orientation=True)
        assert "chunk" in caught.value.actual


@given(st.data())
@settings(max_examples=150, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_damaged_files_give_pixels_or_the_typed_error(monkeypatch, data):
    monkeypatch.setattr(decode, "greatest_picture", lambda: 100_000)
    pixels = (np.arange(24 * 20 * 3) % 251).astype(np.uint8).reshape(20, 24, 3)
    end = data.draw(st.sampled_from([".jpg", ".png", ".tiff", ".webp", ".bmp", ".gif"]))
    damaged = bytearray(cv2.imencode(end, pixels)[1].tobytes())
    for _ in range(data.draw(st.integers(1, 6))):
        damaged[data.draw(st.integers(0, len(damaged) - 1))] = data.draw(st.integers(0, 255))
    try:
        rgb = decode_rgb(bytes(damaged), apply_orientation=True).rgb
    except InputError:
        return
    assert rgb.ndim == 3
    assert rgb.shape[2] == 3


@pytest.mark.parametrize("data", [b"", b"This is a text.", b"\xff\xd8\xff\xe0", bytes(5000)])
def test_what_is_no_image_is_the_typed_error(data):
    with pytest.raises(InputError) as caught:
        decode_rgb(data, apply_orientation=True, item="notes.jpg")
    assert caught.value.item == "notes.jpg"
    assert "JPEG" in caught.value.expected
    assert caught.value.actual


def test_float_tiffs_are_the_typed_error(encode):
    with pytest.raises(InputError, match="cannot be read") as caught:
        decode_rgb(encode(np.zeros((4, 4), dtype=np.float32), "TIFF"), apply_orientation=True)
    assert "8 or 16 bits" in caught.value.expected


def test_an_image_beyond_the_limit_is_refused_before_decoding(encode, monkeypatch):
    data = bytearray(encode(Image.new("L", (8, 8)), "PNG"))
    data[16:24] = (20_001).to_bytes(4, "big") + (20_000).to_bytes(4, "big")
    with pytest.raises(InputError, match="too large") as caught:
        decode_rgb(bytes(data), apply_orientation=True)
    assert caught.value.expected == "at most 400,000,000 pixels"
    assert caught.value.actual == "20,001 x 20,000 pixels"
    monkeypatch.setattr(decode, "greatest_picture", lambda: 63)
    with pytest.raises(InputError, match="too large"):
        decode_rgb(encode(Image.new("L", (8, 8)), "BMP"), apply_orientation=True)


TURNED = ImageHeader("jpeg", 640, 480, exif_orientation=6)
MIRRORED = ImageHeader("jpeg", 640, 480, exif_orientation=2)
SQUARE = ImageHeader("jpeg", 500, 500, exif_orientation=6)


@pytest.mark.parametrize(
    ("header", "declared", "expected"),
    [
        (TURNED, (None, None), (True, 480, 640, False)),
        (TURNED, (480, None), (True, 480, 640, False)),
        (TURNED, (480, 640), (True, 480, 640, False)),
        (TURNED, (640, 480), (False, 640, 480, False)),
        (TURNED, (320, 240), (True, 480, 640, True)),
        (MIRRORED, (640, 480), (True, 640, 480, False)),
        (MIRRORED, (480, 640), (True, 640, 480, True)),
        (SQUARE, (500, 500), (True, 500, 500, False)),
    ],
)
def test_exif_is_applied_unless_the_declared_size_is_the_stored_one_only(header, declared, expected):
    decision = needs_orientation(header, *declared)
    assert (decision.apply, decision.width, decision.height, decision.mismatch) == expected


def test_the_content_hash_is_of_the_bytes():
    assert content_hash(b"") == "99aa06d3014798d86001c324468d497f"  # XXH3's published value
    assert content_hash(memoryview(b"abc")) == content_hash(b"abc") != content_hash(b"abd")


def test_the_pixel_hash_is_of_pixels_and_size(encode, gradient):
    assert pixel_hash(decoded(encode(gradient, "PNG"))) == pixel_hash(decoded(encode(gradient, "BMP")))
    assert pixel_hash(gradient) == pixel_hash(np.asfortranarray(gradient))
    assert pixel_hash(gradient) != pixel_hash(gradient.reshape(24, 128, 3))
    changed = gradient.copy()
    changed[0, 0, 0] ^= 1
    assert pixel_hash(changed) != pixel_hash(gradient)


@pytest.mark.real_data
def test_real_photographs_decode_as_imread_color(coco_photographs):
    for path in sorted((coco_photographs / "images").iterdir())[:20]:
        expected = cv2.cvtColor(cv2.imread(str(path), cv2.IMREAD_COLOR), cv2.COLOR_BGR2RGB)
        assert np.array_equal(decoded(path.read_bytes()), expected)
