"""Keypoint sigmas: given, stated by categories, COCO's, or assumed with a warning; all as pycocotools takes them."""

from __future__ import annotations

import contextlib
import io

import numpy as np
import pytest
from pycocotools.coco import COCO
from pycocotools.cocoeval import COCOeval
from tests.unit.evaluator.projects import dataset, judged

THREE = [0.03, 0.08, 0.2]


def records(points, categories, seed=3):
    """Objects with keypoints, and jittered detections of them."""
    draw = np.random.default_rng(seed)
    annotations, found = [], []
    for k in range(60):
        corner, size = draw.uniform(0, 50, 2), draw.uniform(12, 45, 2)
        places = corner + draw.random((points, 2)) * size
        seen = draw.integers(0, 3, points)
        seen[0] = 2 if k % 9 else 0
        keypoints = np.column_stack([np.where(seen[:, None] > 0, places, 0), seen]).ravel().round(2).tolist()
        shared = {"image_id": k % 12 + 1, "category_id": int(draw.choice(categories))}
        box = [*corner.round(2).tolist(), *size.round(2).tolist()]
        annotations.append({**shared, "bbox": box, "keypoints": keypoints, "num_keypoints": int((seen > 0).sum())})
        for _ in range(int(draw.integers(0, 4))):
            moved = np.column_stack([places + draw.normal(0, 3, (points, 2)), np.ones(points)])
            found.append({**shared, "keypoints": moved.ravel().round(2).tolist(), "score": round(draw.random(), 2)})
    return annotations, found


def coco_numbers(folder, sigmas=None):
    with contextlib.redirect_stdout(io.StringIO()):
        truth = COCO(str(folder / "truth.json"))
        evaluation = COCOeval(truth, truth.loadRes(str(folder / "detector.json")), "keypoints")
        if sigmas is not None:
            evaluation.params.kpt_oks_sigmas = np.array(sigmas)
        evaluation.evaluate()
        evaluation.accumulate()
        evaluation.summarize()
    return evaluation.stats.tolist()


def category(points, number=1, **more):
    return {
        "id": number,
        "name": f"kind {number}",
        "keypoints": [f"p{i}" for i in range(points)],
        "skeleton": [],
        **more,
    }


@pytest.fixture
def project(tmp_path, request):
    points, categories = request.param
    annotations, found = records(points, [each["id"] for each in categories])
    with judged(tmp_path, dataset(12, annotations, categories), detector=found) as made:
        yield made


def evaluate(project, **more):
    return project.get(predictions="detector", task="keypoints", **more)


@pytest.mark.parametrize("project", [(17, [category(17)])], indirect=True)
def test_seventeen_keypoints_have_cocos_sigmas(project):
    found = evaluate(project)
    assert list(found["coco"].values()) == pytest.approx(coco_numbers(project.folder), abs=1e-9)
    assert found["coco"]["AP"] > 0.05
    assert found["warnings"] == []


@pytest.mark.parametrize("project", [(3, [category(3, sigmas=THREE)])], indirect=True)
def test_a_categorys_own_sigmas_are_taken_unless_others_are_given(project):
    found = evaluate(project)
    assert list(found["coco"].values()) == pytest.approx(coco_numbers(project.folder, THREE), abs=1e-9)
    assert found["warnings"] == []
    given = [0.1, 0.05, 0.025]
    found = evaluate(project, sigmas=given)
    assert list(found["coco"].values()) == pytest.approx(coco_numbers(project.folder, given), abs=1e-9)


@pytest.mark.parametrize("project", [(3, [category(3), category(3, 2)])], indirect=True)
def test_without_any_they_are_assumed_with_a_warning(project):
    found = evaluate(project)
    assert list(found["coco"].values()) == pytest.approx(coco_numbers(project.folder, [0.05] * 3), abs=1e-9)
    [warning] = found["warnings"]
    assert warning == "No keypoint sigmas are known of kind 1, kind 2: 0.05 is taken for each keypoint."
    assert evaluate(project, sigmas=THREE)["warnings"] == []


@pytest.mark.parametrize("project", [(3, [category(3, sigmas=[0.1, 0.2])])], indirect=True)
def test_sigmas_that_do_not_fit_are_refused(project):
    asked = {"predictions": "detector", "task": "keypoints"}
    error = project.refuse(**asked)
    assert (error["status"], error["expected"], error["actual"]) == (422, "3 sigmas", "2")
    assert project.refuse(**asked, sigmas=[0.1])["actual"] == "1"
    assert project.refuse(**asked, sigmas=[0.1, -1, 0.1])["title"] == "Keypoint sigmas are positive numbers."
    assert evaluate(project, sigmas=THREE)["warnings"] == []


@pytest.mark.parametrize("project", [(3, [category(3, sigmas="wide")])], indirect=True)
def test_sigmas_that_are_no_numbers_are_named(project):
    error = project.refuse(predictions="detector", task="keypoints")
    assert (error["item"], error["actual"]) == ("class kind 1", "wide")


@pytest.mark.parametrize("project", [(3, [category(3, sigmas=THREE)])], indirect=True)
def test_items_are_judged_with_the_sigmas_of_the_count_that_they_stand_behind(project):
    counts = []
    for sigmas in ([0.01] * 3, None, [0.5] * 3):
        at = {"predictions": "detector", "task": "keypoints", "confidence": 0.2}
        at |= {} if sigmas is None else {"sigmas": sigmas}
        told = project.get(**at)
        for name, found in told["found_by"].items():
            assert project.count(found["query"], found["scope"], **at) == told[name], (name, sigmas)
            params = {"scope": found["scope"], "query": found["query"], **at}
            rows = project.client.get("/api/projects/known/rows", params=params).json()
            assert rows["total"] == told[name], (name, sigmas)
        counts.append(told["tp"])
    assert counts[0] < counts[1] < counts[2]
