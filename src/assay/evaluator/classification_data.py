"""A set of classifications and the labels beside it as the arrays that evaluation takes."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from assay.arrays import FloatArray, IndexArray
from assay.errors import UsageError
from assay.evaluation.classification.numbers import rank_labels
from assay.evaluator.data import EvaluationData, index_rows, load_items
from assay.project.geometry import Shape
from assay.project.predictions import PredictionSet
from assay.project.store import Store

NO_LABEL, SEVERAL_LABELS = -1, -2
_WORDS = 4_000_000  # probabilities that are held at a time


@dataclass(frozen=True)
class ClassificationData(EvaluationData):
    """A set of classifications and the labels beside it; images and classes are dense indices.

    Attributes:
        annotation_image, annotation_class: int32 ``(g,)``, of labels of images, which are in row order.
        prediction_image, prediction_class: int32 ``(n,)``, of predictions in row order; at most one an image.
        score: float64 ``(n,)``.
        rank: int32 ``(n,)``: how many classes are likelier than the image's label; None unless all have probabilities.
        label: int32 ``(images,)``: each one's class, or ``NO_LABEL`` or ``SEVERAL_LABELS``.
        prediction_of: int32 ``(images,)``: the place of its prediction; -1 without one, or if its class is gone.
    """

    annotation_image: IndexArray
    annotation_class: IndexArray
    prediction_image: IndexArray
    prediction_class: IndexArray
    score: FloatArray
    rank: IndexArray | None
    label: IndexArray
    prediction_of: IndexArray

    @cached_property
    def first_labels(self) -> IndexArray:
        """int32 ``(images,)``: the row of each one's first label, -1 without any."""
        first = np.full(len(self.label), -1, dtype=np.int32)
        first[self.annotation_image[::-1]] = self.annotation_rows[::-1]
        return first


def load_classifications(store: Store, known: PredictionSet) -> ClassificationData:
    """Return a set of classifications and the labels of the project's images.

    Raises:
        UsageError: the set holds detections.
    """
    if known.kind != "classification":
        raise UsageError(
            "The prediction set holds objects, not classes of images.",
            item=known.name,
            expected="a set imported from a table of classifications",
            actual="a set of detections",
        )
    items = load_items(store, known)
    image_index, class_index = index_rows(items.image_rows), index_rows(items.class_rows)
    with store.read() as cursor:
        truth = cursor.execute(
            "SELECT row, image, class FROM annotation WHERE shape = ? ORDER BY row", [int(Shape.LABEL)]
        ).fetchnumpy()
        found = cursor.execute(
            "SELECT row, image, class, score, probability_start, probability_count FROM prediction "
            'WHERE "set" = ? ORDER BY row',
            [known.number],
        ).fetchnumpy()
    labels, predictions = (
        {name: np.ma.getdata(values) for name, values in columns.items()} for columns in (truth, found)
    )
    annotation_image = image_index[labels["image"]]
    annotation_class = class_index[labels["class"]]
    prediction_image = image_index[predictions["image"]]
    prediction_class = _find(class_index, predictions["class"])
    prediction_of = np.full(len(items.image_rows), -1, dtype=np.int32)
    usable = np.flatnonzero(prediction_class >= 0)
    prediction_of[prediction_image[usable]] = usable
    label = _single_labels(annotation_image, annotation_class, len(items.image_rows))
    return ClassificationData(
        **vars(items),
        annotation_rows=labels["row"].astype(np.int32),
        annotation_image=annotation_image,
        annotation_class=annotation_class,
        prediction_rows=predictions["row"].astype(np.int32),
        prediction_image=prediction_image,
        prediction_class=prediction_class,
        score=predictions["score"].astype(np.float64),
        rank=_rank(
            store,
            predictions["probability_start"],
            predictions["probability_count"],
            items.class_rows,
            np.maximum(label[prediction_image], 0),
        ),
        label=label,
        prediction_of=prediction_of,
    )


def _find(index: IndexArray, rows: IndexArray) -> IndexArray:
    """Return the place of each row, -1 for rows that a refresh has taken away since the set was imported."""
    place = np.full(len(rows), -1, dtype=np.int32)
    known = rows < len(index)
    place[known] = index[rows[known]]
    return place


def _single_labels(image: IndexArray, class_: IndexArray, images: int) -> IndexArray:
    """Return each image's class, ``NO_LABEL``, or ``SEVERAL_LABELS`` where they differ."""
    label = np.full(images, NO_LABEL, dtype=np.int32)
    label[image] = class_
    label[image[label[image] != class_]] = SEVERAL_LABELS
    return label


def _rank(
    store: Store, start: NDArray[np.int64], count: IndexArray, class_rows: IndexArray, label: IndexArray
) -> IndexArray | None:
    """Return the ranks of labels among probabilities, whose words lie by class row; later classes have none."""
    if not len(count) or not count.all():
        return None
    known = np.flatnonzero(class_rows < count.min())
    ranks = np.zeros(len(count), dtype=np.int32)
    step = max(1, _WORDS // len(class_rows))
    for first in range(0, len(count), step):
        part = slice(first, first + step)
        chances = np.zeros((len(start[part]), len(class_rows)))
        chances[:, known] = store.coordinates.values[start[part, None] + class_rows[known]]
        ranks[part] = rank_labels(label[part], chances)
    return ranks
