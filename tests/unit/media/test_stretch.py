"""12-bit data in 16-bit files: measured by the high byte, stretched to be seen."""

import io
import json

import cv2
import numpy as np
import pytest
from PIL import Image

import assay
from assay.media.decode import decode_rgb, decoding_bytes
from assay.media.display import LargePictures, PictureFile
from assay.media.header import read_layout
from assay.media.stretch import count_used_bits, stretch
from assay.media.view import make_view

SAMPLES = np.array([[0, 15, 16, 4095], [2048, 1024, 256, 255]], dtype=np.uint16)
HIGH_BYTES = [[0, 0, 0, 15], [8, 4, 1, 0]]
SEEN = [[0, 0, 1, 255], [128, 64, 16, 15]]  # of 12 bits the upper 8


def encode(samples, ending):
    return cv2.imencode(ending, samples)[1].tobytes()


@pytest.mark.parametrize(
    ("greatest", "bits"),
    [(0, None), (1, 1), (255, 8), (256, 9), (1023, 10), (4095, 12), (4096, 13), (16_383, 14), (16_384, None),
     (65_535, None)],
)  # fmt: skip
def test_bits_are_counted_up_to_14(greatest, bits):
    samples = np.array([[0, greatest]], dtype=np.uint16)
    assert count_used_bits(samples) == bits
    stretch(samples)
    assert samples.max() == (greatest if bits is None else greatest << (16 - bits))


@pytest.mark.parametrize("ending", [".png", ".tif", ".pgm"])
def test_grey_of_12_bits_is_measured_by_its_high_byte_and_stretched_to_be_seen(ending):
    data = encode(SAMPLES, ending)
    plain, shown = decode_rgb(data, apply_orientation=True), decode_rgb(data, apply_orientation=True, show=True)
    assert (plain.used_bits, shown.used_bits) == (None, 12)
    for image in (plain, shown):
        assert image.rgb[..., 0].tolist() == HIGH_BYTES
    assert plain.shown is plain.rgb
    assert (shown.shown == np.array(SEEN)[..., None]).all()


@pytest.mark.parametrize("ending", [".png", ".tif", ".ppm"])
def test_colours_are_stretched_alike_and_stay_in_order(ending):
    bgr = np.zeros((2, 2, 3), dtype=np.uint16)
    bgr[...] = (100, 512, 1023)
    shown = decode_rgb(encode(bgr, ending), apply_orientation=True, show=True)
    assert (shown.used_bits, shown.shown[0, 0].tolist(), shown.rgb[0, 0].tolist()) == (10, [255, 128, 25], [3, 2, 0])


def test_samples_of_all_16_bits_are_shown_as_they_are_measured():
    samples = np.arange(0, 65_536, 1024, dtype=np.uint16).reshape(8, 8)
    for ending in (".png", ".tif"):
        shown = decode_rgb(encode(samples, ending), apply_orientation=True, show=True)
        assert (shown.used_bits, shown.stretched) == (None, None)
        assert np.array_equal(shown.rgb, decode_rgb(encode(samples, ending), apply_orientation=True).rgb)


@pytest.mark.parametrize("opaque", [65_535, 4095])
def test_transparency_is_stretched_by_itself(opaque):
    bgra = np.zeros((1, 2, 4), dtype=np.uint16)
    bgra[0, :, :3] = 2048
    bgra[0, 0, 3] = opaque
    shown = decode_rgb(encode(bgra, ".png"), apply_orientation=True, show=True)
    assert (shown.used_bits, shown.shown[0, 1].tolist()) == (12, [255] * 3)
    assert abs(int(shown.shown[0, 0, 0]) - 128) <= 1


def test_the_transparent_grey_of_a_png_stays_white_and_no_other():
    buffer = io.BytesIO()
    Image.fromarray(np.array([[32, 2, 4095]], dtype=np.uint16)).save(buffer, "PNG", transparency=32)
    shown = decode_rgb(buffer.getvalue(), apply_orientation=True, show=True).shown
    assert shown[0, :, 0].tolist() == [255, 0, 255]  # 2 becomes 32, the key's own value


def test_views_crops_and_thumbnails_are_stretched_small_and_large(monkeypatch):
    samples = np.full((90, 120), 4000, dtype=np.uint16)
    data = encode(samples, ".png")
    view, media_type = make_view(data, apply_orientation=True)
    assert (media_type, cv2.imdecode(np.frombuffer(view, np.uint8), 0).min() > 245) == ("image/jpeg", True)
    pictures = LargePictures()
    assert pictures.shrink(PictureFile("k", None, True, len(data), lambda: data), 60).min() == 4000 >> 4
    monkeypatch.setattr("assay.media.display._LARGE_BYTES", 0)
    assert pictures.shrink(PictureFile("k", None, True, len(data), lambda: data), 60).min() == 4000 >> 4
    cost = decoding_bytes(read_layout(data), show=True)
    assert cost > decoding_bytes(read_layout(encode((samples >> 8).astype(np.uint8), ".png")), show=True)
    bound = LargePictures(most_bytes=len(data) + cost - 1)  # rather dark than not at all
    assert bound.shrink(PictureFile("k", None, True, len(data), lambda: data), 60).min() == 4000 >> 8


def test_the_details_of_an_image_say_so_and_the_metrics_do_not_change(tmp_path):
    rows = np.tile(np.arange(0, 4096, 32, dtype=np.uint16), (96, 1))
    (tmp_path / "img").mkdir()
    for name, samples in (("dark.png", rows), ("dark.tif", rows), ("plain.png", rows << 4)):
        (tmp_path / "img" / name).write_bytes(encode(samples, name[-4:]))
    names = ("dark.png", "dark.tif", "plain.png")
    images = [{"id": i, "file_name": name, "width": 128, "height": 96} for i, name in enumerate(names)]
    (tmp_path / "a.json").write_text(json.dumps({"images": images, "annotations": [], "categories": []}))
    with assay.import_coco(tmp_path / "a.json", tmp_path / "img", tmp_path, name="p") as project:
        details = [project.connection.get(f"/api/projects/p/images/{row}") for row in range(3)]
        thumbnails = [project.connection.request("GET", f"/api/projects/p/images/{r}/thumbnail") for r in range(3)]
    assert {each["file_name"]: each["used_bits"] for each in details} == {
        "dark.png": 12, "dark.tif": 12, "plain.png": None,
    }  # fmt: skip
    brightness = {
        each["file_name"]: next(m["value"] for m in each["metrics"] if m["key"] == "brightness") for each in details
    }
    assert brightness["dark.png"] == brightness["dark.tif"] == pytest.approx((rows >> 8).mean() / 255, abs=1e-6)
    seen = [cv2.imdecode(np.frombuffer(each.content, np.uint8), 0).mean() for each in thumbnails]
    assert seen == pytest.approx([127] * 3, abs=3)
