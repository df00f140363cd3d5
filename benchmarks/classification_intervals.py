"""How often 95 % intervals of classifications of a part of the images hold the numbers of all of them.

CIFAR-10N's 5,000 images with the probabilities of two classifiers are the population, so that its numbers are known.
Independent random subsets are evaluated: accuracy, averages, each class, and the paired differences of the two sets.
Of each class only intervals count that there are: differences need ten images.

    python benchmarks/classification_intervals.py [--sizes 30 100 500] [--subsets 200]
"""

from __future__ import annotations

import argparse
import csv
import os
import sys
from collections import defaultdict
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from results import save

from assay.arrays import IndexArray
from assay.evaluation.classification.comparison import bootstrap_differences
from assay.evaluation.classification.drawn import MEANS, intervals_of_means
from assay.evaluation.classification.numbers import Classification, classify
from assay.evaluation.statistics import wilson_interval

DATA = Path(os.environ.get("ASSAY_TEST_DATA", "../shared/data")) / "cifar10n-train-5000"
OF_CLASSES = ("precision", "recall", "f1")
LEAST, FROM_IMAGES = 0.9, 100


def main() -> int:
    """Return 1 where intervals hold too seldom at 100 images or more."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--sizes", type=int, nargs="*", default=[30, 100, 500])
    parser.add_argument("--subsets", type=int, default=200)
    parser.add_argument("--resamples", type=int, default=1_000)
    asked = parser.parse_args()
    if not DATA.is_dir():
        print(f"ASSAY_TEST_DATA has no {DATA.name}", file=sys.stderr)
        return 0
    figures, missed = [], 0
    for size in asked.sizes:
        held = _measure(size, asked.subsets, asked.resamples)
        for name, parts in held.items():
            coverage = float(np.concatenate(parts).mean())
            figures.append({"name": f"{name}, {size} images: coverage", "value": round(coverage, 3)})
            missed += size >= FROM_IMAGES and coverage < LEAST
    save(f"classification_intervals {asked.subsets} subsets", figures)
    return int(missed > 0)


def _load() -> tuple[IndexArray, IndexArray, IndexArray, int]:
    """Return labels, the predictions of two classifiers, and the number of classes."""
    with (DATA / "labels.csv").open() as file:
        rows = list(csv.DictReader(file))
    names = sorted({row["clean_label"] for row in rows})
    label = np.array([names.index(row["aggre_label"]) for row in rows], dtype=np.int32)
    first, second = (
        np.load(DATA / f"pred_probs_{kind}_label.npy").argmax(axis=1).astype(np.int32) for kind in ("worse", "aggre")
    )
    return label, first, second, len(names)


def _measure(size: int, subsets: int, resamples: int) -> dict[str, list[NDArray[np.bool_]]]:
    """Return by number which of the intervals that there are hold the whole's."""
    label, first, second, count = _load()
    before, after = (classify(label, each, count) for each in (first, second))
    true = _means(before), _means(after)
    held: dict[str, list[NDArray[np.bool_]]] = defaultdict(list)

    def note(name: str, ends: NDArray[np.float64], whole: NDArray[np.float64]) -> None:
        known = ~np.isnan(ends[:, 0])
        held[name].append(((ends[:, 0] <= whole) & (whole <= ends[:, 1]))[known])

    random = np.random.default_rng(size)
    for _ in range(subsets):
        chosen = random.permutation(len(label))[:size]
        found = classify(label[chosen], first[chosen], count)
        right = wilson_interval(np.array([found.right.sum()]), np.array([size]))
        note("accuracy", np.stack(right, axis=1), np.array([before.accuracy]))
        for name, ends in intervals_of_means(found.cells, resamples=resamples).items():
            note(name, np.array([ends]), np.array([true[0][name]]))
        for name, of_classes in found.intervals().items():
            note(f"{name} of classes", of_classes, getattr(before, name))
        between = bootstrap_differences(label[chosen], first[chosen], second[chosen], count, resamples=resamples)
        for name in ("accuracy", *MEANS):
            note(f"difference of {name}", np.array([between.numbers[name]]), np.array([true[1][name] - true[0][name]]))
        for name in OF_CLASSES:
            change = getattr(after, name) - getattr(before, name)
            note(f"difference of {name} of classes", getattr(between, name), change)
    return {name: parts for name, parts in held.items() if sum(map(len, parts))}


def _means(found: Classification) -> dict[str, float]:
    macro = found.macro
    values = (macro.precision, macro.recall, macro.f1, found.weighted.f1)
    return {"accuracy": found.accuracy} | dict(zip(MEANS, values, strict=True))


if __name__ == "__main__":
    raise SystemExit(main())
