"""Every command that writes, on a full disk: an error that says so, no remains, and it goes well once there is room."""

from __future__ import annotations

import json
import shutil

import pytest

from tests.conftest import fill_disk, write_dataset

COMMANDS = {
    "import": "import project --coco -i {data}/images -a {data}/images.json -t {ws} --name q",
    "import --copy": "import project --coco -i {data}/images -a {data}/images.json -t {ws} --name q --copy",
    "import --add": "import project --coco -i {data}/more -a {data}/more.json -t {ws} --name colors --add",
    "refresh": "refresh -t {ws}/colors",
    "import predictions": "import predictions --coco {data}/results.json --name model -t {ws}/colors",
    "metric run": "metric run --all --again -t {ws}/colors",
    "tag export": "tag export -o {disk}/tags.csv -t {ws}/colors",
    "export": "export coco -o {disk}/out.json -t {ws}/colors",
}
METRIC = """
import assay


@assay.metric(scope="image", title="One")
def one(image):
    return 1.0
"""
FREE = 8_192  # bytes that are left: enough for the lock, too few for any of them


@pytest.mark.slow
@pytest.mark.parametrize("small_disk", ["48m"], indirect=True)
@pytest.mark.parametrize("command", COMMANDS.values(), ids=COMMANDS)
def test_a_command_on_a_full_disk_says_so_leaves_no_remains_and_goes_well_later(
    cli, workspace, small_disk, tmp_path, dataset, command
):
    data, ws = tmp_path / "data", small_disk / "ws"
    write_dataset(data, images=30)
    write_dataset(data, images=30, first_id=100, name="more")
    results = [{"image_id": 1 + n % 6, "category_id": 10, "bbox": [n, 1, 5, 5], "score": 0.5} for n in range(300)]
    (data / "results.json").write_text(json.dumps(results))
    shutil.copytree(workspace, ws)
    if "export" in command:
        assert cli(*COMMANDS["import --add"].format(data=data, ws=ws).split()).code == 0
        assert cli("tag", "add", "x" * 100, "-q", "", "--scope", "annotation", "-t", ws / "colors").code == 0
    asked = command.format(data=data, ws=ws, disk=small_disk).split()
    if command.startswith("refresh"):  # something to write
        grown = json.loads(dataset.annotations.read_text())
        for box in grown["annotations"]:
            box["note"] = "x" * 5_000
        labels = data / "grown.json"
        labels.write_text(json.dumps(grown))
        moved = ("--images", dataset.images, "--annotations", labels, "-t", ws / "colors")
        assert cli("project", "relocate", *moved).code == 0
    ballast = fill_disk(small_disk, FREE)
    before = {path.name for path in small_disk.rglob("*")}
    run = cli(*asked)
    assert (run.code, "No space left on device" in run.err) == (1, True), run.err
    assert {path.name for path in small_disk.rglob("*")} - before <= {"assay.duckdb.wal"}
    ballast.unlink()
    run = cli(*asked)
    assert run.code == 0, run.err


LITTLE = {
    "tag add": "tag add odd -q class:red --scope annotation -t {project}",
    "view save": "view save reds class:red --scope annotation -t {project}",
    "meta add": "meta add {data}/meta.csv -t {project}",
    "metric add": "metric add {data}/metric.py -t {project}",
    "relocate": "project relocate --images {data}/images -t {project}",
    "rename": "predictions rename model other -t {project}",
}


@pytest.mark.slow
@pytest.mark.parametrize("small_disk", ["48m"], indirect=True)
def test_commands_that_write_little_on_a_full_disk(cli, workspace, small_disk, tmp_path, dataset):
    data, project = tmp_path / "data", small_disk / "ws" / "colors"
    data.mkdir()
    shutil.copytree(workspace, project.parent)
    shutil.copytree(dataset.images, data / "images")
    (data / "meta.csv").write_text("file_name,weather\n" + "".join(f"{n:05d}.jpg,sun\n" for n in range(6)))
    (data / "metric.py").write_text(METRIC)
    (data / "results.json").write_text('[{"image_id": 1, "category_id": 10, "bbox": [1, 1, 5, 5], "score": 0.5}]')
    assert cli("import", "predictions", "--coco", data / "results.json", "--name", "model", "-t", project).code == 0
    ballast = fill_disk(small_disk, free=4_096)  # enough for the lock
    before = {path.name for path in small_disk.rglob("*")}
    for name, command in LITTLE.items():
        run = cli(*command.format(data=data, project=project).split())
        assert (run.code, "No space left on device" in run.err) == (1, True), (name, run.err)
    assert {path.name for path in small_disk.rglob("*")} - before <= {"assay.duckdb.wal"}
    assert cli("query", "class:red", "--scope", "annotation", "-t", project).out.count("red") == 6
    ballast.unlink()
    assert cli("project", "doctor", "-t", project).code == 0
    for name, command in LITTLE.items():
        run = cli(*command.format(data=data, project=project).split())
        assert run.code == 0, (name, run.err)


@pytest.mark.slow
@pytest.mark.parametrize("small_disk", ["48m"], indirect=True)
def test_a_disk_with_no_byte_left_keeps_nobody_from_looking(cli, assay, workspace, small_disk):
    shutil.copytree(workspace, small_disk / "ws")
    fill_disk(small_disk)
    run = cli("query", "class:red", "--scope", "annotation", "--json", "-t", small_disk / "ws" / "colors")
    assert (run.code, run.json["total"]) == (0, 6), run.err
    app = assay.start(small_disk / "ws")
    assert app.get("/api/projects/colors")["images"] == 6
    other = cli("query", "-t", small_disk / "ws" / "colors")  # the app could not write down where it is reached
    assert (other.code, "held by another process" in other.err) == (1, True)
    assert app.stop().code == 0
