"""A format of one folder and one entry can be imported, refreshed, relocated and written by every way in."""

import os
import time

import numpy as np
import orjson
import pytest
import typer
from fastapi.testclient import TestClient
from PIL import Image
from tests.unit.formats.toy.format import FORMATS
from typer.testing import CliRunner

from assay.api.app import JOB_KINDS, App
from assay.api.asgi import create_api
from assay.cli.datasets import register_import
from assay.cli.exports import make_app as make_export_app
from assay.cli.predictions import register_import as register_predictions
from assay.client.connection import connect
from assay.client.importing import import_dataset
from assay.errors import CancelledError, UsageError
from assay.formats import doctor, listing, registry
from assay.formats.coco.format import COCO
from assay.formats.flags import all_commands
from assay.formats.format import Writing
from assay.formats.writing.options import ExportOptions
from assay.formats.writing.selection import select
from assay.jobs.records import Job, record_job
from assay.project.lock import Holder
from assay.project.workspace import Workspace

[TOY] = FORMATS


@pytest.fixture
def toy(monkeypatch, tmp_path):
    """Two images, three lines of which one is short; the format is listed."""
    monkeypatch.setattr(registry, "_formats", dict(registry.all_formats()))
    monkeypatch.setattr(doctor, "MESSAGES", dict(doctor.MESSAGES))
    monkeypatch.setattr(listing, "FOLDERS", [*listing.FOLDERS, "tests.unit.formats.toy"])
    registry.register(TOY)
    for name in ("a.png", "b.png"):
        Image.fromarray(np.zeros((20, 30, 3), dtype=np.uint8)).save(tmp_path / name)
    (tmp_path / "toy.txt").write_text("a.png cat 1 2 3 4\nb.png dog 5 6 7 8.5\nb.png dog\n")
    (tmp_path / "scored.txt").write_text("a.png cat 1 2 3 4 0.75\nb.png cat 5 6 7 8 0.5\n")
    return tmp_path


def test_a_toy_format_comes_in_is_refreshed_and_goes_out_in_python_and_over_http(toy):
    file = toy / "toy.txt"
    with import_dataset("toy", toy / "w", {"images": str(toy), "list": str(file)}, name="p") as project:
        told = project.import_predictions(toy / "scored.txt", "m", format="toy")
        assert (told["predictions"], told["matched_by"]) == (2, {"file_name": 2})
        bad = "a.png cat 1 2 3 4 1.5\na.png cow 1 2 3 4 0.5\nc.png cat 1 2 3 4 0.5\na.png dog 1 2 3 4 0.5\n"
        (toy / "scored.txt").write_text(bad)
        told = project.import_predictions(toy / "scored.txt", "n", format="toy", skip_invalid=True)
        assert told["predictions"] == 1
        assert told["examples"] == {
            "score_out_of_range": ["line 1: score 1.5"],
            "unknown_class": ['line 2: class "cow"'],
            "unknown_image": ["line 3: file c.png"],
        }
    with connect(toy / "w", project="p", actor="tests") as client:
        told = client.get("/api/projects/p")["doctor"]
        found = [each for each in told if each["code"] == "toy_short_line"]
        assert [(each["count"], each["message"]) for each in found] == [(1, "Lines of fewer than six words.")]
        file.write_text(file.read_text().replace("b.png dog\n", "b.png cat 0 0 2 2\n"))
        told = client.run_job("/api/projects/p/refresh", {})
        assert told["annotations"] == {"new": 1, "changed": 0, "removed": 0}
        told = client.run_job("/api/projects/p/export/toy", {"path": str(toy / "out.txt")})
        assert told == {"path": str(toy / "out.txt"), "images": 2, "annotations": 3, "lost": {}}
        lines = (toy / "out.txt").read_text().splitlines()
        assert lines[1:] == ["b.png dog 5.0 6.0 7.0 8.5", "b.png cat 0.0 0.0 2.0 2.0"]
        client.run_job("/api/projects/p/export/coco", {"path": str(toy / "out.json")})
    annotations = orjson.loads((toy / "out.json").read_bytes())["annotations"]
    assert annotations[1] == {"id": 1, "image_id": 2, "category_id": 1, "bbox": [5, 6, 7, 8.5]}


def test_the_command_line_has_a_toy_formats_flags(toy):
    lists = toy / "lists"
    lists.mkdir()
    (toy / "toy.txt").rename(lists / "one.txt")
    (lists / "two.txt").write_text("a.png dog 0 0 1 1\n")
    importing = typer.Typer()
    register_import(importing)
    register_predictions(importing)
    run = CliRunner().invoke

    def ask(app, *words):
        told = run(app, [*map(str, words), "--json"], catch_exceptions=False)
        assert told.exit_code == 0
        return orjson.loads(told.stdout)

    told = ask(importing, "project", "--toy", lists, "-i", toy, "-t", toy / "w", "--name", "p")
    assert (told["images"], told["annotations"], told["skipped"]) == (2, 3, {"toy_short_line": 1})
    told = ask(importing, "predictions", "--toy", toy / "scored.txt", "-t", toy / "w", "--name", "m")
    assert (told["predictions"], told["skipped"]) == (2, {})
    told = ask(make_export_app(), "toy", "-t", toy / "w", "-o", toy / "out.txt")
    assert told == {"path": str(toy / "out.txt"), "images": 2, "annotations": 3, "lost": {}}
    with pytest.raises(UsageError, match="--path-column has no meaning with --toy"):
        run(importing, ["project", "--toy", str(lists), "--path-column", "x"], catch_exceptions=False)


def test_formats_tell_what_a_path_is_and_why(toy, make_dataset):
    def seen(path):
        return [(known.key, found.reason, found.options) for known, found in registry.recognise(path)]

    data = make_dataset(images=1)
    options = {"annotations": str(data.annotations), "images": str(data.images)}
    reason = "a JSON object whose images have file_name"
    assert seen(data.annotations) == [("coco", reason, options)]
    assert seen(data.annotations.parent) == [("coco", f"images.json: {reason}", options)]
    (data.annotations.parent / "annotations").mkdir()
    other = data.annotations.parent / "annotations" / "val.json"
    other.write_text('{"annotations": [{"image_id": 1}], "images": []}')
    assert seen(other) == [("coco", "a JSON object whose annotations have image_id", {"annotations": str(other)})]
    assert seen(data.annotations.parent) == [("coco", "2 COCO files: annotations/val.json, images.json", {})]
    for content in ("[]", '{"images": 3}', '{"images": ["x"]}', '{"shapes": 1, "imagePath": "a.png"}', "{", ""):
        other.write_text(content)
        assert seen(other) == []
    assert seen(toy / "toy.txt") == [("toy", "lines of six words", {"list": str(toy / "toy.txt")})]
    for name in ("train/cat", "train/dog", "val/cat"):
        (toy / "pets" / name).mkdir(parents=True)
        (toy / "pets" / name / "a.png").write_bytes((toy / "a.png").read_bytes())
    told = [("folder", "3 images in 2 folders, named cat, dog", {"root": str(toy / "pets")})]
    assert seen(toy / "pets") == told
    (toy / "pets" / "val" / "cat").rename(toy / "pets" / "val" / "labels")
    assert seen(toy / "pets") == seen(toy / "nothing") == []


def test_an_export_that_is_cancelled_leaves_what_was_there(toy, make_dataset):
    data = make_dataset(images=2)
    with import_dataset("coco", toy / "w", data.body(), name="p"):
        pass
    (toy / "out.json").write_text("before")
    seen = []

    def stop(done, total):
        seen.append((done, total))
        raise CancelledError("stop")

    store = Workspace(toy / "w", Holder(os.getpid())).get("p")
    whole = select(store, ExportOptions())
    with pytest.raises(CancelledError):
        COCO.writer.write(Writing(store, toy / "out.json", {}, whole, progress=stop))
    assert (seen, (toy / "out.json").read_text()) == ([(2, 11)], "before")
    told = COCO.writer.write(Writing(store, toy / "out.json", {}, whole, progress=lambda *at: seen.append(at)))
    records = {"images": 2, "annotations": 6, "categories": 3}
    assert told == {"records": records, "images": 2, "annotations": 6, "lost": {}}
    assert seen[1:] == [(2, 11), (8, 11), (11, 11)]
    store.close()


def test_every_option_of_a_listed_format_has_a_flag_of_its_kind(toy):
    for command in all_commands():
        known = registry.get_format(command.key)
        for flags, options in ((command.flags, known.options), (command.export and command.export.flags, None)):
            model = options or (known.writer and known.writer.options)
            assert {flag.option for flag in flags or () if flag.option} == set(model.model_fields if model else ())
        for flag in command.flags:
            if flag.option:
                field = known.options.model_fields[flag.option]
                assert flag.required or not field.is_required() or flag.folder_of or command.choice in flag.names
                assert (flag.kind in ("list", "empty")) == ("list" in str(field.annotation))
        assert (command.export is None) == (known.writer is None)
        assert (command.predictions is None) == (known.predictions is None)


def test_a_route_refuses_what_the_options_do_not_know(toy):
    with TestClient(create_api(App(toy / "w", Holder(os.getpid()))), base_url="http://127.0.0.1") as client:
        assert client.post("/api/projects/import/toy", json={"images": str(toy)}).status_code == 422


def test_an_import_that_an_earlier_version_began_is_gone_on_with_by_the_same_request(tmp_path, make_dataset):
    data = make_dataset(images=2)
    old = {"images": str(data.images), "annotations": str(data.annotations), "split": None, "add": False}
    old["files"] = "in-place"
    app = App(tmp_path / "w", Holder(os.getpid()))
    job = Job("import-coco", "Importing p", "p", old, "cli", id="aaaabbbbcccc", status="interrupted")
    record_job(app.workspace.create("p"), job)
    with TestClient(create_api(app), base_url="http://127.0.0.1") as client:
        told = client.post("/api/projects/import/coco", json=data.body(name="p")).json()
        assert (told["id"], told["kind"]) == ("aaaabbbbcccc", "import")
        while (now := client.get("/api/jobs/aaaabbbbcccc").json())["status"] not in ("done", "failed"):
            time.sleep(0.05)
        assert (now["status"], now["result"]["images"]) == ("done", 2)


@pytest.mark.parametrize("kind", ["import-coco", "import-folder", "import-csv", "init", "export-coco"])
def test_jobs_of_earlier_kinds_can_still_be_done(kind):
    assert kind in JOB_KINDS


def test_two_formats_of_one_key_or_message_are_refused(toy):
    with pytest.raises(ValueError, match="toy"):
        registry.register(TOY)
    with pytest.raises(ValueError, match="toy_short_line"):
        doctor.add_messages({"toy_short_line": "Something else."})
    with pytest.raises(UsageError, match="no such format"):
        registry.get_format("nope")
    assert registry.format_of_kind("sandbox") is COCO
