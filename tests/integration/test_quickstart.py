"""The quickstart sandbox, made and measured through the API: what was planted is found."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from assay.client.connection import Connection
from assay.client.project import Project

IMAGES = 40


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Project]:
    workspace = tmp_path_factory.mktemp("sandbox")
    with Connection(workspace, actor="test") as connection:
        result = connection.run_job("/api/sandboxes/quickstart", {"images": IMAGES})
        yield Project(Path(result["project"]), connection)


def known_errors(project: Project, kind: str) -> list[dict[str, Any]]:
    listed = json.loads((project.path / "known_errors.json").read_text())
    return [error for error in listed if error["type"] == kind]


def by_id(project: Project, field: str) -> dict[int, Any]:
    columns = project.annotations.columns("id", field)
    return dict(zip(columns["id"].tolist(), columns[field].tolist(), strict=True))


def test_every_planted_duplicate_is_flagged_with_the_original_as_its_partner(project: Project) -> None:
    known = known_errors(project, "duplicate_annotation")
    assert len(known) > 3
    values, rows = by_id(project, "annotation_duplicates"), by_id(project, "row")
    for error in known:
        assert values[error["annotation_id"]] >= 0.6, error
        detail = project.connection.get(f"{project.route}/annotations/{rows[error['annotation_id']]}")
        evidence = next(e for e in detail["evidence"] if e["metric"] == "annotation_duplicates")
        assert evidence["partner_id"] == error["related_id"]
        assert detail["image"]["id"] == error["image_id"]


def test_nothing_but_the_planted_duplicates_and_their_originals_is_flagged(project: Project) -> None:
    known = known_errors(project, "duplicate_annotation")
    flagged = {number for number, value in by_id(project, "annotation_duplicates").items() if value >= 0.6}
    assert flagged == {error[key] for error in known for key in ("annotation_id", "related_id")}


def test_every_planted_invalid_geometry_is_found_and_nothing_else(project: Project) -> None:
    known = {error["annotation_id"] for error in known_errors(project, "invalid_geometry")}
    assert known
    flagged = {number for number, value in by_id(project, "validity").items() if value >= 0.5}
    assert flagged == known


def test_planted_errors_refer_to_annotations_and_images_of_the_project(project: Project) -> None:
    listed = json.loads((project.path / "known_errors.json").read_text())
    images = by_id(project, "image_id")
    assert len({error["type"] for error in listed}) >= 5
    for error in listed:
        if error["annotation_id"] is not None:
            assert images[error["annotation_id"]] == error["image_id"]


def test_the_outlier_counts_are_those_of_the_values(project: Project) -> None:
    values = project.annotations.columns("annotation_duplicates")["annotation_duplicates"]
    metric = project.metric("annotation_duplicates")
    assert metric["severe"] == (values >= 0.85).sum()
    assert metric["moderate"] == ((values >= 0.6) & (values < 0.85)).sum()


def test_all_images_are_readable_and_the_same_seed_gives_the_same_labels(project: Project, tmp_path: Path) -> None:
    assert project.info()["image_status"] == {"ok": IMAGES}
    with Connection(tmp_path, actor="test") as connection:
        again = connection.run_job("/api/sandboxes/quickstart", {"images": IMAGES})
    for name in ("annotations.json", "known_errors.json"):
        first, second = (Path(p) / name for p in (project.path, again["project"]))
        assert first.read_bytes() == second.read_bytes()
