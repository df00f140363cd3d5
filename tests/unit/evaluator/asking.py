"""What tests of evaluations ask the API."""

from __future__ import annotations

from typing import Any

from starlette.testclient import TestClient

ROUTE = "/api/projects/known"


def finish(client: TestClient, answer: Any) -> dict[str, Any]:
    assert answer.status_code == 202, answer.text
    while (state := client.get(f"/api/jobs/{answer.json()['id']}").json())["status"] in ("queued", "running"):
        pass
    assert state["status"] == "done", state
    result: dict[str, Any] = state["result"]
    return result


def evaluate(client: TestClient, **params: Any) -> dict[str, Any]:
    answer = client.get(f"{ROUTE}/evaluation", params={"predictions": "jittered", **params})
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.json()
    return found


def count(client: TestClient, query: str, scope: str = "prediction", **params: Any) -> int:
    body = {"query": query, "scope": scope, "predictions": "jittered", "limit": 0, **params}
    answer = client.post(f"{ROUTE}/query", json=body)
    assert answer.status_code == 200, answer.text
    total: int = answer.json()["total"]
    return total
