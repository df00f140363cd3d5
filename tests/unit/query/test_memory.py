"""What is kept to answer again has a bound in bytes."""

from __future__ import annotations

from types import SimpleNamespace

import numpy as np

from assay.query import results
from assay.query.memo import Memo
from assay.query.results import ResultSets


class Project:
    """As much of a store as caches look at."""

    def version(self, *, tags=False):
        return ("p", 1, 1 if tags else None)


def test_large_answers_push_out_the_oldest_and_small_ones_stay_together():
    memo, asked = Memo(most_bytes=50_000), []

    def ask(question, size):
        def make():
            asked.append(question)
            return "x" * size

        assert memo.get(Project(), (question,), make) == "x" * size

    for question in range(200):
        ask(question, 1)
    ask(0, 1)
    assert asked == list(range(200))  # nothing was forgotten: they are small
    ask("large", 9_000)  # times five: nearly all
    ask(199, 1)
    ask(1, 1)
    assert asked[200:] == ["large", 1]  # the oldest had to go, the last stayed
    ask("too large", 90_000)
    ask("too large", 90_000)
    assert asked[202:] == ["too large"]  # whatever it takes, the last is kept


def test_positions_of_a_slider_push_out_one_another_and_nothing_else(monkeypatch):
    monkeypatch.setattr(results, "_CACHED_EVALUATED_BYTES", 20_000)
    kept, made = ResultSets(), []

    def make(_store, _scope, text, _sort, judged):
        made.append((text, None if judged is None else judged.key))
        return np.arange(1_000, dtype=np.int32)

    monkeypatch.setattr(kept, "_make", make)
    kept.get(Project(), "image", "width>1")
    for position in range(50):
        kept.get(Project(), "prediction", "outcome:fp", evaluated=SimpleNamespace(key=position))
    made.clear()
    kept.get(Project(), "image", "width>1")
    kept.get(Project(), "prediction", "outcome:fp", evaluated=SimpleNamespace(key=49))
    assert made == []
    kept.get(Project(), "prediction", "outcome:fp", evaluated=SimpleNamespace(key=0))
    assert made == [("outcome:fp", 0)]
