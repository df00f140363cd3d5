"""Datasets as other tools and other computers write them, through the jobs: import, export, refresh."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest

import assay
from assay.errors import InputError


def write(tmp_path: Path, **sections: Any) -> Path:
    """Write a COCO file and return its path."""
    file = tmp_path / "labels.json"
    file.write_text(json.dumps(sections))
    return file


def picture(file: Path, shade: int) -> None:
    file.parent.mkdir(parents=True, exist_ok=True)
    assert cv2.imwrite(str(file), np.full((48, 64, 3), shade, dtype=np.uint8))


def images(*names: str) -> list[dict[str, Any]]:
    return [{"id": n, "file_name": name, "width": 64, "height": 48} for n, name in enumerate(names, start=1)]


def boxes(*image_ids: Any, **fields: Any) -> list[dict[str, Any]]:
    return [
        {"id": n, "image_id": i, "category_id": 1, "bbox": [5, 5, 20, 20], "area": 400, "iscrowd": 0} | fields
        for n, i in enumerate(image_ids, start=1)
    ]


CATS = [{"id": 1, "name": "cat"}]


def told(project: assay.Project) -> dict[str, int]:
    return {finding["code"]: finding["count"] for finding in project.info()["doctor"]}


def brightness(project: assay.Project) -> dict[str, float | None]:
    items = project.connection.post(f"{project.route}/query", {"fields": ["brightness"]})["items"]
    return {item["file_name"]: None if item["brightness"] is None else round(item["brightness"], 2) for item in items}


@pytest.mark.parametrize("files", ["in-place", "copy", "symlinks"])
def test_two_names_that_end_alike_never_get_one_picture_and_refresh_keeps_it_so(tmp_path, files):
    picture(tmp_path / "img" / "train" / "1.png", 255)
    picture(tmp_path / "img" / "val" / "1.png", 0)
    content = {"images": images("train/1.png", "C:\\d\\val\\1.png"), "annotations": boxes(1, 2), "categories": CATS}
    file = write(tmp_path, **content)
    with assay.import_coco(file, tmp_path / "img" / "train", tmp_path / "work", name="p", files=files) as project:
        assert told(project) == {"ambiguous_file": 1, "missing_file": 1}
        assert brightness(project) == {"train/1.png": 1.0, "C:\\d\\val\\1.png": None}
        for _ in range(2):
            assert project.refresh()["images"]["missing"] == 1
            assert brightness(project) == {"train/1.png": 1.0, "C:\\d\\val\\1.png": None}
            write(tmp_path, **content | {"info": {"year": 2026}})  # the file is read anew
    with assay.import_coco(file, tmp_path / "img", tmp_path / "work", name="q", files=files) as project:
        assert told(project) == {"file_found_elsewhere": 1}  # d is not there
        assert brightness(project) == {"train/1.png": 1.0, "C:\\d\\val\\1.png": 0.0}


LOST = {"images": images("1.png"), "annotations": boxes(7, 8), "categories": CATS}


def test_a_file_of_which_everything_is_lost_ends_with_3_and_says_so(tmp_path, cli):
    picture(tmp_path / "img" / "1.png", 200)
    file = write(tmp_path, **LOST)
    run = cli(
        "import", "project", "--coco", "-i", tmp_path / "img", "-a", file, "-t", tmp_path, "--name", "p", "--json"
    )
    assert (run.code, run.json["images"], run.json["annotations"]) == (3, 1, 0)
    assert run.json["warnings"][0]["code"] == "no_annotation"
    assert run.json["skipped"] == {"unknown_image": 2}
    assert "Not one of the 2 annotations" in run.json["everything_lost"]
    assert "ERROR: Not one of the 2 annotations" in run.err
    with pytest.warns(UserWarning, match="Not one of the 2 annotations"):
        assay.import_coco(file, tmp_path / "img", tmp_path, name="q").close()


def test_a_refresh_that_would_lose_everything_changes_nothing(tmp_path, cli):
    picture(tmp_path / "img" / "1.png", 200)
    file = write(tmp_path, **LOST | {"annotations": boxes(1)})
    with assay.import_coco(file, tmp_path / "img", tmp_path / "work", name="p") as project:
        assert len(project.annotations) == 1
    write(tmp_path, **LOST)
    run = cli("refresh", "-t", tmp_path / "work" / "p")
    assert (run.code, "Not one of the 2 annotations" in run.err, "2 × unknown_image" in run.err) == (3, True, True)
    with assay.open(tmp_path / "work" / "p") as project:
        assert len(project.annotations) == 1


@pytest.mark.parametrize("records", [[], None])
def test_a_file_without_annotations_has_lost_none(tmp_path, cli, records):
    picture(tmp_path / "img" / "1.png", 200)
    file = write(tmp_path, images=images("1.png"), **({} if records is None else {"annotations": records}))
    run = cli(
        "import", "project", "--coco", "-i", tmp_path / "img", "-a", file, "-t", tmp_path, "--name", "p", "--json"
    )
    assert (run.code, "everything_lost" in run.json) == (0, False)


@pytest.mark.parametrize(
    ("sections", "what", "advice"),
    [
        (
            {"annotations": [{"segments_info": [{"id": 1}], "file_name": "1.png", "image_id": 1}], "categories": CATS},
            "COCO panoptic", "panoptic2detection",
        ),
        ({"annotations": [{"image_id": 1, "id": 48, "caption": "A bicycle."}]}, "COCO captions", "instances"),
        ({"annotations": [{"question_id": 1, "image_id": 1, "answers": []}]}, "VQA", "instances"),
        (
            {"videos": [], "annotations": [{"id": 1, "video_id": 1, "category_id": 1, "bboxes": [[1, 2, 3, 4]]}]},
            "YouTube-VIS", "one annotation for each frame",
        ),
    ],
)  # fmt: skip
def test_files_of_another_kind_are_named_with_what_to_use(tmp_path, sections, what, advice):
    picture(tmp_path / "img" / "1.png", 200)
    with pytest.raises(InputError) as caught:
        assay.import_coco(write(tmp_path, images=images("1.png"), **sections), tmp_path / "img", tmp_path, name="p")
    assert what in caught.value.message
    assert advice in (caught.value.hint or "")


@pytest.mark.parametrize(
    ("sections", "what"),
    [({"shapes": [], "imagePath": "1.png"}, "labelme"), ({"_via_img_metadata": {}}, "VGG Image Annotator"),
     ({"items": [], "categories": {}, "infos": 1}, "Datumaro"), ({"videos": []}, "YouTube-VIS")],
)  # fmt: skip
def test_files_without_images_are_named_by_their_keys(tmp_path, sections, what):
    (tmp_path / "img").mkdir()
    with pytest.raises(InputError) as caught:
        assay.import_coco(write(tmp_path, **sections), tmp_path / "img", tmp_path, name="p")
    assert what in (caught.value.hint or "")


def test_captions_beside_boxes_are_fields_of_objects(tmp_path):
    picture(tmp_path / "img" / "1.png", 200)
    file = write(tmp_path, images=images("1.png"), annotations=boxes(1, caption="a cat"), categories=CATS)
    with assay.import_coco(file, tmp_path / "img", tmp_path, name="p") as project:
        assert len(project.annotations) == 1


def test_text_ids_and_repeated_categories_serve_predictions_refresh_and_export(tmp_path, cli):
    for n in (1, 2):
        picture(tmp_path / "img" / f"{n}.png", 100 * n)
    cats = [{"id": n, "name": name} for n, name in enumerate(("cat", "dog", "cat", "dog"), start=1)]
    records = [boxes("1")[0], boxes("2")[0] | {"id": 2, "category_id": "4"}, boxes(2)[0] | {"id": 3, "category_id": 3}]
    content = {"images": images("1.png", "2.png"), "annotations": records, "categories": cats}
    file, exported = write(tmp_path, **content), tmp_path / "out.json"
    target = tmp_path / "work" / "p"
    cli("import", "project", "--coco", "-i", tmp_path / "img", "-a", file, "-t", target.parent, "--name", "p")
    results = tmp_path / "results.json"
    results.write_text(json.dumps([
        {"image_id": 1, "category_id": 1, "bbox": [5, 5, 20, 20], "score": 0.9},
        {"image_id": 2, "category_id": 4, "bbox": [5, 5, 20, 20], "score": 0.8},
        {"image_id": 2, "category_id": 3, "bbox": [5, 5, 20, 20], "score": 0.7},
    ]))  # fmt: skip
    assert cli("import", "predictions", "-t", target, "--coco", results, "--name", "m").code == 0
    assert cli("evaluate", "-t", target, "--predictions", "m", "--json").json["coco"]["AP"] == pytest.approx(1)
    content["annotations"] = [*records, boxes("1")[0] | {"id": 4, "category_id": "2"}]
    write(tmp_path, **content)
    changes = cli("refresh", "-t", target, "--json").json
    assert changes["annotations"] == {"new": 1, "changed": 0, "removed": 0}
    assert cli("export", "coco", "-t", target, "-o", exported).code == 0
    assert json.loads(exported.read_text()) == content
    assert cli("evaluate", "-t", target, "--predictions", "m", "--json").json["mAP"] < 1  # the new dog is missed
