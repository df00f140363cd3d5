"""Pascal VOC in and out: pixels counted from 1, splits, masks, fields kept, and files that are none."""

import json
import xml.etree.ElementTree as ET

import cv2
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image
from pycocotools import mask as coco_mask

import assay
from assay.errors import InputError
from assay.formats.format import KnownIds, Reading
from assay.formats.registry import recognise
from assay.formats.voc.boxes import to_box, to_sides
from assay.formats.voc.masks import colour_map
from assay.formats.voc.predictions import class_of_file
from assay.formats.voc.reader import read_voc

WIDTH, HEIGHT = 40, 20


def annotation(filename, *objects, size=(WIDTH, HEIGHT), more=""):
    told = f"<size><width>{size[0]}</width><height>{size[1]}</height><depth>3</depth></size>" if size else ""
    named = f"<folder>VOC2007</folder><filename>{filename}</filename>"
    return f"<annotation>{named}{more}{told}{''.join(objects)}</annotation>"


def thing(name, *sides, more=""):
    told = "".join(f"<{key}>{side}</{key}>" for key, side in zip(("xmin", "ymin", "xmax", "ymax"), sides, strict=True))
    return f"<object><name>{name}</name>{more}<bndbox>{told}</bndbox></object>"


def write(root, files):
    """Write files; a picture where there is no text."""
    for name, content in files.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        picture = cv2.imencode(".png", np.zeros((HEIGHT, WIDTH, 3), dtype=np.uint8))[1].tobytes()
        path.write_bytes(content.encode() if isinstance(content, str) else content or picture)


def read(labels, images, **options):
    words = []

    def append(numbers):
        words.extend(numbers.tolist())
        return len(words) - len(numbers)

    return read_voc(Reading(labels, images, options, append, KnownIds()))


def told(source):
    return {each["code"]: (each["count"], each["examples"]) for each in source.doctor.report()}


FLAGS = "<pose>Left</pose><truncated>1</truncated><difficult>0</difficult>"
PART = "<part><name>head</name><bndbox><xmin>2</xmin><ymin>3</ymin><xmax>4</xmax><ymax>5</ymax></bndbox></part>"
TREE = {
    "JPEGImages/a.jpg": None,
    "JPEGImages/b.JPG": None,
    "JPEGImages/sub/a.jpg": None,
    "JPEGImages/alone.jpg": None,
    "Annotations/a.xml": annotation("a.jpg", thing("cat", 1, 1, 40, 20, more=FLAGS), thing("dog", 5, 6, 5, 6), more=(
        "<source><database>The VOC2007 Database</database></source><segmented>1</segmented>"
    )),
    "Annotations/b.xml": annotation("b.JPG", thing("cat", 10.5, 2, 20.25, 9, more=PART)),
    "Annotations/sub/a.xml": annotation("C:\\data\\a.jpg"),
    "ImageSets/Main/train.txt": "a\nsub/a\n",
    "ImageSets/Main/val.txt": "b\r\n",
    "ImageSets/Main/cat_train.txt": "a 1\n",
}  # fmt: skip


def test_sides_are_pixels_that_are_counted_from_one_and_inside(tmp_path):
    write(tmp_path, TREE)
    source = read(tmp_path, tmp_path / "JPEGImages")
    assert source.images.file_name == ["a.jpg", "b.JPG", "sub/a.jpg", "alone.jpg"]
    assert source.annotations["xywh"].tolist() == [[0, 0, 40, 20], [4, 5, 1, 1], [9.5, 1, 10.75, 8]]
    assert source.categories.name == ["cat", "dog"]
    assert [source.images.extras.get(at, {}).get("split") for at in range(4)] == ["train", "val", "train", None]
    first = {"folder": "VOC2007", "source": {"database": "The VOC2007 Database"}, "segmented": 1, "depth": 3}
    assert source.images.extras[0] == first | {"split": "train"}
    assert source.annotation_extras[0] == {"pose": "Left", "truncated": 1, "difficult": 0}
    part = {"name": "head", "bndbox": {"xmin": 2, "ymin": 3, "xmax": 4, "ymax": 5}}
    assert source.annotation_extras[2] == {"parts": [part]}
    assert (source.header, told(source)) == ({"voc": {"boxes": "pixels"}}, {})
    [(known, seen)] = recognise(tmp_path)
    assert (known.key, seen.options["images"]) == ("voc", str(tmp_path / "JPEGImages"))
    assert [each.key for each, _ in recognise(tmp_path / "Annotations")] == ["voc"]


def test_a_zero_tells_that_sides_are_edges(tmp_path):
    write(tmp_path, {"a.png": None, "a.xml": annotation("a.png", thing("cat", 0, 2, 10, 12), thing("cat", 5, 5, 9, 9))})
    source = read(tmp_path, tmp_path)
    assert source.annotations["xywh"].tolist() == [[0, 2, 10, 10], [5, 5, 4, 4]]
    assert told(source)["voc_from_zero"] == (1, ["a.xml: object 1"])
    assert source.header == {"voc": {"boxes": "edges"}}


def test_imagenets_names_have_no_ending_and_sizes_may_be_missing(tmp_path):
    write(tmp_path, {
        "Data/n01/n01_7.JPEG": None,
        "Annotations/n01/n01_7.xml": annotation("n01_7", thing("n01", 1, 1, 2, 2), size=None),
    })  # fmt: skip
    source = read(tmp_path, tmp_path / "Data")
    assert (source.images.file_name, source.images.width, source.images.height) == (["n01/n01_7.JPEG"], [40], [20])


def test_what_cannot_be_used_is_kept_and_told(tmp_path):
    write(tmp_path, {
        "a.png": None, "c.png": None,
        "a.xml": annotation(
            "c.png", thing("cat", 5, 5, 4, 9), thing("cat", "x", 5, 4, 9), thing("", 1, 1, 2, 2),
            "<object><name>cat</name></object>",
        ),
        "bad.xml": "<annotation><filename>", "other.xml": "<project/>",
        "bomb.xml": '<!DOCTYPE a [<!ENTITY b "x">]><annotation><filename>&b;</filename></annotation>',
        "latin.xml": b"<?xml version='1.0' encoding='latin-1'?><annotation><filename>\xe9.png</filename></annotation>",
    })  # fmt: skip
    source = read(tmp_path, tmp_path)
    assert {code: count for code, (count, _) in told(source).items()} == {
        "no_annotation": 7, "voc_box_turned": 1, "voc_box_not_a_number": 1, "voc_no_name": 1, "voc_no_box": 1,
        "voc_not_xml": 2, "voc_other_xml": 1, "voc_other_filename": 1,
    }  # fmt: skip
    assert source.images.file_name == ["a.png", "é.png", "c.png"]
    record = json.loads(next(iter(source.rejected)).record)
    assert record["object"]["bndbox"] == {"xmin": 5, "ymin": 5, "xmax": 4, "ymax": 9}
    (tmp_path / "none").mkdir()
    with pytest.raises(InputError, match="no annotations"):
        read(tmp_path / "none", tmp_path)


def test_masks_are_those_of_the_objects_numbers(tmp_path):
    write(tmp_path, TREE)
    numbers = np.zeros((HEIGHT, WIDTH), dtype=np.uint8)
    numbers[2:6, 3:9], numbers[10:12, 10:12], numbers[0, 0] = 1, 9, 255
    picture = colour_map()[numbers][..., ::-1]
    write(tmp_path, {"SegmentationObject/a.png": cv2.imencode(".png", picture)[1].tobytes()})
    source = read(tmp_path, tmp_path / "JPEGImages")
    assert source.annotations["rle_size"].tolist() == [[HEIGHT, WIDTH], [0, 0], [0, 0]]
    assert told(source) == {
        "voc_mask_elsewhere": (1, ["a.xml: object 1"]), "voc_mask_without_object": (1, ["a.xml: number 9"])
    }  # fmt: skip
    write(tmp_path, {"SegmentationObject/a.png": cv2.imencode(".png", numbers[:5])[1].tobytes()})
    assert told(read(tmp_path, tmp_path / "JPEGImages"))["voc_mask_unreadable"][0] == 1


def test_a_project_goes_out_and_comes_in_again(tmp_path):
    write(tmp_path / "in", TREE)
    with assay.import_path(tmp_path / "in", tmp_path / "w", name="p") as project:
        would = project.export("voc", tmp_path / "out", dry_run=True)
        assert project.export("voc", tmp_path / "out") | {"dry_run": True} == would
        assert (would["images"], would["annotations"], would["lost"]) == (4, 3, {})
    root = ET.parse(tmp_path / "out" / "Annotations" / "a.xml").getroot()
    assert [root.findtext(f"object/bndbox/{side}") for side in ("xmin", "ymin", "xmax", "ymax")] == [
        "1",
        "1",
        "40",
        "20",
    ]
    assert (tmp_path / "out" / "ImageSets" / "Main" / "train.txt").read_text() == "a\nsub/a\n"
    with assay.import_path(tmp_path / "out", tmp_path / "w", name="q") as again:
        again.export("coco", tmp_path / "q.json")
        assert again.info()["doctor"] == []
    with assay.open(tmp_path / "w" / "p") as project:
        project.export("coco", tmp_path / "p.json")
        before, after = (json.loads((tmp_path / name).read_text()) for name in ("p.json", "q.json"))
    assert before["categories"] == after["categories"]
    blank = {"pose": "Unspecified", "truncated": 0, "difficult": 0, "occluded": 0}
    assert by_name(after) == {name: [blank | each for each in found] for name, found in by_name(before).items()}


def test_outlines_go_out_as_masks_and_come_in_again(tmp_path):
    square = np.zeros((HEIGHT, WIDTH), dtype=np.uint8)
    square[4:12, 6:14] = 1
    rle = coco_mask.encode(np.asfortranarray(square))
    ring = [10, 8, 30, 8, 30, 18, 10, 18]
    mask = {"size": [HEIGHT, WIDTH], "counts": rle["counts"].decode()}
    records = [
        {"category_id": 2, "bbox": [6, 4, 8, 8], "segmentation": mask},
        {"category_id": 1, "bbox": [1, 1, 5, 5]},
        {"category_id": 1, "bbox": [10, 8, 20, 10], "segmentation": [ring]},
    ]  # fmt: skip
    content = {
        "images": [{"id": 1, "file_name": "a.png", "width": WIDTH, "height": HEIGHT, "split": "val"},
                   {"id": 2, "file_name": "b.png", "width": WIDTH, "height": HEIGHT}],
        "categories": [{"id": 1, "name": "cat"}, {"id": 2, "name": "dog"}],
        "annotations": [{"id": at, "image_id": 1, "iscrowd": 0, **each} for at, each in enumerate(records, start=1)],
    }  # fmt: skip
    for name in "ab":
        cv2.imwrite(str(tmp_path / f"{name}.png"), np.zeros((HEIGHT, WIDTH, 3), dtype=np.uint8))
    (tmp_path / "c.json").write_text(json.dumps(content))
    with assay.import_coco(tmp_path / "c.json", tmp_path, tmp_path / "w", name="p") as project:
        would = project.export("voc", tmp_path / "out", dry_run=True)
        assert project.export("voc", tmp_path / "out") | {"dry_run": True} == would
    assert would["lost"] == {"annotation_ids": 3, "image_ids": 2, "masks_partly_hidden": 1, "polygons_as_masks": 1}
    polygon = coco_mask.decode(coco_mask.merge(coco_mask.frPyObjects([ring], HEIGHT, WIDTH)))
    expected = np.where(polygon == 1, 3, square)
    for folder, numbers in (("Object", {1: 1, 3: 3}), ("Class", {1: 2, 3: 1})):
        with Image.open(tmp_path / "out" / f"Segmentation{folder}" / "a.png") as picture:
            assert picture.mode == "P"
            assert picture.getpalette()[:12] == [0, 0, 0, 128, 0, 0, 0, 128, 0, 128, 128, 0]
            assert (np.asarray(picture) == np.vectorize(lambda n: numbers.get(n, 0))(expected)).all()  # noqa: B023
    assert not (tmp_path / "out/SegmentationObject/b.png").exists()
    assert (tmp_path / "out/ImageSets/Segmentation/val.txt").read_text() == "a\n"
    assert ET.parse(tmp_path / "out/Annotations/a.xml").findtext("segmented") == "1"
    source = read(tmp_path / "out", tmp_path / "out/JPEGImages")
    assert source.doctor.counts == {}
    assert source.annotations["rle_size"].tolist() == [[HEIGHT, WIDTH], [0, 0], [HEIGHT, WIDTH]]


def by_name(content):
    """Return the annotations of each image, without what an import numbers."""
    names = {image["id"]: image["file_name"] for image in content["images"]}
    found = {name: [] for name in names.values()}
    for record in content["annotations"]:
        found[names[record["image_id"]]].append(
            {key: value for key, value in record.items() if key not in ("id", "image_id")}
        )
    return found


def test_a_coco_dataset_keeps_its_boxes_and_fields(make_dataset, tmp_path):
    data = make_dataset(images=2)
    with assay.import_coco(data.annotations, data.images, tmp_path / "w", name="p") as project:
        told = project.export("voc", tmp_path / "out", images="link")
        assert told["lost"] == {"annotation_ids": 6, "image_fields": 2, "image_ids": 2, "supercategories": 3}
    with assay.import_path(tmp_path / "out", tmp_path / "w", name="q") as again:
        again.export("coco", tmp_path / "q.json")
    after = json.loads((tmp_path / "q.json").read_text())
    boxes = [record["bbox"] for record in data.content["annotations"]]
    assert [record["bbox"] for record in after["annotations"]] == [pytest.approx(box, abs=1e-9) for box in boxes]
    kept = [record.get("attributes") for record in data.content["annotations"]]
    assert [record.get("attributes") for record in after["annotations"]] == [
        each and each | {"checked": str(each["checked"]).lower()} for each in kept
    ]


def test_results_come_in_and_go_out(tmp_path):
    write(tmp_path / "in", TREE)
    write(
        tmp_path,
        {
            "r/comp4_det_test_cat.txt": "sub/a 0.75 1 1 40 20\nb 0.5 3.5 4 10 12\n",
            "r/comp4_det_test_dog.txt": "b .25 2 2 3 3\n",
        },
    )
    with assay.import_path(tmp_path / "in", tmp_path / "w", name="p") as project:
        assert project.import_predictions(tmp_path / "r", "m", format="voc")["matched_by"] == {"stem": 3}
        project.export("voc", tmp_path / "out", predictions="m")
        project.export("coco", tmp_path / "m.json", predictions="m")
        lines = (tmp_path / "out" / "comp3_det_test_cat.txt").read_text()
        assert lines == "b 0.5 3.5 4 10 12\nsub/a 0.75 1 1 40 20\n"
        scored = thing("cat", 1, 1, 40, 20, more="<confidence>0.5</confidence>")
        write(tmp_path, {"x/a.xml": annotation("b.JPG", scored, thing("cat", 1, 1, 2, 2))})
        told = project.import_predictions(tmp_path / "x", "n", format="voc", skip_invalid=True)
        assert (told["predictions"], told["skipped"]) == (1, {"score_not_a_number": 1})
    boxes = [record["bbox"] for record in json.loads((tmp_path / "m.json").read_text())]
    assert boxes == [[0, 0, 40, 20], [2.5, 3, 7.5, 9], [1, 1, 2, 2]]
    assert class_of_file("comp3_det_val_traffic_light", {"light", "traffic_light"}) == "traffic_light"


@settings(max_examples=50)
@given(st.lists(st.floats(0, 5_000), min_size=4, max_size=4), st.sampled_from(["pixels", "edges"]))
def test_sides_give_their_box_back(box, convention):
    assert to_box(tuple(to_sides(box, convention)), convention) == pytest.approx(box, abs=1e-8)


@settings(max_examples=40, deadline=None)
@given(
    st.binary(max_size=80),
    st.sampled_from([b"", b"<annotation>", b"<annotation><object>", b"<annotation><filename>a.png"]),
)
def test_no_bytes_of_an_xml_file_are_a_surprise(tmp_path_factory, data, start):
    folder = tmp_path_factory.mktemp("any")
    (folder / "a.xml").write_bytes(start + data)
    source = read(folder, folder)
    assert len(source.rejected) + len(source.images.ids) >= 1


def test_colours_are_vocs():
    assert colour_map()[[0, 1, 2, 3, 255]].tolist() == [
        [0, 0, 0],
        [128, 0, 0],
        [0, 128, 0],
        [128, 128, 0],
        [224, 224, 192],
    ]
    assert len(np.unique(colour_map(), axis=0)) == 256
