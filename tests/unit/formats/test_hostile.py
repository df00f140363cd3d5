"""Labels that were made to do harm: what never ends, what grows, what leads elsewhere, and numbers of no size."""

import json
import os

import numpy as np
import pytest
from tests.unit.formats.reading import read, save_picture

from assay.errors import InputError
from assay.formats import label_text
from assay.formats.coco import stream as coco_stream
from assay.formats.coco.stream import JsonStream
from assay.formats.cvat.interpolation import _nearest
from assay.formats.registry import recognise
from assay.formats.table import Table
from assay.formats.xml_stream import read_elements


@pytest.fixture
def images(tmp_path):
    save_picture(tmp_path / "images/a.png")
    return tmp_path / "images"


def described(tmp_path, text, lines="0 0.5 0.5 0.5 0.5\n"):
    """Return what is read of a YOLO dataset of one image."""
    (tmp_path / "labels").mkdir(exist_ok=True)
    (tmp_path / "labels/a.txt").write_text(lines)
    (tmp_path / "data.yaml").write_text(text)
    return read("yolo", tmp_path / "data.yaml", tmp_path / "images")[0]


# ------------------------------------------------------------ what is no file, or too large

LABELS = [
    ("yolo", "labels/a.txt", "images"),
    ("voc", "Annotations/a.xml", "."),
    ("kitti", "label_2/a.txt", "."),
    ("labelme", "a.json", "a.json"),
    ("cvat", "a.xml", "a.xml"),
    ("labelstudio", "a.json", "a.json"),
    ("lvis", "a.json", "a.json"),
    ("panoptic", "a.json", "a.json"),
    ("via", "a.json", "a.json"),
]


@pytest.mark.parametrize(("key", "place", "labels"), LABELS, ids=[key for key, *_ in LABELS])
def test_a_pipe_in_the_place_of_labels_is_named_and_not_waited_for(tmp_path, images, key, place, labels):
    file = tmp_path / place
    file.parent.mkdir(exist_ok=True)
    os.mkfifo(file)
    recognise(tmp_path)
    recognise(file)
    if key == "voc":
        source, _ = read(key, tmp_path, images)
        assert source.doctor.skipped == {"voc_not_xml": 1}
        return
    with pytest.raises(InputError) as caught:
        read(key, images if labels == "images" else tmp_path / labels, images)
    assert caught.value.actual == "a pipe"


def test_a_pipe_in_the_place_of_a_table_or_a_description_is_not_waited_for(tmp_path, images):
    os.mkfifo(tmp_path / "a.csv")
    with pytest.raises(InputError, match="not a file"):
        Table(tmp_path / "a.csv")
    os.mkfifo(tmp_path / "data.yaml")
    (tmp_path / "images/a.txt").write_text("0 0.5 0.5 0.5 0.5\n")
    source, _ = read("yolo", tmp_path, images)
    assert source.images.file_name == ["a.png"]
    with pytest.raises(InputError, match="not a file"):
        read("yolo", tmp_path / "data.yaml", images)


def test_a_file_that_is_too_large_is_not_read(tmp_path, images, monkeypatch):
    monkeypatch.setattr(label_text, "greatest_label_file", lambda: 1_000_000)
    (images / "a.txt").touch()
    os.truncate(images / "a.txt", 10 << 30)
    with pytest.raises(InputError) as caught:
        read("yolo", images)
    assert (caught.value.expected, caught.value.actual) == ("at most 1,000,000 bytes", "10,737,418,240 bytes")


STARTS = [b'{"images": [', b'{"images": [{"id": "', b'{"', b'{"a": ', b'{"a": [', b"", b"[["]


@pytest.mark.parametrize("start", STARTS)
@pytest.mark.parametrize("fill", [b"", b"a", b"1,"])
def test_a_json_file_of_gigabytes_is_refused_at_little_cost(tmp_path, monkeypatch, start, fill):
    monkeypatch.setattr(coco_stream, "greatest_label_file", lambda: 300_000)
    file = tmp_path / "a.json"
    file.write_bytes(start + fill * 1_000_000)
    if not fill:
        os.truncate(file, 10 << 30)
    stream = JsonStream(file, {"images"})
    with pytest.raises(InputError):
        list(stream.parts())
    stream.close()


# ------------------------------------------------------------ YAML


BOMB = "a: &a [x,x,x,x,x,x,x,x,x,x]\n" + "".join(
    f"{new}: &{new} [{','.join(['*' + old] * 10)}]\n" for old, new in zip("abcdefgh", "bcdefghi", strict=True)
)


@pytest.mark.parametrize(
    "text",
    [
        BOMB,
        "a: &a [*a]\n",
        "a: " + "[" * 100_000,
        "a: &a {k: v}\nb: &b {<<: [*a, *a, *a, *a, *a, *a]}\nc: {<<: [*b, *b, *b, *b, *b, *b]}\n",
        "a: !!python/object/apply:os.system ['false']\n",
        "a: !!int ''\n",
        "a: !!float ''\n",
        "a: !!bool x\n",
        "a: !!timestamp x\n",
        "a: 2001-99-99\n",
        "a: " + "9" * 5_000 + "\n",
        "? [1, 2]\n: x\n",
    ],
    ids=["laughs", "cycle", "depth", "merge", "object", "int", "float", "bool", "time", "date", "digits", "key"],
)
def test_a_description_that_grows_or_acts_is_refused(tmp_path, images, text):
    with pytest.raises(InputError, match="YAML"):
        described(tmp_path, f"train: images\n{text}")


def test_a_description_of_odd_values_is_read_as_json_has_them(tmp_path, images):
    text = "train: images\nnames: {0: cat, 99999999999999999999: far}\na: &x [1, 2001-01-01]\nb: *x\n"
    source = described(tmp_path, f"{text}d: 99999999999999999999\n")
    told = source.header["yolo"]["description"]
    assert (told["a"], told["b"]) == ([1, "2001-01-01"], [1, "2001-01-01"])
    assert told["d"] == 10**20 - 1
    assert source.categories.name == ["cat"]


# ------------------------------------------------------------ paths


def test_a_list_of_images_is_called_so_and_holds_names_of_images(tmp_path, images):
    (tmp_path / "passwd").write_text("root:x:0:0\n")
    (tmp_path / "own.txt").write_text("secret\nimages/a.png\n\nroot:x:0:0:root\n")
    source = described(
        tmp_path, f"train: own.txt\nval: {tmp_path}/passwd\ntest: /etc/passwd\nnames: {tmp_path}/passwd\n"
    )
    assert source.images.file_name == ["a.png"]
    assert source.doctor.skipped == {"not_an_image_in_list": 2}
    assert source.doctor.examples["not_an_image_in_list"] == ["own.txt:1", "own.txt:4"]
    assert source.doctor.counts["split_missing"] == 2
    assert source.categories.name == ["class_0"]


@pytest.mark.parametrize("name", ["a" * 5_000, "a/" * 5_000 + "b", "\\0", "/", "http://x/y", "C:\\\\x"])
def test_folders_that_no_system_can_have_are_missing(tmp_path, images, name):
    source = described(tmp_path, f'path: "{name}"\ntrain: images\nval: "{name}"\ntest: "{name}.txt"\n')
    assert source.images.file_name == ["a.png"]


def test_names_in_a_list_that_no_system_can_have_are_images_that_are_missing(tmp_path, images):
    (tmp_path / "own.txt").write_text(f"images/a.png\n{'b' * 5_000}.png\n{'c/' * 20_000}d.png\n")
    source = described(tmp_path, "train: own.txt\n")
    assert len(source.images.file_name) == 3
    assert source.doctor.counts["image_without_label_file"] == 2


# ------------------------------------------------------------ numbers


def test_numbers_of_no_size_are_refused_before_they_are_infinite(tmp_path, images):
    lines = "0 1e308 0 1 1\n0 0.5 0.5 0.5 0.5\n0 1e999 0 1 1\n0 0 0 -1e300 1\n"
    source = described(tmp_path, "train: images\n", lines)
    assert source.doctor.skipped == {"row_not_a_number": 3}
    assert np.isfinite(source.annotations["xywh"]).all()
    (tmp_path / "label_2").mkdir()
    line = "car 0 0 0 {} 0 {} 9 1 1 1 1 1 1 0\n"
    (tmp_path / "label_2/a.txt").write_text(line.format("-1e308", "1e308") + line.format(1, 5))
    source, _ = read("kitti", tmp_path / "label_2", images)
    assert source.doctor.skipped == {"kitti_not_a_number": 1}


def test_a_line_of_megabytes_is_counted(tmp_path, images):
    source = described(tmp_path, "train: images\n", "0" + " .5" * 6_000_000 + "\n0 0.5 0.5 0.5 0.5\n")
    assert source.doctor.skipped == {"line_too_long": 1}
    assert len(source.annotation_ids) == 1


def test_odd_values_of_other_tools_are_records_that_cannot_be_used(tmp_path, images):
    (tmp_path / "a.json").write_text(
        json.dumps({"a": {"filename": "a.png", "regions": [{"shape_attributes": {"name": ["rect"]}}]}})
    )
    assert read("via", tmp_path / "a.json", images)[0].doctor.skipped["via_shape"] == 1
    cells = "filename,region_shape_attributes,region_attributes\na.png,{},{}\n"
    (tmp_path / "a.csv").write_text(cells.format("[" * 100_000, "{}") + "b.png,,\n")
    assert read("via", tmp_path / "a.csv", images)[0].doctor.skipped["via_row"] == 1
    (tmp_path / "a.csv").write_text(cells.format("x" * 200_000, "{}") + "b.png,,\n")
    assert read("via", tmp_path / "a.csv", images)[0].doctor.skipped["via_row"] == 1
    shape = {"label": "a", "shape_type": "circle", "points": [[0, 0], [9e15, 0]]}
    (tmp_path / "a.json").write_text(json.dumps({"imagePath": "a.png", "shapes": [shape]}))
    assert read("labelme", tmp_path / "a.json", images)[0].doctor.skipped["labelme_points"] == 1
    digits = "9" * 5_000
    box = '<box xtl="1" ytl="1" xbr="2" ybr="2" {}="{}"/>'
    track = f'<track id="1" label="a">{box.format("frame", digits)}{box.format("frame", 1)}</track>'
    (tmp_path / "a.xml").write_text(f"<annotations>{track}</annotations>")
    source, _ = read("cvat", tmp_path / "a.xml", images)
    assert source.doctor.skipped == {"cvat_number": 1}
    assert len(source.annotation_ids) == 1
    task = {"data": {"image": "a.png"}, "annotations": [{"result": [{"type": "choices", "original_width": digits,
            "value": {"choices": ["x"]}}]}]}  # fmt: skip
    (tmp_path / "a.json").write_text(json.dumps([task]))
    assert len(read("labelstudio", tmp_path / "a.json", images)[0].annotation_ids) == 1


# ------------------------------------------------------------ much of little


def test_a_video_of_endless_frames_is_refused(tmp_path, images):
    box = '<box frame="{}" xtl="1" ytl="1" xbr="2" ybr="2"/>'
    size = "<meta><task><id>1</id><size>{}</size></task></meta>"
    for meta, frames in ((size.format(16_000_000), (0,)), ("", (0, 10**12)), (size.format(900_000), (0,) * 6)):
        tracks = "".join(f'<track id="{at}" label="a">{box.format(each)}</track>' for at, each in enumerate(frames))
        if meta == "":
            tracks = f'<track id="1" label="a">{"".join(map(box.format, frames))}</track>'
        (tmp_path / "a.xml").write_text(f"<annotations>{meta}{tracks}</annotations>")
        monkeyed = pytest.MonkeyPatch()
        monkeyed.setattr("assay.formats.cvat.reader._MOST_FRAMES", 1_000)
        monkeyed.setattr("assay.formats.cvat.reader._MOST_INTERPOLATED", 2_000)
        with pytest.raises(InputError, match="more than can be taken in"):
            read("cvat", tmp_path / "a.xml", images)
        monkeyed.undo()


def test_outlines_of_many_points_are_paired_as_one_by_one():
    numbers = np.random.default_rng(3).integers(0, 30, 200).tolist()
    others = sorted(np.random.default_rng(4).integers(0, 30, 40).tolist())
    nearest = [min(range(len(others)), key=lambda at, value=value: abs(value - others[at])) for value in numbers]
    assert [_nearest(value, others) for value in numbers] == nearest


def test_xml_elements_of_any_size_are_bounded(tmp_path, monkeypatch):
    monkeypatch.setattr("assay.formats.xml_stream.greatest_label_file", lambda: 400_000)
    monkeypatch.setattr("assay.formats.xml_stream._MOST_ELEMENTS", 10_000)
    file = tmp_path / "a.xml"
    for inner in ("<b/>" * 50_000, "<b a='" + "x" * 2_000_000 + "'/>", "<b>" + "x" * 2_000_000 + "</b>"):
        file.write_text(f"<a><c>{inner}</c></a>")
        with pytest.raises(InputError, match="cannot be read"):
            list(read_elements(file))
    file.write_text(f"<a>{'<c/>' * 50_000}{'<c>x</c>' * 100_000}</a>")
    assert sum(1 for _ in read_elements(file)) == 150_001


def test_a_panoptic_file_reads_nothing_outside_its_folder(tmp_path, images):
    save_picture(tmp_path / "out.png", colour=1)
    save_picture(tmp_path / "seg/in.png", colour=1)
    number = 1 + 256 + 65_536
    for name, rejected in (
        ("in.png", {}),
        ("../out.png", {"panoptic_without_picture": 1}),
        (str(tmp_path / "out.png"), {"panoptic_without_picture": 1}),
        ("..\\out.png", {"panoptic_without_picture": 1}),
    ):
        segments = [{"id": number, "category_id": 1}]
        content = {
            "images": [{"id": 1, "file_name": "a.png"}],
            "categories": [{"id": 1, "name": "a"}],
            "annotations": [{"image_id": 1, "file_name": name, "segments_info": segments}],
        }
        (tmp_path / "seg.json").write_text(json.dumps(content))
        assert read("panoptic", tmp_path / "seg.json", images)[0].doctor.skipped == rejected
