"""`assay start`: health, the API's description, signals, tokens, the lock file."""

from __future__ import annotations

import json
import re
import signal

import httpx
import pytest

from assay.project.lock import read_holder


@pytest.mark.parametrize("how", [signal.SIGINT, signal.SIGTERM])
def test_it_serves_until_it_is_interrupted_and_ends_well(assay, workspace, until, how):
    app = assay.start(workspace / "colors")
    assert app.get("/api/health")["status"] == "ok"
    assert app.get("/openapi.json")["openapi"].startswith("3.")
    assert app.get("/api/projects/colors")["images"] == 6
    assert read_holder(workspace / ".assay-server.lock").url == app.url
    assert (workspace / ".assay-server.lock").stat().st_mode & 0o077 == 0
    second = assay("start", "-t", workspace, "--no-browser")
    assert (second.code, second.err) == (0, "")
    assert app.url in second.out
    run = app.stop(how)
    assert (run.code, run.err) == (0, "")
    assert f"{app.url}/p/colors/explorer" in run.out
    assert read_holder(workspace / ".assay-server.lock") is None
    assert read_holder(workspace / "colors" / "assay.lock") is None


def test_any_other_address_asks_for_the_token_and_clients_have_it(assay, workspace):
    app = assay.start(workspace, "--host", "0.0.0.0")
    with httpx.Client(base_url=app.url, trust_env=False) as browser:
        refused = browser.get("/api/projects")
        assert (refused.status_code, refused.json()["code"]) == (403, "forbidden")
        assert assay("query", "-t", workspace, "--json").json["total"] == 6
        link = re.search(r"http\S+token=\S+", app.process.stdout.readline())[0]
        entered = browser.get(link.replace(link.split("?")[0], f"{app.url}/api/projects"), follow_redirects=True)
        assert [p["name"] for p in entered.json()["projects"]] == ["colors"]
        assert "token" not in str(entered.url)
        assert browser.get("/api/projects").status_code == 200


def test_it_works_below_a_path_of_a_proxy(assay, workspace):
    app = assay.start(workspace, "--root-path", "/user/me/proxy")
    assert app.get("/api/projects/colors")["images"] == 6
    assert assay("query", "-t", workspace, "--json").json["total"] == 6


def test_files_outside_the_web_app_are_not_served(assay, workspace):
    app = assay.start(workspace)
    secret = json.dumps(str(workspace))
    for path in (
        "/../../../../etc/passwd",
        "/%2e%2e/%2e%2e/%2e%2e/etc/passwd",
        "/..%2f..%2f..%2fetc/passwd",
        "//etc/passwd",
    ):
        with httpx.Client(base_url=app.url, trust_env=False) as browser:
            answer = browser.get(app.url + path)
        assert answer.status_code in (200, 400, 404)
        body = answer.content
        assert b"root:" not in body
        assert secret.encode() not in body
