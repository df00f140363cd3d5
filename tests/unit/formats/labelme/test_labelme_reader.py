"""LabelMe's files as a source: where pictures are found, what shapes are, and what becomes of those that are none."""

import base64
import io
import json
from math import pi

import numpy as np
import pytest
import typer
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image
from shapely import Polygon
from tests.unit.formats.reading import boxes, classes, keypoints, mask, read, rings, save_picture
from typer.testing import CliRunner

from assay.cli.datasets import register_import
from assay.client.connection import connect
from assay.errors import InputError
from assay.formats.format import KnownIds
from assay.formats.registry import recognise


def shape(label, points, kind="polygon", **others):
    return {"label": label, "points": points, "group_id": None, "shape_type": kind, "flags": {}} | others


def labels(shapes, path="a.png", **others):
    content = {"version": "5.4.1", "flags": {}, "shapes": shapes, "imagePath": path, "imageData": None}
    return json.dumps(content | {"imageHeight": 20, "imageWidth": 40} | others)


def png(pixels):
    buffer = io.BytesIO()
    Image.fromarray(np.asarray(pixels)).save(buffer, "png")
    return base64.b64encode(buffer.getvalue()).decode()


@pytest.fixture
def folder(tmp_path):
    save_picture(tmp_path / "a.png")
    return tmp_path


def read_one(folder, shapes, **others):
    (folder / "a.json").write_text(labels(shapes, **others))
    return read("labelme", folder)


def test_each_kind_of_shape_is_what_labelme_draws(folder):
    pixels = np.zeros((3, 4), dtype=bool)
    pixels[0, 1:3] = pixels[2, 3] = True
    source, words = read_one(
        folder,
        [
            shape("cat", [[1, 2], [5, 2], [5, 6.5]]),
            shape("dog", [[30, 12], [10, 2]], "rectangle"),
            shape("dog", [[10, 12], [30, 2]], "rectangle"),
            shape("ball", [[20, 10], [23, 14]], "circle"),
            shape("way", [[0, 0], [10, 5]], "line"),
            shape("way", [[0, 0], [10, 5], [4, 8]], "linestrip"),
            shape("eye", [[3, 4]], "point"),
            shape("eye", [[3, 4], [5, 6]], "points"),
            shape("cat", [[30, 10], [33, 12]], "mask", mask=png(pixels)),
        ],
    )
    assert source.doctor.counts == {}
    assert classes(source) == ["cat", "dog", "dog", "ball", "way", "way", "eye", "eye", "cat"]
    assert boxes(source)[:6] == [[1, 2, 4, 4.5], [10, 2, 20, 10], [10, 2, 20, 10], [15, 5, 10, 10], [0, 0, 10, 5],
                                 [0, 0, 10, 8]]  # fmt: skip
    assert rings(source, words, 0) == [[1, 2, 5, 2, 5, 6.5]]
    ring = np.array(rings(source, words, 3)).reshape(-1, 2)
    assert np.hypot(*(ring - [20, 10]).T) == pytest.approx(5)
    assert Polygon(ring).area == pytest.approx(25 * pi, rel=0.01)
    assert source.annotation_extras[3]["circle"] == [20, 10, 23, 14]
    assert keypoints(source, words, 6) == [3, 4, 2]
    assert keypoints(source, words, 7) == [3, 4, 2, 5, 6, 2]
    assert source.annotations["num_keypoints"].tolist()[6:] == [1, 2, -1]
    expected = np.zeros((20, 40), dtype=np.uint8)
    expected[10, 31:33] = expected[12, 33] = 1
    assert (mask(source, words, 8) == expected).all()
    assert boxes(source)[8] == [31, 10, 3, 3]
    assert source.annotation_ids[:2] == [100_001, 100_002]


def test_shapes_of_one_label_and_group_are_one_object(folder):
    pixels = np.ones((2, 2), dtype=bool)
    grouped = {"group_id": 4}
    source, words = read_one(
        folder,
        [
            shape("cat", [[0, 0], [4, 0], [4, 4], [0, 4]], **grouped, flags={"occluded": True}, description="left"),
            shape("dog", [[0, 0], [4, 0], [4, 4]], **grouped),
            shape("cat", [[10, 0], [14, 4]], "rectangle", **grouped),
            shape("eye", [[1, 1]], "point", **grouped),
            shape("cat", [[20, 0], [24, 0], [24, 4]]),
            shape("pig", [[0, 0], [2, 0], [2, 2], [0, 2]], group_id=5),
            shape("pig", [[6, 6], [7, 7]], "mask", mask=png(pixels), group_id=5),
        ],
    )
    assert classes(source) == ["cat", "dog", "eye", "cat", "pig"]
    assert rings(source, words, 0) == [[0, 0, 4, 0, 4, 4, 0, 4], [10, 0, 14, 0, 14, 4, 10, 4]]
    assert boxes(source)[0] == [0, 0, 14, 4]
    first = source.annotation_extras[0]
    assert (first["group_id"], first["attributes"], first["description"]) == (4, {"occluded": True}, "left")
    assert [part["shape_type"] for part in first["parts"]] == ["polygon", "rectangle"]
    united = mask(source, words, 4)
    assert (united.sum(), united[6:8, 6:8].sum(), united[:2, :2].sum()) == (8, 4, 4)
    assert source.annotation_extras[2]["group_id"] == 4


def test_oriented_rectangles_are_turned_boxes(folder):
    source, _ = read_one(folder, [shape("cat", [[10, 0], [20, 10], [10, 20], [0, 10]], "oriented_rectangle")])
    side = 200**0.5
    assert source.annotations["xywh"] == pytest.approx(np.array([[10 - side / 2, 10 - side / 2, side, side]]))
    assert source.annotation_extras[0]["rotation"] == pytest.approx(45)


@pytest.mark.parametrize(
    ("path", "name"),
    [
        ("..\\pictures\\b c.png", "pictures/b c.png"),
        ("../pictures/b c.png", "pictures/b c.png"),
        ("C:\\data\\b c.png", "pictures/b c.png"),
        ("b c.png", "pictures/b c.png"),
        ("../elsewhere/b c.png", "pictures/b c.png"),
    ],
)
def test_pictures_are_found_from_the_label_file_on_and_by_their_name(tmp_path, path, name):
    save_picture(tmp_path / "pictures" / "b c.png")
    (tmp_path / "labels").mkdir()
    (tmp_path / "labels" / "b.json").write_text(labels([], path))
    source, _ = read("labelme", tmp_path / "labels", tmp_path / "pictures")
    assert source.images.file_name == ["b c.png"]
    [seen] = [found for known, found in recognise(tmp_path / "labels") if known.key == "labelme"]
    beside = path.startswith("..") and "elsewhere" not in path
    assert seen.options["images"] == str(tmp_path / ("pictures" if beside else "labels"))
    if beside:
        source, _ = read("labelme", tmp_path / "labels", tmp_path)
        assert source.images.file_name == [name]


def test_equal_names_in_two_folders_are_two_images_and_keep_their_numbers(tmp_path):
    for at, place in enumerate(("x", "y")):
        save_picture(tmp_path / place / "a.png", colour=at)
        (tmp_path / place / "a.json").write_text(labels([shape("cat", [[0, 0], [4, 0], [4, 4 + at]])]))
    known = KnownIds({"y/a.png": 7}, {"cat": 3}, 9)
    source, _ = read("labelme", tmp_path, known=known)
    assert source.images.file_name == ["x/a.png", "y/a.png"]
    assert source.images.ids == [8, 7]
    assert source.annotation_ids == [800_001, 700_001]
    assert (source.categories.ids, boxes(source)) == ([3], [[0, 0, 4, 4], [0, 0, 4, 5]])


def test_pictures_may_lie_in_folders_of_the_same_names(tmp_path):
    for place in ("train", "val"):
        save_picture(tmp_path / "images" / place / "a.png")
        (tmp_path / "labels" / place).mkdir(parents=True)
        (tmp_path / "labels" / place / "a.json").write_text(labels([]))
    source, _ = read("labelme", tmp_path / "labels", tmp_path / "images")
    assert (source.images.file_name, source.doctor.counts) == (["train/a.png", "val/a.png"], {})


def test_text_that_utf_8_cannot_hold_is_escaped(folder):
    source, _ = read_one(folder, [shape("\ud800cat", [[0, 0], [4, 0], [4, 4]]), shape("\ud800", [])], path="\ud800.png")
    assert (source.categories.name, source.images.file_name) == (["\\ud800cat"], ["\\ud800.png"])
    assert next(iter(source.rejected)).detail.encode()


def test_a_wrong_or_absent_size_is_that_of_the_picture_as_it_is_shown(folder):
    source, _ = read_one(folder, [], imageHeight=21)
    assert (source.images.width, source.images.height) == ([40], [20])
    assert source.doctor.examples["labelme_size_differs"] == ["a.png: 40 x 21, in truth 40 x 20"]
    assert source.images.extras[0]["declared_size"] == [40, 21]
    source, _ = read_one(folder, [], imageHeight=None, imageWidth="x")
    assert (source.images.width, source.images.height, source.doctor.counts) == ([40], [20], {})
    turned = Image.Exif()
    turned[0x0112] = 6
    Image.fromarray(np.zeros((20, 40, 3), dtype=np.uint8)).save(folder / "t.jpg", exif=turned)
    source, _ = read_one(folder, [], path="t.jpg", imageWidth=20, imageHeight=40)
    assert (source.images.width, source.images.height) == ([20], [40])
    assert "labelme_size_differs" not in source.doctor.counts
    source, _ = read_one(folder, [], path="gone.png", imageWidth=33)
    assert (source.images.file_name, source.images.width) == (["gone.png"], [33])


def test_what_cannot_be_used_is_kept_and_counted(folder):
    good = shape("cat", [[0, 0], [4, 0], [4, 4]])
    for name, text in {
        "b.json": "{",
        "c.json": '{"images": []}',
        "d.json": '{"shapes": [{"label": "cat", "points": [[0, 0], [4, 0], [4, 4]]}], "imagePath": "a.png"}',
    }.items():
        (folder / name).write_text(text)
    save_picture(folder / "e.png")
    bad = [
        shape(None, [[0, 0], [1, 0], [1, 1]]),
        shape("x", [[0, 0], [1, 0]]),
        shape("x", [[0, 0], [1, None], [1, 1]]),
        shape("x", [[0, 0], [1, 0], [1, 1]], "star"),
        shape("x", [[1, 1], [2, 2]], "mask", mask="no png"),
        shape("x", [[90, 1], [92, 2]], "mask", mask=png(np.ones((2, 2), dtype=bool))),
        shape("x", [[5, 5], [5, 5]], "circle"),
        "cat",
    ]
    source, _ = read_one(folder, [*bad, good])
    assert source.doctor.skipped == {
        "labelme_without_label": 1,
        "labelme_points": 3,
        "labelme_shape_type": 1,
        "labelme_mask": 2,
        "labelme_not_a_shape": 1,
        "labelme_not_json": 1,
        "labelme_other_json": 1,
    }
    assert len(source.rejected) == 10
    assert json.loads(list(source.rejected)[1].record) == {"file": "a.json", "shape": bad[1]}
    told = source.doctor.counts
    assert (told["labelme_same_image"], told["labelme_no_type"], told["image_without_labels"]) == (1, 1, 1)
    assert classes(source) == ["cat", "cat"]
    assert source.annotation_ids == [100_001, 100_002]
    source, _ = read_one(folder, [shape("x", [[0, 0], [1, 0]])])
    assert "no_annotation" not in source.doctor.counts  # d.json has one
    (folder / "d.json").unlink()
    assert read_one(folder, bad)[0].doctor.counts["no_annotation"] == 10
    with pytest.raises(InputError, match="None of the files is one of LabelMe's"):
        read("labelme", folder / "b.json", folder)


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "cp1252"])
def test_files_are_read_in_the_encodings_that_occur(tmp_path, encoding):
    save_picture(tmp_path / "für.png")
    content = json.loads(labels([shape("Käse", [[0, 0], [4, 0], [4, 4]])], "für.png"))
    (tmp_path / "a.json").write_bytes(json.dumps(content, ensure_ascii=False).encode(encoding))
    source, _ = read("labelme", tmp_path)
    assert (source.images.file_name, source.categories.name) == (["für.png"], ["Käse"])
    assert ("label_file_encoding" in source.doctor.counts) == (not encoding.startswith("utf-8"))


def test_unknown_fields_are_kept_under_names_that_are_free(folder):
    source, _ = read_one(
        folder,
        [shape("cat", [[0, 0], [4, 0], [4, 4]], score=0.5, difficult=True, id=3)],
        flags={"blurred": True},
        text="note",
        width=5,
    )
    extra = source.annotation_extras[0]
    assert (extra["score"], extra["difficult"], extra["id_field"]) == (0.5, True, 3)
    assert source.images.extras[0] == {
        "text": "note",
        "width_field": 5,
        "attributes": {"blurred": True},
        "label_file": "a.json",
    }


points = st.lists(st.lists(st.floats(allow_nan=True) | st.integers() | st.none(), max_size=3), max_size=5)
anything = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda each: st.lists(each, max_size=3) | st.dictionaries(st.text(max_size=5), each, max_size=3),
    max_leaves=6,
)
records = st.lists(
    anything
    | st.fixed_dictionaries(
        {"label": st.text(max_size=3) | anything, "points": points | anything},
        optional={
            "shape_type": st.sampled_from(["polygon", "rectangle", "circle", "mask", "line", "point", "rotation"])
            | anything,
            "group_id": anything,
            "flags": anything,
            "mask": anything,
        },
    ),
    max_size=6,
)


@given(shapes=records, width=anything, path=anything)
@settings(max_examples=60, deadline=None)
def test_every_shape_is_an_annotation_or_kept_with_a_reason(tmp_path_factory, shapes, width, path):
    folder = tmp_path_factory.mktemp("labelme")
    (folder / "a.json").write_text(labels(shapes, path, imageWidth=width))
    source, words = read("labelme", folder)
    parts = sum(len(extra.get("parts", [0])) for extra in source.annotation_extras.values())
    assert parts + len(source.rejected) == len(shapes)
    assert np.isfinite(words[: len(words)]).all() or source.annotations["rle_bytes"].any()


def test_a_picture_that_only_the_labels_hold_is_shown_from_the_project(tmp_path):
    kept = tmp_path / "labels"
    save_picture(kept / "a.png", colour=9)
    data = base64.b64encode((kept / "a.png").read_bytes()).decode()
    (kept / "a.png").rename(kept / "b.png")
    (kept / "a.json").write_text(labels([shape("way", [[0, 0], [10, 5]], "line")], "sub\\a.png", imageData=data))
    (kept / "b.json").write_text(labels([shape("cat", [[0, 0], [4, 0], [4, 4]])], "b.png", imageData=data))
    app = typer.Typer()
    register_import(app)
    words = ["--labelme", str(kept), "-t", str(tmp_path / "w"), "--name", "p", "--json"]
    told = CliRunner().invoke(app, words, catch_exceptions=False)
    found = json.loads(told.stdout)
    assert (found["images"], found["annotations"], found["classes"]) == (2, 2, 2)
    assert {each["code"]: each["count"] for each in found["warnings"]} == {"embedded_picture": 1}
    project = tmp_path / "w" / "p"
    place = project / "images" / "embedded" / "sub" / "a.png"
    assert place.read_bytes() == (kept / "b.png").read_bytes()
    with connect(tmp_path / "w", project="p", actor="tests") as client:
        changed = json.loads((kept / "a.json").read_text())
        changed["shapes"][0]["points"][1] = [20, 5]
        (kept / "a.json").write_text(json.dumps(changed))
        told = client.run_job("/api/projects/p/refresh", {})
        assert (told["images"]["missing"], told["annotations"]["changed"]) == (0, 1)
        drawn = [client.get(f"/api/projects/p/images/{row}")["shapes"] for row in (0, 1)]
        client.run_job("/api/projects/p/export/coco", {"path": str(tmp_path / "out.json")})
    assert [(each["kind"], each["rings"]) for each in drawn[0]] == [("polyline", [[0, 0, 20, 5]])]
    assert [each["kind"] for each in drawn[1]] == ["polygon"]
    written = json.loads((tmp_path / "out.json").read_text())["annotations"][0]
    assert (written["segmentation"], written["shape_type"]) == ([[0, 0, 20, 5]], "line")
