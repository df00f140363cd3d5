"""The query language: text and tree agree, and what a query finds equals a filter written in Python."""

from __future__ import annotations

import fnmatch
import json
import random
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from assay.api.app import App
from assay.errors import QueryError
from assay.project.tags import add_tag
from assay.project.values import read_statistics
from assay.query.parse import parse
from assay.query.tree import And, Node, Not, Or, Search, Term, Value, conjunction, disjunction
from tests.conftest import holder

# ------------------------------------------------------------ text and tree

WORDS = st.text(st.characters(exclude_categories=("Cs",)), min_size=1, max_size=8)
KEYS = st.sampled_from(["class", "brightness", "meta.camera", "or", "not", "outlier", "größe", "a b", "-x"]) | WORDS
VALUES = st.builds(Value, st.from_regex(r"[a-z0-9.\-*=]{1,6}", fullmatch=True)) | st.builds(Value.quoted, WORDS)


def _plain_value(value: Value) -> bool:
    """Say whether a value can have been read: what is special must be marked as literal or be special."""
    return not (value.literal and Value.quoted(value.text) != value)


TERMS: st.SearchStrategy[Node] = st.builds(
    Term, KEYS, st.sampled_from([":", "<", "<=", ">", ">="]), VALUES.filter(_plain_value)
) | st.builds(Search, WORDS)
TREES = st.recursive(
    TERMS,
    lambda inner: (
        st.builds(Not, inner)
        | st.lists(inner, min_size=2, max_size=4).map(conjunction)
        | st.lists(inner, min_size=2, max_size=4).map(disjunction)
    ),
    max_leaves=12,
)


@given(TREES)
def test_a_tree_written_and_read_again_is_the_same_tree(tree):
    text = str(tree)
    assert parse(text) == tree
    assert str(parse(text)) == text


@given(st.text(max_size=60) | st.text(alphabet='ab:<>=()"~- orntd.*\\', max_size=40))
def test_any_text_is_a_query_with_a_stable_form_or_an_error_at_a_place_in_it(text):
    tree, error = None, None
    try:
        tree = parse(text)
    except QueryError as refused:
        error = refused
    if error is None:
        assert parse(str(tree)) == tree
    else:
        assert error.expected
        assert error.position is not None
        assert 0 <= error.position <= len(text)


# ------------------------------------------------------------ brute force

NUMBERS = {"image": ("brightness", "object_count", "meta.gain"), "annotation": ("object_area", "attr.score", "box_fit")}
CLASSES = ("cat", "sports ball", 'Ünïcode "quoted"', "none of it")
FILES = ("*", "*1.png", "b/*", "a/00?.png", "a/001.png", "[a]/*")


@dataclass
class Known:
    """A project, and all that is in it as plain records."""

    app: App
    images: list[dict[str, Any]]
    annotations: list[dict[str, Any]]
    limits: dict[str, dict[str, Any]]

    def find(self, scope: str, text: str) -> set[int]:
        return set(self.app.results.get(self.app.workspace.get("known"), scope, text).tolist())  # type: ignore[arg-type]


@pytest.fixture(scope="module")
def known(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Known]:
    folder = tmp_path_factory.mktemp("known")
    _write(folder)
    app = App(folder / "workspace", holder())
    app.directory.mkdir()
    from starlette.testclient import TestClient

    from assay.api.asgi import create_api

    client = TestClient(create_api(app), base_url="http://localhost")
    body = {"annotations": str(folder / "known.json"), "images": str(folder / "images"), "name": "known"}
    job = client.post("/api/projects/import/coco", json=body).json()
    while client.get(f"/api/jobs/{job['id']}").json()["status"] in ("queued", "running"):
        pass
    store = app.workspace.get("known")
    with store.write() as cursor:
        cursor.execute("UPDATE image SET split = CASE row % 3 WHEN 0 THEN 'train' WHEN 1 THEN 'val' END")
    add_tag(store, "image", "review", np.array([0, 2, 5, 7], dtype=np.int32), "test")
    add_tag(store, "annotation", "review", np.arange(0, 40, 3, dtype=np.int32), "test")
    add_tag(store, "annotation", "odd, name", np.array([1, 2], dtype=np.int32), "test")
    fields = {
        "image": ["row", "split", "status", *NUMBERS["image"], "meta.camera", "meta.day"],
        "annotation": ["row", "class", "shape", "crowd", *NUMBERS["annotation"], "attr.checked", "image_id"],
    }
    records = {
        scope: client.post("/api/projects/known/query", json={"scope": scope, "fields": names}).json()["items"]
        for scope, names in fields.items()
    }
    with store.read() as cursor:
        tags = {
            scope: cursor.execute(f"SELECT x.row, t.name FROM {scope}_tag x JOIN tag t USING (tag)").fetchall()
            for scope in fields
        }
    images = {image["id"]: image for image in records["image"]}
    for scope, items in records.items():
        for item in items:
            item["tags"] = {name for row, name in tags[scope] if row == item["row"]}
    for annotation in records["annotation"]:
        annotation["image"] = images[annotation["image_id"]]
    limits = {key: s["limits"] for scope in fields for key, s in read_statistics(store, scope).items()}  # type: ignore[arg-type]
    yield Known(app, records["image"], records["annotation"], limits)
    app.close()


def _write(folder: Path) -> None:
    """Write 14 images, one of them gone, and 43 annotations with gaps in their free fields."""
    draw = random.Random(7)
    content: dict[str, Any] = {"images": [], "annotations": [], "categories": []}
    content["categories"] = [{"id": i + 1, "name": name} for i, name in enumerate(CLASSES)]
    for part in ("a", "b"):
        (folder / "images" / part).mkdir(parents=True)
    for i in range(14):
        name = f"{'ab'[i % 2]}/{i:03d}.png"
        image: dict[str, Any] = {"id": i if i % 5 else f"n{i}", "file_name": name, "width": 60, "height": 40}
        if i % 4:
            image["gain"] = i / 2
        if i % 3:
            image["camera"] = ("front", "rear left", "null")[i % 3]
        if i % 2:
            image["day"] = f"2026-0{1 + i % 3}-1{i % 4}T{i:02d}:00:00"
        content["images"].append(image)
        if i != 9:
            shade = np.full((40, 60, 3), (draw.randrange(255), draw.randrange(255), 40), dtype=np.uint8)
            cv2.imwrite(str(folder / "images" / name), shade)
    for k in range(43):
        x, y, w, h = draw.randrange(30), draw.randrange(20), draw.randrange(2, 30), draw.randrange(2, 20)
        i = draw.randrange(13)
        annotation: dict[str, Any] = {
            "id": 100 + k, "image_id": content["images"][i]["id"], "category_id": draw.choice((1, 1, 1, 2, 3)),
            "bbox": [x, y, w, h], "area": w * h, "iscrowd": int(k % 11 == 0),
        }  # fmt: skip
        if k % 2:
            annotation["segmentation"] = [[x, y, x + w, y, x + w, y + h / 2]]
        if k % 3:
            annotation["score"] = k / 43
        if k % 5:
            annotation["attributes"] = {"checked": k % 2 == 0}
        content["annotations"].append(annotation)
    (folder / "known.json").write_text(json.dumps(content))


def _number(value: float | None, operator: str, text: str) -> bool:
    if text == "null":
        return value is None
    if value is None:
        return False
    if text == "*":
        return True
    if ".." in text:
        low, high = text.split("..")
        closed, high = high.startswith("="), high.removeprefix("=")
        above = not low or value >= float(low)
        below = not high or (value <= float(high) if closed else value < float(high))
        return above and below
    number = float(text)
    return {
        ":": value == number,
        "<": value < number,
        "<=": value <= number,
        ">": value > number,
        ">=": value >= number,
    }[operator]


def _severity(limits: dict[str, Any], value: float | None, wanted: str) -> bool:
    if value is None or value in limits["common"]:
        return False
    names = ("severe",) if wanted == "severe" else ("severe", "moderate")
    for name in names:
        low, high = limits[f"{name}_low"], limits[f"{name}_high"]
        if limits["inclusive"]:
            found = (low is not None and value <= low) or (high is not None and value >= high)
        else:
            found = (low is not None and value < low) or (high is not None and value > high)
        if found:
            return True
    return False


IMAGE_KEYS = {*NUMBERS["image"], "split", "status", "file", "meta.camera", "meta.day"}


def _is_of_object(node: Node) -> bool:
    if isinstance(node, Term):
        key = node.value.text if node.key in ("outlier", "severe") else node.key
        return key not in IMAGE_KEYS and key not in ("tag", "id")
    return isinstance(node, And | Or) and all(_is_of_object(child) for child in node.children)


def _term(known: Known, term: Term, item: dict[str, Any]) -> bool:
    text, special = term.value.text, not term.value.literal
    source = item if term.key in item or "image" not in item else item["image"]
    if term.key in ("outlier", "severe"):
        owner = item if text in item or "image" not in item else item["image"]
        return _severity(known.limits[text], owner[text], term.key)
    if term.key == "tag":
        return (
            (not item["tags"] if text == "null" else bool(item["tags"]))
            if special and text in ("null", "*")
            else (text in item["tags"])
        )
    if term.key == "file":
        name = (item.get("image") or item)["file_name"]
        if text == "*" and special:
            return True
        return re.fullmatch(fnmatch.translate(text.replace("[", "[[]")), name) is not None
    if term.key == "id":
        return str(item["id"]) == text
    value = source[term.key]
    if term.key == "meta.day":
        return value is not None and value.startswith(text)
    if term.key in ("crowd", "attr.checked"):
        return value is None if text == "null" else value is (text == "true")
    if isinstance(value, str) or term.key in ("split", "meta.camera", "class", "shape", "status"):
        if special and text in ("null", "*"):
            return (value is None) == (text == "null")
        return value == text
    return _number(value, term.operator, text)


def holds(known: Known, node: Node, item: dict[str, Any]) -> bool:
    """Say whether a query holds for an item, read off the definition."""
    if isinstance(node, Not):
        return not holds(known, node.child, item)
    in_image_scope = "image" not in item
    if in_image_scope and _is_of_object(node):
        return any(holds(known, node, each) for each in known.annotations if each["image"] is item)
    if isinstance(node, And):
        together = [child for child in node.children if in_image_scope and _is_of_object(child)]
        if together and not any(
            all(holds(known, child, each) for child in together) for each in known.annotations if each["image"] is item
        ):
            return False
        return all(holds(known, child, item) for child in node.children if child not in together)
    if isinstance(node, Or):
        return any(holds(known, child, item) for child in node.children)
    assert isinstance(node, Term)
    return _term(known, node, item)


BOUNDS = st.sampled_from(["0", "0.2", "0.5", "1", "3", "4.5", "40", "120", "0.4186046511627907"])
RANGES = st.one_of(
    BOUNDS,
    st.sampled_from(["null", "*"]),
    st.tuples(BOUNDS, BOUNDS, st.booleans()).map(lambda r: f"{r[0]}..{'=' if r[2] else ''}{r[1]}"),
    BOUNDS.map(lambda b: f"{b}.."),
    BOUNDS.map(lambda b: f"..{b}"),
)
ALL_NUMBERS = st.sampled_from([*NUMBERS["image"], *NUMBERS["annotation"]])


def terms_of(key: str, *words: str) -> st.SearchStrategy[Term]:
    return st.builds(lambda word: Term(key, ":", Value(word)), st.sampled_from(words))


def quoted_terms_of(key: str, *words: str) -> st.SearchStrategy[Term]:
    return st.builds(lambda word: Term(key, ":", Value.quoted(word)), st.sampled_from(words))


KNOWN_TERMS = st.one_of(
    st.builds(lambda key, text: Term(key, ":", Value(text)), ALL_NUMBERS, RANGES),
    st.builds(lambda k, o, t: Term(k, o, Value(t)), ALL_NUMBERS, st.sampled_from(["<", "<=", ">", ">="]), BOUNDS),
    quoted_terms_of("class", *CLASSES),
    terms_of("split", "train", "val", "x", "null"),
    terms_of("shape", "box", "polygon", "mask", "*"),
    terms_of("crowd", "true", "false"),
    terms_of("attr.checked", "true", "false", "null"),
    terms_of("tag", "review", "null", "*"),
    quoted_terms_of("tag", "odd, name"),
    terms_of("file", *FILES),
    terms_of("id", "1", "n0", "n5", "103", "-3"),
    quoted_terms_of("meta.camera", "front", "rear left", "null"),
    terms_of("meta.camera", "null", "*", "front"),
    terms_of("meta.day", "2026-02-11", "2026-01-13", "2026-03-12"),
    terms_of("status", "ok", "missing"),
    terms_of("outlier", "brightness", "object_area", "box_fit", "object_count"),
    terms_of("severe", "brightness", "object_area", "box_fit", "object_count"),
)
QUERIES = st.recursive(
    KNOWN_TERMS,
    lambda inner: (
        st.builds(Not, inner)
        | st.lists(inner, min_size=2, max_size=3).map(conjunction)
        | st.lists(inner, min_size=2, max_size=3).map(disjunction)
    ),
    max_leaves=6,
)


@settings(max_examples=150)
@given(tree=QUERIES)
def test_a_query_finds_the_images_that_a_filter_in_python_finds(known, tree):
    assert known.find("image", str(tree)) == {image["row"] for image in known.images if holds(known, tree, image)}


@settings(max_examples=150)
@given(tree=QUERIES)
def test_a_query_finds_the_annotations_that_a_filter_in_python_finds(known, tree):
    expected = {each["row"] for each in known.annotations if holds(known, tree, each)}
    assert known.find("annotation", str(tree)) == expected


@settings(max_examples=60)
@given(tree=QUERIES, scope=st.sampled_from(["image", "annotation"]))
def test_a_query_and_its_complement_share_the_items_among_them(known, tree, scope):
    found, others = known.find(scope, str(tree)), known.find(scope, str(Not(tree)))
    everything = {each["row"] for each in (known.images if scope == "image" else known.annotations)}
    assert found | others == everything
    assert not found & others


@settings(max_examples=60)
@given(
    tree=QUERIES,
    sort=st.sampled_from(["brightness", "object_area", "attr.score", "meta.gain", "class", "object_count"]),
    descending=st.booleans(),
)
def test_orders_put_nulls_last_and_equal_values_by_row(known, tree, sort, descending):
    store = known.app.workspace.get("known")
    key = f"-{sort}" if descending else sort
    rows = known.app.results.get(store, "annotation", str(tree), key).tolist()
    items = {each["row"]: each for each in known.annotations}
    values = [items[row][sort] if sort in items[row] else items[row]["image"][sort] for row in rows]
    present = [(value, row) for value, row in zip(values, rows, strict=True) if value is not None]
    absent = [row for value, row in zip(values, rows, strict=True) if value is None]
    by_row = sorted(present, key=lambda pair: pair[1])
    expected = sorted(by_row, key=lambda pair: pair[0], reverse=descending)
    assert [row for _, row in present] + absent == rows
    assert present == expected
    assert absent == sorted(absent)
