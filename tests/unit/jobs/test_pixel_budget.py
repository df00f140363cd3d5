"""What pictures are decoded in at the same time stays within a budget, however many processes there are."""

from __future__ import annotations

import time
from functools import partial
from itertools import pairwise

import numpy as np
import pytest
from tests.unit.jobs.engine_projects import write_noisy, write_picture

from assay.jobs.engine.executors import Engine
from assay.jobs.engine.picture_passes import count_at_once, measure_within_budget
from assay.jobs.engine.picture_work import PictureOptions, PictureTask, measure_pictures
from assay.media.location import ImageLocation

WIDE = 500
DECODING = 2 * 3 * WIDE * WIDE  # the pixels, and OpenCV's copy of them
OPTIONS = PictureOptions(images=True, annotations=True, thumbnails=True)


def go_on():
    """Nobody asks for the end."""


def note_times(folder, options, tasks):
    """Measure pictures, and note from when to when each was decoded and measured."""
    results = []
    for task in tasks:
        started = time.monotonic()
        [result] = measure_pictures(options, [task])
        if not result.put_off_bytes:
            (folder / f"{task.row}").write_text(f"{started} {time.monotonic()}")
        results.append(result)
    return results


@pytest.fixture
def tasks(tmp_path):
    """Six small pictures, and three wide ones among them."""
    random = np.random.default_rng(4)
    found = []
    for row in range(9):
        side = WIDE if row % 3 == 1 else 20
        path = tmp_path / f"{row}.png"
        write_picture(path, random.integers(0, 256, (side, side, 3), dtype=np.uint8))
        boxes = np.array([[1.0, 2.0, 15.0, 19.0]])
        # the annotation file may declare any size, or none: the header counts
        found.append(
            PictureTask(row, ImageLocation("", str(path)), True, None, None, np.array([row], dtype=np.int32), boxes)
        )
    return found


def measure(tasks, budget, monkeypatch, tmp_path, workers=2):
    monkeypatch.setenv("ASSAY_PIXEL_BUDGET", str(budget))
    times = tmp_path / f"times {budget}"
    times.mkdir()
    batches = [tasks[:4], tasks[4:6], tasks[6:]]
    parts = list(
        measure_within_budget(
            Engine(go_on, workers), partial(note_times, times), OPTIONS, batches, len(tasks), apart=True
        )
    )
    results = {result.row: result for part in parts for result in part}
    assert sum(map(len, parts)) == len(results) == len(tasks)
    return results, {row: tuple(map(float, (times / str(row)).read_text().split())) for row in results}


def test_pictures_that_would_fill_the_budget_are_measured_one_after_another(tasks, tmp_path, monkeypatch):
    _, times = measure(tasks, DECODING, monkeypatch, tmp_path)
    wide = sorted(times[row] for row in (1, 4, 7))
    assert all(end <= start for (_, end), (start, _) in pairwise(wide))
    assert max(times[row][1] for row in (0, 2, 3, 5, 6, 8)) <= wide[0][0]  # no small one beside them


def test_the_budget_changes_no_value(tasks, tmp_path, monkeypatch):
    tight, _ = measure(tasks, DECODING, monkeypatch, tmp_path)
    ample, _ = measure(tasks, 100 * DECODING, monkeypatch, tmp_path)
    for row, result in ample.items():
        assert tight[row].image_values == result.image_values
        assert tight[row].pixel_hash == result.pixel_hash != ""
        assert tight[row].thumbnail == result.thumbnail is not None
        for key, values in result.object_values.items():
            assert tight[row].object_values[key].tobytes() == values.tobytes()


@pytest.mark.parametrize(
    ("needed", "workers", "at_once"),
    [(1, 8, 8), (100, 8, 8), (101, 8, 4), (201, 8, 2), (401, 8, 1), (10**12, 8, 1), (300, 3, 1), (266, 3, 3)],
)
def test_the_larger_a_picture_the_fewer_at_once(needed, workers, at_once):
    assert count_at_once(needed, 800, workers) == at_once
    assert needed * at_once <= 800 or at_once == 1


def test_a_project_measured_within_a_tight_budget_has_the_same_values(measurer, tmp_path, processes, monkeypatch):
    dataset = write_noisy(tmp_path / "noisy")
    measurer.take_in(dataset, metrics=False)
    assert measurer.measure(workers=2)["measured"] == 12
    found = measurer.all()
    monkeypatch.setenv("ASSAY_PIXEL_BUDGET", "8KB")  # half of them take more than 4 KB, some more than 8
    assert measurer.measure(workers=2, again=True)["measured"] == 12
    assert measurer.all() == found
