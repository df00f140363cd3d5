from __future__ import annotations

import json
import os
import struct

import cv2
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from assay.errors import InputError
from assay.media.header import probe_file, read_header

STARTS = [
    b"\xff\xd8\xff",
    b"\xff\xd8\xff\xe1\x00\x20Exif\0\0II*\0\x08\0\0\0",
    b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR",
    b"II*\0\x08\0\0\0",
    b"MM\0*\0\0\0\x08",
    b"II+\0\x08\0\0\0",
    b"RIFF\0\0\0\0WEBPVP8X\x0a\0\0\0\x08",
    b"RIFF\0\0\0\0WEBPVP8 ",
    b"RIFF\0\0\0\0WEBPVP8L",
    b"GIF89a\x05\0\x05\0\x80",
    b"BM",
    b"",
]


def with_orientation(orientation):
    exif = Image.Exif()
    exif[274] = orientation
    return exif


@pytest.mark.parametrize("format_name", ["JPEG", "PNG", "TIFF", "WEBP", "BMP", "GIF"])
@pytest.mark.parametrize("size", [(1, 1), (64, 48), (701, 3), (2, 1000)])
def test_every_format_tells_its_name_and_size(encode, format_name, size):
    header = read_header(encode(Image.new("RGB", size, "red"), format_name))
    assert (header.format, header.width, header.height) == (format_name.lower(), *size)
    assert header.exif_orientation == 1
    assert header.media_type == f"image/{format_name.lower()}"


@pytest.mark.parametrize(
    ("mode", "format_name", "stored"),
    [
        ("CMYK", "JPEG", (4, 8, False)),
        ("L", "JPEG", (1, 8, False)),
        ("L", "PNG", (1, 8, False)),
        ("LA", "PNG", (2, 8, True)),
        ("P", "PNG", (1, 1, False)),
        ("1", "PNG", (1, 1, False)),
        ("I;16", "PNG", (1, 16, False)),
        ("RGBA", "PNG", (4, 8, True)),
        ("RGBA", "TIFF", (4, 8, True)),
        ("I;16", "TIFF", (1, 16, False)),
        ("CMYK", "TIFF", (4, 8, False)),
        ("RGBA", "WEBP", (4, 8, True)),
        ("P", "BMP", (1, 8, False)),
    ],
)
def test_channels_depth_and_alpha_are_those_stored(encode, mode, format_name, stored):
    image = Image.new("RGB", (9, 5), (1, 2, 3)).quantize(4) if mode == "P" else Image.new(mode, (9, 5), 1)
    header = read_header(encode(image, format_name))
    assert (header.channels, header.bit_depth, header.has_alpha) == stored


def test_progressive_jpegs_tell_their_size(encode, gradient):
    header = read_header(encode(gradient, "JPEG", progressive=True))
    assert (header.width, header.height) == (64, 48)


@pytest.mark.parametrize("format_name", ["JPEG", "PNG", "TIFF", "WEBP"])
@pytest.mark.parametrize("orientation", range(1, 9))
def test_the_orientation_is_read_and_turns_the_size(encode, gradient, format_name, orientation):
    header = read_header(encode(gradient, format_name, exif=with_orientation(orientation)))
    assert header.exif_orientation == orientation
    assert (header.width, header.height) == (64, 48)
    assert header.oriented_size == ((48, 64) if orientation >= 5 else (64, 48))


@pytest.mark.parametrize("orientation", [0, 9, 700])
def test_an_impossible_orientation_counts_as_none(encode, gradient, orientation):
    assert read_header(encode(gradient, "JPEG", exif=with_orientation(orientation))).exif_orientation == 1


def test_big_endian_exif_is_understood(encode, gradient):
    block = b"MM\0*\0\0\0\x08" + struct.pack(">HHHIHHI", 1, 274, 3, 1, 6, 0, 0)
    assert read_header(encode(gradient, "JPEG", exif=b"Exif\0\0" + block)).exif_orientation == 6


@pytest.mark.parametrize("order", ["<", ">"])
@pytest.mark.parametrize("big", [False, True])
def test_tiffs_of_both_byte_orders_and_sizes_are_understood(build_tiff, gradient, order, big):
    header = read_header(build_tiff(gradient, order=order, big=big, orientation=8))
    assert (header.width, header.height, header.exif_orientation) == (64, 48, 8)
    assert (header.channels, header.bit_depth) == (3, 8)


def test_a_bmp_stored_from_the_top_has_a_positive_height(encode, gradient):
    data = bytearray(encode(gradient, "BMP"))
    data[22:26] = struct.pack("<i", -48)
    assert read_header(bytes(data)).height == 48


def test_an_os2_bmp_tells_its_size():
    data = b"BM" + bytes(12) + struct.pack("<IHHHH", 12, 30, 20, 1, 24) + bytes(100)
    assert (read_header(data).width, read_header(data).height) == (30, 20)


@pytest.mark.parametrize("format_name", ["GIF", "WEBP", "PNG", "TIFF"])
def test_several_frames_or_pages_are_announced(encode, format_name):
    first, second = Image.new("RGB", (8, 8), "red"), Image.new("RGB", (8, 8), "blue")
    options = {"loop": 0} if format_name == "GIF" else {}
    data = encode(first, format_name, save_all=True, append_images=[second], **options)
    assert read_header(data).has_more_frames
    assert not read_header(encode(first, format_name)).has_more_frames


def test_a_transparent_gif_is_announced(encode, gradient):
    palette = Image.fromarray(gradient).quantize(16)
    assert read_header(encode(palette, "GIF", transparency=3)).has_alpha
    assert not read_header(encode(palette, "GIF")).has_alpha


def test_stray_bytes_before_a_jpeg_marker_are_skipped(encode, gradient):
    data = encode(gradient, "JPEG")
    assert read_header(data[:2] + b"\xff\xff\xff" + data[3:]).width == 64
    length = int.from_bytes(data[4:6], "big")
    after_first = 4 + length
    assert read_header(data[:after_first] + b"\x12\x34" + data[after_first:]).width == 64


@pytest.mark.parametrize("data", [b"", b"\0" * 100, b"hello, this is a text", b"\xff\xd8\xff", b"BM", b"%PDF-1.7"])
def test_what_is_no_image_is_named_in_the_error(data):
    with pytest.raises(InputError) as caught:
        read_header(data, item="dog.jpg")
    assert caught.value.item == "dog.jpg"
    assert caught.value.expected
    assert caught.value.actual


@pytest.mark.parametrize("format_name", ["JPEG", "PNG", "WEBP", "GIF", "BMP"])
def test_a_width_of_zero_is_an_error(encode, format_name):
    data = bytearray(encode(Image.new("RGB", (64, 48)), format_name))
    where = {
        "JPEG": data.find(b"\xff\xc0") + 7,
        "PNG": 16,
        "GIF": 6,
        "BMP": 18,
        "WEBP": 26,
    }[format_name]
    width = {"PNG": 4, "BMP": 4}.get(format_name, 2)
    data[where : where + width] = bytes(width)
    with pytest.raises(InputError, match="cannot be read"):
        read_header(bytes(data))


@given(st.sampled_from(STARTS), st.binary(max_size=400))
@settings(max_examples=600)
def test_any_bytes_give_a_header_or_the_typed_error(start, rest):
    try:
        header = read_header(start + rest)
    except InputError:
        return
    assert header.width >= 1
    assert header.height >= 1
    assert 1 <= header.exif_orientation <= 8


@given(st.data())
@settings(max_examples=300)
def test_damaged_and_truncated_files_give_a_header_or_the_typed_error(data):
    sample = data.draw(st.sampled_from(damaged_samples()))
    damaged = bytearray(sample[: data.draw(st.integers(0, len(sample)))])
    for _ in range(data.draw(st.integers(0, 8))):
        if damaged:
            damaged[data.draw(st.integers(0, len(damaged) - 1))] = data.draw(st.integers(0, 255))
    try:
        read_header(memoryview(damaged))
    except InputError:
        return


def damaged_samples():
    pixels = (np.arange(24 * 20 * 3) % 251).astype(np.uint8).reshape(20, 24, 3)
    samples = [cv2.imencode(end, pixels)[1].tobytes() for end in (".jpg", ".png", ".tiff", ".webp", ".bmp", ".gif")]
    return [
        *samples,
        samples[0][:2] + b"\xff\xe1\x00\x22Exif\0\0MM\0*\0\0\0\x08" + bytes(18) + samples[0][2:],
    ]


def test_a_jpeg_of_nothing_but_empty_segments_is_given_up_on():
    with pytest.raises(InputError):
        read_header(b"\xff\xd8" + b"\xff\xe0\x00\x02" * 3_000_000)


def test_probing_reads_past_long_app_segments(tmp_path, encode, gradient):
    data = encode(gradient, "JPEG", exif=with_orientation(6))
    padding = (b"\xff\xe2" + struct.pack(">H", 65_000) + bytes(64_998)) * 4
    path = tmp_path / "long.jpg"
    path.write_bytes(data[:2] + padding + data[2:])
    header = probe_file(path)
    assert (header.width, header.height, header.exif_orientation) == (64, 48, 6)


def test_probing_finds_a_directory_and_an_exif_chunk_at_the_end(tmp_path, encode, build_tiff):
    pixels = np.random.default_rng(0).integers(0, 256, (300, 400, 3), dtype=np.uint8)
    (tmp_path / "a.tif").write_bytes(build_tiff(pixels, orientation=5))
    (tmp_path / "a.webp").write_bytes(encode(pixels, "WEBP", lossless=True, exif=with_orientation(7)))
    assert (tmp_path / "a.webp").stat().st_size > 200_000
    assert probe_file(tmp_path / "a.tif").exif_orientation == 5
    assert probe_file(tmp_path / "a.webp").exif_orientation == 7


def test_probing_reads_only_the_beginning_of_a_large_file(tmp_path, encode, monkeypatch):
    pixels = np.random.default_rng(0).integers(0, 256, (600, 800, 3), dtype=np.uint8)
    path = tmp_path / "large.png"
    path.write_bytes(encode(pixels, "PNG"))
    read_bytes = []
    real_read = os.read

    def counting_read(descriptor, count):
        raw = real_read(descriptor, count)
        read_bytes.append(len(raw))
        return raw

    monkeypatch.setattr(os, "read", counting_read)
    assert probe_file(path).width == 800
    assert path.stat().st_size > 1_000_000
    assert sum(read_bytes) <= 64 * 1024


def test_probing_what_cannot_be_opened_is_the_typed_error(tmp_path):
    (tmp_path / "empty.jpg").touch()
    for path in (tmp_path / "missing.jpg", tmp_path, tmp_path / "empty.jpg", tmp_path / "nul\0.jpg"):
        with pytest.raises(InputError) as caught:
            probe_file(path)
        assert caught.value.item == str(path)
        assert caught.value.actual


@pytest.mark.real_data
def test_real_photographs_have_the_sizes_their_annotations_declare(coco_photographs):
    records = json.loads((coco_photographs / "instances_train2017.json").read_text())["images"]
    assert len(records) == 343
    for record in records:
        header = probe_file(coco_photographs / "images" / record["file_name"])
        assert header.format == "jpeg"
        assert header.oriented_size == (record["width"], record["height"]), record["file_name"]
