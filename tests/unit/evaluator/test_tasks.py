"""Masks, keypoints and rotated boxes evaluated through a project: pycocotools' numbers, or those worked out by hand."""

from __future__ import annotations

import contextlib
import io
import json
import math

import numpy as np
import pytest
from pycocotools import mask as coco_mask
from pycocotools.coco import COCO
from pycocotools.cocoeval import COCOeval
from tests.unit.evaluator.projects import dataset, judged

CATEGORIES = [{"id": 4, "name": "leaf"}, {"id": 9, "name": "stone"}]
SIDE = 100


def coco_numbers(folder, task):
    with contextlib.redirect_stdout(io.StringIO()):
        truth = COCO(str(folder / "truth.json"))
        evaluation = COCOeval(truth, truth.loadRes(str(folder / "detector.json")), task)
        evaluation.evaluate()
        evaluation.accumulate()
        evaluation.summarize()
    return evaluation.stats.tolist()


def polygon(corner, size, draw):
    """A ring of eight points in a box; not convex."""
    angle = np.sort(draw.random(8)) * 2 * math.pi
    radius = draw.uniform(0.6, 1, 8)
    points = corner + size / 2 * (1 + radius[:, None] * np.column_stack([np.cos(angle), np.sin(angle)]))
    return points.round(2)


def mask_of(rings):
    return coco_mask.merge(coco_mask.frPyObjects([ring.ravel().tolist() for ring in rings], SIDE, SIDE))


def encoded(mask, kind):
    """A mask as compressed or uncompressed RLE."""
    if kind == "text":
        return {"size": [SIDE, SIDE], "counts": mask["counts"].decode()}
    pixels = coco_mask.decode(mask).ravel(order="F")
    change = np.flatnonzero(np.diff(pixels)) + 1
    runs = np.diff([0, *change, len(pixels)]).tolist()
    return {"size": [SIDE, SIDE], "counts": [0, *runs] if pixels[0] else runs}


def masks(seed):
    """Polygons of one and two rings, RLEs of both kinds and crowds, and shifted detections as polygons and RLEs."""
    draw = np.random.default_rng(seed)
    annotations, found = [], []
    for k in range(70):
        corner, size = draw.uniform(0, 60, 2), draw.uniform(8, 38, 2)
        rings = [polygon(corner, size, draw) for _ in range(1 + k % 2)]
        shared = {"image_id": k % 14 + 1, "category_id": int(draw.choice([4, 9]))}
        mask = mask_of(rings)
        crowd = k % 11 == 0
        segmentation = [ring.ravel().tolist() for ring in rings]
        if crowd or k % 3 == 0:
            segmentation = encoded(mask, "counts" if crowd or k % 2 else "text")
        area, box = float(coco_mask.area(mask)), coco_mask.toBbox(mask).tolist()
        annotations.append({**shared, "segmentation": segmentation, "area": area, "bbox": box, "iscrowd": int(crowd)})
        for n in range(int(draw.integers(0, 4))):
            moved = [np.clip(ring + draw.normal(0, 1.5, 2), 0, SIDE - 1).round(2) for ring in rings]
            shape = encoded(mask_of(moved), "text" if n % 2 else "counts")
            found.append({**shared, "segmentation": shape, "score": round(draw.random(), 1)})
    return dataset(14, annotations, CATEGORIES), found


@pytest.mark.parametrize("with_boxes", [False, True])
@pytest.mark.parametrize("seed", [1, 2])
def test_masks_have_pycocotools_numbers(tmp_path, seed, with_boxes):
    truth, found = masks(seed)
    if with_boxes:  # then the box tells a prediction's area, the first one's that of all
        found = [{**each, "bbox": coco_mask.toBbox(_compressed(each["segmentation"])).tolist()} for each in found]
    else:  # uncompressed counts are understood here, but not by pycocotools' loadRes
        found = [each | {"segmentation": encoded(_compressed(each["segmentation"]), "text")} for each in found]
    with judged(tmp_path, truth, detector=found) as project:
        told = project.get(predictions="detector", task="segm")
        assert project.get("/tasks", predictions="detector") == ["bbox", "segm"]
    if with_boxes:
        records = [each | {"segmentation": encoded(_compressed(each["segmentation"]), "text")} for each in found]
        (tmp_path / "detector.json").write_text(json.dumps(records))
    expected = coco_numbers(tmp_path, "segm")
    assert list(told["coco"].values()) == pytest.approx(expected, abs=1e-9)
    assert 0.1 < expected[0] < 0.9
    assert told["mAP"] == pytest.approx(expected[1], abs=1e-9)


def _compressed(segmentation):
    if isinstance(segmentation["counts"], str):
        return {"size": segmentation["size"], "counts": segmentation["counts"].encode()}
    return coco_mask.frPyObjects(segmentation, SIDE, SIDE)


def rotated(box, degrees, image=1, score=None):
    record = {"image_id": image, "category_id": 4, "bbox": box, "rotation": degrees}
    return record if score is None else record | {"score": score}


# IoU of two boxes with one centre: a square and itself turned by 45° share an octagon of area 2·(√2 - 1)·side²;
# a 40 x 20 box and itself turned by 90° share 20 x 20 of 1200 px²; by 30° and 210° they are the same
OCTAGON = 2 * (math.sqrt(2) - 1)
BY_HAND = [
    ([30, 30, 40, 40], 0, 45, OCTAGON / (2 - OCTAGON)),
    ([30, 40, 40, 20], 0, 90, 400 / 1200),
    ([30, 40, 40, 20], 30, 210, 1.0),
    ([30, 40, 40, 20], 15, 15, 1.0),
    ([30, 30, 40, 40], 20, 110, 1.0),
]


@pytest.mark.parametrize(("box", "truly", "found", "iou"), BY_HAND)
def test_rotated_boxes_match_up_to_their_iou(tmp_path, box, truly, found, iou):
    truth = dataset(1, [rotated(box, truly)], CATEGORIES)
    with judged(tmp_path, truth, detector=[rotated(box, found, score=0.7)]) as project:
        at = {"predictions": "detector", "task": "obb"}
        tasks = project.get("/tasks", predictions="detector")
        assert tasks == (["bbox", "obb"] if truly and found else ["bbox"])  # turned by 0° it is a plain box
        below = project.get(**at, iou=min(iou, 1) - 1e-3)
        assert (below["tp"], below["fp"], below["fn"], below["mAP"]) == (1, 0, 0, pytest.approx(1))
        if iou < 1:
            above = project.get(**at, iou=iou + 1e-3)
            assert (above["tp"], above["fp"], above["fn"], above["mAP"]) == (0, 1, 1, 0)
            assert above["errors"]["localisation"]["count"] == 1
        thresholds = np.linspace(0.5, 0.95, 10)
        assert project.get(**at)["coco"]["AP"] == pytest.approx(np.mean(iou >= thresholds - 1e-9))


def test_rotated_boxes_of_a_ranking(tmp_path):
    """Of three boxes two are found, the second after an FP: precision 1 up to recall 1/3, then 2/3 up to 2/3."""
    box = [20, 30, 40, 20]
    truth = dataset(3, [rotated(box, 35, image) for image in (1, 2, 3)], CATEGORIES)
    detections = [
        rotated(box, 35, 1, 0.9),
        rotated(box, 125, 2, 0.8),  # turned by a right angle: IoU 1/3
        rotated(box, 33, 2, 0.7),
    ]
    with judged(tmp_path, truth, detector=detections) as project:
        told = project.get(predictions="detector", task="obb")
    assert (told["tp"], told["fp"], told["fn"]) == (2, 1, 1)
    assert told["mAP"] == pytest.approx((34 * 1 + 33 * 2 / 3) / 101)
    assert told["recall"] == pytest.approx(2 / 3)


def test_boxes_that_stand_for_masks_count_as_pycocotools_takes_them_and_a_warning_says_so(tmp_path):
    truth, found = masks(3)
    boxes = [
        {key: each[key] for key in ("image_id", "category_id", "score")}
        | {"bbox": coco_mask.toBbox(_compressed(each["segmentation"])).tolist()}
        for each in found
    ]
    with judged(tmp_path, truth, detector=boxes) as project:
        told = project.get(predictions="detector", task="segm")
        assert project.get(predictions="detector")["warnings"] == []
    assert told["warnings"] == ["detector has no masks: boxes are compared in their place."]
    expected = coco_numbers(tmp_path, "segm")
    assert list(told["coco"].values()) == pytest.approx(expected, abs=1e-9)
    assert 0.05 < expected[0] < 0.9
