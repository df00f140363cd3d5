"""The quickstart sandbox, made and measured through the door: what was planted is found."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from assay.client.connection import Connection
from assay.client.project import Project


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Project]:
    workspace = tmp_path_factory.mktemp("sandbox")
    with Connection(workspace, actor="test") as connection:
        result = connection.run_job("/api/sandboxes/quickstart", {"images": 24})
        yield Project(Path(result["project"]), connection)


def test_every_planted_duplicate_is_flagged_with_the_original_as_its_partner(project: Project) -> None:
    known = json.loads((project.path / "known_errors.json").read_text())
    assert len(known) > 3
    assert {error["type"] for error in known} == {"duplicate_annotation"}
    columns = project.annotations.columns("id", "row", "annotation_duplicates")
    values = dict(zip(columns["id"].tolist(), columns["annotation_duplicates"].tolist(), strict=True))
    rows = dict(zip(columns["id"].tolist(), columns["row"].tolist(), strict=True))
    for error in known:
        assert values[error["annotation_id"]] >= 0.6, error
        detail = project.connection.get(f"{project.route}/annotations/{rows[error['annotation_id']]}")
        evidence = next(e for e in detail["evidence"] if e["metric"] == "annotation_duplicates")
        assert evidence["partner_id"] == error["related_id"]
        assert detail["image"]["id"] == error["image_id"]


def test_the_outlier_counts_are_those_of_the_values(project: Project) -> None:
    values = project.annotations.columns("annotation_duplicates")["annotation_duplicates"]
    metric = project.metric("annotation_duplicates")
    assert metric["severe"] == (values >= 0.85).sum()
    assert metric["moderate"] == ((values >= 0.6) & (values < 0.85)).sum()


def test_all_images_are_readable_and_the_same_seed_gives_the_same_labels(project: Project, tmp_path: Path) -> None:
    assert project.info()["image_status"] == {"ok": 24}
    with Connection(tmp_path, actor="test") as connection:
        again = connection.run_job("/api/sandboxes/quickstart", {"images": 24})
    first, second = (Path(p) / "annotations.json" for p in (project.path, again["project"]))
    assert first.read_bytes() == second.read_bytes()
