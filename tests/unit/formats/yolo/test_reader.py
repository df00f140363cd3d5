"""YOLO labels as a source: where they are found, what lines are, and what becomes of those that cannot be used."""

import cv2
import numpy as np
import orjson
import pytest
import typer
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image
from typer.testing import CliRunner

from assay.cli.datasets import register_import
from assay.client.connection import connect
from assay.errors import InputError
from assay.formats.format import KnownIds, Reading
from assay.formats.registry import recognise
from assay.formats.yolo.reader import read_yolo
from assay.formats.yolo.rows import Rows, fit_rectangles, make_columns, recognise_task

pytest.importorskip("yaml")


def write(root, files):
    """Write text files; images, of 40 by 20 pixels, where there is no text."""
    for name, text in files.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        if text is None:
            Image.fromarray(np.zeros((20, 40, 3), dtype=np.uint8)).save(path)
        else:
            path.write_text(text)


class Words:
    def __init__(self):
        self.values = np.empty(0)

    def append(self, numbers):
        start = len(self.values)
        self.values = np.concatenate((self.values, numbers))
        return start


def read(labels, images=None, known=KnownIds()):  # noqa: B008 - it is frozen
    words = Words()
    source = read_yolo(
        Reading(labels, images or (labels if labels.is_dir() else labels.parent), {}, words.append, known)
    )
    return source, words.values


def boxes(source):
    return source.annotations["xywh"].tolist()


TREE = {
    "images/train/a.png": None,
    "images/train/b.png": None,
    "images/val/c.png": None,
    "labels/train/a.txt": "1 0.5 0.5 0.25 0.5\n0 0.25 0.25 0.5 0.5\n",
    "labels/val/c.txt": "0 0.5 0.5 1 1\n",
}


def check_tree(source):
    assert source.images.file_name == ["images/train/a.png", "images/train/b.png", "images/val/c.png"]
    assert [extra["split"] for extra in source.images.extras.values()] == ["train", "train", "val"]
    assert (source.images.width, source.images.height) == ([40] * 3, [20] * 3)
    assert source.annotation_image.tolist() == [0, 0, 2]
    assert boxes(source) == [[15, 5, 10, 10], [0, 0, 20, 10], [0, 0, 40, 20]]
    assert source.annotation_ids == [100_001, 100_002, 300_001]
    assert source.doctor.counts.get("image_without_label_file") == 1


@pytest.mark.parametrize(
    "text",
    [
        "path: .\ntrain: images/train\nval: images/val\nnames: [cat, dog]\n",
        "train: images/train\nval: images/val\nnc: 2\nnames:\n  0: cat\n  1: dog\n",
        "path: /nowhere/at/all\ntrain: ../images/train\nvalid: [images/val]\nnames: {0: cat, 1: dog}\n",
        "train: train.txt\nval: val.txt\nnames: [cat, dog]  # of pets\ndownload: |\n  echo no\n",
    ],
)
def test_a_yaml_file_tells_splits_and_names_in_all_its_forms(tmp_path, text):
    lists = {"train.txt": "./images/train/a.png\nimages/train/b.png\n", "val.txt": "/nowhere/images/val/c.png\n"}
    write(tmp_path, TREE | lists | {"data.yaml": text})
    source, _ = read(tmp_path / "data.yaml")
    check_tree(source)
    assert (source.categories.ids, source.categories.name) == ([0, 1], ["cat", "dog"])
    assert source.annotation_category.tolist() == [1, 0, 0]
    assert read(tmp_path)[0].images.file_name == source.images.file_name
    [seen] = [found for known, found in recognise(tmp_path) if known.key == "yolo"]
    assert seen.reason == "3 images, a.png among them with labels in a.txt"


def test_darknets_lists_may_have_prefixes_that_do_not_exist(tmp_path):
    write(
        tmp_path,
        {
            "obj.data": "classes = 2\ntrain = data/train.txt\nnames = data/obj.names\nbackup = backup/\n",
            "obj.names": "cat\ndog\n\n",
            "train.txt": "data/obj_train_data/a.png\ndata/obj_train_data/b.png\n",
            "obj_train_data/a.png": None,
            "obj_train_data/a.txt": "1 0.5 0.5 0.5 0.5\n",
            "obj_train_data/b.png": None,
            "obj_train_data/b.txt": "",
        },
    )
    source, _ = read(tmp_path / "obj.data")
    assert source.images.file_name == ["obj_train_data/a.png", "obj_train_data/b.png"]
    assert (source.categories.name, boxes(source)) == (["cat", "dog"], [[10, 5, 20, 10]])
    assert source.doctor.counts == {}


def test_a_folder_without_a_description_has_its_names_in_classes_txt_or_numbers(tmp_path):
    write(tmp_path, TREE)
    source, _ = read(tmp_path)
    check_tree(source)
    assert source.categories.name == ["class_0", "class_1"]
    assert source.doctor.counts["no_class_names"] == 1
    write(tmp_path, {"labels/classes.txt": "cat\n"})
    source, _ = read(tmp_path)
    assert source.categories.name == ["cat", "class_1"]
    assert source.doctor.examples["class_without_name"] == ["1"]


def read_lines(tmp_path, text, yaml="names: [cat]\ntrain: images\n"):
    write(tmp_path, {"data.yaml": yaml, "images/a.png": None, "labels/a.txt": text})
    return read(tmp_path / "data.yaml")


def test_polygons_are_kept_and_have_the_box_round_them(tmp_path):
    source, words = read_lines(tmp_path, "0 0.1 0.5 0.5 0.5 0.25 1\n0 0.5 0.5 0.5 0.5\n")
    assert source.header["yolo"]["task"] == "segment"
    assert boxes(source) == [[4, 10, 16, 10], [10, 5, 20, 10]]
    start, count = source.annotations["word_start"][0], source.annotations["word_count"][0]
    assert words[start : start + count].tolist() == [6, 4, 10, 20, 10, 10, 20]
    assert source.annotations["segmentation"].tolist() == [2, 0]


def test_nine_values_in_all_lines_are_the_corners_of_oriented_boxes(tmp_path):
    source, words = read_lines(tmp_path, "0 0.25 0 0.5 0.5 0.25 1 0 0.5\n")
    assert (source.header["yolo"]["task"], len(words)) == ("obb", 0)
    side = 200**0.5
    assert source.annotations["xywh"] == pytest.approx(np.array([[10 - side / 2, 10 - side / 2, side, side]]))
    assert source.annotation_extras == {0: {"rotation": pytest.approx(45)}}
    source, _ = read_lines(tmp_path, "0 0.25 0 0.5 0.5 0.25 1 0 0.5\n0 0 0 1 0 1 1 0 0.5\n")
    assert source.doctor.examples["corners_not_a_rectangle"] == ["images/a.png, line 2"]
    assert source.annotation_extras[1].pop("rotation") % 90 == 0  # OpenCV versions begin with other sides
    assert source.annotation_extras[1] == {"corners": [0, 0, 40, 0, 40, 20, 0, 10]}
    source, _ = read_lines(tmp_path, "0 0.25 0 0.5 0.5 0.25 1 0 0.5\n0 0.5 0.5 0.5 0.5\n")
    assert source.header["yolo"]["task"] == "segment"


@pytest.mark.parametrize(
    ("line", "shape", "expected", "labelled"),
    [
        ("0 0.5 0.5 1 1 0.25 0.5 2 0 0 0", "", [10, 10, 2, 0, 0, 0], 1),
        ("0 0.5 0.5 1 1 0.25 0.5 2 0 0 0", "kpt_shape: [2, 3]\n", [10, 10, 2, 0, 0, 0], 1),
        ("0 0.5 0.5 1 1 0.25 0.5 0 0", "kpt_shape: [2, 2]\n", [10, 10, 2, 0, 0, 0], 1),
    ],
)
def test_keypoints_have_a_visibility_or_get_one(tmp_path, line, shape, expected, labelled):
    source, words = read_lines(tmp_path, line + "\n", f"names: [cat]\ntrain: images\n{shape}")
    assert source.header["yolo"]["task"] == "pose"
    assert boxes(source) == [[0, 0, 40, 20]]
    assert words.tolist() == expected
    assert source.annotations["keypoint_count"].tolist() == [6]
    assert source.annotations["num_keypoints"].tolist() == [labelled]


def test_lines_that_cannot_be_used_are_counted_and_kept(tmp_path):
    good = "0 0.5 0.5 0.5 0.5\n"
    odd = "\n0 0.5 0.5\nx 0 0 0 0\n0 nan 0 0 0\n1.5 0 0 0 0\n1e99 0 0 0 0\n0 0 0 1 0 1 1 1\n0 0.5 0.5 2 1\n"
    source, _ = read_lines(tmp_path, good + odd + good)
    assert source.doctor.skipped == {
        "row_too_short": 1,
        "row_not_a_number": 2,
        "class_not_a_number": 2,
        "row_of_odd_length": 1,
    }
    assert source.doctor.examples["row_too_short"] == ["a.txt:3: 0 0.5 0.5"]
    assert (source.doctor.counts["coordinates_beyond_image"], source.doctor.counts["repeated_row"]) == (1, 1)
    assert orjson.loads(next(iter(source.rejected)).record) == {"file": "a.txt", "line": "0 0.5 0.5"}
    assert len(source.rejected) == 6
    assert source.annotation_ids == [100_001, 100_009, 100_010]


def test_labels_of_an_image_that_is_gone_are_kept_aside(tmp_path):
    write(tmp_path, TREE | {"train.txt": "images/x.png\nimages/val/c.png\n", "labels/x.txt": "0 0.5 0.5 0.25 1\n"})
    write(tmp_path, {"data.yaml": "train: train.txt\nnames: [cat]\n"})
    source, _ = read(tmp_path / "data.yaml")
    assert source.images.file_name == ["images/x.png", "images/val/c.png"]
    assert boxes(source) == [[0, 0, 40, 20]]
    assert source.doctor.skipped == {"image_size_unknown": 1}
    record = {"image": "images/x.png", "values": [0, 0.5, 0.5, 0.25, 1]}
    assert [orjson.loads(each.record) for each in source.rejected] == [record]


def test_an_images_number_stays_and_new_ones_follow(tmp_path):
    write(tmp_path, TREE)
    source, _ = read(tmp_path, known=KnownIds({"images/val/c.png": 7, "images/train/a.png": 2}))
    assert source.images.ids == [2, 8, 7]
    assert source.annotation_ids == [200_001, 200_002, 700_001]


@pytest.mark.parametrize("text", ["[1]", "a: [", "train: nowhere\n", "names: [cat]\n"])
def test_what_describes_no_dataset_is_refused(tmp_path, text):
    write(tmp_path, {"data.yaml": text})
    with pytest.raises(InputError):
        read(tmp_path / "data.yaml")


@settings(max_examples=60)
@given(
    st.lists(
        st.tuples(st.integers(0, 3), st.lists(st.floats(0, 1, allow_subnormal=False), min_size=4, max_size=4)),
        max_size=8,
    ),
    st.integers(1, 5000),
    st.integers(1, 5000),
)
def test_boxes_are_those_of_the_formula(lines, width, height):
    rows = Rows()
    for at, (number, values) in enumerate(lines):
        rows.add(0, at + 1, [float(number), *values])
    assert recognise_task(rows, None) == ("detect", None)
    size = np.tile(np.array([[width, height]], dtype=np.float64), (len(lines), 1))
    columns, odd = make_columns(rows, size, "detect", None, lambda _numbers: 0)
    assert not odd.any()
    for (_, (x, y, w, h)), box in zip(lines, columns["xywh"].tolist(), strict=True):
        left, top, right, bottom = (x - w / 2) * width, (y - h / 2) * height, w * width, h * height
        assert box == pytest.approx([left, top, right, bottom], rel=1e-12, abs=1e-9)


def test_a_project_of_yolo_labels_is_refreshed_and_written_as_coco(tmp_path):
    write(tmp_path / "data", TREE | {"data.yaml": "train: images/train\nval: images/val\nnames: [cat, dog]\n"})
    importing = typer.Typer()
    register_import(importing)
    importing.command("other")(lambda: None)
    words = ["project", "--yolo", tmp_path / "data" / "data.yaml", "-t", tmp_path / "w", "--name", "p", "--json"]
    told = CliRunner().invoke(importing, list(map(str, words)), catch_exceptions=False)
    assert (told.exit_code, orjson.loads(told.stdout)["annotations"]) == (0, 3)
    write(tmp_path / "data", {"labels/train/a.txt": "1 0.5 0.5 0.25 0.5\n0 0.25 0.25 0.5 1\n0 0 0 1 1\n"})
    write(tmp_path / "data", {"images/val/d.png": None})
    with connect(tmp_path / "w", project="p", actor="tests") as client:
        info = client.get("/api/projects/p")
        assert info["splits"] == {"train": 2, "val": 1}
        told = client.run_job("/api/projects/p/refresh", {})
        assert told["annotations"] == {"new": 1, "changed": 1, "removed": 0}
        assert told["images"]["new"] == 1
        (tmp_path / "data").rename(tmp_path / "moved")
        body = {"images": str(tmp_path / "moved"), "annotations": str(tmp_path / "moved" / "data.yaml")}
        [told] = client.post("/api/projects/p/relocate", body)["sources"]
        assert (told["found"], told["total"]) == (4, 4)
        client.run_job("/api/projects/p/export/coco", {"path": str(tmp_path / "out.json")})
    content = orjson.loads((tmp_path / "out.json").read_bytes())
    assert content["annotations"][0] == {"id": 100_001, "image_id": 1, "category_id": 1, "bbox": [15, 5, 10, 10]}
    assert [image["split"] for image in content["images"]] == ["train", "train", "val", "val"]


@given(
    st.tuples(st.floats(-500, 500), st.floats(-500, 500)),
    st.tuples(st.floats(0.5, 400), st.floats(0.5, 400)),
    st.floats(-180, 180),
    st.integers(0, 3),
    st.booleans(),
)
def test_corners_of_rectangles_are_turned_boxes_whichever_comes_first(centre, sides, degrees, first, mirrored):
    turn = np.array([[np.cos(np.radians(degrees)), -np.sin(np.radians(degrees))],
                     [np.sin(np.radians(degrees)), np.cos(np.radians(degrees))]])  # fmt: skip
    corners = (np.array([[-1, -1], [1, -1], [1, 1], [-1, 1]]) * sides / 2) @ turn.T + centre
    corners = np.roll(corners[::-1] if mirrored else corners, first, axis=0)
    xywh, found, askew = fit_rectangles(corners[None])
    assert np.isnan(askew).all()
    middle = (xywh[0, 0] + xywh[0, 2] / 2, xywh[0, 1] + xywh[0, 3] / 2)
    drawn = cv2.boxPoints((middle, (xywh[0, 2], xywh[0, 3]), found[0]))  # OpenCV's angles are clockwise degrees, too
    distance = np.linalg.norm(drawn[:, None] - corners[None], axis=2)
    assert distance.min(axis=1).max() < 1e-3
    assert distance.min(axis=0).max() < 1e-3
