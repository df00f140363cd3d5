"""Parameters in an address that a route does not know are refused by name, not passed over."""

from __future__ import annotations

import pytest
from tests.unit.evaluator.asking import ROUTE

from assay.api.export_openapi import describe

_PATHS = describe()["paths"]
_ROUTES = {
    "evaluation": {"predictions": "p"},
    "evaluation/slow": {"predictions": "p"},
    "evaluation/compare": {"predictions": "p", "other": "q"},
    "evaluation/performance": {"predictions": "p", "metric": "brightness"},
    "evaluation/operating-points": {"predictions": "p"},
    "evaluation/thresholds": {"predictions": "p"},
    "evaluation/tasks": {"predictions": "p"},
    "cards": {"scope": "image"},
    "position": {"scope": "image", "row": 0},
    "rows": {"scope": "image"},
    "images/0": {},
    "annotations/0": {},
    "predictions/items/0": {},
    "metrics": {},
    "metrics/brightness": {},
    "metrics/brightness/histogram": {"scope": "image"},
    "distribution": {"scope": "image"},
    "query/complete": {"scope": "image"},
}


@pytest.mark.parametrize("route", _ROUTES)
def test_an_unknown_parameter_is_named(client, route):
    answer = client.get(f"{ROUTE}/{route}", params={**_ROUTES[route], "low": 3})
    assert answer.status_code == 422
    problem = answer.json()
    assert (problem["item"], problem["actual"]) == ("query.low", "'3'")
    assert problem["title"] == "The request has a parameter that is not known."


def test_every_route_of_evaluations_and_judged_items_is_among_them():
    judging = {
        path.removeprefix("/api/projects/{project}/").replace("{row}", "0").replace("{key}", "brightness")
        for path, methods in _PATHS.items()
        if "predictions" in {each["name"] for each in methods.get("get", {}).get("parameters", ())}
    }
    assert judging - {"annotations/0/crop", "predictions/items/0/crop"} == set(_ROUTES)
