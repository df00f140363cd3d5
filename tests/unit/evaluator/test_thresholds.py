"""A confidence for each class by F1, precision or recall, worked out by hand and by plain counting."""

from __future__ import annotations

import csv
import io

import numpy as np
import pytest
from tests.unit.evaluation.scenes import make_annotations, make_predictions, random_scene
from tests.unit.evaluator.projects import ROUTE, dataset, judged

from assay.evaluation.detection.matching import match
from assay.evaluation.detection.pairs import find_pairs
from assay.evaluation.detection.thresholds import choose_thresholds
from assay.evaluation.types import Outcome

HERE, AWAY = [10, 10, 30, 30], [60, 60, 20, 20]


@pytest.fixture(scope="module")
def project(tmp_path_factory):
    """Cats in four images: .9 TP, .8 FP, .7 TP, .6 TP and FP; a dog that is missed; no bird, yet one is predicted."""
    categories = [{"id": 1, "name": "cat"}, {"id": 2, "name": "dog"}, {"id": 3, "name": "bird"}]
    cats = [{"image_id": i, "category_id": 1, "bbox": HERE} for i in range(1, 5)]
    truth = dataset(4, [*cats, {"image_id": 1, "category_id": 2, "bbox": AWAY}], categories)
    found = [(1, 0.9, HERE), (1, 0.8, AWAY), (2, 0.7, HERE), (3, 0.6, HERE), (3, 0.6, AWAY)]
    records = [{"image_id": i, "category_id": 1, "bbox": box, "score": score} for i, score, box in found]
    records.append({"image_id": 4, "category_id": 3, "bbox": HERE, "score": 0.5})
    with judged(tmp_path_factory.mktemp("thresholds"), truth, model=records) as made:
        yield made


def chosen(project, **asked):
    told = project.get("/thresholds", predictions="model", **asked)
    return {each["class"]: (each["confidence"], each["tp"], each["fp"], each["fn"]) for each in told["per_class"]}


def test_a_rule_chooses_a_confidence_for_each_class(project):
    # F1 of cats: .9 → 2/5, .8 → 2/6, .7 → 4/7, .6 → 6/9
    assert chosen(project) == {"cat": (0.6, 3, 2, 1), "dog": (None, 0, 0, 1), "bird": (None, 0, 0, 0)}
    assert chosen(project, precision=0.6)["cat"] == (0.6, 3, 2, 1)  # 3/5 again, though 1/2 at .8
    assert chosen(project, precision=0.65)["cat"] == (0.7, 2, 1, 2)
    assert chosen(project, precision=1)["cat"] == (0.9, 1, 0, 3)
    assert chosen(project, recall=0.5)["cat"] == (0.7, 2, 1, 2)
    assert chosen(project, recall=0.76)["cat"] == (None, 0, 0, 4)
    assert chosen(project, query="class:cat") == {"cat": (0.6, 3, 2, 1)}
    together = project.get("/thresholds", predictions="model")["together"]
    assert (together["tp"], together["fp"], together["fn"]) == (3, 2, 2)
    assert together["f1"] == pytest.approx(6 / 10)


def test_they_come_as_csv_too_and_not_by_two_rules(project):
    for table, header in (("thresholds", "confidence"), ("operating-points", "class")):
        asked = {"predictions": "model", "format": "csv"}
        answer = project.client.get(f"{ROUTE}/evaluation/{table}", params=asked)
        assert answer.headers["content-type"].startswith("text/csv")
        assert f'filename="{table}.csv"' in answer.headers["content-disposition"]
        rows = list(csv.DictReader(io.StringIO(answer.text)))
        assert {"class", "tp", "precision", header} <= set(rows[0])
        json_rows = project.get(f"/{table}", predictions="model")
        json_rows = json_rows["per_class"] if table == "thresholds" else json_rows
        assert [row["class"] for row in rows] == [row["class"] for row in json_rows]
        assert [float(row["confidence"] or "nan") for row in rows] == pytest.approx(
            [row["confidence"] if row["confidence"] is not None else np.nan for row in json_rows], nan_ok=True
        )
    assert project.refuse("/thresholds", predictions="model", precision=0.5, recall=0.5)["status"] == 422


@pytest.mark.parametrize("rule", [{}, {"precision": 0.7}, {"recall": 0.6}])
def test_no_other_score_of_a_class_does_better(rule):
    truth, guesses = random_scene(3)
    guesses = [(*guess[:-1], round(guess[-1], 1)) for guess in guesses]
    pairing = find_pairs(make_annotations(*truth), make_predictions(*guesses), images=12, classes=3)
    matches = match(pairing, 0.5)
    found = choose_thresholds(pairing, matches, **rule)
    class_, score = np.array([guess[1] for guess in guesses]), np.array([guess[-1] for guess in guesses])
    for k in range(3):
        right = (matches.prediction_outcome == Outcome.TP) & (class_ == k)
        counts = right | ((matches.prediction_outcome == Outcome.FP) & (class_ == k))
        positives = sum(row[1] == k and not row[4] for row in truth)
        best = None
        for edge in sorted(set(score[counts].tolist())):
            tp, kept = int((right & (score >= edge)).sum()), int((counts & (score >= edge)).sum())
            f1, precision, recall = 2 * tp / (kept + positives), tp / kept, tp / positives
            if not rule and (best is None or f1 > best[0]):
                best = (f1, edge)
            if ("precision" in rule and best is None and precision >= 0.7) or ("recall" in rule and recall >= 0.6):
                best = (0, edge)
        assert found.confidence[k] == pytest.approx(np.nan if best is None else best[1], nan_ok=True)
