"""The objects of an evaluation that are right or wrong: predictions, annotations, or images that are classified."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from assay.arrays import BoolArray, IndexArray
from assay.query.joins import QueryScope

SideScope = Literal["prediction", "annotation"]
Concern = Literal["precision", "recall", "accuracy"]


@dataclass(frozen=True)
class EvaluatedSide:
    """The objects of one side that are right or wrong, ``n`` of them.

    Attributes:
        scope: In which queries speak of their outcomes.
        concerns: The share of them that is right, or, of annotations, found.
        rows: By scope int32 ``(n,)``: whose metrics are an object's own.
        image: int32 ``(n,)``, dense.
        class_: int32 ``(n,)``, dense.
        wrong: bool ``(n,)``: FP, or FN.
        class_key: By what queries in the scope name the class.
    """

    scope: SideScope
    concerns: Concern
    rows: Mapping[QueryScope, IndexArray]
    image: IndexArray
    class_: IndexArray
    wrong: BoolArray
    class_key: str = "class"
