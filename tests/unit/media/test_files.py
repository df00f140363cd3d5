from __future__ import annotations

import os
import sys
import time
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from assay.errors import InputError
from assay.media.files import list_images, resolve_image_files

needs_posix = pytest.mark.skipif(sys.platform == "win32", reason="needs POSIX file names and links")


@pytest.fixture
def root(tmp_path):
    root = tmp_path / "data"
    for name in ("a.jpg", "train/b.jpg", "train/deep/c.png", "train/notes.txt"):
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).touch()
    (tmp_path / "secret.jpg").touch()
    return root


def states(root, *names, **options):
    return [match.state for match in resolve_image_files(root, list(names), **options)]


def test_names_are_found_in_their_folders_in_the_order_given(root):
    matches = resolve_image_files(root, ["train/b.jpg", "a.jpg", "nope.jpg", "train/deep/c.png", "a.jpg"])
    assert [match.name for match in matches] == [
        "train/b.jpg",
        "a.jpg",
        "nope.jpg",
        "train/deep/c.png",
        "a.jpg",
    ]
    assert [match.state for match in matches] == ["found", "found", "missing", "found", "found"]
    assert matches[0].path == str(root / "train" / "b.jpg")
    assert matches[2].path is None


def test_redundant_parts_of_a_name_are_understood(root):
    assert states(root, "./a.jpg", "train//b.jpg", "train/../a.jpg", "nope/../a.jpg") == ["found"] * 4


def test_folders_are_not_files(root):
    assert states(root, "train", "train/", ".", "a.jpg/x.jpg") == ["missing"] * 4


def test_names_that_leave_the_root_are_not_followed(root):
    assert states(root, "../secret.jpg", "train/../../secret.jpg", "..", "/etc/passwd") == ["outside"] * 4
    assert states(root, str(root) + "-other/a.jpg") == ["outside"]


def test_absolute_names_inside_the_root_are_found(root):
    (match,) = resolve_image_files(root, [str(root / "train" / "b.jpg")])
    assert (match.state, match.path) == ("found", str(root / "train" / "b.jpg"))


def test_urls_are_told_apart(root):
    assert states(root, "https://example.org/a.jpg", "s3://bucket/a.jpg", "file:///etc/passwd") == ["remote"] * 3


@needs_posix
def test_windows_separators_are_understood(root):
    matches = resolve_image_files(root, ["train\\b.jpg", ".\\train\\deep\\c.png", "..\\secret.jpg"])
    assert [match.state for match in matches] == ["found", "found", "outside"]
    assert matches[0].path == str(root / "train" / "b.jpg")
    assert states(root, "C:\\data\\a.jpg", "C:/data/a.jpg", "\\\\server\\a.jpg") == [
        "outside",
        "missing",
        "outside",
    ]
    (root / "odd\\name.jpg").touch()
    assert states(root, "odd\\name.jpg") == ["found"]


@needs_posix
def test_another_unicode_composition_names_the_same_file(root):
    (root / "Mu\u0308ller.jpg").touch()
    (match,) = resolve_image_files(root, ["M\u00fcller.jpg"])
    assert match.state == "found"
    assert Path(match.path).exists()


@needs_posix
def test_names_that_are_not_utf8_are_found(root):
    name = os.fsdecode(b"caf\xe9.jpg")
    try:
        (root / name).touch()
    except OSError:
        pytest.skip("this file system keeps UTF-8 names only")
    assert states(root, name) == ["found"]


def test_impossible_names_never_raise(root):
    assert states(root, "", "a\0.jpg", "x" * 10_000, "y/" * 5000 + "a.jpg", "\ud800/a.jpg", "\ud800") == [
        "invalid",
        "invalid",
        "missing",
        "missing",
        "missing",
        "missing",
    ]


@given(st.lists(st.text(max_size=40), max_size=5))
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_no_text_raises_or_leads_outside(root, names):
    for match in resolve_image_files(root, names):
        assert (match.path is None) == (match.state != "found")
        assert match.path is None or match.path.startswith(str(root))


def test_a_root_that_does_not_exist_has_nothing(tmp_path):
    assert states(tmp_path / "nowhere", "a.jpg") == ["missing"]


@needs_posix
def test_links_that_lead_out_are_followed_unless_forbidden(root, tmp_path):
    (tmp_path / "elsewhere").mkdir()
    (tmp_path / "elsewhere" / "d.jpg").touch()
    (root / "linked").symlink_to(tmp_path / "elsewhere")
    (root / "linked.jpg").symlink_to(tmp_path / "secret.jpg")
    (root / "inner.jpg").symlink_to(root / "a.jpg")
    (root / "broken.jpg").symlink_to(root / "gone.jpg")
    names = ("linked/d.jpg", "linked.jpg", "inner.jpg", "broken.jpg")
    assert states(root, *names) == ["found", "found", "found", "missing"]
    assert states(root, *names, follow_links=False) == ["outside", "outside", "found", "missing"]


@needs_posix
def test_a_root_reached_by_a_link_accepts_both_spellings_of_an_absolute_name(root, tmp_path):
    link = tmp_path / "link"
    link.symlink_to(root)
    assert states(link, str(link / "a.jpg"), str(root / "a.jpg"), "a.jpg") == ["found"] * 3


def test_each_folder_is_listed_once_and_no_file_is_looked_at(root, monkeypatch):
    listed = []
    real_scandir = os.scandir

    def counting_scandir(path):
        listed.append(path)
        return real_scandir(path)

    monkeypatch.setattr(os, "scandir", counting_scandir)
    names = [f"train/{number}.jpg" for number in range(50_000)] + [f"{number}.jpg" for number in range(50_000)]
    started = time.perf_counter()
    matches = resolve_image_files(root, names)
    assert time.perf_counter() - started < 10
    assert len(matches) == 100_000
    assert len(listed) == 2


def test_images_are_listed_recursively_sorted_by_extension(root):
    (root / "train" / "UPPER.JPG").touch()
    (root / "z.webp").touch()
    assert list_images(root) == ["a.jpg", "train/UPPER.JPG", "train/b.jpg", "train/deep/c.png", "z.webp"]


def test_patterns_choose_by_name_or_by_path(root):
    assert list_images(root, ["*.png"]) == ["train/deep/c.png"]
    assert list_images(root, ["train/*.JPG"]) == ["train/b.jpg"]
    assert list_images(root, ["*.txt", "a.*"]) == ["a.jpg", "train/notes.txt"]
    assert list_images(root, []) == []


def test_hidden_files_and_folders_are_left_out(root):
    (root / "._a.jpg").touch()
    (root / ".cache").mkdir()
    (root / ".cache" / "t.jpg").touch()
    assert list_images(root) == ["a.jpg", "train/b.jpg", "train/deep/c.png"]


@needs_posix
def test_loops_of_links_end_and_real_folders_keep_their_names(root, tmp_path):
    (root / "aaa").symlink_to(root / "train")
    (root / "train" / "up").symlink_to(root)
    (tmp_path / "other").mkdir()
    (tmp_path / "other" / "o.gif").touch()
    (root / "more").symlink_to(tmp_path / "other")
    assert list_images(root) == ["a.jpg", "more/o.gif", "train/b.jpg", "train/deep/c.png"]


def test_listing_what_is_no_folder_is_the_typed_error(root):
    for path in (root / "nowhere", root / "a.jpg"):
        with pytest.raises(InputError) as caught:
            list_images(path)
        assert caught.value.item == str(path)
