"""A set's operating point: found, shown, set, kept, and what every face counts from where nothing else is asked."""

from __future__ import annotations

import contextlib
import io
import json
from pathlib import Path

import numpy as np
import pytest
from pycocotools.coco import COCO
from pycocotools.cocoeval import COCOeval
from tests.unit.evaluator.projects import ROUTE, dataset, judged
from tests.unit.evaluator.test_evaluation import DATA

from assay.project.operating_points import forget_computed_points

HERE = [10, 10, 30, 30]


def found(image, score, box=HERE, category=1):
    return {"image_id": image, "category_id": category, "bbox": box, "score": score}


def best_of_all_scores(truth: Path, results: Path) -> float:
    """The operating point by pycocotools' matching and plain counting."""
    with contextlib.redirect_stdout(io.StringIO()):
        annotations = COCO(str(truth))
        evaluation = COCOeval(annotations, annotations.loadRes(str(results)), "bbox")
        evaluation.params.iouThrs = np.array([0.5])
        evaluation.params.areaRng, evaluation.params.areaRngLbl = [[0, 1e10]], ["all"]
        evaluation.evaluate()
    parts = [each for each in evaluation.evalImgs if each is not None]
    counts = ~np.concatenate([each["dtIgnore"][0] for each in parts]).astype(bool)
    score = np.concatenate([each["dtScores"] for each in parts])[counts]
    right = (np.concatenate([each["dtMatches"][0] for each in parts]) > 0)[counts]
    positives = sum(int((np.array(each["gtIgnore"]) == 0).sum()) for each in parts)
    edges = np.unique(score)
    kept = np.array([[(right & (score >= edge)).sum(), (score >= edge).sum()] for edge in edges])
    f1 = 2 * kept[:, 0] / (kept[:, 1] + positives)
    return float(edges[np.argmax(f1)]) if f1.any() else 0.0


@pytest.fixture(scope="module")
def project(tmp_path_factory):
    """Four images with a cat each. Both sets find all four, `sharp` from .8 on, `dull` from .2 on, among errors."""
    truth = dataset(
        4, [{"image_id": i, "category_id": 1, "bbox": HERE} for i in range(1, 5)], [{"id": 1, "name": "cat"}]
    )
    away = [60, 60, 20, 20]
    sharp = [found(i, 0.75 + i / 20) for i in range(1, 5)] + [found(i, 0.5, away) for i in range(1, 5)]
    dull = [found(i, 0.15 + i / 20) for i in range(1, 5)] + [found(i, 0.1, away) for i in range(1, 5)]
    with judged(tmp_path_factory.mktemp("points"), truth, sharp=sharp, dull=dull) as made:
        yield made


def point_of(project, name):
    answer = project.client.get(f"{ROUTE}/predictions/set", params={"name": name})
    return answer.json()["operating_points"]["bbox"]


def choose(project, name, confidence, **more):
    body = {"name": name, "confidence": confidence, **more}
    return project.client.post(f"{ROUTE}/predictions/operating-point", json=body)


def test_it_is_found_at_import_and_what_nothing_else_is_asked_of_counts_from(project):
    listed = project.client.get(f"{ROUTE}/predictions").json()
    assert {each["name"]: each["operating_points"] for each in listed} == {
        "sharp": {"bbox": {"confidence": 0.8, "by_hand": False}},
        "dull": {"bbox": {"confidence": 0.2, "by_hand": False}},
    }
    told = project.get(predictions="sharp")
    assert (told["confidence"], told["tp"], told["fp"]) == (0.8, 4, 0)
    assert told["operating_point"] == {"confidence": 0.8, "by_hand": False}
    assert project.get(predictions="sharp", confidence=0)["fp"] == 4
    assert project.count("outcome:fp", "prediction", predictions="sharp") == 0
    assert project.count("outcome:fp", "prediction", predictions="sharp", confidence=0) == 4
    edges = project.get("/performance", predictions="sharp", metric="confidence", bins=1)["bins"][0]
    assert (edges["low"], edges["predictions"], edges["precision"]) == (0.8, 4, 1)


def test_no_filter_and_no_iou_moves_it_and_it_moves_no_average_precision(project):
    narrow = project.get(predictions="dull", iou=0.9, query="class:cat")
    assert (narrow["confidence"], narrow["best_confidence"]) == (0.2, 0.2)
    all_of_it = project.get(predictions="dull", confidence=0)
    assert (all_of_it["mAP"], all_of_it["mAR"], all_of_it["coco"]) == (narrow["mAP"], narrow["mAR"], narrow["coco"])


def test_two_sets_are_compared_each_at_its_own(project):
    told = project.get("/compare", predictions="sharp", other="dull")
    assert told["confidences"] == [0.8, 0.2]
    assert [told["numbers"]["fp"][side] for side in ("first", "second")] == [0, 0]
    assert told["changed"]["right"]["count"] == 4
    beside = {"predictions": "sharp", "other": "dull"}
    assert project.count("compared:right", "image", **beside) == 4
    both = project.get("/compare", predictions="sharp", other="dull", confidence=0.7)
    assert (both["confidences"], both["changed"]["broken"]["count"]) == ([0.7, 0.7], 4)
    assert project.count("compared:broken", "image", **beside, confidence=0.7) == 4


def test_the_compared_set_has_a_confidence_of_its_own(project):
    beside = {"predictions": "sharp", "other": "dull"}
    for asked, confidences in (
        ({"compared_confidence": 0.7}, [0.8, 0.7]),
        ({"confidence": 0.7, "compared_confidence": 0.2}, [0.7, 0.2]),
        ({"confidence": 0.7, "compared_confidence": 0}, [0.7, 0]),
    ):
        told = project.get("/compare", **beside, **asked)
        assert told["confidences"] == confidences
        for side, name in enumerate(("sharp", "dull")):
            alone = project.get(predictions=name, confidence=confidences[side])
            counted = [told["numbers"][key]["first" if side == 0 else "second"] for key in ("tp", "fp", "fn", "f1")]
            assert counted == [alone[key] for key in ("tp", "fp", "fn", "f1")]
            found = told["found_by"]["fp"][side]
            assert [found["confidence"], found["compared_confidence"]] == confidences[:: 1 - 2 * side]
            query = {key: found[key] for key in ("predictions", "other", "confidence", "compared_confidence")}
            assert project.count(found["query"], found["scope"], **query) == alone["fp"]
        for each in told["changed"].values():
            assert project.count(each["query"], "image", **beside, **asked) == each["count"]
    # of dull nothing counts from .7 on: all that sharp finds is broken, and it is so whichever way one asks
    assert project.count("compared:broken", "image", **beside, compared_confidence=0.7) == 4
    swapped = {"predictions": "dull", "other": "sharp", "confidence": 0.7, "compared_confidence": 0.8}
    assert project.count("compared:fixed", "image", **swapped) == 4


def test_a_confidence_of_a_compared_set_needs_that_set(project):
    body = {"query": "", "scope": "image", "limit": 0, "compared_confidence": 0.5}
    for more in ({}, {"predictions": "sharp"}):
        answer = project.client.post(f"{ROUTE}/query", json=body | more)
        assert (answer.status_code, answer.json()["item"]) == (422, "compared_confidence")
    for wrong in (-0.1, 1.1, "nan"):
        assert project.refuse("/compare", predictions="sharp", other="dull", compared_confidence=wrong)["status"] == 422


def test_one_set_by_hand_is_kept_until_the_best_is_asked_for(project):
    assert choose(project, "dull", 0.25).json()["operating_points"] == {"bbox": {"confidence": 0.25, "by_hand": True}}
    told = project.get(predictions="dull")
    assert (told["confidence"], told["tp"], told["operating_point"]["by_hand"]) == (0.25, 3, True)
    assert point_of(project, "sharp") == {"confidence": 0.8, "by_hand": False}
    with project.store.write() as cursor:
        forget_computed_points(cursor)  # what a refresh does
    assert point_of(project, "dull") == {"confidence": 0.25, "by_hand": True}
    assert point_of(project, "sharp") == {"confidence": 0.8, "by_hand": False}  # found when it is asked for
    assert choose(project, "dull", "best", task="bbox").json()["operating_points"]["bbox"] == {
        "confidence": 0.2,
        "by_hand": False,
    }


def test_what_is_no_confidence_or_no_task_of_the_set_is_refused(project):
    for confidence, more in ((1.5, {}), (-0.1, {}), ("worst", {}), (0.5, {"task": "segm"})):
        assert choose(project, "dull", confidence, **more).status_code == 422, (confidence, more)
    assert choose(project, "none", 0.5).status_code == 404
    assert point_of(project, "dull") == {"confidence": 0.2, "by_hand": False}


def test_annotations_that_change_move_it_but_not_one_set_by_hand(tmp_path):
    categories = [{"id": 1, "name": "cat"}]
    truth = dataset(2, [{"image_id": i, "category_id": 1, "bbox": HERE} for i in (1, 2)], categories)
    records = [found(1, 0.9), found(2, 0.4)]
    with judged(tmp_path, truth, model=records, fixed=records) as project:
        choose(project, "fixed", 0)
        assert point_of(project, "model")["confidence"] == 0.4
        (tmp_path / "truth.json").write_text(json.dumps(truth | {"annotations": truth["annotations"][:1]}))
        project.finish(f"{ROUTE}/refresh", {})
        with project.store.read() as cursor:
            kept = cursor.execute('SELECT "set", task, confidence, by_hand FROM operating_point ORDER BY 1').fetchall()
        assert kept == [(1, "bbox", 0.9, False), (2, "bbox", 0.0, True)]
        assert project.get(predictions="model")["confidence"] == 0.9
        project.client.post(f"{ROUTE}/predictions/remove", json={"name": "fixed"})
        with project.store.read() as cursor:
            assert cursor.execute('SELECT count(*) FROM operating_point WHERE "set" = 2').fetchall() == [(0,)]


@pytest.mark.real_data
@pytest.mark.skipif(not DATA.is_dir(), reason=f"the shared photographs are not at {DATA}")
def test_those_of_real_detectors_are_the_best_of_all_scores(tmp_path):
    truth = json.loads((DATA / "instances_train2017.json").read_text())
    results = sorted(DATA.glob("predictions_*.json"))
    assert len(results) == 3
    with judged(tmp_path, truth) as project:
        for file in results:
            project.take_in(file.stem, json.loads(file.read_text()), coverage="all")
            assert point_of(project, file.stem)["confidence"] == best_of_all_scores(tmp_path / "truth.json", file)
