"""Files that are decoded by a path into memory: the same pixels, the same faults, and nothing left behind."""

from __future__ import annotations

import gc
import io
import os
import struct
import sys
from pathlib import Path

import cv2
import numpy as np
import pytest
from PIL import Image

from assay.errors import AssayError
from assay.media import decode, memory_file
from assay.media.decode import content_hash, decode_rgb, decoding_bytes
from assay.media.display import LargePictures, PictureFile
from assay.media.header import read_layout
from assay.media.memory_file import MemoryFile, as_path
from assay.media.reading import read_image

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="anonymous files are Linux's")

EDGE = 24
NOISE = np.random.default_rng(3).integers(0, 256, (EDGE, EDGE + 5, 4), dtype=np.uint8)
GREY, RGB, WIDE = NOISE[..., 0], NOISE[..., :3], NOISE[..., :3].astype(np.uint16) * 200


def by_opencv(samples, ending):
    return cv2.imencode(ending, samples)[1].tobytes()


def by_pillow(samples, kind, **options):
    buffer = io.BytesIO()
    Image.fromarray(samples).save(buffer, kind, **options)
    return buffer.getvalue()


def turned_tiff(samples, orientation):
    exif = Image.Exif()
    exif[274] = orientation
    return by_pillow(samples, "TIFF", exif=exif)


FILES = {
    "jpeg": by_opencv(RGB, ".jpg"),
    "grey jpeg": by_pillow(GREY, "JPEG"),
    "png": by_opencv(RGB, ".png"),
    "transparent png": by_opencv(NOISE, ".png"),
    "16-bit png": by_opencv(WIDE, ".png"),
    "tiff": by_opencv(RGB, ".tif"),
    "transparent tiff": by_opencv(NOISE, ".tif"),
    "16-bit tiff": by_opencv(WIDE, ".tif"),
    "grey 16-bit tiff": by_opencv(WIDE[..., 0], ".tif"),
    "turned tiff": turned_tiff(RGB, 6),
    "webp": by_pillow(RGB, "WEBP"),
    "bmp": by_opencv(RGB, ".bmp"),
    "gif": by_pillow(GREY, "GIF"),
    "ppm": by_opencv(RGB, ".ppm"),
    "jpeg 2000": by_pillow(RGB, "JPEG2000"),
    "cut jpeg": by_opencv(RGB, ".jpg")[:-200],
    "cut png": by_opencv(RGB, ".png")[:-200],
    "cut tiff": by_opencv(RGB, ".tif")[:-200],
    "cut bmp": by_opencv(RGB, ".bmp")[:-200],
}


@pytest.fixture
def all_by_path(monkeypatch):
    monkeypatch.setattr(decode, "_BY_PATH_FROM_PX", 0)
    monkeypatch.setattr(memory_file, "_LARGE", 1)


def outcome(data, **options):
    try:
        image = decode_rgb(data, apply_orientation=True, **options)
    except AssayError as error:
        return str(error)
    return image.rgb.tolist(), image.shown.tolist(), image.damaged, image.used_bits


@pytest.mark.parametrize("name", FILES)
@pytest.mark.parametrize("show", [False, True])
def test_a_file_decoded_by_path_is_the_one_decoded_from_bytes(name, show, tmp_path, monkeypatch):
    path = tmp_path / "picture"
    path.write_bytes(FILES[name])
    expected = outcome(FILES[name], show=show)
    monkeypatch.setattr(decode, "_BY_PATH_FROM_PX", 0)
    assert outcome(FILES[name], show=show) == expected
    monkeypatch.setattr(memory_file, "_LARGE", 1)
    data, _ = read_image(path)
    assert isinstance(data, MemoryFile)
    assert outcome(data, show=show) == expected
    assert (bytes(data), content_hash(data)) == (FILES[name], content_hash(FILES[name]))  # turned back, if it was


def test_nothing_is_left_open(all_by_path, tmp_path):
    path = tmp_path / "picture.png"
    path.write_bytes(FILES["png"])
    outcome(read_image(path)[0])
    gc.collect()
    before = len(list(Path("/proc/self/fd").iterdir()))
    for _ in range(5):
        outcome(read_image(path)[0])
        outcome(FILES["png"])
        outcome(FILES["cut png"])
    assert len(list(Path("/proc/self/fd").iterdir())) == before


def test_a_file_that_shrinks_while_it_is_read_is_what_was_read(all_by_path, tmp_path):
    path = tmp_path / "picture.png"
    path.write_bytes(FILES["png"])
    with path.open("rb") as file:
        assert memory_file.read_whole(file, len(FILES["png"]) + 7) == FILES["png"]


@pytest.mark.parametrize("offered", [True, False])
def test_without_such_files_bytes_are_decoded(all_by_path, offered, tmp_path, monkeypatch):
    def refuse(_name):
        raise PermissionError("no anonymous files here")

    monkeypatch.setattr(os, "memfd_create", refuse)
    monkeypatch.setattr(memory_file, "OPENS_MEMORY", offered)
    path = tmp_path / "picture.png"
    path.write_bytes(FILES["png"])
    data, _ = read_image(path)
    assert isinstance(data, bytes)
    with as_path(data) as nowhere:
        assert nowhere is None
    assert np.array_equal(decode_rgb(data, apply_orientation=True).rgb, RGB[..., ::-1])


def declared(kind, width, height, bits):
    """The header of a picture that nobody has to decode: a TIFF or PNG of three channels."""
    if kind == "png":
        body = struct.pack(">IIBBBBB", width, height, bits, 2, 0, 0, 0)
        return b"\x89PNG\r\n\x1a\n" + struct.pack(">I", 13) + b"IHDR" + body + bytes(4)
    entries = [(256, 4, 1, width), (257, 4, 1, height), (258, 3, 1, bits), (262, 3, 1, 2), (277, 3, 1, 3)]
    fields = b"".join(struct.pack("<HHII", *entry) for entry in entries)
    return b"II*\0" + struct.pack("<I", 8) + struct.pack("<H", len(entries)) + fields + bytes(4)


@pytest.mark.parametrize(
    ("kind", "bits", "options", "per_pixel"),
    [
        ("tiff", 8, {}, 3),
        ("png", 8, {"show": True}, 3),
        ("tiff", 16, {}, 9),
        ("tiff", 16, {"rounded": True}, 3),
        ("tiff", 16, {"show": True}, 12),
        ("png", 16, {}, 3),
        ("png", 16, {"show": True}, 12),
    ],
)
def test_what_decoding_takes(kind, bits, options, per_pixel):
    layout = read_layout(declared(kind, 10_000, 10_000, bits))
    assert decoding_bytes(layout, **options) == per_pixel * 10**8


def test_where_pixels_are_copied_decoding_takes_them_twice(monkeypatch):
    monkeypatch.setattr(decode, "OPENS_MEMORY", False)
    plain, wide = (read_layout(declared("tiff", 10_000, 10_000, bits)) for bits in (8, 16))
    assert (decoding_bytes(plain), decoding_bytes(wide)) == (6 * 10**8, 12 * 10**8)
    monkeypatch.setattr(decode, "OPENS_MEMORY", True)
    assert decoding_bytes(read_layout(declared("tiff", 1000, 1000, 8))) == 6 * 10**6  # too small for a path


def test_a_large_picture_of_16_bits_is_rounded_where_stretching_takes_too_much(monkeypatch):
    monkeypatch.setattr("assay.media.display._LARGE_BYTES", 0)
    monkeypatch.setattr(decode, "_BY_PATH_FROM_PX", 0)
    data = by_opencv(WIDE, ".tif")
    file = PictureFile("k", None, True, len(data), lambda: data)
    enough = len(data) + 3 * WIDE.shape[0] * WIDE.shape[1]
    shown = LargePictures(most_bytes=enough).shrink(file, EDGE + 5)
    exact = decode_rgb(data, apply_orientation=True).rgb
    assert np.abs(shown.astype(int) - exact).max() <= 1
    with pytest.raises(AssayError, match="too large to be shown"):
        LargePictures(most_bytes=enough - 1).shrink(file, EDGE)
