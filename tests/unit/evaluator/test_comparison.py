"""Two prediction sets side by side, worked out by hand: numbers, paired intervals, images fixed and broken."""

from __future__ import annotations

import numpy as np
import pytest
from tests.unit.evaluator.projects import dataset, judged

from assay.evaluator.request import EvaluationRequest
from assay.query.outcomes import CHANGES

HERE, THERE = [10, 10, 20, 20], [60, 60, 20, 20]


def found(image, box=HERE, score=0.9, category=1):
    return {"image_id": image, "category_id": category, "bbox": box, "score": score}


@pytest.fixture(scope="module")
def project(tmp_path_factory):
    """Six images, a cat in the first four, a dog in the fifth, nothing in the sixth.

    From `old` to `new`: image 2 is fixed, 3 broken, 4 wrong in both, the others right in both.
    """
    truth = dataset(
        6,
        [{"image_id": i, "category_id": 1 if i < 5 else 2, "bbox": HERE} for i in range(1, 6)],
        [{"id": 1, "name": "cat"}, {"id": 2, "name": "dog"}],
    )
    old = [found(1), found(3), found(5, category=2)]
    new = [found(1), found(2), found(3, score=0.8), found(3, THERE, 0.95), found(5, category=2)]
    with judged(tmp_path_factory.mktemp("compared"), truth, old=old, new=new) as made:
        made.take_in("some", new, coverage=["1.jpg", "2.jpg", "3.jpg", "5.jpg"])
        yield made


def test_numbers_stand_side_by_side_with_their_difference(project):
    told = project.get("/compare", predictions="old", other="new")
    numbers = {name: (each["first"], each["second"], each["difference"]) for name, each in told["numbers"].items()}
    assert numbers["tp"] == (3, 4, 1)
    assert numbers["fp"] == (0, 1, 1)
    assert numbers["fn"] == (2, 1, -1)
    assert numbers["precision"] == pytest.approx((1, 4 / 5, -1 / 5))
    assert numbers["recall"] == pytest.approx((3 / 5, 4 / 5, 1 / 5))
    for name, params in (("first", "old"), ("second", "new")):
        alone = project.get(predictions=params)
        assert told["numbers"]["mAP"][name] == alone["mAP"]
        assert {key: each[name] for key, each in told["coco"].items()} == {
            key: None if value == -1 else value for key, value in alone["coco"].items()
        }
        assert {key: each[name] for key, each in told["errors"].items()} == {
            key: each["count"] for key, each in alone["errors"].items()
        }
    assert told["coverage"] == [1, 1]
    assert (told["images"], told["annotations"]) == (6, 5)


@pytest.mark.parametrize(
    "at",
    [
        {},
        {"confidence": 0.85},
        {"query": "class:cat"},
        {"other": "some", "covered_only": True},
        {"iou": 0.9, "task": "bbox"},
    ],
)
def test_the_items_of_every_count_of_both_sets_are_found(project, at):
    asked = {"predictions": "old", "other": "new"} | at
    told = project.get("/compare", **asked)
    judging = {key: value for key, value in asked.items() if key != "query"} | {"within": asked.get("query", "")}
    counted = told["numbers"] | told["errors"]
    assert {"tp", "fp", "fn", "missed", "background", "annotations", "images"} < set(told["found_by"])
    for name, both in told["found_by"].items():
        for side, found in zip(("first", "second"), both, strict=True):
            sets = {"predictions": found["predictions"], "other": found["other"]}
            expected = counted[name][side] if name in counted else told[name]
            assert project.count(found["query"], found["scope"], **judging | sets) == expected, (name, side)
    for each in told["per_class"]:
        for name in ("tp", "fp", "fn"):
            for side, found in zip(("first", "second"), told["found_by"][name], strict=True):
                sets = {"predictions": found["predictions"], "other": found["other"]}
                query = f"{found['query']} {each['query']}"
                assert project.count(query, found["scope"], **judging | sets) == each[name][side], (name, side)


def test_each_class_is_told_with_its_differences(project):
    cat, dog = project.get("/compare", predictions="old", other="new")["per_class"]
    assert (cat["class"], cat["annotations"], dog["class"], dog["annotations"]) == ("cat", 4, "dog", 1)
    assert cat["query"] == "class:cat"
    # 2 of 4 cats at precision 1 reach the recalls 0 to .5; then an FP above 3 of 4: precision 3/4 up to recall .75
    assert cat["ap"]["first"] == pytest.approx(51 / 101)
    assert cat["ap"]["difference"] == pytest.approx(76 * 3 / 4 / 101 - 51 / 101)
    assert [cat[key]["difference"] for key in ("tp", "fp", "fn")] == [1, 1, -1]
    assert (dog["ap"]["first"], dog["ap"]["second"]) == pytest.approx((1, 1))
    assert (dog["ap"]["difference"], dog["ap"]["interval"], dog["ap"]["excludes_zero"]) == (0, None, None)


def test_of_six_images_there_is_no_interval_and_a_warning_says_so(project):
    told = project.get("/compare", predictions="old", other="new")
    assert {each["interval"] for each in told["numbers"].values()} == {None}
    [warning] = told["warnings"]
    assert warning == "Too few objects for a 95 % interval of mAP, mAR, tp, fp, fn, precision, recall, f1."
    slow = project.get("/slow", predictions="old")
    assert set(slow["intervals"].values()) == {None}
    assert slow["warnings"] == [warning]
    assert {ends for each in slow["per_class"] for ends in each["intervals"].values()} == {None}


def test_intervals_are_those_of_the_same_halves_of_both_sets(tmp_path):
    truth = dataset(
        20, [{"image_id": i, "category_id": 1, "bbox": HERE} for i in range(1, 21)], [{"id": 1, "name": "cat"}]
    )
    old, new = [found(i) for i in range(1, 13)], [found(i) for i in range(1, 19)]
    with judged(tmp_path, truth, old=old, new=new) as twenty:
        told = twenty.get("/compare", predictions="old", other="new")
        [cat] = twenty.get("/slow", predictions="old")["per_class"]
    # 12 of 20 are found: the share in 10 of them varies by .6 · .4 / 10 · 10 / 19; nothing is wrong
    reach = 1.96 * np.sqrt(0.6 * 0.4 / 10 * 10 / 19)
    assert (cat["class"], set(cat["intervals"])) == ("cat", {"ap", "ar", "precision", "recall", "f1"})
    assert cat["intervals"]["recall"] == pytest.approx([0.6 - reach, 0.6 + reach], abs=0.02)
    assert cat["intervals"]["ar"] == cat["intervals"]["recall"]
    assert cat["intervals"]["precision"] == [1, 1]
    # 6 of 20 images gain a TP: twice the gain of 10 images varies by 4 · 10 · .3 · .7 · 10 / 19 (hypergeometric)
    half_width = 1.96 * np.sqrt(4 * 10 * 0.3 * 0.7 * 10 / 19)
    low, high = told["numbers"]["tp"]["interval"]
    assert (low, high) == pytest.approx((6 - half_width, 6 + half_width), abs=0.4)
    assert told["numbers"]["fn"]["interval"] == pytest.approx([-high, -low])
    assert told["per_class"][0]["tp"]["interval"] == pytest.approx([low, high])
    assert (told["numbers"]["tp"]["excludes_zero"], told["warnings"]) == (True, [])


def test_images_are_fixed_broken_wrong_or_right_in_both(project):
    told = project.get("/compare", predictions="old", other="new")
    assert told["changed"] == {
        word: {"scope": "image", "count": count, "query": f"compared:{word}"}
        for word, count in (("fixed", 1), ("broken", 1), ("wrong", 1), ("right", 3))
    }
    back = project.get("/compare", predictions="new", other="old")["changed"]
    assert [back[word]["count"] for word in ("fixed", "broken", "wrong", "right")] == [1, 1, 1, 3]
    above = project.get("/compare", predictions="old", other="new", confidence=0.85)["changed"]
    assert [above[word]["count"] for word in ("fixed", "broken", "wrong", "right")] == [1, 1, 1, 3]


@pytest.mark.parametrize("at", [{}, {"confidence": 0.85}, {"covered_only": True}])
@pytest.mark.parametrize("other", ["new", "some"])
def test_the_query_of_a_change_finds_its_images(project, other, at):
    told = project.get("/compare", predictions="old", other=other, **at)["changed"]
    for each in told.values():
        assert project.count(each["query"], each["scope"], predictions="old", other=other, **at) == each["count"]


def test_every_image_has_a_word_for_its_change(project):
    assert _words(project, EvaluationRequest("old")) == {
        0: "right", 1: "fixed", 2: "broken", 3: "wrong", 4: "right", 5: "right",
    }  # fmt: skip
    request = EvaluationRequest("old", filter="file:2.jpg or file:3.jpg")
    assert _words(project, request) == {1: "fixed", 2: "broken"}


def _words(project, request):
    found = project.app.evaluator.compare(project.store, request, "new").changes
    return {row: CHANGES[code] for row, code in zip(found.rows.tolist(), found.change.tolist(), strict=True)}


def test_filters_hold_for_both_sets(project):
    told = project.get("/compare", predictions="old", other="new", query="class:dog")
    assert [each["class"] for each in told["per_class"]] == ["dog"]
    assert [told["changed"][word]["count"] for word in ("fixed", "broken", "wrong", "right")] == [0, 0, 0, 6]
    assert told["numbers"]["tp"]["first"] == 1


def test_covered_are_images_that_both_sets_cover(project):
    told = project.get("/compare", predictions="old", other="some")
    assert told["coverage"] == pytest.approx([1, 4 / 6])
    told = project.get("/compare", predictions="old", other="some", covered_only=True)
    assert (told["images"], told["coverage"]) == (4, [1, 1])
    assert [told["changed"][word]["count"] for word in ("fixed", "broken", "wrong", "right")] == [1, 1, 0, 2]
    assert told == project.get("/compare", predictions="old", other="some", covered_only=True)
    back = project.get("/compare", predictions="some", other="old", covered_only=True)
    assert back["numbers"]["tp"]["difference"] == -told["numbers"]["tp"]["difference"]


def test_a_comparison_that_is_asked_for_again_is_not_made_again(project, monkeypatch):
    first = project.get("/compare", predictions="old", other="new", iou=0.77)
    monkeypatch.setattr("assay.evaluator.detection.evaluate_halves", None)
    assert project.get("/compare", predictions="old", other="new", iou=0.77) == first


def test_a_set_is_not_compared_with_itself_or_with_none(project):
    error = project.refuse("/compare", predictions="old", other="old")
    assert (error["status"], error["title"]) == (422, "A prediction set cannot be compared with itself.")
    error = project.refuse("/compare", predictions="old", other="newer")
    assert (error["status"], error["item"], error["expected"]) == (404, "newer", "old, new, some")
    assert project.refuse("/compare", predictions="older", other="new")["item"] == "older"


def test_where_nothing_is_evaluated_numbers_are_null(project):
    told = project.get("/compare", predictions="old", other="new", query="file:none.jpg")
    assert (told["images"], told["annotations"], told["per_class"]) == (0, 0, [])
    assert told["numbers"]["mAP"] == {
        "first": None, "second": None, "difference": None, "interval": None, "excludes_zero": None,
    }  # fmt: skip
    assert all(each["difference"] is None for each in told["coco"].values())
    assert {each["count"] for each in told["changed"].values()} == {0}


def test_objects_that_fail_a_condition_make_no_image_wrong(project):
    told = project.get("/compare", predictions="old", other="new", query="object_area>400")
    assert told["changed"]["right"]["count"] == 6  # every box has 400 px²
    assert told["numbers"]["fp"] == {
        "first": 0, "second": 0, "difference": 0, "interval": None, "excludes_zero": None,
    }  # fmt: skip
