"""Making a sandbox: progress, cancelling, files that cannot be written."""

from __future__ import annotations

from dataclasses import replace

import pytest
from tests.unit.sandbox.conftest import TABLETOP

from assay.errors import CancelledError, StorageError
from assay.sandbox import SANDBOXES, generate
from assay.workers import InlineExecutor

SPEC = replace(TABLETOP, images=12)


def files_in(folder):
    return [path for path in folder.rglob("*") if path.is_file()]


def test_progress_counts_the_images(tmp_path):
    told = []
    generate(SPEC, tmp_path, progress=lambda done, total: told.append((done, total)))
    assert told == [(5, 12), (10, 12), (12, 12)]


def test_a_sequence_is_made_as_a_whole(tmp_path):
    told = []
    spec = replace(SANDBOXES["tabletop-video"], images=14, sequence_frames=6)
    generate(spec, tmp_path, progress=lambda done, total: told.append((done, total)))
    assert told == [(6, 14), (12, 14), (14, 14)]


@pytest.mark.parametrize("name", ["tabletop", "tabletop-classification", "tabletop-video"])
def test_cancelling_leaves_no_files(tmp_path, name):
    told = []
    spec = replace(SANDBOXES[name], images=12, sequence_frames=5)

    def check():
        if told:
            raise CancelledError("It was cancelled.")

    with pytest.raises(CancelledError):
        generate(spec, tmp_path, executor=InlineExecutor(check), progress=lambda *counts: told.append(counts))
    assert told == [(5, 12)]
    assert files_in(tmp_path) == []


def test_a_folder_that_cannot_be_written_is_a_storage_error(tmp_path):
    (tmp_path / "images").write_text("a file where the folder would go")
    with pytest.raises(StorageError, match="could not be written") as caught:
        generate(SPEC, tmp_path)
    assert "images" in caught.value.item


def test_no_temporary_files_stay(tmp_path):
    generate(replace(SPEC, images=3), tmp_path)
    assert {path.relative_to(tmp_path).as_posix() for path in files_in(tmp_path)} == {
        "annotations.json",
        "known_errors.json",
        "images/000001.jpg",
        "images/000002.jpg",
        "images/000003.jpg",
        "predictions/baseline.json",
        "predictions/improved.json",
    }
