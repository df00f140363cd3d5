"""Bar R4: many clients page, filter and tag at once, over HTTP on loopback; every tag is counted afterwards.

    python benchmarks/load_clients.py [--clients 32] [--seconds 60] [--images 1000] [--project DIR]

Clients ask again as soon as they are answered, in processes of their own. Of ten requests six are pages of 60 cards,
two the first page of a new filter, one a histogram, one a tagging. `--project` takes a project that is there, such as
one of photographs; else one of generated polygons is made, whose pictures need not exist.
"""

from __future__ import annotations

import argparse
import http.client
import json
import math
import os
import random
import shutil
import socket
import statistics
import subprocess
import sys
import tempfile
import time
from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

from coco_data import generate
from results import save

PROCESSES = 2
SORTS = ("-object_area", "object_area", "-annotation_duplicates", "-object_width", "object_aspect_ratio")
Times = dict[str, list[float]]


class Client:
    """One person's browser: a connection that is kept, a tag of its own."""

    def __init__(self, port: int, project: str, number: int, items: dict[str, int]) -> None:
        self._connection = http.client.HTTPConnection("127.0.0.1", port, timeout=120)
        self._base = f"/api/projects/{project}"
        self._random = random.Random(number)
        self._items = items
        self.tag = f"client {number} {time.time_ns()}"
        self.tagged: set[int] = set()
        self.times: Times = {"page": [], "filter": [], "histogram": [], "tagging": []}

    def run(self, until: float) -> None:
        """Ask until the clock says so."""
        while time.monotonic() < until:
            kind = self._random.choices(("page", "filter", "histogram", "tagging"), (6, 2, 1, 1))[0]
            started = time.perf_counter()
            getattr(self, f"_ask_{kind}")()
            self.times[kind].append((time.perf_counter() - started) * 1000)

    def _ask_page(self) -> None:
        scope = self._random.choice(("image", "annotation"))
        sort = self._random.choice(SORTS) if scope == "annotation" else None
        offset = 60 * self._random.randrange(max(1, self._items[scope] // 60))
        self._get("cards", scope=scope, sort=sort, offset=offset, limit=60)

    def _ask_filter(self) -> None:
        query = f"object_area>{self._random.uniform(0, 5_000):.3f}"
        self._get("cards", scope="annotation", query=query, sort="-object_area", limit=60)

    def _ask_histogram(self) -> None:
        query = f"object_width>{self._random.uniform(0, 100):.3f}"
        self._get("metrics/object_area/histogram", scope="annotation", query=query, bins=80)

    def _ask_tagging(self) -> None:
        rows = self._random.sample(range(self._items["annotation"]), min(5, self._items["annotation"]))
        selection = {"scope": "annotation", "rows": rows}
        body = json.dumps({"name": self.tag, "action": "add", "selection": selection})
        self._connection.request("POST", f"{self._base}/tags/apply", body, {"content-type": "application/json"})
        self._answer()
        self.tagged.update(rows)

    def _get(self, path: str, **params: Any) -> None:
        chosen = urlencode({key: value for key, value in params.items() if value is not None})
        self._connection.request("GET", f"{self._base}/{path}?{chosen}")
        self._answer()

    def _answer(self) -> None:
        answer = self._connection.getresponse()
        body = answer.read()
        if answer.status != 200:
            raise RuntimeError(f"{answer.status}: {body[:500]!r}")


def run_clients(
    port: int, project: str, numbers: list[int], items: dict[str, int], seconds: float
) -> tuple[Times, dict[str, int]]:
    """Run some of the clients; return latencies in ms by kind, and how many items each client's tag is on."""
    clients = [Client(port, project, number, items) for number in numbers]
    until = time.monotonic() + seconds
    with ThreadPoolExecutor(len(clients)) as pool:
        for done in [pool.submit(client.run, until) for client in clients]:
            done.result()
    times = {kind: [t for client in clients for t in client.times[kind]] for kind in clients[0].times}
    return times, {client.tag: len(client.tagged) for client in clients}


def load(port: int, pid: int, project: str, clients: int, seconds: float) -> list[dict[str, Any]]:
    """Return the figures of so many clients; raise where one was refused or a tag was lost."""
    items = {scope: _count(port, project, scope) for scope in ("image", "annotation")}
    used_s = _processor_s(pid)
    parts = [list(range(start, clients, PROCESSES)) for start in range(min(PROCESSES, clients))]
    with ProcessPoolExecutor(len(parts)) as pool:
        ran = [pool.submit(run_clients, port, project, numbers, items, seconds) for numbers in parts]
        found = [one.result() for one in ran]
    times = {kind: [t for one, _ in found for t in one[kind]] for kind in found[0][0]}
    used_s = _processor_s(pid) - used_s
    for tag, count in ((tag, count) for _, counts in found for tag, count in counts.items() if count):
        kept = _count(port, project, "annotation", f'tag:"{tag}"')
        if kept != count:
            raise RuntimeError(f"{tag}: {count} items were tagged, {kept} are")
    every = [t for kind in times.values() for t in kind]
    figures = [_figure(f"{clients} clients, {kind}, p95", p95(found), "ms") for kind, found in times.items() if found]
    return [
        _figure(f"{clients} clients, requests a second", len(every) / seconds, "1/s"),
        _figure(f"{clients} clients, processor time a request", used_s / len(every) * 1000, "ms"),
        _figure(f"{clients} clients, p50", statistics.median(every), "ms"),
        _figure(f"{clients} clients, p95", p95(every), "ms"),
        *figures,
    ]


def p95(values: list[float]) -> float:
    """Return the 95th percentile."""
    return statistics.quantiles(values, n=20, method="inclusive")[-1] if len(values) > 1 else values[0]


def _processor_s(pid: int) -> float:
    """Return the processor time that a process has used, in s; NaN where the system does not tell."""
    file = Path(f"/proc/{pid}/stat")
    if not file.exists():
        return math.nan
    fields = file.read_text(encoding="ascii", errors="replace").rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def _figure(name: str, value: float, unit: str) -> dict[str, Any]:
    return {"name": name, "value": round(value, 1), "unit": unit}


def _count(port: int, project: str, scope: str, query: str = "") -> int:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=120)
    connection.request(
        "GET", f"/api/projects/{project}/cards?{urlencode({'scope': scope, 'query': query, 'limit': 1})}"
    )
    return int(json.loads(connection.getresponse().read())["total"])


def _make(folder: Path, images: int) -> Path:
    generate(folder / "truth.json", images)
    command = [sys.executable, "-m", "assay.cli.main", "import", "project", "--coco", "-i", folder, "-a",
               folder / "truth.json", "-t", folder, "--name", "load", "--json"]  # fmt: skip
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    return folder / "load"


def main() -> int:
    """Print the figures, one JSON line each."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--clients", type=int, nargs="+", default=[8, 32])
    parser.add_argument("--seconds", type=float, default=60)
    parser.add_argument("--images", type=int, default=1_000)
    parser.add_argument("--project", type=Path)
    options = parser.parse_args()
    folder = Path(tempfile.mkdtemp())
    project = options.project or _make(folder, options.images)
    copy = folder / "served" / "load"  # tags are left behind
    shutil.copytree(project, copy)
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    command = [sys.executable, "-m", "assay.cli.main", "start", "-t", copy, "--port", str(port), "--no-browser"]
    server = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        while server.poll() is None:
            try:
                _count(port, "load", "image")
                break
            except OSError:
                time.sleep(0.05)
        figures = [
            figure for clients in options.clients for figure in load(port, server.pid, "load", clients, options.seconds)
        ]
        peak = Path(f"/proc/{server.pid}/status")
        if peak.exists():
            line = next(line for line in peak.read_text(encoding="ascii").splitlines() if line.startswith("VmHWM"))
            figures.append(_figure("server memory", int(line.split()[1]) / 1024, "MB"))
        name = options.project.name if options.project else f"{options.images} images"
        save(f"R4, {name}, {options.seconds:g} s", figures)
    finally:
        server.terminate()
        server.wait()
        shutil.rmtree(folder, ignore_errors=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())
