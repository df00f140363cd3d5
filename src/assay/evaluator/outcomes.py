"""What an evaluation has found out, for queries to speak of."""

from __future__ import annotations

from typing import Any

from assay.evaluator.task import Comparison, Evaluation
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
        make_image_metrics=lambda: evaluation.image_metrics,
        make_changes=None if compared is None else lambda: compared.changes,
    )
