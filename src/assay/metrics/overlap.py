"""Annotations that lie on one another: of the same class (duplicates) and of different classes."""

from __future__ import annotations

import itertools

import numpy as np

from assay.arrays import FloatArray, OffsetArray
from assay.metrics.batch import ObjectBatch
from assay.metrics.definition import Metric, OutlierRule
from assay.metrics.family import Cause, Family, Measured
from assay.metrics.pairs import Pairs, find_crowded_pairs, join_pairs
from assay.project.geometry import Evidence

DUPLICATES = Metric(
    key="annotation_duplicates",
    title="Annotation Duplicates",
    scopes=("annotation", "prediction"),
    kind="fraction",
    unit="",
    suspicious="high",
    needs="geometry",
    group="label_errors",
    pairs=True,
    summary="Greatest overlap (IoU) with another annotation of the same class in the image.",
    description=(
        "For an object $a$: $\\max_b \\mathrm{IoU}(a, b)$ over the other objects $b$ of the **same class** "
        "in the same image, where $\\mathrm{IoU} = |a \\cap b| / |a \\cup b|$; 0 if nothing overlaps.\n\n"
        "Areas are those of the shapes: polygons and boxes by exact area, both rasterised as soon as one of "
        "the two is a mask. Crowd regions take no part, points, polylines and image-level labels have no "
        "value.\n\n"
        "Two objects of one class rarely cover the same pixels. A high value usually means that one object "
        "was annotated twice, which teaches a detector to fire twice and counts as a miss in evaluation. "
        "From 0.6 it is a moderate outlier, from 0.85 a severe one. Compare the two and delete the worse "
        "one."
    ),
    rule=OutlierRule("at_least", moderate=0.6, severe=0.85),
)
CLASS_OVERLAP = Metric(
    key="class_overlap",
    title="Overlap With Another Class",
    scopes=("annotation", "prediction"),
    kind="fraction",
    unit="",
    suspicious="high",
    needs="geometry",
    group="label_errors",
    pairs=True,
    summary="Greatest overlap (IoU) with an annotation of another class in the image.",
    description=(
        "For an object $a$: $\\max_b \\mathrm{IoU}(a, b)$ over the objects $b$ of **any other class** in "
        "the same image; 0 if nothing overlaps. Areas and exceptions are those of Annotation Duplicates.\n\n"
        "Objects of different classes do overlap (a rider and a motorbike), but seldom cover the very same "
        "pixels. A value near 1 means that one object carries two classes: one of the labels is wrong, or "
        "the classes are not exclusive. From 0.8 it is a moderate outlier, from 0.9 a severe one. Decide "
        "for one class, or declare the classes as a pair that may coincide."
    ),
    rule=OutlierRule("at_least", moderate=0.8, severe=0.9),
)


def measure(batch: ObjectBatch) -> Measured:
    """Return both overlaps of each non-crowd areal object, and one evidence record per best pair."""
    eligible = batch.areal & ~batch.objects.crowd & ~np.isnan(batch.areas)
    best: dict[str, list[Pairs]] = {DUPLICATES.key: [], CLASS_OVERLAP.key: []}
    for piece in itertools.chain([batch.pairs], find_crowded_pairs(batch)):
        pairs = piece.at(eligible[piece.left] & eligible[piece.right])
        same = batch.objects.class_[pairs.left] == batch.objects.class_[pairs.right]
        for key, mask in ((DUPLICATES.key, same), (CLASS_OVERLAP.key, ~same)):
            selected = pairs.at(mask)
            best[key].append(selected.at(_best_pairs(batch, selected)))
    values: dict[str, FloatArray] = {}
    evidence: list[Evidence] = []
    for key, pieces in best.items():
        selected = join_pairs(pieces)
        greatest = np.where(eligible, 0.0, np.nan)
        np.maximum.at(greatest, selected.left, selected.iou)
        np.maximum.at(greatest, selected.right, selected.iou)
        values[key] = greatest
        evidence.append(_explain(key, batch, selected, _best_pairs(batch, selected)))
    return Measured(values, evidence)


def _best_pairs(batch: ObjectBatch, pairs: Pairs) -> OffsetArray:
    """Return the pairs that are the best of a member; of equals the one whose partner has the lowest random key.

    The key comes from the partner's id, so that the choice is the same whatever row an annotation has.
    """
    member = np.concatenate([pairs.left, pairs.right])
    partner = np.concatenate([pairs.right, pairs.left])
    objects = batch.objects
    order = np.lexsort((objects.row[partner], objects.random_key[partner], -np.tile(pairs.iou, 2), member))
    leads = np.ones(len(order), dtype=np.bool_)
    leads[1:] = member[order[1:]] != member[order[:-1]]
    return np.unique(order[leads] % max(len(pairs.iou), 1))


def _explain(key: str, batch: ObjectBatch, pairs: Pairs, best: OffsetArray) -> Evidence:
    one, other = batch.objects.row[pairs.left[best]], batch.objects.row[pairs.right[best]]
    return Evidence(
        metric=key,
        row=np.minimum(one, other),
        partner=np.maximum(one, other),
        value=pairs.iou[best],
        detail=np.full(len(best), "", dtype=object),
    )


def explain(key: str, cause: Cause) -> str:
    """Name the annotation that overlaps most."""
    which = f"the same class ({cause.class_name})" if key == DUPLICATES.key else f"class {cause.partner_class}"
    return f"Overlaps annotation {cause.partner_id} of {which} with IoU {cause.value:.2f}."


FAMILY = Family(metrics=(DUPLICATES, CLASS_OVERLAP), measure_objects=measure, explain=explain)
