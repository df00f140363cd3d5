"""The Python API: tables that are read when they are needed, columns, errors."""

from __future__ import annotations

import numpy as np
import pytest

import assay
from assay.client.connection import Connection
from assay.errors import AssayError, ExistsError, InputError, NotFoundError, QueryError, StorageError, UsageError


@pytest.fixture
def project(workspace):
    with assay.open(workspace / "colors") as opened:
        yield opened


def test_tables_count_iterate_sort_and_cut(project, dataset):
    assert (len(project.images), len(project.annotations)) == (6, 18)
    assert [item["id"] for item in project.annotations] == [a["id"] for a in dataset.content["annotations"]]
    worst = project.annotations.sort("-object_area").head(3, ["object_area"])
    areas = sorted((a["area"] for a in dataset.content["annotations"]), reverse=True)
    assert [item["object_area"] for item in worst] == areas[:3]


def test_columns_keep_their_types_and_their_gaps(project):
    columns = project.annotations.columns("row", "object_area", "class", "attr.worker", "attr.checked", "meta.gain")
    assert columns["row"].tolist() == list(range(18))
    assert columns["object_area"].dtype == np.float64
    assert columns["class"][:3].tolist() == ["red", "green", "blue"]
    assert columns["attr.worker"][:3].tolist() == ["w0", "w0", None]
    assert columns["attr.checked"][:2].tolist() == ["True", "False"]
    assert columns["meta.gain"][-1] == 5
    assert {"id", "class", "object_area"} <= set(project.annotations.columns())


def test_errors_are_the_same_as_everywhere(project, workspace):
    with pytest.raises(QueryError, match="no such key"):
        project.images.columns("nonsense")
    with pytest.raises(NotFoundError):
        project.metric("a/b?c#d")
    with pytest.raises(NotFoundError, match="no project here"):
        assay.open(workspace)
    assert project.metric("object_area")["count"] == 18


def test_importing_opens_the_project(make_dataset, tmp_path):
    dataset = make_dataset()
    with assay.import_coco(dataset.annotations, dataset.images, tmp_path / "new" / "place", name="street") as project:
        assert (project.name, len(project.annotations)) == ("street", 18)
        assert {c["name"]: c["annotations"] for c in project.classes} == {"red": 6, "green": 6, "blue": 6}
    with pytest.raises(ExistsError):
        assay.import_coco(dataset.annotations, dataset.images, tmp_path / "new" / "place", name="street")
    with pytest.raises(InputError):
        assay.import_coco(tmp_path / "none.json", dataset.images, tmp_path / "new" / "place", name="other")
    with pytest.raises(StorageError):
        assay.import_coco(dataset.annotations, dataset.images, dataset.annotations, name="other")


def test_extras_that_are_absent_say_what_to_install(project, monkeypatch):
    monkeypatch.setitem(__import__("sys").modules, "polars", None)
    with pytest.raises(UsageError) as caught:
        project.images.to_polars()
    assert caught.value.expected == "pip install 'assay[polars]'"


def test_a_project_is_let_go_when_opening_fails_and_at_the_end(workspace):
    (workspace / "colors" / "assay.duckdb").write_bytes(b"broken")
    with pytest.raises(StorageError):
        assay.open(workspace / "colors")
    with Connection(workspace) as connection, pytest.raises(AssayError):
        connection.get("/api/projects/colors")


def test_an_interrupt_cancels_the_job_and_nothing_is_left(make_dataset, tmp_path):
    dataset = make_dataset(images=50)

    def interrupt(_job):
        raise KeyboardInterrupt

    with Connection(tmp_path) as connection:
        with pytest.raises(KeyboardInterrupt):
            connection.run_job("/api/projects/import/coco", dataset.body(name="big"), interrupt)
        [job] = connection.get("/api/jobs")["jobs"]
    with Connection(tmp_path) as connection:
        states = {p["name"]: p["state"] for p in connection.get("/api/projects")["projects"]}
    assert job["status"] in ("queued", "running", "cancelled")
    assert states in ({}, {"big": "importing"})
