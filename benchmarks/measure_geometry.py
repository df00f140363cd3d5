"""Geometry metrics of ground truth the size of train2017: at most 60 s on 2 cores; cost and memory as it grows (P11).

Projects of a tenth and of the full size are made from generated files, then every metric that needs no pixels is
computed as an import does it, with the commits, the class-wise metrics and the statistics.

    python benchmarks/measure_geometry.py [--images 118000]
"""

from __future__ import annotations

import argparse
import multiprocessing
import os
import resource
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

from coco_data import IMAGES, generate
from results import save

LIMIT_S, GROWTH_LIMIT = 60.0, 1.25


def measure(images: int, connection: Any) -> None:
    """Make a project of so many images, measure it, send seconds, annotations and peak memory."""
    from assay.formats.coco.reader import read_coco
    from assay.formats.ingest import ingest
    from assay.jobs.engine.run import measure_geometry
    from assay.jobs.manager import JobContext
    from assay.jobs.records import Job
    from assay.project.lock import Holder
    from assay.project.workspace import Workspace

    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "instances.json"
        generate(file, images)
        workspace = Workspace(Path(folder) / "workspace", Holder(os.getpid()))
        store = workspace.create("measured")
        with store.write() as cursor, store.append_coordinates(cursor) as words:
            source = read_coco(file, words.append)
            paths = [None] * len(source.images.ids)
            ingest(cursor, source, kind="coco", path=file, image_root=file.parent, files="in-place", split=None,
                   image_paths=paths)  # fmt: skip
        file.unlink()
        context = JobContext(workspace, Job("metrics", "benchmark", "measured", {}, "benchmark"))
        started = time.perf_counter()
        measure_geometry(context)
        elapsed = time.perf_counter() - started
        with store.read() as cursor:
            [(count, measured)] = cursor.execute(
                "SELECT count(*), count(object_area) FROM annotation_metric"
            ).fetchall()
        workspace.close()
    connection.send({"seconds": elapsed, "annotations": count, "measured": measured})


def run(images: int) -> dict[str, float]:
    """Return what :func:`measure` sends from a fresh process."""
    receiver, sender = multiprocessing.Pipe(duplex=False)
    process = multiprocessing.get_context("spawn").Process(target=measure, args=(images, sender))
    process.start()
    sender.close()
    figures: dict[str, float] = receiver.recv()
    process.join()
    figures["peak_mb"] = round(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1e3, 1)
    print(figures, file=sys.stderr)
    return figures


def main() -> int:
    """Print the figures, one JSON line each."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--images", type=int, default=IMAGES)
    images = parser.parse_args().images
    small, full = run(images // 10), run(images)
    growth = (full["seconds"] / full["annotations"]) / (small["seconds"] / small["annotations"])
    figures = [
        {
            "bar": "geometry",
            "name": "geometry metrics of train2017-sized ground truth",
            "value": round(full["seconds"], 2),
            "unit": "s",
            "limit": round(LIMIT_S * images / IMAGES, 2),
            "ok": full["seconds"] <= LIMIT_S * images / IMAGES,
            "annotations": full["annotations"],
            "peak_mb": full["peak_mb"],
        },
        {
            "bar": "P11",
            "name": "geometry metrics, cost an annotation at 10 times the size",
            "value": round(growth, 3),
            "unit": "ratio",
            "limit": GROWTH_LIMIT,
            "ok": growth <= GROWTH_LIMIT,
        },
    ]
    save("measure_geometry" if images == IMAGES else f"measure_geometry_{images}", figures)
    return 0 if all(figure["ok"] for figure in figures) else 1


if __name__ == "__main__":
    sys.exit(main())
