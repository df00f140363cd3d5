r"""Names whose folders are another computer's: which file they mean, and when they mean none."""

from __future__ import annotations

from pathlib import Path

import pytest

from assay.media.files import resolve_image_files
from assay.media.path_ends import match_path_ends, split_name


def make(root: Path, *files: str) -> Path:
    for file in files:
        (root / file).parent.mkdir(parents=True, exist_ok=True)
        (root / file).touch()
    return root


def find(root: Path, *names: str) -> list[str | tuple[str, ...] | None]:
    """Return of each name its file relative to the root, or what it contends with, or None."""
    matches = resolve_image_files(root, names)
    ends = match_path_ends(root, matches)
    found: list[str | tuple[str, ...] | None] = []
    for at, match in enumerate(matches):
        path = ends[at].path if at in ends else match.path
        found.append(Path(path).relative_to(root).as_posix() if path else ends[at].rivals if at in ends else None)
    return found


@pytest.mark.parametrize(
    ("name", "parts"),
    [
        ("a.png", ("a.png",)), ("/a/b.png", ("a", "b.png")), ("C:\\a\\b.png", ("a", "b.png")), ("c:b.png", ("b.png",)),
        ("\\\\server\\a\\b.png", ("server", "a", "b.png")), ("..\\..\\a/./b.png", ("a", "b.png")),
        ("x/../a/b.png", ("a", "b.png")),
        ("https://host/a/b.png?v=1#x", ("a", "b.png")), ("//a//b.png", ("a", "b.png")),
        ("..", ()),
        ("http://[x", ()),
    ],
)  # fmt: skip
def test_names_of_every_system_are_split_alike(name, parts):
    assert split_name(name) == parts


@pytest.mark.parametrize(
    "name",
    ["D:\\work\\img\\val\\1.png", "/home/me/img/val/1.png", "..\\img\\val\\1.png", "../img/val/1.png", "/val/1.png",
     "\\val\\1.png", "val\\1.png", "..\\img/val\\1.png", "https://host/img/val/1.png", "\\\\server\\share\\val\\1.png"],
)  # fmt: skip
def test_the_longest_end_decides_between_equal_base_names(tmp_path, name):
    root = make(tmp_path / "img", "train/1.png", "val/1.png", "1.jpg")
    assert find(root, name) == ["val/1.png"]


def test_two_names_never_share_a_file_and_the_longer_end_has_it(tmp_path):
    train = make(tmp_path / "img" / "train", "1.png")
    assert find(train, "train/1.png", "val/1.png") == ["1.png", ("train/1.png",)]
    assert find(train, "val/1.png", "train\\1.png", "/x/train/1.png") == [
        ("train/1.png", "x/train/1.png"), ("x/train/1.png",), ("train/1.png",),
    ]  # fmt: skip
    assert find(train, "1.png", "val/1.png") == ["1.png", ("1.png",)]  # what is where its name says is never another's


def test_two_names_that_fit_a_file_equally_well_get_none(tmp_path):
    root = make(tmp_path / "img", "1.png")
    assert find(root, "a/1.png", "b/1.png") == [("b/1.png",), ("a/1.png",)]
    assert find(root, "a/1.png", "a\\1.png") == ["1.png", "1.png"]  # one name, written twice


def test_a_name_that_fits_two_files_equally_well_gets_none(tmp_path):
    root = make(tmp_path / "img", "a/1.png", "b/1.png", "b/2.png")
    assert find(root, "1.png", "2.png", "c/2.png") == [("a/1.png", "b/1.png"), ("c/2.png",), ("2.png",)]


def test_a_folder_that_is_there_is_the_one_that_is_meant(tmp_path):
    root = make(tmp_path / "img", "1.png", "backup/2.png", "val/3.png", "train/4.png")
    assert find(root, "1.png", "2.png") == ["1.png", None]
    assert find(root, "val/4.png") == [None]
    assert find(root, "2.png") == ["backup/2.png"]


def test_percent_signs_are_decoded_where_no_file_is_called_so(tmp_path):
    root = make(
        tmp_path / "img", "my photo.png", "a%20b.png", "a b.png", "Gr\u00fc\u00dfe/x.png", "50%.png", "c%20d.png"
    )
    names = ["my%20photo.png", "a%20b.png", "Gr%C3%BC%C3%9Fe/x.png", "50%.png"]
    assert find(root, *names) == ["my photo.png", "a%20b.png", "Gr\u00fc\u00dfe/x.png", "50%.png"]
    assert find(make(tmp_path / "other", "c%20d.png"), "c d.png") == ["c%20d.png"]


def test_slashes_may_be_percent_signs_and_label_studio_names_files_in_a_query(tmp_path):
    root = make(tmp_path / "img", "a/1.png", "b/1.png", "b/2 3.png")
    names = ["a%2F1.png", "/data/local-files/?d=set%2Fb%2F1.png", "http://h:8080/data/local-files/?d=b/2%203.png&x=1"]
    assert find(root, *names) == ["a/1.png", "b/1.png", "b/2 3.png"]


def test_capitals_count_only_where_they_tell_files_apart(tmp_path):
    root = make(tmp_path / "img", "Train/IMG_1.jpg", "Val/IMG_1.jpg", "Val/a.png", "Val/A.png", "Val/b.png")
    assert find(root, "TRAIN/img_1.JPG", "val/IMG_1.jpg", "Val/a.PNG", "Val/B.png") == [
        "Train/IMG_1.jpg", "Val/IMG_1.jpg", ("Val/A.png", "Val/a.png"), "Val/b.png",
    ]  # fmt: skip
    assert find(root, "Val/b.png", "Val/B.png") == ["Val/b.png", ("Val/b.png",)]  # one file, one name


def test_a_name_without_an_extension_is_the_one_picture_called_so(tmp_path):
    root = make(tmp_path / "img", "train/397133.jpg", "train/12.png", "val/12.jpg", "train/notes.txt", "v1.2.png")
    assert find(root, "397133", "12", "notes", "v1.2") == [
        "train/397133.jpg", ("train/12.png", "val/12.jpg"), None, "v1.2.png",
    ]  # fmt: skip


def test_nothing_outside_the_root_is_found(tmp_path):
    root = make(tmp_path / "img", "a.png")
    make(tmp_path, "secret.png")
    assert find(root, "../secret.png", str(tmp_path / "secret.png"), "\0", "") == [None] * 4
    assert match_path_ends(tmp_path / "nowhere", resolve_image_files(tmp_path / "nowhere", ["a.png"])) == {}
