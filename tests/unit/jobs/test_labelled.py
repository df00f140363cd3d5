"""Images with a class each, imported by folder or by the rows of a table: what they become, and what is told."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from tests.unit.classified import PETS, write_pictures, write_table

import assay
from assay.client.connection import Connection
from assay.errors import InputError, UsageError
from assay.formats.classification.folder import Layout, choose_layout, label_by_folder
from assay.formats.classification.rows import Columns, label_by_rows
from assay.formats.doctor import Doctor
from assay.project.manifest import make_workspace


def labels_of(project: assay.Project) -> list[tuple[Any, str, str]]:
    """Return image id, file and class of every label in the order of rows."""
    items = project.connection.post(f"{project.route}/query", {"scope": "annotation", "fields": []})["items"]
    return [(item["image_id"], item["file_name"], item["class"]) for item in items]


def images_of(project: assay.Project, *fields: str) -> list[tuple[Any, ...]]:
    items = project.connection.post(f"{project.route}/query", {"fields": [*fields, "split"]})["items"]
    return [(item["id"], item["file_name"], *(item[field] for field in fields)) for item in items]


def told(project: assay.Project) -> dict[str, int]:
    return {finding["code"]: finding["count"] for finding in project.info()["doctor"]}


@pytest.fixture
def pets(tmp_path: Path) -> Path:
    return write_pictures(tmp_path / "pets", PETS)


# ------------------------------------------------------------ by folder


def test_the_first_folder_of_an_image_is_its_class(pets, tmp_path):
    with assay.import_folder(pets, tmp_path / "work") as project:
        assert project.name == "pets"
        assert labels_of(project) == [(n, file, name) for n, (file, name) in enumerate(PETS.items(), start=1)]
        assert {c["name"]: c["id"] for c in project.classes} == {"cat": 0, "dog": 1, "eel": 2}
        info = project.info()
        assert (info["shapes"], info["image_status"], info["doctor"]) == ({"label": 5}, {"ok": 5}, [])
        assert project.metric("brightness")["count"] == 5


def test_files_that_are_no_images_and_images_without_a_class_are_told(pets, tmp_path):
    (pets / "cat" / "notes.txt").write_text("meow")
    (pets / "Thumbs.db").write_bytes(b"\0")
    write_pictures(pets, ["loose.png"])
    with assay.import_folder(pets, tmp_path / "work") as project:
        assert told(project) == {"not_an_image": 2, "image_without_label": 1}
        assert len(project.images) == 6
        assert len(project.annotations) == 5


def test_folders_that_are_all_named_after_splits_are_splits(tmp_path):
    names = ["train/cat/1.png", "train/dog/2.png", "val/cat/3.png", "Test/dog/4.png"]
    with assay.import_folder(write_pictures(tmp_path / "split", names), tmp_path / "work") as project:
        assert images_of(project, "split") == [
            (1, "Test/dog/4.png", "Test"),
            (2, "train/cat/1.png", "train"),
            (3, "train/dog/2.png", "train"),
            (4, "val/cat/3.png", "val"),
        ]
        assert [name for *_, name in labels_of(project)] == ["dog", "cat", "dog", "cat"]
    with pytest.raises(UsageError, match="tells the splits"):
        assay.import_folder(tmp_path / "split", tmp_path / "work", name="twice", split="train")


def test_a_folder_named_like_a_split_beside_others_is_a_class(tmp_path):
    folder = write_pictures(tmp_path / "vehicles", ["train/1.png", "bus/2.png"])
    with assay.import_folder(folder, tmp_path / "work") as project:
        assert labels_of(project) == [(1, "bus/2.png", "bus"), (2, "train/1.png", "train")]


def labelled(*names: str, splits: list[str] | None = None) -> tuple[list[tuple[str | None, list[str]]], dict[str, int]]:
    """Return split and labels of every image, and what was told."""
    doctor = Doctor()
    layout = None if splits is None else choose_layout(list(names), splits, "root")
    found = label_by_folder(list(names), "root", doctor, layout)
    return [(e.get("split"), v) for e, v in zip(found.extras, found.labels, strict=True)], doctor.counts


def test_a_folder_beside_splits_is_a_split_where_it_holds_their_classes():
    splits = ("train/cat/1.png", "train/dog/2.png", "val/cat/3.png")
    named = [("train", ["cat"]), ("train", ["dog"]), ("val", ["cat"])]
    assert labelled(*splits, "extra/dog/4.png") == ([*named, ("extra", ["dog"])], {"split_folder": 1})
    assert labelled(*splits, "misc/4.png") == ([*named, (None, [])], {"folder_beside_splits": 1})
    assert labelled(*splits, "raw/a/4.png", "5.png") == ([*named, (None, []), (None, [])], {"folder_beside_splits": 1})
    assert labelled("train/cat/1.png", "more/cat/2.png")[0] == [("train", ["cat"]), ("more", ["cat"])]


def test_classes_called_like_splits_stay_classes():
    assert labelled("train/1.png", "val/2.png", "bus/3.png") == (
        [(None, ["train"]), (None, ["val"]), (None, ["bus"])],
        {"class_like_split": 2},
    )
    assert labelled("train/steam/1.png", "bus/red/2.png") == (
        [(None, ["train"]), (None, ["bus"])], {"class_like_split": 1},
    )  # fmt: skip


def test_a_folder_round_all_others_is_passed_over_and_told():
    assert labelled("pets/cat/1.png", "pets/dog/2.png") == ([(None, ["cat"]), (None, ["dog"])], {"wrapping_folder": 1})
    assert labelled("a/b/train/cat/1.png", "a/b/val/cat/2.png") == (
        [("train", ["cat"]), ("val", ["cat"])], {"wrapping_folder": 1},
    )  # fmt: skip
    assert labelled("cat/1.png", "cat/2.png") == ([(None, ["cat"]), (None, ["cat"])], {})
    assert labelled("cat/deep/1.png", "cat/2.png") == ([(None, ["cat"]), (None, ["cat"])], {})
    assert labelled("pets/cat/1.png", "loose.png") == ([(None, ["pets"]), (None, [])], {})


def test_chosen_splits_hold_whatever_the_folders_are_called():
    names = ("train/cat/1.png", "val/dog/2.png", "misc/bird/3.png")
    assert labelled(*names, splits=[])[0] == [(None, ["train"]), (None, ["val"]), (None, ["misc"])]
    assert labelled(*names, splits=[])[1] == {}
    assert labelled(*names, splits=["train", "val", "misc/"]) == (
        [("train", ["cat"]), ("val", ["dog"]), ("misc", ["bird"])], {},
    )  # fmt: skip
    assert labelled(*names, splits=["misc"]) == (
        [(None, []), (None, []), ("misc", ["bird"])], {"folder_beside_splits": 2},
    )  # fmt: skip


def test_splits_are_chosen_in_a_folder_round_all_others_or_are_that_folder():
    names = ("all/a/cat/1.png", "all/b/dog/2.png")
    assert labelled(*names, splits=["a", "b"]) == ([("a", ["cat"]), ("b", ["dog"])], {})
    assert labelled(*names, splits=["all"]) == ([("all", ["a"]), ("all", ["b"])], {})
    assert labelled(*names, splits=[]) == ([(None, ["all"]), (None, ["all"])], {})
    layout = Layout(("all",), frozenset({"a", "b"}))
    later = label_by_folder([*names, "b/cat/3.png", "4.png"], "root", Doctor(), layout)
    assert (later.labels[2:], later.extras[2:]) == ([[], []], [{}, {}])


@pytest.mark.parametrize("splits", [["a", "c"], ["all", "c"], [""], ["all/a"]])
def test_a_split_that_is_no_folder_is_refused_with_the_folders(splits):
    with pytest.raises(InputError) as caught:
        choose_layout(["all/a/cat/1.png", "all/b/dog/2.png", "all/b/dog/3.png"], splits, "root")
    assert caught.value.expected == "some of the folders all; in all: a, b"
    assert caught.value.actual == splits[-1]


def test_a_preview_tells_over_http_what_the_folders_would_stand_for(tmp_path):
    folder = write_pictures(tmp_path / "odd", ["all/train/cat/1.png", "all/val/dog/2.png", "all/misc/3.png"])
    route = "/api/projects/import/folder/preview"
    with Connection(make_workspace(tmp_path / "work")) as connection:
        seen = connection.post(route, {"root": str(folder)})
        assert seen == {
            "root": str(folder), "wrapping": "all", "folders": ["misc", "train", "val"], "splits": ["train", "val"],
            "classes": ["cat", "dog"], "images": 3, "unlabelled": 1, "ambiguous": True,
        }  # fmt: skip
        seen = connection.post(route, {"root": str(folder), "splits": []})
        assert (seen["folders"], seen["classes"], seen["ambiguous"]) == (["all"], ["all"], False)
        with pytest.raises(InputError, match="no folder with images"):
            connection.post(route, {"root": str(folder), "splits": ["test"]})
    assert list((tmp_path / "work").glob("*/project.json")) == []


@pytest.mark.parametrize("removed", ["val/3.png", "bus/4.png"])
def test_refresh_reads_a_folder_as_it_was_chosen(tmp_path, removed):
    names = ["train/cat/1.png", "train/dog/2.png", "val/cat/3.png", "bus/red/4.png"]
    folder = write_pictures(tmp_path / "odd", names)
    chosen = {"classes": (), "splits": ("train", "val", "bus")}
    for name, splits in chosen.items():
        with assay.import_folder(folder, tmp_path / "work", name=name, splits=splits) as project:
            assert [label for *_, label in labels_of(project)] == (
                ["bus", "train", "train", "val"] if name == "classes" else ["red", "cat", "dog", "cat"]
            )
    write_pictures(folder, ["train/cat/5.png", "test/cat/6.png"])
    (file,) = folder.glob(removed.replace("/", "/*/"))
    file.unlink()
    gone = removed.split("/")[0]
    for name in chosen:
        with assay.open(tmp_path / "work" / name) as project:
            project.refresh()
            found = {file: label for _, file, label in labels_of(project)}
            splits = {file: split for _, file, split in images_of(project, "split")}
        names_left = [each for each in [*names, "train/cat/5.png"] if each.split("/")[0] != gone]
        place = 0 if name == "classes" else 1
        expected = {each: each.split("/")[place] for each in names_left}
        assert found == (expected | {"test/cat/6.png": "test"} if name == "classes" else expected)
        assert splits["train/cat/5.png"] == (None if name == "classes" else "train")
        assert splits["test/cat/6.png"] is None


@pytest.mark.parametrize(
    ("names", "others", "message"),
    [([], [], "no images"), ([], ["cat/readme.md"], "1 files that are no images"),
     (["1.png"], [], "folders named after classes"), (["train/1.png", "val/2.png"], [], "named after splits")],
)  # fmt: skip
def test_a_folder_without_labelled_images_is_refused_and_leaves_no_project(tmp_path, names, others, message):
    folder = tmp_path / "bad"
    folder.mkdir()
    write_pictures(folder, names)
    for other in others:
        (folder / other).parent.mkdir()
        (folder / other).write_text("")
    with pytest.raises(InputError) as caught:
        assay.import_folder(folder, tmp_path / "work")
    assert message in f"{caught.value.message} {caught.value.actual} {caught.value.expected}"
    assert not (tmp_path / "work" / "bad").exists()


def test_adding_a_folder_shares_classes_and_goes_on_with_ids(pets, tmp_path):
    more = write_pictures(tmp_path / "more", ["bat/x.png", "dog/y.png"])
    with assay.import_folder(pets, tmp_path / "work", split="train") as project:
        pass
    with assay.import_folder(more, tmp_path / "work", name=project.name, add=True, split="val") as project:
        assert images_of(project, "split")[5:] == [(6, "bat/x.png", "val"), (7, "dog/y.png", "val")]
        assert {c["name"]: c["id"] for c in project.classes} == {"cat": 0, "dog": 1, "eel": 2, "bat": 3}


def test_refresh_of_a_folder_keeps_ids_and_sees_an_image_change_its_class(pets, tmp_path):
    with assay.import_folder(pets, tmp_path / "work") as project:
        (pets / "cat" / "b.png").rename(pets / "dog" / "b.png")
        write_pictures(pets, ["ant/new.png"])
        (pets / "eel" / "d.png").unlink()
        found = project.refresh()
        assert (found["images"]["new"], found["images"]["removed"]) == (1, 1)
        assert found["annotations"] == {"new": 1, "changed": 1, "removed": 1}
        assert sorted(labels_of(project)) == [
            (1, "cat/a.png", "cat"), (2, "dog/b.png", "dog"), (3, "dog/c.png", "dog"), (5, "eel/deep/e.png", "eel"),
            (6, "ant/new.png", "ant"),
        ]  # fmt: skip
        assert {c["name"]: c["id"] for c in project.classes} == {"cat": 0, "dog": 1, "eel": 2, "ant": 3}
        assert project.refresh()["images"] == {"new": 0, "changed": 0, "removed": 0, "missing": 0}


def test_labels_are_exported_as_coco(pets, tmp_path, cli):
    assert cli("import", "project", "--folder", pets, "-t", tmp_path / "work", "--json").code == 0
    file = tmp_path / "labels.json"
    assert cli("export", "coco", "-t", tmp_path / "work", "-o", file).code == 0
    content = json.loads(file.read_text())
    assert content["categories"] == [{"id": n, "name": name} for n, name in enumerate(("cat", "dog", "eel"))]
    assert content["images"][4] == {"id": 5, "file_name": "eel/deep/e.png", "width": 10, "height": 8}
    assert content["annotations"][4] == {"id": 5, "image_id": 5, "category_id": 2}


# ------------------------------------------------------------ by the rows of a table

HEADER = ("id", "path", "species", "weight", "fresh", "file_name")


def import_pets(pets: Path, rows: list[tuple[Any, ...]], header: tuple[str, ...] = HEADER, **more: Any) -> Any:
    table = write_table(pets.parent / "labels.csv", header, rows)
    options = {"path_column": "path", "label_column": "species"} | more
    return assay.import_csv(table, pets, pets.parent / "work", **options)


def test_rows_give_images_with_their_ids_and_fields(pets, tmp_path):
    rows = [(40, "eel/d.png", "eel", "1.5", "true", "x"), (7, "cat/a.png", "cat", "", "false", "y")]
    with import_pets(pets, rows) as project:
        assert labels_of(project) == [(40, "eel/d.png", "eel"), (7, "cat/a.png", "cat")]
        assert {c["name"]: c["id"] for c in project.classes} == {"cat": 0, "eel": 1}
        assert project.info()["meta_columns"] == {
            "weight": "DOUBLE", "fresh": "BOOLEAN", "file_name_column": "VARCHAR",
        }  # fmt: skip
        assert images_of(project, "meta.weight", "meta.fresh") == [
            (40, "eel/d.png", 1.5, True),
            (7, "cat/a.png", None, False),
        ]
        assert project.info()["doctor"] == []


def test_odd_rows_are_told_and_the_rest_is_taken_in(pets):
    rows = [
        ("cat/a.png", "cat"), ("cat/a.png", "cat"), ("cat/b.png", "cat"), ("cat/b.png", "dog"), ("dog/c.png", ""),
        ("gone.png", "eel"), ("", "eel"),
    ]  # fmt: skip
    with import_pets(pets, rows, ("path", "species")) as project:
        assert told(project) == {
            "repeated_path": 2, "image_without_label": 1, "missing_file": 1, "row_without_path": 1,
        }  # fmt: skip
        assert labels_of(project) == [
            (1, "cat/a.png", "cat"), (2, "cat/b.png", "cat"), (2, "cat/b.png", "dog"), (4, "gone.png", "eel"),
        ]  # fmt: skip
        assert project.info()["image_status"] == {"ok": 3, "missing": 1}


def test_a_row_longer_than_the_header_is_refused_with_its_number(pets):
    rows = [("cat/a.png", "cat"), ("dog/c.png", "dog", " brown"), ("eel/d.png", "eel", "", "")]
    with import_pets(pets, rows, ("path", "species")) as project:
        assert labels_of(project) == [(1, "cat/a.png", "cat"), (2, "eel/d.png", "eel")]
        (finding,) = project.info()["doctor"]
        assert (finding["code"], finding["severity"], finding["count"]) == ("row_too_long", "skipped", 1)
        assert finding["examples"] == ["row 2: beyond its 2 columns 'brown'"]


def test_an_unknown_column_is_told_with_the_columns_and_the_nearest(tmp_path):
    table = write_table(tmp_path / "labels.csv", HEADER, [(1, "cat/a.png", "cat", 1, "true", "a")])
    for column in ("path", "label", "id"):
        with pytest.raises(InputError) as caught:
            label_by_rows(table, replace(Columns("path", "species"), **{column: "speces"}), Doctor())
        assert (caught.value.item, caught.value.hint) == ("speces", "Did you mean species?")
        assert "id, path, species, weight" in (caught.value.expected or "")


@pytest.mark.parametrize(
    ("content", "message"),
    [(b"", "no header"), (b"path,species\n", "names no image"), (b"path,path,species\na,b,c\n", "stands twice"),
     (b"id,path,species\n,a.png,cat\n", "no id"), (b'path,species\n"a', "cannot be read"),
     (b"path,species\n\xff\xfe,cat\n", "cannot be read"), (b"path,species\na.png,cat,black\n", "names no image")],
)  # fmt: skip
def test_a_table_that_is_of_no_use_is_refused(tmp_path, content, message):
    table = tmp_path / "labels.csv"
    table.write_bytes(content)
    with pytest.raises(InputError, match=message):
        label_by_rows(table, Columns("path", "species"), Doctor())


def test_text_ids_stay_text_and_repeated_ones_are_told(pets):
    rows = [("007", "cat/a.png", "cat"), ("8", "cat/b.png", "cat"), ("8", "dog/c.png", "dog")]
    with import_pets(pets, rows, ("image_id", "path", "species")) as project:
        assert labels_of(project) == [("007", "cat/a.png", "cat"), ("8", "cat/b.png", "cat"), ("8", "dog/c.png", "dog")]
        assert told(project) == {"duplicate_image_id": 1}


def test_refresh_of_a_table_reads_the_same_columns_again(pets, tmp_path):
    with import_pets(pets, [("cat/a.png", "cat"), ("dog/c.png", "dog")], ("path", "species")) as project:
        rows = [("eel/d.png", "eel"), ("cat/a.png", "dog"), ("dog/c.png", "dog")]
        write_table(tmp_path / "labels.csv", ("path", "species"), rows)
        found = project.refresh()
        assert (found["images"]["new"], found["annotations"]) == (1, {"new": 1, "changed": 1, "removed": 0})
        assert sorted(labels_of(project)) == [(1, "cat/a.png", "dog"), (2, "dog/c.png", "dog"), (3, "eel/d.png", "eel")]
