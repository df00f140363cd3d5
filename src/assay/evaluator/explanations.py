"""The metrics that a project and a prediction set have to explain outcomes with."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np

from assay.arrays import FloatArray, IndexArray
from assay.evaluator.sides import EvaluatedSide
from assay.evaluator.task import Evaluation
from assay.metrics.acquisition import ACQUISITION
from assay.metrics.definition import Metric
from assay.project.store import Store
from assay.query.fields import fields_of
from assay.query.joins import QueryScope
from assay.query.results import ResultSets


@dataclass(frozen=True)
class Source:
    """A metric, and of which items it is."""

    scope: QueryScope
    key: str


class Explanations:
    """Metrics of the objects that are evaluated, and of their images.

    Args:
        store: The project.
        results: Columns in memory.
        evaluation: What is to be explained.
        metrics: The project's.

    Attributes:
        metrics: Those and the set's acquisition functions, by key.
    """

    def __init__(
        self, store: Store, results: ResultSets, evaluation: Evaluation[Any, Any], metrics: list[Metric]
    ) -> None:
        self._store = store
        self._results = results
        self._evaluation = evaluation
        self.metrics = {metric.key: metric for metric in metrics if metric.explains}
        self.metrics |= {metric.key: metric for metric in ACQUISITION if metric.key in evaluation.image_metrics}

    def of_objects(self, side: EvaluatedSide) -> dict[Source, FloatArray]:
        """Return a side's own metrics that tell its objects apart: float64 ``(n,)``."""
        found = {}
        for scope, rows in side.rows.items():
            known = fields_of(self._store, scope).metrics(scope)
            for key in self.metrics:
                if key in known:
                    found[Source(scope, key)] = self._values(scope, key)[rows]
        return _with_values(found)

    @cached_property
    def of_images(self) -> dict[Source, FloatArray]:
        """Metrics of images that tell them apart: float64 ``(images,)``."""
        columns = {Source("image", key): self._of_image(key) for key in self.metrics}
        return _with_values({source: column for source, column in columns.items() if column is not None})

    def of_side(self, side: EvaluatedSide, key: str) -> tuple[QueryScope, FloatArray] | None:
        """Return a metric of one side's objects, else of their images: float64 ``(n,)``; None where there is neither.

        Scores are the predictions', whatever else is called so.
        """
        for scope in sorted(side.rows, key=lambda each: key != "confidence" or each != "prediction"):
            if key in fields_of(self._store, scope).metrics(scope):
                return scope, self._values(scope, key)[side.rows[scope]]
        of_image = None if "image" in side.rows else self._of_image(key)
        return None if of_image is None else ("image", of_image[side.image])

    def _of_image(self, key: str) -> FloatArray | None:
        """Return a metric of the images: float64 ``(images,)``; None where it is none of images."""
        rows: IndexArray = self._evaluation.data.image_rows
        of_set: Mapping[str, FloatArray] = self._evaluation.image_metrics
        if key in of_set:
            return of_set[key][rows]
        if key in fields_of(self._store, "image").metrics("image"):
            return self._values("image", key)[rows]
        return None

    def _values(self, scope: QueryScope, key: str) -> FloatArray:
        return self._results.columns.numbers(self._store, scope, key)


def _with_values(columns: dict[Source, FloatArray]) -> dict[Source, FloatArray]:
    """Return the columns that tell items apart: neither empty nor one value throughout."""
    return {
        source: column
        for source, column in columns.items()
        if not np.isnan(column).all() and np.ptp(column[~np.isnan(column)]) > 0
    }
