"""Whole files in the shapes that annotation tools write: import, numbers, refresh, and export as they came."""

from __future__ import annotations

import copy
import json
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest
from tests.unit.evaluation.coco_reference import load, reference

import assay
from assay.errors import InputError

Content = dict[str, Any]

STEMS = ["000012", "000007", "frame 3", "000031"]
OBJECTS = [  # image, class, x, y, width and height
    (0, 0, 4, 6, 20, 16), (0, 1, 30, 8, 18, 24), (1, 0, 10, 10, 25, 20), (2, 1, 2, 20, 30, 22),
    (2, 1, 36, 4, 20, 20), (3, 0, 12, 3, 40, 30), (3, 1, 20, 25, 14, 12),
]  # fmt: skip


@dataclass
class Files:
    """What a tool has written.

    Attributes:
        content: The annotation file.
        pictures: Where the pictures lie, below the folder that is imported.
        name: The annotation file's name, below that folder.
        codes: What the import tells of the file.
        masks: Whether all objects have masks.
    """

    content: Content
    pictures: list[str]
    name: str = "labels.json"
    codes: set[str] = field(default_factory=set)
    masks: bool = False


def ring(x: float, y: float, w: float, h: float) -> list[float]:
    return [x, y, x + w, y, x + w, y + h * 0.75, x, y + h]


def area(points: list[float]) -> float:
    x, y = np.array(points[::2]), np.array(points[1::2])
    return float(abs(np.dot(x, np.roll(y, 1)) - np.dot(y, np.roll(x, 1))) / 2)


def objects(first: int, image: Callable[[int], Any], category: Callable[[int], Any], **more: Any) -> list[Content]:
    """Return the annotations as boxes; ``more`` are values, or functions of the box."""
    records = []
    for at, (of, kind, *box) in enumerate(OBJECTS):
        extra = {key: value(box) if callable(value) else value for key, value in more.items()}
        own = {"id": first + at, "image_id": image(of), "category_id": category(kind), "bbox": [float(v) for v in box]}
        records.append(own | {"area": float(box[2] * box[3])} | extra)
    return records


POLYGON: dict[str, Any] = {"segmentation": lambda box: [ring(*box)], "area": lambda box: area(ring(*box))}


def images(names: list[str], first: int, **more: Any) -> list[Content]:
    return [{"id": n, "width": 64, "height": 48, "file_name": name} | more for n, name in enumerate(names, start=first)]


def cvat() -> Files:
    names = [f"job 7/{stem}.jpg" for stem in STEMS]
    attributes = {"occluded": False, "rotation": 0.0, "track_id": 3, "keyframe": True, "colour": "red"}
    return Files({
        "licenses": [{"name": "", "id": 0, "url": ""}],
        "info": {"contributor": "", "date_created": "", "description": "", "url": "", "version": "", "year": ""},
        "categories": [{"id": n, "name": name, "supercategory": ""} for n, name in ((1, "cat"), (2, "dog"))],
        "images": images(names, 1, license=0, flickr_url="", coco_url="", date_captured=0),
        "annotations": objects(
            1, lambda i: i + 1, lambda c: c + 1, segmentation=[], iscrowd=0, attributes=attributes
        ),
    }, [f"images/default/{name}" for name in names], "annotations/instances_default.json")  # fmt: skip


def datumaro() -> Files:
    def mask(box: list[int]) -> Content:
        drawn = np.zeros((48, 64), dtype=np.uint8, order="F")
        x, y, w, h = box
        drawn[y : y + h, x : x + w] = 1
        runs = np.diff(np.flatnonzero(np.diff(np.concatenate([[2], drawn.ravel(order="F"), [2]]))))
        return {"counts": runs.tolist(), "size": [48, 64]}

    drawn = objects(1, lambda i: i + 1, lambda c: c + 1, segmentation=mask, iscrowd=1, attributes={"occluded": False})
    outlined = objects(1, lambda i: i + 1, lambda c: c + 1, iscrowd=0, attributes={"occluded": True}, **POLYGON)
    return Files({
        "licenses": [{"name": "", "id": 0, "url": ""}],
        "info": {"contributor": "", "date_created": "", "description": "", "url": "", "version": "", "year": ""},
        "categories": [{"id": n, "name": name, "supercategory": ""} for n, name in ((1, "cat"), (2, "dog"))],
        "images": images([f"{stem}.png" for stem in STEMS], 1, license=0, flickr_url="", coco_url="", date_captured=0),
        "annotations": [*outlined[:4], *drawn[4:6], *outlined[6:]],
    }, [f"images/train/{stem}.png" for stem in STEMS], "annotations/instances_train.json", masks=True)  # fmt: skip


def label_studio() -> Files:
    names = [f"images\\{n}a3f-{stem.replace(' ', '%20')}.jpg" for n, stem in enumerate(STEMS)]
    return Files({
        "images": images(names, 0),
        "categories": [{"id": 0, "name": "cat"}, {"id": 1, "name": "dog"}],
        "annotations": objects(0, lambda i: i, lambda c: c, segmentation=[], ignore=0, iscrowd=0),
        "info": {"year": 2026, "version": "1.0", "contributor": "Label Studio", "date_created": "2026-01-02 03:04:05"},
    }, [f"images/{n}a3f-{stem}.jpg" for n, stem in enumerate(STEMS)], "result.json",
        {"annotation_id_zero", "percent_encoded_name"})  # fmt: skip


def roboflow() -> Files:
    names = [f"{stem.replace(' ', '-')}_jpg.rf.0f3a{n}.jpg" for n, stem in enumerate(STEMS)]
    return Files({
        "info": {"year": "2026", "version": "1", "description": "Exported from roboflow.com", "contributor": ""},
        "licenses": [{"id": 1, "url": "https://creativecommons.org/licenses/by/4.0/", "name": "CC BY 4.0"}],
        "categories": [{"id": n, "name": name, "supercategory": parent}
                       for n, (name, parent) in enumerate((("pets", "none"), ("cat", "pets"), ("dog", "pets")))],
        "images": images(names, 0, license=1, date_captured="2026-01-02T03:04:05+00:00"),
        "annotations": objects(0, lambda i: i, lambda c: c + 1, segmentation=[], iscrowd=0),
    }, names, "_annotations.coco.json", {"annotation_id_zero"})  # fmt: skip


def via() -> Files:
    names = [f"{stem}.jpg" for stem in STEMS]
    shots = [{"license": 0, "flickr_url": name, "coco_url": name, "date_captured": ""} for name in names]
    return Files({
        "info": {"year": 2026, "version": "1", "description": "Exported using VGG Image Annotator"},
        "images": [image | shot for image, shot in zip(images(names, 0), shots, strict=True)],
        "annotations": objects(
            0, str, lambda c: c + 1, iscrowd=0, **POLYGON | {"segmentation": lambda box: ring(*box)}
        ),
        "licenses": [{"id": 0, "name": "Unknown License", "url": ""}],
        "categories": [{"supercategory": "type", "id": n, "name": name} for n, name in ((1, "cat"), (2, "dog"))] * 2,
    }, names, "via_export_coco.json",
        {"annotation_id_zero", "ids_matched_as_text", "flat_polygon", "repeated_category"}, masks=True)  # fmt: skip


def labelme2coco() -> Files:
    names = [f"{stem}.png" for stem in STEMS]
    return Files({
        "images": images(names, 1),
        "annotations": objects(1, lambda i: i + 1, lambda c: c, iscrowd=0, **POLYGON),
        "categories": [{"id": n, "name": name, "supercategory": name} for n, name in enumerate(("cat", "dog"))],
    }, names, "dataset.json", masks=True)  # fmt: skip


def labelme_script() -> Files:
    names = [f"JPEGImages/{stem}.jpg" for stem in STEMS]
    return Files({
        "info": {"description": None, "url": None, "version": None, "year": 2026, "contributor": None},
        "licenses": [{"url": None, "id": 0, "name": None}],
        "images": images(names, 0, license=0, url=None, date_captured=None),
        "type": "instances",
        "annotations": objects(0, lambda i: i, lambda c: c, iscrowd=0, **POLYGON),
        "categories": [{"supercategory": None, "id": n, "name": name} for n, name in enumerate(("cat", "dog"))],
    }, names, "annotations.json", {"annotation_id_zero"}, masks=True)  # fmt: skip


def supervisely() -> Files:
    names = [f"{stem}.jpeg" for stem in STEMS]
    shots = images(names, 30_871_501, license="None", url="None", date_captured="2026-01-02T03:04:05.678Z")
    return Files({
        "info": {"description": "", "url": "None", "version": "1.0", "year": "2026", "contributor": "Supervisely"},
        "licenses": [{"url": "None", "id": 0, "name": "None"}],
        "images": shots,
        "annotations": objects(1, lambda i: 30_871_501 + i, lambda c: c + 1, iscrowd=0, **POLYGON),
        "categories": [{"supercategory": name, "id": n, "name": name} for n, name in enumerate(("cat", "dog"), 1)],
    }, [f"images/{name}" for name in names], "annotations/instances.json", masks=True)  # fmt: skip


def lvis() -> Files:
    shots = []
    for own, stem in enumerate(STEMS, start=1):
        url = f"http://images.cocodataset.org/val2017/{stem.replace(' ', '%20')}.jpg"
        shots.append({
            "date_captured": "2013-11-14 17:02:52", "neg_category_ids": [2], "id": own, "license": 4, "height": 48,
            "width": 64, "flickr_url": "http://farm5.example/x_z.jpg", "coco_url": url,
            "not_exhaustive_category_ids": [],
        })  # fmt: skip
    kinds = [
        {"id": n, "name": name, "synset": f"{name}.n.01", "synonyms": [name], "def": "an animal", "frequency": "f",
         "image_count": 3, "instance_count": 4}
        for n, name in ((35, "cat"), (1202, "dog"))
    ]  # fmt: skip
    return Files({
        "info": {"description": "LVIS v1", "year": 2020}, "licenses": [],
        "images": shots, "annotations": objects(1, lambda i: i + 1, [35, 1202].__getitem__, **POLYGON),
        "categories": kinds,
    }, [f"val2017/{stem}.jpg" for stem in STEMS], "lvis_v1_val.json", {"file_name_from_url"}, masks=True)  # fmt: skip


def fiftyone() -> Files:
    names = [f"{stem}.jpg" for stem in STEMS]
    return Files({
        "info": {"year": "", "version": "", "description": "Exported from FiftyOne", "url": "https://voxel51.com"},
        "licenses": [],
        "categories": [{"id": n, "name": name, "supercategory": None} for n, name in enumerate(("cat", "dog"))],
        "images": images(names, 1, license=None, coco_url=None),
        "annotations": objects(1, lambda i: i + 1, lambda c: c, score=0.75, iscrowd=0, is_flipped=False, note=None),
    }, [f"data/{name}" for name in names])  # fmt: skip


TOOLS = [
    cvat, datumaro, label_studio, roboflow, via, labelme2coco, labelme_script, supervisely, lvis, fiftyone,
]  # fmt: skip


def put(folder: Path, files: Files) -> Path:
    """Write a tool's files below a folder; return the annotation file."""
    for at, picture in enumerate(files.pictures):
        file = folder / picture
        file.parent.mkdir(parents=True, exist_ok=True)
        assert cv2.imwrite(str(file), np.full((48, 64, 3), 40 + 50 * at, dtype=np.uint8))
    return write(folder / files.name, files.content)


def write(file: Path, content: Any) -> Path:
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(json.dumps(content))
    return file


def results(content: Content, *, masks: bool = False) -> list[Content]:
    """Return predictions near the annotations, some of equal score, one of the other class."""
    found = []
    kinds = [kind["id"] for kind in content["categories"]][-2:]
    for at, record in enumerate(content["annotations"]):
        x, y, w, h = record["bbox"]
        box = [x + at % 3, y, w - at % 2, h]
        kind = kinds[kinds[0] == record["category_id"]] if at == 4 else record["category_id"]
        own = {"image_id": record["image_id"], "category_id": kind, "bbox": box, "score": 0.9 - 0.1 * (at // 2)}
        found.append(own | ({"segmentation": [ring(*box)]} if masks else {}))
    return found


def plain(content: Content) -> Content:
    """Return the dataset as pycocotools can read it: whole ids from 1, lists of rings, all fields there."""
    own = copy.deepcopy(content)
    for record in own["annotations"]:
        record |= {"id": record["id"] + 1, "image_id": int(record["image_id"]), "iscrowd": record.get("iscrowd", 0)}
        if record.get("segmentation") and isinstance(record["segmentation"], list):
            rings = record["segmentation"]
            record["segmentation"] = rings if isinstance(rings[0], list) else [rings]
    return own


def judge(content: Content, found: list[Content], task: str) -> list[float]:
    own = [record | {"image_id": int(record["image_id"])} for record in found]
    stats: list[float] = reference(*load(plain(content), own), task).stats.tolist()
    return stats


def told(project: assay.Project) -> set[str]:
    return {finding["code"] for finding in project.info()["doctor"]}


def export(project: assay.Project, file: Path, **more: Any) -> Content:
    project.connection.run_job(f"{project.route}/export/coco", {"path": str(file), "overwrite": True} | more)
    exported: Content = json.loads(file.read_text())
    return exported


@pytest.mark.parametrize("tool", TOOLS, ids=lambda tool: tool.__name__)
def test_a_file_gives_pycocotools_numbers_and_comes_back_as_it_was(tool, tmp_path):
    files = tool()
    file = put(tmp_path / "data", files)
    found = results(files.content, masks=files.masks)
    with assay.import_coco(file, tmp_path / "data", tmp_path / "work", name="p") as project:
        assert told(project) - {"file_found_elsewhere"} == files.codes
        assert (len(project.images), len(project.annotations)) == (len(STEMS), len(OBJECTS))
        assert len(project.images.where("brightness:*")) == len(STEMS)  # every picture was found
        done = project.import_predictions(write(tmp_path / "results.json", found), "m")
        assert done["predictions"] == len(found)
        for task in ("bbox", "segm") if files.masks else ("bbox",):
            table = project.evaluate("m", task=task)["coco"]
            assert list(table.values()) == pytest.approx(judge(files.content, found, task), abs=1e-9)
        assert export(project, tmp_path / "out.json") == files.content
        more = copy.deepcopy(files.content)
        more["annotations"].append(more["annotations"][-1] | {"id": 99, "bbox": [1.0, 1.0, 9.0, 9.0]})
        write(file, more)
        assert project.refresh()["annotations"] == {"new": 1, "changed": 0, "removed": 0}
        assert export(project, tmp_path / "out.json") == more


@pytest.fixture
def splits(tmp_path):
    """A Roboflow export of three splits, each numbered from 0, in one project."""
    for split in ("train", "valid", "test"):
        folder, files = tmp_path / "rf" / split, roboflow()
        files.pictures = [name.replace(".rf.", f".rf.{split}") for name in files.pictures]
        for image, name in zip(files.content["images"], files.pictures, strict=True):
            image["file_name"] = name
        for record in files.content["annotations"]:
            record["bbox"][0] += ["train", "valid", "test"].index(split)  # so that no two are alike
        annotations = put(folder, files)
        assay.import_coco(annotations, folder, tmp_path / "work", name="p", split=split, add=split != "train").close()
    with assay.open(tmp_path / "work" / "p") as project:
        yield project


def test_splits_of_roboflow_are_told_apart(splits, tmp_path):
    for split in ("train", "valid", "test"):
        file = tmp_path / "rf" / split / "_annotations.coco.json"
        content = json.loads(file.read_text())
        found = results(content)
        bare = write(tmp_path / f"{split}.json", found)
        with pytest.raises(InputError, match="which source"):
            splits.import_predictions(bare, "refused")
        named = [r | {"file_name": content["images"][r["image_id"]]["file_name"]} for r in found]
        splits.import_predictions(bare, split, split=split)
        splits.import_predictions(bare, f"{split} by file", source=file)
        splits.import_predictions(write(tmp_path / "named.json", named), f"{split} by name")
        want = judge(content, found, "bbox")
        for name in (split, f"{split} by file", f"{split} by name"):
            table = splits.evaluate(name, query=f"split:{split}")["coco"]
            assert list(table.values()) == pytest.approx(want, abs=1e-9)
        assert export(splits, tmp_path / "out.json", source=str(file)) == content
    assert splits.refresh()["annotations"] == {"new": 0, "changed": 0, "removed": 0}


@pytest.mark.parametrize("first_id", [1, 7])
def test_results_of_ultralytics_are_matched_by_file_name(first_id, tmp_path):
    files = labelme2coco()  # with 7, the number in a name is another's id
    for image in files.content["images"]:
        image["id"] += first_id - 1
    for record in files.content["annotations"]:
        record["image_id"] += first_id - 1
    name_of = {image["id"]: image["file_name"] for image in files.content["images"]}
    found = results(files.content)
    theirs = [
        {"image_id": int(stem) if (stem := Path(name_of[r["image_id"]]).stem).isnumeric() else stem,
         "file_name": name_of[r["image_id"]]} | {k: r[k] for k in ("category_id", "bbox", "score")}
        for r in found
    ]  # fmt: skip
    file = put(tmp_path / "data", files)
    with assay.import_coco(file, tmp_path / "data", tmp_path / "work", name="p") as project:
        done = project.import_predictions(write(tmp_path / "predictions.json", theirs), "m")
        assert done["matched_by"] == {"file_name": len(theirs)}
        assert any("file name counts" in warning for warning in done["warnings"]) == (first_id == 7)
        table = project.evaluate("m")["coco"]
        assert list(table.values()) == pytest.approx(judge(files.content, found, "bbox"), abs=1e-9)
