"""Thresholds of each class and operating points as the API shows them: as JSON or as CSV."""

from __future__ import annotations

from collections.abc import Sequence

from fastapi.responses import Response
from pydantic import BaseModel

from assay.api.evaluation.numbers import show_number
from assay.api.evaluation.schemas import ClassThreshold, OperatingPoint, ThresholdCounts, ThresholdsOut
from assay.errors import UsageError
from assay.evaluation.detection.curves import Counts, count_at_confidence
from assay.evaluation.detection.thresholds import choose_thresholds
from assay.evaluator.detection import DetectionEvaluation
from assay.evaluator.task import order_classes
from assay.query.compose import equal
from assay.text import write_cell, write_csv


def show_thresholds(
    evaluation: DetectionEvaluation, precision: float | None = None, recall: float | None = None
) -> ThresholdsOut:
    """Return the confidence that each evaluated class that occurs would best be cut at.

    Args:
        evaluation: At t; its confidence does not matter.
        precision: The least precision that is asked for.
        recall: The least recall; without either the greatest F1 is sought.

    Raises:
        UsageError: both are asked for.
    """
    if precision is not None and recall is not None:
        raise UsageError(
            "A threshold is chosen by precision or by recall, not by both.",
            item="thresholds",
            expected="a precision, a recall, or neither for the greatest F1",
            actual=f"precision {precision:g} and recall {recall:g}",
        )
    data, request = evaluation.data, evaluation.request
    found = choose_thresholds(
        data.pairing, evaluation.matches, precision=precision, recall=recall, classes=evaluation.filter.classes
    )
    counts, annotations = found.counts, evaluation.classes.annotations
    everything = count_at_confidence(data.pairing, evaluation.matches)
    occurs = (annotations > 0) | (everything.tp + everything.fp > 0)
    return ThresholdsOut(
        predictions=request.predictions,
        task=evaluation.task,
        query=request.filter,
        covered_only=request.covered_only,
        iou=request.iou,
        rule="precision" if precision is not None else "recall" if recall is not None else "f1",
        least=precision if precision is not None else recall,
        per_class=[
            ClassThreshold.model_validate(
                {
                    "class_id": data.class_ids[at],
                    "class": data.class_names[at],
                    "query": str(equal("class", data.class_names[at])),
                    "confidence": show_number(found.confidence[at]),
                    "annotations": int(annotations[at]),
                    **_show(Counts(counts.tp[at], counts.fp[at], counts.fn[at])),
                }
            )
            for at in order_classes(evaluation.chosen_classes & occurs, annotations).tolist()
        ],
        together=ThresholdCounts.model_validate(_show(counts.total())),
    )


def _show(counts: Counts) -> dict[str, float | int | None]:
    return {
        "tp": int(counts.tp),
        "fp": int(counts.fp),
        "fn": int(counts.fn),
        "precision": show_number(counts.precision),
        "recall": show_number(counts.recall),
        "f1": show_number(counts.f1),
    }


def send_table(rows: Sequence[BaseModel], model: type[OperatingPoint] | type[ClassThreshold], name: str) -> Response:
    """Return rows as a CSV file to be downloaded.

    Args:
        rows: Of the model.
        model: What they are.
        name: Of the file, without ending.
    """
    header = [field.alias or key for key, field in model.model_fields.items()]
    cells = ([write_cell(value) for value in row.model_dump(by_alias=True).values()] for row in rows)
    disposition = f'attachment; filename="{name}.csv"'
    return Response(
        write_csv(header, cells), media_type="text/csv; charset=utf-8", headers={"Content-Disposition": disposition}
    )
