"""Records with faulty parts: what is good of them counts as in pycocotools, and nothing of them stops an evaluation."""

from __future__ import annotations

import json
import math

import pytest
from tests.unit.evaluator.projects import ROUTE, judged
from tests.unit.evaluator.test_tasks import coco_numbers

NAN = math.nan
BOX = [5, 5, 20, 20]
SQUARE = [5, 5, 25, 5, 25, 25, 5, 25]
CATEGORIES = [{"id": 1, "name": "cat"}, {"id": 2, "name": "dog"}]
FAULTY_SEGMENTATIONS = [
    [SQUARE[:7]], [[1, 2, 3]], NAN, {}, [[[5, 5], [25, 5], [25, 25]]], [[5, 5], [25, 5], [25, 25]], [[5, 5], [25, 25]],
    "polygon", 7, [None], [[5, NAN, 25, 5, 25, 25]], [[5, math.inf, 25, 5, 25, 25]], [[5, None, 25, 5, 25, 25]],
    [["a", "b"]], SQUARE, {"size": [48, 64]}, {"counts": "0"}, {"size": [48, 64], "counts": [-5, 3077]},
    {"size": [48, 64], "counts": [10]}, {"size": [0, 0], "counts": []}, {"size": [0, 64], "counts": [0, 0]},
    {"size": [40_000, 40_000], "counts": [0, 1_600_000_000]}, [[5, 5] * 4], [[-5, -5, -9, -5, -9, -9]],
    [[1e12, 5, 5, 5, 9, 9]],
    [], [[]], None, [[5, 5]], [[1, 1, 2, 2]], [[1, 1, 2, 2], SQUARE], [SQUARE, [5, NAN]],
    [["5", "5", "25", "5", "25", "25"]],
]  # fmt: skip
FAULTY_BOXES = [
    {"x": 5, "y": 5}, [5, 5, 20], [5, 5, 20, 20, 0], [5, 5, None, 20], [NAN, 5, 20, 20], "5 5 20 20", 7, [], None,
    [["5", "5"], [20, 20]],
]  # fmt: skip


def truth_of(records):
    """A dataset with an image 64 × 48 for each record, every other of a cat or a dog."""
    images = [{"id": n, "file_name": f"{n}.png", "width": 64, "height": 48} for n in range(1, len(records) + 1)]
    annotations = [
        {"id": n, "image_id": n, "category_id": n % 2 + 1, "area": 400, "iscrowd": 0, **record}
        for n, record in enumerate(records, 1)
    ]
    return {"images": images, "annotations": annotations, "categories": CATEGORIES}


def found_of(count, shift=0.0, **more):
    """A detection an image, the further to the right the later."""
    return [
        {
            "image_id": n,
            "category_id": n % 2 + 1,
            "bbox": [5 + 0.1 * n + shift, 5, 20, 20],
            "score": round(1 - n / (2 * count), 6),
            **more,
        }
        for n in range(1, count + 1)
    ]


def test_good_boxes_beside_faulty_segmentations_have_pycocotools_numbers(tmp_path):
    records = [{"bbox": BOX, "segmentation": each} for each in FAULTY_SEGMENTATIONS]
    records += [
        {"bbox": box} for box in ([5, 5, -20, 20], ["5", "5", "20", "20"], [5, 5, 1e300, 20], [5, 5, math.inf, 9])
    ]
    with judged(tmp_path, truth_of(records), detector=found_of(len(records))) as project:
        told = project.get(predictions="detector")
        expected = coco_numbers(tmp_path, "bbox")
        assert list(told["coco"].values()) == pytest.approx(expected, abs=1e-9)
        assert 0.1 < expected[0] < 0.9
        assert project.count("", "annotation") == len(records)
        whole = project.get(predictions="detector", task="segm")  # what pycocotools cannot do ends no evaluation
        assert whole["tp"] + whole["fn"] == len(records)
        faulty = project.count("validity>=0.5", "annotation")
        assert faulty == len(records) - 4  # not [], [[]] and null, which say that there is none, and a short ring


def test_good_polygons_beside_faulty_boxes_are_kept_and_flagged(tmp_path):
    records = [{"bbox": each, "segmentation": [SQUARE]} for each in FAULTY_BOXES]
    with judged(tmp_path, truth_of(records), detector=found_of(len(records), segmentation=[SQUARE])) as project:
        assert project.count("", "annotation") == len(records)
        assert project.count("validity:0.5", "annotation") == len(records) - 2  # [] and null say that there is none
        masks = project.get(predictions="detector", task="segm")
        assert (masks["tp"], masks["fp"], masks["fn"], masks["mAP"]) == (len(records), 0, 0, pytest.approx(1))
        boxes = project.get(predictions="detector")  # the box of the polygon stands for the faulty one
        assert boxes["tp"] == len(records)


SEGM = [
    [SQUARE[:7]], [SQUARE, [1, 1, 2, 2]], [SQUARE, [30, 30]], [["5", "5", "25", "5", "25", "25"]], [[5, 5] * 4],
    [[-5, -5, 25, -5, 25, 25]], [[5, 5, 1e6, 5, 1e6, 25, 5, 25]], [[5, 5, 25, 5, 2e5, 25, -3e5, 25]],
    {"size": [48, 64], "counts": [5, 500, 48 * 64 - 505]},
    {"size": [40_000, 40_000], "counts": [9, 400, 1_599_999_591]},
    [[5, 5, 25, 5, 25, 25, 5, 25], [40, 30, 50, 30, 50, 40]],
]  # fmt: skip


def test_odd_masks_that_pycocotools_can_draw_have_its_numbers(tmp_path):
    records = [{"bbox": BOX, "segmentation": each} for each in SEGM] * 2
    found = found_of(len(records))
    for at, record in enumerate(found):
        if at % 3:
            record["segmentation"] = SEGM[at % len(SEGM)]
            if isinstance(record["segmentation"], dict):
                del record["segmentation"]
    with judged(tmp_path, truth_of(records), detector=found) as project:
        told = project.get(predictions="detector", task="segm")
        expected = coco_numbers(tmp_path, "segm")
    assert list(told["coco"].values()) == pytest.approx(expected, abs=1e-9)
    assert 0.1 < expected[0] < 0.95


def test_predictions_keep_what_is_good_and_the_import_tells_what_is_not(tmp_path):
    records = [{"bbox": BOX, "segmentation": [SQUARE]} for _ in FAULTY_SEGMENTATIONS + FAULTY_BOXES]
    found = found_of(len(records))
    for record, segmentation in zip(found, FAULTY_SEGMENTATIONS, strict=False):
        record["segmentation"] = segmentation
    with judged(tmp_path, truth_of(records), detector=found) as project:
        told = project.get(predictions="detector")
        assert list(told["coco"].values()) == pytest.approx(coco_numbers(tmp_path, "bbox"), abs=1e-9)
        assert project.get(predictions="detector", task="segm")["tp"] > 0
        for record, box in zip(found, FAULTY_BOXES, strict=False):
            record |= {"bbox": box, "segmentation": [SQUARE]}
        (tmp_path / "other.json").write_text(json.dumps(found))
        body = {"path": str(tmp_path / "other.json"), "name": "other"}
        done = project.finish(f"{ROUTE}/predictions/import", body)
        assert (done["predictions"], done["skipped"]) == (len(records), {})
        assert done["faults"]["faulty_bbox"]["count"] == len(FAULTY_BOXES) - 2
        assert "expected bbox as 4 numbers" in done["faults"]["faulty_bbox"]["examples"][0]
        assert project.get(predictions="other")["tp"] > 0


def test_objects_without_a_mask_are_left_out_and_named(tmp_path):
    truth = truth_of([{"bbox": BOX, "segmentation": [SQUARE]}] * 3)
    truth["images"][0] |= {"width": None, "height": None}
    points = {"keypoints": [5, 5, 2, 9, 9, 2], "num_keypoints": 2}
    truth["annotations"].append({"id": 9, "image_id": 2, "category_id": 1, "area": 16, "iscrowd": 0, **points})
    with judged(tmp_path, truth, detector=found_of(3, segmentation=[SQUARE])) as project:
        told = project.get(predictions="detector", task="segm")
    assert (told["tp"], told["fp"], told["fn"]) == (2, 0, 0)
    why = "and are left out: the image's size is unknown or beyond 2^32 pixels, or there are only keypoints."
    assert told["warnings"] == [f"2 annotations can have no mask {why}", f"1 predictions can have no mask {why}"]


def test_masks_of_an_image_of_more_than_32_bits_of_pixels_are_compared_where_they_are(tmp_path):
    truth = truth_of([{"bbox": BOX, "segmentation": [SQUARE]}] * 2)
    truth["images"][0] |= {"width": 100_000, "height": 100_000}
    with judged(tmp_path, truth, detector=found_of(2, 0.0, segmentation=[SQUARE])) as project:
        told = project.get(predictions="detector", task="segm")
    assert (told["tp"], told["fp"], told["mAP"], told["warnings"]) == (2, 0, pytest.approx(1), [])


def test_faulty_records_are_themselves_again_in_a_refresh(tmp_path):
    records = [{"bbox": BOX, "segmentation": each} for each in FAULTY_SEGMENTATIONS]
    truth = truth_of(records)
    with judged(tmp_path, truth) as project:
        (tmp_path / "truth.json").write_text(json.dumps(truth, indent=1))
        same = project.finish(f"{ROUTE}/refresh", {})["annotations"]
        assert same == {"new": 0, "changed": 0, "removed": 0}
        truth["annotations"][2]["segmentation"] = [SQUARE]
        (tmp_path / "truth.json").write_text(json.dumps(truth))
        mended = project.finish(f"{ROUTE}/refresh", {})["annotations"]
        assert mended == {"new": 0, "changed": 1, "removed": 0}
        shown = project.client.get(f"{ROUTE}/images/1").status_code
        assert shown in (200, 404)
