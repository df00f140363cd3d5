"""Pixel metrics of images and crops against their definitions, worked out by plain numpy."""

from __future__ import annotations

import io
import json
import math
import os
from pathlib import Path

import cv2
import numpy as np
import pytest
from PIL import Image
from tests.unit.metrics.pixel_reference import (
    CROP_KEYS,
    IMAGE_KEYS,
    crop_values,
    image_values,
    pixels_in,
    to_grey,
    to_hsv,
    to_laplacian,
)

from assay.jobs.engine.picture_work import PictureOptions, PictureTask, measure_pictures
from assay.media.location import ImageLocation
from assay.metrics.crop_batch import cut_out, pixel_bounds
from assay.metrics.measure_pixels import measure_crops, measure_picture
from assay.metrics.pixel_maps import Picture, histogram, spread
from assay.metrics.registry import all_metrics

ROOT = Path(__file__).resolve().parents[3]
PHOTOGRAPHS = Path(os.environ.get("ASSAY_TEST_DATA", ROOT.parent / "shared" / "data")) / "coco-train-343"
NAN = math.nan
OPTIONS = PictureOptions(images=True, annotations=True, thumbnails=False)


def same(measured, expected, keys):
    assert set(measured) == set(keys)
    for key in keys:
        assert measured[key] == pytest.approx(expected[key], rel=1e-9, abs=1e-13, nan_ok=True), key


def check_image(rgb):
    same(measure_picture(Picture(rgb)), image_values(rgb), IMAGE_KEYS)


def check_crops(rgb, boxes):
    boxes = np.array(boxes, dtype=np.float64).reshape(-1, 4)
    measured = measure_crops(Picture(rgb), boxes)
    assert {column.shape for column in measured.values()} == {(len(boxes),)}
    same(measured, crop_values(rgb, boxes), CROP_KEYS)
    return measured


def noise(height, width, seed=0, low=0, high=256):
    return np.random.default_rng(seed).integers(low, high, (height, width, 3), dtype=np.uint8)


def constant(colour, height=9, width=7):
    return np.full((height, width, 3), colour, dtype=np.uint8)


def ramp(height, width):
    """Return red rising to the right, green downwards and blue along the diagonal, through all 256 levels."""
    y, x = np.mgrid[0:height, 0:width]
    return np.stack([x * 255 // (width - 1), y * 255 // (height - 1), (x + y) * 255 // (width + height - 2)], -1)


def hues():
    """Return every hue at many saturations and values: pixels on both sides of each bound of the colour tests."""
    hsv = np.stack(np.meshgrid(np.arange(180), np.arange(0, 256, 5), np.arange(0, 256, 5), indexing="ij"), -1)
    return cv2.cvtColor(hsv.reshape(180, -1, 3).astype(np.uint8), cv2.COLOR_HSV2RGB)


def checkerboard(height, width):
    y, x = np.mgrid[0:height, 0:width]
    return np.repeat(((x + y) % 2 * 255)[..., None], 3, axis=2).astype(np.uint8)


IMAGES = {
    "noise": noise(61, 83),
    "narrow noise": noise(40, 50, low=120, high=124),
    "dark noise": noise(40, 50, high=34),
    "light noise": noise(40, 50, low=222),
    "gradient": ramp(120, 200).astype(np.uint8),
    "every hue": hues(),
    "checkerboard": checkerboard(31, 30),
    "one bright pixel": np.pad(np.full((1, 1, 3), 255, dtype=np.uint8), ((8, 8), (9, 9), (0, 0))),
    "black": constant(0),
    "white": constant(255),
    "grey": constant(127),
    "red": constant((255, 0, 0)),
    "odd": constant((13, 200, 77)),
    "1x1": noise(1, 1, 3),
    "1xN": noise(1, 57, 4),
    "Nx1": noise(57, 1, 5),
    "2x2": noise(2, 2, 6),
    "1x2": noise(1, 2, 7),
    "2x1": noise(2, 1, 8),
    "2xN": noise(2, 40, 9),
    "Nx3": noise(40, 3, 10),
}


# ------------------------------------------------------------ the reference itself


def test_the_references_grey_and_hsv_are_those_of_opencv():
    colours = np.concatenate([noise(1000, 1000, 1).reshape(-1, 3), hues().reshape(-1, 3)])[None]
    assert (to_grey(colours) == cv2.cvtColor(colours, cv2.COLOR_RGB2GRAY)).all()
    for own, theirs in zip(to_hsv(colours), cv2.split(cv2.cvtColor(colours, cv2.COLOR_RGB2HSV)), strict=True):
        assert (own == theirs).all()


def test_the_references_laplacian_by_hand():
    pixels = np.repeat(np.array([[1, 2, 4], [8, 16, 32]], dtype=np.uint8)[..., None], 3, axis=2)
    # above and below the first row lies the second; left of the first column lies the second
    expected = [[2 * 8 + 2 * 2 - 4, 2 * 16 + 1 + 4 - 8, 2 * 32 + 2 * 2 - 16]]
    expected += [[2 * 1 + 2 * 16 - 32, 2 * 2 + 8 + 32 - 64, 2 * 4 + 2 * 16 - 128]]
    assert to_laplacian(pixels)[..., 1].tolist() == expected
    assert to_laplacian(noise(1, 1)).tolist() == [[[0, 0, 0]]]


# ------------------------------------------------------------ images


@pytest.mark.parametrize("name", IMAGES)
def test_an_images_metrics_are_those_of_their_definitions(name):
    check_image(IMAGES[name])


def test_every_pixel_metric_of_the_catalogue_is_compared():
    declared = {scope: {m.key for m in all_metrics() if m.needs == "pixels" and scope in m.scopes} for scope in
                ("image", "annotation")}  # fmt: skip
    assert declared["image"] - {"duplicate_group_size"} == set(IMAGE_KEYS)
    assert declared["annotation"] == set(CROP_KEYS)


@pytest.mark.parametrize(
    ("colour", "expected"),
    [
        ((0, 0, 0), {"brightness": 0, "contrast": 0, "dark_share": 1, "light_share": 0, "colorfulness": 0}),
        ((255, 255, 255), {"brightness": 1, "contrast": 0, "dark_share": 0, "light_share": 1, "colorfulness": 0}),
        (
            (255, 0, 0),
            {
                "brightness": 1 / 3,
                "contrast": math.sqrt(2) / 3,
                "red": 1,
                "green": 0,
                "blue": 0,
                "colorfulness": 0.3 * math.hypot(1, 0.5),
            },
        ),
        ((0, 255, 0), {"brightness": 1 / 3, "red": 0, "green": 1, "blue": 0}),
        ((0, 0, 255), {"red": 0, "green": 0, "blue": 1, "colorfulness": 0.3}),
        ((0, 255, 255), {"red": 0, "green": 0, "blue": 1, "colorfulness": 0.3 * math.hypot(1, 0.5)}),
        ((255, 255, 0), {"red": 0, "green": 0, "blue": 0, "colorfulness": 0.3}),
        ((16, 16, 16), {"dark_share": 1, "light_share": 0}),
        ((17, 17, 17), {"dark_share": 0, "light_share": 0}),
        ((238, 238, 238), {"dark_share": 0, "light_share": 0}),
        ((239, 239, 239), {"dark_share": 0, "light_share": 1}),
        # value 40 and 39 with full saturation; saturation 50 and 49 at full value
        ((40, 0, 0), {"red": 1}),
        ((39, 0, 0), {"red": 0}),
        ((255, 205, 205), {"red": 1}),
        ((255, 206, 206), {"red": 0}),
    ],
)
def test_constant_images_by_hand(colour, expected):
    values = measure_picture(Picture(constant(colour)))
    expected = {"entropy": 0, "sharpness": 0, "blur": 1, **expected}
    assert {key: values[key] for key in expected} == pytest.approx(expected, rel=1e-12, abs=0)


@pytest.mark.parametrize(
    ("hue", "name"),
    [(0, "red"), (10, "red"), (11, None), (34, None), (35, "green"), (75, "green"), (76, None), (89, None),
     (90, "blue"), (130, "blue"), (131, None), (169, None), (170, "red"), (179, "red")],
)  # fmt: skip
def test_the_bounds_of_the_hues_belong_to_the_colours(hue, name):
    rgb = cv2.cvtColor(np.full((1, 1, 3), (hue, 255, 255), dtype=np.uint8), cv2.COLOR_HSV2RGB)
    assert int(to_hsv(rgb)[0][0, 0]) == hue
    values = measure_picture(Picture(rgb))
    assert {key for key in ("red", "green", "blue") if values[key] == 1} == ({name} if name else set())


def test_other_images_by_hand():
    board = measure_picture(Picture(checkerboard(16, 16)))  # its Laplacian is 4 · 255 everywhere, in turn + and -
    halves = {"brightness": 0.5, "contrast": 0.5, "sharpness": 0.5, "blur": 0.5, "entropy": 1 / 8, "colorfulness": 0}
    assert {key: board[key] for key in halves} == pytest.approx(halves, rel=1e-12)
    levels = np.repeat(np.arange(256, dtype=np.uint8).reshape(16, 16, 1), 3, axis=2)
    assert measure_picture(Picture(levels))["entropy"] == 1
    assert measure_picture(Picture(levels))["dark_share"] == measure_picture(Picture(levels))["light_share"] == 17 / 256
    opposite = np.array([[[255, 0, 0], [0, 255, 255]]], dtype=np.uint8)  # rg = ±255, yb = ±127.5, their means 0
    assert measure_picture(Picture(opposite))["colorfulness"] == pytest.approx(math.sqrt(1.25), rel=1e-12)


def test_a_constant_image_has_no_spread_at_all_whatever_its_size():
    for rgb in (constant(77, 997, 1009), constant((13, 200, 77), 3, 5)):
        values = measure_picture(Picture(rgb))
        assert (values["sharpness"], values["blur"], values["entropy"]) == (0, 1, 0)
    assert measure_picture(Picture(constant(77, 997, 1009)))["contrast"] == 0
    assert math.copysign(1, measure_picture(Picture(constant(9)))["entropy"]) == 1


def test_a_large_image():
    rgb = noise(2000, 3000, 12)
    rgb[:700] = ramp(700, 3000)
    rgb[700:900] //= 16
    check_image(rgb)
    check_crops(rgb, [[0, 0, 3000, 2000], [10.5, 3.2, 2990, 850.7], [1500, 699, 2222.5, 701], [2990, 1990, 4000, 3000]])


def test_counts_and_sums_of_tens_of_millions_of_pixels_are_exact():
    counts = histogram(np.full((4200, 4200), 7, dtype=np.uint8))  # more than the 2^24 that float32 counts exactly
    assert (counts[7], counts.sum()) == (4200 * 4200, 4200 * 4200)
    sums = spread(np.full((4200, 4200, 3), 255, dtype=np.uint8))
    values = 4200 * 4200 * 3
    assert (sums.count, sums.total, sums.squares, sums.deviation) == (values, 255 * values, 255**2 * values, 0)
    lines = spread(np.full((3000, 3000), -1020, dtype=np.int16))
    assert (lines.total, lines.squares, lines.mean) == (-1020 * 3000**2, 1020**2 * 3000**2, -1020)


def test_sums_over_a_part_of_an_array_leave_the_rest_out():
    whole = np.random.default_rng(2).integers(-1020, 1021, (50, 60, 3), dtype=np.int16)
    part = whole[7:31, 5:44]
    wide = part.astype(np.int64)
    found = spread(part)
    assert (found.count, found.total, found.squares) == (part.size, wide.sum(), (wide**2).sum())
    grey = noise(50, 60)[..., 1]
    assert histogram(grey[3:9, 11:20]).tolist() == np.bincount(grey[3:9, 11:20].ravel(), minlength=256).tolist()


# ------------------------------------------------------------ files


def by_pillow(pixels, format_name, **options):
    stored = pixels if isinstance(pixels, Image.Image) else Image.fromarray(pixels)
    buffer = io.BytesIO()
    stored.save(buffer, format_name, **options)
    return buffer.getvalue()


def imread_color(data):
    """Return what the definition of pixels names: OpenCV's IMREAD_COLOR, as RGB."""
    return cv2.cvtColor(cv2.imdecode(np.frombuffer(data, dtype=np.uint8), cv2.IMREAD_COLOR), cv2.COLOR_BGR2RGB)


def on_white(rgba):
    colour, alpha = rgba[..., :3].astype(np.float64), rgba[..., 3:] / 255
    return np.rint(colour * alpha + 255 * (1 - alpha)).astype(np.uint8)


def file_grey_png():
    grey = noise(44, 52, 20)[..., 0]
    return by_pillow(grey, "PNG"), np.repeat(grey[..., None], 3, axis=2)


def file_16_bit_png():
    samples = np.random.default_rng(21).integers(0, 65536, (44, 52, 3), dtype=np.uint16)
    return cv2.imencode(".png", samples[..., ::-1])[1].tobytes(), (samples >> 8).astype(np.uint8)


def file_16_bit_grey_png():
    samples = np.random.default_rng(22).integers(0, 65536, (44, 52), dtype=np.uint16)
    return by_pillow(samples, "PNG"), np.repeat((samples >> 8).astype(np.uint8)[..., None], 3, axis=2)


def file_rgba_png():
    rgba = np.random.default_rng(23).integers(0, 256, (44, 52, 4), dtype=np.uint8)
    return by_pillow(rgba, "PNG"), on_white(rgba)


def file_palette_png():
    rng = np.random.default_rng(24)
    palette, index = rng.integers(0, 256, (256, 3), dtype=np.uint8), rng.integers(0, 256, (44, 52), dtype=np.uint8)
    stored = Image.fromarray(index, "P")
    stored.putpalette(palette.tobytes())
    return by_pillow(stored, "PNG"), palette[index]


def file_bmp():
    rgb = noise(44, 52, 25)
    return by_pillow(rgb, "BMP"), rgb


def file_with_a_profile():
    from PIL import ImageCms

    profile = ImageCms.ImageCmsProfile(ImageCms.createProfile("LAB")).tobytes()
    rgb = noise(44, 52, 26)
    return by_pillow(rgb, "PNG", icc_profile=profile), rgb


def file_jpeg():
    data = by_pillow(ramp(44, 52).astype(np.uint8), "JPEG")
    return data, imread_color(data)


def file_grey_jpeg():
    data = by_pillow(noise(44, 52, 27)[..., 0], "JPEG")
    return data, imread_color(data)


def file_cmyk_jpeg():
    data = by_pillow(Image.fromarray(ramp(44, 52).astype(np.uint8)).convert("CMYK"), "JPEG")
    return data, imread_color(data)


def file_turned_jpeg(orientation):
    exif = Image.Exif()
    exif[274] = orientation
    data = by_pillow(noise(44, 52, 28), "JPEG", exif=exif, quality=90)
    rgb = imread_color(data)
    assert rgb.shape == ((52, 44, 3) if orientation >= 5 else (44, 52, 3))
    return data, rgb


FILES = {
    "grey PNG": file_grey_png,
    "16-bit PNG": file_16_bit_png,
    "16-bit grey PNG": file_16_bit_grey_png,
    "RGBA PNG": file_rgba_png,
    "palette PNG": file_palette_png,
    "BMP": file_bmp,
    "PNG with a colour profile": file_with_a_profile,
    "JPEG": file_jpeg,
    "grey JPEG": file_grey_jpeg,
    "CMYK JPEG": file_cmyk_jpeg,
    **{f"JPEG of orientation {n}": lambda n=n: file_turned_jpeg(n) for n in range(2, 9)},
}


def measure_file(path, boxes=(), declared=None, *, oriented=True):
    boxes = np.array(boxes, dtype=np.float64).reshape(-1, 4)
    width, height = declared or (None, None)
    rows = np.arange(len(boxes), dtype=np.int32)
    [result] = measure_pictures(
        OPTIONS, [PictureTask(3, ImageLocation("", str(path)), oriented, width, height, rows, boxes)]
    )
    assert (result.row, result.problem, result.failures) == (3, None, {})
    return result


@pytest.mark.parametrize("name", FILES)
def test_a_files_pixels_are_measured_as_they_are_defined(tmp_path, name):
    data, rgb = FILES[name]()
    file = tmp_path / "picture"
    file.write_bytes(data)
    boxes = [[3.2, 4.9, 20, 30], [-5, -5, 9, 9], [30, 30, 99, 99]]
    result = measure_file(file, boxes)
    same(result.image_values, image_values(rgb), IMAGE_KEYS)
    same(result.object_values, crop_values(rgb, boxes), CROP_KEYS)
    assert result.size_bytes == len(data)


def test_a_picture_that_was_annotated_as_it_is_stored_is_measured_so(tmp_path):
    data, turned = file_turned_jpeg(6)
    stored = np.rot90(turned, 1)
    file = tmp_path / "picture.jpg"
    file.write_bytes(data)
    box = [[2.0, 3.0, 40.0, 20.0]]
    values = measure_file(file, box, (52, 44), oriented=False).object_values
    same(values, crop_values(np.ascontiguousarray(stored), box), CROP_KEYS)
    assert values["crop_brightness"] != crop_values(turned, box)["crop_brightness"]


def test_boxes_of_a_picture_declared_in_another_size_are_scaled_to_its_pixels(tmp_path):
    rgb = noise(40, 60, 30)
    file = tmp_path / "picture.png"
    file.write_bytes(by_pillow(rgb, "PNG"))
    result = measure_file(file, [[10, 10, 40, 50], [10, 10, 15, 50]], (120, 100))
    in_pixels = [[5, 4, 20, 20], [5, 4, 7.5, 20]]  # half as wide, two fifths as high
    same(result.object_values, crop_values(rgb, in_pixels), CROP_KEYS)
    assert np.isnan(result.object_values["crop_red"]).tolist() == [False, True]  # three columns are too few


# ------------------------------------------------------------ crops


@pytest.mark.parametrize(
    ("low", "high", "first", "end"),
    [
        (0, 8, 0, 8),
        (0.5, 8.5, 0, 8),  # the centre of pixel 0 lies at 0.5: on the lower bound it is in, on the upper one out
        (0.51, 8.51, 1, 9),
        (0.49, 8.49, 0, 8),
        (-3, 5.2, 0, 5),
        (15, 25, 15, 20),
        (15.6, 19.4, 16, 19),
        (-1e12, 1e12, 0, 20),
        (-math.inf, math.inf, 0, 20),
    ],
)
def test_a_pixel_belongs_to_a_box_that_its_centre_lies_in(low, high, first, end):
    rgb = noise(20, 20)
    bounds, _ = pixel_bounds(np.array([[low, 0, high, 20], [0, low, 20, high]]), 20, 20)
    assert bounds.tolist() == [[first, 0, end, 20], [0, first, 20, end]]
    assert pixels_in(low, high, 20).tolist() == list(range(first, end))
    cut = cut_out(rgb, np.array([low, 2, high, 9.0]))
    assert (cut is None) == (end - first < 4)
    if cut is not None:
        assert np.array_equal(cut, rgb[2:9, first:end])
    check_crops(rgb, [[low, 2, high, 9], [2, low, 9, high]])


@pytest.mark.parametrize(
    ("box", "measured"),
    [
        ([0, 0, 4, 4], True),
        ([0, 0, 3.9, 4], True),  # the centres of four columns lie in it all the same
        ([0.6, 0, 4.4, 4], False),
        ([0, 0, 3, 40], False),
        ([0, 0, 40, 3], False),
        ([5, 5, 5, 5], False),
        ([5, 5, 6, 6], False),
        ([9, 9, 5, 5], False),
        ([-10, -10, 3, 30], False),  # only three columns of it are in the image
        ([-10, -10, 4, 4], True),
        ([36, 26, 99, 99], True),
        ([37, 26, 99, 99], False),
        ([-50, -50, -10, -10], False),
        ([40, 0, 60, 20], False),
        ([100, 100, 200, 200], False),
        ([-1e9, -1e9, 1e9, 1e9], True),
        ([NAN, 0, 10, 10], False),
        ([NAN, NAN, NAN, NAN], False),
    ],
)
def test_objects_below_4_by_4_pixels_of_the_image_have_no_value(box, measured):
    values = check_crops(noise(30, 40, 40), [box])
    for key in CROP_KEYS:
        assert np.isnan(values[key][0]) != measured, key


def test_three_hundred_boxes_of_all_kinds_at_once():
    rng = np.random.default_rng(41)
    rgb = noise(70, 90, 42)
    rgb[20:50, 30:60] = (250, 20, 30)
    corners = rng.uniform(-20, 80, (300, 2))
    boxes = np.hstack([corners, corners + rng.exponential(30, (300, 2)) - 2])
    boxes[::7] = np.rint(boxes[::7])
    boxes[3::50] = NAN
    boxes[::11] = [4.3, 5.4, 33.3, 22.2]
    measured = ~np.isnan(check_crops(rgb, boxes)["crop_brightness"])
    assert 150 < measured.sum() < 260
    assert measured[::11].all()


def test_equal_boxes_have_equal_values_and_boxes_of_the_same_pixels_too():
    rgb = noise(30, 40, 43)
    values = check_crops(rgb, [[3, 4, 20, 20], [3, 4, 20, 20], [2.6, 3.7, 20.4, 19.9], [3, 4, 21, 20]])
    for key in ("crop_brightness", "crop_contrast", "crop_sharpness"):
        first, again, same_pixels, other = values[key]
        assert first == again == same_pixels != other


def test_an_image_without_boxes_has_no_crop_values():
    values = measure_crops(Picture(noise(9, 9)), np.empty((0, 4)))
    assert {key: column.shape for key, column in values.items()} == dict.fromkeys(CROP_KEYS, (0,))


@pytest.mark.parametrize("shape", [(1, 1), (1, 40), (40, 1), (3, 3), (4, 4), (4, 3)])
def test_boxes_of_tiny_images(shape):
    values = check_crops(noise(*shape, 44), [[0, 0, 50, 50], [-5, -5, 50, 50], [0, 0, 4, 4]])
    assert np.isnan(values["crop_contrast"]).tolist() == [shape != (4, 4)] * 3


def test_a_crops_edges_are_those_of_the_whole_image():
    rgb = np.zeros((20, 40, 3), dtype=np.uint8)
    rgb[:, 20:] = 255
    values = measure_crops(Picture(rgb), np.array([[12.0, 5, 20, 13], [4, 5, 12, 13]]))
    assert values["crop_brightness"].tolist() == [0, 0]
    # of its 8 x 8 pixels the last column sees the white half: Laplacian 255 in one of eight
    assert values["crop_sharpness"].tolist() == pytest.approx([math.sqrt(7) / 64, 0], rel=1e-12, abs=0)


# ------------------------------------------------------------ photographs


@pytest.mark.real_data
@pytest.mark.skipif(not PHOTOGRAPHS.is_dir(), reason=f"the shared real data is absent: {PHOTOGRAPHS}")
def test_real_photographs_with_their_annotations():
    content = json.loads((PHOTOGRAPHS / "instances_train2017.json").read_text())
    files = {file.name: file for file in PHOTOGRAPHS.rglob("*.jpg")}
    chosen = [image for image in content["images"] if image["file_name"] in files][::34][:10]
    assert len(chosen) == 10
    total = 0
    for image in chosen:
        xywh = [a["bbox"] for a in content["annotations"] if a["image_id"] == image["id"]]
        boxes = [[x, y, x + w, y + h] for x, y, w, h in xywh]
        file = files[image["file_name"]]
        rgb = imread_color(file.read_bytes())
        result = measure_file(file, boxes, (image["width"], image["height"]))
        same(result.image_values, image_values(rgb), IMAGE_KEYS)
        if boxes:
            same(result.object_values, crop_values(rgb, boxes), CROP_KEYS)
        total += len(boxes)
    assert total > 30


@pytest.mark.parametrize(("height", "width"), [(37, 53), (1, 5), (5, 1), (2, 2), (90, 17)])
@pytest.mark.parametrize("strip", [1, 50, 200, 10**6])
def test_a_picture_measured_in_strips_has_the_same_bits(monkeypatch, height, width, strip):
    rgb = noise(height, width, seed=3)
    boxes = np.array([[0, 0, width, height], [3, 4, 20, 30], [0.6, 0.2, 8, 9.7], [1, 0, width + 5, height - 1]], float)
    whole = measure_picture(Picture(rgb)), measure_crops(Picture(rgb), boxes)
    monkeypatch.setattr("assay.metrics.pixel_maps._WHOLE_PIXELS", 0)
    monkeypatch.setattr("assay.metrics.pixel_maps._STRIP_PIXELS", strip)
    assert measure_picture(Picture(rgb)) == whole[0]
    for key, values in measure_crops(Picture(rgb), boxes).items():
        assert values.tobytes() == whole[1][key].tobytes(), key
