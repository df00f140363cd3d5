"""Projects and their data are moved, together or one of them alone, and go on working."""

from __future__ import annotations

import json
import shutil
import zipfile

import duckdb
import pytest

import assay
from assay.errors import InputError, NotFoundError, UsageError
from assay.project.places import follow, home_of, resolve_path, store_path

NOTHING = {"new": 0, "changed": 0, "removed": 0}


@pytest.fixture
def tree(tmp_path, make_dataset):
    """A folder `a` that holds images, annotations and the project `p`."""
    dataset = make_dataset()
    folder = tmp_path / "a"
    dataset.images.parent.rename(folder)
    assay.import_coco(folder / "images.json", folder / "images", folder, name="p").close()
    return folder


def stored(project):
    with duckdb.connect(str(project / "assay.duckdb"), read_only=True) as database:
        return database.execute("SELECT path, image_root FROM source ORDER BY source").fetchall()


def make_old(project, path: str, root: str) -> None:
    """Let a project be as it was when paths were put down from the root on."""
    with duckdb.connect(str(project / "assay.duckdb")) as database:
        database.execute("UPDATE source SET path = ?, image_root = ?", [path, root])
    manifest = json.loads((project / "project.json").read_text())
    del manifest["home"]
    (project / "project.json").write_text(json.dumps(manifest))


def check_works(project, images: int = 6) -> None:
    """Refresh, metrics and pictures work, and a refresh finds nothing changed."""
    with assay.open(project) as opened:
        done = opened.refresh()
        assert {key: done["images"][key] for key in NOTHING} == NOTHING
        assert (done["images"]["missing"], done["annotations"]) == (0, NOTHING)
        assert opened.run_metrics("brightness", again=True)["measured"] == images
        for kind in ("thumbnail", "view"):
            opened.connection.request("GET", f"{opened.route}/images/0/{kind}")
        for source in opened.info()["sources"]:
            assert source["images"].startswith("/")


def test_places_are_put_down_relative_to_the_project(tree):
    assert stored(tree / "p") == [("../images.json", "../images")]
    with assay.open(tree / "p") as opened:
        [source] = opened.info()["sources"]
    assert (source["path"], source["images"]) == (str(tree / "images.json"), str(tree / "images"))


def test_project_and_data_moved_together_work(tree, tmp_path):
    tree.rename(tmp_path / "b")
    check_works(tmp_path / "b" / "p")
    (tmp_path / "c" / "d").mkdir(parents=True)
    (tmp_path / "b").rename(tmp_path / "c" / "d" / "e")
    check_works(tmp_path / "c" / "d" / "e" / "p")


def test_zipped_and_unzipped_elsewhere_it_works(tree, tmp_path):
    with zipfile.ZipFile(tmp_path / "all.zip", "w") as archive:
        for path in sorted(tree.rglob("*")):
            archive.write(path, path.relative_to(tree))
    shutil.rmtree(tree)
    with zipfile.ZipFile(tmp_path / "all.zip") as archive:
        archive.extractall(tmp_path / "far" / "away")
    check_works(tmp_path / "far" / "away" / "p")


def test_the_project_moved_alone_finds_its_data_where_they_were(tree, tmp_path):
    (tmp_path / "x" / "y").mkdir(parents=True)
    (tree / "p").rename(tmp_path / "x" / "y" / "q")
    check_works(tmp_path / "x" / "y" / "q")
    assert stored(tmp_path / "x" / "y" / "q") == [("../../../a/images.json", "../../../a/images")]


def test_an_old_project_with_paths_from_the_root_on_is_found_again(tree, tmp_path):
    make_old(tree / "p", str(tree / "images.json"), str(tree / "images"))
    tree.rename(tmp_path / "b")
    check_works(tmp_path / "b" / "p")
    assert stored(tmp_path / "b" / "p") == [("../images.json", "../images")]


def test_an_old_project_moved_alone_is_found_again(tree, tmp_path):
    make_old(tree / "p", str(tree / "images.json"), str(tree / "images"))
    (tmp_path / "x" / "y").mkdir(parents=True)
    (tree / "p").rename(tmp_path / "x" / "y" / "p")
    check_works(tmp_path / "x" / "y" / "p")


def test_paths_of_windows_are_looked_for_by_their_ends(tree):
    make_old(tree / "p", r"D:\sets\a\images.json", r"D:\sets\a\images")
    check_works(tree / "p")
    assert stored(tree / "p") == [("../images.json", "../images")]


def test_data_moved_alone_are_an_error_that_names_relocate_until_it_is_told(tree, tmp_path, cli):
    (tmp_path / "new").mkdir()
    (tree / "images").rename(tmp_path / "new" / "pictures")
    (tree / "images.json").rename(tmp_path / "new" / "labels.json")
    failed = cli("refresh", "-t", tree / "p")
    assert failed.code == 3
    assert "assay project relocate --images" in failed.err
    with assay.open(tree / "p") as opened, pytest.raises(NotFoundError, match="assay project relocate"):
        opened.connection.request("GET", f"{opened.route}/images/0/view")
    with assay.open(tree / "p") as opened, pytest.raises(InputError, match="assay project relocate --images"):
        opened.relocate()
    told = cli(
        "project", "relocate", "-t", tree / "p", "--images", tmp_path / "new" / "pictures",
        "--annotations", tmp_path / "new" / "labels.json", "--json",
    )  # fmt: skip
    assert told.json == {
        "project": str(tree / "p"),
        "sources": [
            {
                "source": 0, "kind": "coco", "images": str(tmp_path / "new" / "pictures"),
                "annotations": str(tmp_path / "new" / "labels.json"), "found": 6, "total": 6, "changed": True,
            }
        ],
    }  # fmt: skip
    check_works(tree / "p")
    again = cli("project", "relocate", "-t", tree / "p")
    moved = tmp_path / "new"
    assert again.out == f"Source 0: 6 of 6 images in {moved / 'pictures'}, annotations in {moved / 'labels.json'}\n"


def test_what_does_not_fit_is_refused_before_anything_is_written(tree, tmp_path, make_dataset, cli):
    before = stored(tree / "p")
    other = tmp_path / "other"
    other.mkdir()
    (other / "x.png").write_bytes(b"")
    (other / "x.json").write_text('{"images": [{"id": 1, "file_name": "x.png"}], "annotations": [], "categories": []}')
    (other / "no.json").write_text("{")
    for options in (
        ("--images", other),
        ("--images", tmp_path / "nothing"),
        ("--images", other / "x.png"),
        ("--annotations", other / "x.json"),
        ("--annotations", other / "no.json"),
        ("--annotations", other),
    ):
        assert cli("project", "relocate", "-t", tree / "p", *options).code == 3, options
    assert cli("project", "relocate", "-t", tree / "p", "--source", 5).code == 2
    with assay.open(tree / "p") as opened:
        with pytest.raises(InputError, match="0 of 6 images found"):
            opened.relocate(images=other)
        with pytest.raises(InputError, match="images such as"):
            opened.relocate(annotations=other / "x.json")
    assert stored(tree / "p") == before


def test_an_annotation_file_that_was_edited_is_taken_and_images_that_lack_are_counted(tree, tmp_path):
    content = json.loads((tree / "images.json").read_text())
    content["annotations"][0]["bbox"] = [1, 1, 5, 5]
    (tree / "edited.json").write_text(json.dumps(content))
    shutil.copytree(tree / "images", tmp_path / "fewer")
    (tmp_path / "fewer" / "00003.jpg").unlink()
    with assay.open(tree / "p") as opened:
        [one] = opened.relocate(images=tmp_path / "fewer", annotations=tree / "edited.json")
        assert (one["found"], one["total"]) == (5, 6)
        assert opened.refresh()["annotations"] == {"new": 0, "changed": 1, "removed": 0}


def test_of_several_sources_one_is_named(tree, tmp_path, make_dataset):
    more = make_dataset(images=4, first_id=500, name="val")
    with assay.import_coco(more.annotations, more.images, tree, name="p", add=True) as opened:
        (more.images).rename(tmp_path / "moved")
        with pytest.raises(UsageError, match="--source"):
            opened.relocate(images=tmp_path / "moved")
        [one] = opened.relocate(images=tmp_path / "moved", source=1)
        assert (one["source"], one["found"], one["total"]) == (1, 4, 4)
    check_works(tree / "p", 10)


def test_folders_of_classes_tables_links_and_copies_move_too(tree, tmp_path):
    for name in ("red", "blue"):
        (tree / "byclass" / name).mkdir(parents=True)
        shutil.copy(tree / "images" / "00000.jpg", tree / "byclass" / name / f"{name}.jpg")
    (tree / "labels.csv").write_text("file,label\n00000.jpg,a\n00001.jpg,b\n")
    assay.import_folder(tree / "byclass", tree, name="folder").close()
    assay.import_csv(
        tree / "labels.csv", tree / "images", tree, name="table", path_column="file", label_column="label"
    ).close()
    assay.import_coco(tree / "images.json", tree / "images", tree, name="links", files="symlinks").close()
    assay.import_coco(tree / "images.json", tree / "images", tree, name="copies", files="copy").close()
    tree.rename(tmp_path / "b")
    for name, images in (("folder", 2), ("table", 2), ("links", 6), ("copies", 6)):
        check_works(tmp_path / "b" / name, images)
    (tmp_path / "b" / "links").rename(tmp_path / "links")
    check_works(tmp_path / "links")
    with assay.open(tmp_path / "b" / "folder") as opened, pytest.raises(UsageError, match="no annotation file"):
        opened.relocate(annotations=tmp_path / "b" / "labels.csv")


def test_a_project_behind_a_link_finds_images_that_are_relative_to_where_it_really_is(tmp_path, make_dataset):
    dataset = make_dataset()
    (tmp_path / "disk" / "deep" / "ws").mkdir(parents=True)
    (tmp_path / "ws").symlink_to(tmp_path / "disk" / "deep" / "ws")
    assay.import_coco(dataset.annotations, dataset.images, tmp_path / "ws", name="p").close()
    check_works(tmp_path / "ws" / "p")
    check_works(tmp_path / "disk" / "deep" / "ws" / "p")


def test_the_arithmetic_of_places(tmp_path):
    (tmp_path / "p").mkdir()
    assert store_path(tmp_path / "p", tmp_path / "img") == "../img"
    assert resolve_path(tmp_path / "p", "../img") == tmp_path / "img"
    assert str(resolve_path(tmp_path / "p", "C:\\data\\img")) == "C:\\data\\img"
    assert home_of(tmp_path / "p") == str(tmp_path / "p")
    assert follow("/x/gt.json", "/x/img", tmp_path / "img") == tmp_path / "gt.json"
    assert follow("C:\\x\\gt.json", "C:\\x\\img", tmp_path / "img") == tmp_path / "gt.json"
    assert follow("C:\\x\\gt.json", "D:\\img", tmp_path / "img") is None
    assert follow("../gt.json", "/x/img", tmp_path / "img") is None
