from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from tests.conftest import Dataset, holder
from tests.unit.jobs.engine_projects import Measurer, resize, write_noisy

from assay.api.app import App
from assay.jobs.engine import geometry, picture_work, pictures, pixel_pass
from assay.jobs.engine.executors import Unit


@contextmanager
def open_workspace(place: Path) -> Iterator[Measurer]:
    place.mkdir()
    app = App(place, holder())
    yield Measurer(app)
    app.close()


@pytest.fixture
def measurer(tmp_path: Path) -> Iterator[Measurer]:
    """An empty workspace whose project `p` can be made and measured."""
    with open_workspace(tmp_path / "workspace") as opened:
        yield opened


@pytest.fixture(scope="session")
def dozen(tmp_path_factory: pytest.TempPathFactory) -> Dataset:
    """Twelve noisy frames of a film with three annotations each; not to be changed."""
    return write_noisy(tmp_path_factory.mktemp("dozen"), film=True)


@pytest.fixture(scope="session")
def whole(tmp_path_factory: pytest.TempPathFactory, dozen: Dataset) -> tuple[Any, ...]:
    """All that measuring `dozen` finds when nothing comes in between: bits of the values, statistics, evidence."""
    with open_workspace(tmp_path_factory.mktemp("whole") / "workspace") as opened:
        opened.take_in(dozen)
        return opened.all()


@pytest.fixture
def write(tmp_path: Path) -> Callable[..., Dataset]:
    """Write a noisy dataset: `write("more", images=3, first=20)`."""
    return lambda name="data", **options: write_noisy(tmp_path / name, **options)


@pytest.fixture
def small_batches(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let a dozen pictures be several batches, and each batch be committed."""
    resize(monkeypatch, Unit.PICTURES, batch=3)
    resize(monkeypatch, Unit.TRACKED, batch=10)
    monkeypatch.setattr(pixel_pass, "_OUTLINED_IMAGES", 5)
    monkeypatch.setattr(pixel_pass, "_COMMIT_IMAGES", 3)
    monkeypatch.setattr(geometry, "_IMAGES", 5)
    monkeypatch.setattr(geometry, "_BATCHES_READ", 2)


@pytest.fixture
def processes(monkeypatch: pytest.MonkeyPatch, small_batches: None) -> None:
    """Let even little work be done by worker processes."""
    for unit in Unit:
        resize(monkeypatch, unit, little=-1)


@pytest.fixture
def read_rows(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """The rows of the images whose pixels are read in this process, in order."""
    rows: list[int] = []

    def measure(options, tasks):
        rows.extend(task.row for task in tasks)
        return picture_work.measure_pictures(options, tasks)

    monkeypatch.setattr(pictures, "measure_pictures", measure)
    return rows
