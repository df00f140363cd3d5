"""YOLO datasets as they are written: by this reader, and by one that knows only Ultralytics' documentation, again."""

import json
import shutil

import cv2
import numpy as np
import pytest
import yaml
from pycocotools import mask as coco_mask

import assay
from assay.errors import ExistsError, InputError
from assay.formats.writing.outlines import join_rings, least_rectangle, trace_mask

WIDTH, HEIGHT = 100, 50
SPLIT = {"a.jpg": "train", "sub/b.PNG": "val", "c d%20.jpg": "train", "sub/b.jpg": "val"}


def boxed(image_id, box, category=1, **more):
    return {"image_id": image_id, "category_id": category, "bbox": box, **more}


def content(*annotations):
    images = [
        {"id": at, "file_name": name, "width": WIDTH, "height": HEIGHT, "split": split}
        for at, (name, split) in enumerate(SPLIT.items(), start=1)
    ]
    categories = [{"id": 1, "name": "cat"}, {"id": 3, "name": "dog", "supercategory": "pet"}]
    records = [{"id": at, "iscrowd": 0, **record} for at, record in enumerate(annotations, start=1)]
    return {"images": images, "annotations": records, "categories": categories}


BOXES = (
    boxed(1, [10.123456789, 20.3, 30.7, 10.01]),
    boxed(1, [0, 0, WIDTH, HEIGHT], 3),
    boxed(2, [50, 10, 49.99, 0.25], 3),
)
POLYGONS = (
    boxed(1, [10, 10, 20, 20], segmentation=[[10, 10, 30, 10, 30, 30, 10, 30]]),
    boxed(4, [1, 1, 8, 4], 3, segmentation=[[1.5, 1, 9, 2, 5, 5.25], [1, 1, 2, 1, 2, 2]]),
)


@pytest.fixture(scope="module")
def make(tmp_path_factory):
    """Import a COCO file of four pictures; return the project."""
    opened = []

    def make(*annotations):
        folder = tmp_path_factory.mktemp("yolo")
        for name in SPLIT:
            (folder / "data" / name).parent.mkdir(parents=True, exist_ok=True)
            picture = np.full((HEIGHT, WIDTH, 3), 90, dtype=np.uint8)
            (folder / "data" / name).write_bytes(cv2.imencode(".png", picture)[1].tobytes())
        (folder / "in.json").write_text(json.dumps(content(*annotations)))
        opened.append(assay.import_coco(folder / "in.json", folder / "data", folder / "w", name="p"))
        return opened[-1]

    yield make
    for project in opened:
        project.close()


def read_plainly(folder, split):
    """Return what a trainer takes of a split: by picture the lines of its label file, as numbers."""
    told = yaml.safe_load((folder / "data.yaml").read_text(encoding="utf-8"))
    found = {}
    for picture in sorted((folder / told[split]).rglob("*.*")):
        label = folder / "labels" / picture.relative_to(folder / "images").with_suffix(".txt")
        rows = [[float(value) for value in line.split()] for line in label.read_text().splitlines()]
        assert all(0 <= value <= 1 for row in rows for value in row[1:] if told["task"] != "pose")
        found[picture.relative_to(folder / told[split]).as_posix()] = rows
    return told, found


def again(project, folder):
    """Import an export and return images and annotations of the COCO file that comes of it."""
    with assay.import_path(folder, folder.parent / "again", name="q") as back:
        back.export("coco", folder.parent / "back.json")
        assert back.info()["doctor"] == []
    return json.loads((folder.parent / "back.json").read_text())


def test_boxes_go_out_and_come_in_again(make, tmp_path):
    project = make(*BOXES)
    told = project.export("yolo", tmp_path / "out")
    lost = {"annotation_ids": 3, "file_names_changed": 1, "image_ids": 4, "supercategories": 1}
    assert told == {"path": str(tmp_path / "out"), "images": 4, "annotations": 3, "lost": lost, "task": "detect"}
    described, train = read_plainly(tmp_path / "out", "train")
    assert (described["names"], described["nc"], described["path" if "path" in described else "task"]) == (
        {0: "cat", 1: "dog"}, 2, "detect"
    )  # fmt: skip
    assert train.keys() == {"a.jpg", "c d%20.jpg"}
    (number, *values), whole = train["a.jpg"]
    assert (number, whole) == (0, [1, 0.5, 0.5, 1, 1])
    assert values == pytest.approx([0.25473456789, 0.50610, 0.307, 0.2002], abs=1e-10)
    assert read_plainly(tmp_path / "out", "val")[1].keys() == {"sub/b.PNG", "sub/b-2.jpg"}
    back = again(project, tmp_path / "out")
    assert [image["split"] for image in back["images"]] == ["train", "train", "val", "val"]
    boxes = [record["bbox"] for record in back["annotations"]]
    assert boxes == [pytest.approx(each["bbox"], abs=1e-7) for each in BOXES]
    assert [record["category_id"] for record in back["annotations"]] == [0, 1, 1]


def test_what_yolo_cannot_say_is_counted_before_and_after(make, tmp_path):
    project = make(
        boxed(1, [-5, 10, 20, 10]),
        boxed(1, [200, 10, 20, 10]),
        boxed(2, [1, 1, 2, 2], iscrowd=1, attributes={"occluded": True}, colour="red"),
        boxed(2, [9, 9, -2, 2]),
    )
    would = project.export("yolo", tmp_path / "out", dry_run=True)
    assert not any(tmp_path.iterdir())
    told = project.export("yolo", tmp_path / "out", images="link")
    assert would == told | {"dry_run": True}
    assert told["annotations"] == 2
    assert told["lost"] == {
        "annotation_fields": 1, "annotation_ids": 2, "boxes_of_negative_size": 1, "crowd_flags": 1, "cut_to_image": 1,
        "file_names_changed": 1, "image_ids": 4, "outside_image": 1, "supercategories": 1,
    }  # fmt: skip
    assert (tmp_path / "out" / "images" / "train" / "a.jpg").is_symlink()
    assert read_plainly(tmp_path / "out", "train")[1]["a.jpg"] == [[0, 0.075, 0.3, 0.15, 0.2]]


def test_polygons_go_out_and_come_in_again(make, tmp_path):
    mask = np.zeros((HEIGHT, WIDTH), dtype=np.uint8)
    mask[3:9, 5:25] = 1
    mask[5:7, 10:12] = 0
    rle = coco_mask.encode(np.asfortranarray(mask))
    rle["counts"] = rle["counts"].decode()
    project = make(*POLYGONS, boxed(2, [5, 3, 20, 6], segmentation=rle), boxed(2, [1, 2, 3, 4]))
    told = project.export("yolo", tmp_path / "out")
    assert told["task"] == "segment"
    counted = ("boxes_as_polygons", "masks_as_polygons", "mask_holes", "parts_joined")
    assert [told["lost"].get(key) for key in counted] == [1, 1, 1, 1]
    back = again(project, tmp_path / "out")
    rings = [record["segmentation"][0] for record in back["annotations"]]
    assert rings[0] == pytest.approx(POLYGONS[0]["segmentation"][0], abs=1e-6)
    assert [back["annotations"][at]["bbox"] for at in (2, 3)] == [
        pytest.approx([5, 3, 20, 6], abs=1e-6), pytest.approx([1, 2, 3, 4], abs=1e-6)
    ]  # fmt: skip
    filled = coco_mask.decode(coco_mask.frPyObjects([rings[2]], HEIGHT, WIDTH))[..., 0]
    mask[5:7, 10:12] = 1
    np.testing.assert_array_equal(filled, mask)


def test_oriented_boxes_go_out_and_come_in_again(make, tmp_path):
    turned = boxed(1, [30, 15, 40, 10], attributes={"rotation": 30.0})
    diamond = boxed(1, [40, 10, 20, 20], segmentation=[[50, 10, 60, 20, 50, 30, 40, 20]])
    project = make(turned, diamond, boxed(2, [1, 2, 30, 4]))
    assert project.export("yolo", tmp_path / "no", dry_run=True)["task"] == "segment"
    told = project.export("yolo", tmp_path / "out", task="obb")
    assert (told["annotations"], told["lost"]["outlines_as_rectangles"]) == (3, 1)
    back = again(project, tmp_path / "out")["annotations"]
    assert (back[0]["bbox"], back[0]["rotation"]) == (
        pytest.approx(turned["bbox"], abs=1e-6), pytest.approx(30, abs=1e-6)
    )  # fmt: skip
    assert back[1]["bbox"][2:] == pytest.approx([np.sqrt(200)] * 2, abs=1e-6)
    assert back[2]["bbox"] == pytest.approx([1, 2, 30, 4], abs=1e-6)


def test_keypoints_go_out_and_come_in_again(make, tmp_path):
    points = [10, 20, 2, 0, 0, 0, 30.5, 40, 1]
    project = make(
        boxed(1, [5, 6, 30, 40], keypoints=points, num_keypoints=2), boxed(2, [1, 2, 3, 4]),
    )  # fmt: skip
    told = project.export("yolo", tmp_path / "out")
    assert told["task"] == "pose"
    assert yaml.safe_load((tmp_path / "out" / "data.yaml").read_text())["kpt_shape"] == [3, 3]
    back = again(project, tmp_path / "out")["annotations"]
    assert back[0]["keypoints"] == pytest.approx(points, abs=1e-6)
    assert back[0]["bbox"] == pytest.approx([5, 6, 30, 40], abs=1e-6)
    assert back[1]["bbox"] == pytest.approx([1, 2, 3, 4], abs=1e-6)


def test_a_project_without_splits_has_none_afterwards_and_one_without_labels_comes_in(make_dataset, tmp_path):
    data = make_dataset(images=2, per_image=0)
    with assay.import_coco(data.annotations, data.images, tmp_path / "w", name="p") as project:
        assert project.export("yolo", tmp_path / "out")["lost"]["images_in_train_and_val"] == 2
        part = project.export("yolo", tmp_path / "all", dry_run=True)
        assert (part["task"], part["lost"]["images_in_train_and_val"]) == ("detect", 2)
    for label in (tmp_path / "out" / "labels").rglob("*.txt"):
        label.unlink()
    for name in ("out", "out/data.yaml"):
        with assay.import_path(tmp_path / name, tmp_path / "w", name=name.replace("/", "-")) as back:
            assert len(back.images) == 2
            back.export("coco", tmp_path / "back.json", overwrite=True)
            assert "split" not in json.loads((tmp_path / "back.json").read_text())["images"][0]


def test_what_is_there_is_not_replaced_unasked_and_what_the_project_is_made_of_never(make, tmp_path):
    project = make(*BOXES)
    source = project.path.parent.parent / "data"
    (tmp_path / "out").mkdir()
    project.export("yolo", tmp_path / "out")  # an empty folder
    (tmp_path / "out" / "notes.txt").write_text("mine")
    (tmp_path / "out" / "labels" / "train" / "stale.txt").write_text("")
    with pytest.raises(ExistsError):
        project.export("yolo", tmp_path / "out")
    project.export("yolo", tmp_path / "out", overwrite=True, query="file:a.jpg")
    assert (tmp_path / "out" / "notes.txt").read_text() == "mine"
    assert [each.name for each in (tmp_path / "out" / "labels").rglob("*.txt")] == ["a.txt"]
    shutil.copytree(source, tmp_path / "own" / "images")
    (tmp_path / "own" / "in.json").write_text(json.dumps(content(*BOXES)))
    images = tmp_path / "own" / "images"
    with (
        assay.import_coco(tmp_path / "own" / "in.json", images, tmp_path / "w", name="p") as own,
        pytest.raises(ExistsError, match="made of"),
    ):
        own.export("yolo", tmp_path / "own", overwrite=True)
    assert sorted(each.name for each in (tmp_path / "own").iterdir()) == ["images", "in.json"]


def test_outlines_are_exact():
    mask = np.zeros((9, 12), dtype=np.uint8)
    mask[2:5, 3:4] = mask[4:7, 4:10] = 1
    rings = trace_mask(coco_mask.encode(np.asfortranarray(mask)))
    assert rings[0].tolist()[0] == [3, 2]
    drawn = coco_mask.decode(coco_mask.frPyObjects([ring.ravel().tolist() for ring in rings], 9, 12)).max(axis=2)
    np.testing.assert_array_equal(drawn, mask)
    points = np.array([[0, 0], [4, 3], [1, 7], [-3, 4], [1, 3.0]])  # a rectangle of 5 × 5, and a point inside
    corners = least_rectangle(points)
    assert sorted(map(tuple, corners.round(9).tolist())) == [(-3, 4), (0, 0), (1, 7), (4, 3)]
    assert least_rectangle(np.array([[1.0, 1], [5, 1]])).tolist() == [[1, 1], [5, 1], [5, 1], [1, 1]]
    assert join_rings([np.array([[0.0, 0], [1, 0], [1, 1]]), np.array([[5.0, 1], [3, 1], [4, 4]])]).tolist() == [
        [0, 0], [1, 0], [1, 1], [3, 1], [4, 4], [5, 1], [3, 1], [1, 1]
    ]  # fmt: skip


FOUND = [
    {"image_id": 1, "category_id": 3, "bbox": [10.5, 20, 30, 10], "score": 0.75},
    {"image_id": 2, "category_id": 1, "bbox": [1, 2, 3, 4], "score": 0.125},
]


def predict(project, path, folder, name):
    """Import predictions and return them as COCO results, and what the import told."""
    told = project.import_predictions(path, name, format="yolo")
    project.export("coco", folder / f"{name}.json", predictions=name)
    return json.loads((folder / f"{name}.json").read_text()), told


def close(records):
    return [record | {"bbox": pytest.approx(record["bbox"], abs=1e-6)} for record in records]


def test_predictions_go_out_as_ultralytics_writes_them_and_come_in_again(make, tmp_path):
    project = make(*BOXES)
    (tmp_path / "m.json").write_text(json.dumps(FOUND))
    project.import_predictions(tmp_path / "m.json", "m")
    told = project.export("yolo", tmp_path / "out", predictions="m")
    assert (told["annotations"], told["task"]) == (2, "detect")
    labels = tmp_path / "out" / "labels"
    assert sorted(each.name for each in labels.rglob("*.*")) == ["a.txt", "b.PNG.txt"]
    assert [float(each) for each in (labels / "a.txt").read_text().split()] == [1, 0.255, 0.5, 0.3, 0.2, 0.75]
    back, told = predict(project, tmp_path / "out", tmp_path, "n")
    assert back == close(FOUND)
    assert told["matched_by"] == {"stem": 1, "file_name": 1}
    (tmp_path / "out" / "data.yaml").unlink()
    back, told = predict(project, tmp_path / "out" / "labels", tmp_path, "o")
    assert back == close(FOUND)
    assert "0 for cat" in told["warnings"][-1]


@pytest.mark.parametrize(
    ("line", "field", "expected"),
    [
        ("0 .1 .2 .3 .2 .3 .6 .5", "segmentation", [[10, 10, 30, 10, 30, 30]]),
        ("0 .1 .2 .3 .2 .3 .6 .1 .6 .5", "bbox", [10, 10, 20, 20]),
        ("0 .5 .5 .2 .4 .5 .5 .9 .45 .6 .2 .5", "keypoints", [50, 25, 0.9, 45, 30, 0.2]),
        ("0 .5 .5 .2 .4 .5 7", "bbox", [40, 15, 20, 20]),
    ],
)
def test_lines_of_predictions_are_told_apart_by_their_length(make, tmp_path, line, field, expected):
    project = make(*BOXES)
    (tmp_path / "runs" / "labels").mkdir(parents=True)
    (tmp_path / "runs" / "labels" / "a.txt").write_text(line + "\n")
    [found], told = predict(project, tmp_path / "runs", tmp_path, "m")
    assert (told["skipped"], found["score"], found["image_id"]) == ({}, 0.5, 1)
    numbers = found[field][0] if field == "segmentation" else found[field]
    assert numbers == pytest.approx(expected[0] if field == "segmentation" else expected, abs=1e-6)


def test_predictions_that_cannot_be_used_are_named(make, tmp_path):
    project = make(*BOXES)
    text = "0 .5 .5 .2 .4 1.5\n7 .5 .5 .2 .4 .5\n0 .5 .5 .2 .4\n0 x .5 .2 .4 .5\n0 .5 .5 .2 .4 .5\n"
    (tmp_path / "a.txt").write_text("\ufeff" + text.replace("\n", "\r\n"), encoding="utf-8")
    told = project.import_predictions(tmp_path / "a.txt", "m", format="yolo", skip_invalid=True)
    assert told["predictions"] == 1
    assert told["examples"] == {
        "row_not_a_number": ["a.txt:4: 0 x .5 .2 .4 .5"], "no_confidence": ["a.txt:3"],
        "score_out_of_range": ["a.txt:1: score 1.5"], "unknown_class": ["a.txt:2: class 7"],
    }  # fmt: skip
    (tmp_path / "a.txt").write_text("0 .5 .5 .2 .4\n")
    with pytest.raises(InputError, match="no confidence"):
        project.import_predictions(tmp_path / "a.txt", "n", format="yolo")


def test_a_validations_json_has_its_own_numbers_of_classes(make, tmp_path):
    project = make(*BOXES)
    records = [{"image_id": "a", "file_name": "a.jpg", "category_id": 3, "bbox": [1, 2, 3, 4], "score": 0.5}]
    turned = {"image_id": "a", "category_id": 1, "rbox": [30, 20, 20, 10, np.pi / 6], "poly": [0] * 8, "score": 0.25}
    (tmp_path / "predictions.json").write_text(json.dumps([*records, turned]))
    found, _ = predict(project, tmp_path / "predictions.json", tmp_path, "m")
    assert [record["category_id"] for record in found] == [3, 1]  # the dataset's own ids have no 0
    assert (found[1]["bbox"], found[1]["attributes"]) == ([20, 15, 20, 10], {"rotation": pytest.approx(30)})
    project.export("yolo", tmp_path / "out")
    with assay.import_path(tmp_path / "out", tmp_path / "w", name="q") as back:
        records[0]["category_id"] = 2
        (tmp_path / "predictions.json").write_text(json.dumps(records))
        back.import_predictions(tmp_path / "predictions.json", "m", format="yolo")
        assert len(back.predictions("m").where("class:dog")) == 1
