"""Pixel metrics, hashes and thumbnails of photographs, against decoding alone and against CleanVision (P1).

The photographs of coco-train-343 (``ASSAY_TEST_DATA``) are linked under many names and imported without metrics; then
the pass over pixels runs as an import runs it: worker processes, staging, commits, thumbnails written. Decoding alone
is the same executor over the same files with the same decoder and nothing else; the two alternate, and the median of
the ratios counts.

Memory is what all processes of the pass hold together, at a tenth of the images and at all of them. The import, which
reads the annotation file, has run in another process, whose freed but kept memory would count otherwise. Mapped files
(libraries, coordinates) are left out: the system drops their pages when it needs them, and they are shared with
whatever else runs on the machine. Their part is given beside.

    python benchmarks/measure_pixels.py [--images 10000] [--rounds 3] [--skip-cleanvision]
"""

from __future__ import annotations

import argparse
import json
import multiprocessing
import os
import shutil
import statistics
import sys
import tempfile
import threading
import time
from collections.abc import Callable
from contextlib import redirect_stdout
from functools import partial
from pathlib import Path
from typing import Any, NamedTuple

from decoder import decode
from results import save

ROOT = Path(__file__).parent.parent
DATA = Path(os.environ.get("ASSAY_TEST_DATA", ROOT.parent / "shared" / "data")) / "coco-train-343"
PROCESSES = 2
LEAST_IMAGES, LEAST_CROPS, LEAST_CLEANVISION = 0.40, 0.28, 5.0
MOST_GROWTH = 1.15
_BATCH = 24


class Memory(NamedTuple):
    """Memory in MB: what processes have written, and pages of files that they have mapped."""

    own_mb: float
    mapped_mb: float


def link_photographs(folder: Path, count: int) -> Path:
    """Link photographs under ``count`` names, with their annotations; return the COCO file."""
    with (DATA / "instances_train2017.json").open(encoding="utf-8") as file:
        source = json.load(file)
    annotations: dict[int, list[dict[str, Any]]] = {}
    for annotation in source["annotations"]:
        annotations.setdefault(annotation["image_id"], []).append(annotation)
    made: dict[str, Any] = {"categories": source["categories"], "images": [], "annotations": []}
    (folder / "images").mkdir(parents=True)
    for number in range(count):
        image = source["images"][number % len(source["images"])]
        name = f"{number:06d}.jpg"
        os.link(_photograph(folder, image["file_name"]), folder / "images" / name)
        made["images"].append({**image, "id": number, "file_name": name})
        for annotation in annotations.get(image["id"], []):
            made["annotations"].append({**annotation, "image_id": number, "id": len(made["annotations"])})
    (folder / "instances.json").write_text(json.dumps(made), encoding="utf-8")
    return folder / "instances.json"


def _photograph(folder: Path, name: str) -> Path:
    kept = folder / "originals" / name
    if not kept.exists():
        kept.parent.mkdir(exist_ok=True)
        shutil.copyfile(next(DATA.rglob(name)), kept)
    return kept


def time_decoding(folder: Path) -> float:
    """Return seconds that decoding all files takes."""
    from assay.workers import LocalExecutor

    paths = sorted(str(path) for path in (folder / "images").iterdir())
    started = time.perf_counter()
    for _ in LocalExecutor(PROCESSES).run(decode, (paths[at : at + _BATCH] for at in range(0, len(paths), _BATCH))):
        pass
    return time.perf_counter() - started


def import_photographs(folder: Path, file: Path) -> Path:
    """Import photographs without metrics; return the workspace, for runs to take copies of."""
    from assay.jobs.create import import_dataset
    from assay.jobs.manager import JobContext
    from assay.jobs.records import Job
    from assay.project.lock import Holder
    from assay.project.workspace import Workspace

    workspace = Workspace(folder / "workspace", Holder(os.getpid()))
    params = {"format": "coco", "annotations": str(file), "images": str(folder / "images"), "metrics": False}
    import_dataset(JobContext(workspace, Job("import", "benchmark", "measured", params, "benchmark")))
    workspace.close()
    return folder / "workspace"


def time_measuring(imported: Path, *, crops: bool) -> float:
    """Return seconds that the pass over pixels of a project takes."""
    from assay.jobs.catalogue import Catalogue
    from assay.jobs.engine.pictures import measure_pixels, pixel_metrics
    from assay.jobs.engine.stage import Measuring
    from assay.jobs.manager import JobContext
    from assay.jobs.records import Job
    from assay.project.lock import Holder
    from assay.project.workspace import Workspace

    copied = shutil.copytree(imported, imported.with_name("run"))  # beside it: paths of images are relative
    try:
        workspace = Workspace(copied, Holder(os.getpid()))
        context = JobContext(workspace, Job("metrics", "benchmark", "measured", {"workers": PROCESSES}, "benchmark"))
        store = workspace.get("measured")
        catalogue = Catalogue(store)
        wanted = [m for m in pixel_metrics(catalogue) if crops or "image" in m.scopes]
        started = time.perf_counter()
        measuring = Measuring(context, catalogue)
        measure_pixels(measuring, wanted)
        elapsed = time.perf_counter() - started
        with store.read() as cursor:
            [(images, measured)] = cursor.execute(
                "SELECT (SELECT count(*) FROM image), count(brightness) FROM image_metric"
            ).fetchall()
        workspace.close()
    finally:
        shutil.rmtree(copied)
    if not len(measuring.rows_read) == measured == images:
        raise SystemExit(f"{measured} of {images} images have values")
    return elapsed


def time_cleanvision(folder: Path) -> float | None:
    """Return seconds that CleanVision takes to find issues, None where it is not installed."""
    try:
        from cleanvision import Imagelab
    except ImportError:
        print("CleanVision is not installed: pip install --group bench", file=sys.stderr)
        return None
    started = time.perf_counter()
    with redirect_stdout(sys.stderr):
        Imagelab(data_path=str(folder / "images")).find_issues(n_jobs=PROCESSES, verbose=False)
    return time.perf_counter() - started


def in_process(function: Callable[[], Any]) -> tuple[Any, Memory]:
    """Run a function in a process of its own; return what it returns, and its peak memory with its children."""
    receiver, sender = multiprocessing.Pipe(duplex=False)
    process = multiprocessing.get_context("spawn").Process(target=_send, args=(function, sender))
    process.start()
    sender.close()
    peak, running = Memory(0.0, 0.0), True

    def watch() -> None:
        nonlocal peak
        while running:
            parts = [_memory(pid) for pid in _family(int(process.pid or 0))]
            peak = max(peak, Memory(sum(part.own_mb for part in parts), sum(part.mapped_mb for part in parts)))
            time.sleep(0.1)

    watcher = threading.Thread(target=watch)
    watcher.start()
    try:
        result = receiver.recv()
    except EOFError:
        raise SystemExit("the measured process has ended early") from None
    finally:
        running = False
        watcher.join()
        process.join()
    return result, peak


def _send(function: Callable[[], Any], connection: Any) -> None:
    connection.send(function())


def _family(pid: int) -> list[int]:
    try:
        children = Path(f"/proc/{pid}/task/{pid}/children").read_text(encoding="ascii").split()
    except OSError:
        return [pid]
    return [pid] + [one for child in children for one in _family(int(child))]


def _memory(pid: int) -> Memory:
    """Return proportional set sizes: what processes share counts once."""
    try:
        lines = Path(f"/proc/{pid}/smaps_rollup").read_text(encoding="ascii").splitlines()
    except OSError:
        return Memory(0.0, 0.0)
    size_mb = {line.split(":")[0]: int(line.split()[1]) / 1024 for line in lines if line.startswith("Pss_")}
    return Memory(size_mb.get("Pss_Anon", 0.0) + size_mb.get("Pss_Shmem", 0.0), size_mb.get("Pss_File", 0.0))


def main() -> int:
    """Print the figures, one JSON line each."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--images", type=int, default=10_000)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--skip-cleanvision", action="store_true")
    parser.add_argument("--only-memory", action="store_true", help="which a busy machine does not disturb")
    options = parser.parse_args()
    if not DATA.is_dir():
        print(f"no photographs at {DATA}: set ASSAY_TEST_DATA", file=sys.stderr)
        return 0
    with tempfile.TemporaryDirectory() as place:
        small, full = Path(place) / "small", Path(place) / "full"
        few = in_process(partial(import_photographs, small, link_photographs(small, options.images // 10)))[0]
        many = in_process(partial(import_photographs, full, link_photographs(full, options.images)))[0]
        _, small_peak = in_process(partial(time_measuring, few, crops=True))
        if options.only_memory:
            _, peak = in_process(partial(time_measuring, many, crops=True))
            figures = [_describe_memory(small_peak, peak)]
            save(f"measure_pixels_memory_{options.images}", figures)
            return 0 if figures[0]["ok"] else 1
        seconds: dict[str, list[float]] = {"decoding": [], "images": [], "crops": []}
        for round_ in range(options.rounds):
            seconds["decoding"].append(in_process(partial(time_decoding, full))[0])
            seconds["images"].append(in_process(partial(time_measuring, many, crops=False))[0])
            with_crops, peak = in_process(partial(time_measuring, many, crops=True))
            seconds["crops"].append(with_crops)
            print(round_, {key: round(values[-1], 2) for key, values in seconds.items()}, file=sys.stderr)
        cleanvision = None if options.skip_cleanvision else in_process(partial(time_cleanvision, full))[0]
    figures = [*_describe_speed(options.images, seconds, cleanvision), _describe_memory(small_peak, peak)]
    save(f"measure_pixels_{options.images}", figures)
    return 0 if all(figure["ok"] for figure in figures) else 1


def _describe_speed(images: int, seconds: dict[str, list[float]], cleanvision: float | None) -> list[dict[str, Any]]:
    median = {key: statistics.median(values) for key, values in seconds.items()}
    figures = []
    for key, name, limit in (
        ("images", "image metrics, hashes, thumbnails: rate against decoding alone", LEAST_IMAGES),
        ("crops", "the same with crop metrics", LEAST_CROPS),
    ):
        ratio = statistics.median(d / own for d, own in zip(seconds["decoding"], seconds[key], strict=True))
        more = {"images_per_s": round(images / median[key]), "ok": ratio >= limit}
        figures.append({"bar": "P1", "name": name, "value": round(ratio, 3), "unit": "ratio", "limit": limit, **more})
    if cleanvision is not None:
        ratio = cleanvision / median["images"]
        figures.append(
            {
                "bar": "P1",
                "name": "image metrics, hashes, thumbnails: rate against CleanVision",
                "value": round(ratio, 2),
                "unit": "ratio",
                "limit": LEAST_CLEANVISION,
                "ok": ratio >= LEAST_CLEANVISION,
            }
        )
    return figures


def _describe_memory(small_peak: Memory, peak: Memory) -> dict[str, Any]:
    growth = peak.own_mb / small_peak.own_mb
    return {
        "bar": "P11",
        "name": "peak memory of all processes at 10 times the images",
        "value": round(growth, 3),
        "unit": "ratio",
        "limit": MOST_GROWTH,
        "ok": growth <= MOST_GROWTH,
        "peak_mb": [round(small_peak.own_mb), round(peak.own_mb)],
        "mapped_mb": [round(small_peak.mapped_mb), round(peak.mapped_mb)],
    }


if __name__ == "__main__":
    sys.exit(main())
