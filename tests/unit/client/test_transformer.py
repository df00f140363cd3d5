"""Labels that Python makes: annotations, and files that read what nobody else writes."""

import json

import numpy as np
import pytest
from tests.unit.formats.reading import save_picture

import assay
from assay.client.transformer import match_labels, run_transformer
from assay.errors import ExistsError, InputError

CODE = """\
import assay

def transform(image_path, label_paths):
    print("reading", image_path.name)
    found = []
    for path in label_paths:
        for line in path.read_text().splitlines():
            name, *box = line.split()
            found.append(assay.Annotation(name, box=[float(side) for side in box], attributes={"from": path.name}))
    return found
"""


@pytest.fixture
def folder(tmp_path):
    for name in ("a.png", "deep/b.png"):
        save_picture(tmp_path / "photos" / name)
    (tmp_path / "photos" / "a.txt").write_text("cat 1 2 3 4\ndog 0 0 40 20\n")
    (tmp_path / "photos" / "deep" / "b.txt").write_text("cat 5 5 5 5\n")
    (tmp_path / "photos" / "c.txt").write_text("none\n")
    (tmp_path / "ours.py").write_text(CODE)
    return tmp_path


def test_a_transformer_makes_the_labels_of_a_project(folder, cli):
    asked = ("init", folder / "photos", "-t", folder / "w", "--name", "p", "--transformer", folder / "ours.py",
             "--label-glob", "**/*.txt", "--json")  # fmt: skip
    told = json.loads(cli(*asked, "--dryrun").out)
    assert told["images"] == [{"file_name": "a.png", "annotations": 2}, {"file_name": "deep/b.png", "annotations": 1}]
    assert (told["classes"], told["unused_label_files"]) == ({"cat": 2, "dog": 1}, ["c.txt"])
    assert not (folder / "w").exists()
    run = cli(*asked)
    assert (json.loads(run.out)["annotations"], "reading a.png" in run.err) == (3, True)
    again = cli(*asked)
    assert (again.code, "something of that name" in again.err) == (2, True)
    (folder / "ours.py").unlink()  # it has run, and never runs again
    assert cli("refresh", "-t", folder / "w" / "p").code == 0
    with assay.open(folder / "w" / "p") as project:
        assert len(project.annotations.where("class:cat attr.from:b.txt")) == 1
        assert project.info()["doctor"] == []


@pytest.mark.parametrize(
    ("code", "place", "actual"),
    [
        ("def transform(a, b):\n    x = 1\n    return 1 / 0\n", ":3", "ZeroDivisionError"),
        (
            "import assay\ndef transform(a, b):\n    return [assay.Annotation('x',\n        box=[1, 2])]\n",
            ":3",
            "ValueError: box",
        ),
        ("\n\ndef transform(a, b):\n    return ['car']\n", ":3", "str: 'car'"),
        ("def transform(a, b)\n", ":1", "SyntaxError"),
        ("import assay\nassay.nothing\n", ":2", "AttributeError"),
        ("def convert(a, b): ...\n", "ours.py", "convert"),
        ("def transform(a):\n    return []\n", "ours.py", "TypeError"),
    ],
)
def test_errors_name_file_and_line(folder, code, place, actual):
    (folder / "ours.py").write_text(code)
    with pytest.raises(InputError) as caught:
        run_transformer(folder / "ours.py", folder / "photos")
    assert caught.value.item.endswith(place)
    assert actual in caught.value.actual


def test_label_files_go_with_the_images_that_are_called_like_them():
    images = ["train/1.png", "val/1.png", "2.png"]
    labels = ["labels/train/1.txt", "labels/val/1.txt", "2.png.json", "3.txt"]
    assert match_labels(images, labels) == {"train/1.png": labels[:1], "val/1.png": labels[1:2], "2.png": labels[2:3]}
    assert match_labels(["a.png", "b.png"], ["all.json"]) == {"a.png": ["all.json"], "b.png": ["all.json"]}


def test_flags_need_a_transformer(folder, cli):
    run = cli("init", folder / "photos", "-t", folder / "w", "--label-glob", "*.txt")
    assert (run.code, "--label-glob has no meaning without --transformer" in run.err) == (2, True)


def test_annotations_of_every_kind_come_back(folder):
    mask = np.zeros((20, 40))
    mask[2:4, 3:8] = 7
    made = [
        assay.Annotation("cat", box=[1, 2, 3, 4], rotation=30, crowd=True, id="x1", attributes={"a": [1]}),
        assay.Annotation("dog", polygon=[0, 0, 10, 0, 10, 5]),
        assay.Annotation("dog", mask=mask),
        assay.Annotation("man", keypoints=[(1, 2), (3, 4, 1)], box=(0, 0, 5, 5)),
        assay.Annotation("day"),
    ]
    with assay.import_annotations({"a.png": made, "deep/b.png": []}, folder / "photos", folder / "w") as project:
        project.export("coco", folder / "out.json")
        assert project.info()["shapes"] == {"rotated_box": 1, "polygon": 1, "mask": 1, "box": 1, "label": 1}
    out = json.loads((folder / "out.json").read_text())["annotations"]
    assert (out[0]["id"], out[0]["bbox"], out[0]["iscrowd"], out[0]["rotation"]) == ("x1", [1, 2, 3, 4], 1, 30)
    assert (out[1]["bbox"], out[2]["bbox"]) == ([0, 0, 10, 5], [3, 2, 5, 2])
    assert (out[3]["keypoints"], out[3]["num_keypoints"]) == ([1, 2, 2, 3, 4, 1], 2)
    with pytest.raises(ExistsError):
        assay.import_annotations({"a.png": made}, folder / "photos", folder / "w")


@pytest.mark.parametrize(
    "wrong",
    [
        {"label": ""}, {"label": 3}, {"box": [1, 2, 3]}, {"box": [1, 2, -3, 4]}, {"box": [1, 2, float("nan"), 4]},
        {"polygon": [1, 2, 3, 4]}, {"polygon": []}, {"mask": np.zeros(3)}, {"mask": {"size": [2, 2], "counts": "?"}},
        {"keypoints": [1, 2]}, {"rotation": 3}, {"attributes": {"a": object()}},
        {"polygon": [0, 0, 1, 0, 1, 1], "mask": np.ones((2, 2))},
    ],
)  # fmt: skip
def test_what_is_no_annotation_is_said_where_it_is_made(wrong):
    with pytest.raises(ValueError, match=f"{next(iter(wrong))}"):
        assay.Annotation(**{"label": "x", **wrong})
