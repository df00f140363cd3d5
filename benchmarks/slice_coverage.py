"""How often the interval of a weak slice holds what is so of all images, although slices are chosen by their errors.

A made-up population of 20,000 images, whose objects err more often where one metric of objects is small, where one of
images is, and in two classes; and, on request, in some images more than in others, which no metric tells. Slices are
sought in random images of it; the difference that each really has is that of its range in the population.

    python benchmarks/slice_coverage.py [--images 100 300 1000] [--projects 200]
"""

from __future__ import annotations

import argparse
from dataclasses import dataclass

import numpy as np
from results import save

from assay.arrays import BoolArray, FloatArray, IndexArray
from assay.evaluation.slice_cover import cover_errors
from assay.evaluation.slices import Slice, find_weak_slices

POPULATION = 20_000
CLASSES = 12
LEAST, LARGE = 0.92, 300  # of the intervals hold, of so many images or more
NEXT_TO_NOTHING = 0.02  # a difference of shares


@dataclass
class World:
    """Objects, ``n`` of them."""

    image: IndexArray
    class_: IndexArray
    metrics: dict[str, FloatArray]
    error: BoolArray

    @classmethod
    def draw(cls, images: int, spread: float, random: np.random.Generator) -> World:
        """Return the objects of so many images, whose log-odds of an error vary by so much between images."""
        image = np.repeat(np.arange(images, dtype=np.int32), 1 + random.poisson(6, images))
        n = len(image)
        of_images = {f"image {k}": random.random(images)[image] for k in range(7)}
        of_objects = {f"object {k}": random.random(n) for k in range(9)}
        class_ = random.choice(CLASSES, size=n, p=np.r_[0.4, np.full(CLASSES - 1, 0.6 / (CLASSES - 1))])
        odds = random.normal(-1, spread, images)[image] + np.r_[np.zeros(CLASSES - 2), 0.8, 0.4][class_]
        odds += 1.0 * (of_objects["object 0"] < 0.3) + 0.8 * (of_images["image 0"] < 0.25)
        error = random.random(n) < 1 / (1 + np.exp(-odds))
        return cls(image, class_.astype(np.int32), of_images | of_objects, error)

    def find(self) -> list[Slice]:
        """Return the weak slices."""
        found = find_weak_slices(self.error, self.class_, self.metrics, classes=CLASSES)
        return cover_errors(found, self.error, self.class_, self.image, self.metrics)

    def difference(self, slice_: Slice) -> float:
        """Return how much more often objects in a slice are wrong than others."""
        inside = slice_.members(self.class_, self.metrics)
        return float(self.error[inside].mean() - self.error[~inside].mean())


def main() -> int:
    """Return 1 where fewer intervals hold than should, of 300 images or more."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--images", type=int, nargs="*", default=[100, 300, 1000])
    parser.add_argument("--projects", type=int, default=200)
    asked = parser.parse_args()
    figures: list[dict[str, str | float]] = []
    missed = 0
    for spread in (0.0, 0.7):
        random = np.random.default_rng(12)
        everything = World.draw(POPULATION, spread, random)
        for images in asked.images:
            told = [slice_ for _ in range(asked.projects) for slice_ in World.draw(images, spread, random).find()]
            real = np.array([everything.difference(slice_) for slice_ in told])
            held = [slice_.low <= truth <= slice_.high for slice_, truth in zip(told, real, strict=True)]
            coverage = float(np.mean(held))
            numbers = {
                "slices": len(told) / asked.projects,
                "coverage": coverage,
                "mean effect": float(np.mean([slice_.effect for slice_ in told])),
                "mean real effect": float(real.mean()),
                "share of nothing": float((real < NEXT_TO_NOTHING).mean()),
            }
            at = f"{images} images, spread {spread:g}"
            figures += [{"name": f"{name}, {at}", "value": round(value, 3)} for name, value in numbers.items()]
            missed += images >= LARGE and coverage < LEAST
    save("slice_coverage", figures)
    return 1 if missed else 0


if __name__ == "__main__":
    raise SystemExit(main())
