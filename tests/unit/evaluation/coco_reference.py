"""COCO records as arrays for Assay, and pycocotools' verdict on the same records."""

from __future__ import annotations

import contextlib
import copy
import io

import numpy as np
from pycocotools.coco import COCO
from pycocotools.cocoeval import COCOeval

from assay.evaluation.types import Annotations, Predictions

SPARE_IMAGE = 10**9  # pycocotools cannot load an empty list of results: a result on an image that is not evaluated


def load(dataset, results):
    """Return the ground truth and the results as pycocotools has them."""
    with contextlib.redirect_stdout(io.StringIO()):
        truth = COCO()
        truth.dataset = copy.deepcopy(dataset)
        truth.createIndex()
        return truth, truth.loadRes(copy.deepcopy(results))


def reference(truth, found, task, evaluator=COCOeval, **parameters):
    """Return COCOeval after evaluate, accumulate and summarize; `parameters` replace those of `params`."""
    with contextlib.redirect_stdout(io.StringIO()):
        evaluation = evaluator(copy.deepcopy(truth), copy.deepcopy(found), task)
        for name, value in parameters.items():
            setattr(evaluation.params, name, value)
        evaluation.evaluate()
        evaluation.accumulate()
        evaluation.summarize()
    return evaluation


def to_arrays(truth, found, task="bbox"):
    """Return annotations, predictions, number of images and of classes; images and classes by ascending id."""
    images = {image: index for index, image in enumerate(sorted(truth.getImgIds()))}
    classes = {class_: index for index, class_ in enumerate(sorted(truth.getCatIds()))}
    labels = truth.dataset["annotations"]
    guesses = [record for record in found.dataset["annotations"] if record["image_id"] in images]
    ignored = np.array([task == "keypoints" and record["num_keypoints"] == 0 for record in labels], dtype=np.bool_)
    annotations = Annotations(
        **_columns(labels, images, classes, truth, task),
        crowd=np.array([record["iscrowd"] for record in labels], dtype=np.bool_),
        ignored=ignored,
    )
    predictions = Predictions(
        **_columns(guesses, images, classes, found, task),
        score=np.array([record["score"] for record in guesses], dtype=np.float64),
    )
    return annotations, predictions, len(images), len(classes)


def _columns(records, images, classes, coco, task):
    columns = {
        "image": np.array([images[record["image_id"]] for record in records], dtype=np.int32),
        "class_": np.array([classes[record["category_id"]] for record in records], dtype=np.int32),
        "xywh": np.array([record["bbox"] for record in records], dtype=np.float64).reshape(-1, 4),
        "area": np.array([record["area"] for record in records], dtype=np.float64),
    }
    if task == "segm":
        columns["masks"] = np.empty(len(records), dtype=object)
        columns["masks"][:] = [coco.annToRLE(record) for record in records]
    if task == "keypoints":
        flat = [value for record in records for value in record["keypoints"]]
        columns["keypoints"] = np.array(flat, dtype=np.float64).reshape(-1, 3)
        lengths = [len(record["keypoints"]) // 3 for record in records]
        columns["keypoint_offsets"] = np.concatenate([[0], np.cumsum(lengths)]).astype(np.int64)
    return columns


def make_dataset(images, classes, annotations):
    """Return a COCO dataset of images `(id, width, height)`, category ids and annotation records without ids."""
    return {
        "info": {},
        "images": [{"id": i, "width": w, "height": h} for i, w, h in images],
        "categories": [{"id": k, "name": str(k)} for k in classes],
        "annotations": [{**record, "id": i + 1} for i, record in enumerate(annotations)],
    }


def spare_result(task, category, keypoints=17):
    """Return a result that no evaluated image has, so that there is at least one."""
    record = {"image_id": SPARE_IMAGE, "category_id": category, "score": 0.5}
    if task == "segm":
        return {**record, "segmentation": {"size": [1, 1], "counts": b"01"}}
    if task == "keypoints":
        return {**record, "keypoints": [0, 0, 1] * keypoints}
    return {**record, "bbox": [0, 0, 1, 1]}


def make_case(images, classes, annotations, results, task="bbox"):
    """Return pycocotools' ground truth and results of generated records, with an image nobody evaluates."""
    dataset = make_dataset([*images, (SPARE_IMAGE, 1, 1)], classes, annotations)
    truth, found = load(dataset, [*results, spare_result(task, classes[0])])
    # the spare image is taken out again: neither side evaluates it
    del truth.imgs[SPARE_IMAGE]
    truth.dataset["images"].pop()
    return truth, found
