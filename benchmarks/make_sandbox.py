"""Images per second of the sandbox generator, all its files written: at least 40 on 2 cores; memory as it grows.

The same images without the simulated detectors' masks and labels would be of no use, so the whole of it is timed:
rendering, labels, planted errors, two detectors, JPEG, JSON. Beside it stands what encoding the pictures alone takes
on one core, as a physical limit.

    python benchmarks/make_sandbox.py [--images 2000]
"""

from __future__ import annotations

import argparse
import resource
import tempfile
import time
from dataclasses import replace
from pathlib import Path

import cv2
from results import save

from assay.jobs.engine.executors import use_one_thread
from assay.sandbox.generate import generate
from assay.sandbox.registry import SANDBOXES
from assay.workers import LocalExecutor, count_cores

LEAST_RATE = 40.0
_SAMPLE = 100


def main() -> int:
    """Return 1 where the rate is below what is asked for."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--images", type=int, default=2_000)
    images = parser.parse_args().images
    workers = min(count_cores(), 2)
    with tempfile.TemporaryDirectory() as folder:
        started = time.perf_counter()
        made = generate(
            replace(SANDBOXES["tabletop"], images=images),
            Path(folder),
            executor=LocalExecutor(workers, setup=use_one_thread),
        )
        seconds = time.perf_counter() - started
        encoding = _encode_again(sorted(made.images_dir.iterdir())[:_SAMPLE])
    rate = images / seconds
    peak = max(resource.getrusage(who).ru_maxrss for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)) / 1024
    save(
        f"make_sandbox {images} images",
        [
            {"name": "rate", "value": round(rate, 1), "unit": f"images/s, {workers} processes", "limit": LEAST_RATE},
            {"name": "ratio to JPEG encoding", "value": round(seconds * workers / images / encoding, 1), "unit": "x"},
            {"name": "peak of the largest process", "value": round(peak), "unit": "MB"},
        ],
    )
    return int(rate < LEAST_RATE)


def _encode_again(paths: list[Path]) -> float:
    """Return seconds of one core that encoding a picture takes."""
    pictures = [cv2.imread(str(path)) for path in paths]
    cv2.setNumThreads(1)
    started = time.perf_counter()
    for picture in pictures:
        cv2.imencode(".jpg", picture, [cv2.IMWRITE_JPEG_QUALITY, 90])
    return (time.perf_counter() - started) / len(pictures)


if __name__ == "__main__":
    raise SystemExit(main())
