"""P2: boxes evaluated against pycocotools, faster-coco-eval and ultrafast-pycocotools on the same data in the same run.

All four match at 10 thresholds and 4 area ranges and accumulate; data is loaded, Assay's kernels are compiled. Every
number must equal pycocotools' to 1e-9. Then: the computations behind the fast and the slow payload of Predictions >
Summary (P3 without HTTP), cost as it grows (P11), and peak memory at 5,000,000 predictions.

    python benchmarks/evaluate_boxes.py [--images 5000]
"""

from __future__ import annotations

import argparse
import contextlib
import importlib
import io
import multiprocessing
import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
from evaluation_data import ANNOTATIONS, CLASSES, IMAGES, PREDICTIONS, generate, to_coco
from results import sized

from assay.evaluation.calibration import calibrate
from assay.evaluation.detection.accumulate import CocoTable, make_coco_table
from assay.evaluation.detection.confusion import confuse
from assay.evaluation.detection.curves import best_f1_confidences, count_at_confidence, evaluate_classes
from assay.evaluation.detection.error_costs import cost_of_errors
from assay.evaluation.detection.halves import evaluate_halves
from assay.evaluation.detection.matching import match
from assay.evaluation.detection.pairs import Pairing, find_pairs
from assay.evaluation.detection.reasons import find_reasons
from assay.evaluation.importance import measure_importance
from assay.evaluation.slices import find_weak_slices
from assay.evaluation.types import Annotations, Outcome, Predictions

ROUNDS = sized(7, 1)
PEERS = (
    ("ultrafast-pycocotools", "ultrafast_pycocotools", "COCO", "COCOeval"),
    ("faster-coco-eval", "faster_coco_eval", "COCO", "COCOeval_faster"),
    ("pycocotools", "pycocotools", "COCO", "COCOeval"),
)
MEMORY_LIMIT_MB, MANY = 1_000.0, sized(5_000_000, 20_000)
GROWTH_LIMIT = 1.25
SLOW_LIMIT_S, FAST_LIMIT_MS = 3.0, 50.0


def seconds(function: Callable[[], Any]) -> tuple[float, Any]:
    """Return how long a call takes, and what it gives."""
    started = time.perf_counter()
    result = function()
    return time.perf_counter() - started, result


def evaluate(truth: Annotations, found: Predictions, images: int) -> tuple[float, float, CocoTable]:
    """Return seconds to find pairs, seconds for everything, and the table."""
    started = time.perf_counter()
    pairing = find_pairs(truth, found, images=images, classes=CLASSES, across_classes=False)
    paired = time.perf_counter()
    table = make_coco_table(pairing)
    table.numbers()
    table.per_class()
    return paired - started, time.perf_counter() - started, table


def processor_time(truth: Annotations, found: Predictions, images: int) -> float:
    """Return the least processor time of three evaluations in seconds: what grows, whoever else uses the machine."""
    taken = []
    for _ in range(3):
        started = time.process_time()
        evaluate(truth, found, images)
        taken.append(time.process_time() - started)
    return min(taken)


def peer(package: Any, evaluator: Any, dataset: dict[str, Any], results: list[Any]) -> Callable[[], Any]:
    """Return a call that evaluates and accumulates with a peer, its data loaded."""
    truth = package()
    truth.dataset = dataset
    truth.createIndex()
    found = truth.loadRes(results)

    def run() -> Any:
        evaluation = evaluator(truth, found, "bbox")
        evaluation.evaluate()
        evaluation.accumulate()
        return evaluation

    return run


def compare(truth: Annotations, found: Predictions, images: int) -> dict[str, float]:
    """Return the seconds of all that are installed, medians over alternating rounds where they are fast."""
    dataset, results = to_coco(truth, found, images, CLASSES)
    peers = {}
    # peers are imported here, so that they are no part of the process whose memory is measured
    for name, module, dataset_class, evaluator_class in PEERS:
        try:
            package = importlib.import_module(module)
        except ImportError:
            print(f"# {name} is not installed: left out", file=sys.stderr)
            continue
        evaluator = getattr(package, evaluator_class, None) or importlib.import_module(f"{module}.cocoeval").COCOeval
        data = getattr(package, dataset_class, None) or importlib.import_module(f"{module}.coco").COCO
        peers[name] = peer(data, evaluator, dataset, results)
    evaluate(truth, found, images)
    taken: dict[str, list[float]] = {"assay": [], "assay, pairs found": [], **{name: [] for name in peers}}
    for round_ in range(ROUNDS):
        pairs, everything, table = evaluate(truth, found, images)
        taken["assay"].append(everything)
        taken["assay, pairs found"].append(everything - pairs)
        for name, run in peers.items():
            if name == "ultrafast-pycocotools" or round_ == 0 or (round_ < 3 and name == "faster-coco-eval"):
                elapsed, evaluation = seconds(run)
                taken[name].append(elapsed)
                if round_ == 0:
                    check_equal(name, table, evaluation)
    return {name: statistics.median(times) for name, times in taken.items()}


def check_equal(name: str, table: CocoTable, evaluation: Any) -> None:
    """Stop unless all numbers, the precision array and recall are equal to 1e-9."""
    evaluation.summarize()
    for ours, theirs in (
        (np.array(list(table.numbers().values())), np.asarray(evaluation.stats)[:12]),
        (table.precision, np.asarray(evaluation.eval["precision"])),
        (table.recall, np.asarray(evaluation.eval["recall"])),
    ):
        difference = float(np.abs(ours - theirs.reshape(ours.shape)).max())
        if difference > 1e-9:
            raise SystemExit(f"{name}: numbers differ by {difference}")


def fast_payload(pairing: Pairing, score: np.ndarray[Any, Any]) -> None:
    """Compute what follows the slider: matching, numbers, curves, reasons, confusion, calibration."""
    matches = match(pairing, 0.6)
    evaluate_classes(pairing, matches).mean_average_precision()
    count_at_confidence(pairing, matches, 0.25)
    best_f1_confidences(pairing, matches)
    find_reasons(pairing, matches, 0.25).counts()
    confuse(pairing, matches, 0.25)
    outcome = matches.prediction_outcome
    judged = (outcome == Outcome.TP) | (outcome == Outcome.FP)
    calibrate(score[judged], outcome[judged] == Outcome.TP)


def slow_payload(pairing: Pairing, truth: Annotations, found: Predictions) -> None:
    """Compute intervals, costs, importance and weak slices of both sides, for 15 object and 15 image metrics."""
    matches = match(pairing, 0.6)
    evaluate_halves(pairing, matches).numbers()
    cost_of_errors(pairing, matches, find_reasons(pairing, matches))
    random = np.random.default_rng(1)
    image_metrics = {f"image {i}": random.random(pairing.images) for i in range(15)}
    for objects, outcome, right in (
        (found, matches.prediction_outcome, Outcome.TP),
        (truth, matches.annotation_outcome, Outcome.TP),
    ):
        judged = (outcome != Outcome.IGNORED) & (outcome != Outcome.LEFT_OUT)
        image, good = objects.image[judged], outcome[judged] == right
        object_metrics = {f"object {i}": random.random(len(good)) for i in range(15)}
        measure_importance(good, image, object_metrics, image_metrics, images=pairing.images)
        joined = {key: values[image] for key, values in image_metrics.items()}
        find_weak_slices(~good, objects.class_[judged], object_metrics | joined, classes=CLASSES)


def measure_memory(folder: str, images: int, connection: Any) -> None:
    """Send the peak memory in MB of a process that evaluates what lies in a folder, and what its arrays take."""
    truth, found = (
        kind(*(np.load(f"{folder}/{kind.__name__}{i}.npy") for i in range(5))) for kind in (Annotations, Predictions)
    )
    evaluate(*generate(50, 300, 1_000), 50)  # compiled kernels are no part of the data's memory
    table_of = find_pairs(truth, found, images=images, classes=CLASSES)
    make_coco_table(table_of)
    match(table_of, 0.5)
    arrays = [truth.image, truth.class_, truth.xywh, truth.area, truth.crowd]
    arrays += [found.image, found.class_, found.xywh, found.area, found.score]
    # not ru_maxrss, which a new process inherits from the one that started it
    [line] = [line for line in Path("/proc/self/status").read_text().splitlines() if line.startswith("VmHWM")]
    peak = int(line.split()[1]) * 1024 / 1e6
    connection.send((peak, sum(array.nbytes for array in arrays) / 1e6))


def peak_memory(predictions: int) -> tuple[float, float]:
    """Return peak memory and that of the input arrays in MB, of a process that evaluates so many predictions."""
    images = IMAGES * predictions // PREDICTIONS
    truth, found = generate(images, ANNOTATIONS * predictions // PREDICTIONS, predictions)
    receiver, sender = multiprocessing.Pipe(duplex=False)
    with tempfile.TemporaryDirectory() as folder:
        for kind, names in ((truth, "image class_ xywh area crowd"), (found, "image class_ xywh area score")):
            for i, name in enumerate(names.split()):
                np.save(Path(folder) / f"{type(kind).__name__}{i}.npy", getattr(kind, name))
        process = multiprocessing.get_context("spawn").Process(target=measure_memory, args=(folder, images, sender))
        process.start()
        sender.close()
        peak: tuple[float, float] = receiver.recv()
        process.join()
    return peak


def figure(bar: str, name: str, value: float, unit: str, limit: float, *, least: bool = False, **more: Any) -> Any:
    """Return a figure beside its limit."""
    ok = value >= limit if least else value <= limit
    return {"bar": bar, "name": name, "value": round(value, 3), "unit": unit, "limit": limit, "ok": ok, **more}


def main() -> int:
    """Print the figures, one JSON line each."""
    from results import save

    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--images", type=int, default=IMAGES)
    images = parser.parse_args().images
    scale = images / IMAGES
    truth, found = generate(images, round(ANNOTATIONS * scale), round(PREDICTIONS * scale))
    with contextlib.redirect_stdout(io.StringIO()):
        taken = compare(truth, found, images)
    print(taken, file=sys.stderr)
    pairing = find_pairs(truth, found, images=images, classes=CLASSES)
    fast_payload(pairing, found.score)
    slow_payload(pairing, truth, found)
    fast = [seconds(lambda: fast_payload(pairing, found.score))[0] for _ in range(20)]
    slow = [seconds(lambda: slow_payload(pairing, truth, found))[0] for _ in range(3)]
    larger = generate(10 * images, 10 * len(truth), 10 * len(found))
    growth = processor_time(*larger, 10 * images) / 10 / processor_time(truth, found, images)
    peak, arrays = peak_memory(MANY)
    assay = taken["assay"]
    figures = []
    for name, text, limit in (
        ("ultrafast-pycocotools", "box evaluation, time against ultrafast-pycocotools", 1.0),
        ("pycocotools", "box evaluation, speed against pycocotools", 30.0),
        ("faster-coco-eval", "box evaluation, speed against faster-coco-eval", 1.0),
    ):
        if name not in taken:
            continue
        if name == "ultrafast-pycocotools":
            figures.append(
                figure(
                    "P2",
                    text,
                    assay / taken[name],
                    "ratio",
                    limit,
                    seconds=assay,
                    peer_seconds=taken[name],
                    pairs_found_seconds=taken["assay, pairs found"],
                )
            )
        else:
            figures.append(
                figure("P2", text, taken[name] / assay, "ratio", limit, least=True, peer_seconds=taken[name])
            )
    figures += [
        figure("P3", "computation of the fast payload, median", 1e3 * statistics.median(fast), "ms", FAST_LIMIT_MS),
        figure("P3", "computation of the slow payload, median", statistics.median(slow), "s", SLOW_LIMIT_S),
        figure("P11", "box evaluation, processor time a prediction at 10 times the size", growth, "ratio",
               GROWTH_LIMIT),
        figure("memory", "peak memory at 5,000,000 predictions", peak, "MB", MEMORY_LIMIT_MB, input_arrays_mb=arrays),
    ]  # fmt: skip
    save("evaluate_boxes" if images == IMAGES else f"evaluate_boxes_{images}", figures)
    return 0 if all(each["ok"] for each in figures) else 1


if __name__ == "__main__":
    sys.exit(main())
