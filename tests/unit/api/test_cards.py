"""Cards: what is kept of an item follows the data and the tags, and the answer is what the schema says."""

from __future__ import annotations

import json
from types import SimpleNamespace

import numpy as np
import pytest

from assay.api.card_shapes import _count_digits
from assay.api.schemas.items import CardPage
from assay.query.row_cache import RowCache

ROUTE = "/api/projects/colors"


def cards(client, **params):
    answer = client.get(f"{ROUTE}/cards", params={"scope": "annotation", **params})
    assert answer.status_code == 200, answer.text
    return CardPage.model_validate_json(answer.content, strict=True).cards


@pytest.mark.parametrize("scope", ["image", "annotation"])
def test_a_page_is_what_the_schema_says_and_the_same_when_it_is_asked_for_again(client, scope):
    first = cards(client, scope=scope, metric="brightness")
    assert first
    assert cards(client, scope=scope, metric="brightness") == first


def test_a_card_shows_the_boxes_that_the_details_show(client):
    for card in cards(client):
        detail = client.get(f"{ROUTE}/images/{card.image_row}").json()
        assert [shape.model_dump() for shape in card.shapes] == detail["shapes"]
        assert card.objects == len(detail["shapes"])


def test_tags_are_on_the_cards_at_once_and_gone_with_their_undoing(client):
    assert {tuple(card.tags) for card in cards(client)} == {()}
    body = {"name": "odd", "action": "add", "selection": {"scope": "annotation", "rows": [1, 2]}}
    change = client.post(f"{ROUTE}/tags/apply", json=body).json()["change"]
    assert [card.row for card in cards(client) if card.tags == ["odd"]] == [1, 2]
    client.post(f"{ROUTE}/tags/undo", json={"change": change})
    assert {tuple(card.tags) for card in cards(client)} == {()}


def test_an_image_of_many_objects_shows_200_of_them_and_the_item_itself(client, app):
    store = app.workspace.get("colors")
    with store.write() as cursor:
        cursor.execute(
            "INSERT INTO annotation BY NAME SELECT a.* REPLACE ((1000 + n)::INTEGER AS row) "
            "FROM annotation a, range(300) numbers(n) WHERE a.row = 0"
        )
        cursor.execute("INSERT INTO annotation_metric (row) SELECT 1000 + n FROM range(300) numbers(n)")
    [last] = [card for card in cards(client, limit=500) if card.row == 1299]
    assert last.objects == 303
    assert len(last.shapes) == 200
    assert last.shapes[0].row == 1299


@pytest.mark.parametrize("own_id", [2**63, 2**64, 10**30, -(2**63) - 1, 1.5, "a\u0000b", None])
def test_ids_of_any_kind_reach_the_card_as_they_are(client, app, own_id):
    store = app.workspace.get("colors")
    with store.write() as cursor:
        key = None if own_id is None else json.dumps(own_id)
        cursor.execute("UPDATE annotation SET source_id = NULL, source_key = ? WHERE row = 0", [key])
    answer = client.get(f"{ROUTE}/cards", params={"scope": "annotation", "limit": 1})
    assert json.loads(answer.content)["cards"][0]["id"] == own_id


@pytest.mark.parametrize(
    ("side_px", "digits"), [(4_000, 0), (400, 0), (399, 1), (40, 1), (39, 2), (0.5, 3), (0, 0), (1e-30, 6)]
)
def test_small_shapes_which_cards_enlarge_are_written_with_more_digits(side_px, digits):
    assert _count_digits(side_px) == digits
    if side_px > 1e-3:
        assert 0.5 * 10.0**-digits <= side_px / 400 or digits == 0


def test_what_is_known_of_rows_is_made_once_a_version_and_within_its_bytes():
    cache = RowCache(most_bytes=30)
    made = []

    def make(rows):
        made.append(rows.tolist())
        return {row: f"value {row}" for row in rows.tolist() if row != 9}

    store = SimpleNamespace(version=lambda: 1)

    def ask(*rows):
        return cache.get(store, "kind", np.array(rows, dtype=np.int32), make, lambda _: 10)

    assert ask(3, 1, 3) == {1: "value 1", 3: "value 3"}
    assert ask(1, 2, 9) == {1: "value 1", 2: "value 2"}
    ask(4)  # the oldest, 3, makes room
    ask(3)
    store.version = lambda: 2
    ask(4)
    assert made == [[1, 3], [2, 9], [4], [3], [4]]
