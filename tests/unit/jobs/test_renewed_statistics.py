"""A project that an older Assay has summarised gets the limits of today when it is opened."""

from __future__ import annotations

import orjson
from starlette.testclient import TestClient
from tests.conftest import holder

from assay.api.app import App
from assay.api.asgi import create_api
from assay.errors import StorageError
from assay.jobs.engine import aggregate


def _limits(app, key):
    client = TestClient(create_api(app), base_url="http://localhost")
    found = client.get("/api/projects/colors/metrics", params={"scope": "image"}).json()
    return next(metric["limits"] for metric in found if metric["key"] == key)


def test_statistics_of_older_rules_are_made_anew_on_opening(workspace):
    app = App(workspace, holder())
    expected = _limits(app, "contrast")
    with app.workspace.get("colors").write() as cursor:
        for scope, key, text in cursor.execute("SELECT scope, key, statistics FROM metric_state").fetchall():
            older = orjson.loads(text) | {"limits": {"moderate_low": -7.0}}
            cursor.execute(
                "UPDATE metric_state SET version = -2, statistics = ? WHERE scope = ? AND key = ?",
                [orjson.dumps(older).decode(), scope, key],
            )
        cursor.execute("INSERT INTO state VALUES ('statistics_due', 1)")
    app.close()
    again = App(workspace, holder())
    assert _limits(again, "contrast") == expected
    assert expected["moderate_low"] == 0.09
    with again.workspace.get("colors").read() as cursor:
        assert cursor.execute("SELECT count(*) FROM state WHERE key = 'statistics_due'").fetchall() == [(0,)]
        assert cursor.execute("SELECT count(*) FROM metric_state WHERE version = -2").fetchall() == [(0,)]
    again.close()


def test_a_project_opens_though_its_statistics_cannot_be_made_anew(workspace, monkeypatch):
    app = App(workspace, holder())
    store = app.workspace.get("colors")
    with store.write() as cursor:
        cursor.execute("INSERT INTO state VALUES ('statistics_due', 1)")

    def fail(*_):
        raise StorageError("The disk is full.", item="colors")

    monkeypatch.setattr(aggregate, "update_statistics", fail)
    aggregate.renew_statistics(store)
    with store.read() as cursor:  # to be tried again
        assert cursor.execute("SELECT count(*) FROM state WHERE key = 'statistics_due'").fetchall() == [(1,)]
    app.close()
