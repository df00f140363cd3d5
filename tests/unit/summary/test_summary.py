"""Outliers, densities and label statistics against plain numpy and against what was put in."""

from __future__ import annotations

import itertools
import json
from collections import Counter

import numpy as np
import pytest

from assay.metrics.outliers import classify
from assay.metrics.registry import get_metric
from assay.summary import distribution

ROUTE = "/api/projects/colors"


def columns(client, scope, *fields, query=""):
    body = {"scope": scope, "fields": list(fields), "query": query}
    items = client.post(f"{ROUTE}/query", json=body).json()["items"]
    return {f: np.array([np.nan if item[f] is None else item[f] for item in items]) for f in fields}


def test_distinct_outliers_are_counted_once_beside_the_sum(client):
    found = client.get(f"{ROUTE}/summary", params={"scope": "annotation"}).json()
    keys = [metric["key"] for metric in client.get(f"{ROUTE}/metrics", params={"scope": "annotation"}).json()]
    values = columns(client, "annotation", *keys)
    severity = np.array([classify(get_metric(key), values[key].astype(float)) for key in keys])
    worst = severity.max(axis=0)
    assert found["severe"]["count"] == (worst == 2).sum()
    assert found["moderate"]["count"] == (worst == 1).sum()
    assert (found["severe_sum"], found["moderate_sum"]) == ((severity == 2).sum(), (severity == 1).sum())
    listed = {m["key"]: (m["severe"]["count"], m["moderate"]["count"]) for m in found["metrics"]}
    assert listed == {
        key: (int((row == 2).sum()), int((row == 1).sum()))
        for key, row in zip(keys, severity, strict=True)
        if row.any()
    }
    order = [(-m["severe"]["count"], -m["moderate"]["count"]) for m in found["metrics"]]
    assert order == sorted(order)


def test_the_worst_items_of_a_metric_are_its_most_severe_ones(client):
    for metric in client.get(f"{ROUTE}/summary", params={"scope": "annotation"}).json()["metrics"]:
        rows = {
            level: client.get(f"{ROUTE}/rows", params={"scope": "annotation", "query": metric[level]["query"]}).json()[
                "rows"
            ]
            for level in ("severe", "moderate")
        }
        shown = [item["severity"] for item in metric["worst"]]
        assert shown == sorted(shown, reverse=True)  # the severe ones first
        assert all(item["row"] in rows[item["severity"]] for item in metric["worst"])
        assert len(shown) == min(8, len(rows["severe"]) + len(rows["moderate"]))
        assert shown.count("severe") == min(8, len(rows["severe"]))


def test_the_numbers_of_the_project_are_what_was_imported(client):
    found = client.get(f"{ROUTE}/summary", params={"scope": "image"}).json()
    assert (found["items"]["count"], found["images"]["count"], found["annotations"]["count"]) == (6, 6, 18)
    assert (found["classes"], found["without_annotations"]["count"]) == (3, 0)
    assert (found["median_width"], found["median_height"]) == (64, 48)


@pytest.mark.parametrize(("x", "y"), [("object_area", "object_height"), ("object_width", "border_closeness")])
def test_a_density_counts_as_numpy_and_its_trend_is_least_squares(client, x, y):
    found = client.get(f"{ROUTE}/density", params={"scope": "annotation", "x": x, "y": y, "bins": 5}).json()
    values = columns(client, "annotation", x, y)
    expected, _, _ = np.histogram2d(values[x], values[y], [found["x"]["edges"], found["y"]["edges"]])
    grid = np.zeros_like(expected)
    for cell in found["cells"]:
        grid[cell["x"], cell["y"]] = cell["count"]
    assert grid.tolist() == expected.tolist()
    slope, intercept = np.polyfit(values[x], values[y], 1)
    assert found["trend"]["slope"] == pytest.approx(slope, rel=1e-6)
    assert found["trend"]["intercept"] == pytest.approx(intercept, rel=1e-6)
    assert found["trend"]["correlation"] == pytest.approx(np.corrcoef(values[x], values[y])[0, 1], rel=1e-6)


def test_statistics_under_a_filter_are_those_of_its_items_with_the_projects_limits(client):
    params = {"scope": "annotation", "query": "class:red"}
    found = client.get(f"{ROUTE}/metrics/object_area", params=params).json()
    whole = client.get(f"{ROUTE}/metrics/object_area", params={"scope": "annotation"}).json()
    values = columns(client, "annotation", "object_area", query="class:red")["object_area"]
    assert found["limits"] == whole["limits"]
    assert (found["count"], found["min"], found["max"]) == (6, values.min(), values.max())
    assert [found[k] for k in ("q1", "median", "q3")] == np.quantile(values, [0.25, 0.5, 0.75]).tolist()


def test_label_statistics_are_those_of_the_annotation_file(client, dataset):
    content = json.loads(dataset.annotations.read_text())
    names = {c["id"]: c["name"] for c in content["categories"]}
    found = client.get(f"{ROUTE}/labels").json()
    counted = Counter(names[a["category_id"]] for a in content["annotations"])
    images = {
        name: {a["image_id"] for a in content["annotations"] if names[a["category_id"]] == name} for name in counted
    }
    areas = {name: [a["area"] for a in content["annotations"] if names[a["category_id"]] == name] for name in counted}
    for each in found["classes"]:
        assert each["annotations"]["count"] == counted[each["name"]]
        assert each["images"]["count"] == len(images[each["name"]])
        assert each["median_area"] == np.median(areas[each["name"]])
        assert each["mean_area"] == pytest.approx(np.mean(areas[each["name"]]))
    ranked = [c["name"] for c in found["cooccurrence"]["classes"]]
    together = {(ranked[c["a"]], ranked[c["b"]]): c["count"] for c in found["cooccurrence"]["cells"]}
    assert together == {
        (a, b): len(images[a] & images[b]) for a, b in itertools.combinations(ranked, 2) if images[a] & images[b]
    }
    assert found["image_sizes"] == [
        {"width": 64, "height": 48, "count": 6, "share": 1.0, "scope": "image", "query": "width:64 height:48"}
    ]
    assert [(s["name"], s["images"]["count"], s["annotations"]["count"]) for s in found["splits"]] == [("train", 6, 18)]


def test_a_distribution_lists_the_most_frequent_values_and_those_without(client):
    params = {"scope": "annotation", "property": "attr.worker"}
    found = client.get(f"{ROUTE}/distribution", params=params).json()
    assert [(v["label"], v["count"]) for v in found["values"]] == [("w0", 4), ("w1", 4), ("w2", 4)]
    assert (found["items"], found["none"]["count"], found["other"]) == (18, 6, 0)
    short = client.get(f"{ROUTE}/distribution", params=params | {"limit": 1}).json()
    assert (len(short["values"]), short["other"]) == (1, 2)
    unknown = client.get(f"{ROUTE}/distribution", params={"scope": "image", "property": "meta.cam"})
    assert (unknown.status_code, unknown.json()["hint"]) == (422, "Did you mean “meta.camera”?")


def test_worst_first_has_all_severe_items_before_all_moderate_ones(client):
    for metric in client.get(f"{ROUTE}/summary", params={"scope": "annotation"}).json()["metrics"]:
        params = {"scope": "annotation", "metric": metric["key"], "sort": metric["sort"], "limit": 500}
        cards = client.get(f"{ROUTE}/cards", params=params).json()["cards"]
        order = [("severe", "moderate", "none").index(card["severity"]) for card in cards]
        assert order == sorted(order), metric["key"]
        assert [item["row"] for item in metric["worst"]] == [card["row"] for card in cards][: len(metric["worst"])]


def test_worst_first_of_what_has_no_outliers_is_refused(client):
    for sort in ("worst:random", "worst:class", "worst:nothing"):
        answer = client.get(f"{ROUTE}/cards", params={"scope": "annotation", "sort": sort})
        assert (answer.status_code, answer.json()["code"]) == (422, "query"), sort


def test_properties_that_are_counted_in_several_statements_are_the_same(app, monkeypatch):
    store = app.workspace.get("colors")
    together = distribution.list_properties(store, "image")
    assert len(together) > 2
    monkeypatch.setattr(distribution, "_COUNTED_AT_ONCE", 1)  # hundreds of metadata columns do not fit one statement
    assert distribution.list_properties(store, "image") == together


def test_outliers_are_grouped_by_what_they_point_at_and_the_farthest_come_first(client):
    titles_of = {
        "image": ("Likely errors in the data", "Unusual images", "Colours and sizes"),
        "annotation": ("Likely label errors", "Unusual objects", "Colours and sizes"),
    }
    for scope, wanted in titles_of.items():
        found = client.get(f"{ROUTE}/summary", params={"scope": scope}).json()
        metrics = {m["key"]: m for m in client.get(f"{ROUTE}/metrics", params={"scope": scope}).json()}
        with_outliers = {m["key"]: m for m in found["metrics"]}
        titles = [group["title"] for group in found["groups"]]
        assert titles == [title for title in wanted if title in titles]
        listed = [key for group in found["groups"] for key in group["metrics"]]
        assert sorted(listed) == sorted(with_outliers)
        for group in found["groups"]:
            reach = [with_outliers[key]["reach"] for key in group["metrics"]]
            assert reach == sorted(reach, reverse=True)
            named = [*group["metrics"], *(metric["key"] for metric in group["none"])]
            assert {metrics[key]["group"] for key in named} <= {group["key"]}


def test_only_what_can_find_outliers_is_said_to_have_none(client):
    for scope in ("image", "annotation"):
        found = client.get(f"{ROUTE}/summary", params={"scope": scope}).json()
        metrics = {m["key"]: m for m in client.get(f"{ROUTE}/metrics", params={"scope": scope}).json()}
        none = {metric["key"] for group in found["groups"] for metric in group["none"]}
        sides = ("moderate_low", "severe_low", "moderate_high", "severe_high")
        assert none == {
            key
            for key, m in metrics.items()
            if any(m["limits"][side] is not None for side in sides) and m["count"] and not m["severe"] + m["moderate"]
        }
        assert not none & {"random", "object_random", "blur", "border_closeness"}


def test_the_outliers_of_a_metric_are_found_by_one_query(client):
    for metric in client.get(f"{ROUTE}/summary", params={"scope": "annotation"}).json()["metrics"]:
        both = metric["outliers"]
        rows = client.get(f"{ROUTE}/rows", params={"scope": "annotation", "query": both["query"]}).json()["rows"]
        assert both["count"] == len(rows) == metric["severe"]["count"] + metric["moderate"]["count"]


def test_everything_is_listed_in_the_order_of_a_metric(client):
    # A result that is made of itself would wait for itself.
    for sort in ("brightness", "-object_area", "file_name"):
        scope = "annotation" if sort == "-object_area" else "image"
        page = client.get(f"{ROUTE}/cards", params={"scope": scope, "sort": sort, "limit": 3})
        assert page.status_code == 200
        assert page.json()["total"] > 3
