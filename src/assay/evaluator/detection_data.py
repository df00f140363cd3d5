"""A set of detections and the annotations beside it as the arrays that evaluation takes."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray
from pycocotools import mask as coco_mask

from assay.arrays import FloatArray, IndexArray
from assay.errors import UsageError
from assay.evaluation.detection.pairs import Pairing, find_pairs
from assay.evaluation.types import Annotations, Predictions, Task
from assay.evaluator.data import EvaluationData, index_rows, load_items
from assay.evaluator.masks import Masks, draw_masks, lacks
from assay.evaluator.sigmas import KeypointSigmas, choose_sigmas
from assay.metrics.batch import ObjectBatch
from assay.project.acquisition import read_acquisition
from assay.project.geometry import Objects, Shape
from assay.project.items import ObjectTable, load_objects
from assay.project.predictions import PredictionSet
from assay.project.store import Store
from assay.project.values import stored_keys

_DETECTED = (Shape.BOX, Shape.ROTATED_BOX, Shape.POLYGON, Shape.MASK, Shape.KEYPOINTS)


@dataclass(frozen=True)
class DetectionData(EvaluationData):
    """A set of detections and the annotations beside it, in file order, ready to be evaluated.

    Attributes:
        task: What an overlap is.
        pairing: Pairs of predictions and annotations.
        image_metrics: Metrics of images that belong to the set, float64 indexed by row, by key; none without
            probabilities.
        warnings: What was assumed, since neither the project nor the request says it.
    """

    task: Task
    pairing: Pairing
    image_metrics: dict[str, FloatArray]
    warnings: tuple[str, ...] = ()

    @cached_property
    def prediction_image(self) -> IndexArray:
        """int32 ``(n,)``: dense image of each prediction, in file order."""
        return self.pairing.predictions_in_file_order(self.pairing.prediction_image)

    @cached_property
    def annotation_image(self) -> IndexArray:
        """int32 ``(g,)``: dense image of each annotation, in file order."""
        return self.pairing.annotations_in_file_order(self.pairing.annotation_image)

    @cached_property
    def prediction_class(self) -> IndexArray:
        """int32 ``(n,)``: dense class of each prediction, in file order."""
        return self.pairing.predictions_in_file_order(self.pairing.prediction_class)

    @cached_property
    def annotation_class(self) -> IndexArray:
        """int32 ``(g,)``: dense class of each annotation, in file order."""
        return self.pairing.annotations_in_file_order(self.pairing.annotation_class)


def load_detections(
    store: Store, known: PredictionSet, task: Task, sigmas: tuple[float, ...] | None = None
) -> DetectionData:
    """Return a prediction set and the project's annotations with their pairs.

    Args:
        store: The project.
        known: The set.
        task: What an overlap is.
        sigmas: Of keypoints, for all classes; None for those of the categories, else the defaults.

    Raises:
        UsageError: the set, or the annotations, lack what the task compares, or the set holds no detections.
    """
    if known.kind == "classification":
        raise UsageError(
            "The prediction set holds classes of images, which have no overlap.",
            item=known.name,
            expected="task classification",
            actual=f"task {task}",
        )
    among = load_items(store, known, occurring=True)
    image_index, class_index = index_rows(among.image_rows), index_rows(among.class_rows)
    truth = _detected(load_objects(store))
    found = _of_known_classes(_detected(load_objects(store, prediction_set=known.number)), class_index)
    truth = _in_file_order(store, truth, image_index, "annotation")
    found = _in_file_order(store, found, image_index, "prediction")
    warnings = _lacking(task, known.name, truth, found)
    drawn: Masks | None = None
    found_drawn: Masks | None = None
    if task == "segm":
        drawn, found_drawn = draw_masks(truth.objects(), found.objects())
        warnings += _without_mask("annotations", drawn) + _without_mask("predictions", found_drawn)
        truth, drawn = _of_masks(truth, drawn)
        found, found_drawn = _of_masks(found, found_drawn)
    annotations = _annotations(store, truth, image_index, class_index, task, drawn)
    predictions = _predictions(found, image_index, class_index, task, known.area_rule, found_drawn)
    chosen: KeypointSigmas | None = None
    if task == "keypoints":
        chosen = choose_sigmas(annotations, among.class_names, among.class_fields, sigmas)
    return DetectionData(
        **vars(among),
        task=task,
        pairing=find_pairs(
            annotations,
            predictions,
            images=len(among.image_rows),
            classes=len(among.class_rows),
            task=task,
            sigmas=None if chosen is None else chosen.by_class,
        ),
        annotation_rows=truth.columns["row"].astype(np.int32),
        prediction_rows=found.columns["row"].astype(np.int32),
        image_metrics=read_acquisition(store, known.number),
        warnings=warnings if chosen is None else chosen.warnings,
    )


_COMPARED: dict[Task, tuple[str, tuple[Shape, ...]]] = {
    "segm": ("masks", (Shape.POLYGON, Shape.MASK)),
    "obb": ("rotated boxes", (Shape.ROTATED_BOX,)),
}


def _lacking(task: Task, name: str, truth: ObjectTable, found: ObjectTable) -> tuple[str, ...]:
    """Return which side has none of the shapes that a task compares, so that upright boxes stand for them."""
    shapes, wanted = _COMPARED.get(task, ("", ()))
    sides = ((f"{name} has", found), ("The annotations have", truth))
    return tuple(
        f"{side} no {shapes}: boxes are compared in their place."
        for side, table in sides
        if wanted and len(table) and not np.isin(table.columns["shape"], np.array(wanted)).any()
    )


# ------------------------------------------------------------ columns


def _detected(table: ObjectTable) -> ObjectTable:
    """Return the objects that a detector finds: not labels of whole images, polylines and points."""
    return _take(table, np.isin(table.columns["shape"], np.array(_DETECTED)))


def _of_known_classes(table: ObjectTable, class_index: IndexArray) -> ObjectTable:
    """Leave out predictions of classes that a refresh has taken away, as COCOeval does of categories it has not."""
    class_ = table.columns["class"]
    inside = np.minimum(class_, len(class_index) - 1)
    return _take(table, (class_ < len(class_index)) & (class_index[inside] >= 0))


def _take(table: ObjectTable, chosen: NDArray[Any]) -> ObjectTable:
    return ObjectTable({name: column[chosen] for name, column in table.columns.items()}, table.coordinates)


def _in_file_order(store: Store, table: ObjectTable, image_index: IndexArray, kind: str) -> ObjectTable:
    """Return the objects by image, those of one image as in the file."""
    with store.read() as cursor:
        found = cursor.execute(f"SELECT row, position FROM {kind} ORDER BY row").fetchnumpy()
    rows = np.ma.getdata(found["row"])
    position = np.ma.getdata(found["position"])[np.searchsorted(rows, table.columns["row"])].astype(np.int64)
    order = np.lexsort((position, image_index[table.columns["image"]]))
    return _take(table, order)


def _floats(column: Any) -> FloatArray:
    return np.ma.filled(np.ma.asarray(column, dtype=np.float64), np.nan)


def _boxes(table: ObjectTable) -> tuple[FloatArray, Objects | None]:
    """Return the file's boxes, those of the shapes where there is none; the objects if they had to be read."""
    xywh = np.stack([_floats(table.columns[side]) for side in "xywh"], axis=1).reshape(-1, 4)
    without = np.isnan(xywh).any(axis=1)
    if not without.any():
        return xywh, None
    objects = table.objects()
    bounds = ObjectBatch(objects).boxes
    xywh[without] = np.concatenate([bounds[:, :2], bounds[:, 2:] - bounds[:, :2]], axis=1)[without]
    return np.nan_to_num(xywh), objects


def _without_mask(what: str, masks: Masks) -> tuple[str, ...]:
    """Return a warning where objects have no mask.

    Raises:
        UsageError: none has.
    """
    without = sum(mask is None for mask in masks)
    if without == len(masks):
        raise lacks("masks")
    why = "the image's size is unknown or beyond 2^32 pixels, or there are only keypoints"
    return (f"{without:,} {what} can have no mask and are left out: {why}.",) if without else ()


def _of_masks(table: ObjectTable, masks: Masks) -> tuple[ObjectTable, Masks]:
    has = np.array([mask is not None for mask in masks], dtype=np.bool_)
    return (table, masks) if has.all() else (_take(table, has), masks[has])


def _annotations(
    store: Store,
    table: ObjectTable,
    image_index: IndexArray,
    class_index: IndexArray,
    task: Task,
    masks: Masks | None,
) -> Annotations:
    columns = table.columns
    xywh, objects = _boxes(table)
    crowd = np.asarray(columns["crowd"], dtype=np.bool_)
    with store.read() as cursor:
        measured = "m.object_area" if "object_area" in stored_keys(cursor, "annotation") else "NULL"
        found = cursor.execute(
            f"SELECT a.row, coalesce(a.area, {measured}, a.w * a.h)::DOUBLE AS area, a.num_keypoints FROM annotation a "
            "LEFT JOIN annotation_metric m ON m.row = a.row ORDER BY a.row"
        ).fetchnumpy()
    place = np.searchsorted(np.ma.getdata(found["row"]), columns["row"])
    area = np.nan_to_num(_floats(found["area"])[place])
    more: dict[str, Any] = _shapes(table, objects, task) if masks is None else {"masks": masks}
    ignored = None
    if task == "keypoints":
        labelled = _floats(found["num_keypoints"])[place]
        counted = _count_labelled(more["keypoints"], more["keypoint_offsets"])
        ignored = np.where(np.isnan(labelled), counted, labelled) == 0
    return Annotations(
        image=image_index[columns["image"]],
        class_=class_index[columns["class"]],
        xywh=xywh,
        area=area,
        crowd=crowd,
        ignored=ignored,
        **more,
    )


def _count_labelled(keypoints: FloatArray, offsets: NDArray[np.int64]) -> FloatArray:
    seen = np.concatenate([[0], np.cumsum(keypoints[:, 2] > 0)])
    counts: FloatArray = (seen[offsets[1:]] - seen[offsets[:-1]]).astype(np.float64)
    return counts


def _predictions(
    table: ObjectTable,
    image_index: IndexArray,
    class_index: IndexArray,
    task: Task,
    area_rule: str,
    masks: Masks | None,
) -> Predictions:
    columns = table.columns
    xywh, objects = _boxes(table)
    more: dict[str, Any] = _shapes(table, objects, task) if masks is None else {"masks": masks}
    return Predictions(
        image=image_index[columns["image"]],
        class_=class_index[columns["class"]],
        xywh=xywh,
        area=_predicted_areas(table, xywh, area_rule),
        score=_floats(columns["confidence"]),
        **more,
    )


def _predicted_areas(table: ObjectTable, xywh: FloatArray, area_rule: str) -> FloatArray:
    """Return the area that ``COCO.loadRes`` gives each prediction."""
    if area_rule == "segmentation":
        [masks] = draw_masks(table.objects())
        return np.array([0.0 if m is None else float(coco_mask.area(m)) for m in masks], dtype=np.float64)
    if area_rule == "keypoints":
        objects = table.objects()
        areas = np.zeros(len(xywh))
        for at, (start, end) in enumerate(
            zip(objects.keypoint_offsets[:-1], objects.keypoint_offsets[1:], strict=True)
        ):
            if end > start:
                areas[at] = np.ptp(objects.keypoints[start:end, 0]) * np.ptp(objects.keypoints[start:end, 1])
        return areas
    return xywh[:, 2] * xywh[:, 3]


def _shapes(table: ObjectTable, objects: Objects | None, task: Task) -> dict[str, Any]:
    """Return what a task other than ``segm`` compares beside boxes.

    Raises:
        UsageError: there is none of it.
    """
    if task == "bbox":
        return {}
    objects = table.objects() if objects is None else objects
    if task == "obb":
        return {"rotation": np.nan_to_num(objects.rotation)}
    if not len(objects.keypoints):
        raise lacks("keypoints")
    return {"keypoints": objects.keypoints, "keypoint_offsets": objects.keypoint_offsets}
