"""The Python API speaks the query language, tags and views."""

from __future__ import annotations

import json

import pytest

import assay
from assay.errors import NotFoundError, QueryError, UsageError


def test_tables_narrow_sort_and_tag(workspace):
    with assay.open(workspace / "colors") as project:
        red = project.annotations.where("class:red or class:blue").where("object_area>120")
        areas = red.columns("object_area", "class")
        assert len(red) == len(areas["object_area"])
        assert (areas["object_area"] > 120).all()
        assert set(areas["class"]) <= {"red", "blue"}
        assert red.tag("big") == len(red)
        assert red.tag("big") == 0
        assert len(project.annotations.where("tag:big not class:red")) == (areas["class"] == "blue").sum()
        assert project.annotations.where("class:red").untag("big") == (areas["class"] == "red").sum()
        assert [tag["name"] for tag in project.tags] == ["big"]


def test_views_give_their_table_back(workspace):
    with assay.open(workspace / "colors") as project:
        project.save_view("Red ones", project.annotations.where("class:red").sort("-object_area"))
        view = project.view("Red ones")
        assert (view.scope, view.query, view.order) == ("annotation", "class:red", "-object_area")
        assert len(view) == 6
        with pytest.raises(NotFoundError):
            project.view("none")


def test_results_as_a_whole_come_with_their_queries(workspace):
    with assay.open(workspace / "colors") as project:
        red = project.annotations.where("class:red")
        assert red.summary()["items"]["count"] == 6
        assert sum(each["count"] for each in red.histogram("object_area")["bins"]) == 6
        assert sum(each["count"] for each in red.density("object_width", "object_height")["cells"]) == 6
        assert [each["label"] for each in red.distribution("class")["values"]] == ["red"]
        assert project.labels()["classes"][0]["annotations"]["count"] == 6


def test_a_query_that_cannot_be_understood_says_where(workspace):
    with assay.open(workspace / "colors") as project, pytest.raises(QueryError) as caught:
        len(project.images.where("brightnes<0.2"))
    assert (caught.value.near, caught.value.length) == ("brightness", 9)


def test_predictions_are_imported_and_evaluated(workspace, dataset, tmp_path):
    content = json.loads(dataset.annotations.read_text())
    records = [
        {key: a[key] for key in ("image_id", "category_id", "bbox")} | {"score": 0.8} for a in content["annotations"]
    ]
    (tmp_path / "all.json").write_text(json.dumps(records))
    with assay.open(workspace / "colors") as project:
        assert project.import_predictions(tmp_path / "all.json", "perfect")["predictions"] == 18
        assert [each["name"] for each in project.prediction_sets] == ["perfect"]
        found = project.evaluate("perfect", iou=0.9, query="class:red")
        assert (found["mAP"], found["tp"], found["fp"], found["fn"]) == (1.0, 6, 0, 0)
        with pytest.raises(NotFoundError):
            project.evaluate("none")
        (tmp_path / "some.json").write_text(json.dumps(records[2:]))
        project.import_predictions(tmp_path / "some.json", "lacking", images="all")
        told = project.compare_predictions("perfect", "lacking", iou=0.9)
        assert told["numbers"]["fn"]["difference"] == 2
        assert {word: each["count"] for word, each in told["changed"].items()} == {
            "fixed": 0, "broken": 1, "wrong": 0, "right": 5,
        }  # fmt: skip
        assert project.evaluate("perfect", iou=0.9, compare="lacking")["compare"] == told
        apart = project.evaluate("perfect", compare="lacking", compared_confidence=0.9)["compare"]
        assert (apart["confidences"], apart["changed"]["broken"]["count"]) == ([0.8, 0.9], 6)
        broken = project.images.evaluated_by("perfect", other="lacking", compared_confidence=0.9)
        assert len(broken.where("compared:broken")) == 6
        assert project.run_metrics(predictions="perfect")["measured"] == 6


def test_predictions_are_a_table_with_what_an_evaluation_found(workspace, dataset, tmp_path):
    with assay.open(workspace / "colors") as project:
        truth = json.loads(dataset.annotations.read_text())["annotations"]
        found = [
            {key: a[key] for key in ("image_id", "category_id", "bbox")} | {"score": 0.5 + 0.4 * (at % 2)}
            for at, a in enumerate(truth)
        ]
        found[0]["bbox"] = [0, 0, 1, 1]  # on background
        (tmp_path / "found.json").write_text(json.dumps(found))
        project.import_predictions(tmp_path / "found.json", "model")
        table = project.predictions("model", iou=0.9)
        assert (len(table), len(table.where("outcome:fp")), len(table.where("outcome:tp"))) == (18, 1, 17)
        assert len(project.predictions("model", confidence=0.6)) == 9
        lost = project.annotations.evaluated_by("model").where("outcome:fn")
        assert [each["id"] for each in lost] == [truth[0]["id"]]
        with pytest.deprecated_call():  # what it was called before
            assert len(project.annotations.judged_by("model", iou=0.9).where("outcome:fn")) == 1
        columns = table.sort("-iou").columns()
        assert columns["iou"][0] == 1
        assert columns["outcome"].tolist().count("tp") == 17
        assert {"object_area", "confidence", "class", "image_id"} <= set(columns)
        assert table.where("outcome:fp").tag("background") == 1  # the image
        assert [each["id"] for each in project.images.where("tag:background")] == [truth[0]["image_id"]]
        histogram = table.where("outcome:tp").histogram("iou", bins=4)
        assert sum(each["count"] for each in histogram["bins"]) == 17
        slow = project.explain("model", iou=0.9)
        assert slow["intervals"]["mAP"] is None  # six annotations a class are too few
        assert any("too few" in warning or "interval" in warning for warning in slow["warnings"]), slow["warnings"]
        bins = project.performance("model", "object_area", bins=4, by_class=True, iou=0.9)
        assert [each["class"] for each in bins["classes"]] == ["red", "green", "blue"]
        for at, each in enumerate(bins["bins"]):
            assert sum(of_class["predictions"][at] for of_class in bins["classes"]) == each["predictions"]
        assert {point["class"] for point in project.operating_points("model")} == {"red", "green", "blue"}
        with pytest.raises(UsageError, match="keeps no evaluation"):
            project.save_view("errors", table)
