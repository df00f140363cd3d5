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
from datetime import UTC, datetime
from pathlib import Path
from statistics import median

import numpy as np

IMAGES = 118_000
ANNOTATIONS_PER_IMAGE = 860_000 / 118_000
RESULTS = Path(__file__).with_name("results.json")
TIME_LIMIT, MEMORY_LIMIT = 1.0, 3.0
_CATEGORIES = [i for i in range(1, 91) if i not in {12, 26, 29, 30, 45, 66, 68, 69, 71, 83}]
_BATCH = 2_000


# ------------------------------------------------------------ the file


def generate(path: Path, images: int) -> None:
    """Write a ground-truth file of so many images and about 7.3 annotations for each."""
    random = np.random.default_rng(2017)
    ids = np.sort(random.choice(600_000, images, replace=False) + 1)
    sizes = np.where(random.random((images, 1)) < 0.7, [[640, 480]], [[427, 640]])
    with path.open("w", encoding="utf-8") as file:
        file.write('{"info": {"description": "COCO 2017 Dataset","version": "1.0","year": 2017},')
        file.write('"licenses": [{"url": "http://creativecommons.org/licenses/by/2.0/","id": 4,"name": "CC BY"}],')
        file.write('"images": [')
        for index, (image, (width, height)) in enumerate(zip(ids.tolist(), sizes.tolist(), strict=True)):
            file.write("," if index else "")
            file.write(
                f'{{"license": {1 + index % 8},"file_name": "{image:012d}.jpg",'
                f'"coco_url": "http://images.cocodataset.org/train2017/{image:012d}.jpg",'
                f'"height": {height},"width": {width},"date_captured": "2013-11-{1 + index % 28:02d} 11:18:45",'
                f'"flickr_url": "http://farm9.staticflickr.com/8186/{8119368000 + image}_{image:010x}_z.jpg",'
                f'"id": {image}}}'
            )
        file.write('],"annotations": [')
        count = round(images * ANNOTATIONS_PER_IMAGE)
        for start in range(0, count, _BATCH):
            file.write("," if start else "")
            size = min(_BATCH, count - start)
            chosen = random.integers(0, images, size)
            records = [
                _annotation(random, start + i + 1, int(ids[c]), *map(int, sizes[c])) for i, c in enumerate(chosen)
            ]
            file.write(",".join(records))
        file.write('],"categories": [')
        file.write(",".join(f'{{"supercategory": "thing","id": {i},"name": "class {i}"}}' for i in _CATEGORIES))
        file.write("]}")


def _annotation(random: np.random.Generator, number: int, image: int, width: int, height: int) -> str:
    w, h = random.uniform(8, width / 2), random.uniform(8, height / 2)
    x, y = random.uniform(0, width - w), random.uniform(0, height - h)
    crowd = random.random() < 0.012
    if crowd:
        counts = random.integers(1, 2 * width * height // 600, 600)
        counts = counts[: int(np.searchsorted(np.cumsum(counts), width * height))]
        counts = [*counts.tolist(), width * height - int(counts.sum())]
        segmentation = f'{{"counts": [{",".join(map(str, counts))}],"size": [{height},{width}]}}'
    else:
        rings = [_ring(random, x, y, w, h) for _ in range(1 if random.random() < 0.9 else 2)]
        segmentation = f"[{','.join(rings)}]"
    return (
        f'{{"segmentation": {segmentation},"area": {round(w * h * 0.7, 5)},"iscrowd": {int(crowd)},'
        f'"image_id": {image},"bbox": [{x:.2f},{y:.2f},{w:.2f},{h:.2f}],'
        f'"category_id": {_CATEGORIES[number % 80]},"id": {number}}}'
    )


def _ring(random: np.random.Generator, x: float, y: float, w: float, h: float) -> str:
    points = int(random.integers(8, 39))
    angle = np.sort(random.uniform(0, 2 * np.pi, points))
    radius = random.uniform(0.3, 0.5, points)
    ring = np.stack((x + w / 2 + w * radius * np.cos(angle), y + h / 2 + h * radius * np.sin(angle)), axis=1)
    return "[" + ",".join(map("{:.2f}".format, ring.ravel().tolist())) + "]"


# ------------------------------------------------------------ the contenders, each in a process of its own


def run_assay(file: Path) -> dict[str, float]:
    """Read, write the project, commit, fold in the log."""
    from assay.formats.coco.ingest import ingest  # noqa: PLC0415 - each process imports one contender
    from assay.formats.coco.reader import read_coco  # noqa: PLC0415
    from assay.project.lock import Holder  # noqa: PLC0415
    from assay.project.store import Database, Store  # noqa: PLC0415

    with tempfile.TemporaryDirectory(dir=file.parent) as folder:
        database = Database()
        store = Store.create(Path(folder) / "project", database, Holder(os.getpid()))
        started = time.perf_counter()
        with store.write() as cursor:
            words = store.open_words()
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
            store.commit_words(cursor, words)
        store.checkpoint()
        elapsed = time.perf_counter() - started
        store.close()
        database.close()
    return {"seconds": elapsed, "read_s": read_s, "annotations": len(source.annotation_ids)}


def run_pycocotools(file: Path) -> dict[str, float]:
    """Do what most tools do: parse the whole file and index it."""
    from pycocotools.coco import COCO  # noqa: PLC0415

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


def save(figures: list[dict[str, object]], path: Path = RESULTS) -> None:
    """Print the figures beside the previous ones of the same size and put them in the results file."""
    results = json.loads(path.read_text(encoding="utf-8")) if path.exists() else {}
    key = "import_coco" if figures[0]["images"] == IMAGES else f"import_coco_{figures[0]['images']}"
    previous = {figure["name"]: figure["value"] for figure in results.get(key, {}).get("figures", [])}
    for figure in figures:
        print(json.dumps(figure | {"previous": previous.get(figure["name"])}))
    results[key] = {"measured": datetime.now(UTC).isoformat(timespec="seconds"), "figures": figures}
    path.write_text(json.dumps(results, indent=2, sort_keys=True) + "\n", encoding="utf-8")


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
    save(figures)
    return 0 if all(figure["ok"] for figure in figures) else 1


if __name__ == "__main__":
    raise SystemExit(main())
