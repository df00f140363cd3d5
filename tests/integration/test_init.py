"""`assay init`: a project of a folder of images."""

from __future__ import annotations

import json
import os
from pathlib import Path

import cv2
import numpy as np
import pytest

from assay.client.connection import connect
from assay.client.project import open_project
from assay.errors import InputError


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Three pictures in two folders, and a file that is none."""
    root = tmp_path / "photos"
    (root / "deep" / "er").mkdir(parents=True)
    for name, size in (("a.jpg", (30, 40)), ("b.png", (20, 10)), ("deep/er/c.jpg", (50, 50))):
        cv2.imwrite(str(root / name), np.full((*size, 3), 128, dtype=np.uint8))
    (root / "notes.txt").write_text("no picture")
    return root


def init(workspace: Path, **body: object) -> dict[str, object]:
    workspace.mkdir(exist_ok=True)
    with connect(workspace, actor="test") as connection:
        return connection.run_job("/api/projects/init", body)


def test_images_of_all_folders_are_taken_in_with_sizes_from_their_files(folder: Path, tmp_path: Path) -> None:
    result = init(tmp_path / "w", root=str(folder), name="photos")
    assert (result["images"], result["annotations"], result["classes"]) == (3, 0, 0)
    with open_project(tmp_path / "w" / "photos") as project:
        columns = project.images.columns("file_name", "width", "height", "object_count")
    assert columns["file_name"].tolist() == ["a.jpg", "b.png", "deep/er/c.jpg"]
    assert columns["width"].tolist() == [40, 10, 50]
    assert columns["height"].tolist() == [30, 20, 50]
    assert columns["object_count"].tolist() == [0, 0, 0]


def test_patterns_choose_files_and_a_preview_writes_nothing(folder: Path, tmp_path: Path) -> None:
    workspace = tmp_path / "w"
    workspace.mkdir()
    with connect(workspace, actor="test") as connection:
        body = {"root": str(folder), "patterns": ["*.png"]}
        assert connection.post("/api/projects/init/preview", body)["images"] == ["b.png"]
    assert list(workspace.iterdir()) == []
    assert init(workspace, **body, name="p")["images"] == 1


@pytest.mark.parametrize("files", ["copy", "symlinks"])
def test_copied_and_linked_images_lie_in_the_project(folder: Path, tmp_path: Path, files: str) -> None:
    init(tmp_path / "w", root=str(folder), name="p", files=files)
    inside = tmp_path / "w" / "p" / "images" / "deep" / "er" / "c.jpg"
    assert inside.is_symlink() == (files == "symlinks")
    assert inside.read_bytes() == (folder / "deep" / "er" / "c.jpg").read_bytes()


def test_without_metrics_none_are_computed(folder: Path, tmp_path: Path) -> None:
    init(tmp_path / "w", root=str(folder), name="p", metrics=False)
    with open_project(tmp_path / "w" / "p") as project:
        assert project.metrics == []
        assert len(project.images) == 3


def test_a_file_whose_name_is_no_text_is_counted_and_left_out(folder: Path, tmp_path: Path) -> None:
    odd = os.fsencode(folder) + b"/caf\xe9.jpg"
    try:
        Path(os.fsdecode(odd)).write_bytes((folder / "a.jpg").read_bytes())
    except OSError:
        pytest.skip("this file system takes only UTF-8 names")
    result = init(tmp_path / "w", root=str(folder), name="p")
    assert result["images"] == 3
    assert result["skipped"] == {"file_name_not_utf8": 1}


def test_a_folder_without_images_is_refused_and_leaves_nothing(tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    with pytest.raises(InputError, match="holds no images"):
        init(tmp_path / "w", root=str(tmp_path / "empty"), name="p")
    assert not (tmp_path / "w" / "p").exists()


def test_unreadable_files_are_counted_and_kept(folder: Path, tmp_path: Path) -> None:
    (folder / "broken.jpg").write_bytes(b"not a picture")
    (folder / "empty.png").write_bytes(b"")
    result = init(tmp_path / "w", root=str(folder), name="p")
    assert result["images"] == 5
    (warning,) = result["warnings"]
    assert (warning["code"], warning["count"]) == ("unreadable_file", 2)
    assert "broken.jpg" in json.dumps(warning["examples"])


def test_a_truncated_jpeg_is_counted_and_named(folder: Path, tmp_path: Path) -> None:
    picture = np.random.default_rng(1).integers(0, 256, (200, 300, 3), dtype=np.uint8)
    cv2.imwrite(str(folder / "cut.jpg"), picture)
    (folder / "cut.jpg").write_bytes((folder / "cut.jpg").read_bytes()[:-9_000])
    result = init(tmp_path / "w", root=str(folder), name="p")
    assert result["images"] == 4
    (warning,) = result["warnings"]
    assert (warning["code"], warning["count"]) == ("damaged_file", 1)
    assert "cut.jpg: the JPEG ends early" in warning["examples"][0]
