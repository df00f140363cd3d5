"""Every mistake gets a message that names the item, what was expected and what was found, and no traceback."""

from __future__ import annotations

import json
import os
import shutil
import socket

import duckdb
import pytest

from assay.project.schema import SCHEMA_VERSION


def refused(run, code: int, *words: object) -> None:
    """Check an exit code, that nothing was printed for machines, and what the message holds."""
    assert (run.code, run.out) == (code, ""), run.err
    assert run.err.startswith("Error: ")
    assert "Traceback" not in run.err
    for word in ("Found:", *words):
        assert str(word) in run.err, run.err


@pytest.fixture
def take(cli, tmp_path):
    """Import something that cannot be imported; nothing may be left behind."""

    def run(images: object, annotations: object, *more: object):
        workspace = tmp_path / "new"
        result = cli(
            "import", "project", "--coco", "-i", images, "-a", annotations, "-t", workspace, "--json",
            "--name", "bad", *more,
        )  # fmt: skip
        assert not (workspace / "bad").exists()
        return result

    return run


def test_paths_that_are_not_there(take, dataset):
    refused(take("/no/such/folder", dataset.annotations), 3, "images folder", "/no/such/folder")
    refused(take(dataset.images, "/no/such.json"), 3, "annotation file", "/no/such.json")
    refused(take("~nobody-of-that-name", dataset.annotations), 3, "~nobody-of-that-name")
    refused(take("x" * 5_000, dataset.annotations), 3)


def test_a_folder_in_place_of_a_file_and_the_other_way_round(take, dataset):
    refused(take(dataset.images, dataset.images), 3, dataset.images)
    refused(take(dataset.annotations, dataset.annotations), 3, "a folder", "a file")


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", []),
        ('{"images": [\n  {"id": 1,, }]}', ["line 2"]),
        ('{"images": []}', []),
        ("[]", []),
        ("\x00\x01\x02", []),
        ('{"images": [{"id": 1, "file_name": "a.jpg"}', []),
    ],
    ids=["empty", "malformed", "no images", "not an object", "binary", "cut off"],
)
def test_files_that_hold_no_dataset(take, dataset, tmp_path, text, words):
    file = tmp_path / "bad.json"
    file.write_text(text)
    refused(take(dataset.images, file), 3, file, *words)


def test_a_name_that_is_taken_or_impossible(cli, dataset, workspace):
    command = (*dataset.options(), "-t", workspace, "--json", "--name")
    refused(cli(*command, "colors"), 2, "colors", "a project", "--add")
    for name in ("../x", "a/b", ".hidden", "con", "x" * 101, " "):
        refused(cli(*command, name), 2)
    refused(cli(*command, "absent", "--add"), 2, "absent", "colors")
    (workspace / "file").write_text("mine")
    refused(cli(*command, "file"), 2, "a file or folder")
    assert (workspace / "file").read_text() == "mine"


def test_no_format_and_both_placements(cli, dataset, workspace):
    run = cli("import", "project", "-i", dataset.images, "-a", dataset.annotations, "-t", workspace)
    refused(run, 2, "--coco")
    refused(cli(*dataset.options(), "-t", workspace, "--copy", "--symlinks"), 2, "--symlinks")


def test_unknown_keys_name_the_nearest(cli, workspace):
    run = cli("metric", "show", "-t", workspace, "object_aera", "--json")
    assert (run.code, run.out) == (2, "")
    assert "object_area" in run.err
    query = ("query", "-t", workspace, "--scope", "annotation", "--json")
    refused(cli(*query, "--fields", "object_aera"), 2, "object_aera", "object_area")
    refused(cli(*query, "--sort", "-object_aera"), 2, "object_area")
    refused(cli("query", "-t", workspace, "--sort", "object_area", "--json"), 2, "--scope annotation")
    refused(cli(*query, "--fields", 'row"; DROP TABLE image; --'), 2)
    refused(cli("query", "-t", workspace, "class:person", "--json"), 2, "person", "class:person")


def test_a_target_that_cannot_be_written(cli, dataset, tmp_path):
    file = tmp_path / "file"
    file.write_text("")
    refused(cli(*dataset.options(), "-t", file, "--json"), 1, file, "a file")
    refused(cli(*dataset.options(), "-t", file / "below", "--json"), 1, file)
    refused(cli(*dataset.options(), "-t", "/proc/assay", "--json"), 1, "/proc/assay")
    refused(cli(*dataset.options(), "-t", "/proc", "--name", "assay", "--json"), 1, "/proc")
    refused(cli("quickstart", "-t", file, "--no-start"), 1, "a file")


def test_a_project_in_a_folder_that_cannot_be_written_can_be_read(cli, dataset, workspace, monkeypatch):
    project = workspace / "colors"
    before = (project / "project.json").read_bytes()
    monkeypatch.setattr("os.access", lambda path, mode: mode != os.W_OK)
    assert cli("query", "-t", project, "--json").json["total"] == 6
    assert (project / "project.json").read_bytes() == before
    refused(cli(*dataset.options(), "-t", workspace, "--name", "colors", "--add", "--json"), 1, "read-only", project)


def test_a_damaged_project_json(cli, workspace):
    file = workspace / "colors" / "project.json"
    good = json.loads(file.read_text())
    for text in (
        "",
        "{",
        "[]",
        '"x"',
        json.dumps(good | {"images": "many"}),
        json.dumps(good | {"unfinished_jobs": 1}),
    ):
        file.write_text(text)
        refused(cli("query", "-t", workspace / "colors", "--json"), 1, file)
        listed = cli("project", "list", "-t", workspace, "--json").json
        assert [(p["name"], p["state"]) for p in listed] == [("colors", "damaged")]
    file.write_text(json.dumps(good | {"cover": {"objects": [{}]}}))
    assert cli("project", "list", "-t", workspace, "--json").json[0]["state"] == "ready"


def test_a_damaged_or_missing_database(cli, workspace):
    project = workspace / "colors"
    database = project / "assay.duckdb"
    whole = database.read_bytes()
    for content in (b"", b"not a database", whole[: len(whole) // 2], whole[:4096]):
        database.write_bytes(content)
        refused(cli("query", "-t", project, "--json"), 1, database)
    database.unlink()
    refused(cli("query", "-t", project, "--json"), 1, "missing", database)
    assert not database.exists()
    assert cli("project", "delete", "-t", project, "--yes").code == 0
    assert list(workspace.iterdir()) == []


def test_a_project_of_a_newer_assay(cli, workspace):
    project = workspace / "colors"
    with duckdb.connect(str(project / "assay.duckdb")) as connection:
        connection.execute("UPDATE state SET value = 9999 WHERE key = 'schema'")
    refused(cli("query", "-t", project, "--json"), 1, "9999", SCHEMA_VERSION, "pip install")


def test_deleting_asks_and_a_copy_survives(cli, workspace, tmp_path):
    refused(cli("project", "delete", "-t", workspace / "colors"), 2, "--yes")
    shutil.copytree(workspace / "colors", tmp_path / "elsewhere" / "moved")
    assert cli("project", "delete", "-t", workspace / "colors", "--yes").code == 0
    assert cli("query", "-t", tmp_path / "elsewhere" / "moved", "--json").json["total"] == 6


def test_a_port_that_is_taken(cli, workspace):
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen()
        port = listener.getsockname()[1]
        refused(cli("start", "-t", workspace, "--port", port, "--no-browser"), 1, f"127.0.0.1:{port}", port + 1)
    refused(cli("start", "-t", workspace / "nowhere", "--no-browser"), 2, "nowhere")
    refused(cli("start", "-t", workspace, "--host", "203.0.113.1", "--no-browser"), 1, "203.0.113.1")


def test_a_memory_limit_that_is_none(cli, workspace, monkeypatch, tmp_path):
    monkeypatch.setattr("assay.settings.config_path", lambda: tmp_path / "config.json")
    cli("config", "set", "memory_limit", "plenty")
    refused(cli("start", "-t", workspace, "--port", 8199, "--no-browser"), 2, "plenty")


def test_a_bare_interrupt_says_so(cli, monkeypatch):
    def interrupted(*_setting: str) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("assay.cli.config.setting", interrupted)
    run = cli("config", "list")
    assert (run.code, run.out) == (1, "")
    assert "Interrupted" in run.err
