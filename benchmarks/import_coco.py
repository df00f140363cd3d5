"""P4: importing COCO ground truth the size of train2017, against pycocotools ``COCO(file)``.

The file is generated, deterministically, in COCO 2017's own layout: key order, two decimals, no blanks inside
polygons, RLE for crowds. Assay reads it, writes the project and commits; metrics and image files are apart.
Each contender runs in fresh processes, in turn; figures are medians.

    python benchmarks/import_coco.py [--images 118000] [--repeat 2] [--keep FILE]
"""

from __future__ import annotations

import argparse
import contextlib
import io
import json
import os
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from statistics import median

from coco_data import IMAGES, generate
from results import save

TIME_LIMIT, MEMORY_LIMIT = 1.0, 3.0


# ------------------------------------------------------------ the contenders, each in a process of its own


def run_assay(file: Path) -> dict[str, float]:
    """Read, write the project, commit, fold in the log."""
    from assay.formats.coco.reader import read_coco
    from assay.formats.ingest import ingest
    from assay.project.lock import Holder
    from assay.project.store import Database, Store

    with tempfile.TemporaryDirectory(dir=file.parent) as folder:
        database = Database(Path(folder))
        store = Store.create(Path(folder) / "project", database, Holder(os.getpid()))
        started = time.perf_counter()
        with store.write() as cursor, store.append_coordinates(cursor) as words:
            source = read_coco(file, words.append)
            read_s = time.perf_counter() - started
            ingest(
                cursor,
                source,
                kind="coco",
                path=file,
                image_root=file.parent,
                files="in-place",
                split=None,
                image_paths=[None] * len(source.images.ids),
            )
        store.checkpoint()
        elapsed = time.perf_counter() - started
        store.close()
        database.close()
    return {"seconds": elapsed, "read_s": read_s, "annotations": len(source.annotation_ids)}


def run_pycocotools(file: Path) -> dict[str, float]:
    """Do what most tools do: parse the whole file and index it."""
    from pycocotools.coco import COCO

    started = time.perf_counter()
    with contextlib.redirect_stdout(io.StringIO()):
        coco = COCO(str(file))
    return {"seconds": time.perf_counter() - started, "annotations": len(coco.anns)}


def _run(contender: str, file: Path) -> dict[str, float]:
    output = subprocess.run(
        [sys.executable, __file__, "--contender", contender, "--file", str(file)],
        check=True,
        stdout=subprocess.PIPE,
        text=True,
    ).stdout
    result: dict[str, float] = json.loads(output)
    return result


def _peak_bytes() -> int:
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak if sys.platform == "darwin" else peak * 1024


# ------------------------------------------------------------ the figures


def compare(file: Path, images: int, repeat: int) -> list[dict[str, object]]:
    """Run the contenders in turn and return the figures."""
    runs: dict[str, list[dict[str, float]]] = {"assay": [], "pycocotools": []}
    for _ in range(repeat):
        for contender, results in runs.items():
            results.append(_run(contender, file))
            print(f"{contender}: {results[-1]}", file=sys.stderr)

    def middle(contender: str, figure: str) -> float:
        return median(r[figure] for r in runs[contender])

    size = file.stat().st_size
    assay_s, peer_s = middle("assay", "seconds"), middle("pycocotools", "seconds")
    assay_b, peer_b = middle("assay", "peak_bytes"), middle("pycocotools", "peak_bytes")
    common = {"images": images, "file_mb": round(size / 1e6, 1), "annotations": runs["assay"][0]["annotations"]}
    return [
        {
            "bar": "P4",
            "name": "COCO import, time",
            "value": round(assay_s, 2),
            "unit": "s",
            "peer": round(peer_s, 2),
            "ratio": round(assay_s / peer_s, 3),
            "limit": TIME_LIMIT,
            "ok": assay_s <= TIME_LIMIT * peer_s,
            **common,
        },
        {
            "bar": "P4",
            "name": "COCO import, peak memory over file size",
            "value": round(assay_b / 1e6, 1),
            "unit": "MB",
            "peer": round(peer_b / 1e6, 1),
            "ratio": round(assay_b / size, 3),
            "limit": MEMORY_LIMIT,
            "ok": assay_b <= MEMORY_LIMIT * size,
            **common,
        },
    ]


def main() -> int:
    """Run the benchmark; the exit code is 1 where a limit is not kept."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--images", type=int, default=IMAGES)
    parser.add_argument("--repeat", type=int, default=2, help="runs of each contender")
    parser.add_argument("--keep", type=Path, help="make the file here once, and keep it")
    parser.add_argument("--contender", choices=("assay", "pycocotools"), help=argparse.SUPPRESS)
    parser.add_argument("--file", type=Path, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.contender:
        result = {"assay": run_assay, "pycocotools": run_pycocotools}[options.contender](options.file)
        print(json.dumps(result | {"peak_bytes": _peak_bytes()}))
        return 0
    with tempfile.TemporaryDirectory() as folder:
        file = options.keep or Path(folder) / "instances.json"
        if not file.exists():
            generate(file, options.images)
        figures = compare(file, options.images, options.repeat)
    save("import_coco" if options.images == IMAGES else f"import_coco_{options.images}", figures)
    return 0 if all(figure["ok"] for figure in figures) else 1


if __name__ == "__main__":
    raise SystemExit(main())
