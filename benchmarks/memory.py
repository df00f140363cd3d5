"""Bars of memory: what a server holds after many positions of the sliders, and the peak of a pass over large pictures.

    python benchmarks/memory.py [--positions 6600] [--side 20000] [--project DIR]

Every position is asked for once, as the web app asks: the numbers at each, a page of cards at every fourth, what comes
at rest at every two-hundredth. ``--project`` takes a project with prediction sets; else one is generated. Large
pictures are four PNGs of ``side`` x ``side`` pixels, measured by four processes.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import socket
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import cv2
import httpx
import numpy as np
from evaluation_data import generate, to_coco
from results import RESULTS, save

ASSAY = [sys.executable, "-m", "assay.cli.main"]
IMAGES, ANNOTATIONS, PREDICTIONS, CLASSES = 343, 2_974, 33_000, 80
MOST_SERVER_MB = 450
WORKERS = 4
SAMPLE_S = 0.02


def make_judged(folder: Path, scale: float) -> Path:
    """Return a generated project of three prediction sets, with the proportions of 343 images of COCO."""
    images, annotations, predictions = (max(3, round(n * scale)) for n in (IMAGES, ANNOTATIONS, PREDICTIONS))
    dataset, results = to_coco(*generate(images, annotations, predictions, CLASSES), images, CLASSES)
    for image in dataset["images"]:
        image["file_name"] = f"{image['id']:06d}.jpg"
    (folder / "truth.json").write_text(json.dumps(dataset))
    (folder / "results.json").write_text(json.dumps(results))
    _run("import", "project", "--coco", "-i", folder, "-a", folder / "truth.json", "-t", folder, "--name", "judged")
    for number in range(3):
        target = folder / "judged"
        _run("import", "predictions", "-t", target, "--coco", folder / "results.json", "--name", f"detector {number}")
    return folder / "judged"


def move_sliders(project: Path, positions: int) -> list[dict[str, Any]]:
    """Return what a server holds after so many positions, in MB."""
    held: list[tuple[int, float]] = []
    with _serve(project) as (client, pid):
        base = f"/api/projects/{project.name}"
        sets = [each["name"] for each in _ask(client, f"{base}/predictions")]
        for at in range(positions):
            asked = {
                "predictions": sets[at // 7 % len(sets)],
                "iou": round(0.3 + 0.65 * (at % 97) / 97, 4),
                "confidence": round(0.95 * at / positions, 6),
            }
            _ask(client, f"{base}/evaluation", **asked)
            if at % 4 == 0:
                _ask(client, f"{base}/cards", scope="prediction", query="outcome:fp", limit=24, **asked)
            if at % 20 == 0:
                _ask(client, f"{base}/evaluation/performance", metric="confidence", **asked)
            if at % 200 == 0:
                _ask(client, f"{base}/evaluation/slow", **asked)
            if at % max(1, positions // 20) == 0:
                held.append((at, _resident(pid)))
                print(f"# {at} positions: {held[-1][1]:.0f} MB", flush=True)
        held.append((positions, _resident(pid)))
        peak = _resident(pid, "VmHWM")
    last = held[-1][1]
    return [
        {
            "name": f"server after {positions} positions",
            "value": round(last),
            "unit": "MB",
            "limit": MOST_SERVER_MB,
            "ok": last <= MOST_SERVER_MB,
        },
        {"name": f"server at most, {positions} positions", "value": round(peak), "unit": "MB"},
    ]


def measure_large(folder: Path, side: int) -> list[dict[str, Any]]:
    """Return the peak of measuring large pictures beyond two that are decoded, in MB."""
    images = folder / "images"
    images.mkdir()
    for number in range(WORKERS):
        picture = np.zeros((side, side, 3), dtype=np.uint8)
        picture[number::7, ::3] = (40, 90, 200)
        cv2.imwrite(str(images / f"{number}.png"), picture, [cv2.IMWRITE_PNG_COMPRESSION, 1])
    small = np.full((48, 64, 3), 90, dtype=np.uint8)
    for number in range(40):  # so many that processes are started
        cv2.imwrite(str(images / f"small {number:02d}.jpg"), small)
    peak = [0.0]
    process = subprocess.Popen(
        [*map(str, ASSAY), "init", str(images), "-t", str(folder), "--name", "large"], stdout=subprocess.DEVNULL
    )
    watch = threading.Thread(target=_watch, args=(process, peak))
    watch.start()
    code = process.wait()
    watch.join()
    if code:
        raise RuntimeError(f"assay init ended with {code}")
    decoded = 3 * side * side / 1e6
    beyond = peak[0] - 2 * decoded
    return [
        {"name": f"pass over {WORKERS} pictures of {side} px a side, peak", "value": round(peak[0]), "unit": "MB"},
        {
            "name": f"pass over {WORKERS} pictures of {side} px a side, beyond two decoded",
            "value": round(beyond),
            "unit": "MB",
            "limit": 1_000,
            "ok": beyond <= 1_000,
        },
    ]


def _watch(process: subprocess.Popen[bytes], peak: list[float]) -> None:
    """Note the greatest sum of what a process and its children hold, in MB; pages they share count by share."""
    while process.poll() is None:
        peak[0] = max(peak[0], sum(_proportional(pid) for pid in _family(process.pid)))
        time.sleep(SAMPLE_S)


def _family(pid: int) -> Iterator[int]:
    yield pid
    try:
        for task in Path(f"/proc/{pid}/task").iterdir():
            for child in (task / "children").read_text(encoding="ascii").split():
                yield from _family(int(child))
    except OSError:  # it has ended meanwhile
        return


def _proportional(pid: int) -> float:
    try:
        lines = Path(f"/proc/{pid}/smaps_rollup").read_text(encoding="ascii").splitlines()
    except OSError:
        return 0.0
    return next((int(line.split()[1]) / 1024 for line in lines if line.startswith("Pss:")), 0.0)


def _resident(pid: int, which: str = "VmRSS") -> float:
    lines = Path(f"/proc/{pid}/status").read_text(encoding="ascii").splitlines()
    return next(int(line.split()[1]) / 1024 for line in lines if line.startswith(which))


@contextmanager
def _serve(project: Path) -> Iterator[tuple[httpx.Client, int]]:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    command = [*ASSAY, "start", "-t", str(project), "--port", str(port), "--no-browser"]
    server = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        with httpx.Client(base_url=f"http://127.0.0.1:{port}", timeout=600, trust_env=False) as client:
            while server.poll() is None:
                try:
                    client.get("/api/health")
                    break
                except httpx.TransportError:
                    time.sleep(0.05)
            yield client, server.pid
    finally:
        server.terminate()
        server.wait()


def _ask(client: httpx.Client, path: str, **params: Any) -> Any:
    answer = client.get(path, params=params)
    if answer.status_code != 200:
        raise RuntimeError(f"{path}: {answer.status_code}: {answer.text[:500]}")
    return answer.json()


def _run(*arguments: str | Path) -> None:
    subprocess.run([*ASSAY, *map(str, arguments)], check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)


def main() -> int:
    """Print the figures, one JSON line each; return 1 where a bar is missed."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--positions", type=int, default=6_600)
    parser.add_argument("--scale", type=float, default=1.0, help="of the generated project")
    parser.add_argument("--side", type=int, default=20_000, help="of the large pictures, in pixels; 0 for none")
    parser.add_argument("--project", type=Path)
    parser.add_argument("--results", type=Path, default=RESULTS, help="the file that keeps the figures")
    options = parser.parse_args()
    if not Path("/proc/self/smaps_rollup").exists():
        print("# this system does not tell what a process holds")
        return 0
    folder = Path(tempfile.mkdtemp())
    os.environ.setdefault("ASSAY_CONFIG", str(folder / "settings.json"))
    try:
        figures = []
        if options.positions:
            project = folder / "served" / (options.project.name if options.project else "judged")
            shutil.copytree(options.project or make_judged(folder, options.scale), project)
            figures += move_sliders(project, options.positions)
        if options.side:
            (folder / "large pictures").mkdir()
            figures += measure_large(folder / "large pictures", options.side)
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    save(f"memory, {options.project.name if options.project else 'generated'}", figures, options.results)
    return 0 if all(figure.get("ok", True) for figure in figures) else 1


if __name__ == "__main__":
    sys.exit(main())
