"""A format of one folder and one entry can be imported, refreshed, relocated and written by every way in."""

import os
import time

import numpy as np
import orjson
import pytest
from fastapi.testclient import TestClient
from PIL import Image

from assay.api.app import create_app
from assay.api.door import JOB_KINDS, Door
from assay.client.connection import connect
from assay.client.importing import import_dataset
from assay.errors import UsageError
from assay.formats import doctor, registry
from assay.formats.coco.format import COCO
from assay.formats.doctor import Doctor
from assay.formats.format import Format, Options, Writer
from assay.formats.source import CategoryColumns, ImageColumns, Source, blank_annotations
from assay.jobs.manager import Job, record_job
from assay.project.lock import Holder


class ToyOptions(Options):
    images: str
    list: str


def read(reading):
    """Read lines of `file class x y w h`."""
    reading.stage("Reading lines", None)
    found = Doctor()
    rows = [line.split() for line in reading.labels.read_text().splitlines()]
    for row in rows:
        if len(row) != 6:
            found.note("toy_short_line", " ".join(row), skipped=True)
    rows = [row for row in rows if len(row) == 6]
    names, classes = (list(dict.fromkeys(row[at] for row in rows)) for at in (0, 1))
    columns = blank_annotations(len(rows))
    columns["xywh"][:] = np.array([row[2:] for row in rows], dtype=np.float64).reshape(-1, 4)
    return Source(
        ImageColumns.named(list(range(1, len(names) + 1)), names),
        CategoryColumns.named(list(range(len(classes))), classes),
        columns,
        list(range(len(rows))),
        np.array([names.index(row[0]) for row in rows], dtype=np.int32),
        np.array([classes.index(row[1]) for row in rows], dtype=np.int32),
        sections=["images", "annotations", "categories"],
        doctor=found,
    )


def write(store, path, _options):
    with store.read() as cursor:
        rows = cursor.execute(
            "SELECT i.file_name, c.name, a.x, a.y, a.w, a.h FROM annotation a JOIN image i ON i.row = a.image "
            "JOIN class c ON c.row = a.class ORDER BY a.row"
        ).fetchall()
    path.write_text("".join(" ".join(map(str, row)) + "\n" for row in rows))
    return {"lines": len(rows)}


TOY = Format(
    key="toy",
    title="lines of a toy format",
    options=ToyOptions,
    images="images",
    labels="list",
    read=read,
    kinds=("toy",),
    list_names=lambda file, _options: [line.split()[0] for line in file.read_text().splitlines()],
    messages={"toy_short_line": "Lines of fewer than six words."},
    writer=Writer(Options, write),
)


@pytest.fixture
def toy(monkeypatch, tmp_path):
    """Two images, three lines of which one is short; the format is registered."""
    monkeypatch.setattr(registry, "_formats", dict(registry.all_formats()))
    monkeypatch.setattr(doctor, "MESSAGES", dict(doctor.MESSAGES))
    registry.register(TOY)
    for name in ("a.png", "b.png"):
        Image.fromarray(np.zeros((20, 30, 3), dtype=np.uint8)).save(tmp_path / name)
    (tmp_path / "toy.txt").write_text("a.png cat 1 2 3 4\nb.png dog 5 6 7 8.5\nb.png dog\n")
    return tmp_path


def test_a_toy_format_comes_in_is_refreshed_and_goes_out(toy):
    file = toy / "toy.txt"
    import_dataset("toy", toy / "w", {"images": str(toy), "list": str(file)}, name="p").close()
    with connect(toy / "w", project="p", actor="tests") as client:
        told = client.get("/api/projects/p")["doctor"]
        found = [each for each in told if each["code"] == "toy_short_line"]
        assert [(each["count"], each["message"]) for each in found] == [(1, "Lines of fewer than six words.")]
        file.write_text(file.read_text().replace("b.png dog\n", "b.png cat 0 0 2 2\n"))
        told = client.run_job("/api/projects/p/refresh", {})
        assert told["annotations"] == {"new": 1, "changed": 0, "removed": 0}
        told = client.run_job("/api/projects/p/export/toy", {"path": str(toy / "out.txt")})
        assert told == {"path": str(toy / "out.txt"), "lines": 3}
        lines = (toy / "out.txt").read_text().splitlines()
        assert lines[1:] == ["b.png dog 5.0 6.0 7.0 8.5", "b.png cat 0.0 0.0 2.0 2.0"]
        client.run_job("/api/projects/p/export/coco", {"path": str(toy / "out.json")})
    annotations = orjson.loads((toy / "out.json").read_bytes())["annotations"]
    assert annotations[1] == {"id": 1, "image_id": 2, "category_id": 1, "bbox": [5, 6, 7, 8.5]}


def test_a_route_refuses_what_the_options_do_not_know(toy):
    with TestClient(create_app(Door(toy / "w", Holder(os.getpid()))), base_url="http://127.0.0.1") as client:
        assert client.post("/api/projects/import/toy", json={"images": str(toy)}).status_code == 422


def test_an_import_that_an_earlier_version_began_is_gone_on_with_by_the_same_request(tmp_path, make_dataset):
    data = make_dataset(images=2)
    old = {"images": str(data.images), "annotations": str(data.annotations), "split": None, "add": False}
    old["files"] = "in-place"
    door = Door(tmp_path / "w", Holder(os.getpid()))
    job = Job("import-coco", "Importing p", "p", old, "cli", id="aaaabbbbcccc", status="interrupted")
    record_job(door.workspace.create("p"), job)
    with TestClient(create_app(door), base_url="http://127.0.0.1") as client:
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
