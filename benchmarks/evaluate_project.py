"""Bar P3: a move of the IoU or confidence slider, and the numbers that come when it rests, over HTTP on loopback.

A project of 5,000 images, 36,575 annotations and 178,113 predictions is made from generated files and served by
`assay start`; every position of a slider is asked for once, as a new one, with and without a filter.

    python benchmarks/evaluate_project.py
"""

from __future__ import annotations

import json
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import httpx
from evaluation_data import ANNOTATIONS, CLASSES, IMAGES, PREDICTIONS, generate, to_coco
from query_large import ask_for, p95
from results import save, sized

PORT = 8766
MOVES = sized(40, 2)
SMALLER = sized(1, 500)  # how much smaller than the data that the bar is of


def make(folder: Path) -> Path:
    """Make the project `judged` with the sets `detector` and `other`, a part of it; return its folder of projects."""
    import assay

    dataset, results = to_coco(
        *generate(IMAGES // SMALLER, ANNOTATIONS // SMALLER, PREDICTIONS // SMALLER), IMAGES // SMALLER, CLASSES
    )
    for image in dataset["images"]:
        image["file_name"] = f"{image['id']:06d}.jpg"
    (folder / "images").mkdir()
    (folder / "truth.json").write_text(json.dumps(dataset))
    (folder / "results.json").write_text(json.dumps(results))
    with assay.import_coco(folder / "truth.json", folder / "images", folder / "projects", name="judged") as project:
        started = time.perf_counter()
        project.import_predictions(folder / "results.json", "detector", images="all")
        print(f"# predictions imported and measured in {time.perf_counter() - started:.1f} s")
        (folder / "others.json").write_text(json.dumps([r for n, r in enumerate(results) if n % 13]))
        project.import_predictions(folder / "others.json", "other", images="all")
    return folder / "projects"


def main() -> int:
    """Print the figures, one JSON line each."""
    folder = Path(tempfile.mkdtemp())
    projects = make(folder)
    command = [sys.executable, "-m", "assay.cli.main", "start", "-t", projects, "--port", str(PORT), "--no-browser"]
    server = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        with httpx.Client(base_url=f"http://127.0.0.1:{PORT}", timeout=120, trust_env=False) as client:
            asked: dict[str, Any] = {"predictions": "detector", "confidence": 0.05}
            while True:
                try:
                    first, _ = ask_for(client, "judged", "evaluation", iou=0.5, **asked)
                    break
                except httpx.TransportError:
                    time.sleep(0.05)
            time.sleep(sized(20, 0))  # what warms up in the background is done
            moves: list[float] = []
            for at in range(MOVES):
                moves.append(ask_for(client, "judged", "evaluation", iou=0.3 + at / 100, **asked)[0])
                moves.append(ask_for(client, "judged", "evaluation", iou=0.5, **asked | {"confidence": at / 100})[0])
                moves.append(
                    ask_for(client, "judged", "evaluation", iou=0.31 + at / 100, query="object_area>900", **asked)[0]
                )
            slow = [
                ask_for(client, "judged", "evaluation/slow", iou=0.4 + at / 10, **asked)[0] / 1000 for at in range(3)
            ]
            compared = [
                ask_for(client, "judged", "evaluation/compare", iou=0.45 + at / 10, other="other", **asked)[0] / 1000
                for at in range(3)
            ]
    finally:
        server.terminate()
        server.wait()
        shutil.rmtree(folder, ignore_errors=True)
    figures = [
        ("a move of a slider, p50", round(statistics.median(moves), 1), "ms", 50),
        ("a move of a slider, p95", p95(moves), "ms", 100),
        ("slow numbers, the worst of three", round(max(slow), 2), "s", 3),
        ("a comparison of two sets, the worst of three", round(max(compared), 2), "s", 3),
        ("the first evaluation after the start", round(first / 1000, 2), "s", None),
    ]
    save(
        "evaluate_project",
        [
            {
                "bar": "P3", "name": name, "value": value, "unit": unit, "limit": limit,
                "ok": None if limit is None else value <= limit, "predictions": PREDICTIONS,
            }
            for name, value, unit, limit in figures
        ],
    )  # fmt: skip
    return 0 if all(limit is None or value <= limit for _, value, _, limit in figures) else 1


if __name__ == "__main__":
    os.environ.setdefault("ASSAY_CONFIG", os.devnull + "-no-such-settings")
    sys.exit(main())
