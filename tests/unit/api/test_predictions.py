"""Prediction sets: what is taken in, what is refused and how it is told, and that sets leave each other alone."""

from __future__ import annotations

import json
from typing import Any

import pytest

ROUTE = "/api/projects/colors"


def detection(image=1, category=10, score=0.5, bbox=(2, 3, 10, 12), **more: Any) -> dict[str, Any]:
    return {"image_id": image, "category_id": category, "bbox": list(bbox), "score": score, **more}


@pytest.fixture
def take_in(client, tmp_path):
    """`take_in(records, name="one")` imports records and returns the job's end."""

    def run(records: Any, name: str = "one", text: str | None = None, **more: Any) -> dict[str, Any]:
        file = tmp_path / f"{name[:20]}.json"
        file.write_text(json.dumps(records) if text is None else text)
        job = client.post(f"{ROUTE}/predictions/import", json={"path": str(file), "name": name, **more})
        assert job.status_code == 202, job.text
        while (state := client.get(f"/api/jobs/{job.json()['id']}").json())["status"] in ("queued", "running"):
            pass
        return state

    return run


def listed(client):
    return [(s["name"], s["predictions"], s["covered_images"]) for s in client.get(f"{ROUTE}/predictions").json()]


def test_a_results_file_becomes_a_named_set_with_geometry_metrics(client, take_in, app):
    state = take_in([detection(), detection(2, 20, 0.9), detection(2, 20, 0.8, (2, 3, 10, 11))])
    assert state["result"] | {"examples": {}} == {
        "prediction_set": "one",
        "predictions": 3,
        "skipped": {},
        "examples": {},
        "faults": {},
        "matched_by": {"id": 3},
        "source": None,
        "warnings": [],
    }
    assert listed(client) == [("one", 3, 2)]
    store = app.workspace.get("colors")
    with store.read() as cursor:
        rows = cursor.execute(
            "SELECT p.score, m.object_area, m.annotation_duplicates FROM prediction p "
            "JOIN prediction_metric m USING (row) ORDER BY p.position"
        ).fetchall()
    assert [(score, area) for score, area, _ in rows] == [(0.5, 120), (0.9, 120), (0.8, 110)]
    assert [round(overlap, 4) for *_, overlap in rows] == [0, round(110 / 120, 4), round(110 / 120, 4)]


@pytest.mark.parametrize(
    ("bad", "reason"),
    [
        (detection(image=77), "unknown_image"),
        (detection(category=77), "unknown_class"),
        (detection(score=1.5), "score_out_of_range"),
        (detection(score=-0.1), "score_out_of_range"),
        (detection(score=None), "score_not_a_number"),
        (detection(score="high"), "score_not_a_number"),
        (detection(bbox=(1, 1, -3, 4)), "bbox_negative_size"),
        ("no object", "not_an_object"),
        ({"image_id": 1, "category_id": 10, "score": 0.5}, "no_shape"),
    ],
)
def test_what_cannot_be_a_prediction_stops_the_import_and_is_named(client, take_in, bad, reason):
    good = [detection(), detection(2), detection(3)]
    state = take_in([*good, bad])
    assert state["status"] == "failed"
    assert f"1 × {reason}" in state["error"]["actual"], state["error"]
    assert "skip-invalid" in state["error"]["hint"]
    assert listed(client) == []
    state = take_in([*good, bad], skip_invalid=True)
    assert (state["result"]["predictions"], state["result"]["skipped"]) == (3, {reason: 1})
    assert len(state["result"]["examples"][reason]) == 1


def test_not_a_number_as_score_is_refused(client, take_in):
    state = take_in(None, text='[{"image_id": 1, "category_id": 10, "bbox": [1, 1, 2, 2], "score": NaN}]')
    assert "score_not_a_number" in state["error"]["actual"]


def test_a_file_for_other_images_stops_even_when_invalid_records_may_be_left_out(client, take_in):
    state = take_in([detection(), detection(70), detection(71)], skip_invalid=True)
    assert state["status"] == "failed"
    assert "1 of 3 records" in state["error"]["actual"]
    assert listed(client) == []


def test_records_that_cannot_be_read_are_not_taken_for_those_of_other_images(client, take_in):
    state = take_in([{**detection(), "bbox": [1, 2, 3]}, {**detection(2), "bbox": [1, 2, -3, 4]}, detection(3)])
    assert state["error"]["title"] == "Some records cannot be predictions; nothing was imported."
    assert "1 × bbox_negative_size" in state["error"]["actual"]
    assert listed(client) == []


def test_a_dataset_file_is_not_taken_for_results(take_in):
    state = take_in({"images": [], "annotations": []})
    assert "import it with `assay import project --coco`" in state["error"]["hint"]


def test_text_that_is_no_json_names_line_and_column(take_in):
    state = take_in(None, text='[{"image_id": 1,]')
    assert "line 1, column 17" in state["error"]["title"]


def test_coverage_is_what_is_said(client, take_in, tmp_path):
    take_in([detection()], name="with")
    take_in([detection()], name="all", coverage="all")
    take_in([detection()], name="list", coverage=["00002.jpg", 1, "4"])
    assert listed(client) == [("with", 1, 1), ("all", 1, 6), ("list", 1, 3)]
    assert take_in([detection()], name="lost", coverage=["nope.jpg"])["status"] == "failed"
    assert len(listed(client)) == 3


def test_sets_are_renamed_and_removed_without_touching_others(client, take_in):
    take_in([detection(), detection(2)], name="a")
    take_in([detection(3)], name="b")
    assert take_in([detection()], name="a")["error"]["title"] == "There is a prediction set of that name already."
    assert client.post(f"{ROUTE}/predictions/rename", json={"name": "a", "new_name": "b"}).status_code == 409
    assert client.post(f"{ROUTE}/predictions/rename", json={"name": "a", "new_name": "ä/1"}).json()["name"] == "ä/1"
    assert client.post(f"{ROUTE}/predictions/remove", json={"name": "ä/1"}).json()["predictions"] == 2
    assert listed(client) == [("b", 1, 1)]
    assert client.post(f"{ROUTE}/predictions/remove", json={"name": "a"}).status_code == 404


def test_an_empty_results_file_is_an_empty_set(client, take_in):
    assert take_in([])["result"]["predictions"] == 0
    found = client.get(f"{ROUTE}/evaluation", params={"predictions": "one"}).json()
    assert (found["tp"], found["fp"], found["fn"], found["mAP"]) == (0, 0, 18, 0.0)


def test_probabilities_masks_and_rotation_are_kept(client, take_in, app):
    record = detection(segmentation=[[1, 1, 9, 1, 9, 9]], probabilities=[0.2, 0.7, 0.1], attributes={"rotation": 30})
    take_in([record])
    store = app.workspace.get("colors")
    with store.read() as cursor:
        [(shape, angle, start, count)] = cursor.execute(
            "SELECT shape, rotation, probability_start, probability_count FROM prediction"
        ).fetchall()
    assert (shape, angle) == (3, 30)
    assert store.coordinates.numbers(start, count).tolist() == [0.2, 0.7, 0.1]
