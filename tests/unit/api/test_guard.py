"""Who may come in, and what a request may hold."""

from __future__ import annotations

import itertools
from typing import Any

import pytest

HOSTS = ["evil.example", "localhost.evil.example", "192.168.0.7:8000", "[::1", "[", "", "a" * 3_000, "127.0.0.1.nip.io"]


def is_problem(answer, status: int) -> dict[str, Any]:
    """Check that an answer is a problem document of a status."""
    assert answer.status_code == status, answer.text
    assert answer.headers["content-type"] == "application/problem+json"
    problem = answer.json()
    assert problem["status"] == status
    assert {"type", "title", "code"} <= set(problem)
    return problem


@pytest.mark.parametrize("host", HOSTS)
def test_requests_for_another_host_are_refused(client, host):
    is_problem(client.get("/api/projects", headers={"host": host}), 403)
    is_problem(client.get("/", headers={"host": host}), 403)


@pytest.mark.parametrize("host", ["localhost", "localhost:8000", "127.0.0.1:1234", "[::1]:8000"])
def test_requests_for_this_machine_pass(client, host):
    assert client.get("/api/projects", headers={"host": host}).status_code == 200


@pytest.mark.parametrize(
    "origin",
    ["http://evil.example", "https://localhost.evil.example", "null", "http://localhost:1", "http://[", "file://", ""],
)
def test_a_page_of_another_site_can_neither_write_nor_delete(client, workspace, origin):
    headers = {"origin": origin}
    is_problem(client.post("/api/sandboxes/quickstart", json={}, headers=headers), 403)
    is_problem(client.delete("/api/projects/colors", headers=headers), 403)
    is_problem(client.request("OPTIONS", "/api/projects", headers=headers), 403)
    assert (workspace / "colors").is_dir()


def test_the_apps_own_pages_may_write(client, workspace):
    answer = client.delete("/api/projects/colors", headers={"origin": "http://localhost"})
    assert answer.status_code == 204
    assert not (workspace / "colors").exists()


def test_another_site_may_link_to_a_page_but_not_fetch(client):
    fetch = {"sec-fetch-site": "cross-site", "sec-fetch-mode": "cors", "sec-fetch-dest": "empty"}
    link = {"sec-fetch-site": "cross-site", "sec-fetch-mode": "navigate", "sec-fetch-dest": "document"}
    is_problem(client.get("/api/projects", headers=fetch), 403)
    is_problem(client.get("/", headers=fetch), 403)
    is_problem(client.get("/api/projects", headers=link), 403)
    is_problem(client.get("/", headers=link | {"sec-fetch-dest": "iframe"}), 403)
    is_problem(client.post("/api/sandboxes/quickstart", headers=link), 403)
    assert client.get("/", headers=link).status_code in (200, 404)  # 404 where the web app is not built


def test_without_the_token_nobody_comes_in(guarded):
    for headers in (
        {},
        {"authorization": "Bearer wrong"},
        {"authorization": "Basic s3cret"},
        {"cookie": "assay_token=wrong"},
        {"cookie": 'assay_token="; ;; =x'},
        {"authorization": b"Bearer \xff\xfe"},
    ):
        is_problem(guarded.get("/api/projects", headers=headers), 403)
    is_problem(guarded.get("/api/projects?token=wrong"), 403)
    is_problem(guarded.post("/api/sandboxes/quickstart?token=s3cret", json={}), 403)


def test_the_token_is_taken_as_bearer_cookie_or_once_in_the_address(guarded):
    assert guarded.get("/api/projects", headers={"authorization": "Bearer s3cret"}).status_code == 200
    entered = guarded.get("/p/x/explorer?scope=image&token=s3cret&q=a%20b")
    assert (entered.status_code, entered.headers["location"]) == (303, "/p/x/explorer?scope=image&q=a+b")
    cookie = entered.headers["set-cookie"]
    assert "HttpOnly" in cookie
    assert "SameSite=lax" in cookie
    assert guarded.get("/api/projects").status_code == 200  # with the cookie


def test_the_link_with_the_token_leads_nowhere_else(guarded):
    for path in ("//evil.example/x", "/\\evil.example", "///evil.example"):
        guarded.cookies.clear()
        location = guarded.get(f"http://box.lan:8000{path}?token=s3cret").headers["location"]
        assert location.startswith("/")
        assert not location.startswith(("//", "/\\"))


def test_bodies_beyond_the_limit_are_refused_whether_they_say_so_or_not(client, monkeypatch):
    monkeypatch.setattr("assay.api.guard.MAX_BODY", 1_000)
    big = b'{"query": "' + b"x" * 2_000 + b'"}'
    kind = {"content-type": "application/json"}
    is_problem(client.post("/api/projects/colors/query", content=big, headers=kind), 413)
    chunked = client.post("/api/projects/colors/query", content=itertools.repeat(big[:500], 5), headers=kind)
    is_problem(chunked, 413)
    huge = kind | {"content-length": "9" * 5_000}
    is_problem(client.post("/api/projects/colors/query", content=b"{}", headers=huge), 413)


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"{",
        b"[]",
        b"null",
        b"\xff\xfe",
        b'{"scope": "\\ud800"}',
        b'{"\\ud800": 1}',
        b'{"limit": 1e400}',
        b"[" * 9_999,
    ],
)
def test_malformed_bodies_are_problems_of_the_request(client, body):
    answer = client.post("/api/projects/colors/query", content=body, headers={"content-type": "application/json"})
    assert 400 <= answer.status_code < 500, answer.text
    is_problem(answer, answer.status_code)


def test_unknown_routes_and_methods_are_problems(client):
    assert is_problem(client.get("/api/nothing"), 404)["code"] == "not-found"
    assert is_problem(client.put("/api/projects"), 405)["code"] == "usage"


@pytest.mark.parametrize(
    "path", ["/%00", "/" + "x" * 5_000, "/a" * 3_000, "/%ff%fe", "/..%2f..%2fetc%2fpasswd", "//etc/passwd"]
)
def test_paths_that_no_file_can_have_are_pages(client, path):
    answer = client.get(path)
    assert answer.status_code in (200, 404)
    assert b"root:" not in answer.content


@pytest.mark.parametrize("name", ["%2e%2e", "..%2f..%2fetc", "%2fetc", ".ssh", "con", "x" * 300, "%00", "%ff", "a%5cb"])
def test_names_that_are_none_reach_no_folder(client, name):
    for path in (f"/api/projects/{name}", f"/api/projects/{name}/cover", f"/api/projects/{name}/images/0/view"):
        answer = client.get(path)
        assert answer.status_code in (404, 422), (path, answer.text)
    assert client.delete(f"/api/projects/{name}").status_code in (404, 405, 422)


def test_only_projects_show_a_cover(client, workspace):
    (workspace / "private").mkdir()
    (workspace / "private" / "cover.jpg").write_bytes(b"x")
    is_problem(client.get("/api/projects/private/cover"), 404)


def test_only_some_folders_can_be_listed(client, workspace):
    is_problem(client.get("/api/files", params={"path": "/etc"}), 403)
    is_problem(client.get("/api/files", params={"path": f"{workspace}/../../../../../../../etc"}), 403)
    for path in ("~nobody-of-that-name", "\x00", "x" * 4_000):
        assert client.get("/api/files", params={"path": path}).status_code in (403, 422)
    listed = client.get("/api/files", params={"path": str(workspace / "colors")}).json()
    (images,) = [entry for entry in listed["entries"] if entry["name"] == "images"]
    assert (images["kind"], images["images"]) == ("folder", 6)
