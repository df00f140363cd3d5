"""Weak slices of a project: planted ranges are found, and every slice's query finds exactly its items."""

from __future__ import annotations

import json
import os
from pathlib import Path

import numpy as np
import pytest
from tests.unit.evaluator.projects import dataset, judged

IMAGES, OBJECTS = 60, 900
DATA = Path(os.environ.get("ASSAY_TEST_DATA", Path(__file__).parents[4] / "shared" / "data")) / "coco-train-343"


@pytest.fixture(scope="module")
def planted():
    """Records of objects 6 to 60 px wide in a grid; of those 15 to 25 px wide, and of dogs, most are not found."""
    draw = np.random.default_rng(11)
    annotations, records, expected = [], [], []
    for k in range(OBJECTS):
        column, row = k % 3 * 30, k // 3 % 5 * 20
        width = round(float(draw.uniform(6, 29)) * 4) / 4
        category = int(draw.choice([1, 2, 3], p=[0.6, 0.3, 0.1]))
        box = [column, row, width, 18]
        annotations.append({"image_id": k // 15 + 1, "category_id": category, "bbox": box})
        wrong = draw.random() < (0.7 if 15 <= width < 20 or category == 3 else 0.1)
        shifted = [column, row, width, 4.5] if wrong else box
        score = round(float(draw.uniform(0.2, 1)), 2)
        records.append({"image_id": k // 15 + 1, "category_id": category, "bbox": shifted, "score": score})
        expected.append((width, wrong, category))
    categories = [{"id": i, "name": name} for i, name in ((1, "cat"), (2, "dog house"), (3, "dog"))]
    return dataset(IMAGES, annotations, categories), records, np.array(expected)


@pytest.fixture(scope="module")
def project(tmp_path_factory, planted):
    truth, records, _ = planted
    with judged(tmp_path_factory.mktemp("slices"), truth, detector=records) as made:
        yield made


def slices(project, **at):
    return project.get("/slow", predictions="detector", **at)["slices"]


def test_planted_ranges_and_classes_are_found(project, planted):
    widths, wrong, category = planted[2].T
    told = [each for each in slices(project, confidence=0) if each["side"] == "recall"]
    of_width = next(each for each in told if [r["metric"] for r in each["ranges"]] == ["object_width"])
    [range_] = of_width["ranges"]
    assert 12 < range_["low"] < 18
    assert 17 < range_["high"] < 23
    inside = (widths >= range_["low"]) & (widths < range_["high"])
    assert (of_width["size"], of_width["errors"]) == (inside.sum(), (wrong[inside] == 1).sum())
    assert of_width["rate"] == pytest.approx(wrong[inside].mean())
    assert of_width["rest_rate"] == pytest.approx(wrong[~inside].mean())
    assert of_width["effect"] == pytest.approx(of_width["rate"] - of_width["rest_rate"])
    assert 0 < of_width["interval"][0] < of_width["effect"] < of_width["interval"][1]
    dogs = next(each for each in told if each["class"] == "dog")
    assert (dogs["ranges"], dogs["size"]) == ([], (category == 3).sum())


def test_what_holds_every_error_is_told_alone_with_the_roundest_bound(project, planted):
    # all false positives, and nothing else, are 4.5 px high instead of 18
    [told] = [each for each in slices(project, confidence=0) if each["side"] == "precision"]
    assert [(r["metric"], r["low"], r["high"]) for r in told["ranges"]] == [("object_height", None, 10)]
    assert told["size"] == told["errors"] == np.count_nonzero(planted[2][:, 1])
    assert told["query"] == "object_height<10 (outcome:tp or outcome:fp)"


@pytest.mark.parametrize("at", [{}, {"confidence": 0.5}, {"iou": 0.2}])
def test_the_query_of_a_slice_finds_exactly_its_items(project, at):
    told = slices(project, **at)
    assert {len(each["ranges"]) for each in slices(project)} >= {0, 1}
    for each in told:
        beside = {"predictions": "detector", **at}
        assert project.count(each["query"], each["scope"], **beside) == each["size"], each
        assert project.count(each["errors_query"], each["scope"], **beside) == each["errors"], each


@pytest.mark.parametrize("query", ["class:cat or class:dog", "object_area<500", "object_count>14 file:1*"])
def test_the_query_of_a_slice_under_a_filter_finds_exactly_its_items(project, query):
    told = slices(project, query=query, iou=0.4)
    assert told
    for each in told:
        beside = {"predictions": "detector", "within": query, "iou": 0.4}
        assert project.count(each["query"], each["scope"], **beside) == each["size"], each
        assert project.count(each["errors_query"], each["scope"], **beside) == each["errors"], each


def test_ends_of_ranges_have_three_digits_at_most_and_few_slices_are_told(project):
    told = slices(project)
    ends = [end for each in told for r in each["ranges"] for end in (r["low"], r["high"]) if end is not None]
    assert ends
    assert all(end == float(f"{end:.3g}") for end in ends)
    assert max(sum(each["side"] == side for each in told) for side in ("precision", "recall")) <= 5


def test_what_says_nothing_of_the_data_makes_no_slice(project):
    metrics = {r["metric"] for each in slices(project) for r in each["ranges"]}
    assert not metrics & {"random", "object_random", "confidence", "iou", "blur"}


def test_queries_name_outcomes_and_leave_the_filter_to_the_evaluation(project):
    told = slices(project, query="class:cat or class:dog")
    found = [each["query"] for each in told if each["class"] == "dog" and each["side"] == "recall"]
    assert found == ["class:dog (outcome:matched or outcome:fn)"]


@pytest.mark.real_data
@pytest.mark.skipif(not DATA.is_dir(), reason=f"the shared photographs are not at {DATA}")
def test_slices_of_real_detectors_are_few_new_and_counted_by_their_queries(tmp_path):
    truth = json.loads((DATA / "instances_train2017.json").read_text())
    names = ("ssd_mobilenet_v2", "yolox_nano")
    records = {name: json.loads((DATA / f"predictions_{name}_train2017.json").read_text()) for name in names}
    with judged(tmp_path, truth, **records) as project:
        for name in names:
            told = project.get("/slow", predictions=name)["slices"]
            for side in ("precision", "recall"):
                of_side = [each for each in told if each["side"] == side]
                assert 1 <= len(of_side) <= 5
                for at, each in enumerate(of_side):
                    assert project.count(each["query"], each["scope"], predictions=name) == each["size"]
                    assert project.count(each["errors_query"], each["scope"], predictions=name) == each["errors"]
                    before = "".join(f" not ({earlier['query']})" for earlier in of_side[:at])
                    new = project.count(f"{each['errors_query']}{before}", each["scope"], predictions=name)
                    assert new >= 0.3 * each["errors"]
                    assert each["interval"][0] > 0
                    ends = [end for r in each["ranges"] for end in (r["low"], r["high"]) if end is not None]
                    assert all(end == float(f"{end:.3g}") for end in ends)
