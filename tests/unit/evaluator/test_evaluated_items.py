"""Items judged by an evaluation: outcomes in every scope and route, the same as counted one by one."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from starlette.testclient import TestClient
from tests.unit.evaluator.asking import ROUTE, count, evaluate, finish

from assay.api.transfer import decode_columns

AT = {"predictions": "jittered", "iou": 0.6, "confidence": 0.3}
WITHIN = "class:cat object_count>2 object_width>=20"


@pytest.fixture(scope="module")
def other(client: TestClient, made: Path) -> str:
    """A second set: every annotation of the images with even ids found, and something in an image that has nothing."""
    truth = json.loads((made / "truth.json").read_text())
    perfect = [
        {key: a[key] for key in ("image_id", "category_id", "bbox")} | {"score": 0.9}
        for a in truth["annotations"]
        if a["image_id"] % 2 == 0 and not a["iscrowd"]
    ]
    empty = {image["id"] for image in truth["images"]} - {a["image_id"] for a in truth["annotations"]}
    spurious = {"image_id": min(empty), "category_id": 3, "bbox": [5, 5, 30, 30], "score": 0.8}
    kept = [*perfect, spurious]
    (made / "other.json").write_text(json.dumps(kept))
    body = {"path": str(made / "other.json"), "name": "other"}
    finish(client, client.post(f"{ROUTE}/predictions/import", json=body))
    return "other"


def items(client: TestClient, scope: str, query: str = "", **more: Any) -> list[dict[str, Any]]:
    fields = {"prediction": ["outcome", "reason", "iou", "object_area"], "annotation": ["outcome", "object_area"]}
    body = AT | {"scope": scope, "query": query, "fields": fields.get(scope, []), **more}
    answer = client.post(f"{ROUTE}/query", json=body)
    assert answer.status_code == 200, answer.text
    found: list[dict[str, Any]] = answer.json()["items"]
    return found


def ask(client: TestClient, route: str, **params: Any) -> Any:
    answer = client.get(f"{ROUTE}/{route}", params=AT | params)
    assert answer.status_code == 200, answer.text
    return answer.json()


def test_items_are_those_of_the_evaluation_that_its_filter_leaves(client):
    found = evaluate(client, query=WITHIN, iou=0.6, confidence=0.3)
    at = {"within": WITHIN, "iou": 0.6, "confidence": 0.3}
    assert count(client, "outcome:tp", **at) == found["tp"] > 0
    assert count(client, "outcome:fp", **at) == found["fp"] > 0
    assert count(client, "outcome:fn", "annotation", **at) == found["fn"] > 0
    assert count(client, "outcome:ignored", "annotation", **at) == found["ignored"] > 0
    everything = items(client, "prediction", within=WITHIN)
    assert {each["class"] for each in everything} == {"cat"}
    assert min(each["confidence"] for each in everything) >= 0.3  # what the slider drops is not there
    assert None not in {each["outcome"] for each in everything}


@pytest.mark.parametrize(
    ("query", "holds"),
    [
        ("outcome:fp", lambda p, _: p["outcome"] == "fp"),
        ("outcome:tp class:dog", lambda p, _: p["outcome"] == "tp" and p["class"] == "dog"),
        ("outcome:fp object_area>900 class:cat", lambda p, _: (
            p["outcome"] == "fp" and p["object_area"] > 900 and p["class"] == "cat"
        )),
        ("reason:background", lambda p, _: p["reason"] == "background"),
        ("iou<0.3 class:cat", lambda p, _: p["iou"] < 0.3 and p["class"] == "cat"),
        ("(outcome:tp or reason:class) confidence>0.6", lambda p, _: (
            (p["outcome"] == "tp" or p["reason"] == "class") and p["confidence"] > 0.6
        )),
        ("outcome:fn", lambda _, a: a["outcome"] == "fn"),
        ("outcome:matched class:dog object_area>900", lambda _, a: (
            a["outcome"] == "matched" and a["class"] == "dog" and a["object_area"] > 900
        )),
    ],
)  # fmt: skip
def test_objects_of_an_image_query_are_one_and_the_same_prediction_or_annotation(
    client: TestClient, query: str, holds: Callable[[Any, Any], bool]
) -> None:
    of_annotations = "outcome:fn" in query or "outcome:matched" in query
    objects = items(client, "annotation" if of_annotations else "prediction")
    expected = {o["image_id"] for o in objects if (holds(None, o) if of_annotations else holds(o, None))}
    assert 0 < len(expected) < 24
    assert {image["id"] for image in items(client, "image", query)} == expected
    rest = {image["id"] for image in items(client, "image", f"not ({query})")}
    assert rest == {image["id"] for image in items(client, "image")} - expected


def test_conditions_on_different_sides_stand_in_groups_of_their_own(client):
    lost = {a["image_id"] for a in items(client, "annotation", "outcome:fn")}
    spurious = {p["image_id"] for p in items(client, "prediction", "outcome:fp")}
    both = {i["id"] for i in items(client, "image", "not not outcome:fn outcome:fp")}
    assert both == lost & spurious


@pytest.mark.parametrize(
    ("query", "scope", "word"),
    [
        ("outcome:fn reason:background", "image", "outcome"),  # of one prediction, which is never an FN
        ("outcome:matched", "prediction", "outcome"),
        ("iou<0.5", "annotation", "iou"),
        ("compared:fixed", "image", "compared"),  # no other set is named
        ("compared:fixed", "prediction", "compared"),
    ],
)
def test_what_cannot_be_said_of_an_item_is_refused_by_name(client, query, scope, word):
    answer = client.post(f"{ROUTE}/query", json=AT | {"query": query, "scope": scope})
    assert (answer.status_code, answer.json()["code"]) == (422, "query")
    assert word in answer.json()["title"]


def test_images_are_compared_with_another_set(client, other):
    def wrong(name: str) -> set[Any]:
        at = {"predictions": name}
        spurious, lost = (
            items(client, "prediction", "outcome:fp", **at),
            items(client, "annotation", "outcome:fn", **at),
        )
        return {each["image_id"] for each in [*spurious, *lost]}

    before, after = wrong("jittered"), wrong(other)
    all_images = {image["id"] for image in items(client, "image")}
    expected = {
        "fixed": before - after, "broken": after - before, "wrong": before & after,
        "right": all_images - before - after,
    }  # fmt: skip
    assert all(expected.values())
    for change, ids in expected.items():
        found = items(client, "image", f"compared:{change}", other=other, fields=["compared"])
        assert {image["id"] for image in found} == ids
        assert all(image["compared"] == change for image in found)


def test_cards_tell_outcome_and_partner_and_draw_both_sides(client):
    page = ask(client, "cards", scope="prediction", query="outcome:tp", sort="-iou", metric="iou", limit=5)
    assert page["total"] == evaluate(client, iou=0.6, confidence=0.3)["tp"]
    assert all(first["iou"] >= second["iou"] for first, second in pairwise(page["cards"]))
    for card in page["cards"]:
        assert card["value"] == card["iou"] >= 0.6
        assert (card["outcome"], card["reason"], card["partner_of"]) == ("tp", None, "annotation")
        drawn = {(shape["of"], shape["row"]): shape for shape in card["shapes"]}
        assert drawn["prediction", card["row"]]["confidence"] == card["confidence"]
        assert drawn["annotation", card["partner_row"]]["outcome"] == "matched"
        assert min(s["confidence"] for s in card["shapes"] if s["of"] == "prediction") >= 0.3


def test_a_lost_annotation_shows_the_error_that_explains_it(client):
    lost = items(client, "annotation", "outcome:fn reason:localisation")
    assert lost
    found = ask(client, f"annotations/{lost[0]['row']}")
    assert (found["outcome"], found["reason"]) == ("fn", "localisation")
    error = ask(client, f"predictions/items/{found['partner_row']}")
    assert (error["outcome"], error["reason"], error["partner_row"]) == ("fp", "localisation", lost[0]["row"])
    assert 0.1 <= error["iou"] < 0.6
    percentiles = {each["key"]: each["percentile"] for each in error["metrics"]}
    areas = sorted(each["object_area"] for each in items(client, "prediction", confidence=0))
    own = next(each["value"] for each in error["metrics"] if each["key"] == "object_area")
    rank = (np.searchsorted(areas, own, "left") + np.searchsorted(areas, own, "right")) / 2 / len(areas)
    assert percentiles["object_area"] == pytest.approx(100 * rank)


def test_positions_and_rows_follow_the_same_order(client):
    rows = ask(client, "rows", scope="prediction", query="outcome:fp", sort="-confidence")["rows"]
    place = ask(client, "position", scope="prediction", query="outcome:fp", sort="-confidence", row=rows[4])
    assert (place["position"], place["previous"], place["next"]) == (4, rows[3], rows[5])
    scores = [each["confidence"] for each in items(client, "prediction", "outcome:fp", sort="-confidence")]
    assert scores == sorted(scores, reverse=True)


def test_columns_of_predictions_hold_what_the_evaluation_found(client):
    fields = ["row", "confidence", "outcome", "iou", "class", "object_area"]
    body = AT | {"scope": "prediction", "query": "outcome:fp", "fields": fields}
    columns = decode_columns(client.post(f"{ROUTE}/columns", json=body).content)
    listed = items(client, "prediction", "outcome:fp")
    assert list(columns) == fields
    assert columns["row"].tolist() == [each["row"] for each in listed]
    assert set(columns["outcome"]) == {"fp"}
    assert columns["iou"].tolist() == [each["iou"] for each in listed]


@pytest.mark.parametrize("metric", ["iou", "confidence", "object_area", "object_count"])
def test_histograms_of_predictions_count_what_their_queries_find(client, metric):
    found = ask(client, f"metrics/{metric}/histogram", scope="prediction", query="outcome:fp", bins=8)
    at = {"iou": 0.6, "confidence": 0.3}
    assert sum(each["count"] for each in found["bins"]) == count(client, "outcome:fp", **at)
    for each in found["bins"]:
        assert count(client, each["query"], **at) == each["count"]


def test_metrics_of_predictions_are_those_of_the_set_that_the_query_leaves(client):
    found = {each["key"]: each for each in ask(client, "metrics", scope="prediction", query="outcome:tp")}
    values = [each["iou"] for each in items(client, "prediction", "outcome:tp")]
    assert found["iou"]["count"] == len(values)
    assert found["iou"]["median"] == pytest.approx(np.median(values))
    assert found["confidence"]["severe"] == 0
    assert ask(client, "metrics/iou", scope="prediction", query="outcome:tp") == found["iou"]
    answer = client.get(f"{ROUTE}/metrics/brightness", params=AT | {"scope": "prediction"})
    assert (answer.status_code, answer.json()["item"]) == (404, "brightness")


def test_completion_knows_outcomes_only_beside_a_set(client):
    def suggest(text: str, **params: Any) -> list[str]:
        answer = client.get(f"{ROUTE}/query/complete", params={"text": text, **params})
        return [each["text"] for each in answer.json()["suggestions"]]

    assert "outcome:" in suggest("outc", scope="prediction", predictions="jittered")
    assert suggest("outc", scope="image") == []
    assert set(suggest("outcome:", scope="image", predictions="jittered")) == {"tp", "fp", "matched", "fn", "ignored"}


def test_predictions_of_no_set_are_refused_everywhere(client):
    for route in ("cards", "rows", "position?row=1", "metrics", "metrics/confidence/histogram"):
        answer = client.get(
            f"{ROUTE}/{route}", params={"scope": "prediction"} | ({"row": 1} if "row=" in route else {})
        )
        assert answer.status_code == 422, route


QUESTIONS: list[dict[str, Any]] = [
    {},
    {"iou": 0.75, "confidence": 0.4},
    {"query": "class:cat object_width>=20", "confidence": 0.2},
    {"query": "object_count>2 not class:cat", "iou": 0.3},
]


def found_by(client: TestClient, asked: dict[str, Any], scope: str, *queries: str) -> int:
    """Return how many items queries find together, judged by the evaluation that an answer was about."""
    at = {key: value for key, value in asked.items() if key != "query"} | {"within": asked.get("query", "")}
    return count(client, " ".join(f"({query})" for query in queries), scope, **at)


@pytest.mark.parametrize("asked", QUESTIONS)
def test_every_number_of_an_evaluation_is_what_its_query_finds(client, asked):
    found = evaluate(client, **asked)
    for name, by in found["found_by"].items():
        assert found_by(client, asked, by["scope"], by["query"]) == found[name], name
        if name not in ("ignored", "images"):
            for each in found["per_class"]:
                assert found_by(client, asked, by["scope"], by["query"], each["query"]) == each[name], each["class"]
    for reason, error in found["errors"].items():
        assert found_by(client, asked, error["scope"], error["query"]) == error["count"], reason
    confusion = found["confusion"]
    for row, cells in enumerate(confusion["matrix"]):
        for column, number in enumerate(cells[:-1]):
            queries = confusion["true"][row], confusion["predicted"][column]
            assert found_by(client, asked, "prediction", *queries) == number, queries
        if row < len(confusion["missed"]):
            assert found_by(client, asked, "annotation", confusion["missed"][row]) == cells[-1]
    calibration = found["calibration"]
    for query, number in zip(calibration["queries"], calibration["count"], strict=True):
        assert found_by(client, asked, "prediction", query) == number
    assert found["tp"] + found["fp"] + found["fn"] > 20


@pytest.mark.parametrize("asked", QUESTIONS)
@pytest.mark.parametrize("metric", ["confidence", "object_area", "object_count"])
@pytest.mark.parametrize("binning", ["width", "count"])
def test_every_bin_of_a_metric_is_what_its_query_finds(client, asked, metric, binning):
    params = {"predictions": "jittered", "metric": metric, "bins": 5, "binning": binning}
    bins = client.get(f"{ROUTE}/evaluation/performance", params=params | asked).json()["bins"]
    assert len(bins) > 1
    for each in bins:
        for side, by in each["found_by"].items():
            assert found_by(client, asked, by["scope"], by["query"]) == each[side], by


def test_columns_tell_what_the_confusion_matrix_counts_a_prediction_against(client):
    listed = items(client, "prediction", "class:cat true_class:dog", fields=["true_class", "outcome"])
    assert listed
    assert all((each["true_class"], each["outcome"]) == ("dog", "fp") for each in listed)
    lost = items(client, "annotation", "class:dog predicted_class:cat", fields=["predicted_class"])
    assert [each["predicted_class"] for each in lost] == ["cat"] * len(listed)


@pytest.mark.parametrize(("scope", "query"), [
    ("prediction", ""), ("prediction", "outcome:fp iou<0.4"), ("annotation", "outcome:fn object_area>300"),
])  # fmt: skip
def test_items_are_spread_over_classes_as_each_class_finds_them(client, scope, query):
    found = ask(client, "distribution", scope=scope, query=query)
    at = {"iou": 0.6, "confidence": 0.3}
    assert sum(each["count"] for each in found["values"]) == found["items"] == count(client, query, scope, **at) > 0
    for each in found["values"]:
        assert count(client, each["query"], scope, **at) == each["count"], each["label"]


def test_images_tell_how_many_of_their_objects_are_wrong(client):
    keys = ["fp_count", "fn_count", "tp_count", "error_count"]
    images = items(client, "image", "evaluated:true", fields=keys, sort="-error_count", within="class:cat")
    objects = [
        *((each["image_id"], each["outcome"]) for each in items(client, "prediction", within="class:cat")),
        *((each["image_id"], each["outcome"]) for each in items(client, "annotation", "outcome:*", within="class:cat")),
    ]
    counted = Counter(objects)
    assert sum(image["error_count"] for image in images) > 10
    for image in images:
        fp, fn, tp = (counted[image["image_id"], outcome] for outcome in ("fp", "fn", "tp"))
        assert [image[key] for key in keys] == [fp, fn, tp, fp + fn]
    errors = [image["error_count"] for image in images]
    assert errors == sorted(errors, reverse=True)
    some = errors[0] // 2
    assert count(client, f"error_count>{some}", "image", within="class:cat", **AT) == sum(e > some for e in errors)
    wrong_images = [i["image_id"] for i in images if i["fp_count"] > 0]
    of_these = [each for each in items(client, "prediction", within="class:cat") if each["image_id"] in wrong_images]
    assert count(client, "fp_count>0", "prediction", within="class:cat", **AT) == len(of_these)


def test_numbers_of_errors_are_metrics_of_images_beside_a_set_and_stand_on_cards(client):
    summaries = {each["key"]: each for each in ask(client, "metrics", scope="image")}
    values = [each["error_count"] for each in items(client, "image", fields=["error_count"])]
    assert summaries["error_count"]["count"] == len(values) == summaries["error_count"]["count"]
    assert summaries["error_count"]["max"] == max(values)
    bins = ask(client, "metrics/error_count/histogram", scope="image")["bins"]
    assert sum(each["count"] for each in bins) == len(values)
    assert all(count(client, each["query"], "image", **AT) == each["count"] for each in bins)
    cards = ask(client, "cards", scope="image", sort="-error_count", metric="error_count")["cards"]
    assert all(each["value"] == each["fp_count"] + each["fn_count"] for each in cards)
    assert cards[0]["value"] == max(values)
    plain = client.get(f"{ROUTE}/cards", params={"scope": "image"}).json()["cards"]
    assert {each["fp_count"] for each in plain} == {None}
    assert "error_count" not in {each["key"] for each in client.get(f"{ROUTE}/metrics").json()}
