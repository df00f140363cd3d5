"""An evaluation after the annotation file has lost a class."""

from __future__ import annotations

import json

import pytest
from tests.unit.evaluator.projects import ROUTE, dataset, judged

BOX = [10, 10, 30, 30]


def test_predictions_of_a_class_that_is_gone_are_left_out(tmp_path):
    categories = [{"id": 1, "name": "cat"}, {"id": 2, "name": "dog"}]
    truth = dataset(2, [{"image_id": i, "category_id": i, "bbox": BOX} for i in (1, 2)], categories)
    found = [{"image_id": i, "category_id": i, "bbox": BOX, "score": 0.9} for i in (1, 2)]
    with judged(tmp_path, truth, model=found) as project:
        assert project.get(predictions="model")["tp"] == 2
        fewer = truth | {"annotations": truth["annotations"][:1], "categories": categories[:1]}
        (tmp_path / "truth.json").write_text(json.dumps(fewer))
        project.finish(f"{ROUTE}/refresh", {})
        told = project.get(predictions="model")
        assert (told["tp"], told["fp"], told["fn"]) == (1, 0, 0)
        assert told["mAP"] == pytest.approx(1)
        assert [each["class"] for each in told["per_class"]] == ["cat"]
        assert project.count("", "prediction", predictions="model") == 1
