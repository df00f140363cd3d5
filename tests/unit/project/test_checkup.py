"""The project doctor: what it finds on a sound and on a damaged project, and what it heals."""

from __future__ import annotations

import json
import shutil
from contextlib import contextmanager

import duckdb
import pytest

import assay
from assay.errors import NotFoundError
from assay.project.checkup.registry import CHECKS
from assay.project.coordinates import GEOMETRY_FILE


@pytest.fixture
def project(workspace):
    """A project that has found its data from where it lies now, as an opening makes it."""
    assay.open(workspace / "colors").close()
    return workspace / "colors"


@contextmanager
def tables(project):
    with duckdb.connect(str(project / "assay.duckdb")) as database:
        yield database


def states(checkup) -> dict[str, str]:
    return {check["check"]: check["state"] for check in checkup["checks"] if check["state"] != "ok"}


def findings(checkup, key: str):
    return next(check["findings"] for check in checkup["checks"] if check["check"] == key)


def test_a_sound_project_passes_every_check_and_nothing_is_written(project):
    before = {path: path.stat().st_mtime_ns for path in project.rglob("*") if path.is_file() and path.suffix != ".lock"}
    checkup = assay.doctor(project)
    assert [check["check"] for check in checkup["checks"]] == [check.key for check in CHECKS]
    assert (checkup["sound"], checkup["errors"], checkup["warnings"], checkup["healed"]) == (True, 0, 0, 0)
    assert states(checkup) == {}
    assert {path: path.stat().st_mtime_ns for path in before} == before


def test_command_line_api_and_python_tell_the_same(project, cli, client):
    (project / "images" / "x.jpg.part").write_bytes(b"12345")
    served = client.get("/api/projects/colors/doctor").json()
    client.app.state.app.close()
    told = cli("project", "doctor", "-t", project, "--json")
    assert (told.code, told.json) == (0, served)
    assert assay.doctor(project) == served
    with assay.open(project) as opened:
        assert opened.doctor() == served
    lines = cli("project", "doctor", "-t", project).out
    assert "warning  temporary files" in lines
    assert "x.jpg.part" in lines
    assert "assay project doctor --heal" in lines


def test_remains_of_killed_processes_are_removed_when_asked_for(project):
    remains = [project / "project.json.999999.tmp", project / "images" / "x.jpg.part"]
    for path in remains:
        path.write_bytes(b"12345")
    [found] = findings(assay.doctor(project), "remains")
    assert (found["count"], found["actual"], found["healed"]) == (2, "2, 10 bytes", False)
    assert all(path.exists() for path in remains)
    checkup = assay.doctor(project, heal=True)
    assert (states(checkup), checkup["healed"], checkup["sound"]) == ({"remains": "healed"}, 1, True)
    assert not any(path.exists() for path in remains)


def test_wrong_counts_in_the_manifest_are_brought_in_line_with_the_database(project):
    manifest = json.loads((project / "project.json").read_text())
    (project / "project.json").write_text(json.dumps(manifest | {"images": 7, "prediction_sets": 2}))
    [found] = findings(assay.doctor(project), "manifest")
    assert found["expected"] == "images 6, prediction_sets 0"
    assert found["actual"] == "images 7, prediction_sets 2"
    assert states(assay.doctor(project, heal=True)) == {"manifest": "healed"}
    assert json.loads((project / "project.json").read_text()) == manifest


@pytest.mark.parametrize("content", [None, b"", b"{", b'{"name": 3}', b"[]"])
def test_a_manifest_that_cannot_be_read_is_made_anew_from_the_database(project, cli, content):
    manifest = json.loads((project / "project.json").read_text())
    if content is None:
        (project / "project.json").unlink()
    else:
        (project / "project.json").write_bytes(content)
    told = cli("project", "doctor", "-t", project, "--json")
    assert told.code == 1
    assert states(told.json)["manifest"] == "error"
    healed = cli("project", "doctor", "-t", project, "--heal", "--json")
    assert (healed.code, states(healed.json)) == (0, {"manifest": "healed"})
    made = json.loads((project / "project.json").read_text())
    same = ("name", "state", "images", "annotations", "classes", "prediction_sets", "schema", "unfinished_jobs")
    assert {key: made[key] for key in same} == {key: manifest[key] for key in same}
    with assay.open(project) as opened:
        assert len(opened.images) == 6


def test_a_geometry_file_that_is_too_short_is_an_error_with_both_lengths(project, cli):
    with tables(project) as database:
        database.execute("UPDATE state SET value = 100 WHERE key = 'words'")
    (project / GEOMETRY_FILE).write_bytes(bytes(792))
    told = cli("project", "doctor", "-t", project, "--json", "--heal")
    assert told.code == 1
    found = findings(told.json, "geometry")[0]
    assert (found["severity"], found["expected"], found["actual"]) == ("error", "800 bytes", "792 bytes")
    assert found["healable"] is False
    (project / GEOMETRY_FILE).write_bytes(bytes(800))
    assert states(assay.doctor(project)) == {}


def test_objects_with_coordinates_beyond_the_end_are_found(project):
    with tables(project) as database:
        database.execute("UPDATE annotation SET word_start = 5, word_count = 3 WHERE row = 1")
    [found] = findings(assay.doctor(project), "geometry")
    assert (found["expected"], found["actual"]) == ("no place beyond word 0", "word 8")


def test_rows_that_hang_on_nothing_and_rows_that_are_there_twice_are_found(project):
    with tables(project) as database:
        database.execute("UPDATE annotation SET image = 77 WHERE row IN (0, 1)")
        database.execute("INSERT INTO image_tag VALUES (0, 99)")
        database.execute("INSERT INTO image SELECT * FROM image WHERE row = 3")
    found = findings(assay.doctor(project), "rows")
    assert [(f["message"], f["count"]) for f in found] == [
        ("Rows of the table image are there more than once.", 1),
        ("Rows of the table annotation belong to no image.", 2),
        ("Rows of the table image_tag belong to no image.", 1),
    ]


def test_missing_tables_and_a_newer_schema_are_found_though_the_project_cannot_be_opened(project):
    shutil.copytree(project, project.parent / "newer")
    with tables(project) as database:
        database.execute("DROP TABLE tag")
    assert findings(assay.doctor(project), "schema")[0]["expected"] == "tag"
    with tables(project.parent / "newer") as database:
        database.execute("UPDATE state SET value = 900 WHERE key = 'schema'")
    checkup = assay.doctor(project.parent / "newer")
    assert checkup["sound"] is False
    assert findings(checkup, "schema")[0]["actual"] == "schema 900"
    assert findings(checkup, "opening")[0]["hint"] == "Upgrade with: pip install -U assay"


def test_columns_that_are_missing_or_of_another_type_are_found(project):
    with tables(project) as database:
        database.execute("ALTER TABLE image ALTER COLUMN width TYPE VARCHAR")
        database.execute("ALTER TABLE image DROP COLUMN path")
    [found] = findings(assay.doctor(project), "schema")
    assert (found["severity"], found["count"]) == ("error", 2)
    assert (found["expected"], found["actual"]) == ("image.path of type VARCHAR", "nothing")


def test_a_database_that_is_no_database_is_an_error_and_what_needs_it_is_skipped(project, cli):
    (project / "assay.duckdb").write_bytes(b"not a database" * 1000)
    told = cli("project", "doctor", "-t", project, "--json", "--heal")
    assert told.code == 1
    assert states(told.json)["opening"] == "error"
    assert states(told.json)["rows"] == "skipped"
    assert "delete" not in told.out
    (project / "assay.duckdb").unlink()
    assert states(assay.doctor(project))["opening"] == "error"


def test_own_files_that_are_links_are_errors(project, tmp_path):
    (project / "assay.duckdb").rename(tmp_path / "elsewhere.duckdb")
    (project / "assay.duckdb").symlink_to(tmp_path / "elsewhere.duckdb")
    found = findings(assay.doctor(project), "links")
    assert [(f["severity"], f["item"]) for f in found] == [("error", str(project / "assay.duckdb"))]


def test_missing_images_and_sources_are_warnings_that_name_relocate(project):
    (project / "images" / "00002.jpg").unlink()
    with tables(project) as database:
        database.execute("UPDATE source SET path = '/gone/gt.json', image_root = '/gone/img'")
    with assay.open(project) as opened:
        opened.trust(approve=True)
    checkup = assay.doctor(project)
    assert checkup["sound"] is True
    [image] = findings(checkup, "images")
    assert (image["item"], image["actual"]) == ("00002.jpg", "5 there, 1 missing")
    assert [f["item"] for f in findings(checkup, "sources")] == ["/gone/img", "/gone/gt.json"]
    assert all("assay project relocate" in f["hint"] for f in findings(checkup, "sources"))


def test_what_a_stranger_names_outside_the_project_is_not_looked_for(project, tmp_path):
    (tmp_path / "there.jpg").touch()
    with tables(project) as database:
        database.execute("UPDATE image SET path = ? WHERE row = 0", [str(tmp_path / "there.jpg")])
        database.execute("UPDATE image SET path = ? WHERE row = 1", [str(tmp_path / "gone.jpg")])
        database.execute("UPDATE source SET path = ?, image_root = ?", [str(tmp_path / "x.json"), str(tmp_path / "x")])
    (project / "approvals.json").unlink()
    checks = {check["check"]: check for check in assay.doctor(project)["checks"]}
    told = [(checks[key]["state"], checks[key]["findings"], checks[key]["skipped"]) for key in ("images", "sources")]
    assert told == [
        ("skipped", [], "2 of 6 images lie in folders that are not approved"),
        ("skipped", [], "2 places of sources are not approved"),
    ]


def test_a_damaged_cache_is_emptied(project):
    folder = project / "cache" / "thumbnails"
    with assay.open(project) as opened:
        opened.connection.request("GET", f"{opened.route}/images/0/thumbnail?size=64")
    [pack] = folder.iterdir()
    assert states(assay.doctor(project)) == {}
    pack.write_bytes(pack.read_bytes()[:-3] + b"???")
    assert states(assay.doctor(project)) == {"cache": "warning"}
    assert states(assay.doctor(project, heal=True)) == {"cache": "healed"}
    assert not folder.exists()


def test_interrupted_jobs_are_named(project):
    with tables(project) as database:
        database.execute(
            "INSERT INTO job (id, kind, title, params, status) VALUES ('a', 'refresh', 'R', '{}', 'running')"
        )
    checkup = assay.doctor(project)
    [found] = findings(checkup, "jobs")
    assert (found["item"], found["hint"]) == ("R", "They go on where they stopped: assay start")


def test_what_is_no_project_is_not_found(tmp_path, cli):
    with pytest.raises(NotFoundError):
        assay.doctor(tmp_path / "nothing")
    assert cli("project", "doctor", "-t", tmp_path).code == 2
