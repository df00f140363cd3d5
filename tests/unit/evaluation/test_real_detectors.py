"""The real detectors on COCO photographs, and masks and keypoints made of the ground truth, as pycocotools has them."""

import json
import os
from pathlib import Path

import numpy as np
import pytest
from pycocotools import mask as coco_mask
from tests.unit.evaluation.coco_reference import load, reference, to_arrays

from assay.evaluation.detection.accumulate import DETECTION, KEYPOINTS, make_coco_table
from assay.evaluation.detection.pairs import find_pairs
from assay.evaluation.types import Selection

ROOT = Path(__file__).resolve().parents[3]
DATA = Path(os.environ.get("ASSAY_TEST_DATA", ROOT.parent / "shared" / "data")) / "coco-train-343"

pytestmark = [
    pytest.mark.real_data,
    pytest.mark.skipif(not DATA.exists(), reason=f"the shared real data is absent: {DATA}"),
]


def read(name):
    return json.loads((DATA / name).read_text(encoding="utf-8"))


@pytest.fixture(scope="module")
def instances():
    return read("instances_train2017.json")


def check(case, task):
    expected = reference(*case, task)
    annotations, predictions, images, classes = to_arrays(*case, task)
    pairing = find_pairs(annotations, predictions, images=images, classes=classes, task=task)
    table = make_coco_table(pairing, protocol=KEYPOINTS if task == "keypoints" else DETECTION)
    assert table.precision == pytest.approx(expected.eval["precision"], abs=1e-9)
    assert table.recall == pytest.approx(expected.eval["recall"], abs=1e-9)
    assert list(table.numbers().values()) == pytest.approx(list(expected.stats), abs=1e-9)
    return table, pairing


@pytest.mark.parametrize(
    ("detector", "average_precision", "at_half"),
    [("ssd_mobilenet_v2", 0.276, 0.441), ("yolox_nano", 0.278, 0.437), ("fastestdet", 0.174, 0.304)],
)
def test_boxes_of_real_detectors(instances, detector, average_precision, at_half):
    case = load(instances, read(f"predictions_{detector}_train2017.json"))
    table, pairing = check(case, "bbox")
    numbers = table.numbers()
    assert (round(numbers["AP"], 3), round(numbers["AP50"], 3)) == (average_precision, at_half)

    chosen = np.arange(pairing.images) % 3 == 0
    expected = reference(*case, "bbox", imgIds=np.array(sorted(case[0].getImgIds()))[chosen].tolist())
    filtered = make_coco_table(pairing, Selection(images=chosen))
    assert list(filtered.numbers().values()) == pytest.approx(list(expected.stats), abs=1e-9)


def test_masks_of_coco_with_its_crowds(instances):
    truth, _ = load(
        instances, [{"image_id": instances["images"][0]["id"], "category_id": 1, "bbox": [0, 0, 1, 1], "score": 1}]
    )
    random = np.random.default_rng(1)
    results = []
    for record in instances["annotations"]:
        bitmap = np.roll(truth.annToMask(record), random.integers(-6, 7, 2), axis=(0, 1))
        results.append(
            {
                "image_id": record["image_id"],
                "category_id": record["category_id"] if random.random() < 0.9 else 1,
                "segmentation": coco_mask.encode(np.asfortranarray(bitmap)),
                "score": round(float(random.random()), 2),
            }
        )
    table, _ = check(load(instances, results), "segm")
    assert 0.2 < table.numbers()["AP"] < 0.9


def test_keypoints_of_coco():
    dataset = read("person_keypoints_train2017.json")
    random = np.random.default_rng(2)
    results = []
    for record in dataset["annotations"] * 2:
        keypoints = np.array(record["keypoints"], dtype=np.float64).reshape(-1, 3)
        keypoints[:, :2] += random.normal(0, 0.03 * np.sqrt(record["area"]), (17, 2)).round(1)
        results.append(
            {
                "image_id": record["image_id"],
                "category_id": record["category_id"],
                "keypoints": keypoints.ravel().tolist(),
                "score": round(float(random.random()), 2),
            }
        )
    table, _ = check(load(dataset, results), "keypoints")
    assert 0.1 < table.numbers()["AP"] < 0.95
