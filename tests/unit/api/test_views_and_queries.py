"""Views, what a query's text means, completion, rows, free fields of the user's own."""

from __future__ import annotations

import json

import pytest

ROUTE = "/api/projects/colors"


def parse(client, text, scope="annotation"):
    return client.post(f"{ROUTE}/query/parse", json={"text": text, "scope": scope})


def complete(client, text, scope="annotation", **more):
    return client.get(f"{ROUTE}/query/complete", params={"text": text, "scope": scope, **more}).json()


def test_a_query_is_told_part_by_part_with_what_remains_without_each(client):
    text = 'class:red -crowd:true (width<90 or meta.gain>3)  file:"*0.jpg"'
    found = parse(client, text).json()
    assert found["text"] == "class:red not crowd:true (width<90 or meta.gain>3) file:*0.jpg"
    assert [(text[t["start"] : t["end"]], t["text"], t["key"], t["negated"]) for t in found["terms"]] == [
        ("class:red", "class:red", "class", False),
        ("crowd:true", "not crowd:true", "crowd", True),
        ("width<90 or meta.gain>3", "(width<90 or meta.gain>3)", None, False),
        ('file:"*0.jpg"', "file:*0.jpg", "file", False),
    ]
    assert found["terms"][2]["remaining"] == "class:red not crowd:true file:*0.jpg"
    assert found["count"] == 1


def test_an_error_tells_the_place_what_was_expected_and_the_nearest_name(client):
    for text, place, near in (
        ("width<90 class:rde", (15, 3), "red"),
        ("widht<90", (0, 5), "width"),
        ("class:red blue", (10, 4), "class:blue"),
        ("outlier:widht", (8, 5), "width"),
        ("meta.gian>1", (0, 9), "meta.gain"),
        ("width<", (6, 1), None),
        ("shape:blob", (6, 4), None),
        ("split<3", (0, 7), None),
    ):
        answer = parse(client, text)
        problem = answer.json()
        assert (answer.status_code, problem["code"]) == (422, "query"), text
        assert (problem["position"], problem["length"]) == place, text
        assert problem["expected"], text
        assert problem.get("near") == near, text


def test_words_for_later_say_what_is_missing(client):
    for text, word in (("outcome:fn", "evaluation"), ("finding:x", "findings"), ('~"two dogs"', "text search")):
        assert word in parse(client, text).json()["title"]


def test_completion_offers_keys_then_values_of_the_key(client):
    assert {s["text"] for s in complete(client, "cl")["suggestions"]} >= {"class:", "class_overlap", "class_count"}
    red = complete(client, "width<90 class:r")
    assert (red["start"], red["end"], red["suggestions"][0]["text"]) == (15, 16, "red")
    assert "object_area" in [s["text"] for s in complete(client, "outlier:obj")["suggestions"]]
    assert [s["text"] for s in complete(client, "meta.camera:")["suggestions"]] == ["cam0", "cam1"]
    middle = complete(client, "class:re width<90", cursor=8)
    assert (middle["start"], middle["end"]) == (6, 8)


def test_every_completion_of_a_key_or_class_can_be_read(client):
    for scope in ("image", "annotation"):
        for letter in "abcdefgmorstvw":
            for each in complete(client, letter, scope)["suggestions"]:
                text = each["text"] if each["kind"] in ("class", "tag") else f"{each['text'].rstrip(':')}:null"
                if each["label"] in ("outlier", "severe"):
                    text = f"{each['text']}any"
                if each["kind"] != "keyword":
                    assert parse(client, text, scope).status_code == 200, (each, text)


def test_rows_are_a_stretch_of_the_result(client):
    order = {"scope": "annotation", "query": "class:blue", "sort": "-object_area"}
    items = client.post(f"{ROUTE}/query", json=order).json()["items"]
    found = client.get(f"{ROUTE}/rows", params=order | {"offset": 2, "limit": 3}).json()
    assert found == {"total": 6, "offset": 2, "rows": [item["row"] for item in items[2:5]]}


def test_a_view_keeps_a_query_and_counts_it_anew(client):
    body = {
        "name": "Small red",
        "scope": "annotation",
        "query": "class:red  AND object_area<120",
        "sort": "-object_area",
    }
    saved = client.put(f"{ROUTE}/views", json=body).json()
    assert (saved["query"], saved["count"], saved["problem"]) == ("class:red object_area<120", 4, None)
    client.put(f"{ROUTE}/views", json={"name": "All", "scope": "image", "query": ""})
    client.put(f"{ROUTE}/views", json=body | {"query": "class:blue"})  # in the place of the first
    assert [(v["name"], v["count"]) for v in client.get(f"{ROUTE}/views").json()] == [("Small red", 6), ("All", 6)]
    client.post(f"{ROUTE}/views/rename", json={"name": "All", "new_name": "Everything"})
    assert client.post(f"{ROUTE}/views/rename", json={"name": "Everything", "new_name": "Small red"}).status_code == 409
    client.post(f"{ROUTE}/views/delete", json={"name": "Small red"})
    assert [v["name"] for v in client.get(f"{ROUTE}/views").json()] == ["Everything"]


def test_a_view_whose_tag_has_gone_says_so_and_breaks_nothing(client):
    selection = {"scope": "image", "rows": [0]}
    client.post(f"{ROUTE}/tags/apply", json={"selection": selection, "name": "review"})
    client.put(f"{ROUTE}/views", json={"name": "To review", "scope": "image", "query": "tag:review"})
    client.post(f"{ROUTE}/tags/delete", json={"name": "review"})
    [view] = client.get(f"{ROUTE}/views").json()
    assert (view["count"], view["problem"]) == (None, "There is no tag “review”.")


def test_a_view_that_cannot_work_is_not_saved(client):
    for body in (
        {"name": "x", "scope": "image", "query": "class:"},
        {"name": "x", "scope": "image", "sort": "-nothing"},
        {"name": " ", "scope": "image"},
        {"name": "x" * 101, "scope": "image"},
    ):
        assert client.put(f"{ROUTE}/views", json=body).status_code == 422, body
    assert client.get(f"{ROUTE}/views").json() == []


def add_meta(client, tmp_path, text, expect=200, **more):
    file = tmp_path / "more.csv"
    file.write_text(text)
    answer = client.post(f"{ROUTE}/meta", json={"path": str(file), **more})
    assert answer.status_code == expect, answer.text
    return answer.json()


def test_columns_of_a_table_become_typed_fields(client, tmp_path):
    text = (
        "file_name,weather,temp,wet,day\n00000.jpg,sunny,21.5,false,2026-05-01\n"
        "00001.jpg,,3,true,2026-05-02\ngone.jpg,x,1,true,2026-05-02\n"
    )
    done = add_meta(client, tmp_path, text)
    assert done == {
        "columns": ["meta.weather", "meta.temp", "meta.wet", "meta.day"],
        "matched": 2,
        "unmatched": 1,
        "examples": ["gone.jpg"],
        "warnings": [],
    }
    listed = {c["name"]: (c["type"], c["count"], c["added"]) for c in client.get(f"{ROUTE}/meta").json()}
    assert listed["meta.weather"] == ("text", 1, True)
    assert listed["meta.temp"] == ("number", 2, True)
    assert listed["meta.wet"] == ("boolean", 2, True)
    assert listed["meta.day"] == ("date", 2, True)
    assert listed["meta.camera"] == ("text", 6, False)
    for query, rows in (
        ("meta.weather:sunny", [0]),
        ("meta.temp>3", [0]),
        ("meta.wet:true", [1]),
        ("meta.day:2026-05-02", [1]),
        ("meta.day<=2026-05-01", [0]),
        ("meta.weather:null", [1, 2, 3, 4, 5]),
    ):
        items = client.post(f"{ROUTE}/query", json={"query": query}).json()["items"]
        assert [item["row"] for item in items] == rows, query


def test_added_columns_outlive_a_refresh_of_the_annotation_file(workspace, dataset, tmp_path, app):
    from starlette.testclient import TestClient

    from assay.api.asgi import create_api

    client = TestClient(create_api(app), base_url="http://localhost")
    copy = tmp_path / "copy.json"
    copy.write_text(dataset.annotations.read_text())
    body = {"annotations": str(copy), "images": str(dataset.images), "name": "kept"}
    _finish(client, client.post("/api/projects/import/coco", json=body))
    file = tmp_path / "more.csv"
    file.write_text("id,weather\n1,sunny\n3,rain\n")
    done = client.post("/api/projects/kept/meta", json={"path": str(file), "key": "id"}).json()
    assert done["matched"] == 2
    content = json.loads(copy.read_text())
    content["images"][0]["gain"] = 77
    del content["images"][3]
    content["annotations"] = [a for a in content["annotations"] if a["image_id"] != 4]
    copy.write_text(json.dumps(content))
    _finish(client, client.post("/api/projects/kept/refresh", json={}))
    body = {"fields": ["meta.weather", "meta.gain"]}
    items = client.post("/api/projects/kept/query", json=body).json()["items"]
    assert [(i["id"], i["meta.weather"], i["meta.gain"]) for i in items] == [
        (1, "sunny", 77.0),
        (2, None, 1.0),
        (3, "rain", 2.0),
        (5, None, 4.0),
        (6, None, 5.0),
    ]


def _finish(client, job):
    assert job.status_code == 202, job.text
    while (state := client.get(f"/api/jobs/{job.json()['id']}").json())["status"] in ("queued", "running"):
        pass
    assert state["status"] == "done", state


def test_a_table_that_cannot_be_used_changes_nothing(client, tmp_path):
    for text, more, word in (
        ("name,a\nx,1\n", {}, "a column named file_name"),
        ("file_name,a\nx,1\n", {}, "No line"),
        ("file_name\nx\n", {}, "no columns"),
        ("file_name,camera\n00000.jpg,c9\n", {}, "field of that name"),
        ("file_name,a\n", {"key": "weight"}, "cannot tell items"),
        ("file_name,a,a\n00000.jpg,1,2\n", {}, "twice"),
    ):
        assert word in json.dumps(add_meta(client, tmp_path, text, 422 if "field of" not in word else 409, **more)), (
            word
        )
    assert not any(c["added"] for c in client.get(f"{ROUTE}/meta").json())


@pytest.mark.parametrize("scope", ["image", "annotation"])
def test_nothing_has_a_tag_that_nobody_has_made(client, scope):
    def parsed(text, status=200):
        answer = client.post(f"{ROUTE}/query/parse", json={"scope": scope, "text": text})
        assert answer.status_code == status
        return answer.json()

    whole = parsed("")["count"]
    found = parsed("not tag:done")
    assert (found["count"], found["hints"]) == (whole, ["There is no tag “done” yet, so nothing has it."])
    assert parsed("not (tag:done class:red)")["count"] == whole
    assert parsed("class:red not tag:done")["count"] == parsed("class:red")["count"]
    assert parsed("not not tag:done", 422)["item"] == "done"
    assert parsed("tag:done", 422)["item"] == "done"
    client.post(f"{ROUTE}/tags/apply", json={"selection": {"scope": scope, "query": ""}, "name": "done"})
    assert parsed("not tag:done")["count"] == 0
    assert parsed("not tag:done")["hints"] == []
    assert parsed("not tag:dome")["hints"] == ["There is no tag “dome” yet, so nothing has it. Did you mean “done”?"]
