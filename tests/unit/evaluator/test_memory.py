"""A slider that is moved for long leaves no more than some megabytes of answers behind."""

from __future__ import annotations

import gc
import weakref

import pytest
from tests.unit.evaluator.asking import ROUTE

from assay.evaluator import detection, evaluator


@pytest.mark.parametrize(("most_bytes", "left"), [(1, 3), (10**9, 10)])
def test_answers_are_forgotten_by_their_bytes_and_freed_at_once(client, monkeypatch, most_bytes, left):
    monkeypatch.setattr(evaluator, "_ANSWER_BYTES", most_bytes)
    app = client.app.state.app
    monkeypatch.setitem(vars(app), "evaluator", evaluator.Evaluator(app.results))
    made: list[weakref.ref[detection.DetectionEvaluation]] = []
    evaluate = detection.DetectionTask.evaluate

    def watch(*arguments):
        made.append(weakref.ref(answer := evaluate(*arguments)))
        return answer

    monkeypatch.setattr(detection.DetectionTask, "evaluate", watch)
    gc.disable()
    try:
        for position in range(10):
            asked = {
                "predictions": "jittered",
                "iou": 0.5,
                "confidence": (position + (0 if most_bytes == 1 else 20)) / 100,
            }
            for route, more in (("evaluation", {}), ("cards", {"scope": "prediction", "query": "outcome:fp"})):
                answer = client.get(f"{ROUTE}/{route}", params=asked | more)
                assert answer.status_code == 200, answer.text
    finally:
        gc.enable()
    assert len(made) == 10
    assert sum(each() is not None for each in made) == left
