"""Exports of names that were made to do harm, and onto what a project is made of."""

import csv
import json
import os

import pytest
from tests.unit.formats.reading import save_picture

import assay
from assay.errors import AssayError, ExistsError
from assay.formats.writing.names import make_names, safe_part
from assay.ownfiles import clear_left, holding, replacing

NAMES = [
    "../../up.png", "/abs.png", "C:\\x\\win.png", "a.png", "A.png", "\u00e9.png", "e\u0301.png", ".hidden.png",
    "con.png", "line\nbreak.png", "\u202egnp.exe.png", "nul\0.png", "deep/" * 600 + "d.png", "long" * 200 + ".png",
    "a.png/inner.png", "a.json", "a.txt", "same.jpg", "same.jpeg", "http://host/pic.png", "dots...", " space .png",
    "..", "a\\..\\..\\b.png",
]  # fmt: skip
CLASSES = ["=1+1", "@x", "a/b", "a_b", "a\\b", "..", "x\0y", "\u202eevil", "n" * 300, "\x1b[2J", "con", "plain"]


@pytest.fixture(scope="module")
def project(tmp_path_factory):
    """A COCO project of odd names, of which the pictures a.png, a.json and same.jpg are there."""
    root = tmp_path_factory.mktemp("odd")
    for name in ("a.png", "same.jpg"):
        save_picture(root / "images" / name)
    (root / "images/a.json").write_bytes((root / "images/a.png").read_bytes())
    images = [{"id": at, "file_name": name, "width": 40, "height": 20} for at, name in enumerate(NAMES, start=1)]
    for at, image in enumerate(images):
        image["split"] = ["train", "Train", "a/b", "a_b", "..", None, "valid", "val"][at % 8]
        if image["split"] is None:
            del image["split"]
    content = {
        "images": images,
        "categories": [{"id": at, "name": name} for at, name in enumerate(CLASSES, start=1)],
        "annotations": [
            {"id": at, "image_id": 1 + at % len(NAMES), "category_id": 1 + at % len(CLASSES), "bbox": [1, 2, 3, 4],
             "=note": "-cmd|x", "plain": "\tx"} for at in range(1, 2 * len(NAMES))
        ],
    }  # fmt: skip
    (root / "labels.json").write_text(json.dumps(content))
    with assay.import_coco(root / "labels.json", root / "images", root / "projects", name="p") as opened:
        found = [{"image_id": at, "category_id": at, "bbox": [1, 2, 3, 4], "score": 0.5} for at in range(1, 13)]
        (root / "found.json").write_text(json.dumps(found))
        opened.import_predictions(root / "found.json", "m")
        opened.root = root
        yield opened


def snapshot(folder):
    """Return the bytes, or the target, of everything below a folder."""
    return {
        path.relative_to(folder).as_posix(): path.readlink() if path.is_symlink() else path.read_bytes()
        for path in sorted(folder.rglob("*"))
        if path.is_symlink() or path.is_file()
    }


@pytest.mark.parametrize("images", ["copy", "link"])
@pytest.mark.parametrize("key", ["yolo", "voc", "labelme"])
def test_odd_names_stay_below_the_folder_and_apart(project, tmp_path, key, images):
    before = snapshot(project.root / "images")
    told = project.export(key, tmp_path / "x/out", images=images)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["x"]
    assert sorted(path.name for path in (tmp_path / "x").iterdir()) == ["out"]
    written = snapshot(tmp_path / "x/out")
    kind = {"yolo": ("labels/", ".txt"), "voc": ("Annotations/", ".xml"), "labelme": ("", ".json")}[key]
    labels = [name for name in written if name.startswith(kind[0]) and name.endswith(kind[1])]
    assert len(labels) == told["images"] == len(NAMES)
    assert len({name.casefold() for name in written}) == len(written)
    assert told["lost"]["pictures_missing"] == len(NAMES) - sum(
        name.endswith((".png", ".jpg", ".json_")) for name in written
    )
    assert snapshot(project.root / "images") == before


def test_results_of_classes_of_odd_names_are_files_of_their_own(project, tmp_path):
    told = project.export("voc", tmp_path / "out", predictions="m")
    files = sorted((tmp_path / "out").iterdir())
    assert len(files) == len(CLASSES) == told["annotations"]
    assert all(len(file.read_text().splitlines()) == 1 for file in files)
    assert told["lost"]["class_names_changed"] == 9
    assert (tmp_path / "out/comp3_det_test_plain.txt").is_file()


def test_a_table_holds_nothing_that_a_spreadsheet_runs(project, tmp_path):
    project.export("csv", tmp_path / "out.csv")
    with (tmp_path / "out.csv").open(newline="") as file:
        rows = list(csv.reader(file))
    header = rows[0]
    assert not [cell for row in rows for cell in row if cell[:1] in ("=", "+", "@", "\t", "\r") or "\u202e" in cell]
    assert {row[header.index("label")] for row in rows[1:]} >= {"'=1+1", "'@x", '"\\u202eevil"', "plain"}
    assert {row[header.index("attr.=note")] for row in rows[1:]} == {"'-cmd|x"}
    assert {row[header.index("attr.plain")] for row in rows[1:]} == {'"\\tx"'}


@pytest.mark.parametrize("key", ["coco", "csv", "cvat", "labelstudio"])
@pytest.mark.parametrize("target", ["labels.json", "images/a.png", "link"])
def test_a_file_that_the_project_is_made_of_is_not_replaced(project, tmp_path, key, target):
    place = tmp_path / "link" if target == "link" else project.root / target
    if target == "link":
        place.symlink_to(project.root / "labels.json")
    before = snapshot(project.root / "images"), (project.root / "labels.json").read_bytes()
    with pytest.raises(ExistsError, match="made of"):
        project.export(key, place, overwrite=True)
    assert (snapshot(project.root / "images"), (project.root / "labels.json").read_bytes()) == before


@pytest.mark.parametrize("images", ["copy", "link", "reference"])
@pytest.mark.parametrize("key", ["yolo", "labelme"])
def test_pictures_and_labels_are_not_replaced_by_an_export_onto_them(tmp_path, key, images):
    save_picture(tmp_path / "data/a.png")
    if key == "yolo":
        save_picture(tmp_path / "data/images/a.png")
        (tmp_path / "data/labels").mkdir()
        (tmp_path / "data/labels/a.txt").write_text("0 0.5 0.5 0.5 0.5\n")
        (tmp_path / "data/a.png").unlink()
    else:
        shape = {"label": "a", "points": [[1, 1], [5, 5]], "shape_type": "rectangle"}
        (tmp_path / "data/a.json").write_text(json.dumps({"imagePath": "a.png", "shapes": [shape], "imageData": None}))
    before = snapshot(tmp_path / "data")
    with assay.import_path(tmp_path / "data", tmp_path / "projects", name="p") as project:
        with pytest.raises(ExistsError, match="made of"):
            project.export(key, tmp_path / "data", images=images, overwrite=True)
        assert snapshot(tmp_path / "data") == before
        project.export(key, tmp_path / "data/out", images=images)
        project.export(key, tmp_path / "other", images=images)
        project.export(key, tmp_path / "other", images=images, overwrite=True)
    assert {name: each for name, each in snapshot(tmp_path / "data").items() if not name.startswith("out/")} == before


def test_what_a_killed_export_has_left_is_gone_after_the_next_one(project, tmp_path):
    left = [tmp_path / f".out.{'0' * 16}.tmp", tmp_path / f".out.{'1' * 16}.tmp", tmp_path / f".out.{'2' * 15}.tmp"]
    (left[0] / "labels").mkdir(parents=True)
    left[1].touch()
    left[2].touch()  # not ours
    project.export("yolo", tmp_path / "out")
    assert sorted(path.name for path in tmp_path.iterdir()) == [left[2].name, "out"]
    file = tmp_path / f".a.csv.{'0' * 16}.tmp"
    file.touch()
    project.export("csv", tmp_path / "a.csv")
    assert not file.exists()


def test_what_another_export_is_at_stays(tmp_path):
    work = tmp_path / f".out.{'0' * 16}.tmp"
    work.mkdir()
    with holding(work), replacing(tmp_path / "out") as file:
        file.write(b"x")
        clear_left(tmp_path / "out")
        assert work.is_dir()
    assert (tmp_path / "out").read_bytes() == b"x"
    clear_left(tmp_path / "out")
    assert not work.exists()


def test_an_exchange_that_fails_midway_is_undone(project, tmp_path, monkeypatch):
    project.export("yolo", tmp_path / "out")
    before, rename, calls = snapshot(tmp_path / "out"), os.rename, []

    def failing(source, target, **more):
        calls.append(target)
        if len(calls) == 5:
            raise OSError(5, "Input/output error")
        rename(source, target, **more)

    monkeypatch.setattr("os.rename", failing)
    with pytest.raises(AssayError, match="could not be written"):
        project.export("yolo", tmp_path / "out", images="link", overwrite=True)
    monkeypatch.undo()
    assert snapshot(tmp_path / "out") == before
    assert [path.name for path in tmp_path.iterdir()] == ["out"]


def test_names_are_no_devices_hidden_or_too_long_and_none_is_anothers_folder():
    assert [safe_part(name) for name in ("con", "Aux.png", ".a", "a.", "a\nb", "/", "", "console")] == [
        "_con", "_Aux.png", "_.a", "a", "a_b", "_", "_", "console",
    ]  # fmt: skip
    assert len(safe_part("\u00e9" * 300 + ".png").encode()) <= 200
    assert make_names(["a", "a/b", "c/d", "c"], by_stem=False) == (["a", "a-2/b", "c/d", "c-2"], 2)
    assert make_names(["a.jpg", "a.txt/b.jpg", "a.json"], by_stem=True)[0] == ["a.jpg", "a.txt-2/b.jpg", "a-2.json_"]
