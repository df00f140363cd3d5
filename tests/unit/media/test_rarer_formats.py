"""Netpbm, JPEG 2000 and AVIF: headers, pixels, and what is damaged or made up."""

from __future__ import annotations

import struct

import cv2
import numpy as np
import pytest

from assay.errors import InputError
from assay.media.decode import decode_rgb
from assay.media.files import list_images
from assay.media.header import probe_file, read_header

PICTURE = cv2.GaussianBlur(np.random.default_rng(0).integers(0, 255, (48, 64, 3), dtype=np.uint8), (9, 9), 5)  # BGR


def encode(extension: str, pixels: np.ndarray) -> bytes:
    written, buffer = cv2.imencode(extension, pixels)
    assert written
    return buffer.tobytes()


def facts(data: bytes) -> tuple[str, int, int, int, int, bool]:
    header = read_header(data)
    return header.format, header.width, header.height, header.channels, header.bit_depth, header.has_alpha


@pytest.mark.parametrize(
    ("extension", "name", "most"), [(".ppm", "netpbm", 0), (".jp2", "jp2", 6), (".avif", "avif", 20)]
)
def test_colour_pictures_are_read_with_their_size_and_pixels(tmp_path, extension, name, most):
    data = encode(extension, PICTURE)
    assert facts(data) == (name, 64, 48, 3, 8, False)
    rgb = decode_rgb(data, apply_orientation=True).rgb
    assert np.abs(rgb.astype(int) - PICTURE[..., ::-1]).max() <= most
    (tmp_path / f"a{extension.upper()}").write_bytes(data)
    assert list_images(tmp_path) == [f"a{extension.upper()}"]
    assert probe_file(tmp_path / f"a{extension.upper()}").oriented_size == (64, 48)


@pytest.mark.parametrize("extension", [".jp2", ".avif"])
def test_transparency_is_laid_on_white(extension):
    data = encode(extension, np.dstack([PICTURE, np.zeros((48, 64), np.uint8)]))
    assert facts(data)[3:] == (4, 8, True)
    assert decode_rgb(data, apply_orientation=True).rgb.min() == 255


@pytest.mark.parametrize("extension", [".ppm", ".jp2"])
def test_of_16_bit_samples_the_high_byte_is_kept(extension):
    data = encode(extension, PICTURE.astype(np.uint16) << 8)
    assert facts(data)[4] == 16
    rgb = decode_rgb(data, apply_orientation=True).rgb
    assert np.abs(rgb.astype(int) - PICTURE[..., ::-1]).max() <= (0 if extension == ".ppm" else 6)


def test_plain_netpbm_with_comments_is_read():
    grey = b"P2\n# made by hand\n3 2 # size\n255\n0 128 255\n255 128 0\n"
    assert facts(grey) == ("netpbm", 3, 2, 1, 8, False)
    assert decode_rgb(grey, apply_orientation=True).rgb[..., 0].tolist() == [[0, 128, 255], [255, 128, 0]]
    assert facts(b"P4\n9 2\n\x80\x00\x00\x00") == ("netpbm", 9, 2, 1, 8, False)


def test_a_jpeg_2000_codestream_without_boxes_is_read():
    data = encode(".jp2", PICTURE)
    stream = data[data.index(b"\xff\x4f\xff\x51") :]
    assert facts(stream) == ("jp2", 64, 48, 3, 8, False)


@pytest.mark.parametrize("extension", [".ppm", ".jp2", ".avif"])
def test_files_that_end_early_or_claim_much_are_typed_errors(extension):
    data = encode(extension, PICTURE)
    for end in (3, 10, 20, 60, 120, 200):
        try:
            read_header(data[:end])
        except InputError:
            continue
    with pytest.raises(InputError):
        decode_rgb(data[: len(data) // 3], apply_orientation=True)


@pytest.mark.parametrize(
    "data",
    [b"P6\n0 5\n255\n", b"P5\n4 4\n70000\n", b"P6 and words", b"P3\n99999999999 4\n255\n",
     b"\0\0\0\x0cjP  \r\n\x87\n" + struct.pack(">I4s", 8, b"jp2h"), struct.pack(">I4s4sI", 16, b"ftyp", b"avif", 0),
     struct.pack(">I4s4sI", 16, b"ftyp", b"avif", 0) + struct.pack(">I4sI", 2**31, b"meta", 0), b"\xff\x4f\xff\x51\0"],
)  # fmt: skip
def test_made_up_headers_are_typed_errors(data):
    with pytest.raises(InputError):
        read_header(data)
