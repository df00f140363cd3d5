"""A geometry file that has lost words: refused, never filled with zeros, and whole again once it is put back."""

import json
import os
from contextlib import suppress

import numpy as np
import pytest

from assay.client.connection import Connection
from assay.errors import StorageError
from assay.project.coordinates import GeometryReader, GeometryWriter


def refused(folder, committed):
    for opening in (GeometryReader, GeometryWriter):
        with pytest.raises(StorageError) as caught:
            opening(folder, committed)
        assert caught.value.item == str(folder / "geometry.bin")
        assert caught.value.expected.startswith(f"at least {8 * committed:,} bytes")
        assert "from a copy" in caught.value.hint


@pytest.mark.parametrize("left", [23, 16, 0, None])
def test_a_file_that_is_short_or_gone_is_neither_read_nor_appended_to(tmp_path, left):
    file = tmp_path / "geometry.bin"
    if left is not None:
        file.write_bytes(np.array([1.0, 2.0, 3.0]).tobytes()[:left])
    refused(tmp_path, 3)
    assert (file.stat().st_size if file.exists() else None) == left


def test_a_longer_file_is_what_a_crash_has_left(tmp_path):
    (tmp_path / "geometry.bin").write_bytes(np.array([1.0, 2.0]).tobytes() + b"half")
    assert GeometryReader(tmp_path, 2).values.tolist() == [1.0, 2.0]


def test_words_that_end_in_an_error_are_cut_off_again(tmp_path):
    with GeometryWriter(tmp_path, 0) as writer:
        writer.append(np.array([1.0, 2.0]))
    with suppress(ZeroDivisionError), GeometryWriter(tmp_path, 2) as writer:
        writer.append(np.full(100_000, 9.0))
        raise ZeroDivisionError
    assert (tmp_path / "geometry.bin").read_bytes() == np.array([1.0, 2.0]).tobytes()


@pytest.mark.parametrize("damage", ["short", "gone"])
def test_a_project_whose_coordinates_are_lost_is_not_opened_until_they_are_back(workspace, dataset, tmp_path, damage):
    file = workspace / "colors" / "geometry.bin"
    content = {
        "images": [{"id": 1, "file_name": "00000.jpg"}],
        "categories": [{"id": 10, "name": "red"}],
        "annotations": [{"id": 1, "image_id": 1, "category_id": 10, "segmentation": [[1, 2, 30, 4, 5, 40]]}],
    }
    labels = tmp_path / "polygon.json"
    labels.write_text(json.dumps(content))
    body = {"annotations": str(labels), "images": str(dataset.images), "name": "colors", "add": True}
    with Connection(workspace) as connection:
        connection.run_job("/api/projects/import/coco", body)
        exported = connection.run_job(
            "/api/projects/colors/export/coco", {"path": str(tmp_path / "before.json"), "source": 1}
        )
    assert exported["records"]["annotations"] == 1
    whole = file.read_bytes()
    assert len(whole) == 8 * 7  # the length of its ring, and six coordinates
    if damage == "gone":
        file.unlink()
    else:
        os.truncate(file, 40)
    for path, request in (
        ("/api/projects/colors/export/coco", {"path": str(tmp_path / "after.json"), "source": 1}),
        ("/api/projects/import/coco", body),
    ):
        with Connection(workspace) as connection, pytest.raises(StorageError, match="geometry file is"):
            connection.run_job(path, request)
    assert not (tmp_path / "after.json").exists()
    assert (file.read_bytes() if file.exists() else None) == (whole[:40] if damage == "short" else None)
    file.write_bytes(whole)
    with Connection(workspace) as connection:
        connection.run_job("/api/projects/colors/export/coco", {"path": str(tmp_path / "after.json"), "source": 1})
    assert (tmp_path / "after.json").read_bytes() == (tmp_path / "before.json").read_bytes()
