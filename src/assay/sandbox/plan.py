"""Which scene each image of a sandbox shows, and in which split it lies: known without looking at other images."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np

from assay.sandbox.spec import SandboxSpec

_PURPOSE = 11


@dataclass(frozen=True)
class ImagePlan:
    """The content of one image.

    Attributes:
        index: Which image it is, from 0.
        scene: Number of the scene.
        original: Index of the image that it is a copy of, None for an image of its own.
        retake: 0 for the scene as it is; else which time it is photographed again, another for each copy.
        split: ``train`` or ``val``.
    """

    index: int
    scene: int
    original: int | None
    retake: int
    split: Literal["train", "val"]

    @property
    def exact(self) -> bool:
        """Whether it is a copy byte for byte."""
        return self.original is not None and self.retake == 0


def plan_image(spec: SandboxSpec, index: int) -> ImagePlan:
    """Return the content of image ``index``.

    A copy's original is an image of its own, less than a hundred images before it.
    """
    own_split, draw, leaks, distance = _draws(spec, index)
    if index and draw < spec.exact_copy_share + spec.near_copy_share:
        first = max(0, index - 99)
        for step in range(index - first):  # the first of its own from a random place on, going back
            original = index - 1 - (int(distance * (index - first)) + step) % (index - first)
            if not _is_copy(spec, original):
                split = _split(spec, original)
                if leaks < spec.leakage_share:
                    split = "val" if split == "train" else "train"
                retake = 0 if draw < spec.exact_copy_share else index - original
                return ImagePlan(index, original, original, retake, split)
    return ImagePlan(index, index, None, 0, "val" if own_split < spec.validation_share else "train")


def _is_copy(spec: SandboxSpec, index: int) -> bool:
    return index > 0 and _draws(spec, index)[1] < spec.exact_copy_share + spec.near_copy_share


def _split(spec: SandboxSpec, index: int) -> Literal["train", "val"]:
    return "val" if _draws(spec, index)[0] < spec.validation_share else "train"


def _draws(spec: SandboxSpec, index: int) -> tuple[float, float, float, float]:
    rng = np.random.Generator(np.random.PCG64(np.random.SeedSequence((spec.seed, index, _PURPOSE))))
    split, copy, leaks, distance = rng.random(4).tolist()
    return split, copy, leaks, distance
