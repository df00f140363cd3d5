"""How often 95 % intervals of a part of the images hold the numbers of all of them, and how wide they are.

A sandbox is the population: its numbers are known. Independent random subsets of its images are evaluated at the
sets' operating points, single sets and their paired differences, and each number's interval either holds the whole's
or not. A subset of n of N images varies by (1 - n/N) less than n of endless many would, which intervals do not
know of: they are for images to come, and a little wide here. Of numbers of a class only those with an interval count.

    python benchmarks/interval_coverage.py [--images 2000] [--sizes 100 200 500] [--subsets 200]
"""

from __future__ import annotations

import argparse
import json
import tempfile
from collections import defaultdict
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from results import save

from assay.evaluation.detection.comparison import paired_differences
from assay.evaluation.detection.halves import Samples, evaluate_halves
from assay.evaluation.detection.matching import match
from assay.evaluation.detection.pairs import Pairing, find_pairs
from assay.evaluation.types import Annotations, Predictions, Selection
from assay.evaluator.operating_points import find_operating_point
from assay.jobs.engine.executors import use_one_thread
from assay.sandbox.generate import generate
from assay.sandbox.registry import SANDBOXES
from assay.workers import LocalExecutor, count_cores

NUMBERS = ("mAP", "mAR", "precision", "recall", "f1")
LEAST, MOST, MOST_WIDTH = 0.92, 0.99, 1.4  # at a quarter of the images; at a tenth at least .85
LEAST_OF_A_TENTH = 0.85
Z95_WIDTH = 3.92


@dataclass
class Held:
    """Intervals of one number in many subsets, and what they should hold."""

    whole: float
    values: list[float]
    low: list[float]
    high: list[float]

    @property
    def coverage(self) -> float:
        """Share of the intervals that hold the whole's number."""
        low, high = np.array(self.low), np.array(self.high)
        return float(((low <= self.whole) & (self.whole <= high)).mean())

    @property
    def width(self) -> float:
        """Mean width of the intervals by that of one that knows how much the number varies."""
        spread = float(np.std(self.values, ddof=1)) if len(self.values) > 1 else np.nan
        return float((np.array(self.high) - np.array(self.low)).mean()) / (Z95_WIDTH * spread)


def main() -> int:
    """Return 1 where coverage or width of mAP is not what is asked for."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--images", type=int, default=2_000)
    parser.add_argument("--sizes", type=int, nargs="*", default=[100, 200, 500])
    parser.add_argument("--subsets", type=int, default=200)
    parser.add_argument("--resamples", type=int, default=1_000)
    parser.add_argument("--sandbox", type=Path, help="the folder of a sandbox's files that are there already")
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        directory = asked.sandbox or _make(Path(folder), asked.images)
        sets = _load(directory)
    images = next(iter(sets.values())).images
    figures, missed = [], 0
    for size in asked.sizes:
        found, of_classes = _measure(sets, size, asked.subsets, asked.resamples)
        for (name, number), held in found.items():
            figures += [
                {"name": f"{number} of {name}, {size} images: coverage", "value": round(held.coverage, 3)},
                {"name": f"{number} of {name}, {size} images: width", "value": round(held.width, 2), "unit": "x"},
            ]
            if number == "mAP":
                missed += _is_missed(held, size / images)
        for name, share in of_classes.items():
            figures.append({"name": f"{name}, {size} images: coverage", "value": round(share, 3)})
    save(f"interval_coverage {images} images, {asked.subsets} subsets", figures)
    return int(missed > 0)


def _is_missed(held: Held, share: float) -> bool:
    if share >= 0.25:
        return not LEAST <= held.coverage <= MOST or held.width > MOST_WIDTH
    return share >= 0.1 and held.coverage < LEAST_OF_A_TENTH


def _make(folder: Path, images: int) -> Path:
    executor = LocalExecutor(min(count_cores(), 2), setup=use_one_thread)
    generate(replace(SANDBOXES["tabletop"], images=images), folder, executor=executor)
    return folder


def _load(directory: Path) -> dict[str, Pairing]:
    """Return the pairs of each detector's boxes with the annotated ones."""
    truth = json.loads((directory / "annotations.json").read_text())
    image = {each: i for i, each in enumerate(sorted(record["id"] for record in truth["images"]))}
    class_ = {each: i for i, each in enumerate(sorted(record["id"] for record in truth["categories"]))}

    def column(records: list[dict[str, int]], key: str, places: dict[int, int]) -> NDArray[np.int32]:
        return np.array([places[record[key]] for record in records], dtype=np.int32)

    def boxes(records: list[dict[str, list[float]]]) -> NDArray[np.float64]:
        return np.array([record["bbox"] for record in records], dtype=np.float64).reshape(-1, 4)

    rows = truth["annotations"]
    annotations = Annotations(
        column(rows, "image_id", image),
        column(rows, "category_id", class_),
        boxes(rows),
        np.array([row["area"] for row in rows], dtype=np.float64),
        np.array([bool(row.get("iscrowd")) for row in rows], dtype=np.bool_),
    )
    sets = {}
    for file in sorted((directory / "predictions").glob("*.json")):
        found = json.loads(file.read_text())
        xywh = boxes(found)
        score = np.array([record["score"] for record in found], dtype=np.float64)
        predictions = Predictions(
            column(found, "image_id", image),
            column(found, "category_id", class_),
            xywh,
            xywh[:, 2] * xywh[:, 3],
            score,
        )
        sets[file.stem] = find_pairs(annotations, predictions, images=len(image), classes=len(class_), task="bbox")
    return sets


def _sample(sets: dict[str, Pairing], chosen: NDArray[np.bool_], resamples: int) -> dict[str, Samples]:
    selection = Selection(images=chosen)
    return {
        name: evaluate_halves(
            pairing,
            match(pairing, 0.5, selection),
            selection,
            find_operating_point(pairing).confidence,
            resamples=resamples,
        )
        for name, pairing in sets.items()
    }


def _measure(
    sets: dict[str, Pairing], size: int, subsets: int, resamples: int
) -> tuple[dict[tuple[str, str], Held], dict[str, float]]:
    """Return the intervals of each number of each set and of their difference, and coverage of those of classes."""
    images = next(iter(sets.values())).images
    whole = _sample(sets, np.ones(images, dtype=np.bool_), 0)
    before, after = sorted(sets)
    pair = f"{after} minus {before}"
    numbers = {name: samples.numbers() for name, samples in whole.items()}
    found = {
        (name, number): Held(float(values[number][0]), [], [], [])
        for name, values in numbers.items()
        for number in NUMBERS
    }
    found |= {
        (pair, number): Held(float(numbers[after][number][0] - numbers[before][number][0]), [], [], [])
        for number in NUMBERS
    }
    of_classes: dict[str, list[NDArray[np.bool_]]] = defaultdict(list)
    random = np.random.default_rng(size)
    for _ in range(subsets):
        chosen = np.zeros(images, dtype=np.bool_)
        chosen[random.permutation(images)[:size]] = True
        drawn = _sample(sets, chosen, resamples)
        values = {name: samples.numbers() for name, samples in drawn.items()}
        for name, samples in drawn.items():
            intervals = samples.intervals()
            for number in NUMBERS:
                _note(found[name, number], float(values[name][number][0]), intervals[number])
            alone = whole[name]
            numbers_of_classes = {
                "ap": alone.average_precision[0],
                "ar": alone.greatest_recall[0],
                "precision": alone.counts.precision[0],
                "recall": alone.counts.recall[0],
                "f1": alone.counts.f1[0],
            }
            for number, ends in samples.intervals_by_class().items():
                of_classes[f"{number} of classes of {name}"].append(_held_by(ends, numbers_of_classes[number]))
        differences = paired_differences(drawn[before], drawn[after])
        for number in NUMBERS:
            difference = float(values[after][number][0] - values[before][number][0])
            _note(found[pair, number], difference, differences.numbers[number])
        true = whole[after].average_precision[0] - whole[before].average_precision[0]
        of_classes[f"ap of classes of {pair}"].append(_held_by(differences.average_precision, true))
    return found, {name: float(np.concatenate(parts).mean()) for name, parts in of_classes.items()}


def _held_by(ends: NDArray[np.float64], true: NDArray[np.float64]) -> NDArray[np.bool_]:
    """Return which of the intervals that there are, of ``(classes, 2)``, hold the true numbers."""
    low, high = ends.T
    return ((low <= true) & (true <= high))[~np.isnan(low)]


def _note(held: Held, value: float, interval: tuple[float, float]) -> None:
    if np.isnan(interval[0]):
        return  # too few objects: there is no interval that could hold anything
    held.values.append(value)
    held.low.append(interval[0])
    held.high.append(interval[1])


if __name__ == "__main__":
    raise SystemExit(main())
