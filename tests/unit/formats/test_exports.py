"""What every export has in common: queries, scopes, classes renamed, sources merged, previews, nothing overwritten."""

import csv
import json

import pytest

import assay
from assay.errors import ExistsError, NotFoundError, QueryError, UsageError
from assay.formats.writing.names import make_names, safe_name


@pytest.fixture(scope="module")
def project(tmp_path_factory, make_shared_dataset):
    """Two sources with the same ids: `train`, of 3 images, and `val`, of 2; and predictions of train."""
    folder = tmp_path_factory.mktemp("exports")
    one = make_shared_dataset(images=3)
    two = make_shared_dataset(images=2, per_image=2, name="others")
    assay.import_coco(one.annotations, one.images, folder, name="p", split="train").close()
    with assay.import_coco(two.annotations, two.images, folder, name="p", split="val", add=True) as opened:
        opened.contents = [one.content, two.content]
        found = [
            {"image_id": 1, "category_id": 10, "bbox": [1, 2, 3, 4.5], "score": 0.75},
            {"image_id": 3, "category_id": 20, "bbox": [0, 0, 8, 8], "score": 0.5, "attributes": {"rotation": 30.0}},
            {"image_id": 2, "category_id": 20, "segmentation": [[0, 0, 8, 0, 8, 8.5]], "score": 1.0},
        ]
        (folder / "found.json").write_text(json.dumps(found))
        opened.import_predictions(folder / "found.json", "m", source=0)
        opened.found = found
        yield opened


def write(project, tmp_path, **more):
    told = project.export("coco", tmp_path / "out.json", **more)
    return told, json.loads((tmp_path / "out.json").read_text())


def test_each_source_goes_out_as_it_came_in(project, tmp_path):
    for at, content in enumerate(project.contents):
        told, written = write(project, tmp_path, source=at, overwrite=True)
        assert written == content
        assert (told["images"], told["annotations"], told["lost"]) == (3 - at, (9, 4)[at], {})


def test_sources_are_merged_and_ids_kept_where_they_are_free(project, tmp_path):
    told, written = write(project, tmp_path)
    lost = {"annotation_ids_changed": 4, "image_ids_changed": 2}
    assert (told["images"], told["annotations"], told["lost"]) == (5, 13, lost)
    one, two = project.contents
    assert written["categories"] == one["categories"]
    assert written["images"][:3] == [image | {"split": "train"} for image in one["images"]]
    assert written["annotations"][:9] == one["annotations"]
    assert [image["id"] for image in written["images"]] == [1, 2, 3, 4, 5]
    assert [image["split"] for image in written["images"][3:]] == ["val", "val"]
    boxes = [(record["image_id"] - 3, record["bbox"]) for record in written["annotations"][9:]]
    assert boxes == [(record["image_id"], record["bbox"]) for record in two["annotations"]]
    assert len({record["id"] for record in written["annotations"]}) == 13


def test_a_query_of_images_takes_whole_images_and_one_of_annotations_those_and_their_images(project, tmp_path):
    one, _ = project.contents
    told, written = write(project, tmp_path, source=0, query="file:00001.jpg")
    assert written["images"] == one["images"][1:2]
    assert written["annotations"] == one["annotations"][3:6]
    assert (told["images"], told["annotations"]) == (1, 3)
    told, written = write(project, tmp_path, source=0, query="class:red", scope="annotation", overwrite=True)
    assert written["images"] == one["images"]
    assert written["annotations"] == one["annotations"][::3]
    assert written["categories"] == one["categories"]
    told, _ = write(project, tmp_path, split="val", query="class:blue", scope="annotation", overwrite=True)
    assert (told["images"], told["annotations"]) == (0, 0)
    with pytest.raises(QueryError):
        project.export("coco", tmp_path / "no.json", query="clas:red")


def test_classes_are_renamed_merged_and_dropped(project, tmp_path):
    one, _ = project.contents
    told, written = write(project, tmp_path, source=0, map={"red": "warm", "green": "blue", "blue": "blue"})
    assert [(each["id"], each["name"]) for each in written["categories"]] == [(10, "warm"), (20, "blue")]
    assert {record["category_id"] for record in written["annotations"]} == {10, 20}
    told, written = write(project, tmp_path, source=0, map={"red": ""}, overwrite=True)
    assert written["categories"] == one["categories"][1:]
    assert written["annotations"] == [each for each in one["annotations"] if each["category_id"] != 10]
    assert (told["images"], told["annotations"]) == (3, 6)
    with pytest.raises(UsageError, match="no such class"):
        project.export("coco", tmp_path / "no.json", map={"gren": "x"})


def test_a_dry_run_tells_the_same_and_writes_nothing(project, tmp_path):
    would = project.export("coco", tmp_path / "out.json", dry_run=True)
    assert not (tmp_path / "out.json").exists()
    told = project.export("coco", tmp_path / "out.json")
    assert would == told | {"dry_run": True}
    before = (tmp_path / "out.json").read_bytes()
    assert project.export("coco", tmp_path / "out.json", dry_run=True) == would
    with pytest.raises(ExistsError):
        project.export("coco", tmp_path / "out.json", source=0)
    assert (tmp_path / "out.json").read_bytes() == before


def test_predictions_go_out_as_they_came_in(project, tmp_path):
    told, written = write(project, tmp_path, predictions="m", source=0)
    assert written == [
        {"image_id": 1, "category_id": 10, "bbox": [1, 2, 3, 4.5], "score": 0.75},
        {"image_id": 3, "category_id": 20, "bbox": [0, 0, 8, 8], "attributes": {"rotation": 30.0}, "score": 0.5},
        {"image_id": 2, "category_id": 20, "segmentation": [[0, 0, 8, 0, 8, 8.5]], "score": 1.0},
    ]
    assert (told["images"], told["annotations"], told["lost"]) == (3, 3, {})
    told, written = write(project, tmp_path, predictions="m", map={"green": ""}, query="id:1", overwrite=True)
    assert [(record["image_id"], record["file_name"]) for record in written] == [(1, "00000.jpg")]
    with pytest.raises(NotFoundError):
        project.export("coco", tmp_path / "no.json", predictions="n")


def test_the_command_line_asks_for_all_of_it(cli, project, tmp_path):
    words = ("export", "coco", "-t", project.path, "-o", tmp_path / "out.json", "--json")
    run = cli(*words, "--query", "class:red", "--scope", "annotation", "--map", "red=warm", "--source", "0")
    told = {"path": str(tmp_path / "out.json"), "records": {"images": 3, "annotations": 3, "categories": 3}}
    assert run.json == told | {"images": 3, "annotations": 3, "lost": {}}
    assert cli(*words).code == 2
    assert cli(*words, "--force", "--dryrun").json["dry_run"] is True
    assert "writing" not in cli(*words[:-1], "--force", "--dryrun").err.lower()
    assert cli(*words, "--force", "--split", "val").json["images"] == 2
    for wrong in (("--map", "red"), ("--scope", "pixel"), ("--images", "steal"), ("--images", "copy")):
        assert cli(*words, "--force", *wrong).code == 2


def test_names_are_safe_and_each_is_there_once():
    for name, safe in {
        "a/b.jpg": "a/b.jpg", "../../etc/x.png": "etc/x.png", "C:\\data\\x.png": "data/x.png", "/a//b.PNG": "a/b.PNG",
        "https://host/a.jpg": "host/a.jpg", "a b%20c.jpg": "a b%20c.jpg", "..": "unnamed",
    }.items():  # fmt: skip
        assert safe_name(name) == safe
    assert make_names(["a.jpg", "A.jpg", "a.png", "x/a.png"], by_stem=False) == (
        ["a.jpg", "A-2.jpg", "a.png", "x/a.png"], 1
    )  # fmt: skip
    assert make_names(["a.jpg", "a.png", "a-2.jpg"], by_stem=True) == (["a.jpg", "a-2.png", "a-2-2.jpg"], 2)


def test_a_table_has_a_row_for_each_annotation_and_each_image_without_any(project, tmp_path):
    told = project.export("csv", tmp_path / "out.csv", source=0, query="id:1", map={"blue": ""})
    assert (told["images"], told["annotations"], told["lost"]) == (1, 2, {"supercategories": 2})
    rows = list(csv.DictReader((tmp_path / "out.csv").open(encoding="utf-8", newline="")))
    first = {key: value for key, value in rows[0].items() if value}
    assert first == {
        "image_id": "1", "file_name": "00000.jpg", "split": "train", "image_width": "64", "image_height": "48",
        "annotation_id": "1000", "label": "red", "x": "2.5", "y": "3", "width": "8", "height": "12", "area": "96",
        "meta.camera": "cam0", "meta.gain": "0", "attr.checked": "true", "attr.worker": "w0",
    }  # fmt: skip
    assert [row["label"] for row in rows] == ["red", "green"]
    project.export("csv", tmp_path / "out.csv", map={"red": "", "green": "", "blue": ""}, overwrite=True)
    rows = list(csv.DictReader((tmp_path / "out.csv").open(encoding="utf-8", newline="")))
    assert [(row["file_name"], row["label"]) for row in rows][3:] == [("00000.jpg", ""), ("00001.jpg", "")]
    told = project.export("csv", tmp_path / "m.csv", predictions="m")
    rows = list(csv.DictReader((tmp_path / "m.csv").open(encoding="utf-8", newline="")))
    assert [(row["label"], row["score"], row["rotation"], row["segmentation"]) for row in rows[:3]] == [
        ("red", "0.75", "", ""), ("green", "1", "", "[[0.0,0.0,8.0,0.0,8.0,8.5]]"), ("green", "0.5", "30", "")
    ]  # fmt: skip
