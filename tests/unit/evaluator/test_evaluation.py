"""Evaluation through the API equals pycocotools on the same files, under filters, and answers hand-worked cases."""

from __future__ import annotations

import contextlib
import io
import json
import os
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from pycocotools.coco import COCO
from pycocotools.cocoeval import COCOeval
from starlette.testclient import TestClient
from tests.conftest import holder
from tests.unit.evaluator.asking import ROUTE, count, evaluate, finish

from assay.api.app import App
from assay.api.asgi import create_api

DATA = Path(os.environ.get("ASSAY_TEST_DATA", Path(__file__).parents[4] / "shared" / "data")) / "coco-train-343"


def coco_numbers(truth: Path, results: Path, **params: Any) -> np.ndarray:
    with contextlib.redirect_stdout(io.StringIO()):
        annotations = COCO(str(truth))
        evaluation = COCOeval(annotations, annotations.loadRes(str(results)), "bbox")
        for name, value in params.items():
            setattr(evaluation.params, name, value)
        evaluation.evaluate()
        evaluation.accumulate()
        evaluation.summarize()
    return evaluation.stats


def test_the_twelve_numbers_are_those_of_pycocotools(client, made):
    expected = coco_numbers(made / "truth.json", made / "results.json")
    assert list(evaluate(client)["coco"].values()) == pytest.approx(expected.tolist(), abs=1e-9)


def test_filters_of_images_and_classes_are_those_of_pycocotools(client, made):
    truth, results = made / "truth.json", made / "results.json"
    found = evaluate(client, query="class:dog")
    assert list(found["coco"].values()) == pytest.approx(coco_numbers(truth, results, catIds=[7]).tolist(), abs=1e-9)
    assert [each["class"] for each in found["per_class"]] == ["dog"]
    query = "object_count>2 not file:1*"
    items = client.post(f"{ROUTE}/query", json={"query": query}).json()["items"]
    ids = sorted(item["id"] for item in items)
    assert 3 < len(ids) < 24
    found = evaluate(client, query=query)
    assert found["images"] == len(ids)
    assert list(found["coco"].values()) == pytest.approx(coco_numbers(truth, results, imgIds=ids).tolist(), abs=1e-9)


def test_annotations_that_fail_a_condition_are_ignored(client, made):
    content = json.loads((made / "truth.json").read_text())
    sizes = {a["id"]: a["bbox"][2] for a in content["annotations"] if not a["iscrowd"]}
    found = evaluate(client, query="object_width>=30")
    assert found["annotations"] == sum(width >= 30 for width in sizes.values())
    assert found["ignored"] == sum(width < 30 for width in sizes.values()) + 3


def test_the_numbers_at_a_threshold_agree_with_each_other(client):
    whole = evaluate(client, iou=0.5)
    assert whole["mAP"] == pytest.approx(whole["coco"]["AP50"], abs=1e-12)
    assert whole["tp"] + whole["fn"] == whole["annotations"]
    assert sum(each["tp"] for each in whole["per_class"]) == whole["tp"]
    errors = whole["errors"]
    assert sum(each["count"] for reason, each in errors.items() if reason != "missed") == whole["fp"]
    assert sum(map(sum, whole["confusion"]["matrix"])) >= whole["annotations"]
    cut = evaluate(client, iou=0.5, confidence=0.6)
    assert cut["tp"] < whole["tp"]
    assert (cut["mAP"], cut["coco"]) == (whole["mAP"], whole["coco"])  # the confidence does not touch them
    assert evaluate(client, iou=0.9)["mAP"] < whole["mAP"]


def test_intervals_costs_and_importance_come_with_the_slow_numbers(client):
    params = {"predictions": "jittered", "iou": 0.6}
    slow = client.get(f"{ROUTE}/evaluation/slow", params=params).json()
    fast = evaluate(client, iou=0.6)
    low, high = slow["intervals"]["mAP"]
    assert low < fast["mAP"] < high
    assert set(slow["costs"]) == set(fast["errors"])
    assert slow["costs"]["localisation"] > 0
    told = {(each["metric"], each["side"]): each for each in slow["importance"]}
    assert told["object_area", "prediction"]["scope"] == "prediction"
    assert told["object_count", "annotation"]["scope"] == "image"
    assert not {"iou", "blur"} & {each["metric"] for each in slow["importance"]}


@pytest.mark.parametrize("metric", ["confidence", "object_area", "object_count", "random"])
def test_bins_of_a_metric_hold_every_judged_object_once(client, metric):
    params = {"predictions": "jittered", "metric": metric, "bins": 10}
    found = client.get(f"{ROUTE}/evaluation/performance", params=params).json()
    whole = evaluate(client)
    assert sum(each["predictions"] for each in found["bins"]) == whole["tp"] + whole["fp"]
    assert found["precision"] == pytest.approx(whole["precision"])
    right = sum(each["predictions"] * (each["precision"] or 0) for each in found["bins"])
    assert right == pytest.approx(whole["tp"])
    if metric == "confidence":
        assert found["bins"][0]["annotations"] == whole["annotations"]
    else:
        lost = sum(each["annotations"] * (each["fnr"] or 0) for each in found["bins"])
        assert lost == pytest.approx(whole["fn"])


def test_operating_points_are_counts_at_every_score(client):
    points = client.get(f"{ROUTE}/evaluation/operating-points", params={"predictions": "jittered"}).json()
    for name in ("cat", "dog"):
        of_class = [point for point in points if point["class"] == name]
        scores = [point["confidence"] for point in of_class]
        assert scores == sorted(set(scores), reverse=True)
        middle = of_class[len(of_class) // 2]
        at = evaluate(client, query=f"class:{name}", confidence=middle["confidence"])
        assert (middle["tp"], middle["fp"], middle["fn"]) == (at["tp"], at["fp"], at["fn"])


def test_what_an_evaluation_cannot_be_filtered_by_is_refused(client):
    for query, word in (
        ("outcome:fp", "outcome"),
        ("class:dog or object_count>3", "joined"),
        ("object_area>3 or brightness<0.2", "joined"),
        ("clas:dog", "no such key"),
    ):
        answer = client.get(f"{ROUTE}/evaluation", params={"predictions": "jittered", "query": query})
        assert (answer.status_code, answer.json()["code"]) == (422, "query"), query
        assert word in answer.json()["title"]


def test_thresholds_and_tasks_out_of_range_are_refused(client):
    for params in ({"iou": 0}, {"iou": 1.2}, {"confidence": -1}, {"task": "masks"}, {"task": "keypoints"}):
        answer = client.get(f"{ROUTE}/evaluation", params={"predictions": "jittered", **params})
        assert answer.status_code == 422, params
    assert client.get(f"{ROUTE}/evaluation", params={"predictions": "none"}).status_code == 404


@pytest.mark.real_data
@pytest.mark.skipif(not DATA.is_dir(), reason=f"the shared photographs are not at {DATA}")
@pytest.mark.parametrize("detector", ["yolox_nano", "fastestdet"])
def test_real_detectors_evaluated_through_a_project_give_pycocotools_numbers(tmp_path, detector):
    app = App(tmp_path, holder())
    try:
        client = TestClient(create_api(app), base_url="http://localhost")
        truth, results = DATA / "instances_train2017.json", DATA / f"predictions_{detector}_train2017.json"
        (tmp_path / "nowhere").mkdir()  # the pictures are not needed
        body = {"annotations": str(truth), "images": str(tmp_path / "nowhere"), "name": "known"}
        finish(client, client.post("/api/projects/import/coco", json=body))
        finish(client, client.post(f"{ROUTE}/predictions/import", json={"path": str(results), "name": "jittered"}))
        found = evaluate(client)["coco"]
        assert list(found.values()) == pytest.approx(coco_numbers(truth, results).tolist(), abs=1e-9)
    finally:
        app.close()


@pytest.mark.parametrize("confidence", [0.0, 0.5])
def test_queries_find_the_items_behind_the_numbers(client, confidence):
    at = {"iou": 0.6, "confidence": confidence}
    found = evaluate(client, **at)
    assert count(client, "outcome:tp", **at) == found["tp"]
    assert count(client, "outcome:fp", **at) == found["fp"]
    assert count(client, "outcome:matched", "annotation", **at) == found["tp"]
    assert count(client, "outcome:fn", "annotation", **at) == found["fn"]
    assert count(client, "outcome:ignored", "annotation", **at) == found["ignored"]
    for reason, each in found["errors"].items():
        scope = "annotation" if reason == "missed" else "prediction"
        assert count(client, f"reason:{reason}", scope, **at) == each["count"], reason
    assert count(client, "outcome:tp iou<0.6", **at) == 0
    assert (
        count(client, "outcome:tp object_area>500", **at) + count(client, "outcome:tp not object_area>500", **at)
        == (found["tp"])
    )


def test_predictions_are_listed_with_their_outcome_by_iou(client):
    body = {
        "query": "class:cat", "scope": "prediction", "predictions": "jittered", "sort": "-iou",
        "fields": ["iou", "outcome", "reason", "object_width"],
    }  # fmt: skip
    items = client.post(f"{ROUTE}/query", json=body).json()["items"]
    overlaps = [item["iou"] for item in items]
    assert overlaps == sorted(overlaps, reverse=True)
    assert {item["class"] for item in items} == {"cat"}
    assert all((item["outcome"] == "fp") == (item["reason"] is not None) for item in items)
    assert all(0 <= item["confidence"] <= 1 for item in items)


def test_outcomes_without_a_set_are_refused(client):
    for body in ({"scope": "prediction"}, {"scope": "annotation", "query": "outcome:fn"}, {"query": "outcome:fn"}):
        assert client.post(f"{ROUTE}/query", json=body).status_code == 422, body
