"""Whether a file's most confident predictions agree with the annotations, which they do not where ids are shifted."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from assay.formats.predictions import Results
from assay.project.source_ids import read_id
from assay.project.store import Connection

_SAMPLE = 1_000  # predictions, the most confident of a file
_FEWEST = 20  # that say anything
_LEAST_OVERLAP = 0.1  # share of them that overlaps an annotation by half: with less, the images may be others
_LEAST_AGREEMENT = 0.2  # share of these that has the annotation's class
_EXPLAINED = 0.5  # share that would have it, if another reading of category ids is to be told
_IOU = 0.5

_OVERLAPS_SQL = """
WITH pair AS (
  SELECT p.place, a.class, p.w * p.h AS own, a.w * a.h AS other,
         greatest(0, least(p.x + p.w, a.x + a.w) - greatest(p.x, a.x))
         * greatest(0, least(p.y + p.h, a.y + a.h) - greatest(p.y, a.y)) AS shared
  FROM sampled_predictions p JOIN annotation a ON a.image = p.image
  WHERE NOT a.crowd AND a.w > 0 AND a.h > 0
)
SELECT place, max(iou) AS iou, arg_max(class, iou) AS class FROM
  (SELECT place, class, shared / (own + other - shared) AS iou FROM pair) GROUP BY place ORDER BY place
"""


def find_disagreement(cursor: Connection, results: Results) -> list[str]:
    """Return warnings about predictions whose image or category ids look as if they were another dataset's.

    Only the most confident boxes in images with annotations are looked at: those of a model that works lie on objects.

    Args:
        cursor: Of the project.
        results: The file's records with their images and classes.
    """
    xywh = results.columns["xywh"].reshape(-1, 4)
    boxed = np.flatnonzero((xywh[:, 2] > 0) & (xywh[:, 3] > 0))
    sampled = boxed[np.argsort(-results.score[boxed], kind="stable")[:_SAMPLE]]
    cursor.register(
        "sampled_predictions",
        {"place": np.arange(len(sampled)), "image": results.image[sampled]}
        | {side: xywh[sampled, at] for at, side in enumerate("xywh")},
    )
    overlaps = cursor.execute(_OVERLAPS_SQL).fetchnumpy()
    cursor.unregister("sampled_predictions")
    looked_at = len(overlaps["place"])
    hit = np.ma.getdata(overlaps["iou"]) >= _IOU
    if looked_at < _FEWEST:
        return []
    if hit.sum() < _LEAST_OVERLAP * looked_at:
        few = f"Only {hit.sum():,} of the {looked_at:,} most confident predictions overlap an annotation by half"
        return [f"{few}: see if they are of these images."]
    places = np.ma.getdata(overlaps["place"])[hit]
    predicted, labelled = results.class_[sampled[places]], np.ma.getdata(overlaps["class"])[hit].astype(np.int32)
    agreeing = int((predicted == labelled).sum())
    if len(predicted) < _FEWEST or agreeing >= _LEAST_AGREEMENT * len(predicted):
        return []
    few = f"Of the {len(predicted):,} most confident predictions that overlap an annotation by half only {agreeing:,}"
    return [f"{few} have its class: see if the category ids are the dataset's{_explain(cursor, predicted, labelled)}."]


def _explain(cursor: Connection, predicted: NDArray[np.int32], labelled: NDArray[np.int32]) -> str:
    """Return the reading of category ids by which most predictions have the class of the annotation they overlap."""
    rows = cursor.execute("SELECT DISTINCT source_id, source_key, class FROM class_source").fetchall()
    class_of = {key: row for number, text, row in rows if isinstance(key := read_id(number, text), int)}
    id_of = {row: key for key, row in class_of.items()}
    in_order = [class_of[key] for key in sorted(class_of)]
    readings: tuple[tuple[str, Callable[[int], int | None]], ...] = (
        ("one too low", lambda own: class_of.get(own + 1)),
        ("one too high", lambda own: class_of.get(own - 1)),
        ("places in the list of categories, counted from 0", lambda own: _at(in_order, own)),
        ("places in the list of categories, counted from 1", lambda own: _at(in_order, own - 1)),
    )
    best, explanation = _EXPLAINED * len(predicted), ""
    for name, read in readings:
        reread = {row: read(own) for row, own in id_of.items()}
        agreeing = sum(
            reread.get(one) == other for one, other in zip(predicted.tolist(), labelled.tolist(), strict=True)
        )
        if agreeing > best:
            best, explanation = agreeing, f"; if they are {name}, {agreeing:,} have"
    return explanation


def _at(classes: list[int], place: int) -> int | None:
    return classes[place] if 0 <= place < len(classes) else None
