"""Bars P5 and P6: pages, histograms and summaries of a large project, over HTTP on loopback.

    python benchmarks/query_large.py [--images 100000]

A project of drawn values is served by `assay start`; every filter and order is asked for once, as a new one.
"""

from __future__ import annotations

import argparse
import os
import shutil
import socket
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import httpx
from large_project import make_project
from results import save

KEYS = ("object_area", "object_width", "annotation_duplicates", "size_for_class", "crop_brightness", "validity")
FILTERS = (
    'class:"class {i}"', "object_area>{a}", "brightness<0.{b}", "annotation_duplicates:0.{b}..0.9 split:train",
    'not class:"class {i}" crop_sharpness<0.{b}', 'class:"class {i}" or severe:object_area',
    "outlier:any brightness>0.{b}", 'box_fit>0.{b} class:"class {i}"',
)  # fmt: skip
IMAGE_FILTERS = ('class:"class {i}"', 'class:"class {i}" object_area>{a}', 'brightness<0.{b} not class:"class {i}"')
PORT = 8765


def ask(client: httpx.Client, path: str, **params: Any) -> tuple[float, Any]:
    """Ask the project of this benchmark; see :func:`ask_for`."""
    return ask_for(client, "large", path, **params)


def ask_for(client: httpx.Client, project: str, path: str, **params: Any) -> tuple[float, Any]:
    """Return how long an answer takes, in ms, and the answer."""
    started = time.perf_counter()
    answer = client.get(f"/api/projects/{project}/{path}", params=params)
    elapsed = (time.perf_counter() - started) * 1000
    answer.raise_for_status()
    return elapsed, answer.json()


def text(pattern: str, i: int) -> str:
    """Return the i-th filter of a pattern, i < 80: no two are the same."""
    return pattern.replace("{i}", str(i)).replace("{a}", str(100 + 7 * i)).replace("{b}", str(100 + i))


def measure(client: httpx.Client, rounds: int) -> dict[str, list[float]]:
    """Return the latencies in ms by what was asked."""
    times: dict[str, list[float]] = {
        name: [] for name in ("first", "later", "histogram", "summary", "filtered", "images")
    }
    for i in range(rounds):
        for at, pattern in enumerate(FILTERS):
            key = KEYS[(i + at) % len(KEYS)]
            query, sort = text(pattern, i), f"-{key}" if i % 2 else key
            page = {"scope": "annotation", "query": query, "sort": sort, "metric": key, "limit": 60}
            elapsed, first = ask(client, "cards", **page)
            times["first"].append(elapsed)
            for part in (0.3, 0.9):
                times["later"].append(ask(client, "cards", **page, offset=int(first["total"] * part))[0])
            histogram = {"scope": "annotation", "query": query, "bins": 80}
            times["histogram"].append(ask(client, f"metrics/{key}/histogram", **histogram)[0])
        for pattern in IMAGE_FILTERS:
            page = {
                "scope": "image",
                "query": text(pattern, i),
                "sort": "-brightness",
                "metric": "brightness",
                "limit": 60,
            }
            times["images"].append(ask(client, "cards", **page)[0])
        times["summary"].append(ask(client, "summary", scope="annotation")[0])
        times["filtered"].append(
            ask(client, "summary", scope="annotation", query=text(FILTERS[i % len(FILTERS)], 60 + i))[0]
        )
    return times


def answers() -> bool:
    """Return whether the server listens."""
    with socket.socket() as connection:
        return connection.connect_ex(("127.0.0.1", PORT)) == 0


def paint(command: list[Any]) -> float | None:
    """Return the seconds from the start of a server until the Explorer shows its cards; None without Chromium."""
    chromium = shutil.which("chromium")
    if chromium is None:
        return None
    from playwright.sync_api import sync_playwright

    flags = ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking"]
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=flags)
        page = browser.new_page(viewport={"width": 1440, "height": 900})
        started = time.perf_counter()
        server = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        try:
            while not answers():  # as `assay start` waits before it opens a browser
                time.sleep(0.02)
            page.goto(f"http://127.0.0.1:{PORT}/p/large/explorer?scope=annotation")
            page.wait_for_selector("[role=gridcell]:not([aria-busy=true])", timeout=60_000)
            return time.perf_counter() - started
        finally:
            server.terminate()
            server.wait()
            browser.close()


def p95(values: list[float]) -> float:
    """Return the 95th percentile."""
    return round(statistics.quantiles(values, n=20, method="inclusive")[-1], 1)


def memory_mb(pid: int) -> float:
    """Return the greatest resident memory that a process has had so far."""
    lines = Path(f"/proc/{pid}/status").read_text(encoding="ascii").splitlines()
    return round(next(int(line.split()[1]) for line in lines if line.startswith("VmHWM")) / 1024, 1)


def main() -> int:
    """Print the figures, one JSON line each."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--images", type=int, default=100_000)
    parser.add_argument("--rounds", type=int, default=6)
    options = parser.parse_args()
    folder = Path(tempfile.mkdtemp())
    make_project(folder, options.images)
    command = [sys.executable, "-m", "assay.cli.main", "start", "-t", folder, "--port", str(PORT), "--no-browser"]
    started = time.perf_counter()
    server = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        with httpx.Client(base_url=f"http://127.0.0.1:{PORT}", timeout=60, trust_env=False) as client:
            while True:
                try:
                    ask(client, "cards", scope="image", limit=60)
                    break
                except httpx.TransportError:
                    time.sleep(0.02)
            start_s = time.perf_counter() - started
            cold_ms, summary = ask(client, "summary", scope="annotation")
            times = measure(client, options.rounds)
            annotations = summary["items"]["count"]
        figures: list[dict[str, Any]] = []

        def add(bar: str, name: str, value: float, limit: float | None, unit: str = "ms") -> None:
            ok = None if limit is None else value <= limit
            figures.append({"bar": bar, "name": name, "value": value, "unit": unit, "limit": limit, "ok": ok,
                            "annotations": annotations})  # fmt: skip

        large = options.images > 300_000
        add("P5", "first page of a new filter and order, p95", p95(times["first"]), 1500 if large else 150)
        add("P5", "first page of a new filter of images, p95", p95(times["images"]), 1500 if large else 150)
        add("P5", "further pages, p95", p95(times["later"]), 100 if large else 50)
        add("P5", "histogram under a new filter, p95", p95(times["histogram"]), None if large else 100)
        add("P5", "summary of all metrics, p95", p95(times["summary"]), None if large else 100)
        add("P5", "summary of all metrics, the first", round(cold_ms, 1), None)
        add("P5", "summary of all metrics under a new filter, p95", p95(times["filtered"]), None if large else 1500)
        add("P6", "start to the first page's answer", round(start_s, 2), 3, "s")
        add("P6", "server memory, peak", memory_mb(server.pid), None if large else 1536, "MB")
        server.terminate()
        server.wait()
        painted_s = paint(command)
        if painted_s is not None:
            add("P6", "start to the first cards painted in Chromium", round(painted_s, 2), 3, "s")
        save(f"query_large_{options.images}", figures)
    finally:
        server.terminate()
        server.wait()
        shutil.rmtree(folder, ignore_errors=True)
    return 0 if all(figure["ok"] is not False for figure in figures) else 1


if __name__ == "__main__":
    os.environ.setdefault("ASSAY_CONFIG", os.devnull + "-no-such-settings")
    sys.exit(main())
