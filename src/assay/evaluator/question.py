"""What an evaluation is asked; light, since every request's shape is known before anything is evaluated."""

from __future__ import annotations

import math
from dataclasses import dataclass

from assay.errors import UsageError
from assay.evaluation.types import Task

LEAST_IOU = 0.01


@dataclass(frozen=True)
class Question:
    """What is evaluated, and how.

    Attributes:
        name: The prediction set's.
        task: What an overlap is.
        iou: The threshold t, .01 to 1.
        confidence: c; predictions below it are dropped from counts, reasons and confusions.
        query: What is evaluated; empty for everything.
        covered_only: Only the images that the set was run on.
        beside: Another set that it is compared with; only images that both were run on count as covered then.
        sigmas: Of keypoints, for all classes; None for those of the categories, else COCO's.
    """

    name: str
    task: Task = "bbox"
    iou: float = 0.5
    confidence: float = 0.0
    query: str = ""
    covered_only: bool = False
    beside: str = ""
    sigmas: tuple[float, ...] | None = None

    def __post_init__(self) -> None:
        _check_threshold("iou", self.iou, LEAST_IOU)
        _check_threshold("confidence", self.confidence, 0.0)
        if self.sigmas is not None and not all(0 < sigma < math.inf for sigma in self.sigmas):
            raise UsageError(
                "Keypoint sigmas are positive numbers.",
                item="sigmas",
                expected="for example 0.026,0.025,0.025",
                actual=", ".join(f"{sigma:g}" for sigma in self.sigmas) or "nothing",
            )


@dataclass(frozen=True)
class ClassificationQuestion:
    """Which set of classifications is evaluated, and how.

    Attributes:
        name: The prediction set's.
        confidence: Images with a prediction below it count as unpredicted.
        query: What is evaluated; empty for everything.
        covered_only: Only the images that the set was run on.
        beside: A set that it is compared with: covered are the images that both were run on.
    """

    name: str
    confidence: float = 0.0
    query: str = ""
    covered_only: bool = False
    beside: str = ""

    def __post_init__(self) -> None:
        _check_threshold("confidence", self.confidence, 0.0)


def _check_threshold(item: str, value: float, least: float) -> None:
    if not least <= value <= 1:
        raise UsageError("A threshold is out of range.", item=item, expected=f"{least} to 1", actual=f"{value}")
