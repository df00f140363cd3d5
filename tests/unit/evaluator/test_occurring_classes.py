"""Classes that nothing is of take no part in an evaluation, and two sets are compared over one list of classes."""

from __future__ import annotations

import pytest
from tests.unit.evaluator.projects import dataset, judged

BOX = [10, 10, 30, 30]
CATEGORIES = [{"id": number, "name": name} for number, name in enumerate(("ant", "bee", "cat", "dog"), 1)]


def found(category, image=1, score=0.9):
    return {"image_id": image, "category_id": category, "bbox": BOX, "score": score}


def test_nothing_is_annotated_and_nothing_predicted(tmp_path):
    with judged(tmp_path, dataset(2, [], CATEGORIES), none=[]) as project:
        for query in ("", "class:bee", "not class:bee"):
            told = project.get(predictions="none", query=query)
            assert (told["tp"], told["fp"], told["fn"], told["mAP"], told["per_class"]) == (0, 0, 0, None, [])
            assert told["confusion"]["matrix"] == [[0]]
            assert set(told["coco"].values()) == {-1}
            project.get("/slow", predictions="none", query=query)


def test_a_class_that_nothing_is_of_may_be_asked_for(tmp_path):
    truth = dataset(2, [{"image_id": 1, "category_id": 3, "bbox": BOX}], CATEGORIES)
    with judged(tmp_path, truth, model=[found(3)]) as project:
        assert project.get(predictions="model")["mAP"] == pytest.approx(1)
        told = project.get(predictions="model", query="class:dog")
        assert (told["tp"], told["mAP"], told["per_class"]) == (0, None, [])


def test_sets_of_different_classes_are_compared(tmp_path):
    truth = dataset(2, [{"image_id": i, "category_id": 3, "bbox": BOX} for i in (1, 2)], CATEGORIES)
    with judged(tmp_path, truth, first=[found(3), found(1, image=2)]) as project:
        assert project.get(predictions="first")["fp"] == 1
        project.take_in("second", [found(3), found(3, image=2), found(4, score=0.1)], coverage="all")
        told = project.get("/compare", predictions="first", other="second", confidence=0)
        per_class = {each["class"]: (each["ap"]["first"], each["ap"]["second"]) for each in told["per_class"]}
        assert per_class["cat"] == (pytest.approx(51 / 101), pytest.approx(1))
        assert set(per_class) == {"cat", "ant", "dog"}
        matrix = project.get(predictions="first")["confusion"]
        assert matrix["classes"] == ["ant", "cat"]
        assert matrix["matrix"] == [[0, 0, 0], [1, 1, 0], [0, 0, 0]]
