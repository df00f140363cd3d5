"""Own files are replaced whole, and no link in their place is followed."""

import os

import pytest

from assay.errors import StorageError
from assay.ownfiles import make_own_folder, open_own, read_own, replacing


def test_a_file_takes_the_place_of_another_when_the_block_ends_well(tmp_path):
    (tmp_path / "file").write_text("old")
    with replacing(tmp_path / "file") as file:
        file.write(b"new")
    assert (tmp_path / "file").read_text() == "new"
    assert [path.name for path in tmp_path.iterdir()] == ["file"]


def test_the_other_stays_and_nothing_is_left_when_it_ends_in_an_error(tmp_path):
    (tmp_path / "file").write_text("old")
    with pytest.raises(ZeroDivisionError), replacing(tmp_path / "file") as file:  # noqa: PT012 - what it is about
        file.write(b"new")
        raise ZeroDivisionError
    assert (tmp_path / "file").read_text() == "old"
    assert [path.name for path in tmp_path.iterdir()] == ["file"]


def test_a_link_is_replaced_not_followed(tmp_path):
    (tmp_path / "precious").write_text("precious")
    (tmp_path / "file").symlink_to(tmp_path / "precious")
    with replacing(tmp_path / "file") as file:
        file.write(b"new")
    assert (tmp_path / "precious").read_text() == "precious"
    assert not (tmp_path / "file").is_symlink()


def test_links_pipes_and_folders_are_not_opened(tmp_path):
    (tmp_path / "precious").write_text("precious")
    (tmp_path / "link").symlink_to(tmp_path / "precious")
    os.mkfifo(tmp_path / "pipe")
    (tmp_path / "folder").mkdir()
    for name in ("link", "pipe", "folder"):
        with pytest.raises(StorageError, match="Assay keeps a file of its own"):
            read_own(tmp_path / name)
    with pytest.raises(StorageError):
        open_own(tmp_path / "link", os.O_RDWR | os.O_TRUNC)
    assert (tmp_path / "precious").read_text() == "precious"


def test_no_folder_is_made_behind_a_link(tmp_path):
    (tmp_path / "elsewhere").mkdir()
    (tmp_path / "project").mkdir()
    (tmp_path / "project" / "images").symlink_to(tmp_path / "elsewhere")
    with pytest.raises(StorageError):
        make_own_folder(tmp_path / "project", tmp_path / "project" / "images" / "sub")
    assert not any((tmp_path / "elsewhere").iterdir())
