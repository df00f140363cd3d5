"""The description of the API: what is committed is what is served, and no request that it allows breaks the server."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from assay.api.export_openapi import describe
from assay.api.export_vocabulary import describe as describe_vocabulary
from assay.jobs.manager import JobManager

COMMITTED = Path(__file__).parents[3] / "web" / "openapi.json"
DOCUMENT = describe()
OPERATIONS = sorted((path, method) for path, methods in DOCUMENT["paths"].items() for method in methods)
ODD_TEXTS = [
    "", " ", "colors", "object_area", "-object_area", "row", "meta.gain", "🦊", "é́", "'; DROP TABLE image; --",
    '"', "%", "%00", "..", "/", "\\", "../../etc/passwd", "NULL", "0", "x" * 3_000, "\u202e", "\x00", "$1", "?",
    "a=1 OR 1=1", "1e999", "~root", "/proc/self/environ",
]  # fmt: skip
ODD_NUMBERS = [0, 1, -1, 5, 499, 2**31 - 1, 2**31, -(2**31) - 1, 2**63, -(2**63) - 1, 10**40, 1.5, float("1e300")]


def test_the_committed_document_is_what_the_server_says():
    assert json.loads(COMMITTED.read_text()) == DOCUMENT, "run: python -m assay.api.export_openapi > web/openapi.json"


def test_the_committed_vocabulary_of_the_web_app_is_that_of_the_server():
    committed = COMMITTED.with_name("src") / "api" / "vocabulary.ts"
    assert committed.read_text() == describe_vocabulary(), "run: make generate"


def test_the_served_document_is_the_same(client):
    served = client.get("/openapi.json").json()
    served["info"]["version"] = DOCUMENT["info"]["version"]
    assert served == DOCUMENT


def test_every_operation_has_a_name_of_its_own_and_a_summary():
    operations = [DOCUMENT["paths"][path][method] for path, method in OPERATIONS]
    names = [operation["operationId"] for operation in operations]
    assert len(set(names)) == len(names)
    assert all(operation["description"] for operation in operations)


def resolve(schema: dict[str, Any]) -> dict[str, Any]:
    if "$ref" in schema:
        return DOCUMENT["components"]["schemas"][schema["$ref"].rsplit("/", 1)[1]]  # type: ignore[no-any-return]
    return schema


def values(schema: dict[str, Any]) -> st.SearchStrategy[Any]:
    """Values that a schema allows, and some that it does not."""
    schema = resolve(schema)
    odd = st.sampled_from([*ODD_TEXTS, *ODD_NUMBERS, None, [], {}, True])
    if "anyOf" in schema:
        return st.one_of(*(values(option) for option in schema["anyOf"]), odd)
    if "enum" in schema:
        return st.one_of(st.sampled_from(schema["enum"]), st.sampled_from(schema["enum"]), odd)
    kind = schema.get("type")
    if kind == "object" and "properties" in schema:
        required = {k: values(v) for k, v in schema["properties"].items() if k in schema.get("required", [])}
        optional = {k: values(v) for k, v in schema["properties"].items() if k not in required}
        return st.one_of(st.fixed_dictionaries(required, optional=optional), odd)
    if kind == "array":
        return st.lists(values(schema.get("items", {})), max_size=3)
    if kind in ("integer", "number"):
        return st.one_of(st.integers(-2, 30), st.sampled_from(ODD_NUMBERS))
    if kind == "boolean":
        return st.booleans()
    return st.one_of(st.sampled_from(ODD_TEXTS), st.text(max_size=20))


def requests(path: str, method: str) -> st.SearchStrategy[dict[str, Any]]:
    """Requests of one operation: parameters in their places, and a body."""
    operation = DOCUMENT["paths"][path][method]
    places: dict[str, dict[str, st.SearchStrategy[Any]]] = {"path": {}, "query": {}, "header": {}}
    for parameter in operation.get("parameters", []):
        strategy = values(parameter["schema"])
        if parameter["name"] == "project":
            strategy = st.one_of(st.just("colors"), st.just("colors"), strategy)
        places[parameter["in"]][parameter["name"]] = strategy
    body = operation.get("requestBody", {}).get("content", {}).get("application/json", {}).get("schema")
    return st.fixed_dictionaries(
        {
            "path": st.fixed_dictionaries(places["path"]),
            "query": st.fixed_dictionaries({}, optional=places["query"]),
            "body": st.none() if body is None else values(body),
        }
    )


@pytest.mark.parametrize("row", [-1, 6, 999, 2**31 - 1, 2**31, 2**63, 10**40, -(10**40), "x", "1.5", "NaN"])
def test_rows_that_no_item_has_are_answered_as_such(client, row):
    for what in ("images/{}", "images/{}/thumbnail", "images/{}/view", "annotations/{}", "annotations/{}/crop"):
        if row != 6 or "images" in what:
            answer = client.get(f"/api/projects/colors/{what.format(row)}")
            assert answer.status_code in (404, 422), answer.text
    for number in ("offset", "row"):
        route = {"offset": "cards", "row": "position"}[number]
        answer = client.get(f"/api/projects/colors/{route}", params={"scope": "image", number: row})
        assert answer.status_code in (200, 422), answer.text


@pytest.fixture
def no_work(monkeypatch):
    """Let jobs be asked for, but none be done, no disk be listed, and nothing be deleted."""
    monkeypatch.setattr("assay.api.routes.formats.list_images", lambda root, patterns: [])
    monkeypatch.setattr(JobManager, "submit", lambda self, job: job)
    monkeypatch.setattr("assay.project.workspace.Workspace.delete", lambda self, name: self.path(name))


@pytest.mark.parametrize(("path", "method"), OPERATIONS, ids=lambda part: part.strip("/"))
def test_no_request_breaks_the_server(client, no_work, path, method):
    from urllib.parse import quote

    @settings(max_examples=15, derandomize=True, database=None, suppress_health_check=list(HealthCheck))
    @given(request=requests(path, method))
    def check(request: dict[str, Any]) -> None:
        address = path
        for name, value in request["path"].items():
            address = address.replace("{" + name + "}", quote(str(value), safe="") or "%20")
        body = None if request["body"] is None else json.dumps(request["body"]).encode()
        answer = client.request(
            method.upper(),
            address,
            params={key: value for key, value in request["query"].items() if not isinstance(value, dict | list)},
            content=body,
            headers={"content-type": "application/json"} if body else {},
        )
        assert answer.status_code < 500, (request, answer.text)
        if answer.status_code >= 400:
            assert answer.headers["content-type"] == "application/problem+json"
            assert answer.json()["status"] == answer.status_code

    check()
