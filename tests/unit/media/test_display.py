"""Large pictures are shown reduced, one at a time, within a bound of memory."""

from __future__ import annotations

import io
import threading

import cv2
import numpy as np
import pytest
from PIL import Image

from assay.errors import InputError
from assay.media import display
from assay.media.decode import decode_rgb, decoding_bytes
from assay.media.display import LargePictures, PictureFile, TurnNeededError
from assay.media.header import read_layout
from assay.media.thumbnails import scale_down


def ramp(width, height):
    """Red rises to the right, green downwards."""
    y, x = np.mgrid[0:height, 0:width]
    return np.stack([x * 255 // width, y * 255 // height, np.full_like(x, 40)], -1).astype(np.uint8)


def encode(rgb, extension=".jpg", orientation=1):
    buffer = io.BytesIO()
    exif = Image.Exif()
    exif[274] = orientation
    Image.fromarray(rgb).save(buffer, {".jpg": "JPEG", ".png": "PNG"}[extension], exif=exif)
    return buffer.getvalue()


def in_memory(data, oriented=True, item=None, key="k"):
    """A picture's file that is in memory."""
    return PictureFile(key, item, oriented, len(data), lambda: data)


@pytest.fixture
def all_are_large(monkeypatch):
    monkeypatch.setattr(display, "_LARGE_BYTES", 0)


@pytest.fixture
def decoded(monkeypatch):
    """The reductions at which pictures were decoded."""
    asked: list[int] = []

    def watched(data, **options):
        asked.append(options["reduction"])
        return decode_rgb(data, **options)

    monkeypatch.setattr(display, "decode_rgb", watched)
    return asked


@pytest.mark.parametrize("reduction", [2, 4, 8])
@pytest.mark.parametrize("orientation", [1, 6])
def test_a_reduced_jpeg_is_the_same_picture(reduction, orientation):
    data = encode(ramp(403, 201), orientation=orientation)
    full = decode_rgb(data, apply_orientation=True).rgb
    small = decode_rgb(data, apply_orientation=True, reduction=reduction).rgb
    assert small.shape[:2] == tuple(-(-edge // reduction) for edge in full.shape[:2])
    expected = cv2.resize(full, small.shape[1::-1], interpolation=cv2.INTER_AREA).astype(int)
    assert np.abs(small - expected).mean() < 3


@pytest.mark.parametrize(("edge", "reduction"), [(400, 1), (300, 1), (200, 2), (101, 2), (100, 4), (20, 8)])
def test_a_jpeg_is_decoded_no_larger_than_it_is_looked_at(all_are_large, decoded, edge, reduction):
    data = encode(ramp(400, 200))
    small = LargePictures().shrink(in_memory(data), edge)
    assert (decoded, small.shape) == ([reduction], (edge // 2, edge, 3))
    expected = scale_down(decode_rgb(data, apply_orientation=True).rgb, edge)
    assert np.abs(small.astype(int) - expected).mean() < 3


def test_small_pictures_are_decoded_as_ever(decoded, monkeypatch):
    monkeypatch.setattr(display, "decode_rgb", decode_rgb)
    data = encode(ramp(400, 200))
    small = LargePictures().shrink(in_memory(data), 400)
    assert np.array_equal(small, decode_rgb(data, apply_orientation=True).rgb)


def test_work_is_told_the_full_size_as_it_is_oriented(all_are_large):
    data = encode(ramp(400, 200), orientation=6)
    for oriented, full in ((True, (200, 400)), (False, (400, 200))):
        file = in_memory(data, oriented)
        seen = LargePictures().use(file, lambda rgb, size: (rgb.shape, size), lambda w, h: 0.25)
        assert seen == ((full[1] // 4, full[0] // 4, 3), full)


def test_twenty_crops_of_one_picture_decode_it_once(all_are_large, decoded):
    data, pictures, found = encode(ramp(400, 200)), LargePictures(), []

    def crop():
        found.append(pictures.use(in_memory(data), lambda rgb, _: rgb.shape, lambda w, h: 1.0))

    threads = [threading.Thread(target=crop) for _ in range(20)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert (found, decoded) == ([(200, 400, 3)] * 20, [1])


def test_twenty_crops_of_one_large_file_read_it_once(monkeypatch):
    monkeypatch.setattr(display, "_LARGE_FILE_BYTES", 100)
    monkeypatch.setattr(display, "_LARGE_BYTES", 100)
    data, pictures, reading, reads = encode(ramp(400, 200), ".png"), LargePictures(), threading.Lock(), []

    def read():
        assert reading.acquire(blocking=False), "two read at once"
        reads.append(1)
        reading.release()
        return data

    file = PictureFile("k", None, True, len(data), read)
    work = [threading.Thread(target=pictures.shrink, args=(file, 100)) for _ in range(20)]
    for thread in work:
        thread.start()
    for thread in work:
        thread.join()
    with pictures.reading(file) as read_whole:
        assert (read_whole.read(), len(reads)) == (data, 2)  # the whole file is not kept


@pytest.mark.parametrize("limit", ["_LARGE_FILE_BYTES", "_LARGE_BYTES"])
def test_who_has_no_turn_waits_for_none(limit, monkeypatch):
    data, pictures = encode(ramp(400, 200), ".png"), LargePictures()
    file = in_memory(data)
    assert pictures.shrink(file, 100, turn=False).shape == (50, 100, 3)
    monkeypatch.setattr(display, limit, 100)
    with pytest.raises(TurnNeededError):
        pictures.shrink(file, 100, turn=False)
    if limit == "_LARGE_FILE_BYTES":
        with pytest.raises(TurnNeededError), pictures.reading(file, turn=False):
            pass


def test_a_file_and_its_pixels_have_one_bound(all_are_large):
    data = encode(ramp(400, 200), ".png")
    enough = len(data) + decoding_bytes(read_layout(data))
    assert LargePictures(most_bytes=enough).shrink(in_memory(data), 100).shape == (50, 100, 3)
    with pytest.raises(InputError, match="too large to be shown"):
        LargePictures(most_bytes=enough - 1).shrink(in_memory(data), 100)


def test_the_kept_picture_goes_after_a_while(all_are_large, monkeypatch):
    monkeypatch.setattr(display, "_KEPT_S", 0.05)
    pictures = LargePictures()
    pictures.shrink(in_memory(encode(ramp(400, 200))), 400)
    for _ in range(500):
        if pictures._last is None:
            break
        threading.Event().wait(0.02)
    assert pictures._last is None


def test_what_takes_too_much_memory_is_reduced_or_named(all_are_large, decoded):
    pictures = LargePictures(most_bytes=200_000)  # 400 x 200 pixels take 480,000
    small = pictures.shrink(in_memory(encode(ramp(400, 200)), item="a.jpg"), 400)
    assert (decoded, small.shape) == ([2], (100, 200, 3))
    with pytest.raises(InputError) as caught:
        pictures.shrink(in_memory(encode(ramp(400, 200), ".png"), item="a.png", key="another"), 400)
    assert (caught.value.item, "400 x 200" in str(caught.value.actual)) == ("a.png", True)


def test_the_cost_of_decoding(monkeypatch):
    monkeypatch.setattr("assay.media.decode.OPENS_MEMORY", True)
    monkeypatch.setattr("assay.media.decode._BY_PATH_FROM_PX", 800)
    plain = read_layout(encode(ramp(400, 200)))
    assert (decoding_bytes(plain), decoding_bytes(plain, 2)) == (3 * 80_000, 3 * 20_000)
    buffer = io.BytesIO()
    Image.fromarray(ramp(400, 200)).save(buffer, "JPEG", progressive=True)
    assert decoding_bytes(read_layout(buffer.getvalue()), 8) == 80_000 * (2 * 3 + 1)
    for mode, bytes_per_pixel in (("RGBA", 4 + 3), ("LA", 4 + 3), ("RGB", 3), ("L", 3)):
        buffer = io.BytesIO()
        Image.new(mode, (40, 20)).save(buffer, "PNG")
        png = buffer.getvalue()
        assert decoding_bytes(read_layout(png)) == bytes_per_pixel * 800
    tiff = cv2.imencode(".tif", np.zeros((20, 40, 3), np.uint16))[1].tobytes()
    assert decoding_bytes(read_layout(tiff)) == (6 + 3) * 800
