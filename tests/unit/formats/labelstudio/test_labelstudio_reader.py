"""Label Studio's tasks as a source: regions in pixels, names of images, and what becomes of what cannot be used."""

import base64
import json
from math import cos, radians, sin

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.unit.formats.reading import boxes, classes, keypoints, mask, read, rings, save_picture

import assay
from assay.errors import InputError
from assay.formats.labelstudio.brush import decode_brush
from assay.formats.labelstudio.regions import turn_box
from assay.formats.registry import recognise


def region(kind, value, own="r1", **others):
    size = {"original_width": 200, "original_height": 100, "image_rotation": 0}
    return {"id": own, "type": kind, "value": value, "to_name": "image", "from_name": "label", **size} | others


def task(results, image="/data/upload/1/abcdef12-a.png", own=7, **others):
    told = {"id": 31, "result": results, "was_cancelled": False, "completed_by": 2}
    return {"id": own, "data": {"image": image}, "annotations": [told], "predictions": []} | others


def read_tasks(folder, tasks):
    (folder / "project.json").write_text(json.dumps(tasks))
    return read("labelstudio", folder / "project.json", folder)


def runs(values, word=8, sizes=(3, 4, 8, 16)):
    """Pack values as rle-pack does, runs of equal ones and others in turn: written for the test alone."""
    bits = f"{len(values):032b}{word - 1:05b}" + "".join(f"{size - 1:04b}" for size in sizes)
    at = 0
    while at < len(values):
        end = at + 1
        while end < len(values) and values[end] == values[at]:
            end += 1
        if end - at == 1:  # a literal run up to the next repetition
            while end + 1 < len(values) and values[end] != values[end + 1] and end - at < 200:
                end += 1
            head, body = "0", "".join(f"{value:0{word}b}" for value in values[at:end])
        else:
            end = min(end, at + 60_000)
            head, body = "1", f"{values[at]:0{word}b}"
        which = next(i for i, size in enumerate(sizes) if end - at - 1 < 1 << size)
        bits += f"{head}{which:02b}{end - at - 1:0{sizes[which]}b}{body}"
        at = end
    bits += "0" * (-len(bits) % 8)
    return [int(bits[i : i + 8], 2) for i in range(0, len(bits), 8)]


def layer(pixels):
    rgba = np.zeros((*pixels.shape, 4), dtype=np.uint8)
    rgba[..., 3] = pixels * 255
    rgba[..., 0] = np.arange(pixels.size).reshape(pixels.shape) % 5 * pixels
    return rgba.ravel().tolist()


def test_each_kind_of_region_in_pixels(tmp_path):
    box = {"x": 10, "y": 20, "width": 25, "height": 50, "rotation": 0, "rectanglelabels": ["Car"]}
    pixels = np.zeros((100, 200), dtype=np.uint8)
    pixels[10:13, 20:30] = 1
    results = [
        region("rectanglelabels", box, "r1", score=0.5, meta={"text": ["left"]}),
        region("polygonlabels", {"points": [[0, 0], [50, 0], [50, 10]], "polygonlabels": ["Way"]}, "r2"),
        region("keypointlabels", {"x": 50, "y": 50, "width": 0.5, "keypointlabels": ["Nose"]}, "r3", parentID="r1"),
        region("brushlabels", {"format": "rle", "rle": runs(layer(pixels)), "brushlabels": ["Car"]}, "r4"),
        region("ellipselabels", {"x": 50, "y": 50, "radiusX": 5, "radiusY": 20, "rotation": 90,
                                 "ellipselabels": ["Way"]}, "r5"),
    ]  # fmt: skip
    source, words = read_tasks(tmp_path, [task(results)])
    assert source.doctor.counts == {}
    assert (source.images.ids, source.annotation_ids) == ([7], ["r1", "r2", "r3", "r4", "r5"])
    assert (source.images.width, source.images.height) == ([200], [100])
    assert classes(source) == ["Car", "Way", "Nose", "Car", "Way"]
    assert boxes(source)[:2] == [[20, 20, 50, 50], [0, 0, 100, 10]]
    assert rings(source, words, 1) == [[0, 0, 100, 0, 100, 10]]
    assert keypoints(source, words, 2) == [100, 50, 2]
    assert (mask(source, words, 3) == pixels).all()
    assert boxes(source)[3:] == [[20, 10, 10, 3], [80, 40, 40, 20]]
    first = source.annotation_extras[0]
    assert (first["score"], first["meta"], first["annotation_id"]) == (0.5, {"text": ["left"]}, 31)
    assert source.annotation_extras[2]["parentID"] == "r1"


def test_a_rectangle_is_turned_about_its_upper_left_corner(tmp_path):
    # 20 x 10 px at (20, 20), a quarter turn clockwise: it lies left of its corner, from x 10 to 20 and y 20 to 40
    value = {"x": 10, "y": 20, "width": 10, "height": 10, "rotation": 90, "rectanglelabels": ["Car"]}
    source, _ = read_tasks(tmp_path, [task([region("rectanglelabels", value)])])
    assert boxes(source) == [[5, 25, 20, 10]]  # about its centre, (15, 30)
    assert source.annotation_extras[0]["rotation"] == 90
    for angle in (30, 135, 275.5):
        x, y, w, h = turn_box(20, 20, 30, 12, angle)
        a, half = radians(angle), np.array([-w / 2, -h / 2])
        turned = np.array([[cos(a), -sin(a)], [sin(a), cos(a)]]) @ half + [x + w / 2, y + h / 2]
        assert turned == pytest.approx([20, 20])


@pytest.mark.parametrize(
    ("url", "file", "name"),
    [
        ("/data/upload/1/abcdef12-a%20b.png", "a b.png", "a b.png"),
        ("/data/upload/1/abcdef12-a.png", "abcdef12-a.png", "abcdef12-a.png"),
        ("http://host:8080/data/upload/1/abcdef12-a.png", "a.png", "a.png"),
        ("/data/local-files/?d=path%20x.png", "path x.png", "path x.png"),
        ("/data/local-files/?d=sub%2Fx.png", "sub/x.png", "sub/x.png"),
        ("s3://bucket/sub/x.png", "sub/x.png", "bucket/sub/x.png"),
        ("https://host/sub/x%20y.png?sig=1", "sub/x y.png", "sub/x y.png"),
        ("C:\\pictures\\x.png", "x.png", "C:\\pictures\\x.png"),
        ("/data/upload/1/abcdef12-gone.png", "other.png", "abcdef12-gone.png"),
    ],
)
def test_images_have_the_names_that_their_urls_say(tmp_path, url, file, name):
    save_picture(tmp_path / file)
    source, _ = read_tasks(tmp_path, [task([], url)])
    assert source.images.file_name == [name]
    assert source.images.extras[0]["url"] == url


def test_one_name_in_two_uploads_stays_two_names(tmp_path):
    save_picture(tmp_path / "a.png")
    tasks = [task([], f"/data/upload/{at}/{digits}-a.png", at) for at, digits in ((1, "aaaaaaaa"), (2, "bbbbbbbb"))]
    source, _ = read_tasks(tmp_path, tasks)
    assert source.images.file_name == ["aaaaaaaa-a.png", "bbbbbbbb-a.png"]


def test_an_absent_size_is_the_pictures(tmp_path):
    save_picture(tmp_path / "a.png")
    value = {"x": 50, "y": 50, "width": 25, "height": 50, "rectanglelabels": ["Car"]}
    bare = {"id": "r", "type": "rectanglelabels", "value": value}
    source, _ = read_tasks(tmp_path, [task([bare]), task([bare], "gone.png", 8)])
    assert boxes(source) == [[20, 10, 10, 10]]
    assert source.doctor.skipped == {"labelstudio_size_unknown": 1}


def test_choices_are_labels_of_the_image_and_what_is_written_are_its_fields(tmp_path):
    box = {"x": 0, "y": 0, "width": 10, "height": 10, "rectanglelabels": ["Car"]}
    results = [
        region("choices", {"choices": ["Cat", "Indoor"]}, "c1", from_name="kind"),
        region("rating", {"rating": 4}, "c2", from_name="stars"),
        region("textarea", {"text": ["a note"]}, "c3", from_name="note"),
        region("rectanglelabels", box, "r1"),
        region("choices", {**box, "choices": ["Occluded"]}, "r1", from_name="state"),
    ]
    source, _ = read_tasks(tmp_path, [task(results, meta={"batch": 3}, inner_id=1)])
    assert classes(source) == ["Cat", "Indoor", "Car"]
    assert source.annotation_ids == ["c1/Cat", "c1/Indoor", "r1"]
    assert np.isnan(source.annotations["xywh"][:2]).all()
    assert source.images.extras[0]["attributes"] == {"stars": 4, "note": "a note"}
    assert (source.images.extras[0]["meta"], source.images.extras[0]["inner_id"]) == ({"batch": 3}, 1)
    assert source.annotation_extras[2]["attributes"] == {"state": "Occluded"}
    assert source.annotation_extras[0]["from_name"] == "kind"


def test_a_shape_and_its_labels_may_be_two_results(tmp_path):
    box = {"x": 0, "y": 0, "width": 10, "height": 10}
    results = [region("rectangle", box), region("labels", {**box, "labels": ["Car", "Red"]})]
    source, _ = read_tasks(tmp_path, [task(results)])
    assert (classes(source), source.annotation_ids) == (["Car", "Red"], ["r1/Car", "r1/Red"])
    assert boxes(source) == [[0, 0, 20, 10]] * 2
    assert source.doctor.counts == {"labelstudio_several_labels": 1}


def test_several_annotations_of_a_task_are_told_apart_and_predictions_are_counted(tmp_path):
    box = region("rectanglelabels", {"x": 0, "y": 0, "width": 10, "height": 10, "rectanglelabels": ["Car"]})
    told = task([box])
    told["annotations"] += [
        {"id": 32, "result": [box], "completed_by": {"id": 4, "email": "a@b.c"}},
        {"id": 33, "result": [box], "was_cancelled": True},
    ]
    told["predictions"] = [{"id": 5, "score": 0.5, "model_version": "m", "result": [box]}]
    source, _ = read_tasks(tmp_path, [told])
    assert len(source.annotation_ids) == len(set(source.annotation_ids)) == 2
    assert [extra["annotation_id"] for extra in source.annotation_extras.values()] == [31, 32]
    assert source.annotation_extras[1]["completed_by"] == "a@b.c"
    assert source.doctor.skipped == {"labelstudio_cancelled": 1}
    assert source.doctor.counts["labelstudio_several_annotations"] == 1
    assert source.doctor.counts["labelstudio_predictions"] == 1


def test_the_short_export_is_read_too(tmp_path):
    save_picture(tmp_path / "a.png")
    short = {
        "image": "/data/upload/1/abcdef12-a.png",
        "id": 7,
        "label": [
            {"x": 10, "y": 20, "width": 10, "height": 10, "rotation": 90, "rectanglelabels": ["Car"],
             "original_width": 200, "original_height": 100},
            {"points": [[0, 0], [50, 0], [50, 10]], "polygonlabels": ["Way"], "original_width": 200,
             "original_height": 100},
        ],
        "kind": {"choices": ["Cat", "Dog"]},
        "choice": "Street",
        "annotator": 1,
        "annotation_id": 31,
        "note": "x",
    }  # fmt: skip
    source, words = read_tasks(tmp_path, [short])
    assert (source.images.file_name, source.images.ids) == (["a.png"], [7])
    assert classes(source) == ["Car", "Way", "Cat", "Dog", "Street"]
    assert boxes(source)[:2] == [[5, 25, 20, 10], [0, 0, 100, 10]]
    assert rings(source, words, 1) == [[0, 0, 100, 0, 100, 10]]
    assert source.images.extras[0]["note"] == "x"
    assert source.annotation_extras[0]["annotation_id"] == 31


def test_several_images_of_a_task_and_pictures_in_the_file(tmp_path):
    box = {"x": 0, "y": 0, "width": 10, "height": 10, "rectanglelabels": ["Car"]}
    results = [region("rectanglelabels", box, item_index=1)]
    data = base64.b64encode(save_picture(tmp_path / "a.png").read_bytes()).decode()
    tasks = [
        {"id": 1, "data": {"pages": ["x/1.png", "x/2.png"]}, "annotations": [{"result": results}]},
        task([region("rectanglelabels", box, "z")], f"data:image/png;base64,{data}", 2),
    ]
    source, _ = read_tasks(tmp_path, tasks)
    assert source.images.file_name == ["x/1.png", "x/2.png", "task 2.png"]
    assert source.annotation_image.tolist() == [1, 2]
    assert source.embedded[2]() == (tmp_path / "a.png").read_bytes()


def test_what_cannot_be_used_is_kept_and_counted(tmp_path):
    box = {"x": 0, "y": 0, "width": 10, "height": 10}
    results = [
        region("rectangle", box, "1"),
        region("rectanglelabels", {**box, "x": None, "rectanglelabels": ["Car"]}, "2"),
        region("polygonlabels", {"points": [[0, 0], [1, 1]], "polygonlabels": ["Car"]}, "3"),
        region("brushlabels", {"rle": [1, 2, 3], "brushlabels": ["Car"]}, "4"),
        region("videorectangle", {"sequence": []}, "5"),
        {"type": "relation", "from_id": "1", "to_id": "2", "direction": "right"},
        "text",
    ]
    source, _ = read_tasks(tmp_path, [task(results), {"id": 8, "data": {"text": "none"}}, 3])
    assert source.doctor.skipped == {
        "labelstudio_without_label": 1,
        "labelstudio_number": 1,
        "labelstudio_points": 1,
        "labelstudio_mask": 1,
        "labelstudio_kind": 1,
        "labelstudio_relation": 1,
        "labelstudio_result": 1,
        "labelstudio_without_image": 1,
        "labelstudio_not_a_task": 1,
    }
    assert len(source.rejected) == 9
    with pytest.raises(InputError, match="tells of no image"):
        read_tasks(tmp_path, [3])


def test_its_coco_export_is_read_as_coco(tmp_path):
    save_picture(tmp_path / "images" / "abcdef12-a.png")
    coco = {
        "images": [{"width": 40, "height": 20, "id": 0, "file_name": "images/abcdef12-a.png"}],
        "categories": [{"id": 0, "name": "Car"}],
        "annotations": [{"id": 0, "image_id": 0, "category_id": 0, "segmentation": [], "bbox": [1.0, 2.0, 3.0, 4.0],
                         "ignore": 0, "iscrowd": 0, "area": 12.0}],
        "info": {"year": 2026, "version": "1.0", "contributor": "Label Studio"},
    }  # fmt: skip
    source, _ = read_tasks(tmp_path, coco)
    assert (classes(source), boxes(source)) == (["Car"], [[1, 2, 3, 4]])
    labels = {"annotations": str(tmp_path / "project.json")}  # where the pictures are is not said
    with assay.import_dataset("labelstudio", tmp_path / "w", labels, name="p") as project:
        assert project.info()["image_status"] == {"ok": 1}
        assert [each["code"] for each in project.info()["doctor"]] == ["annotation_id_zero"]


def test_files_are_recognised_by_their_first_task(tmp_path):
    read_tasks(tmp_path, [task([])])
    [seen] = [found for known, found in recognise(tmp_path / "project.json") if known.key == "labelstudio"]
    assert seen.options == {"annotations": str(tmp_path / "project.json"), "images": str(tmp_path)}
    for text in ('[{"image_id": 1, "score": 1}]', "[]", "{}", "[1]", ""):
        (tmp_path / "other.json").write_text(text)
        assert "labelstudio" not in [known.key for known, _ in recognise(tmp_path / "other.json")]


@given(
    values=st.lists(st.sampled_from([0, 0, 0, 255, 255, 7]), min_size=6, max_size=60),
    word=st.sampled_from([8, 9]),
)
@settings(max_examples=80, deadline=None)
def test_strokes_are_unpacked_as_label_studio_packs_them(values, word):
    pixels = np.array(values[: len(values) // 6 * 6], dtype=np.uint8).reshape(-1, 6)
    rgba = np.stack([pixels // 2, pixels // 3, pixels * 0, pixels], axis=2)
    packed = runs(rgba.ravel().tolist(), word)
    bounds = decode_brush(packed, *pixels.shape)
    edges = np.zeros(pixels.size + 1, dtype=np.int8)
    edges[bounds[::2]], edges[bounds[1::2]] = 1, -1
    assert (np.cumsum(edges[:-1]).reshape(pixels.shape) == (pixels > 0)).all()
    brush = pytest.importorskip("label_studio_sdk.converter.brush", reason="the converter of Label Studio is absent")
    assert (brush.decode_rle(packed).reshape(*pixels.shape, 4) == rgba).all()


anything = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda each: st.lists(each, max_size=3) | st.dictionaries(st.text(max_size=5), each, max_size=3),
    max_leaves=6,
)
numbers = st.floats(-200, 200) | anything
values = st.fixed_dictionaries(
    {},
    optional=dict.fromkeys(("x", "y", "width", "height", "rotation", "radiusX", "radiusY"), numbers)
    | {"points": st.lists(st.lists(numbers, max_size=3), max_size=4) | anything, "rle": anything}
    | {name: st.lists(st.text(max_size=3), max_size=2) | anything for name in ("rectanglelabels", "labels", "choices")},
)
results = st.lists(
    anything
    | st.fixed_dictionaries(
        {"value": values | anything, "id": st.sampled_from("abc") | anything},
        optional={
            "type": st.sampled_from(["rectanglelabels", "polygonlabels", "brushlabels", "choices", "labels", "ellipse",
                                     "keypoint", "rating", "relation"]) | anything,
            "original_width": anything | st.just(10),
            "original_height": anything | st.just(10),
            "item_index": anything,
        },
    ),
    max_size=6,
)  # fmt: skip


@given(results=results, image=st.text(min_size=1, max_size=9), extra=anything)
@settings(max_examples=60, deadline=None)
def test_no_result_raises_and_ids_stay_apart(tmp_path_factory, results, image, extra):
    folder = tmp_path_factory.mktemp("labelstudio")
    source, _ = read_tasks(folder, [task(results, image), task(results, image, extra, annotations=extra)])
    assert len(source.images.ids) == 2
    assert len(set(source.annotation_ids)) == len(source.annotation_ids)
    assert np.isfinite(source.annotations["xywh"][~np.isnan(source.annotations["xywh"])]).all()
