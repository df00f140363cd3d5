import json
import os
from pathlib import Path

import numpy as np
import pytest
from tests.unit.metrics.coco_objects import read_coco

from assay.metrics.compute import measure_batch, measure_classes
from assay.metrics.outliers import summarise
from assay.metrics.registry import get_metric

ROOT = Path(__file__).resolve().parents[3]
DATA = Path(os.environ.get("ASSAY_TEST_DATA", ROOT.parent / "shared" / "data"))
INSTANCES = DATA / "coco-train-343" / "instances_train2017.json"

pytestmark = [
    pytest.mark.real_data,
    pytest.mark.skipif(not INSTANCES.exists(), reason=f"the shared real data is absent: {INSTANCES}"),
]


@pytest.fixture(scope="module")
def values():
    images, objects = read_coco(INSTANCES)
    measured = measure_batch(images, objects)
    classes = measure_classes(objects.class_, objects.shape, measured.objects.features)
    return {**measured.images, **measured.objects.values, **classes}


def test_no_metric_calls_more_than_a_tenth_of_coco_severe(values):
    for key, column in values.items():
        statistics = summarise(get_metric(key), column)
        assert statistics.severe <= 0.1 * statistics.count, key


def test_coco_has_no_severe_duplicates_by_polygon_overlap(values):
    assert summarise(get_metric("annotation_duplicates"), values["annotation_duplicates"]).severe == 0


def test_areas_and_boxes_agree_with_what_coco_states(values):
    # COCO's area sums the rings' areas: only sound annotations of one ring must agree.
    coco = json.loads(INSTANCES.read_text(encoding="utf-8"))
    records = sorted(coco["annotations"], key=lambda record: (record["image_id"], record["id"]))
    single = np.array([len(r["segmentation"]) == 1 for r in records]) & (values["validity"] == 0)
    area = np.array([record["area"] for record in records])
    assert single.sum() > 2600
    assert values["object_area"][single] == pytest.approx(area[single], rel=1e-6)
    assert np.nanmax(values["box_fit"]) < 0.1
