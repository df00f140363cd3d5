"""A project of every kind of shape goes out as LabelMe, CVAT and Label Studio and comes in again; so do predictions."""

import base64
import io
import json
from types import SimpleNamespace
from xml.etree import ElementTree as ET

import numpy as np
import pytest
from PIL import Image
from pycocotools import mask as coco_mask
from tests.unit.formats.reading import boxes, classes, keypoints, mask, read, rings, save_picture

from assay.client.connection import connect
from assay.client.importing import import_dataset

SQUARE = np.zeros((20, 40), dtype=np.uint8)
SQUARE[5:9, 10:16] = 1
SQUARE[6, 12] = 0
NAMES = ["car", "person", "way"]


def rle(pixels):
    found = coco_mask.encode(np.asfortranarray(pixels))
    return {"size": list(found["size"]), "counts": found["counts"].decode()}


def annotation(number, image, class_, **others):
    return {"id": number, "image_id": image, "category_id": class_, **others}


DATASET = {
    "images": [
        {"id": 4, "file_name": "a b.png", "width": 40, "height": 20, "split": "train", "weather": "rain"},
        {"id": 9, "file_name": "sub/a.png", "width": 40, "height": 20, "split": "val"},
    ],
    "categories": [
        {"id": 1, "name": "car"},
        {"id": 2, "name": "person", "keypoints": ["head", "hand", "foot"]},
        {"id": 3, "name": "way"},
    ],
    "annotations": [
        annotation(1, 4, 1, bbox=[1.5, 2, 10, 6.25], attributes={"occluded": True, "make": "x & <y>", "seats": 4}),
        annotation(2, 4, 1, bbox=[10, 5, 20, 8], attributes={"rotation": 30}),
        annotation(3, 4, 2, segmentation=[[1.13, 2, 5, 2.77, 5, 6.5]], bbox=[1.13, 2, 3.87, 4.5]),
        annotation(4, 4, 2, segmentation=[[0, 0, 4, 0, 4, 4, 0, 4], [8, 0, 12, 0, 12, 4, 8, 4]], bbox=[0, 0, 12, 4]),
        annotation(5, 9, 1, segmentation=rle(SQUARE), bbox=[10, 5, 6, 4]),
        annotation(6, 9, 3, segmentation=[[0, 0, 10, 5, 12, 8]], bbox=[0, 0, 12, 8], shape_type="linestrip"),
        annotation(7, 9, 2, keypoints=[3, 4, 2, 0, 0, 0, 5, 6, 1], num_keypoints=2),
        annotation(8, 9, 1, segmentation=rle(SQUARE), bbox=[10, 5, 6, 4], iscrowd=1),
    ],
}
RESULTS = [
    {"image_id": 4, "category_id": 1, "bbox": [1, 2, 3, 4], "score": 0.5},
    {"image_id": 9, "category_id": 3, "bbox": [5, 6, 7, 8], "score": 0.25},
]


@pytest.fixture(scope="module")
def project(tmp_path_factory):
    root = tmp_path_factory.mktemp("round-trips")
    save_picture(root / "in" / "a b.png")
    save_picture(root / "in" / "sub" / "a.png", colour=9)
    (root / "in.json").write_text(json.dumps(DATASET))
    (root / "results.json").write_text(json.dumps(RESULTS))
    options = {"images": str(root / "in"), "annotations": str(root / "in.json")}
    with import_dataset("coco", root / "w", options, name="p") as made:
        made.import_predictions(root / "results.json", "m")
    with connect(root / "w", project="p", actor="tests") as client:

        def export(key, name, **others):
            return client.run_job(f"/api/projects/p/export/{key}", {"path": str(root / name), **others})

        def predict(body):
            return client.run_job("/api/projects/p/predictions/import", body)

        def take(path, name, key):
            return predict({"path": str(path), "name": name, "format": key})

        yield SimpleNamespace(root=root, export=export, take=take, predict=predict, images=root / "in")


def check_shapes(source, words, at):
    """Check the shapes that all three keep, given the places of annotations 1, 3, 5 and 6."""
    one, polygon, masked, line = at
    assert boxes(source)[one] == [1.5, 2, 10, 6.25]
    assert rings(source, words, polygon) == [[1.13, 2, 5, 2.77, 5, 6.5]]
    assert (mask(source, words, masked) == SQUARE).all()
    assert rings(source, words, line) == [[0, 0, 10, 5, 12, 8]]
    assert source.annotation_extras[line]["shape_type"] in ("linestrip", "polyline")
    return source.annotation_extras[one]


def test_cvat_keeps_shapes_ids_splits_and_attributes(project):
    told = project.export("cvat", "cvat.xml")
    assert (told["images"], told["annotations"]) == (2, 8)
    assert told["lost"] == {
        "crowds_as_attributes": 1,
        "image_fields": 1,
        "polygons_of_several_rings_as_masks": 1,
    }
    source, words = read("cvat", project.root / "cvat.xml", project.images)
    assert source.doctor.counts == {}
    assert (source.images.ids, source.images.file_name) == ([4, 9], ["a b.png", "sub/a.png"])
    assert [extra["split"] for extra in source.images.extras.values()] == ["train", "val"]
    assert source.categories.name == NAMES
    assert classes(source) == ["car", "car", "person", "person", "car", "way", "person", "car"]
    extra = check_shapes(source, words, (0, 2, 4, 5))
    assert extra["attributes"] == {"occluded": True, "make": "x & <y>", "seats": 4}
    assert (boxes(source)[1], source.annotation_extras[1]["rotation"]) == ([10, 5, 20, 8], 30)
    expected = coco_mask.decode(
        coco_mask.merge(coco_mask.frPyObjects(DATASET["annotations"][3]["segmentation"], 20, 40))
    )
    assert (mask(source, words, 3) == expected).all()
    assert keypoints(source, words, 6) == [3, 4, 2, 0, 0, 0, 5, 6, 1]
    assert source.categories.extras[1]["keypoints"] == ["head", "hand", "foot"]
    root = ET.parse(project.root / "cvat.xml").getroot()
    kinds = {
        each.findtext("name"): each.findtext("input_type")
        for each in root.iter("attribute")
        if each.get("name") is None
    }
    assert kinds == {"occluded": "checkbox", "make": "text", "seats": "number", "iscrowd": "checkbox"}


def test_label_studio_keeps_shapes_ids_splits_and_fields(project):
    told = project.export("labelstudio", "tasks.json")
    assert (told["images"], told["annotations"]) == (2, 8)
    assert told["lost"] == {
        "crowds_as_fields": 1,
        "keypoints_as_regions": 1,
        "polygons_of_several_rings_as_strokes": 1,
    }
    tasks = json.loads((project.root / "tasks.json").read_text())
    assert tasks[0]["data"] == {"weather": "rain", "image": "/data/local-files/?d=a%20b.png", "split": "train"}
    turned = tasks[0]["annotations"][0]["result"][1]["value"]
    # 20 x 8 px about (20, 9): its corner lies at x = 20 - 10 cos 30 + 4 sin 30, y = 9 - 10 sin 30 - 4 cos 30
    assert [turned["x"] * 0.4, turned["y"] * 0.2] == pytest.approx([20 - 8.660254 + 2, 9 - 5 - 3.464102])
    source, words = read("labelstudio", project.root / "tasks.json", project.images)
    assert source.doctor.counts == {}
    assert (source.images.ids, source.images.file_name) == ([4, 9], ["a b.png", "sub/a.png"])
    assert [extra["split"] for extra in source.images.extras.values()] == ["train", "val"]
    assert classes(source) == ["car", "car", "person", "person", "car", "way", "person", "person", "car"]
    extra = check_shapes(source, words, (0, 2, 4, 5))
    assert (extra["occluded"], extra["make"], extra["seats"]) == (True, "x & <y>", 4)
    assert boxes(source)[1] == pytest.approx([10, 5, 20, 8])
    assert source.annotation_ids[:7] == ["1", "2", "3", "4", "5", "6", "7"]
    assert keypoints(source, words, 6) == pytest.approx([3, 4, 2])
    assert source.annotation_extras[7]["parentID"] == "7"


def test_labelme_keeps_shapes_and_copies_pictures(project):
    told = project.export("labelme", "labelme")
    assert (told["images"], told["annotations"]) == (2, 8)
    assert told["lost"] == {
        "annotation_ids": 8,
        "crowds_as_flags": 1,
        "image_fields": 3,
        "keypoints_as_points": 1,
        "turned_boxes_as_polygons": 1,
    }
    out = project.root / "labelme"
    assert (out / "sub" / "a.png").read_bytes() == (project.images / "sub" / "a.png").read_bytes()
    content = json.loads((out / "sub" / "a.json").read_text())
    assert (content["imagePath"], content["imageWidth"], content["imageHeight"]) == ("a.png", 40, 20)
    png = Image.open(io.BytesIO(base64.b64decode(content["shapes"][0]["mask"])))
    assert (np.asarray(png) > 0).astype(int).tolist() == SQUARE[5:9, 10:16].tolist()
    assert content["shapes"][0]["points"] == [[10, 5], [15, 8]]
    source, words = read("labelme", out)
    assert source.doctor.counts == {}
    assert source.images.file_name == ["a b.png", "sub/a.png"]
    assert classes(source) == ["car", "car", "person", "person", "car", "way", "person", "person", "car"]
    extra = check_shapes(source, words, (0, 2, 4, 5))
    assert (extra["attributes"], extra["make"], extra["seats"]) == ({"occluded": True}, "x & <y>", 4)
    assert rings(source, words, 3) == DATASET["annotations"][3]["segmentation"]
    corners = np.array(rings(source, words, 1)).reshape(4, 2)
    assert corners.mean(axis=0) == pytest.approx([20, 9])
    assert np.hypot(*(corners[1] - corners[0])) == pytest.approx(20)


def test_labelme_may_name_pictures_where_they_are(project):
    project.export("labelme", "named", images="reference")
    out = project.root / "named"
    assert sorted(path.name for path in out.rglob("*") if path.is_file()) == ["a b.json", "a.json"]
    assert json.loads((out / "sub" / "a.json").read_text())["imagePath"] == "../../in/sub/a.png"
    source, _ = read("labelme", out, project.images)
    assert source.images.file_name == ["a b.png", "sub/a.png"]


def test_predictions_go_out_and_come_in_with_their_scores(project):
    for key, name in (("cvat", "set.xml"), ("labelstudio", "set.json")):
        told = project.export(key, name, predictions="m")
        assert (told["images"], told["annotations"]) == (2, 2)
        told = project.take(project.root / name, key, key)
        assert (told["predictions"], told["skipped"], told["matched_by"]) == (2, {}, {"file_name": 2})
        project.export("coco", f"{key}.json", predictions=key)
        found = json.loads((project.root / f"{key}.json").read_text())
        assert [each["score"] for each in found] == [0.5, 0.25]
        assert [each["bbox"] for each in found] == [pytest.approx([1, 2, 3, 4]), pytest.approx([5, 6, 7, 8])]
        assert [(each["image_id"], each["category_id"]) for each in found] == [(4, 1), (9, 3)]


def test_predictions_without_scores_count_as_one_and_say_so(project):
    project.export("cvat", "plain.xml", query="class:way")
    body = {"path": str(project.root / "plain.xml"), "name": "plain", "format": "cvat", "skip_invalid": True}
    told = project.predict(body)
    assert (told["predictions"], told["skipped"]) == (3, {"line": 1})
    assert any("count as 1" in each for each in told["warnings"])


def test_a_part_with_other_class_names_and_nothing_written(project):
    told = project.export("cvat", "part.xml", query="class:way", scope="annotation", map={"way": "road"}, dry_run=True)
    assert (told["images"], told["annotations"]) == (1, 1)
    assert not (project.root / "part.xml").exists()
    project.export("labelstudio", "part.json", query="class:way", scope="annotation", map={"way": "road"})
    assert classes(read("labelstudio", project.root / "part.json", project.images)[0]) == ["road"]


def test_masks_come_in_as_predictions(project):
    folder = project.root / "predicted"
    (folder / "sub").mkdir(parents=True)
    Image.fromarray(SQUARE * 2).save(folder / "a b_mask.png")
    Image.fromarray(SQUARE).save(folder / "sub" / "a.png")
    (folder / "classes.txt").write_text("background\ncar\nway\n")
    told = project.take(folder, "masks", "masks")
    assert (told["predictions"], told["skipped"]) == (2, {})
    project.export("coco", "masks.json", predictions="masks")
    found = json.loads((project.root / "masks.json").read_text())
    assert [(each["image_id"], each["category_id"], each["score"]) for each in found] == [(4, 3, 1), (9, 1, 1)]
    assert (coco_mask.decode(found[0]["segmentation"]) == SQUARE).all()
