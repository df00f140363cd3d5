"""Pipes among the images, and files of a share that hangs: named and passed over."""

from __future__ import annotations

import os
import threading

import numpy as np
import pytest

from assay.jobs import files
from assay.jobs.create import import_dataset
from assay.jobs.engine import picture_work
from assay.media.reading import read_image
from assay.patience import PatientThreads


def status(measurer):
    with measurer.store.read() as cursor:
        return cursor.execute("SELECT row, status, detail FROM image_file ORDER BY row").fetchall()


def first_file(dataset):
    return dataset.images / dataset.content["images"][0]["file_name"]


@pytest.mark.parametrize("how", ["in-place", "copy", "link"])
def test_a_pipe_among_the_images_is_named_and_the_rest_measured(measurer, write, how):
    dataset = write(images=3)
    pipe = first_file(dataset)
    pipe.unlink()
    os.mkfifo(pipe)
    import_dataset(
        measurer.context(format="coco", annotations=str(dataset.annotations), images=str(dataset.images), files=how)
    )
    assert status(measurer) == [(0, 2, f"{pipe.name}: a pipe"), (1, 0, None), (2, 0, None)]
    assert np.isfinite(measurer.values("image")["brightness"]).tolist() == [False, True, True]


def test_a_pipe_in_a_folder_of_images_is_named(measurer, write):
    dataset = write(images=3)
    pipe = first_file(dataset)
    pipe.unlink()
    os.mkfifo(pipe)
    import_dataset(measurer.context(format="images", root=str(dataset.images), patterns=None, files="in-place"))
    assert [found for _, found, _ in status(measurer)].count(2) == 1
    assert f"{pipe.name}: a pipe" in [detail for *_, detail in status(measurer)]


@pytest.fixture
def gate():
    event = threading.Event()
    yield event
    event.set()


def test_a_file_that_hangs_while_it_is_looked_at_is_named(measurer, write, monkeypatch, gate):
    dataset = write(images=3)
    hanging = first_file(dataset).name
    probe = files.probe_file
    monkeypatch.setattr(files, "_PROBE_LIMIT_S", 0.3)
    monkeypatch.setattr(files, "probe_file", lambda path: gate.wait() if path.name == hanging else probe(path))
    measurer.take_in(dataset)
    (_, first, detail), *others = status(measurer)
    assert (first, detail) == (2, f"{hanging}: the disk or network share does not answer")
    assert [found for _, found, _ in others] == [0, 0]


def test_files_that_hang_while_they_are_measured_are_named(measurer, write, monkeypatch, gate):
    dataset = write(images=6)
    hanging = {image["file_name"] for image in dataset.content["images"][2:]}
    monkeypatch.setattr(picture_work, "_READERS", PatientThreads("t", 1, 0.3, most_stuck=2))
    monkeypatch.setattr(
        picture_work, "read_image", lambda path: gate.wait() if path.rpartition("/")[2] in hanging else read_image(path)
    )
    measurer.take_in(dataset)
    assert np.isfinite(measurer.values("image")["brightness"]).tolist() == [True, True, False, False, False, False]
    with measurer.store.read() as cursor:
        details = cursor.execute("SELECT detail FROM image_file WHERE row >= 2 ORDER BY row").fetchall()
    assert all("does not answer" in detail for (detail,) in details)
