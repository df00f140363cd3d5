"""What an evaluation is asked; light, since every request's shape is known before anything is evaluated."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import Literal

from assay.errors import UsageError
from assay.evaluation.types import Task

TaskName = Literal[Task, "classification"]
LEAST_IOU = 0.01


@dataclass(frozen=True)
class EvaluationRequest:
    """Which prediction set is evaluated, and how.

    Attributes:
        predictions: The prediction set's name.
        task: What is compared; None for what the set is of: boxes, or classes of images.
        iou: The threshold t, .01 to 1; classes of images have none.
        confidence: c; predictions below it are dropped from counts, reasons and confusions. None: the set's operating
            point.
        filter: A query for what is evaluated; empty for everything.
        covered_only: Only the images that the set was run on.
        compared_with: Another set; only images that both were run on count as covered then.
        sigmas: Of keypoints, for all classes; None for those of the categories, else COCO's.
    """

    predictions: str
    task: TaskName | None = None
    iou: float = 0.5
    confidence: float | None = None
    filter: str = ""
    covered_only: bool = False
    compared_with: str = ""
    sigmas: tuple[float, ...] | None = None

    def __post_init__(self) -> None:
        _check_threshold("iou", self.iou, LEAST_IOU)
        if self.confidence is not None:
            _check_threshold("confidence", self.confidence, 0.0)
        if self.sigmas is not None and not all(0 < sigma < math.inf for sigma in self.sigmas):
            raise UsageError(
                "Keypoint sigmas are positive numbers.",
                item="sigmas",
                expected="for example 0.026,0.025,0.025",
                actual=", ".join(f"{sigma:g}" for sigma in self.sigmas) or "nothing",
            )

    def beside(
        self, other: str, compared_confidence: float | None = None
    ) -> tuple[EvaluationRequest, EvaluationRequest]:
        """Return the request and the same about another set; covered is what both cover, where that is asked for.

        Args:
            other: The other set's name.
            compared_confidence: From where on its predictions count. None: from where this set's count, or from its own
                operating point where that is not said either.

        Raises:
            UsageError: they are one set, or the confidence is out of range.
        """
        if other == self.predictions:
            raise UsageError(
                "A prediction set cannot be compared with itself.",
                item=other[:100],
                expected="the name of another set",
                actual="the same name twice",
            )
        if compared_confidence is not None:
            _check_threshold("compared_confidence", compared_confidence, 0.0)
        confidence = self.confidence if compared_confidence is None else compared_confidence
        if not self.covered_only:  # then neither answer depends on the other set, and serves other pages, too
            return self, replace(self, predictions=other, confidence=confidence)
        return (
            replace(self, compared_with=other),
            replace(self, predictions=other, confidence=confidence, compared_with=self.predictions),
        )


def _check_threshold(item: str, value: float, least: float) -> None:
    if not least <= value <= 1:
        raise UsageError("A threshold is out of range.", item=item, expected=f"{least} to 1", actual=f"{value}")
