"""A stranger's project from a zip file: it can be looked at, and nothing that it asks for is done unasked."""

from __future__ import annotations

import pytest

from tests.strangers import receive_project


@pytest.fixture
def stranger(tmp_path):
    return receive_project(tmp_path, user_settings=str(tmp_path / "stranger"))


def test_every_command_leaves_alone_what_came_with_a_project(assay, stranger):
    project = stranger.project
    asked = (
        (("query", "--json"), 0),
        (("evaluate", "--predictions", "model", "--json"), 0),
        (("metric", "run", "evil"), 3),
        (("metric", "run", "--all", "--again"), 0),
        (("refresh",), 3),
        (("project", "trust"), 3),
    )
    runs = assay.several(*((*command, "-t", project) for command, _ in asked))
    for (command, code), run in zip(asked, runs, strict=True):
        assert run.code == code, (command, run.err)
        assert "Traceback" not in run.err
    rows, evaluated, *told, trust = runs
    assert (rows.json["total"], evaluated.json["tp"]) == (6, 18)
    assert all("assay project trust" in run.err for run in told)
    for text in ("evil.py", str(stranger.precious), str(project.parents[1] / "private")):
        assert text in trust.out + trust.err
    assert stranger.is_harmless()


def test_an_app_starts_answers_and_leaves_alone_what_came_with_a_project(assay, stranger, until):
    app = assay.start(stranger.project.parent)
    assert app.get("/api/projects/street")["images"] == 6
    report = until(lambda: app.get("/api/projects/street/trust"))
    assert (report["unapproved"], {r["kind"] for r in report["requests"]}) == (
        len(report["requests"]),
        {"job", "code", "images", "file"},
    )
    assert app.jobs() == []
    run = app.stop()
    assert (run.code, "2 jobs that came with the project are left alone" in run.err) == (0, True)
    assert stranger.is_harmless()
