"""Tags: many items at once, exact undo, names of all kinds, and the list of tags kept in order."""

from __future__ import annotations

import threading

import pytest

ROUTE = "/api/projects/colors"


def apply(client, name, action="add", scope="image", expect=200, **selection):
    body = {"selection": {"scope": scope, **selection}, "name": name, "action": action}
    answer = client.post(f"{ROUTE}/tags/apply", json=body)
    assert answer.status_code == expect, answer.text
    return answer.json()


def tagged(client, name, scope="image"):
    query = {"query": f'tag:"{name}"', "scope": scope}
    return [item["row"] for item in client.post(f"{ROUTE}/query", json=query).json()["items"]]


def test_all_items_of_a_query_are_tagged_at_once_but_for_exceptions(client):
    done = apply(client, "big", scope="annotation", query="class:red or class:blue", except_rows=[2, 3])
    assert (done["tag"], done["changed"]) == ("big", 10)
    assert tagged(client, "big", "annotation") == [0, 5, 6, 8, 9, 11, 12, 14, 15, 17]
    [tag] = client.get(f"{ROUTE}/tags").json()
    assert (tag["images"]["count"], tag["annotations"]["count"]) == (0, 10)


def test_image_tags_and_annotation_tags_are_apart(client):
    apply(client, "review", rows=[1])
    apply(client, "review", scope="annotation", rows=[0, 1])
    assert tagged(client, "review") == [1]
    assert tagged(client, "review", "annotation") == [0, 1]


def test_undo_takes_back_what_one_tagging_changed_and_nothing_else(client):
    apply(client, "review", rows=[0, 1])
    second = apply(client, "review", rows=[1, 2, 3])
    assert second["changed"] == 2  # row 1 carried it already
    apply(client, "review", rows=[4])
    undone = client.post(f"{ROUTE}/tags/undo", json={"change": second["change"]})
    assert undone.json()["changed"] == 2
    assert tagged(client, "review") == [0, 1, 4]
    again = client.post(f"{ROUTE}/tags/undo", json={"change": second["change"]})
    assert (again.status_code, again.json()["title"]) == (404, "There is nothing to undo.")


def test_undo_of_a_removal_brings_the_tag_back_even_if_it_was_deleted_since(client):
    apply(client, "review", rows=[0, 1, 2])
    removal = apply(client, "review", "remove", rows=[1, 2, 5])
    assert (removal["changed"], tagged(client, "review")) == (2, [0])
    client.post(f"{ROUTE}/tags/delete", json={"name": "review"})
    client.post(f"{ROUTE}/tags/undo", json={"change": removal["change"]})
    assert tagged(client, "review") == [1, 2]


def test_the_state_of_a_selection_is_all_some_or_none(client):
    apply(client, "all", query="")
    apply(client, "some", rows=[0, 1])
    apply(client, "none", rows=[5])
    state = client.post(f"{ROUTE}/tags/state", json={"scope": "image", "rows": [0, 1, 2]}).json()
    assert state["total"] == 3
    assert {tag["name"]: tag["tagged"] for tag in state["tags"]} == {"all": 3, "none": 0, "some": 2}


def test_tagging_leaves_results_that_do_not_speak_of_tags_in_the_cache(client, app):
    store = app.workspace.get("colors")
    before, plain = app.results.get(store, "image", ""), app.results.get(store, "image", "tag:null")
    version = store.data_version
    apply(client, "review", rows=[0])
    assert store.data_version == version
    assert app.results.get(store, "image", "") is before
    assert len(app.results.get(store, "image", "tag:null")) == len(plain) - 1


@pytest.mark.parametrize(
    "name",
    ["🐈‍⬛ naïve", '"; DROP TABLE tag; --', "a/b?c#d", "x" * 100, "null", "*", "1..2", "or", "日本語 タグ", "' or 1=1"],
)
def test_any_name_on_a_line_works_everywhere(client, name):
    apply(client, name, rows=[0, 2])
    [tag] = client.get(f"{ROUTE}/tags").json()
    assert tag["name"] == name
    found = client.post(f"{ROUTE}/query", json={"query": tag["images"]["query"]}).json()
    assert [item["row"] for item in found["items"]] == [0, 2]
    assert client.post(f"{ROUTE}/tags/update", json={"name": name, "color": "#123456"}).json()["color"] == "#123456"
    assert client.post(f"{ROUTE}/tags/delete", json={"name": name}).json() == {"images": 2, "annotations": 0}


@pytest.mark.parametrize("name", ["", "   ", "x" * 101, "x" * 10_000, "two\nlines", "bell\x07", "x" * 30_000])
def test_a_name_that_cannot_be_used_is_refused_and_nothing_changes(client, name):
    answer = apply(client, name, rows=[0], expect=422)
    assert answer["expected"]
    assert client.get(f"{ROUTE}/tags").json() == []


def test_renaming_onto_another_tag_merges_only_when_asked(client):
    apply(client, "a", rows=[0, 1])
    apply(client, "b", rows=[1, 2])
    refused = client.post(f"{ROUTE}/tags/update", json={"name": "a", "new_name": "b"})
    assert (refused.status_code, refused.json()["code"]) == (409, "exists")
    merged = client.post(f"{ROUTE}/tags/update", json={"name": "a", "new_name": "b", "merge": True}).json()
    assert (merged["name"], merged["images"]["count"]) == ("b", 3)
    assert [tag["name"] for tag in client.get(f"{ROUTE}/tags").json()] == ["b"]


def test_an_unclear_selection_and_an_unknown_tag_are_refused(client):
    apply(client, "x", expect=422)
    apply(client, "x", expect=422, rows=[1], query="")
    apply(client, "x", expect=422, query="class:nothing")
    apply(client, "x", "remove", expect=404, rows=[1])
    assert client.post(f"{ROUTE}/tags/update", json={"name": "x", "color": "#fff000"}).status_code == 404
    assert client.post(f"{ROUTE}/tags/delete", json={"name": "x"}).status_code == 404
    assert apply(client, "x", rows=[99, 1])["changed"] == 1  # a row that is no item is none


def test_a_colour_that_cannot_be_read_changes_nothing(client):
    body = {"selection": {"scope": "image", "rows": [0]}, "name": "x", "color": "url(evil)"}
    assert client.post(f"{ROUTE}/tags/apply", json=body).status_code == 422
    assert client.get(f"{ROUTE}/tags").json() == []


def test_tags_written_to_a_file_come_back_the_same(client, tmp_path):
    apply(client, "a, b", rows=[0, 3])
    apply(client, "a, b", scope="annotation", rows=[4, 7])
    apply(client, "c", scope="annotation", query="class:blue")
    text = client.get(f"{ROUTE}/tags/export").text
    file = tmp_path / "tags.csv"
    file.write_text(text + "late,image,nowhere.jpg,\n")
    before = client.get(f"{ROUTE}/tags").json()
    for tag in before:
        client.post(f"{ROUTE}/tags/delete", json={"name": tag["name"]})
    done = client.post(f"{ROUTE}/tags/import", json={"path": str(file)}).json()
    expected = {"tags": ["a, b", "c"], "changed": 10, "skipped": 1, "examples": ["nowhere.jpg"], "warnings": []}
    assert done == expected
    after = client.get(f"{ROUTE}/tags").json()
    assert [t | {"color": ""} for t in after] == [t | {"color": ""} for t in before]


def test_a_file_of_tags_that_cannot_be_used_says_why(client, tmp_path):
    file = tmp_path / "tags.csv"
    for text, word in (
        ("name,scope\n", "tag, scope, file_name, id"),
        ("tag,scope,file_name,id\nx,photo,a,1\n", "photo"),
    ):
        file.write_text(text)
        answer = client.post(f"{ROUTE}/tags/import", json={"path": str(file)})
        assert answer.status_code == 422
        assert word in answer.text
    assert client.post(f"{ROUTE}/tags/import", json={"path": str(tmp_path / "no.csv")}).status_code == 422


def test_tags_that_several_clients_set_at_once_all_stay(client):
    threads = [threading.Thread(target=apply, args=(client, f"t{i % 4}"), kwargs={"rows": [i % 6]}) for i in range(24)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert {name: tagged(client, name) for name in ("t0", "t1", "t2", "t3")} == {
        "t0": [0, 2, 4],
        "t1": [1, 3, 5],
        "t2": [0, 2, 4],
        "t3": [1, 3, 5],
    }


def test_views_follow_a_tag_that_is_renamed_or_merged(client):
    apply(client, "dark", rows=[0, 1])
    apply(client, "dim", rows=[2])
    query = "tag:dark or not (tag:dark width<90) or meta.camera:dark"
    client.put(f"{ROUTE}/views", json={"name": "v", "scope": "image", "query": query})
    client.post(f"{ROUTE}/tags/update", json={"name": "dark", "new_name": "very dark"})
    [view] = client.get(f"{ROUTE}/views").json()
    assert view["query"] == 'tag:"very dark" or not (tag:"very dark" width<90) or meta.camera:dark'
    assert view["problem"] is None
    client.post(f"{ROUTE}/tags/update", json={"name": "very dark", "new_name": "dim", "merge": True})
    [view] = client.get(f"{ROUTE}/views").json()
    assert (view["query"], view["problem"]) == ("tag:dim or not (tag:dim width<90) or meta.camera:dark", None)
