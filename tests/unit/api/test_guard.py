"""Who may come in, and what a request may hold."""

from __future__ import annotations

import itertools
from pathlib import Path
from typing import Any

import pytest
from starlette.testclient import TestClient
from tests.conftest import holder

from assay.api.app import Access, App
from assay.api.asgi import create_api
from assay.api.guard import PEER
from assay.api.routes.system import _roots

HOSTS = [
    "evil.example",
    "evil.example@localhost",
    "localhost/.evil.example",
    "localhost.evil.example",
    "192.168.0.7:8000",
    "[::1",
    "[",
    "",
    "a" * 3_000,
    "127.0.0.1.nip.io",
]


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
    is_problem(client.get("/api/projects", headers=fetch | {"sec-fetch-site": "same-site"}), 403)  # of another port
    assert client.get("/api/projects", headers=fetch | {"sec-fetch-site": "same-origin"}).status_code == 200
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
        problem = is_problem(guarded.get("/api/projects", headers=headers), 401)
        assert problem["code"] == "unauthorized"
    assert guarded.get("/api/projects").headers["www-authenticate"] == "Bearer"
    is_problem(guarded.get("/api/projects?token=wrong"), 401)
    is_problem(guarded.get("/openapi.json"), 401)
    is_problem(guarded.get("/assets/index.js"), 401)
    is_problem(guarded.post("/api/sandboxes/quickstart?token=s3cret", json={}), 401)
    is_problem(guarded.post("/api/health"), 401)
    assert guarded.get("/api/health").json()["status"] == "ok"


def test_a_browser_without_the_token_gets_a_page_that_says_where_the_link_is(guarded):
    answer = guarded.get("/p/x/explorer", headers={"accept": "text/html,application/xhtml+xml,*/*;q=0.8"})
    assert (answer.status_code, answer.headers["content-type"]) == (401, "text/html; charset=utf-8")
    assert "assay start" in answer.text
    assert "s3cret" not in answer.text
    assert "default-src 'none'" in answer.headers["content-security-policy"]
    assert answer.headers["cache-control"] == "no-store"


@pytest.mark.parametrize(
    ("is_free", "is_own", "status"), [(True, True, 200), (True, False, 401), (False, True, 401), (True, None, 401)]
)
def test_whose_connection_it_is_decides_only_where_that_is_known_and_enough(tmp_path, is_free, is_own, status):
    """Without the token; with it, anybody comes in."""

    class Peer:
        is_own_user = is_own

    opened = App(tmp_path, holder(), Access("s3cret", is_own_user_free=is_free))
    app = create_api(opened)

    async def from_peer(scope, receive, send):
        state = {} if is_own is None else {PEER: Peer()}
        await app({**scope, "state": state}, receive, send)

    client = TestClient(from_peer, base_url="http://localhost:8000")
    assert client.get("/api/projects").status_code == status
    assert client.get("/api/projects", headers={"authorization": "Bearer s3cret"}).status_code == 200
    opened.close()


def test_every_answer_tells_browsers_what_they_may_not_do(client, guarded):
    answers = [
        client.get("/api/projects"),
        client.get("/api/nothing"),
        client.get("/", headers={"host": "evil.example"}),
        client.get("/"),
        guarded.get("/"),
    ]
    for answer in answers:
        assert answer.headers["x-content-type-options"] == "nosniff"
        assert answer.headers["x-frame-options"] == "SAMEORIGIN"
        assert answer.headers["referrer-policy"] == "same-origin"
        assert answer.headers["cross-origin-resource-policy"] == "same-origin"
        assert answer.headers["cross-origin-opener-policy"] == "same-origin"
    assert answers[0].headers["content-security-policy"] == "default-src 'none'; frame-ancestors 'none'"
    assert answers[0].headers["cache-control"] == "no-store"


def test_where_no_token_is_asked_for_a_name_that_anybody_can_point_here_is_refused(tmp_path):
    opened = App(tmp_path, holder(), Access(hosts=frozenset({"box"}), any_address=True))
    client = TestClient(create_api(opened))
    for host, status in (
        ("192.168.0.7:8000", 200), ("[fe80::1]:8000", 200), ("box:8000", 200), ("localhost", 200),
        ("evil.example:8000", 403), ("192.168.0.7.nip.io", 403), ("", 403),
    ):  # fmt: skip
        assert client.get("/api/projects", headers={"host": host}).status_code == status, host
    opened.close()


def test_the_token_is_taken_as_bearer_cookie_or_once_in_the_address(guarded):
    assert guarded.get("/api/projects", headers={"authorization": "Bearer s3cret"}).status_code == 200
    entered = guarded.get("/p/x/explorer?scope=image&token=s3cret&q=a%20b")
    assert (entered.status_code, entered.headers["location"]) == (303, "/p/x/explorer?scope=image&q=a+b")
    cookie = entered.headers["set-cookie"]
    assert "HttpOnly" in cookie
    assert "SameSite=strict" in cookie
    assert "Path=/;" in cookie
    assert "Secure" not in cookie
    assert guarded.get("/api/projects").status_code == 200  # with the cookie


def test_a_link_on_another_sites_page_leads_on_from_a_page_of_ours(guarded):
    """A strict cookie would not be sent along by the redirect."""
    for headers in (
        {"sec-fetch-site": "cross-site", "sec-fetch-mode": "navigate", "sec-fetch-dest": "document"},
        {"referer": "https://hub.example/user/ann"},
    ):
        guarded.cookies.clear()
        answer = guarded.get('/p/x%23"y/explorer?token=s3cret&q=a', headers=headers)
        assert answer.status_code == 200
        assert 'content="0; url=/p/x%23%22y/explorer?q=a"' in answer.text
        assert "SameSite=strict" in answer.headers["set-cookie"]
        assert guarded.get("/api/projects").status_code == 200


def test_below_a_proxys_path_the_cookie_is_for_that_path_and_secure_where_the_proxy_is(tmp_path):
    opened = App(tmp_path, holder(), Access("s3cret", any_host=True, root_path="/user/ann", cookie="assay_token_8000"))
    app = create_api(opened)
    for base in ("https://hub.example", "https://hub.example/user/ann"):
        client = TestClient(app, base_url=base, follow_redirects=False)
        answer = client.get("/p/x?token=s3cret")
        assert answer.headers["location"] == "/user/ann/p/x"
        cookie = answer.headers["set-cookie"]
        assert cookie.startswith("assay_token_8000=s3cret; HttpOnly")
        assert "Path=/user/ann;" in cookie
        assert "Secure" in cookie
    opened.close()


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


@pytest.mark.parametrize(
    ("workspace", "home", "roots"),
    [
        ("/data", "/home/ann", ["/data", "/home/ann"]),
        ("/data/street", "/home/ann", ["/data/street", "/data", "/home/ann"]),
        ("/home/ann", "/home/ann", ["/home/ann"]),
        ("/home/ann/sets", "/home/ann", ["/home/ann/sets", "/home/ann"]),
        ("/home/sets", "/home/ann", ["/home/sets", "/home/ann"]),
        ("/", "/root", ["/root"]),
        ("/", "/", []),
        ("/srv", "/", ["/srv"]),
    ],
)
def test_no_folder_that_holds_the_machine_or_all_homes_can_be_listed(monkeypatch, workspace, home, roots):
    with monkeypatch.context() as patch:
        patch.setattr(Path, "home", lambda: Path(home))
        patch.setattr(Path, "resolve", lambda path: path)
        assert list(map(str, _roots(Path(workspace)))) == roots


def test_hidden_folders_and_what_links_lead_to_are_not_listed(client, workspace):
    (workspace / ".ssh" / "keys").mkdir(parents=True)
    (workspace / "way").symlink_to("/etc")
    for path in (".ssh", ".ssh/keys", "way"):
        is_problem(client.get("/api/files", params={"path": str(workspace / path)}), 403)
    listed = client.get("/api/files", params={"path": str(workspace)}).json()["entries"]
    (way,) = [entry for entry in listed if entry["name"] == "way"]
    assert (way["kind"], way["images"], way["size_bytes"]) == ("file", None, None)
    assert not [entry for entry in listed if entry["name"].startswith(".")]


def test_only_some_folders_can_be_listed(client, workspace):
    is_problem(client.get("/api/files", params={"path": "/etc"}), 403)
    is_problem(client.get("/api/files", params={"path": f"{workspace}/../../../../../../../etc"}), 403)
    for path in ("~nobody-of-that-name", "\x00", "x" * 4_000):
        assert client.get("/api/files", params={"path": path}).status_code in (403, 422)
    listed = client.get("/api/files", params={"path": str(workspace / "colors")}).json()
    (images,) = [entry for entry in listed["entries"] if entry["name"] == "images"]
    assert (images["kind"], images["images"]) == ("folder", 6)
