"""What an evaluation has found out, for queries to speak of."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import cached_property
from typing import Any

import numpy as np

from assay.arrays import FloatArray
from assay.evaluator.task import Comparison, Evaluation
from assay.project.vocabulary import OutcomeCountKey
from assay.query.outcomes import EvaluatedItems


def evaluated_items(evaluation: Evaluation[Any, Any], compared: Comparison[Any] | None = None) -> EvaluatedItems:
    """Return an evaluation's outcomes.

    Args:
        evaluation: Of a set.
        compared: With another set, for what became of each image.
    """
    key = evaluation.key
    return EvaluatedItems(
        key=key if compared is None else (key, compared.second.key),
        make_predictions=lambda: evaluation.prediction_outcomes,
        make_annotations=lambda: evaluation.annotation_outcomes,
        make_images=lambda: evaluation.data.image_rows[evaluation.images],
        make_image_metrics=lambda: _ImageMetrics(evaluation),
        make_changes=None if compared is None else lambda: compared.changes,
    )


class _ImageMetrics(Mapping[str, FloatArray]):
    """Metrics of images that belong to a set, and how many of their objects are right and wrong, by key.

    Each is float64 indexed by row, NaN where there is none: counts are of the images that are evaluated.
    """

    def __init__(self, evaluation: Evaluation[Any, Any]) -> None:
        self._evaluation = evaluation
        self._keys: list[str] = [*(OutcomeCountKey if evaluation.finds_objects else ()), *evaluation.image_metrics]

    def __getitem__(self, key: str) -> FloatArray:
        return self._evaluation.image_metrics[key] if key in self._evaluation.image_metrics else self._counts[key]

    def __iter__(self) -> Iterator[str]:
        return iter(self._keys)

    def __contains__(self, key: object) -> bool:
        return key in self._keys

    def __len__(self) -> int:
        return len(self._keys)

    @cached_property
    def _counts(self) -> dict[str, FloatArray]:
        evaluation = self._evaluation
        predicted, annotated = evaluation.sides
        rows = evaluation.data.image_rows
        fp, tp, fn = (
            np.bincount(side.image[chosen], minlength=len(rows))
            for side, chosen in (
                (predicted, predicted.wrong),
                (predicted, ~predicted.wrong),
                (annotated, annotated.wrong),
            )
        )
        counts: dict[str, FloatArray] = {}
        for key, count in (
            (OutcomeCountKey.ERRORS, fp + fn),
            (OutcomeCountKey.FP, fp),
            (OutcomeCountKey.FN, fn),
            (OutcomeCountKey.TP, tp),
        ):
            counts[key] = np.full(int(rows.max(initial=-1)) + 1, np.nan)
            counts[key][rows[evaluation.images]] = count[evaluation.images]
        return counts
