"""Masks in PNG files as a source: palettes, values, colours, objects, and which image each is of."""

import numpy as np
import pytest
from PIL import Image
from tests.unit.formats.reading import boxes, classes, mask, read, save_picture

from assay.errors import InputError
from assay.formats.pngmasks.pictures import read_mask
from assay.formats.registry import recognise

PIXELS = np.zeros((20, 40), dtype=np.uint8)
PIXELS[2:6, 3:9] = 1
PIXELS[10:12, 20:30] = 2
PIXELS[0, 0] = 255


def save_mask(path, pixels, palette=None, **others):
    path.parent.mkdir(parents=True, exist_ok=True)
    picture = Image.fromarray(pixels)
    if palette is not None:
        picture.putpalette(palette)
    picture.save(path, **others)


def check(source, words, names):
    assert classes(source) == names
    assert boxes(source) == [[3, 2, 6, 4], [20, 10, 10, 2]]
    assert (mask(source, words, 1) == (PIXELS == 2)).all()
    assert (source.images.width, source.images.height) == ([40], [20])


def test_a_palettes_indices_and_levels_of_grey_are_classes(tmp_path):
    save_picture(tmp_path / "images" / "a.jpg")
    palette = [0, 0, 0, 200, 0, 0, 0, 200, 0] + [0, 0, 0] * 252 + [224, 224, 192]
    for options in ({"palette": palette}, {}):
        save_mask(tmp_path / "masks" / "a.png", PIXELS, **options)
        source, words = read("masks", tmp_path / "masks", tmp_path / "images")
        check(source, words, ["class_1", "class_2"])
        assert source.images.file_name == ["a.jpg"]
        assert source.doctor.counts == {"mask_void": 1}
    (tmp_path / "classes.txt").write_text("background\ncat\ndog\n")
    check(*read("masks", tmp_path / "masks", tmp_path / "images"), ["cat", "dog"])
    [seen] = [found for known, found in recognise(tmp_path / "masks") if known.key == "masks"]
    assert seen.options == {"masks": str(tmp_path / "masks"), "images": str(tmp_path / "images")}


@pytest.mark.parametrize("bits", [1, 2, 4, 8])
def test_indices_of_few_bits_are_read_as_they_are(tmp_path, bits):
    pixels = (np.arange(40) % (1 << bits)).astype(np.uint8).reshape(5, 8)
    save_mask(tmp_path / "a.png", pixels, [value for at in range(1 << bits) for value in (at, 9, 255 - at)], bits=bits)
    mask = read_mask((tmp_path / "a.png").read_bytes())
    assert (mask.convert(mask.samples) == pixels).all()
    assert (mask.palette[:2], mask.is_colour) == ([(0, 9, 255), (1, 9, 254)], False)


def test_colours_are_classes_by_the_list_of_cvat(tmp_path):
    colours = np.array([[0, 0, 0], [250, 50, 83], [51, 221, 255]], dtype=np.uint8)
    save_mask(tmp_path / "SegmentationClass" / "a.png", colours[np.minimum(PIXELS, 2) * (PIXELS < 255)])
    assert classes(read("masks", tmp_path)[0]) == ["#33ddff", "#fa3253"]  # by value
    labels = "# label:color_rgb:parts:actions\nbackground:0,0,0::\ncat:250,50,83::\ndog:51,221,255::\n"
    (tmp_path / "labelmap.txt").write_text(labels)
    source, _ = read("masks", tmp_path)
    assert source.images.file_name == ["SegmentationClass/a.jpg"]
    assert (source.categories.name, classes(source)) == (["cat", "dog"], ["dog", "cat"])
    assert boxes(source) == [[20, 10, 10, 2], [3, 2, 6, 4]]
    objects = np.array([[0, 0, 0], [9, 0, 0], [0, 9, 0], [0, 0, 9]], dtype=np.uint8)
    numbers = np.minimum(PIXELS, 2) * (PIXELS < 255)
    numbers[10:12, 25:30] = 3
    save_mask(tmp_path / "SegmentationObject" / "a.png", objects[numbers])
    source, _ = read("masks", tmp_path)
    assert sorted(zip(classes(source), boxes(source), strict=True)) == [
        ("cat", [3, 2, 6, 4]),
        ("dog", [20, 10, 5, 2]),
        ("dog", [25, 10, 5, 2]),
    ]


def test_values_may_be_objects(tmp_path):
    numbers = np.zeros((20, 40), dtype=np.uint16)
    numbers[PIXELS == 1], numbers[PIXELS == 2] = 26_001, 300
    save_picture(tmp_path / "a_leftImg8bit.jpg")
    save_mask(tmp_path / "a_gtFine_instanceIds.png", numbers)
    source, _ = read("masks", tmp_path)
    assert source.images.file_name == ["a_leftImg8bit.jpg"]
    assert sorted(zip(classes(source), boxes(source), strict=True)) == [
        ("class_26", [3, 2, 6, 4]),
        ("object", [20, 10, 10, 2]),
    ]
    save_mask(tmp_path / "i" / "b.png", np.minimum(PIXELS, 2))
    assert classes(read("masks", tmp_path / "i", values="instance")[0]) == ["object", "object"]


def test_a_mask_of_0_and_255_has_a_foreground(tmp_path):
    save_picture(tmp_path / "images" / "a.png")
    save_mask(tmp_path / "masks" / "a_mask.png", ((PIXELS == 1) * 255).astype(np.uint8))
    source, _ = read("masks", tmp_path / "masks", tmp_path / "images")
    assert (source.images.file_name, classes(source), boxes(source)) == (["a.png"], ["foreground"], [[3, 2, 6, 4]])


def test_one_name_in_two_folders_and_what_cannot_be_used(tmp_path):
    for place in ("train", "val"):
        save_picture(tmp_path / "images" / place / "a.jpg")
        save_mask(tmp_path / "masks" / place / "a.png", np.minimum(PIXELS, 2))
    save_mask(tmp_path / "masks" / "train" / "gone.png", np.minimum(PIXELS, 2))
    (tmp_path / "masks" / "bad.png").write_bytes(b"\x89PNG\r\n\x1a\nno")
    save_mask(tmp_path / "masks" / "train" / "a_mask.png", np.minimum(PIXELS, 2))
    source, _ = read("masks", tmp_path / "masks", tmp_path / "images")
    assert source.images.file_name == ["train/a.jpg", "train/gone.jpg", "val/a.jpg"]
    assert [extra["split"] for extra in source.images.extras.values()] == ["train", "train", "val"]
    assert source.doctor.counts == {"mask_unreadable": 1, "mask_of_same_image": 1, "mask_without_image": 1}
    assert "masks" in [known.key for known, _ in recognise(tmp_path / "masks")]
    (tmp_path / "masks" / "a.json").write_text("{}")  # labels of another format, whose pictures are PNG files
    assert "masks" not in [known.key for known, _ in recognise(tmp_path / "masks")]
    (tmp_path / "none").mkdir()
    with pytest.raises(InputError, match="holds no masks"):
        read("masks", tmp_path / "none")
