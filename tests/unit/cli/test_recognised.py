"""Datasets that are imported by their path alone: the format is recognised, said, and never guessed at."""

from __future__ import annotations

import json
import shutil

import pytest
from PIL import Image

import assay
from assay.errors import InputError


@pytest.fixture
def yolo(tmp_path):
    """A YOLO dataset of a red image with one box."""
    root = tmp_path / "street"
    for folder in ("images/train", "labels/train"):
        (root / folder).mkdir(parents=True)
    Image.new("RGB", (40, 20), "red").save(root / "images/train/a.png")
    (root / "labels/train/a.txt").write_text("1 0.5 0.5 0.25 0.5\n")
    (root / "data.yaml").write_text("path: .\ntrain: images/train\nnames: [cat, dog]\n")
    return root


def test_a_dataset_is_recognised_and_imported(cli, yolo, tmp_path):
    run = cli("import", "project", yolo, "-t", tmp_path / "w")
    assert run.code == 0, run.err
    assert f"{yolo} is a YOLO dataset: 1 images, a.png among them with labels in a.txt." in run.err
    found = cli("query", "--scope", "annotation", "--fields", "class,split", "--json", "-t", tmp_path / "w" / "street")
    assert [(item["class"], item["split"]) for item in found.json["items"]] == [("dog", "train")]


def test_flags_say_what_does_not_follow_from_the_path(cli, dataset, tmp_path):
    far = tmp_path / "far" / "labels.json"
    far.parent.mkdir()
    shutil.copy(dataset.annotations, far)
    run = cli("import", "project", far, "-t", tmp_path / "w", "--json")
    assert (run.code, "--coco needs -i/--images" in run.err) == (2, True)
    run = cli("import", "project", far, "-i", dataset.images, "-t", tmp_path / "w", "--name", "p", "--json")
    assert (run.code, run.json["images"], "is a COCO dataset" in run.err) == (0, 6, True)


def test_what_is_not_recognised_or_is_so_twice_is_refused_and_nothing_is_made(cli, yolo, dataset, tmp_path):
    (tmp_path / "empty").mkdir()
    run = cli("import", "project", tmp_path / "empty", "-t", tmp_path / "w")
    assert (run.code, "is not recognised" in run.err) == (3, True)
    shutil.copy(dataset.annotations, yolo / "train.json")
    run = cli("import", "project", yolo, "-t", tmp_path / "w")
    assert (run.code, "may be in several formats" in run.err) == (3, True)
    assert "a COCO dataset (--coco)" in run.err
    assert "a YOLO dataset (--yolo)" in run.err
    run = cli("import", "project", yolo, "--yolo", yolo, "-t", tmp_path / "w")
    assert (run.code, "With --yolo the dataset is named by flags" in run.err) == (2, True)
    run = cli("import", "project", tmp_path / "nothing", "-t", tmp_path / "w")
    assert (run.code, "does not exist" in run.err) == (3, True)
    assert list((tmp_path / "w").glob("*")) == []


def test_python_imports_by_path_too(yolo, dataset, tmp_path):
    with assay.import_path(yolo, tmp_path / "w", name="p") as project:
        assert [box["class"] for box in project.annotations] == ["dog"]
    with assay.import_path(dataset.annotations, tmp_path / "w", name="q", images=dataset.images) as project:
        assert len(project.images) == 6
    (tmp_path / "empty").mkdir()
    with pytest.raises(InputError, match="not recognised"):
        assay.import_path(tmp_path / "empty", tmp_path / "w", name="r")


def test_a_description_may_lie_far_from_the_images(cli, yolo, tmp_path):
    far = tmp_path / "descriptions" / "street.yaml"
    far.parent.mkdir()
    far.write_text(f"path: {yolo}\ntrain: images/train\nnames: {{0: cat, 1: dog}}\n")
    run = cli("import", "project", far, "-t", tmp_path / "w", "--name", "p", "--json")
    assert (run.code, run.json["images"], run.json["annotations"]) == (0, 1, 1), run.err
    flagged = cli("import", "project", "--yolo", far, "-t", tmp_path / "w", "--name", "q", "--json")
    assert (flagged.code, flagged.json["images"]) == (0, 1), flagged.err
    found = cli("query", "--fields", "file_name,brightness", "--json", "-t", tmp_path / "w" / "p")
    [item] = found.json["items"]
    assert (item["file_name"], item["brightness"] > 0) == ("images/train/a.png", True)
    assert json.loads(cli("project", "list", "-t", tmp_path / "w", "--json").out)
