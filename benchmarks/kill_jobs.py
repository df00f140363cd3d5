"""Kill every kind of job at random moments, go on with the same command, compare with a run that nobody interrupted.

``python benchmarks/kill_jobs.py --kills 50`` prints one JSON line per kind: kills, and how many ended in another state.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import cv2
import duckdb
import numpy as np

_TABLES = {
    "image": "path",
    "annotation": "word_start, keypoint_start",
    "image_metric": "",
    "annotation_metric": "",
    "image_content": "modified_ns",
    "prediction": "word_start, keypoint_start",
    "prediction_metric": "",
    "tag": "color",
    "image_tag": "",
    "annotation_tag": "",
    "image_meta": "",
}
"""What is compared, and the columns that differ between two projects of the same content."""
_METRIC = """
import assay


@assay.metric(scope="image", title="Redness")
def redness(image):
    return float(image[..., 0].mean())
"""


@dataclass(frozen=True)
class Kind:
    """A kind of job: what makes the project ready, and the command that is killed."""

    name: str
    before: list[list[str]]
    command: list[str]


def write_data(folder: Path, images: int) -> None:
    """Write pictures, two halves of their labels, predictions, tags and a metric."""
    (folder / "images").mkdir(parents=True)
    rng = np.random.default_rng(1)
    records: list[dict[str, Any]] = []
    labels: list[dict[str, Any]] = []
    for number in range(1, images + 1):
        picture = rng.integers(0, 256, (60, 80, 3)).astype(np.uint8)
        cv2.imwrite(str(folder / "images" / f"{number:04d}.png"), picture)
        records.append({"id": number, "file_name": f"{number:04d}.png", "width": 80, "height": 60})
        for place in range(4):
            x, y = rng.uniform(0, 40, 2).round(2).tolist()
            outline = [[x, y, x + 20, y, x + 15, y + 15]]
            labels.append({"id": 4 * number + place, "image_id": number, "category_id": 1 + place % 2,
                           "bbox": [x, y, 20, 15], "area": 150, "iscrowd": 0, "segmentation": outline})  # fmt: skip
    classes = [{"id": 1, "name": "cat"}, {"id": 2, "name": "dog"}]
    half = images // 2
    for name, first, last in (("first", 1, half), ("second", half + 1, images), ("all", 1, images)):
        content = {
            "images": [r for r in records if first <= r["id"] <= last],
            "annotations": [a for a in labels if first <= a["image_id"] <= last],
            "categories": classes,
        }
        (folder / f"{name}.json").write_text(json.dumps(content))
    results = [{key: a[key] for key in ("image_id", "category_id", "bbox")} | {"score": 0.7} for a in labels]
    (folder / "results.json").write_text(json.dumps(results))
    lines = [f"t{i},image,{r['file_name']},\n" for i in range(40) for r in records]
    (folder / "tags.csv").write_text("tag,scope,file_name,id\n" + "".join(lines))
    (folder / "redness.py").write_text(_METRIC)


def kinds(data: Path, workspace: Path) -> Iterator[Kind]:
    """Yield every kind of job."""
    project = ["-t", str(workspace / "p")]
    take_in = ["import", "project", "--coco", "-i", str(data / "images"), "-t", str(workspace), "--name", "p"]
    first, second = ([*take_in, "-a", str(data / f"{name}.json")] for name in ("first", "second"))
    labels = data / "growing.json"
    growing = [*take_in, "-a", str(labels)]
    yield Kind("import", [], first)
    yield Kind("copy", [], [*first, "--copy"])
    yield Kind("add", [first], [*second, "--add"])
    yield Kind("refresh", [growing], ["refresh", *project])
    predictions = ["import", "predictions", "--coco", str(data / "results.json"), "--name", "model", *project]
    yield Kind("predictions", [[*take_in, "-a", str(data / "all.json")]], predictions)
    yield Kind("metric-run", [first], ["metric", "run", "--all", "--again", *project])
    custom = ["metric", "add", str(data / "redness.py"), *project]
    yield Kind("custom-metric", [first, custom], ["metric", "run", "redness", *project])
    yield Kind("tag-import", [first], ["tag", "import", str(data / "tags.csv"), *project])
    yield Kind("export", [first], ["export", "coco", "-o", str(workspace / "out.json"), "--force", *project])
    yield Kind("sandbox", [], ["quickstart", "-t", str(workspace), "--no-start"])


def run(command: list[str]) -> subprocess.Popen[bytes]:
    """Start a command of Assay in a process group of its own."""
    return subprocess.Popen(
        [sys.executable, "-m", "assay.cli.main", *command],
        start_new_session=True,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
    )


def finish(command: list[str]) -> None:
    """Run a command to its end; that what it makes is there already is an end as well."""
    process = run(command)
    _, told = process.communicate()
    if process.returncode and b"already" not in told:
        raise RuntimeError(f"{' '.join(command)}: {told.decode()}")


def state(workspace: Path) -> dict[str, Any]:
    """Return what the workspace's project holds, from its database itself, and what was exported."""
    [project] = [path.parent for path in workspace.glob("*/project.json")]
    found: dict[str, Any] = {}
    with duckdb.connect(str(project / "assay.duckdb"), read_only=True) as database:
        for table, left_out in _TABLES.items():
            ignored = {name.strip() for name in left_out.split(",")}
            columns = [c[0] for c in database.execute(f"SELECT * FROM {table} LIMIT 0").description or []]
            chosen = ", ".join(f'"{name}"' for name in sorted(set(columns) - ignored))
            found[table] = database.execute(f"SELECT {chosen} FROM {table} ORDER BY ALL").fetchall()
        found["sets"] = database.execute("SELECT name, coverage FROM prediction_set ORDER BY ALL").fetchall()
    found["words"] = (project / "geometry.bin").stat().st_size if (project / "geometry.bin").exists() else 0
    exported = workspace / "out.json"
    found["exported"] = exported.read_text() if exported.exists() else None
    found["left"] = sorted(
        path.name for path in workspace.rglob("*") if path.suffix in (".part", ".tmp") and path.is_file()
    )
    return found


def prepare(kind: Kind, data: Path, workspace: Path) -> None:
    """Make the project that a kind of job works on."""
    shutil.rmtree(workspace, ignore_errors=True)
    workspace.mkdir()
    if kind.name == "refresh":
        shutil.copyfile(data / "first.json", data / "growing.json")
    for command in kind.before:
        finish(command)
    if kind.name == "refresh":
        shutil.copyfile(data / "all.json", data / "growing.json")


def kill_often(kind: Kind, data: Path, workspace: Path, kills: int, dice: random.Random) -> dict[str, Any]:
    """Kill a kind of job again and again; return how often the end was another state than without kills."""
    prepare(kind, data, workspace)
    ready = workspace.with_name("ready")
    shutil.rmtree(ready, ignore_errors=True)
    shutil.copytree(workspace, ready)
    begun = time.monotonic()
    finish(kind.command)
    duration = time.monotonic() - begun
    expected = state(workspace)
    wrong: list[str] = []
    for _ in range(kills):
        shutil.rmtree(workspace)
        shutil.copytree(ready, workspace)
        process = run(kind.command)
        time.sleep(dice.uniform(0.1, 1.0) * duration)
        os.killpg(process.pid, signal.SIGKILL)
        process.communicate()
        finish(kind.command)
        found = state(workspace)
        wrong += [name for name in expected if found[name] != expected[name]]
    return {"bar": "R1", "name": kind.name, "value": len(wrong), "unit": "other states", "kills": kills,
            "seconds": round(duration, 2), "tables": sorted(set(wrong))}  # fmt: skip


def main() -> None:
    """Kill the chosen kinds of job; exit code 1 where one ended in another state."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--kills", type=int, default=50, help="of every kind")
    parser.add_argument("--images", type=int, default=200)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--kind", action="append", help="only this one; repeatable")
    options = parser.parse_args()
    failed = False
    with tempfile.TemporaryDirectory() as folder:
        data, workspace = Path(folder) / "data", Path(folder) / "workspace"
        write_data(data, options.images)
        for kind in kinds(data, workspace):
            if not options.kind or kind.name in options.kind:
                told = kill_often(kind, data, workspace, options.kills, random.Random(options.seed))
                failed |= bool(told["value"])
                print(json.dumps(told), flush=True)
    sys.exit(failed)


if __name__ == "__main__":
    main()
