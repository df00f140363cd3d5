"""The evaluation that items are evaluated by: which one a request names, and what it has found out."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from numpy.typing import NDArray

from assay.api.app import App
from assay.api.schemas.requests import EvaluatedBy
from assay.errors import UsageError
from assay.project.store import Store
from assay.project.vocabulary import OutcomeCountKey
from assay.query.joins import QueryScope
from assay.query.outcomes import EvaluatedItems, Outcomes


def find_evaluated(store: Store, app: App, asked: EvaluatedBy, scope: QueryScope) -> EvaluatedItems | None:
    """Return what the evaluation that a request names has found out; None where it names none.

    Args:
        store: The project.
        app: What evaluates.
        asked: The request.
        scope: What items are asked for.

    Raises:
        NotFoundError: there is no such set.
        QueryError: its filter cannot be used.
        UsageError: a set is to be compared with itself, predictions are asked for, of no set, or the other set's
            confidence is given without that set.
    """
    if asked.compared_confidence is not None and (asked.predictions is None or asked.other is None):
        raise UsageError(
            "A confidence is given of a set to compare with, but no such set.",
            item="compared_confidence",
            expected="`predictions` and `other`, the names of two sets",
            actual=f"{asked.compared_confidence:g} of none",
        )
    if asked.predictions is None:
        if scope == "prediction":
            raise UsageError(
                "Which predictions?",
                item="scope prediction",
                expected="the name of a prediction set",
                actual="none",
                hint="Name one with --predictions NAME; `assay predictions list` shows them.",
            )
        return None
    request = asked.of_set(classes=app.evaluator.is_of_classes(store, asked.predictions))
    from assay.evaluator.outcomes import evaluated_items  # noqa: PLC0415 - numba takes half a second to load

    if asked.other is None:
        return evaluated_items(app.evaluator.evaluate(store, request))
    compared = app.evaluator.compare(store, request, asked.other, asked.compared_confidence)
    return evaluated_items(compared.first, compared)


def side_of(evaluated: EvaluatedItems, scope: QueryScope) -> Outcomes:
    """Return the predictions' or the annotations' side."""
    return evaluated.predictions if scope == "prediction" else evaluated.annotations


def read_outcomes(
    evaluated: EvaluatedItems | None,
    scope: QueryScope,
    rows: NDArray[np.int32],
    keys: list[str],
    images: NDArray[np.int32] | None = None,
) -> dict[str, list[Any]]:
    """Return those of the keys that the evaluation knows of rows, each in the rows' order.

    Args:
        evaluated: What it has found out, or None.
        scope: What the rows are of.
        rows: int32 ``(n,)``.
        keys: Fields asked for.
        images: int32 ``(n,)``, the rows' images; needed for metrics that a set has of images.
    """
    if evaluated is None:
        return {}
    images = rows if scope == "image" else images
    found: dict[str, list[Any]] = {}
    for key in keys:
        if key in evaluated.image_metrics and images is not None:
            values = evaluated.image_metrics[key][images].tolist()
            kind = int if key in tuple(OutcomeCountKey) else float
            found[key] = [None if math.isnan(value) else kind(value) for value in values]
        elif key == "compared" and scope == "image" and evaluated.make_changes is not None:
            found[key] = evaluated.changes.values_of(rows)
        elif key in _OF_OBJECTS and scope != "image":
            found[key] = side_of(evaluated, scope).values_of(rows, key)
    return found


_OF_OBJECTS = frozenset(("outcome", "reason", "iou", "true_class", "predicted_class"))
