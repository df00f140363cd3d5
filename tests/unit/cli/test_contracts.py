"""What commands print and how they end: others rely on it."""

from __future__ import annotations

import json
import subprocess
import sys

import pytest
import typer

from assay.cli.main import app

METRIC_KEYS = ["key", "title", "scope", "kind", "suspicious", "description"]
SPREAD_KEYS = ["count", "nulls", "min", "q1", "median", "q3", "max", "mean", "moderate", "severe"]


def test_import_project_prints_exactly_what_is_promised(cli, dataset, tmp_path):
    run = cli(*dataset.options(), "-t", tmp_path, "--name", "street", "--json")
    assert (run.code, run.err) == (0, "")
    assert set(run.json) == {"project", "images", "annotations", "classes", "skipped", "warnings"}
    assert run.json["project"] == str(tmp_path / "street")
    assert (run.json["images"], run.json["annotations"], run.json["classes"]) == (6, 18, 3)
    assert run.json["skipped"] == {}


def test_records_that_cannot_be_taken_are_counted_and_do_not_fail_the_import(cli, make_dataset, tmp_path):
    dataset = make_dataset()
    content = dataset.content
    content["annotations"][0]["image_id"] = 999
    content["annotations"][1]["category_id"] = 999
    dataset.annotations.write_text(json.dumps(content))
    (dataset.images / "00003.jpg").unlink()
    run = cli(*dataset.options(), "-t", tmp_path, "--name", "street", "--json")
    assert run.code == 0
    assert (run.json["images"], run.json["annotations"], sum(run.json["skipped"].values())) == (6, 16, 2)
    assert [w["count"] for w in run.json["warnings"] if w["code"] == "missing_file"] == [1]


def test_add_with_a_project_as_target_adds_to_that_project(cli, make_dataset, workspace):
    more = make_dataset(images=2, first_id=50, name="more")
    run = cli(*more.options(), "-t", workspace / "colors", "--add", "--split", "val", "--json")
    assert (run.code, run.json["images"]) == (0, 2)
    assert cli("project", "info", "-t", workspace / "colors", "--json").json["splits"] == {"train": 6, "val": 2}


def test_two_sources_with_files_of_the_same_name_keep_their_own_pictures(cli, make_dataset, workspace):
    more = make_dataset(images=2, first_id=50, name="more")
    other = (more.images / "00001.jpg").read_bytes()
    (more.images / "00000.jpg").write_bytes(other)
    assert cli(*more.options(), "-t", workspace / "colors", "--add", "--copy", "--json").code == 0
    assert (workspace / "colors" / "images-2" / "00000.jpg").read_bytes() == other
    assert (workspace / "colors" / "images" / "00000.jpg").read_bytes() != other


def test_metric_list_and_show_have_exactly_the_promised_keys(cli, workspace):
    metrics = cli("metric", "list", "-t", workspace, "--json").json
    assert {tuple(metric) for metric in metrics} == {tuple(METRIC_KEYS)}
    assert {metric["scope"] for metric in metrics} == {"image", "annotation"}
    shown = cli("metric", "show", "-t", workspace, "object_area", "--json").json
    assert list(shown) == [*METRIC_KEYS, *SPREAD_KEYS, "limits"]
    assert {"moderate_low", "severe_low", "moderate_high", "severe_high", "inclusive"} < shown["limits"].keys()
    assert (shown["count"], shown["nulls"]) == (18, 0)
    assert shown["min"] <= shown["q1"] <= shown["median"] <= shown["q3"] <= shown["max"]


def test_query_gives_the_source_ids_and_the_fields_asked_for(cli, workspace, dataset):
    fields = "object_area,width,meta.camera,meta.gain,attr.worker,attr.checked,split"
    found = cli("query", "-t", workspace, "", "--scope", "annotation", "--fields", fields, "--json").json
    assert found["total"] == 18
    identity = ["row", "id", "image_id", "file_name", "class", "class_id"]
    assert list(found["items"][0]) == identity + fields.split(",")
    expected = [
        (a["id"], a["image_id"], a["category_id"], a.get("attributes", {}).get("worker"))
        for a in dataset.content["annotations"]
    ]
    assert [(i["id"], i["image_id"], i["class_id"], i["attr.worker"]) for i in found["items"]] == expected
    first = found["items"][0]
    assert (first["meta.camera"], first["meta.gain"], first["attr.checked"]) == ("cam0", 0, True)
    assert (first["width"], first["class"], first["split"]) == (64, "red", "train")
    images = cli("query", "-t", workspace, "--fields", "meta.gain", "--json").json
    assert list(images["items"][0]) == ["row", "id", "image_id", "file_name", "meta.gain"]


@pytest.mark.parametrize("sort", ["attr.worker", "-attr.worker"])
def test_items_without_a_value_come_last_in_both_directions(cli, workspace, sort):
    command = ("query", "-t", workspace, "--scope", "annotation", "--fields", "attr.worker", "--json")
    values = [item["attr.worker"] for item in cli(*command, "--sort", sort).json["items"]]
    assert values[-6:] == [None] * 6
    assert values[:12] == sorted(values[:12], reverse=sort.startswith("-"))
    limited = cli(*command, "--sort", sort, "--limit", 5).json
    assert ([item["attr.worker"] for item in limited["items"]], limited["total"]) == (values[:5], 18)


def test_text_ids_stay_text(cli, make_dataset, tmp_path):
    dataset = make_dataset(images=2)
    content = dataset.content
    for image in content["images"]:
        image["id"] = f"img-{image['id']}"
    for annotation in content["annotations"]:
        annotation["image_id"] = f"img-{annotation['image_id']}"
    dataset.annotations.write_text(json.dumps(content))
    cli(*dataset.options(), "-t", tmp_path, "--name", "texts", "--json")
    items = cli("query", "-t", tmp_path / "texts", "--scope", "annotation", "--json").json["items"]
    assert [item["image_id"] for item in items] == ["img-1"] * 3 + ["img-2"] * 3


def test_a_field_that_is_not_a_number_is_null_in_json(cli, make_dataset, tmp_path):
    dataset = make_dataset(images=2)
    text = dataset.annotations.read_text().replace('"gain": 1', '"gain": NaN')
    dataset.annotations.write_text(text)
    assert cli(*dataset.options(), "-t", tmp_path, "--name", "odd", "--json").code == 0
    run = cli("query", "-t", tmp_path / "odd", "--fields", "meta.gain", "--json")
    assert run.code == 0, run.err
    assert [item["meta.gain"] for item in run.json["items"]] == [0, None]


def test_the_target_may_be_a_project_or_a_folder_of_one(cli, workspace, monkeypatch):
    for target in (workspace, workspace / "colors"):
        assert cli("query", "-t", target, "--json").json["total"] == 6
    monkeypatch.chdir(workspace / "colors")
    assert cli("query", "--json").json["total"] == 6


def test_several_projects_are_listed_instead_of_guessed_at(cli, workspace, dataset):
    cli(*dataset.options(), "-t", workspace, "--name", "street", "--json")
    run = cli("query", "-t", workspace, "--json")
    assert (run.code, run.out) == (2, "")
    assert "colors, street" in run.err
    names = [project["name"] for project in cli("project", "list", "-t", workspace, "--json").json]
    assert names == ["colors", "street"]


def test_a_folder_without_projects_is_a_usage_error(cli, tmp_path):
    for target in (tmp_path, tmp_path / "nowhere", "~nobody-of-that-name/x", "x" * 5_000):
        run = cli("query", "-t", target, "--json")
        assert (run.code, run.out) == (2, "")
        assert "There is no project here" in run.err
    assert cli("project", "list", "-t", tmp_path / "nowhere").code == 2
    for command in (["project", "list"], ["project", "doctor"], ["start", "--no-browser"]):
        assert cli(*command, "-t", "x" * 5_000).code == 2


def all_commands(group, path=()):
    for name, command in group.commands.items():
        if hasattr(command, "commands"):
            yield from all_commands(command, (*path, name))
        else:
            yield (*path, name)


@pytest.mark.parametrize("command", list(all_commands(typer.main.get_command(app))), ids=" ".join)
def test_the_help_of_every_command_has_an_example(cli, command):
    run = cli(*command, "--help")
    assert run.code == 0
    assert f"Example: assay {' '.join(command)}" in " ".join(run.out.split())


def test_usage_errors_end_with_2(cli, workspace):
    for arguments in (["frobnicate"], ["query", "--limit", "-1"], ["query", "--scope", "pixel"], ["metric", "show"]):
        run = cli(*arguments)
        assert (run.code, run.out) == (2, "")
        assert run.err


def test_help_and_import_are_light():
    heavy = {"numpy", "duckdb", "fastapi", "httpx", "cv2", "pydantic", "uvicorn", "rich.progress"}
    for code in ("import assay", "import sys; sys.argv = ['assay', '--help']\nfrom assay.cli.main import main\nmain()"):
        watched = f"import sys, atexit\natexit.register(lambda: print('LOADED', *sys.modules))\n{code}"
        run = subprocess.run([sys.executable, "-c", watched], capture_output=True, text=True, check=True)
        loaded = set(run.stdout.split("LOADED")[1].split())
        assert loaded & heavy == set()


def test_export_writes_the_dataset_back(cli, workspace, dataset, tmp_path):
    run = cli("export", "coco", "-t", workspace, "-o", tmp_path / "back.json", "--json")
    assert (run.code, run.json["records"]) == (0, {"images": 6, "annotations": 18, "categories": 3})
    assert json.loads((tmp_path / "back.json").read_text()) == dataset.content


def test_settings_are_kept_and_checked(cli, tmp_path, monkeypatch):
    monkeypatch.setattr("assay.settings.config_path", lambda: tmp_path / "settings" / "config.json")
    assert cli("config", "set", "port", "8123").code == 0
    assert cli("config", "get", "port", "--json").json == {"port": 8123}
    assert cli("config", "unset", "port").code == 0
    assert cli("config", "list", "--json").json["port"] == 8000
    assert cli("config", "set", "max_image_file", "4GB").code == 0
    assert cli("config", "list", "--json").json["max_image_file"] == "4GB"
    for arguments in (["set", "max_image_file", "much"], ["set", "max_image_pixels", "2000000000"]):
        assert cli("config", *arguments).code == 2
    for arguments in (["set", "port", "x"], ["set", "colour", "blue"], ["get", "colour"], ["set", "browser", "maybe"]):
        assert cli("config", *arguments).code == 2
    (tmp_path / "settings" / "config.json").write_text("[")
    run = cli("config", "list")
    assert (run.code, run.out) == (2, "")
